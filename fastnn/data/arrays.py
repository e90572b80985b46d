"""Read NumPy files into a Table: .npz with arrays X and y, .npy with the target in the last column."""

from __future__ import annotations

import math
import warnings

import numpy as np

from fastnn.data import packed
from fastnn.data.table import Table, Text, encode_texts, from_arrays
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError, FastnnError, UsageError, unknown


def read_npy(path: str, need_target: bool = True) -> Table:
    """Return a matrix of numbers (rows, columns), memory-mapped. The columns are called x1 ... xn.

    need_target: whether there must be rows to learn from or to compare with.
    """
    if _begins_with(path, b"PK"):
        raise DataError(f"{path} is not an .npy file: it holds several arrays. Rename it to .npz.")
    try:
        with warnings.catch_warnings(action="ignore"):  # warnings about files written by Python 2
            found = _mapped(path)
    except Exception as error:  # NumPy raises many types for damaged files
        raise DataError(f"Cannot read {path} as .npy: {_reason(error)}.") from None
    matrix = _features(path, "the array", found, need_target)
    table = from_arrays(path, matrix, None)
    return Table(path, table.columns, matrix, table.in_matrix, targets=table.columns[-1:])


def read_npz(path: str, features: str = "X", target: str = "y", need_target: bool = True) -> Table:
    """Return the arrays ``features``, (rows, ...), and ``target``, (rows,) or (rows, outputs), of an .npz file.

    need_target: whether the target is read, and whether there must be rows.
    """
    if _begins_with(path, b"\x93NUMPY"):
        raise DataError(f"{path} is not an .npz file: it holds a single array. Rename it to .npy.")
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            open(path, "rb") as content,
            np.load(content, allow_pickle=False) as file,
        ):
            keys = list(file.files)
            needed = (features, target) if need_target else (features,)
            for key in needed:
                if key not in keys:
                    known = unknown("array", bare(key), map(bare, keys))
                    raise UsageError(f"{path}: {known} Name them: --features ARRAY --target ARRAY.")
            packed.check_members(path, [f"{key}.npy" for key in needed if f"{key}.npy" in file.zip.namelist()])
            X = file[features]
            y = file[target] if need_target else None
    except Exception as error:  # as above
        if isinstance(error, FastnnError):
            raise
        raise DataError(f"Cannot read {path} as .npz: {_reason(error)}.") from None
    X = _features(path, f"the array {quoted(features)}", X, need_target)
    return from_arrays(path, X, None if y is None else _target(path, target, y, len(X)), target)


def _begins_with(path: str, magic: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(magic)) == magic
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from None


def _mapped(path: str) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        if "empty" not in str(error):
            raise
        return np.load(path, allow_pickle=False)  # an array without rows cannot be mapped


def _features(path: str, what: str, X: np.ndarray, need_rows: bool) -> np.ndarray:
    if not isinstance(X, np.ndarray):
        raise DataError(f"{path}: {what} is not an array.")
    if X.dtype.kind not in "fiub":
        raise DataError(f"{path}: {what} must hold real numbers, not {X.dtype}.")
    if X.ndim < 2 or 0 in X.shape[1:] or (need_rows and len(X) == 0):
        raise DataError(f"{path}: {what} has shape {X.shape}; it needs rows and columns.")
    X = X.reshape(len(X), math.prod(X.shape[1:]))
    return X.view(np.uint8) if X.dtype.kind == "b" else X


def _target(path: str, name: str, y: np.ndarray, rows: int) -> np.ndarray | Text:
    what = quoted(name)
    if not isinstance(y, np.ndarray):
        raise DataError(f"{path}: the array {what} is not an array.")
    if y.dtype.kind not in "fiubUS":
        raise DataError(f"{path}: the array {what} must hold numbers or texts, not {y.dtype}.")
    if y.ndim not in (1, 2) or len(y) != rows or y.size == 0:
        raise DataError(f"{path}: the array {what} has shape {y.shape}; it needs one entry for each of {rows} rows.")
    if y.dtype.kind in "bUS":
        if y.size != rows:
            raise DataError(f"{path}: the array {what} has {y.shape[1]} columns of classes; it must have one.")
        texts = np.char.decode(y, "utf-8", "replace") if y.dtype.kind == "S" else y.astype(np.str_)
        return encode_texts(texts.reshape(-1))
    return y


def _reason(error: BaseException) -> str:
    if "allow_pickle" in str(error):
        return "it holds Python objects, which are never loaded because loading them can run code"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
