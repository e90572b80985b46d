"""CSV and TSV: tables that are read, and errors that give the line."""

import gzip

import numpy as np
import pytest

from fastnn.data.text import delimited
from fastnn.errors import DataError

PLAIN = "size,kind,price\n10,a,1.5\n20,b,2.5\n30,a,3.5\n"


@pytest.fixture
def read(tmp_path):
    def read(content: str | bytes, name: str = "t.csv", header: str = "auto", wishes=(), **kinds: str):
        wishes = dict(wishes)
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return delimited.read(str(path), delimited.ReadOptions(kinds, header=header, **wishes))

    return read


@pytest.fixture
def refused(read):
    def refused(content: str | bytes, name: str = "t.csv", **kinds: str) -> str:
        with pytest.raises(DataError) as error:
            read(content, name, **kinds)
        return str(error.value)

    return refused


def assert_plain(table):
    assert table.columns == ("size", "kind", "price")
    assert table.targets == ("price",)
    assert table.rows == 3
    np.testing.assert_array_equal(table.numbers("size"), [10, 20, 30])
    np.testing.assert_array_equal(table.numbers("price"), [1.5, 2.5, 3.5])
    assert table.texts["kind"].labels == ("a", "b")
    np.testing.assert_array_equal(table.texts["kind"].codes, [0, 1, 0])


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        "\n\n" + PLAIN,
        PLAIN.replace("\n20", "\n\n20"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", " , "),
        PLAIN.replace("size", '"size"').replace("a", '"a"'),
        "\ufeff" + PLAIN,
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le").join([b"\xff\xfe", b""]),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
    ],
)
def test_many_ways_to_write_the_same_table(read, content):
    assert_plain(read(content))


def test_tsv_and_gzip(read):
    assert_plain(read(PLAIN.replace(",", "\t"), "t.tsv"))
    assert_plain(read(gzip.compress(PLAIN.encode()), "t.csv.gz"))


def test_separator_is_said_where_it_is_not_the_usual_one(read):
    assert any("';'" in note for note in read(PLAIN.replace(",", ";")).notes)
    assert not read(PLAIN).notes


def test_quoted_commas_newlines_and_quotes(read):
    table = read('name,y\n"a, b",1\n"c\nd",2\n"e ""f""",3\n')
    assert table.texts["name"].labels == ("a, b", "c\nd", 'e "f"')


def test_other_encodings_are_said(read):
    table = read("ort,y\nKöln,1\nMünchen,2\n".encode("cp1252"))
    assert table.texts["ort"].labels == ("Köln", "München")
    assert any("line 2" in note and "Windows-1252" in note for note in table.notes)
    assert read("ort,y\nKöln,1\nMünchen,2\n").notes == ()


def test_no_header(read):
    table = read("1,2,3\n4,5,6\n")
    assert table.columns == ("x1", "x2", "x3")
    assert table.rows == 2
    assert any("no header" in note for note in table.notes)


def test_a_first_line_of_data_with_a_text(read, refused):
    content = "5.1,3.5,a\n4.9,3.0,b\n"
    table = read(content)
    assert table.rows == 1 and any("numbers among them (5.1, 3.5)" in n and "--header no" in n for n in table.notes)
    table = read(content, header="no")
    assert table.rows == 2 and table.columns == ("x1", "x2", "x3") and not table.notes
    assert "--header no" in refused("a,b,a\n1,2,3\n")
    assert read("1,2\n3,4\n", header="yes").columns == ("1", "2")


def test_numbers(read):
    table = read("a,y\n1e3,0\n-.5,0\n+4,1\n 7 ,1\n")
    np.testing.assert_array_equal(table.numbers("a"), [1000, -0.5, 4, 7])


def test_missing_cells_are_kept_for_later(read):
    table = read("a,b,y\n1,x,0\n,NA,1\nnan,?,1\n")
    np.testing.assert_array_equal(np.isnan(table.numbers("a")), [False, True, True])
    np.testing.assert_array_equal(table.texts["b"].codes, [0, -1, -1])


def test_kinds_that_are_known(read, refused):
    assert read("zip,y\n95838,1\n95823,2\n", zip="category").texts["zip"].labels == ("95823", "95838")
    assert "line 3" in refused("a,y\n1,1\nb,2\nc,2\n", a="number")


def test_mixed_column_names_its_line(refused):
    message = refused("a,y\n1,1\n2,2\n3,3\ntwo,4\n")
    assert "line 5" in message and "'a'" in message and "'two'" in message


def test_line_is_right_after_quoted_newlines_and_blank_lines(refused):
    message = refused('\nname,a\n"x\ny",1\n\nz,2\nw,3\nv,oops\n')
    assert "line 8" in message


def test_mostly_texts_are_a_category_and_said(read):
    table = read("a,y\n1,1\nA2,2\nB3,3\nC4,4\n")
    assert table.texts["a"].labels == ("1", "A2", "B3", "C4")
    assert any("mixes" in note for note in table.notes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["empty"]),
        ("\n\n", ["empty"]),
        ("\ufeff", ["empty"]),
        ("a,b\n", ["header but no rows"]),
        ("a,b", ["header but no rows"]),
        ("a,b,a\n1,2,3\n", ["columns 1 and 3", "'a'"]),
        ("a,b\n1,2\n3\n5,6\n", ["line 3 has 1 field", "2"]),
        ("a,b\n1,2\n3,4,5\n", ["line 3 has 3 fields", "2"]),
        ('a,b\n1,2\n"3,4\n5,6\n', ["after line 2 is never closed"]),
        ('"a" "b"\n"1" 2\n', ["in the first record, a quotation mark", "another separator"]),
        ('a,b\n1,2\n"3"x,4\n', ["in the record after line 2, a quotation mark"]),
        ('a,b\n"x"y,2\n', ["line"]),
        ("a,b\n,1\n,2\n", ["'a' is empty", "--ignore a"]),
        (b"PK\x03\x04\x00\x00", ["zero byte"]),
        (b"\xff\xfea", ["UTF-16"]),
    ],
)
def test_refused(refused, content, words):
    message = refused(content)
    assert all(word in message for word in words), message
    assert "t.csv" in message


def test_damaged_gzip(refused):
    assert "Cannot read" in refused(b"no gzip", "t.csv.gz")
    assert "Cannot read" in refused(gzip.compress(PLAIN.encode() * 100)[:60], "t.csv.gz")


def test_absent_file(tmp_path):
    with pytest.raises(DataError, match=r"Cannot read .*none\.csv: No such file"):
        delimited.read(str(tmp_path / "none.csv"))


def test_a_polluted_line_far_down_is_found(read, refused):
    rows = [f"{i},{i % 7}" for i in range(5000)]
    rows[4321] = "4321"
    assert "line 4323" in refused("a,b\n" + "\n".join(rows))


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ("1,5;2,5;3\n2,5;3,5;4\n1,0;9,5;5\n", ("x1", "x2", "x3"), 3),
        ('"area, m2";price\n50,5;100\n60,5;200\n', ("area, m2", "price"), 2),
        ("a,b\n1,x;y\n2,z\n", ("a", "b"), 2),
        ("a;b;c\n1;2;3\n4;5;6\n", ("a", "b", "c"), 2),
        ("sep=;\na;b\n1,5;2\n2,5;3\n", ("a", "b"), 2),
        ("sep=|\r\na|b\r\n1|2\r\n", ("a", "b"), 1),
        ("one\ntwo\nthree\n", ("one",), 2),
        ('item,size\nscrew 5",1\nnail 6",2\n', ("item", "size"), 2),
    ],
)
def test_separators_and_first_lines(read, content, columns, rows):
    table = read(content)
    assert (table.columns, table.rows) == (columns, rows)


def test_lines_are_counted_behind_a_line_for_excel(refused):
    assert "line 4" in refused("sep=;\na;y\n1;2\nx;3\n2;4\n")


def test_columns_that_are_not_needed_are_not_looked_at(read):
    content = "id,size,note,\n1,2,x,\nA,3,7,\n3,4,8,\n"
    for wishes in ({"ignore": ("id", "note", "column_4")}, {"features": ("size",), "target": ("size",)}):
        table = read(content, wishes=wishes)
        assert table.columns == ("id", "size", "note", "column_4") and table.kinds == {"size": "number"}


def test_a_number_that_never_ends(read):
    assert np.isinf(read(f"a,y\n{'9' * 400},1\n2,2\n").numbers("a")[0])


def test_a_text_that_begins_like_a_compressed_file(read):
    table = read("x\x01,y\n1,2\n3,4\n")
    assert (table.columns, table.rows) == (("x\x01", "y"), 2)
