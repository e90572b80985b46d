"""A large file is read in a short way where nothing is in doubt: the same table, notes, errors and lines as usual."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnn.data import fitting
from fastnn.data.dataset import make_dataset
from fastnn.data.source import read
from fastnn.data.text import delimited, large, plain, portions, spellings
from fastnn.data.text.options import ReadOptions
from fastnn.errors import DataError, UsageError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("large")


def outcome(path, options: dict) -> object:
    """All that a file becomes: the table, and the inputs of a network."""
    try:
        table = read(str(path), ReadOptions(**options))
    except DataError as error:
        return str(error)
    texts = {name: (text.codes.tolist(), text.labels) for name, text in table.texts.items()}
    numbers = {name: table.numbers(name).tobytes() for name in table.columns if table.numeric(name)}
    seen = [
        table.columns, numbers, texts, table.resembles, table.notes, table.changes, table.decimal, table.named,
        table.unnamed, table.missing_texts, table.spellings, table.rows,
        *(table.locate(row) for row in {0, table.rows - 1} if table.rows),
    ]  # fmt: skip
    if options.get("only"):  # as a model reads a file
        return seen
    try:
        data = make_dataset(table, dtype="float64", target=options.get("target", ()), ignore=options.get("ignore", ()))
    except (DataError, UsageError) as error:
        return [*seen, str(error)]
    return [*seen, data.X.tobytes(), data.y.tobytes(), data.preprocessing, data.notes, data.changes]


def both(
    path, options: dict, sample: int = 50, portion: int = 1 << 23, many: int = 1000, disk: bool = True
) -> tuple[object, object, bool]:
    """Return the outcomes of the usual and of the short way, and whether that one was taken.

    portion: bytes that are parsed together. many: numbers above which the spelling of a target does not matter. disk:
    whether the file may be read in portions.
    """
    taken = []

    def spy(*arguments):
        taken.append(read_plain(*arguments))
        return taken[-1]

    read_plain, survey = plain.read_plain, delimited.survey
    with mock.patch.object(spellings, "MAX_VALUES", many):
        usual = outcome(path, options)
        with (
            mock.patch.object(delimited, "survey", survey if disk else lambda *_: None),
            mock.patch.object(portions, "PORTION", portion),
            mock.patch.object(portions, "PER_COLUMN", 0),
            mock.patch.object(large, "LARGE", 0),
            mock.patch.object(plain, "SAMPLE", sample),
            mock.patch.object(large, "read_plain", spy),
        ):
            short = outcome(path, options)
    return usual, short, bool(taken) and taken[-1] is not None


floats = st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}") | st.floats(allow_nan=False, allow_infinity=False).map(repr)
integers = st.integers(0, 9).map(str) | st.integers(-(10**6), 10**6).map(str)
odd = st.sampled_from(
    ["", " ", "NA", "nan", "-999", "inf", "-inf", "1e400", "007", "-01", "00.5", "0.5", "+3", "1.", ".5", " 4", "4 ",
     "\u00a04", "1_000", "1,5", "1.234", "1.234.567", "9007199254740993", str(2**53), str(-(2**53)), "1e16", "a",
     "12 km", '"5"', '" 5"', '"5 "', '"x,y"', '"x\ny"', '"x""y"', '""', 'b"c', '"q"r', "2024-01-05", "None", "#N/A",
     "?", "True"]
)  # fmt: skip
words = st.sampled_from(["red", "green", "ä", "blue ", "blue"])
several = st.sampled_from([f"t{i}" for i in range(20)])
whole = st.sampled_from(["1", "2", "3.0"])


@st.composite
def files(draw) -> str:
    separator = draw(st.sampled_from(",,,;\t"))
    columns = draw(st.lists(st.sampled_from([floats, floats, integers, words, several, whole]), min_size=1, max_size=5))
    rows = [[draw(column) for column in columns] for _ in range(draw(st.integers(1, 12) | st.integers(10, 40)))]
    for _ in range(draw(st.integers(0, 2))):
        rows[draw(st.integers(0, len(rows) - 1))][draw(st.integers(0, len(columns) - 1))] = draw(odd)
    names = draw(st.sampled_from(["c", "c", "c", " c", "", "1"]))
    lines = [separator.join(f"{names}{i}" if names else str(i) for i in range(len(columns)))] * draw(st.integers(0, 1))
    lines += map(separator.join, rows)
    if draw(st.integers(0, 9)) == 0:
        broken = draw(
            st.sampled_from(["", " ", separator, separator * len(columns), "1", '"', "1" + separator, "sep=;"])
        )
        lines.insert(draw(st.integers(0, len(lines))), broken)
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    return draw(st.sampled_from(["", "", "\n", "\ufeff"])) + end.join(lines) + draw(st.sampled_from([end, end, ""]))


OPTIONS = [
    {}, {}, {"header": "no"}, {"header": "yes"}, {"na_values": ("-999", "")}, {"na_values": ("nan", "a")},
    {"kinds": {"c0": "number", "c1": "category"}}, {"kinds": {"c0": "category", "c2": "number"}, "only": True},
    {"kinds": {"c0": "number", "c1": "number"}, "only": True, "na_values": ("", "NA", "-999")}, {"ignore": ("c1",)},
    {"target": ("c0",)}, {"decimal": ".", "decimal_fixed": True}, {"decimal": ",", "decimal_fixed": True},
    {"decimal": ".", "kinds": {"c0": "number"}, "only": True, "may_be_empty": True}, {"features": ("c0", "c2")},
]  # fmt: skip


@given(
    text=files(),
    options=st.sampled_from(OPTIONS),
    sample=st.sampled_from([2, 3, 50]),
    portion=st.sampled_from([6, 20, 100, 1 << 23]),
    many=st.sampled_from([2, 1000]),
    disk=st.booleans(),
)
def test_the_short_way_gives_the_same(folder, text, options, sample, portion, many, disk):
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    usual, short, _ = both(path, options, sample, portion, many, disk)
    assert short == usual


ROWS = 60
CELLS = np.random.default_rng(0).normal(size=(ROWS, 3)).round(4).astype(str).tolist()
TABLES = {  # what is put into row 55, beyond the sample, and whether the short way can still be taken
    "nothing": (["1.5", "2.5", "3.5"], True),
    "an empty cell": (["1.5", "", "3.5"], True),
    "a missing value": (["1.5", "NA", "3.5"], True),
    "a text": (["1.5", "x", "3.5"], True),
    "a long integer": (["1.5", "9007199254740993", "3.5"], True),
    "a leading zero": (["1.5", "02", "3.5"], True),
    "white space": (["1.5 ", "2.5", "3.5"], True),
    "quotes": (['"1.5"', "2.5", "3.5"], True),
    "infinite": (["inf", "2.5", "3.5"], True),
    "no last cell": (["1.5", "2.5", ""], False),
    "too short": (["1.5", "2.5"], False),
    "too long": (["1.5", "2.5", "3.5", "4.5"], False),
    "blank": ([""], False),
    "an open quotation mark": (["1.5", '"2.5', "3.5"], False),
}


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("disk", [True, False])
def test_doubts_beyond_the_sample(folder, what, separator, disk):
    row, may = TABLES[what]
    path = folder / "beyond.csv"
    lines = [["a", "b", "y"], *CELLS[:55], row, *CELLS[55:]]
    path.write_text("\n".join(map(separator.join, lines)) + "\n", encoding="utf-8")
    usual, short, taken = both(path, {}, disk=disk)
    assert short == usual
    assert taken == may


@pytest.mark.parametrize("start", ["\n", "\r\n", "x\x01", "x\u06c0", "\ufeff", "x"])
@pytest.mark.parametrize("portion", [6, 50])
@pytest.mark.parametrize("disk", [True, False])
def test_what_a_portion_begins_with(folder, start, portion, disk):
    rows = [f"t{i % 2},{i / 8},{i}" for i in range(40)]
    rows[30] = start + rows[30]
    path = folder / "starts.csv"
    path.write_bytes("\n".join(["a,b,y", *rows, ""]).encode())
    usual, short, taken = both(path, {}, portion=portion, disk=disk)
    assert short == usual
    assert taken or start != "x"


def test_leading_zeros_only_make_their_own_column_a_text(folder):
    rng = np.random.default_rng(1)
    lines = [",".join(f"x{i}" for i in range(7))]
    for row in rng.integers(1, 10**6, size=(40_000, 7)).tolist():
        row[4] = f"2024-01-{row[4] % 30:02d}"
        row[6] = row[6] / 7
        lines.append(",".join(map(str, row)))
    path = folder / "dates.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    usual, short, taken = both(path, {})
    assert short == usual
    assert taken


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_statistics_of_several_columns_have_the_bits_of_one(scale):
    rng = np.random.default_rng(2)
    for columns, rows in ((1, 5), (3, 1), (40, 7), (5, 129), (3, 10_001)):
        block = rng.normal(size=(columns, rows)) * scale
        block[0] = 3.0
        block[-1, -1] = np.nan if columns > 30 else block[-1, -1]
        expected = [fitting._statistics(column) for column in block]
        found = fitting._block_statistics(block.copy())
        assert [f or e for f, e in zip(found, expected, strict=True)] == expected
        assert columns < 3 or rows < 2 or found[1] is not None
