"""From a name or a path to a Table."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from fastnn.data.builtin import BUILTIN
from fastnn.data.delimited import ReadOptions
from fastnn.data.table import Table, as_categories
from fastnn.errors import DataError, UsageError, unknown

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".npz", ".npy")


def read(name: str, options: ReadOptions | None = None, *, seed: int = 0, need_target: bool = True) -> Table:
    """The table of a built-in name, of a file, or of a folder of images in the IDX format.

    options: what is known of its columns; its features and target are the names of an .npz file's arrays.
    Raises DataError for what is absent or unreadable.
    """
    options = options or ReadOptions()
    table = _read(name, options, seed, need_target)
    return as_categories(table, [column for column, kind in options.kinds.items() if kind == "category"])


def _read(name: str, options: ReadOptions, seed: int, need_target: bool) -> Table:
    if name in BUILTIN:
        return BUILTIN[name].load(seed)
    path = Path(name)
    if path.is_dir():
        from fastnn.data import idx

        if not idx.is_folder(name):
            raise DataError(f"{name} is a folder without train-images-idx3-ubyte(.gz), so not one of images.")
        return idx.read_folder(name, name)
    if not path.exists():
        raise DataError(_absent(name))
    low = name.lower()
    if low.endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz", ".tab", ".txt")):
        from fastnn.data import delimited

        return delimited.read(name, options)
    from fastnn.data import arrays

    if takes_arrays(name):
        if len(options.features) > 1 or len(options.target) > 1:
            raise UsageError(f"{name}: of an .npz file one array is taken for the inputs and one for the target.")
        return arrays.read_npz(name, (*options.features, "X")[0], (*options.target, "y")[0], need_target)
    if low.endswith(".npy"):
        return arrays.read_npy(name)
    raise DataError(f"{name}: the format of the file is not known. Known: {', '.join(SUFFIXES)}.")


def takes_arrays(name: str) -> bool:
    """Whether --features and --target name the arrays of this file, not columns of a table."""
    return name.lower().endswith(".npz")


def choose_columns(
    table: Table, target: Sequence[str], features: Sequence[str], ignore: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(target columns, feature columns); UsageError for a name that the table has not."""
    targets = tuple(target) or table.targets
    known, out = set(table.columns), {*targets, *ignore}
    for option, names in (("--target", targets), ("--features", features), ("--ignore", ignore)):
        for name in names:
            if name not in known:
                raise UsageError(f"{option}: {table.source}: {unknown('column', name, table.columns)}")
    chosen = tuple(c for c in (features or table.columns) if c not in out)
    if not chosen:
        raise DataError(f"{table.source}: besides the target {', '.join(targets)} no column is left to learn from.")
    return targets, chosen


def _absent(name: str) -> str:
    folder = Path(name).parent
    if not Path(name).suffix:
        return unknown("data set", name, BUILTIN) + " A file is given by its path, with its ending."
    try:
        here = [p.name for p in folder.iterdir()]
    except OSError:
        return f"{name} does not exist, nor does the folder {folder}."
    near = difflib.get_close_matches(Path(name).name, here, n=1)
    return f"{name} does not exist." + (f" Did you mean {folder / near[0]}?" if near else "")
