"""Records are those of Python's csv module, whatever their cells hold: no record is lost or added."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastnn.data.missing import USUAL
from fastnn.data.table import Table
from fastnn.data.text import delimited
from fastnn.data.text.records import BLANKS
from fastnn.errors import DataError

UNQUOTED = [c for c in BLANKS if c not in "\r\n"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("records")


@pytest.fixture
def read(folder):
    def read(text: str, name: str = "t.csv", kind: str = "", **options) -> Table:
        (folder / name).write_text(text, newline="", encoding="utf-8")
        kinds = dict.fromkeys("abcd", kind) if kind else {}
        return delimited.read(str(folder / name), delimited.ReadOptions(kinds, **options))

    return read


def found(table: Table) -> list[list[str]]:
    """The cells of a table of categories, "" where one is missing."""
    texts = [table.texts[name] for name in table.columns]
    return [["" if t.codes[i] < 0 else t.labels[t.codes[i]] for t in texts] for i in range(table.rows)]


def judged(text: str, separator: str) -> tuple[list[int], list[list[str]]]:
    """(first lines, cells) of the records behind the header, as Python's csv module reads them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines, records, line = [], [], 1
    for fields in reader:
        lines, records = [*lines, line], [*records, fields]
        line = reader.line_num + 1
    width = max(map(len, records))
    kept = [
        (line, [cell.strip(BLANKS) for cell in fields])
        for line, fields in zip(lines, records, strict=True)
        if fields and not (width > 1 and len(fields) == 1 and fields[0] and not fields[0].strip(BLANKS))
    ]
    return [line for line, _ in kept[1:]], [["" if c in USUAL else c for c in fields] for _, fields in kept[1:]]


@st.composite
def texts(draw) -> tuple[str, str]:
    """(separator, text) of a table with blank cells, blank records and blank lines."""
    separator = draw(st.sampled_from(",;\t|"))
    width, end = draw(st.integers(1, 4)), draw(st.sampled_from(["\n", "\r\n"]))
    white = st.text(st.sampled_from([c for c in UNQUOTED if c != separator]), min_size=1, max_size=2)
    quoted = st.text(st.sampled_from([*BLANKS, *',;|a"']), max_size=2).map(lambda c: '"' + c.replace('"', '""') + '"')
    cell = st.sampled_from(["", "", '""', "1", "b"]) | white | quoted
    row = st.lists(cell, min_size=width, max_size=width).map(separator.join)
    line = row | st.just("") | white if width > 1 else row
    lines = [separator.join("abcd"[:width]), *draw(st.lists(line, max_size=8))]
    return separator, end.join(lines) + draw(st.sampled_from(["", end]))


@settings(max_examples=4 * settings.default.max_examples)
@given(case=texts())
def test_records_are_those_of_the_csv_module(folder, case):
    separator, text = case
    name = "t.tsv" if separator == "\t" else "t.csv"
    (folder / name).write_text(text, newline="", encoding="utf-8")
    lines, expected = judged(text, separator)
    options = delimited.ReadOptions(dict.fromkeys("abcd", "category"), header="yes")
    if not expected:
        with pytest.raises(DataError, match="no rows"):
            delimited.read(str(folder / name), options)
        return
    table = delimited.read(str(folder / name), options)
    assert found(table) == expected
    assert [table.locate(i) for i in range(table.rows)] == [f"line {line}" for line in lines]


@pytest.mark.parametrize("blank", BLANKS, ids=lambda c: f"U+{ord(c):04X}")
def test_a_record_of_any_white_space_is_a_record(read, blank):
    quoted = f'"{blank}"'
    for cell in [quoted] if blank in "\r\n" else [blank, quoted]:
        for record in (f"{cell},{cell}", f",{cell}", f"{cell},"):
            table = read(f"a,b\n0,1\n{record}\n2,3\n")
            np.testing.assert_array_equal(table.numbers("a"), [0, np.nan, 2])
            np.testing.assert_array_equal(table.numbers("b"), [1, np.nan, 3])
            below = 5 if blank in "\r\n" and record.startswith('"') else 4
            assert table.locate(1) == "line 3" and int(table.locate(2).split()[1]) >= below
        np.testing.assert_array_equal(read(f"a\n0\n{cell}\n1\n").numbers("a"), [0, np.nan, 1])
        np.testing.assert_array_equal(read(f"a\n0\n{cell}").numbers("a"), [0, np.nan])


def test_empty_records_are_rows_wherever_they_stand(read):
    table = read("a,b\n,\n1,2\n,\n\n3,4\n,\n\n,")
    np.testing.assert_array_equal(table.numbers("a"), [np.nan, 1, np.nan, 3, np.nan, np.nan])
    assert [table.locate(i) for i in range(6)] == [f"line {i}" for i in (2, 3, 4, 6, 7, 9)]


def test_a_quoted_empty_cell_is_a_record_of_one_column(read):
    for text in ('a\n0\n""\n1\n""\n', 'a\n0\n""\n\n1\n""', 'a\r\n0\r\n""\r\n1\r\n""\r\n\r\n'):
        np.testing.assert_array_equal(read(text).numbers("a"), [0, np.nan, 1, np.nan])
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["a"], [""], ["1"], [""]])
    np.testing.assert_array_equal(read(written.getvalue()).numbers("a"), [np.nan, 1, np.nan])


def test_lines_of_white_space_are_blank_lines_between_several_columns(read):
    for blank in ("", " ", "\t", "\u00a0 "):
        assert found(read(f"a,b\n{blank}\n1,2\n{blank}\n3,4\n{blank}", kind="category")) == [["1", "2"], ["3", "4"]]
        assert read(f"{blank}\na,b\n1,2\n").columns == ("a", "b")
    with pytest.raises(DataError, match="line 3 has 1 field, but the first line has 2"):
        read('a,b\n1,2\n""\n3,4\n')


def test_a_file_of_nothing_but_blank_records(read, folder):
    for text in (",\n,\n", '"",""\n', "\u00a0,\n"):
        with pytest.raises(DataError, match="nothing between its separators"):
            read(text)
    (folder / "t.csv").write_text(",\n,\n,\n")
    options = delimited.ReadOptions({"x1": "number", "x2": "category"}, header="no")
    assert delimited.read(str(folder / "t.csv"), options).rows == 3


def test_a_separator_at_the_end_of_the_file_begins_a_cell(read):
    for text in ("a\n0\n,", "a\n0\n1,", "a\n0\n \u00a0,", "a,b\n0,1\n2,3,", 'a,b\n0,1\n"","",'):
        with pytest.raises(DataError, match=r"line 3 has [23] fields, but the first line has [12]"):
            read(text)
    np.testing.assert_array_equal(read("a,b\n0,1\n2,").numbers("b"), [1, np.nan])
    with pytest.raises(DataError, match="after line 2 is never closed"):
        read('a,b\n0,1\n2,"3""')


def test_a_carriage_return_alone_ends_a_line(read):
    assert found(read("a\n1\r2\n3\n", kind="category")) == [["1"], ["2"], ["3"]]
    assert found(read('a,b\n1,2\r3,4\n"5\r6",\r\n', kind="category")) == [["1", "2"], ["3", "4"], ["5\r6", ""]]


def test_lines_are_right_behind_blank_records(read):
    rows = "".join(f"{i},{i}\n" for i in range(9))
    for record in (",", "\u00a0,", '"\t",""'):
        with pytest.raises(DataError, match=r"line 12: column 'a' holds numbers, but here is 'x'"):
            read(f"a,b\n{record}\n{rows}x,1\n")
    with pytest.raises(DataError, match=r"line 12: column 'a' holds numbers, but here is 'x'"):
        read('a\n""\n' + "".join(f"{i}\n" for i in range(9)) + "x\n")
