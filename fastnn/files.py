"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastnn.errors import FastnnError


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """A new binary file that takes the place of ``path`` once all is written; on failure nothing has changed.

    Raises FastnnError, with the path, where it cannot be written: no such folder, no permission, a full disk.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # a temporary file is private; a model is like any other file
        os.replace(temporary, path)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def unwritable(path: Path, error: OSError) -> FastnnError:
    """The error that names the file and what the system says."""
    return FastnnError(f"Cannot write {path}: {error.strerror or error}.")
