"""What becomes of the cells of a table: nothing is changed, filled or left out without a word."""

from __future__ import annotations

import numpy as np
import pytest

QUICK = ("--epochs", "2", "--no-plot", "--quiet")
RNG = np.random.default_rng(3)
ROWS = [(f"{a:.3f}", "7", f"z{i % 3}", f"{1000 * (a + i % 3):.1f}") for i, a in enumerate(RNG.normal(size=60))]


def csv(name: str, header: str, rows) -> str:
    with open(name, "w") as file:
        file.write("\n".join([header, *map(",".join, rows)]) + "\n")
    return name


@pytest.fixture
def trained(fastnn):
    done = fastnn("train", csv("t.csv", "a,c,zip,price", ROWS), *QUICK, "--out", "run")
    assert done.code == 0 and "1 column is constant in the training rows and ignored: c" in done.err
    return "run"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("0.1", "9", "z1"), ["column 'c' was 7 in every training row; it is 9 in line 3 and is ignored"]),
        (("1234.5", "7", "z1"), ["values far beyond", "column 'a' is 1,234.5 in line 3 ("]),
        (("", "7", ""), ["2 empty cells in 2 columns are filled with the training mean (numbers) or no category"]),
        (("0.1", "7", "z9"), ["'z9' (1 row)"]),
    ],
)
def test_predict_and_evaluate_say_it(fastnn, trained, row, words):
    csv("n.csv", "a,c,zip,price", [ROWS[0], (*row, "1"), *ROWS[1:5]])
    for command in ("predict", "evaluate"):
        done = fastnn(command, trained, "n.csv")
        assert done.code == 0 and all(word in done.err for word in words), done.err
    same = [fastnn("predict", trained, csv("p.csv", "a,c,zip", [("0", c, "z1")])).out for c in ("7", "1e9", "")]
    assert same[0] == same[1] == same[2]


def test_categories_of_another_kind(fastnn, trained):
    csv("n.csv", "a,c,zip", [("0", "7", "True"), ("1", "7", "False")])
    done = fastnn("predict", trained, "n.csv")
    assert done.code == 4 and "only 0 of 2 rows" in done.err and "in training: 'z0', 'z1', 'z2'" in done.err
    assert "leave the cells empty" in done.err and not done.out
    csv("n.csv", "a,c,zip", [("0", "7", ""), ("1", "7", "")])
    assert fastnn("predict", trained, "n.csv").code == 0


def test_rows_without_a_target(fastnn, trained):
    gone = csv("g.csv", "a,c,zip,price", [(*row[:3], "" if i in (4, 20, 33) else row[3]) for i, row in enumerate(ROWS)])
    for command in (("train", gone, *QUICK), ("evaluate", trained, gone)):
        done = fastnn(*command)
        assert done.code == 4 and "g.csv, line 6: the target 'price' has no value" in done.err, done.err
        assert "--missing-target drop" in done.err
        done = fastnn(*command, "--missing-target", "drop")
        assert done.code == 0 and "g.csv: 3 of 60 rows have no target and are left out" in done.err
    assert "g.csv, 57 rows" in done.out
    fastnn("train", gone, *QUICK, "--missing-target", "drop", "--out", "dropped")
    done = fastnn("evaluate", "dropped", gone)  # as in training
    assert (
        done.code == 0
        and "57 rows" in done.out
        and fastnn("evaluate", "dropped", gone, "--missing-target", "error").code
    )
    assert fastnn("evaluate", trained, gone, "--missing-target", "x").code == 2
    bad = csv("b.csv", "a,c,zip,price", [("0", "7", "z1", ""), ("0", "7", "z1", ""), ("inf", "7", "z1", "3"), *ROWS])
    done = fastnn("train", bad, *QUICK, "--missing-target", "drop", "--validation", "0")
    assert done.code == 4 and "b.csv, line 4: column 'a' is infinite" in done.err  # lines do not shift


def test_one_hot_arrays(fastnn):
    y = np.eye(4, dtype=bool)[RNG.integers(0, 3, 80)]
    np.savez("t.npz", X=RNG.normal(size=(80, 2)), y=y)
    done = fastnn("train", "t.npz", *QUICK, "--out", "run")
    assert done.code == 0 and "'y' is one-hot: it is read as the classes 0 to 3" in done.err
    assert fastnn("predict", "run", "t.npz").out.startswith("y,p_0,p_1,p_2,p_3\n")
    assert "accuracy" in fastnn("evaluate", "run", "t.npz").out
    again = fastnn("train", "--config", "run/config.toml", "--no-plot", "--quiet", "--out", "again")
    assert again.code == 0, again.err
    with open("run/last.safetensors", "rb") as one, open("again/last.safetensors", "rb") as other:
        assert one.read() == other.read()


@pytest.mark.parametrize(
    ("output", "code", "words"),
    [
        ("sigmoid", 4, "gives only numbers from 0 to 1: scale it"),
        ("relu", 4, "gives only numbers of at least 0: use --output-activation identity"),
        ("gelu", 2, "'gelu' is not allowed for a regression"),
        ("softmax", 2, "its only output is always 1"),
    ],
)
def test_outputs_that_cannot_be_reached(fastnn, output, code, words):
    done = fastnn("train", csv("t.csv", "a,c,zip,price", ROWS), *QUICK, "--output-activation", output)
    assert done.code == code and words in done.err


@pytest.mark.parametrize("gap", [" ", "   "])
def test_columns_between_blanks(fastnn, folder, gap):
    (folder / "r.txt").write_text("".join(f"{a}{gap}{b}\n" for a, b in [("a", "b"), (1, 2.5), (2, 3.5)]))
    done = fastnn("train", "r.txt", *QUICK)
    assert done.code == 4 and "Blanks do not separate columns: use commas, semicolons, tabs or |" in done.err
    (folder / "one.csv").write_text("a\n1\n2\n")
    assert "Blanks" not in fastnn("train", "one.csv", *QUICK).err


def test_many_doubtful_columns_take_one_note_for_each_doubt(fastnn):
    texts = [[f"t{i}{column}" for column in "abcd"] for i in range(60)]
    dates = [[f"2024-01-{i % 28 + 1:02}", f"{i % 25}%"] for i in range(60)]
    lines = [(*a, *b, f"{i * i % 7}.5") for i, (a, b) in enumerate(zip(texts, dates, strict=True))]
    err = fastnn("train", csv("d.csv", "a,b,c,d,day,part,y", lines), *QUICK).err
    many = "48 different texts in 48 rows"
    assert (
        f"4 columns have many different texts and hardly help (a ({many}), b ({many}), c ({many}) ...); "
        "leave them out with --ignore a,b,c ..." in err
    )
    assert "2 columns look like numbers or dates, but are read as categories (day (dates), part (numbers with" in err
    assert "rewrite them, or leave them out with --ignore day,part" in err and err.count("hardly") == 1


def test_labels_that_are_read_as_missing_are_named(fastnn):
    lines = [(f"{i * i % 17}.5", ("NA", "US", "DE")[i % 3]) for i in range(60)]
    err = fastnn("train", csv("n.csv", "a,country", lines), "--missing-target", "drop", *QUICK).err
    assert "20 of 60 rows have no target and are left out. In this column NA is read as missing" in err
    assert "--na-values none" in err and ".." not in err


def test_an_empty_target_is_not_to_be_ignored(fastnn):
    name = csv("e.csv", "a,b,y", [(str(i), str(i % 7), "") for i in range(9)])
    for missing in ((), ("--missing-target", "drop")):
        done = fastnn("train", name, *missing, *QUICK)
        assert done.code == 4 and "the target 'y' is empty in every row. Choose another: --target." in done.err
    assert "column 'y' is empty. Leave it out: --ignore y." in fastnn("train", name, "--target", "b", *QUICK).err
