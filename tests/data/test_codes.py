"""Codes with leading zeros are categories; labels of classes keep the way in which the file writes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.data.dataset import make_dataset
from fastnn.data.text import delimited
from fastnn.data.text.spellings import may_have_leading_zeros
from fastnn.errors import DataError


@pytest.fixture
def read(tmp_path):
    def read(cells: list[str], name: str = "t.csv", separator: str = ",", **options):
        path = tmp_path / name
        path.write_text(
            separator.join("ab") + "\n" + "".join(f"{cell}{separator}{i % 7}.5\n" for i, cell in enumerate(cells))
        )
        return delimited.read(str(path), delimited.ReadOptions(**options))

    return read


@pytest.mark.parametrize("code", ["011", "-01", "+01", "007.5", "00", "00.5", "01e3", '"01"', " 01"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_zero_before_a_digit_makes_a_category(read, code, separator):
    table = read(["5", code, "7"], separator=separator)
    cell = code.strip('" ')
    assert set(table.texts["a"].labels) == {"5", cell, "7"}
    said = (
        f"column 'a' has numbers with leading zeros ({cell}): it is read as a category; --numeric a reads it as numbers"
    )
    assert said in table.notes and table.changes == ("column 'a' is a category, because of its leading zeros",)
    assert read(["5", code, "7"], separator=separator, kinds={"a": "number"}).numbers("a")[1] == float(cell)
    assert not read(["5", code, "7"], separator=separator, kinds={"a": "number"}).changes


@pytest.mark.parametrize("number", ["0.5", "0", "-0.25", "0e3", "100", "10.07", "1e05", "1e-05", "1.005", "-0"])
def test_other_zeros_are_numbers(read, number):
    table = read(["5", number])
    assert table.numbers("a").tolist() == [5, float(number)] and not table.notes and not table.changes


def test_codes_in_many_columns_are_said_once(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c,d,y\n01,02,03,04,1.5\n1,2,3,4,2.5\n")
    notes = delimited.read(str(tmp_path / "t.csv")).notes
    assert notes == (
        "4 columns have numbers with leading zeros (a (01), b (02), c (03) ...): they are read as categories; "
        "--numeric a,b,c ... reads them as numbers",
    )


def test_a_model_decides_by_itself(read):
    """A column of numbers stays one, a category keeps its texts, and nothing is said again."""
    table = read(["5", "011"], kinds={"a": "number"}, only=True)
    assert table.numbers("a").tolist() == [5, 11] and not table.notes
    table = read(["5", "011"], kinds={"a": "category"}, only=True)
    assert table.texts["a"].labels == ("011", "5") and not table.notes


def test_numbers_on_request(read):
    integers = [str(2**53 + 1), "7"]
    assert read(integers, kinds={"a": "number"}).numeric("a") and "a" in read(integers).texts
    with pytest.raises(DataError, match=r"line 3: column 'a' must hold numbers, but here is 'x'"):
        read(["1", "x", "y", "z"], kinds={"a": "number"})


@given(st.text(alphabet='01.,-+e \n"5a', max_size=12))
def test_the_quick_look_never_misses_a_code(text):
    plain = [cell.strip(' "').lstrip("+-") for cell in text.replace("\n", ",").split(",")]
    if any(cell[:1] == "0" and cell[1:2].isdigit() for cell in plain):
        assert may_have_leading_zeros(text.encode())


@pytest.mark.parametrize("text", ["1e-05,2", "1E+09", "-3.1e02,4", "2020-05-31,5", "x05", "1.05,-0.05,0"])
def test_zeros_within_cells_are_no_doubt(text):
    assert not may_have_leading_zeros(text.encode())


def test_the_quick_look_sees_the_ends_of_its_pieces():
    for length in range((1 << 17) - 5, (1 << 17) + 5):
        assert may_have_leading_zeros(b"x" * length + b",01")
        assert not may_have_leading_zeros(b"x" * length + b",0.1")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", "1"], None),
        (["1.5", "-2", "3"], None),
        (["1.0", "2.0", "1.0"], {1.0: "1.0", 2.0: "2.0"}),
        (["+1", "-1"], {-1.0: "-1", 1.0: "+1"}),
        (["1", "1.0", "1.0", "2"], {1.0: "1.0", 2.0: "2"}),
        (["1.0", "1", "1.00", "2"], {1.0: "1", 2.0: "2"}),
        (["1.0", "", "NA", "2"], {1.0: "1.0", 2.0: "2"}),
        (["1.0", "inf", "2"], {1.0: "1.0", 2.0: "2"}),
        ([f"{i}.50" for i in range(1001)], None),
        ([f"{i}.50" for i in range(1000)], {i + 0.5: f"{i}.50" for i in range(1000)}),
    ],
)
def test_spellings(read, cells, expected):
    """The most frequent one; of several, the first in sort order."""
    table = read(cells, target=("a",))
    assert table.spellings == ({} if expected is None else {"a": expected})


def test_spellings_are_those_of_the_target_alone(read):
    assert read(["1.0", "2.0"]).spellings == {}
    assert read(["1,50", "2,5"], separator=";", target=("a",), features=("b",), decimal=",").spellings == {
        "a": {1.5: "1,50", 2.5: "2,5"}
    }
    assert read(["1.0", "2.0"], target=("a",), kinds={"a": "number"}, only=True).spellings == {}


def test_codes_as_classes_keep_their_texts(read):
    data = make_dataset(read(["01", "02", "2"] * 10, target=("a",)), target=("a",))
    assert data.preprocessing.target.classes == ("01", "02", "2")
    assert np.bincount(data.y).sum() == 24


def test_codes_as_a_target_that_cannot_be_learned_name_the_remedy(read):
    codes = [f"0{i}" for i in range(60)]
    remedy = "These texts can be read as numbers: --numeric a"
    for kind, words in ((None, "too few rows per class"), ("real", "a regression needs plain numbers")):
        with pytest.raises(DataError, match=f"{words}.*{remedy}"):
            make_dataset(read(codes), target=["a"], kind=kind)
    assert make_dataset(read(codes, kinds={"a": "number"}), target=["a"]).preprocessing.target.kind == "real"
    with pytest.raises(DataError, match="too few rows per class") as refused:
        make_dataset(read([f"n{i}" for i in range(60)]), target=["a"])
    assert "--numeric" not in str(refused.value)


def test_spellings_of_one_number_as_classes_are_said(read):
    data = make_dataset(read(["1", "1.0", "A", "B", "C"] * 9), target=["a"])
    assert data.preprocessing.target.classes == ("1", "A", "B", "C")
    assert "spellings of one number, such as 1 and 1.0, are one class of a" in data.notes
