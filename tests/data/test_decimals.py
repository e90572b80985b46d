"""Decimal commas and points: a file uses one of them. If it is not clear which, nothing is guessed."""

import numpy as np
import pytest

from fastnn.data import delimited
from fastnn.data.dataset import make_dataset
from fastnn.errors import DataError


@pytest.fixture
def read(tmp_path):
    def read(text: str, name: str = "t.csv", **options):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return delimited.read(str(tmp_path / name), delimited.ReadOptions(**options))

    return read


def test_the_whole_file_is_read_in_one_way(read):
    table = read("km;use;price\n1.400;5,5;14000\n816;3,5;8160\n1.265;4,5;12.650\n")
    np.testing.assert_array_equal(table.numbers("km"), [1400, 816, 1265])
    np.testing.assert_array_equal(table.numbers("use"), [5.5, 3.5, 4.5])
    np.testing.assert_array_equal(table.numbers("price"), [14000, 8160, 12650])
    assert table.decimal == "," and any("decimal commas" in note for note in table.notes)


def test_points_stay_points_behind_any_separator(read):
    table = read("km;price\n0.512;3\n1.204;4\n12.5;1\n")
    np.testing.assert_array_equal(table.numbers("km"), [0.512, 1.204, 12.5])
    assert table.decimal == "." and not any("decimal" in note for note in table.notes)


def test_what_a_model_was_trained_on_decides_where_a_file_does_not_tell(read):
    text = "km;n\n1.400;1\n1.265;2\n"
    np.testing.assert_array_equal(read(text, decimal=".").numbers("km"), [1.4, 1.265])
    np.testing.assert_array_equal(read(text, decimal=",").numbers("km"), [1400, 1265])
    table = read("km;n\n0.5;1\n1.265;2\n", decimal=",")
    np.testing.assert_array_equal(table.numbers("km"), [0.5, 1.265])
    assert any("decimal points" in note for note in table.notes)


def test_thousands_are_no_fractions(read):
    with pytest.raises(DataError, match=r"line 3: column 'sqft' holds numbers, but here is '1,000'"):
        read("sqft\tprice\n999\t1\n1,000\t2\n998\t3\n", "t.tsv", decimal=".")
    with pytest.raises(DataError, match=r"'sqft' looks like numbers with separated thousands"):
        make_dataset(
            read("sqft\tb\n" + "".join(f"1,{i:03d}\t{i}\n" for i in range(40)), "t.tsv", decimal="."), target=["sqft"]
        )


def test_one_comma_among_points_is_a_mistake(read):
    with pytest.raises(DataError, match=r"line 4: column 'km' must hold numbers, but here is '2,5'"):
        read("km;power\n0.512;3\n1.204;4\n2,5;1\n", kinds={"km": "number"}, only=True, decimal=".")
