"""Write predictions to a file, whose ending says the format, or to standard output."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from fastnn.errors import UsageError
from fastnn.files import replacing
from fastnn.model.number_texts import shortest

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1")
BLOCK = 65536  # rows whose texts are in memory at the same time


class Output:
    """The place for predictions, checked before there are any.

    Parameters
    ----------
    path : str
        A file, whose ending is one of ENDINGS. An existing pipe or device may have any name and gets CSV, and so does
        standard output ("-").
    overwrite : bool, default False
        Whether the file may exist.
    inputs : sequence of paths
        Files, or folders with all their contents, that are not overwritten in any case.

    Raises
    ------
    UsageError
        If the path is not allowed: a folder, another ending, an input, or a file that exists.

    Examples
    --------
    >>> import numpy as np
    >>> from fastnn.model.output import Output
    >>> Output("-").write({"price": np.array([1e5, 2.5])})
    price
    100000.0
    2.5
    """

    def __init__(self, path: str, overwrite: bool = False, inputs: Sequence[str | Path] = ()):
        self.path = target = Path(path)
        self._standard = path in STANDARD_OUTPUT
        if not self._standard and (not path or target.is_dir()):
            raise UsageError(f"--output {path!r} must be the name of a file.")
        self._stream = self._standard or (target.exists() and not target.is_file())  # a pipe or a device
        ending = path.lower()
        if not self._stream and not ending.endswith(ENDINGS):
            raise UsageError(
                f"--output {path}: the ending of the name says the format: {', '.join(ENDINGS)}. "
                "Without --output, CSV is written to standard output."
            )
        self._delimiter = "\t" if ending.endswith((".tsv", ".tsv.gz")) else ","
        self._packed = ending.endswith(".gz")
        if self._stream:
            return
        for given in map(Path, inputs):
            same = target.exists() and given.exists() and target.samefile(given)
            if same or (given.is_dir() and target.exists() and target.resolve().parent == given.resolve()):
                raise UsageError(f"--output {path} would overwrite an input of the predictions: {given}.")
        if target.exists() and not overwrite:
            raise UsageError(f"--output {path} exists already. Choose another name, or add --overwrite.")

    def write(self, columns: Mapping[str, np.ndarray]) -> None:
        """Write columns of equal length; a file completely or not at all.

        Numbers with decimals are the shortest texts that read back to the same numbers. Raises FastnnError if a file
        cannot be written.
        """
        self.write_parts([columns])

    def write_parts(self, parts: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Write the same columns, some rows at a time. If ``parts`` raises an error, nothing is written."""
        if not self._stream:
            with replacing(self.path.resolve() if self.path.is_symlink() else self.path) as file:
                self._write_bytes(parts, file)
        elif isinstance(parts, list):
            self._to_stream(lambda file: self._write_bytes(parts, file), lambda text: self._write_rows(parts, text))
        else:
            with tempfile.TemporaryFile() as kept:
                self._write_text(parts, kept)
                kept.seek(0)
                self._to_stream(lambda file: shutil.copyfileobj(kept, file), lambda text: _copy_text(kept, text))

    def _to_stream(self, to_bytes: Callable[[Any], None], to_text: Callable[[Any], None]) -> None:
        if self._standard:
            to_text(sys.stdout)
            sys.stdout.flush()
        else:
            with open(self.path, "wb") as stream:
                to_bytes(stream)

    def _write_bytes(self, parts: Iterable[Mapping[str, np.ndarray]], file: IO[bytes]) -> None:
        if self._packed:  # with neither a name nor a time: equal predictions give equal files
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                self._write_text(parts, packed)
        else:
            self._write_text(parts, file)

    def _write_text(self, parts: Iterable[Mapping[str, np.ndarray]], file: Any) -> None:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        try:
            self._write_rows(parts, text)
        finally:
            text.detach()

    def _write_rows(self, parts: Iterable[Mapping[str, np.ndarray]], file: Any) -> None:
        writer = csv.writer(file, delimiter=self._delimiter, lineterminator="\n")
        for number, columns in enumerate(parts):
            if number == 0:
                writer.writerow(columns)
            rows = max(map(len, columns.values()), default=0)
            for start in range(0, rows, BLOCK):
                cells = (_texts(values[start : start + BLOCK]) for values in columns.values())
                writer.writerows(zip(*cells, strict=True))


def _copy_text(kept: IO[bytes], text: Any) -> None:
    reader = io.TextIOWrapper(kept, "utf-8", newline="")
    shutil.copyfileobj(reader, text)
    reader.detach()


def _texts(values: np.ndarray) -> list[Any]:
    return shortest(values) if values.dtype.kind == "f" else values.tolist()
