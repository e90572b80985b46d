"""Tables of very many columns, and the different ways of reading a file: all give the same table."""

import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.data.dataset import make_dataset
from fastnn.data.text import cells, delimited, parsing
from fastnn.data.text.columns import Columns
from fastnn.errors import DataError

GENES = 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("columns")


def outcome(path: str, **options) -> object:
    """What becomes of a file: all that is in its table, or the error."""
    try:
        table = delimited.read(path, delimited.ReadOptions(**options))
    except DataError as error:
        return str(error)
    texts = {name: (text.codes.tolist(), text.labels) for name, text in table.texts.items()}
    numbers = {name: table.numbers(name).tobytes() for name in table.in_matrix}
    return table.columns, numbers, texts, table.resembles, table.notes, table.decimal, table.named


numbers = st.sampled_from(["1", "-2.5", "1e3", "", "NA", "inf", str(2**53 + 1), "1.234"])
texts = st.sampled_from(["a", "b", "ä", "", "?", " c "])
kinds = [numbers, numbers, texts, numbers | texts, st.integers(10, 99).map("{} km".format), st.just("")]


@st.composite
def tables(draw) -> str:
    separator = draw(st.sampled_from(",;"))
    columns = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6))
    rows = [[f"c{i}" for i in range(len(columns))]]
    rows += [[draw(column) for column in columns] for _ in range(draw(st.integers(1, 14)))]
    text = "\n".join(map(separator.join, rows)) + "\n"
    return text.replace(".", ",") if separator == ";" and draw(st.booleans()) else text


@given(text=tables(), options=st.sampled_from([{}, {"kinds": {"c0": "number", "c1": "category"}}, {"header": "no"}]))
def test_every_way_of_reading_gives_the_same_table(folder, text, options):
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    expected = outcome(str(path), **options)
    for wide, block in ((500, 1), (0, 1 << 18), (0, 1), (0, 20)):
        with mock.patch.object(parsing, "CSV_FROM_COLUMNS", wide), mock.patch.object(cells, "BLOCK", block):
            assert outcome(str(path), **options) == expected


def test_many_columns_are_worked_on_together(folder, monkeypatch):
    calls = []
    add = Columns.add
    monkeypatch.setattr(Columns, "add", lambda *arguments: calls.append(1) or add(*arguments))
    values = np.random.default_rng(0).normal(size=(12, GENES)).round(3)
    path = folder / "genes.csv"
    lines = [",".join(f"gene {i}" for i in range(GENES)), *(",".join(map(str, row)) for row in values.tolist())]
    path.write_text("\n".join(lines))
    table = delimited.read(str(path))
    np.testing.assert_array_equal(table.matrix, values)
    assert len(calls) == 1  # each makes several calls of polars
    assert make_dataset(table, validation=None).X.shape == (12, GENES - 1)


def test_memory_in_proportion(folder):
    path = folder / "commas.csv"
    path.write_bytes(b"," * 100_000)
    code = (
        "import resource, sys, polars\n"
        "from fastnn.data.text import delimited\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: delimited.read(sys.argv[1])\n"
        "except Exception as error: print(error)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    words, megabytes = done.stdout.splitlines()
    assert words.endswith("is empty: there is nothing between its separators.")
    assert int(megabytes) < 200, "10 kB per column, as polars takes, are 1,000 MB"


def test_too_many_columns(folder):
    path = folder / "commas.csv"
    path.write_bytes(b"," * 2_000_000)
    with pytest.raises(DataError, match=r"has 2,000,001 columns; at most 1,000,000 can be read"):
        delimited.read(str(path))


def test_a_late_double_among_many_names(folder):
    path = folder / "double.csv"
    path.write_text(",".join([*(f"g{i}" for i in range(GENES)), "g7 "]) + "\n" + ",".join("x" * (GENES + 1)) + "\n")
    with pytest.raises(DataError, match=r"columns 8 and 20001 are both called 'g7'"):
        delimited.read(str(path))
