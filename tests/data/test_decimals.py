"""Decimal commas and points: a file uses one of them. If it is not clear which, nothing is guessed."""

import numpy as np
import pytest

from fastnn.data.dataset import make_dataset
from fastnn.data.text import delimited
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a;n\n5;1\n4.327;2\n1.250;3\n",
            ["line 3", "'a'", "4.327 is either 4.327 or 4327", "--decimal point for 4.327"],
        ),
        ("a;n\n5;1\n4.327;2\n", ["--decimal comma for 4327"]),
        (
            "a;n\n5;1\n-12,500;2\n",
            ["-12,500 is either -12.500 or -12500", "--decimal comma for -12.500", "write -12500"],
        ),
        ("a|n\n999|1\n100.001|2\n", ["100.001 is either 100.001 or 100001"]),
        ("a;n\n4,327;1\n4.327;2\n", ["line 2", "4,327"]),
        ("a;n\n12,5;1\n12.5;2\n", ["decimal commas and decimal points: 12,5 (line 2, column 'a') and 12.5 (line 3"]),
        ("a;n\n12,5;1.25\n13,5;2.25\n", ["12,5 (line 2, column 'a') and 1.25 (line 2, column 'n')", "--decimal"]),
    ],
)
def test_what_cannot_be_known_is_an_error(read, text, words):
    with pytest.raises(DataError) as error:
        read(text)
    assert all(word in str(error.value) for word in ["t.csv", *words]), error.value
    for decimal in ".,":
        read(text, decimal=decimal, kinds={"n": "category"}, only=True)  # a model knows


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("a;n\n4.327;1\n1.250;2\n", ".", [4.327, 1.25]),
        ("a;n\n4.327;1\n1.250;2\n", ",", [4327, 1250]),
        ("a;n\n4,327;1\n1,250;2\n", ",", [4.327, 1.25]),
        ('a,n\n"3,5",1\n"1.250,25",2\n', ",", [3.5, 1250.25]),
        ('a,n\n"4,327",1\n"2",2\n', ",", [4.327, 2]),
    ],
)
def test_the_user_decides(read, text, decimal, expected):
    for options in ({"decimal_fixed": True}, {"kinds": {"a": "number", "n": "number"}, "only": True}):
        table = read(text, decimal=decimal, **options)
        np.testing.assert_array_equal(table.numbers("a"), expected)
        assert table.decimal == decimal and not any("is not read as" in note for note in table.notes)


@pytest.mark.parametrize(
    "text",
    [
        "a;n\n0.327;1\n0.250;2\n",
        "a;n\n4.327;1\n1.25;2\n",
        "a;n\n1234.567;1\n4.327;2\n",
        "a,n\n4.327,1\n1.250,2\n",
        "a;n\n4;1\n5;2\n",
        "a;n\n1.250 km;1\n2.250 km;2\n",
    ],
)
def test_no_doubt_no_question(read, text):
    assert read(text).decimal == "."


def test_what_the_users_choice_leaves_unread_is_said(read):
    table = read("a;n\n12.5;1\n13.5;2\n", decimal=",", decimal_fixed=True)
    assert any("12.5" in note and "line 2" in note and "not read as a number" in note for note in table.notes)
    with pytest.raises(DataError, match=r"line 3: column 'a' must hold numbers, but here is '12.5'"):
        read("a;n\n12,5;1\n12.5;2\n", decimal=",", kinds={"a": "number"}, only=True)


def test_a_comma_separated_file_for_a_model_of_decimal_commas(read):
    """Its points are decimal points, unless its quoted cells have decimal commas."""
    known = {"kinds": {"a": "number"}, "only": True, "decimal": ","}
    table = read("a,n\n4.327,1\n1.250,2\n", **known)
    assert table.numbers("a").tolist() == [4.327, 1.25] and any("decimal points" in note for note in table.notes)
    assert read('a,n\n"4,327",1\n', **known).numbers("a").tolist() == [4.327]


@pytest.mark.parametrize(("decimal", "expected"), [(",", [1500.0, 2500.0]), (".", [1.5, 2.5])])
def test_a_file_of_one_column_is_read_as_in_training(read, decimal, expected):
    table = read("a\n1.500\n2.500\n", kinds={"a": "number"}, only=True, header="yes", decimal=decimal)
    assert table.numbers("a").tolist() == expected and not table.notes
