"""`fastnn predict` always writes one line per record of the file."""

import csv
import io

import pytest

from fastnn.data.text.records import BLANKS

QUICK = ("--epochs", "1", "--no-plot", "--quiet", "--missing", "mean")


@pytest.fixture
def predictions(fastnn, folder):
    """How many predictions there are for a text; a model of a and b to y and one of a alone."""
    (folder / "two.csv").write_text("a,b,y\n" + "".join(f"{i},{i % 3},{i}.5\n" for i in range(30)))
    (folder / "one.csv").write_text("a,y\n" + "".join(f"{i},{i}.5\n" for i in range(30)))
    for name in ("one", "two"):
        assert fastnn("train", f"{name}.csv", *QUICK, "--out", name).code == 0

    def predictions(model: str, text: str) -> int:
        (folder / "new.csv").write_text(text, newline="", encoding="utf-8")
        done = fastnn("predict", model, "new.csv")
        assert done.code == 0, done.err
        return done.out.count("\n") - 1

    return predictions


@pytest.mark.parametrize(
    ("model", "text", "records"),
    [
        ("two", "a,b\n0,0\n1,1\n,\n", 3),
        ("two", "a,b\n0,0\n1,1\n,", 3),
        ("two", "a,b\n,\n,\n", 2),
        ("two", "a,b\n0,0\n\u00a0,\u00a0\n1,1\n", 3),
        ("two", 'a,b\n0,0\n"\t",\n1,1\n\n', 3),
        ("two", "a,b\n0,0\n\n  \n1,1\n", 2),
        ("one", 'a\n0\n""\n1\n', 3),
        ("one", 'a\n0\n1\n""', 3),
        ("one", "a\n0\n \n1\n", 3),
        ("one", "a\n0\n\n1\n", 2),
    ],
)
def test_one_line_for_each_record(predictions, model, text, records):
    assert predictions(model, text) == records


def test_one_line_for_each_record_of_any_white_space(predictions):
    text = io.StringIO(newline="")
    rows = [[blank, other] for blank in BLANKS for other in ("", blank)]
    csv.writer(text).writerows([["a", "b"], ["0", "1"], *rows])
    assert predictions("two", text.getvalue()) == len(rows) + 1
    plain = "".join(f"{blank},\n,{blank}\n" for blank in BLANKS if blank not in "\r\n")
    assert predictions("two", "a,b\n" + plain) == 2 * (len(BLANKS) - 2)


def test_a_blank_record_in_training_is_one_with_missing_values(fastnn, folder):
    rows = "".join(f"{i},{i % 3},{i}.5\n" for i in range(20))
    for record in ("\u00a0,\u00a0,\u00a0", ",,", '"\t","",'):
        (folder / "t.csv").write_text(f"a,b,y\n{rows}{record}\n{rows}", encoding="utf-8")
        done = fastnn("train", "t.csv", "--missing", "mean")
        assert done.code == 4 and "t.csv, line 22: the target 'y' has no value" in done.err, done.err
    for record in ("\u00a0,\u2003,7", ",,7"):
        (folder / "t.csv").write_text(f"a,b,y\n{rows}{record}\n{rows}", encoding="utf-8")
        done = fastnn("train", "t.csv", "--missing", "error")
        assert done.code == 4 and "t.csv, line 22: column 'a' has no value" in done.err, done.err
        done = fastnn("train", "t.csv", "--missing", "mean", "--epochs", "1", "--no-plot", "--validation", "0")
        assert done.code == 0 and "41 training rows" in done.out, done.err


def test_an_error_does_not_quote_a_whole_book(fastnn, folder):
    cell, name = "\x1b]0;" + "x" * 1_000_000, "n" * 1_000_000
    (folder / "t.csv").write_text(f"{name},y\n1,1\n2,2\n3,3\n{cell},4\n")
    done = fastnn("train", "t.csv")
    assert done.code == 4 and "t.csv, line 5: column 'nnn" in done.err and r"here is '\x1b]0;xxx" in done.err
    assert "(1,000,004 characters)" in done.err and "(1,000,000 characters)" in done.err and len(done.err) < 700
