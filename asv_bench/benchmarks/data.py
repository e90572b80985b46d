"""Tables: a CSV file through the command line, and a frame through fastnn.fit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import polars

import fastnn
from benchmarks import process
from benchmarks.timed import OneThread, skip

ROWS, COLUMNS = 20_000, 20
CITIES = np.array(["Basel", "Bern", "Genf", "Zürich"])


@cache
def table(rows: int) -> dict[str, np.ndarray]:
    """Return numeric columns, a column of texts, and a target y that depends on two of the columns."""
    rng = np.random.default_rng(2)
    columns = {f"x{k}": rng.standard_normal(rows).round(6) for k in range(COLUMNS)}
    city = rng.integers(0, len(CITIES), rows)
    return {**columns, "city": CITIES[city], "y": (columns["x0"] + city).round(6)}


class File:
    """CPU seconds of a process that trains a small network for one epoch on a file of 20,000 rows."""

    version = "2"
    unit = "seconds"

    def setup(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.csv = Path(self.folder.name, "table.csv")
        columns = table(ROWS)
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
        self.csv.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.train = ["-m", "fastnn", "train", str(self.csv), "--hidden", "8", "--epochs", "1", "--threads", "1"]
        said = process.run(self.train).text  # and fills the cache
        if f"{ROWS * 4 // 5:,}" not in said:  # the training rows
            raise ValueError(f"This does not name {ROWS * 4 // 5:,} training rows:\n{said}")
        self.train.append("--quiet")

    def teardown(self) -> None:
        self.folder.cleanup()

    def track_train_csv(self) -> float:
        return process.least_cpu(self.train)


class Frame(OneThread):
    """fastnn.fit on a frame, one epoch, and the predictions for the same frame."""

    params = ([1_000, 20_000],)
    param_names = ("rows",)
    repeat = (5, 40, 1.0)

    @staticmethod
    def prepare(rows: int) -> Callable:
        if not hasattr(fastnn, "fit"):
            raise skip("this commit has no fastnn.fit")
        columns = table(rows)
        frame = polars.DataFrame(columns)

        def run() -> np.ndarray:
            model = fastnn.fit(frame, target="y", hidden=8, epochs=1, threads=1, batch_size=32, lr=0.01)
            return np.asarray(model.predict(frame), float)

        found = run()
        if found.shape != (rows,) or not np.isfinite(found).all():
            raise ValueError(f"predictions of shape {found.shape}")
        if rows > 10_000 and not np.mean((found - columns["y"]) ** 2) < 0.5 * np.var(columns["y"]):
            raise ValueError("the predictions are no better than a constant")
        return run

    def time_fit_and_predict(self, rows: int) -> None:
        self.call()
