"""Check the settings of the split together: which rows validate, which ones test, whether they are drawn by class."""

from __future__ import annotations

from collections.abc import Mapping

from fastnn.data.share import Folds, Last
from fastnn.errors import UsageError


def check_split(
    validation: float | str | Folds, test: float | str | None, stratify: bool, where: Mapping[str, str]
) -> None:
    """Raise UsageError for settings that leave no rows for training, or that contradict each other."""
    given = (("validation", validation), ("test", test))
    fractions = {name: value for name, value in given if isinstance(value, float)}
    if sum(fractions.values()) >= 1:
        named = " and ".join(f"{where[name]} = {value}" for name, value in fractions.items())
        raise UsageError(
            f"{named} leave no rows for training: both are fractions of all rows, so their sum must be below 1."
        )
    if not stratify:
        return
    for name, value in fractions.items():
        if isinstance(value, Last):
            raise UsageError(
                f"{where['stratify']} = true draws rows at random from each class, but {where[name]} = {value} takes "
                "the last rows: give one or the other."
            )
    if not any(fractions.values()) and not isinstance(validation, Folds):
        raise UsageError(
            f"{where['stratify']} = true draws validation and test rows from each class, but no rows are drawn: set "
            f"{where['validation']} or {where['test']} to a fraction of the rows, such as 0.2."
        )
