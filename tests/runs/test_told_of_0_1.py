"""A configuration of version 0.1 is told where its result differs now, and only there.

What is told was compared with the losses of version 0.1 itself (commit 30058e1) on these tables.
"""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.config import experiment
from fastnn.runs.setup import prepare

VALUES = np.random.default_rng(0).normal(size=60).round(3).tolist()
CONSTANT = "values in validation rows of columns that are constant in the training rows are ignored"
VALIDATED = (7, 14)  # two of the twelve rows that seed 0 draws for validation


def rows(*labels: object, at=(), other: object = "") -> str:
    """Return a table whose column k repeats these labels, with another one in the given rows."""
    cells = [other if i in at else labels[i % len(labels)] for i in range(60)]
    return "k,v,y\n" + "".join(f"{k},{v},{v * v:.3f}\n" for k, v in zip(cells, VALUES, strict=True))


def classes(*labels: str) -> str:
    return "v,y\n" + "".join(f"{v},{labels[i % len(labels)]}\n" for i, v in enumerate(VALUES))


SPELLED = "spellings of one number are one category in k"
LETTERS = rows("1", "A", "B")


@pytest.mark.parametrize(
    ("table", "validation", "settings", "told"),
    [
        (rows(5), rows(6), "", CONSTANT),
        (rows(5), rows(5), "", ""),
        (rows("a"), rows("b"), "", CONSTANT),
        (rows("a"), rows("a"), "", ""),
        (rows("a"), rows("a", ""), 'missing = "mean"', CONSTANT),
        (rows("1", "1.0", "A", "B", "C"), "", "", SPELLED),
        (LETTERS, rows("1.0", "A", "B"), "", SPELLED),
        (LETTERS, rows("C", "A", "B"), "", ""),
        (rows("1", "A", "B", at=VALIDATED, other="1.0"), "", "", SPELLED),
        (rows("", at=VALIDATED, other="a"), "", 'missing = "mean"', ""),
        (rows("1", "2"), rows("01", "1", "2"), 'categorical = ["k"]', SPELLED),
        (rows("1", "2"), rows("01", "1", "2"), "", ""),
        (classes("1", "1.0", "A", "B", "C"), "", "", "spellings of one number are one class of y"),
        (classes("1", "1.0", "2"), "", "", ""),
        (LETTERS, "", 'loss = "huber"', ""),
        (LETTERS, "", 'loss = "huber:delta=2"', "parameters of the loss are in units of the target"),
    ],
)
def test_told(tmp_path, table, validation, settings, told):
    (tmp_path / "t.csv").write_text(table)
    (tmp_path / "v.csv").write_text(validation)
    part = f'validation = "{tmp_path}/v.csv"' if validation else ""
    (tmp_path / "old.toml").write_text(f'fastnn = "0.1.0"\ndata = "{tmp_path}/t.csv"\n{part}\n{settings}\n')
    notes: list[str] = []
    prepare(experiment(None, {}, (), str(tmp_path / "old.toml")), notes.append)
    found = [note.partition("another result: ")[2] for note in notes if "0.1.0, which gave another result" in note]
    assert found == ([told] if told else [])


@pytest.mark.parametrize("version", ['"0.1.0"', '"0.1"', "0.1"])
def test_it_is_told_before_everything_else(tmp_path, version):
    (tmp_path / "t.csv").write_text(rows("01", "2").replace(",", ";"))
    (tmp_path / "old.toml").write_text(f'fastnn = {version}\ndata = "{tmp_path}/t.csv"\n')
    notes: list[str] = []
    prepare(experiment(None, {}, (), str(tmp_path / "old.toml")), notes.append)
    assert notes[0].endswith("another result: column 'k' is a category, because of its leading zeros")
    assert len(notes) > 2
