"""Tables that are given in Python: what their columns become, and what is refused."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fastnn.data.python.given import one_row, read_given
from fastnn.data.text.delimited import ReadOptions
from fastnn.errors import DataError, FastnnError, UsageError

CATEGORY = ReadOptions({"c": "category"}, only=True)
NUMBER = ReadOptions({"c": "number"}, only=True)
ROWS = {"a": [1, 2, 3], "y": [0.5, 1.5, 2.5]}


def read(column, options=None, make=pd.DataFrame):
    """The table with this column c beside others."""
    return read_given(make({"c": column, **ROWS}), "the table", options or ReadOptions())


def dictionaries(columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


MAKERS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table, "dictionaries": dictionaries}

PLAIN = {
    "integers": ([3, 1, 2], [3.0, 1, 2]),
    "with None": ([3, None, 2], [3.0, np.nan, 2]),
    "floats": ([1.5, None, -0.0], [1.5, np.nan, -0.0]),
    "infinite": ([float("inf"), 0.0, 1.0], [np.inf, 0, 1]),
    "decimals": ([Decimal("0.1"), None, Decimal("12345678901234567.25")], [0.1, np.nan, 12345678901234567.25]),
    "large but exact": ([2**60, 0, 1], [2.0**60, 0, 1]),
    "texts": (["b", "a", None], ["b", "a", None]),
    "texts as files strip them": ([" b\u00a0", "", "c d"], ["b", None, "c d"]),
    "texts that files take as missing": (["NA", "null", "?"], ["NA", "null", "?"]),
    "truth values": ([True, None, False], ["True", None, "False"]),
    "identifiers": ([2**60 + 1, None, 2**60 + 3], [str(2**60 + 1), None, str(2**60 + 3)]),
}
TYPED = {
    "pandas Int64": (pd.array([3, None, 2], dtype="Int64"), [3.0, np.nan, 2]),
    "pandas Float64": (pd.array([3.5, None, 2], dtype="Float64"), [3.5, np.nan, 2]),
    "pandas boolean": (pd.array([True, None, False], dtype="boolean"), ["True", None, "False"]),
    "pandas string": (pd.array(["b", None, "a"], dtype="string"), ["b", None, "a"]),
    "pandas categorical": (pd.Categorical(["b", None, "a"], categories=["b", "a", "unused"]), ["b", None, "a"]),
    "pandas categorical numbers": (pd.Categorical([10.0, None, 9.5]), ["10", None, "9.5"]),
    "pandas object": (np.array([1, 2.5, None], object), [1.0, 2.5, np.nan]),
    "pandas arrow": (pd.array([1, None, 2], dtype="int64[pyarrow]"), [1.0, np.nan, 2]),
    "uint8": (np.array([255, 0, 1], np.uint8), [255.0, 0, 1]),
    "uint64": (np.array([2**63, 0, 1], np.uint64), [2.0**63, 0, 1]),
    "float32": (np.array([0.1, 2, 3], np.float32), [float(np.float32(0.1)), 2, 3]),
    "polars Enum": (pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a"])), ["b", None, "a"]),
    "polars Categorical": (pl.Series(["b", None, "a"], dtype=pl.Categorical), ["b", None, "a"]),
    "polars Int128": (pl.Series([2**100, None, 1], dtype=pl.Int128), [2.0**100, np.nan, 1]),
    "polars Decimal": (pl.Series([Decimal("1.25"), None, Decimal(0)]), [1.25, np.nan, 0]),
    "arrow dictionary": (pa.array(["b", None, "a"]).dictionary_encode(), ["b", None, "a"]),
    "arrow float16": (pa.array([1.5, None, 2.0], pa.float16()), [1.5, np.nan, 2]),
}


def check(table, expected):
    """Numbers to the bit; texts with labels in order."""
    assert table.columns == ("c", "a", "y") and table.targets == ("y",) and table.rows == 3
    if any(isinstance(value, str) for value in expected):
        text = table.texts["c"]
        assert [None if code < 0 else text.labels[code] for code in text.codes] == expected
        assert list(text.labels) == sorted({v for v in expected if v is not None}) and text.codes.dtype == np.int32
    else:
        found = table.numbers("c")
        assert np.array_equal(found, expected, equal_nan=True) and not table.texts and found.dtype == np.float64
        assert np.signbit(found[~np.isnan(found)]).tolist() == [np.signbit(v) for v in expected if v == v]
        assert table.numbers("a").tolist() == [1, 2, 3]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("case", PLAIN)
def test_what_columns_become(maker, case):
    column, expected = PLAIN[case]
    if maker == "pandas" and case in ("identifiers", "with None"):
        column = pd.array(column, dtype="Int64")  # pandas itself would make floats of them
    check(read(column, make=MAKERS[maker]), expected)


@pytest.mark.parametrize("case", TYPED)
def test_types_of_their_libraries(case):
    column, expected = TYPED[case]
    make = {"polars": pl.DataFrame, "arrow": pa.table}.get(case.split()[0], pd.DataFrame)
    check(read(column, make=make), expected)


def test_types_of_labels():
    table = read([True, False, True])
    assert table.label_types == {"c": "boolean", "a": "integer", "y": "float"}
    assert read(["u", "v", "v"]).label_types["c"] == "text"


@pytest.mark.parametrize("maker", MAKERS)
def test_a_known_kind_decides(maker):
    make = MAKERS[maker]
    assert read([10, None, 9], CATEGORY, dictionaries).texts["c"].labels == ("10", "9")
    assert read([1.0, 2.5, 1.0], CATEGORY, make).texts["c"].labels == ("1", "2.5")
    assert read([None, None, None], CATEGORY, make).texts["c"].codes.tolist() == [-1, -1, -1]
    assert np.isnan(read([None, None, None], NUMBER, make).numbers("c")).all()
    assert read([2**60 + 1, 0, 1], NUMBER, make).numbers("c")[0] == 2.0**60
    for wrong, words in ((["3", "x", "y"], "texts \\('3' "), ([True, False, True], "booleans")):
        with pytest.raises(DataError, match=f"the table: column 'c' must hold numbers, but it holds {words}"):
            read(wrong, NUMBER, make)


MOMENTS = {
    "pandas moment": pd.DataFrame({"c": pd.date_range("2024", periods=3), **ROWS}),
    "pandas zone": pd.DataFrame({"c": pd.date_range("2024", periods=3, tz="UTC"), **ROWS}),
    "pandas duration": pd.DataFrame({"c": pd.to_timedelta([1, 2, 3], unit="s"), **ROWS}),
    **{
        f"{library} {type(value).__name__}": make({"c": [value] * 3, **ROWS})
        for library, make in (("polars", pl.DataFrame), ("pyarrow", pa.table))
        for value in (datetime.datetime(2024, 1, 1), datetime.date(2024, 1, 1), datetime.timedelta(1), datetime.time(1))
    },
}


@pytest.mark.parametrize("case", MOMENTS)
def test_times_are_refused_with_the_line_that_converts_them(case):
    table = MOMENTS[case]
    with pytest.raises(DataError, match=r"column 'c' holds times \(.*\).*--ignore c") as caught:
        read_given(table, "the table", ReadOptions())
    assert "c" not in read_given(table, "the table", ReadOptions(ignore=["c"])).kinds
    line = str(caught.value).partition("Convert it to numbers: ")[2].partition(". Or leave")[0]
    names = {"table": table.copy() if case.startswith("pandas") else table, "pl": pl}
    exec(line, names)
    assert read_given(names["table"], "the table", ReadOptions()).numeric("c")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([1j, 2j, 3j], r"complex numbers \(complex128\).*\.real"),
        ([[1], [2], [3]], "list values"),
        ([{}, {}, {}], "dict values"),
        ([datetime.date(2024, 1, 1)] * 3, "date values"),
        ([b"a", b"b", b"c"], "bytes values"),
        (pd.period_range("2024", periods=3), "period"),
        (pd.arrays.SparseArray([0.0, 1, 2]), r"Sparse.*sparse\.to_dense"),
        (["a", 1, True], r"several types: text \('a'\) and integer \('1'\) and boolean \('True'\).*--categorical c"),
        ([None, None, None], r"column 'c' is empty"),
    ],
)
def test_columns_that_are_refused(column, words):
    with pytest.raises(DataError, match=f"the table: .*{words}"):
        read(column)


def test_several_types_as_a_category():
    assert read(["a", 1, 2.5], CATEGORY).texts["c"].labels == ("1", "2.5", "a")


def test_what_is_said():
    assert read([str(i) for i in (1, 20, 3)]).notes == (
        "column c: texts that are numbers are read as categories; to use their values, convert them to numbers",
    )
    assert "too many digits" in read([2**60 + 1, 0, 1]).notes[0]
    many = pd.DataFrame({"c": [f"${i}" for i in range(30)], "y": range(30)})
    assert read_given(many, "t", ReadOptions()).resembles == {"c": "amounts of money"}


def test_names_of_columns():
    rng = np.random.default_rng(0)
    table = read_given(pd.DataFrame(rng.normal(size=(2, 3)), index=["u", "v"]), "t", ReadOptions())
    assert table.columns == ("0", "1", "2") and table.locate(1) == "row 1 (counted from 0)"  # the index is no column
    assert read_given([{" a ": 1, "b": 2}], "t", ReadOptions()).columns == ("a", "b")
    for names, words in (
        (["a", "a"], "more than one column called a"),
        ([1, "1"], "more than one column called 1"),
        ([0.5, "b"], "0.5, which is not a text"),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), "several levels.*join"),
    ):
        with pytest.raises(DataError, match=words):
            read_given(pd.DataFrame([[1, 2]], columns=names), "t", ReadOptions())
    with pytest.raises(DataError, match="more than one column called a"):
        read_given(pa.table([[1], [2]], names=["a", "a"]), "t", ReadOptions())


def test_dictionaries_may_lack_values():
    table = read_given([{"a": 1}, {"b": "x", "a": None}], "t", ReadOptions(target=["a"]))
    assert (
        table.columns == ("a", "b") and np.isnan(table.numbers("a")[1]) and table.texts["b"].codes.tolist() == [-1, 0]
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pl.LazyFrame({"a": [1]}), r"table\.collect\(\)"),
        (pd.Series([1, 2]), r"pandas\.Series is one column.*table\.iloc"),
        (pl.Series([1, 2]), r"polars\.Series is one column"),
        ({"a": [1, 2]}, "'a' in the dictionary is a list.*list of dictionaries"),
        ({"a": np.zeros(2)}, "'a' in the dictionary is a ndarray"),
        ([{"a": 1}, 3], "one dictionary per row"),
        (3, "A table is needed, not int"),
        ({}, "no columns"),
        (None, "A table is needed, not NoneType"),
        ([], "no columns"),
        (pd.DataFrame(), "no columns"),
    ],
)
def test_what_is_no_table(given, words):
    with pytest.raises(FastnnError, match=words) as caught:
        read_given(one_row(given), "the table", ReadOptions())
    assert isinstance(caught.value, UsageError) or "no columns" in words
