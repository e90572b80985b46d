"""The split into training, validation and test rows, the same for files and for arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastnn.data.share import Last
from fastnn.errors import DataError

_STREAM, _TEST_STREAM, _FOLD_STREAM = 0x5711, 0x7E57, 0xF01D  # make each draw independent of others with the same seed
_WORDS = {"validation": "training and validation rows", "test": "training and test rows"}


class Parts(NamedTuple):
    """The numbers of the rows in each part, in ascending order."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(rows: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (training rows, validation rows), each in ascending order.

    The number of validation rows is rounded to the nearest integer, but each side gets at least one row. If the
    ``fraction`` is 0, there are no validation rows. If it is a Last, they are the last rows; otherwise they are drawn
    from the seed. Raises DataError if a single row would have to be split.
    """
    return partition(rows, fraction, 0.0, seed)[:2]


def partition(rows: int, validation: float, test: float, seed: int, classes: np.ndarray | None = None) -> Parts:
    """Return the three parts of so many rows. The test rows are taken out first; both fractions are of all rows.

    classes: the class number of each row, if each class is to have its share in each part. A class keeps at least one
    row for training. Raises DataError if there are too few rows.
    """
    everything = np.arange(rows)
    kept, tested = _held_out(everything, rows, test, (seed, _TEST_STREAM), classes, "test", 2 if validation else 1)
    training, validated = _held_out(kept, rows, validation, (seed, _STREAM), classes, "validation")
    return Parts(training, validated, tested)


def rotate(rows: int, folds: int, test: float, seed: int, classes: np.ndarray | None = None) -> list[Parts]:
    """Return the parts for each fold: its rows validate, and those of the other folds train. All have the same test.

    classes: as in partition(): each fold then has its share of each class, and the only row of a class always trains.
    There are at most as many folds as rows that can validate. Raises DataError if there are too few rows.
    """
    everything = np.arange(rows)
    kept, tested = _held_out(everything, rows, test, (seed, _TEST_STREAM), classes, "test", 2)
    order = kept[np.random.default_rng((seed, _FOLD_STREAM)).permutation(len(kept))]
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
        order = order[np.bincount(classes[kept])[classes[order]] > 1]
    if len(kept) < 2 or not len(order):
        raise DataError(
            f"{len(kept)} row{'' if len(kept) == 1 else 's'} cannot be divided into training and validation rows: set "
            "validation to 0."
        )
    found = []
    for fold in range(min(folds, len(order))):
        validates = np.zeros(rows, bool)
        validates[order[fold::folds]] = True
        found.append(Parts(kept[~validates[kept]], np.flatnonzero(validates), tested))
    return found


def _held_out(
    left: np.ndarray,
    rows: int,
    fraction: float,
    stream: tuple[int, int],
    classes: np.ndarray | None,
    part: str,
    others: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (the rows that stay, the rows that are held out). others: the rows that must stay at least."""
    if fraction == 0:
        return left, left[:0]
    if len(left) <= others:
        what = _WORDS[part] if others == 1 else "training, validation and test rows"
        many = f"{len(left)} row" if len(left) == 1 else f"{len(left)} rows"
        raise DataError(f"{many} cannot be divided into {what}: set {part} to 0.")
    count = min(max(round(rows * fraction), 1), len(left) - others)
    if isinstance(fraction, Last):
        return left[:-count], left[-count:]
    order = np.random.default_rng(stream).permutation(len(left))
    chosen = np.zeros(len(left), bool)
    if classes is None:
        chosen[order[:count]] = True
    else:
        wanted = np.bincount(classes) * fraction
        chosen[_first_of_each_class(order, classes[left], wanted, count, part)] = True
    return left[~chosen], left[chosen]


def _first_of_each_class(
    order: np.ndarray, classes: np.ndarray, wanted: np.ndarray, count: int, part: str
) -> np.ndarray:
    """Return about ``count`` positions, the first of each class in this order.

    wanted: the number for each class, with a fraction. The largest fractions are rounded up, so that the numbers add
    up to ``count``; of equal fractions, those of the first classes. One row of each class stays.
    """
    most = np.maximum(np.bincount(classes, minlength=len(wanted)) - 1, 0)
    if not most.any():
        raise DataError(
            f"Each class has a single row, which is needed for training: no {part} rows can be drawn by class. Set "
            "stratify to false."
        )
    numbers = np.minimum(wanted.astype(np.intp), most)
    able = np.flatnonzero(numbers < most)
    able = able[np.argsort(-(wanted - numbers)[able], kind="stable")]
    numbers[able[: max(count - int(numbers.sum()), 0)]] += 1
    of_row = classes[order]
    together = np.argsort(of_row, kind="stable")
    of_row = of_row[together]
    place = np.arange(len(order)) - np.searchsorted(of_row, of_row)  # of a row within its class
    return order[together[place < numbers[of_row]]]
