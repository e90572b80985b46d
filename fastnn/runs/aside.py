"""The files of a run that is being replaced, kept in its folder until the new run has saved a model.

They are kept in ``.before``. On their way there and back they are collected in ``.moving``, and the whole folder is
renamed in one step. So a process may be killed at any moment: the name of a folder tells the next run what is in it.

``.moving``: files of the run in the run folder; the next run moves them back. ``.before``: the complete earlier run;
all files in the run folder then belong to the new run.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MODELS = ("last.safetensors", "best.safetensors")
FILES = ("config.toml", "metrics.csv", "curves.png", *MODELS)  # in the order of moving: the best model is moved last
BEFORE = ".before"
MOVING = ".moving"


def put_aside(folder: Path) -> None:
    """Make room in ``folder`` for the files of a new run."""
    _move_back(folder)
    _remove_if_empty(folder / BEFORE)
    if (folder / BEFORE).is_dir():  # the last run here was killed
        if not has_model(folder):
            _unlink_files(folder)
            return
        let_go(folder)
    if not any(os.path.lexists(folder / name) for name in FILES):
        return
    try:
        (folder / MOVING).mkdir(exist_ok=True)
        for name in FILES:
            if os.path.lexists(folder / name):
                os.replace(folder / name, folder / MOVING / name)
        os.rename(folder / MOVING, folder / BEFORE)
    except BaseException:
        _move_back(folder)
        raise


def is_replacing(folder: Path) -> bool:
    """Return True while the earlier run is kept and the new one has no model."""
    return (folder / BEFORE).is_dir() and not has_model(folder)


def let_go(folder: Path) -> None:
    """Delete the earlier run. Files that cannot be deleted are left for the next run in the folder."""
    with contextlib.suppress(OSError):
        _unlink_files(folder / BEFORE)
    _remove_if_empty(folder / BEFORE)


def restore(folder: Path) -> None:
    """Delete the files of the new run and put the earlier ones back, unless the new run has a model."""
    if has_model(folder):
        return
    _unlink_files(folder)
    if (folder / BEFORE).is_dir():
        os.rename(folder / BEFORE, folder / MOVING)
        _move_back(folder)


def kept_in(folder: Path) -> Path | None:
    """Return the folder that holds an earlier run's files, or None."""
    return next((folder / name for name in (MOVING, BEFORE) if (folder / name).is_dir()), None)


def has_model(folder: Path) -> bool:
    """Return True if the folder holds a model."""
    return any((folder / name).is_file() for name in MODELS)


def _move_back(folder: Path) -> None:
    for name in reversed(FILES):
        if os.path.lexists(folder / MOVING / name):
            os.replace(folder / MOVING / name, folder / name)
    _remove_if_empty(folder / MOVING)


def _unlink_files(folder: Path) -> None:
    for name in FILES:
        (folder / name).unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    """Remove one of the two folders. What others have left in it, such as .DS_Store, moves to the run folder."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.name not in FILES and not os.path.lexists(folder.parent / entry.name):
                os.replace(entry, folder.parent / entry.name)
        folder.rmdir()
