"""DATA may be "-", standard input, and a file of any name with --format."""

import gzip
import io
import sys
import tomllib

import numpy as np
import pytest

RNG = np.random.default_rng(0)
ROWS = "".join(f"{a},{b},{a - b}\n" for a, b in RNG.normal(size=(60, 2)).round(2).tolist())
TABLE = "a,b,y\n" + ROWS
QUICK = ("--epochs", "1", "--quiet")


class Terminal(io.BytesIO):
    def isatty(self):
        return True


@pytest.fixture
def given(monkeypatch):
    def given(content: bytes | str, kind: type = io.BytesIO) -> None:
        content = content.encode() if isinstance(content, str) else content
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(kind(content)))

    return given


@pytest.fixture
def model(fastnn, folder):
    (folder / "t.csv").write_text(TABLE)
    assert fastnn("train", "t.csv", *QUICK, "--out", "run").code == 0
    return "run"


def test_a_run_from_standard_input_is_that_from_the_file(fastnn, folder, given, model):
    given(TABLE)
    done = fastnn("train", "-", *QUICK)
    assert done.code == 0 and "runs/001-stdin" in done.out and done.err == ""
    config = tomllib.loads((folder / "runs/001-stdin/config.toml").read_text())
    assert config["data"] == "-" and "sha256" not in config
    expected = fastnn("predict", model, "t.csv").out
    assert fastnn("predict", "runs/001-stdin", "t.csv").out == expected
    given(gzip.compress(TABLE.encode()))
    assert fastnn("train", "--config", "runs/001-stdin/config.toml", "--out", "again", "--quiet").code == 0
    assert fastnn("predict", "again", "t.csv").out == expected


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_predictions_and_evaluations(fastnn, given, model, pack):
    for command in ("predict", "evaluate"):
        given(pack(TABLE))
        done = fastnn(command, model, "-")
        assert done.code == 0 and done.out.replace("standard input", "t.csv") == fastnn(command, model, "t.csv").out
        given(pack(TABLE.replace(",", "\t")))
        again = fastnn(command, model, "-", "--format", "tsv")
        assert again.out == done.out


def test_validation_from_standard_input(fastnn, given, model):
    given(TABLE)
    assert fastnn("train", "t.csv", "--validation", "-", *QUICK).code == 0
    done = fastnn("train", "-", "--validation", "-", *QUICK)
    assert done.code == 2 and "can be read only once" in done.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "standard input is empty"),
        (b"PK\x03\x04\0\0", "standard input is not a text file"),
        (gzip.compress(TABLE.encode())[:40], "Cannot read standard input: the compressed file is truncated"),
        ("a,b,y\n1,2,3\nx,2,3\n1,2,3\n", "standard input, line 3: column 'a'"),
        ("a,b,y\n1,2\n", "standard input: line 2 has 2 fields"),
        ("a,b,y\n", "standard input has a header but no rows"),
    ],
)
def test_errors_name_standard_input(fastnn, given, content, words):
    given(content)
    done = fastnn("train", "-", *QUICK)
    assert done.code == 4 and words in done.err


def test_a_closed_standard_input(fastnn, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    done = fastnn("train", "-", *QUICK)
    assert done.code == 4 and "Cannot read standard input: it is closed" in done.err


def test_a_terminal_is_said_to_be_read(fastnn, given, model):
    given(TABLE, Terminal)
    done = fastnn("predict", model, "-")
    assert done.code == 0 and "Ctrl-D" in done.err and "Ctrl-D" not in done.out


def test_files_of_any_name(fastnn, folder, model):
    for name, text, format in (
        ("t.dat", TABLE, "csv"), ("t", TABLE, "csv"), ("t.npz", TABLE, "csv"), ("u.csv", TABLE, "csv"),
        ("v.csv", TABLE.replace(",", "\t"), "tsv"), ("w.tsv", TABLE, "csv"), ("x.txt", TABLE.replace(",", "\t"), "csv"),
    ):  # fmt: skip
        (folder / name).write_text(text)
        done = fastnn("predict", model, name, "--format", format)
        assert done.code == 0 and done.out == fastnn("predict", model, "t.csv").out, name
    (folder / "t.dat.z").write_bytes(gzip.compress(TABLE.encode()))
    assert fastnn("train", "t.dat.z", "--format", "csv", *QUICK).code == 0
    assert fastnn("train", "t.npz", "--format", "csv", "--target", "y", "--features", "a,b", *QUICK).code == 0
    done = fastnn("predict", model, "t.dat")
    assert done.code == 4 and "--format csv" in done.err
    done = fastnn("predict", model, "t.csv", "--format", "xml")
    assert done.code == 2 and "auto, csv, tsv" in done.err


def test_a_header_alone_gives_a_header_alone(fastnn, folder, given, model):
    given("b,a\n")
    done = fastnn("predict", model, "-")
    assert (done.code, done.out, done.err) == (0, "y\n", "")
    (folder / "n.csv").write_text("a,b,y\n")
    done = fastnn("evaluate", model, "n.csv")
    assert done.code == 4 and "no rows" in done.err
    assert fastnn("train", "moons", *QUICK, "--out", "moons").code == 0
    given("x,y\n")
    assert fastnn("predict", "moons", "-").out == "group,p_lower,p_upper\n"


@pytest.mark.parametrize("y", ["", "unseen", "inf", "?", "'7'"])
def test_the_target_of_a_prediction_is_not_looked_at(fastnn, folder, model, y):
    (folder / "n.csv").write_text(TABLE.replace("a,b,y\n" + ROWS, "a,b,y\n" + "".join(
        f"{line.rsplit(',', 1)[0]},{y}\n" for line in ROWS.splitlines())))  # fmt: skip
    assert fastnn("predict", model, "n.csv").out == fastnn("predict", model, "t.csv").out


def test_arrays_without_rows_or_target(fastnn, folder):
    np.savez(folder / "t.npz", X=RNG.normal(size=(30, 2)), y=RNG.normal(size=30))
    np.save(folder / "t.npy", RNG.normal(size=(30, 3)))
    np.savez(folder / "none.npz", X=np.zeros((0, 2)))
    np.savez(folder / "odd.npz", X=np.zeros((3, 2)), y=np.array([object()]))
    np.save(folder / "none.npy", np.zeros((0, 3)))
    np.save(folder / "less.npy", np.zeros((3, 2)))
    for name, rows in (("none.npz", 0), ("odd.npz", 3), ("none.npy", 0), ("less.npy", 3)):
        ending = name.split(".")[1]
        assert fastnn("train", f"t.{ending}", *QUICK, "--out", ending, "--overwrite").code == 0
        done = fastnn("predict", ending, name)
        assert done.code == 0 and done.out.count("\n") == rows + 1, done.err
        assert rows or fastnn("evaluate", ending, name).code in (2, 4)
    assert fastnn("train", "none.npy", *QUICK).code == 4


def test_settings_for_reading(fastnn, folder):
    (folder / "z.csv").write_text("zip,y\n" + "".join(f"0{i % 5}1,{i % 7}.5\n" for i in range(40)))
    done = fastnn("train", "z.csv", *QUICK)
    assert done.code == 0 and "--numeric zip" in done.err
    done = fastnn("train", "z.csv", *QUICK, "--numeric", "zip")
    assert done.code == 0 and done.err == ""
    done = fastnn("train", "z.csv", *QUICK, "--numeric", "zap")
    assert done.code == 2 and "--numeric" in done.err and "Did you mean 'zip'" in done.err
    done = fastnn("train", "z.csv", *QUICK, "--numeric", "zip", "--categorical", "zip")
    assert done.code == 2 and "'zip' cannot be both" in done.err
    np.savez(folder / "t.npz", X=np.zeros((9, 2)), y=np.array(list("abcabcabc")))
    done = fastnn("train", "t.npz", *QUICK, "--numeric", "y")
    assert done.code == 4 and "column 'y' holds texts" in done.err


def test_a_configuration_of_version_0_1_is_told_what_changed(fastnn, folder):
    (folder / "t.csv").write_text("id,zip,y\n" + "".join(f"{i},0{i % 5},{i * i % 7}.5\n" for i in range(40)))
    (folder / "old.toml").write_text('fastnn = "0.1.0"\ndata = "t.csv"\nepochs = 1\n')
    done = fastnn("train", "--config", "old.toml", "--quiet")
    told = next(line for line in done.err.splitlines() if "written by fastnn 0.1.0" in line)
    assert "column 'zip' is a category, because of its leading zeros; column 'id' is left out" in told


def test_the_decimal_of_the_training_decides_at_prediction(fastnn, folder):
    rows = "".join(f"{a:.3f};{a + i % 3:.3f}\n" for i, a in enumerate(RNG.uniform(1, 9, 40)))
    (folder / "t.csv").write_text("a;y\n" + rows)
    done = fastnn("train", "t.csv", *QUICK)
    assert done.code == 4 and "--decimal point" in done.err
    for decimal, scale in (("point", 1), ("comma", 1000)):
        assert fastnn("train", "t.csv", *QUICK, "--decimal", decimal, "--out", decimal).code == 0
        predicted = np.array(fastnn("predict", decimal, "t.csv").out.split()[1:], float)
        assert 1 < np.median(predicted) / scale < 12
        assert fastnn("evaluate", decimal, "t.csv").code == 0
