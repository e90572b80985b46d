"""Messages shorten a user's cells and names, and escape control characters."""

import numpy as np
import pytest

from fastnn.data import arrays, wording
from fastnn.data.dataset import make_dataset
from fastnn.data.table import Table, Text
from fastnn.data.text import delimited
from fastnn.errors import FastnnError

HUGE = "\x1b[31m" + "x" * 100_000


def test_quoted_and_bare():
    assert wording.quoted("it's") == repr("it's") and wording.bare("it's") == "it's"
    assert wording.quoted("x" * 60) == repr("x" * 60) and wording.bare("x" * 60) == "x" * 60
    assert wording.quoted("x" * 61) == "'" + "x" * 59 + "…' (61 characters)"
    assert wording.bare("y" * 5_000) == "y" * 59 + "… (5,000 characters)"
    assert wording.quoted("\x1b[2J\n") == r"'\x1b[2J\n'" and wording.bare("\x1b[2J\n\u202e") == r"\x1b[2J\n\u202e"
    assert wording.bare("größe, 数据") == "größe, 数据"
    assert wording.listed(["a", "b", "c"], 2) == "a, b ..." and wording.listed(["a", "b"], 2) == "a, b"


def rows(*cells: str) -> str:
    return "".join(f"{i},{cell},{i % 7}.5\n" for i, cell in enumerate(cells))


MANY = [f"{HUGE}{i}" for i in range(30)]
LENGTHS = [f"{i} km" for i in range(30)]
FILES = {  # a text, options for reading it, options for the data set
    "a cell in a column of numbers": (f"a,b,y\n{rows('1', '2', '3', HUGE)}", {}, {}),
    "a cell that must be a number": (f"a,b,y\n{rows('1', HUGE)}", {"kinds": {"b": "number"}}, {}),
    "a name used twice": (f"a,{HUGE},{HUGE}\n{rows('1')}", {}, {}),
    "an empty column": (f"a,{HUGE},y\n{rows('', '')}", {}, {}),
    "a missing value": (f"a,{HUGE},y\n{rows(*'123', '', *'456')}", {}, {"missing": "error"}),
    "an infinite value": (f"a,{HUGE},y\n{rows(*'123', 'inf', *'456')}", {}, {}),
    "a missing text": (f"a,{HUGE},y\n{rows(*'xyz', '', *'xyz')}", {}, {"missing": "error"}),
    "an unknown column": (f"a,{HUGE},y\n{rows(*'123')}", {}, {"target": [HUGE + "y"]}),
    "no column left": (f"{HUGE}\n1\n2\n3\n", {}, {}),
    "texts as the target of a regression": (f"a,{HUGE},y\n{rows(*MANY)}", {}, {"target": [HUGE], "kind": "real"}),
    "too many classes": (f"a,{HUGE},y\n{rows(*MANY)}", {}, {"target": [HUGE]}),
    "one class": (f"a,{HUGE},y\n{rows(HUGE, HUGE)}", {}, {"target": [HUGE]}),
    "three classes where two are needed": (f"a,b,y\n{rows(*MANY[:3] * 9)}", {}, {"target": ["b"], "kind": "binary"}),
    "a missing target": (f"a,{HUGE},y\n{rows('1', '')}", {}, {"target": [HUGE]}),
    "a target that looks like a number": (f"a,{HUGE},y\n{rows(*LENGTHS)}", {}, {"target": [HUGE]}),
    "a target out of range": (f"a,{HUGE},y\n{rows('1', '-2', '3')}", {}, {"target": [HUGE], "kind": "count"}),
    "a constant target": (f"a,{HUGE},y\n{rows('1', '1')}", {}, {"target": [HUGE], "kind": "real"}),
    "two targets of a classification": (f"a,{HUGE},y\n{rows('1', '1')}", {}, {"target": [HUGE, "a"], "kind": "class"}),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_errors_are_short_and_printable(tmp_path, what):
    text, reading, making = FILES[what]
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(FastnnError) as error:
        make_dataset(
            delimited.read(str(tmp_path / "t.csv"), delimited.ReadOptions(**reading)), validation=None, **making
        )
    assert len(str(error.value)) < 1000 and str(error.value).isprintable()
    assert what == "a missing value" or "…" in str(error.value)


def test_notes_are_short_and_printable(tmp_path):
    cells = [f"{i} km" for i in range(40)]
    text = f"{HUGE}a,{HUGE}b,{HUGE}c,y\n" + "".join(f"{i % 2},{c},{HUGE}{i % 30},{i}\n" for i, c in enumerate(cells))
    (tmp_path / "t.csv").write_text(text + f"0,1 km,{'9' * 40},5\n1,2 km,{HUGE},6\n")
    data = make_dataset(delimited.read(str(tmp_path / "t.csv")))
    assert len(data.notes) >= 3
    other = Table("other", (HUGE + "b",), np.empty((1, 0)), {}, texts={HUGE + "b": Text(np.array([0]), (HUGE,))})
    with pytest.raises(FastnnError) as error:
        data.preprocessing.inputs(other)
    for words in (*data.notes, str(error.value)):
        assert len(words) < 1000 and words.isprintable()


def test_names_of_arrays(tmp_path):
    np.savez(tmp_path / "t.npz", **{"\x1b" + "k" * 300: np.ones(3), "X": np.ones((3, 2)), "y": np.ones((3, 3), str)})
    for features, target in (("none", "y"), ("\x1b" + "k" * 300, "y"), ("X", "\x1b" + "k" * 300), ("X", "y")):
        with pytest.raises(FastnnError) as error:
            make_dataset(arrays.read_npz(str(tmp_path / "t.npz"), features, target))
        assert len(str(error.value)) < 600 and str(error.value).isprintable()
