"""Any file is either read or refused with a DataError: never another exception, never a hang."""

import csv
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.data import arrays, source
from fastnn.data.dataset import make_dataset
from fastnn.data.missing import USUAL
from fastnn.data.text import delimited
from fastnn.data.text.records import BLANKS
from fastnn.errors import DataError, FastnnError, UsageError

cells = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.text(st.sampled_from(BLANKS), max_size=2),
    st.sampled_from(["", "1", "-2.5", "nan", "NA", "inf", "a", "b", '"', ",", "\n", "\r\n", " ", "1e400", "?"]),
    st.integers(-5, 5).map(str),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("any")


def use(path: str) -> None:
    """Read a file and make a data set of it, for a regression and for a classification."""
    for kind in ("real", "class", None):
        try:
            make_dataset(source.read(path), kind=kind)
        except (DataError, UsageError) as error:
            assert str(error)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode()))
def test_bytes_as_csv(folder, content):
    (folder / "t.csv").write_bytes(content)
    use(str(folder / "t.csv"))


@given(st.text(alphabet='ab1.,;"\n\r\t ', max_size=60))
def test_separators_and_quotes_in_disorder(folder, content):
    (folder / "t.csv").write_text(content, newline="")
    use(str(folder / "t.csv"))


@given(st.data())
def test_tables_are_read_as_the_csv_module_reads_them(folder, data):
    width = data.draw(st.integers(1, 4))
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8))
    text = io.StringIO(newline="")
    names = [f"column {i}" for i in range(width)]
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *rows])
    (folder / "t.csv").write_text(text.getvalue(), newline="", encoding="utf-8")
    table = delimited.read(str(folder / "t.csv"), delimited.ReadOptions(dict.fromkeys(names, "category")))
    expected = [[cell.strip(BLANKS) for cell in row] for row in rows]
    assert table.rows == len(expected)
    for i, name in enumerate(names):
        codes, labels = table.texts[name].codes, table.texts[name].labels
        found = ["" if code < 0 else labels[code] for code in codes]
        assert found == ["" if row[i] in USUAL else row[i] for row in expected]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_exactly(folder, values):
    (folder / "t.csv").write_text("a,y\n" + "".join(f"{value!r},1\n" for value in values))
    np.testing.assert_array_equal(delimited.read(str(folder / "t.csv")).numbers("a"), values)


@given(st.binary(max_size=300), st.sampled_from(["t.npz", "t.npy"]))
def test_bytes_as_arrays(folder, content, name):
    (folder / name).write_bytes(content)
    use(str(folder / name))


@given(st.data())
def test_damaged_arrays(folder, data):
    whole = io.BytesIO()
    if data.draw(st.booleans()):
        name = "t.npz"
        np.savez(whole, X=np.ones((5, 2)), y=np.arange(5))
    else:
        name = "t.npy"
        np.save(whole, np.ones((5, 2)))
    content = bytearray(whole.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    (folder / name).write_bytes(content[: data.draw(st.integers(0, len(content)))])
    use(str(folder / name))


dtypes = st.sampled_from(["f4", "f8", "i1", "u8", "?", "c8", "U3", "S2", "M8[s]", "f2", ">f4", "V4"])
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)


@given(dtypes, shapes, dtypes, shapes)
def test_arrays_of_any_type_and_shape(folder, type_x, shape_x, type_y, shape_y):
    path = folder / "t.npz"
    np.savez(path, X=np.zeros(shape_x, type_x), y=np.ones(shape_y, type_y))
    use(str(path))


def test_a_member_that_is_no_array(folder):
    path = folder / "t.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("X.npy", b"no array")
        file.writestr("y.npy", b"no array")
    with pytest.raises(FastnnError):
        arrays.read_npz(str(path))
