"""Read a Table by a name or a path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastnn.data import packed
from fastnn.data.builtin import BUILTIN
from fastnn.data.table import Table, as_categories
from fastnn.data.text.delimited import ReadOptions
from fastnn.data.wording import bare, listed
from fastnn.errors import DataError, UsageError, near_name, unknown

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".npz", ".npy")


def read(name: str, options: ReadOptions | None = None, *, seed: int = 0, need_target: bool = True) -> Table:
    """Return the table of a built-in data set, a file, or a folder of images in the IDX format.

    options: for a text file; for an .npz file, features and target are the names of arrays.
    Raises DataError for data that are missing or cannot be read.
    """
    options = options or ReadOptions()
    table = _read(name, options, seed, need_target)
    return as_categories(table, [column for column, kind in options.kinds.items() if kind == "category"])


def _read(name: str, options: ReadOptions, seed: int, need_target: bool) -> Table:
    if name in BUILTIN:
        return BUILTIN[name].load(seed)
    path = Path(name)
    if name == packed.STANDARD_INPUT:
        from fastnn.data.text import delimited

        return delimited.read(name, options)
    if path.is_dir():
        from fastnn.data import idx

        if not idx.is_folder(name):
            raise DataError(
                f"{name} is a folder without train-images-idx3-ubyte(.gz), so it is not a folder of images."
            )
        return idx.read_folder(name, name)
    if not path.exists():
        raise DataError(_absent(name))
    low = name.lower()
    if options.format != "auto" or low.endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz", ".tab", ".txt")):
        from fastnn.data.text import delimited

        return delimited.read(name, options)
    from fastnn.data import arrays

    if takes_arrays(name):
        if len(options.features) > 1 or len(options.target) > 1:
            raise UsageError(f"{name}: an .npz file has one array for the inputs and one for the target.")
        return arrays.read_npz(name, (*options.features, "X")[0], (*options.target, "y")[0], need_target)
    if low.endswith(".npy"):
        return arrays.read_npy(name, need_target)
    raise DataError(
        f"{name}: the format of the file is not known. Known: {', '.join(SUFFIXES)}. "
        "A text file with another ending can be read with --format csv or --format tsv."
    )


def takes_arrays(name: str, format: str = "auto") -> bool:
    """Return whether --features and --target name arrays of this file rather than columns."""
    return format == "auto" and name.lower().endswith(".npz")


def choose_columns(
    table: Table, target: Sequence[str], features: Sequence[str], ignore: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (target columns, feature columns). Raise UsageError for a name that the table does not have."""
    targets = tuple(target) or table.targets
    known, out = set(table.columns), {*targets, *ignore}
    for option, names in (("--target", targets), ("--features", features), ("--ignore", ignore)):
        for name in names:
            if name not in known:
                raise UsageError(f"{option}: {table.source}: {unknown('column', bare(name), map(bare, table.columns))}")
    for name in targets:
        if name in ignore:
            raise UsageError(f"--ignore {bare(name)}: this column is the target. Name another one: --target.")
    chosen = tuple(c for c in (features or table.columns) if c not in out)
    if not chosen:
        blanks = len(table.columns) == 1 and len(table.columns[0].split()) > 1
        hint = " Blanks do not separate columns: use commas, semicolons, tabs or |." if blanks else ""
        raise DataError(
            f"{table.source}: no column is left to learn from except the target {listed(targets, 10)}.{hint}"
        )
    return targets, chosen


def _absent(name: str) -> str:
    folder = Path(name).parent
    if not Path(name).suffix:
        return unknown("data set", name, BUILTIN) + " A file is given by its path, including the suffix."
    try:
        here = sorted(p.name for p in folder.iterdir())
    except OSError:
        return f"{name} does not exist, nor does the folder {folder}."
    near = near_name(Path(name).name, here)
    return f"{name} does not exist." + (f" Did you mean {folder / near}?" if near else "")
