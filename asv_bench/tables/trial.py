"""Run the competitors on the splits of a table."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from asv_bench.peers import command
from asv_bench.tables.data import VALUE, Table
from asv_bench.tables.judging import score

ROOT = Path(__file__).parents[2]
TEST_SHARE = 0.25
WAITING = {"OMP_WAIT_POLICY": "passive"}  # boosting's threads spin otherwise: beside other work, 20 times the time


@dataclass
class Outcome:
    """What a competitor reached on a table. problem: the message of a job that failed; then there are no figures."""

    scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    problem: str = ""


@dataclass
class Trial:
    """The outcomes of all competitors on a table."""

    table: Table
    rows: int
    columns: int
    outcomes: dict[str, Outcome]


def run(table: Table, competitors: Sequence[str], splits: int, say: Callable[[str], None]) -> Trial:
    """Train and judge all competitors on the same splits, in turn."""
    frame = table.read()
    trial = Trial(table, len(frame), frame.shape[1] - 1, {name: Outcome() for name in competitors})
    for split in range(splits):
        with tempfile.TemporaryDirectory() as folder:
            truth, classes = _write(frame, table, split, Path(folder))
            for name in competitors:
                outcome = trial.outcomes[name]
                if outcome.problem:
                    continue
                try:
                    ended = _job(name, folder)
                    found = np.load(Path(folder, "predictions.npy"))
                    outcome.scores.append(score(table.kind, truth, found, classes))
                    outcome.seconds.append(ended.seconds)
                except (command.CommandFailed, ValueError) as error:
                    outcome.problem = str(error)
                    say(f"{table.name}, {name}: {error}")
    return trial


def _write(frame, table: Table, split: int, folder: Path) -> tuple[np.ndarray, list[str]]:
    """Write a split into a folder. Return the test rows' targets, and the classes in order."""
    classes = [] if table.kind == VALUE else sorted(map(str, frame[table.target].unique()))
    stratify = frame[table.target] if classes else None
    train, test = train_test_split(frame, test_size=TEST_SHARE, random_state=split, stratify=stratify)
    train.to_csv(folder / "train.csv", index=False)
    test.drop(columns=table.target).to_csv(folder / "test.csv", index=False)
    (folder / "about.json").write_text(json.dumps({"target": table.target, "classes": classes}), encoding="utf-8")
    truth = test[table.target]
    return (truth.astype(str) if classes else truth).to_numpy(), classes


def _job(competitor: str, folder: str) -> command.Ended:
    found = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([*([found] if found else []), str(ROOT)])
    job = [sys.executable, "-m", "asv_bench.tables.job", competitor, folder]
    return command.run(job, folder, PYTHONPATH=path, **WAITING)
