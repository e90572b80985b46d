"""The folder of a run: config.toml, metrics.csv, best.safetensors, last.safetensors, curves.png.

metrics.csv grows by one line per epoch. Every other file is written completely before it appears under its name.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from fastnn.data.packed import STANDARD_INPUT
from fastnn.errors import FastnnError, UsageError
from fastnn.files import remove_abandoned, replacing, unwritable
from fastnn.model.model import Model
from fastnn.runs import aside
from fastnn.runs.aside import FILES
from fastnn.training.record import Record


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    data : str
        Data set or file of the run. A new folder is named after it, ``runs/NNN-name``, with the next free number.
    out : str, optional
        The folder to use instead. It is created if it does not exist.
    overwrite : bool, default False
        Whether ``out`` may hold the files of another run. They are deleted once the new run has saved a model.
    standardized : bool, default False
        Whether the losses of the run are of standardized targets, which the files then say.

    Raises
    ------
    UsageError
        If ``out`` is not a folder, or is not empty and may not be overwritten.
    FastnnError
        If the folder cannot be created.
    """

    def __init__(self, data: str, out: str | None = None, overwrite: bool = False, standardized: bool = False):
        self.standardized = standardized
        self._columns: list[str] | None = None
        self._metrics: TextIO | None = None  # metrics.csv, while it grows: opening it takes longer than writing a line
        if out is not None and (not out or (Path(out).exists() and not Path(out).is_dir())):
            raise UsageError(f"--out {out!r} must be the name of a folder" + (", not of a file." if out else "."))
        parents = [Path(out), *Path(out).parents] if out else [Path("runs")]
        self._made = [folder for folder in parents if not folder.exists()]  # removed again if the run saves nothing
        try:
            self.path = Path(out) if out else next_folder(Path("runs"), data)
            if not out:
                self._made.insert(0, self.path)
            if out:
                self.path.mkdir(parents=True, exist_ok=True)
                if any(self.path.iterdir()) and not overwrite:
                    raise UsageError(
                        f"--out {out}: the folder is not empty. Choose another, or add --overwrite to replace the run "
                        "in it."
                    )
                for name in FILES:
                    if (self.path / name).is_dir():
                        raise UsageError(
                            f"--out {out}: {self.path / name} is a folder, but the run writes a file of this name."
                        )
                    remove_abandoned(self.path / name)
                aside.put_aside(self.path)
        except OSError as error:
            raise FastnnError(
                f"The run folder cannot be created: {error.filename}: {error.strerror or error}."
            ) from None

    def __str__(self) -> str:
        return str(self.path)

    def write(self, name: str, text: str) -> None:
        """Write a text file."""
        with replacing(self.path / name) as file:
            file.write(text.encode())

    def append(self, record: Record) -> None:
        """Write a line of metrics.csv."""
        self._write_lines([self._line(record)])

    def write_metrics(self, histories: Mapping[int, Sequence[Record]]) -> None:
        """Write metrics.csv for several networks, by their numbers, the first of which is 1."""
        self._write_lines(
            [{"network": n} | self._line(record) for n, history in histories.items() for record in history]
        )

    def _line(self, record: Record) -> dict[str, Any]:
        prefix = "standardized_" if self.standardized else ""
        losses = {"train_loss": record.train_loss, "validation_loss": record.validation_loss}
        row: dict[str, Any] = {"epoch": record.epoch, **{prefix + name: loss for name, loss in losses.items()}}
        return row | {**record.metrics, "lr": record.lr, "seconds": record.seconds}

    def _write_lines(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        row, first = rows[0], self._columns is None
        self._columns = self._columns or list(row)
        path = self.path / "metrics.csv"
        try:
            if self._metrics is None:
                self._metrics = open(path, "w" if first else "a", newline="", encoding="utf-8")  # noqa: SIM115
                self._writer = csv.writer(self._metrics, lineterminator="\n")
            if first:
                self._writer.writerow(self._columns)
            for row in rows:
                self._writer.writerow(["" if row.get(name) is None else row[name] for name in self._columns])
            self._metrics.flush()
        except OSError as error:
            raise unwritable(path, error) from error

    def _close_metrics(self) -> None:
        """Close metrics.csv, which may grow again afterwards."""
        if self._metrics is not None:
            with contextlib.suppress(OSError):  # of a line that could not be written, which has been reported
                self._metrics.close()
            self._metrics = None

    def save(self, best: Model | None, last: Model) -> list[FastnnError]:
        """Write best.safetensors and last.safetensors, each with its preprocessing, and return the errors.

        Once one of them is saved, the earlier run that this one replaces is deleted.
        """
        self._close_metrics()
        failures = []
        for name, model in (("best", best), ("last", last)):
            try:
                if model is not None:
                    model.save(self.path / f"{name}.safetensors")
                    aside.let_go(self.path)
            except FastnnError as error:
                failures.append(error)
        return failures

    def kept(self) -> str:
        """Return a sentence that names the files that were saved before an error."""
        found = [name for name in FILES if (self.path / name).exists()]
        return f"Saved in {self.path}: {', '.join(found) or 'nothing'}."

    def draw(
        self,
        history: Sequence[Record],
        best_epoch: int | None,
        title: str,
        networks: Sequence[Sequence[Record]] = (),
    ) -> list[FastnnError]:
        """Draw curves.png, and return the errors.

        networks: the histories of several networks, of which ``history`` are the means.
        """
        from fastnn.runs.curves import draw

        try:
            with replacing(self.path / "curves.png") as file:
                draw(file, history, best_epoch, title, self.standardized, networks)
        except FastnnError as error:
            return [error]
        except Exception as error:  # an error in the plotting library must not hide that there is a model
            return [FastnnError(f"The curves cannot be drawn: {error}.")]
        return []

    def finish(self, failures: Sequence[FastnnError]) -> None:
        """Raise FastnnError if something could not be written. An earlier run is restored if this one has no model."""
        if not failures:
            return
        kept = self.kept()
        if self.replaces:
            self.discard()
            kept = f"The earlier files in {self} have been restored."
        raise FastnnError(f"{' '.join(map(str, failures))} {kept}")

    @property
    def replaces(self) -> bool:
        """Whether this run replaces an earlier one that is still kept, because it has no model yet."""
        return aside.is_replacing(self.path)

    def discard(self) -> None:
        """Restore the folder as it was before this run, which has no results worth keeping."""
        self._close_metrics()
        aside.restore(self.path)
        for folder in self._made:
            try:
                folder.rmdir()
            except OSError:  # it holds other files, or was never created
                continue


def next_folder(runs: Path, data: str) -> Path:
    """Create runs/NNN-name, one above the highest number. Several processes may do so at once."""
    stem = "stdin" if data == STANDARD_INPUT else os.path.basename(os.path.normpath(data)).removesuffix(".gz")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem.rsplit(".", 1)[0]).strip("-.")[:40] or "data"
    runs.mkdir(parents=True, exist_ok=True)
    while True:
        numbers = [int(m[1]) for entry in os.scandir(runs) if (m := re.match(r"(\d+)-", entry.name))]
        path = runs / f"{max(numbers, default=0) + 1:03d}-{name}"
        try:
            path.mkdir()
        except FileExistsError:  # by another process, since the numbers were read
            continue
        return path
