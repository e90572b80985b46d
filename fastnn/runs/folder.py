"""The folder of a run: config.toml, metrics.csv, best.safetensors, last.safetensors, curves.png.

Every file but metrics.csv, which grows by a line an epoch, is written whole and then put in its place.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastnn.errors import FastnnError, UsageError
from fastnn.files import replacing, unwritable
from fastnn.runs.model import ASIDE, Model
from fastnn.training.record import Record

FILES = ("config.toml", "metrics.csv", "curves.png", "best.safetensors", "last.safetensors")


class RunFolder:
    """A new folder, runs/NNN-name with the next free number, or the one that is asked for."""

    def __init__(self, data: str, out: str | None = None, overwrite: bool = False):
        """Raises UsageError if ``out`` holds files and may not be overwritten, FastnnError if it cannot be made."""
        self._columns: list[str] | None = None
        if out is not None and (not out or (Path(out).exists() and not Path(out).is_dir())):
            raise UsageError(f"--out {out!r} must be the name of a folder" + (", not of a file." if out else "."))
        parents = [Path(out), *Path(out).parents] if out else [Path("runs")]
        self._made = [folder for folder in parents if not folder.exists()]  # what is removed again if nothing comes
        try:
            self.path = Path(out) if out else _next(Path("runs"), data)
            if not out:
                self._made.insert(0, self.path)
            if out:
                self.path.mkdir(parents=True, exist_ok=True)
                if any(self.path.iterdir()) and not overwrite:
                    raise UsageError(
                        f"--out {out}: the folder is not empty. Choose another, or add --overwrite to write over it."
                    )
                self._put_aside()
        except OSError as error:
            raise FastnnError(f"The run folder cannot be made: {error.filename}: {error.strerror or error}.") from None

    def __str__(self) -> str:
        return str(self.path)

    def write(self, name: str, text: str) -> None:
        """A text file in the folder, at once or not at all."""
        with replacing(self.path / name) as file:
            file.write(text.encode())

    def append(self, record: Record) -> None:
        """A line of metrics.csv; it is on its way to the disk when this returns."""
        row: dict[str, Any] = {"epoch": record.epoch, "train_loss": record.train_loss}
        row |= {"validation_loss": record.validation_loss, **record.metrics, "lr": record.lr, "seconds": record.seconds}
        first = self._columns is None
        self._columns = self._columns or list(row)
        path = self.path / "metrics.csv"
        try:
            with open(path, "w" if first else "a", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                if first:
                    writer.writerow(self._columns)
                writer.writerow("" if row.get(name) is None else row[name] for name in self._columns)
        except OSError as error:
            raise unwritable(path, error) from error

    def save(self, best: Model | None, last: Model, data: str) -> list[FastnnError]:
        """Write best.safetensors and last.safetensors, each with its preprocessing inside; what went wrong.

        With the first model the run that this one is written over is let go of.
        """
        failures = []
        for name, model in (("best", best), ("last", last)):
            try:
                if model is not None:
                    model.save(self.path / f"{name}.safetensors", data)
                    self._let_go()
            except FastnnError as error:
                failures.append(error)
        return failures

    def kept(self) -> str:
        """Which files there are, for whoever has to rescue what can be rescued."""
        found = [name for name in FILES if (self.path / name).exists()]
        return f"What could be kept in {self.path}: {', '.join(found) or 'nothing'}."

    def draw(self, history: Sequence[Record], best_epoch: int | None, title: str) -> None:
        """curves.png."""
        from fastnn.runs.curves import draw

        with replacing(self.path / "curves.png") as file:
            draw(file, history, best_epoch, title)

    @property
    def replaces(self) -> bool:
        """Is this run written over another, whose files are still there?"""
        return (self.path / ASIDE).is_dir()

    def _put_aside(self) -> None:
        """So that two runs are never mixed, and the old one is there until the new one is."""
        aside = self.path / ASIDE
        for name in FILES:
            if (self.path / name).is_dir():
                raise UsageError(f"--out {self.path}: {self.path / name} is a folder, where a file would be written.")
        if aside.is_dir() and any(aside.iterdir()):  # the run in between was killed before it had a model
            for name in FILES:
                (self.path / name).unlink(missing_ok=True)
            return
        for name in FILES:
            if (self.path / name).exists():
                aside.mkdir(exist_ok=True)
                os.replace(self.path / name, aside / name)

    def _let_go(self) -> None:
        aside = self.path / ASIDE
        if aside.is_dir():
            for name in FILES:
                (aside / name).unlink(missing_ok=True)
            aside.rmdir()

    def discard(self) -> None:
        """Leave things as they were before a run that came to nothing."""
        for name in FILES:
            (self.path / name).unlink(missing_ok=True)
            if (self.path / ASIDE / name).exists():
                os.replace(self.path / ASIDE / name, self.path / name)
        folders = [self.path / ASIDE, *self._made]
        for folder in folders:
            try:
                folder.rmdir()
            except OSError:  # there is something in it, or it never was
                continue


def _next(runs: Path, data: str) -> Path:
    """Make runs/NNN-name, one number above the highest; several processes may do so at once."""
    stem = os.path.basename(os.path.normpath(data)).removesuffix(".gz")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem.rsplit(".", 1)[0]).strip("-.")[:40] or "data"
    runs.mkdir(parents=True, exist_ok=True)
    while True:
        numbers = [int(m[1]) for entry in os.scandir(runs) if (m := re.match(r"(\d+)-", entry.name))]
        path = runs / f"{max(numbers, default=0) + 1:03d}-{name}"
        try:
            path.mkdir()
        except FileExistsError:  # the same name at the same moment
            continue
        return path
