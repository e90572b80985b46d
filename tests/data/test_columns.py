"""The kinds of the columns of a text file, and the notes on doubtful ones."""

import numpy as np
import pytest

from fastnn.data.dataset import make_dataset
from fastnn.data.text import delimited
from fastnn.errors import DataError


@pytest.fixture
def read(tmp_path):
    def read(rows: list[str], separator: str = ",", **kinds: str):
        path = tmp_path / "t.csv"
        lines = [f"{3 * i}{separator}{cell}" for i, cell in enumerate(rows)]
        path.write_text(f"a{separator}b\n" + "\n".join(lines), encoding="utf-8")
        return delimited.read(str(path), delimited.ReadOptions(kinds))

    return read


@pytest.mark.parametrize(
    ("cell", "like"),
    [
        ("{}%", "numbers with a percent sign"),
        ("{}.5 %", "numbers with a percent sign"),
        ("${}", "amounts of money"),
        ("{} €", "amounts of money"),
        ("EUR {}.00", "amounts of money"),
        ("-£{}", "amounts of money"),
        ('"1,0{}"', "numbers with separated thousands"),
        ("1 0{}", "numbers with separated thousands"),
        ('"{},5"', "numbers with a decimal comma"),
        ("2024-05-{}", "dates"),
        ("{}.05.2024", "dates"),
        ("{}/05/24", "dates"),
        ("2024-05-{}T10:00:00", "dates"),
        ("12:{}", "times of day"),
        ("{} km", "numbers with a unit"),
        ("name{}", None),
        ("{}a{}", None),
    ],
)
def test_texts_that_look_like_something_else(read, cell, like):
    rows = [cell.format(i, i) for i in range(10, 30)]
    table = read(rows)
    assert table.resembles.get("b") == like
    if like:
        with pytest.raises(DataError, match=f"'b' looks like {like}.*--categorical b"):
            make_dataset(table)
        notes = make_dataset(table, target=["a"]).notes
        assert any(f"column 'b' looks like {like}" in note and "--ignore b" in note for note in notes)
        declared = make_dataset(read(rows, b="category"), target=["a"])
        assert not any("looks like" in note for note in declared.notes)


def test_a_few_kinds_are_categories_whatever_they_look_like(read):
    assert read(["5 km", "10 km"] * 20).resembles == {}


def test_decimal_commas_where_the_separator_is_none(read):
    table = read(["1,5", "2", "1.234,5", "-3,25", ""], ";")
    np.testing.assert_array_equal(table.numbers("b"), [1.5, 2, 1234.5, -3.25, np.nan])
    assert any("decimal commas" in note for note in table.notes)
    again = read(["1,5", "x"], ";", b="category")
    assert again.texts["b"].labels == ("1,5", "x")
    np.testing.assert_array_equal(read(["7,5", "8"], ";", b="number").numbers("b"), [7.5, 8])


def test_whole_numbers_that_no_float_tells_apart(read):
    numbers = [str(2**53 + i) for i in range(4)]
    table = read([*numbers, "7"])
    assert table.texts["b"].labels == tuple(sorted([*numbers, "7"]))
    assert any("9007199254740993" in note and "category" in note for note in table.notes)
    assert make_dataset(read(numbers * 20)).preprocessing.target.classes == tuple(numbers)
    assert read(["1e300", "9007199254740992"]).numeric("b")  # these are exact, or no whole numbers


def test_as_many_categories_as_rows(read):
    names = [f"name {i}" for i in range(100)]
    with pytest.raises(DataError, match=r"'b' has 100 different texts .*in 100 rows.*--target"):
        make_dataset(read(names))
    notes = make_dataset(read(names), target=["a"]).notes
    assert any("column 'b' has 80 different texts in 80 rows" in note for note in notes)
    assert make_dataset(read(names[:5] * 20)).notes == ()


def test_a_number_that_the_model_needs(read):
    with pytest.raises(DataError, match=r"line 3: column 'b' must hold numbers, but here is 'x'\. Correct the cell\.$"):
        read(["1", "x"], b="number")


def test_integers_that_are_categories_are_not_taken_for_anything_else(read):
    rows = [*(str(2**53 + i) for i in range(1, 20)), "1,5"]
    table = read(rows, ";")
    assert any("too many digits" in note for note in table.notes) and table.resembles == {}
