"""The limits of a training's arguments, one by one and together.

``fastnn.train`` takes them as arguments; the command line takes them as options and as keys of a file, and checks them
here too, before it reads any data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastnn.data.share import share
from fastnn.errors import UsageError
from fastnn.limits import THREADS, Check, Integer, Number, flag, optional
from fastnn.parts.part import Bound

LIMITS: dict[str, Check] = {
    "epochs": Integer(at_least=0),
    "batch_size": Integer(at_least=1),
    "validation": share,  # if it is a share of the rows
    "shuffle": flag,
    "stratify": flag,
    "seed": Integer(at_least=0),
    "threads": THREADS,
    "dropout": Number(at_least=0, below=1),
    "l1": Number(at_least=0),
    "l2": Number(at_least=0),
    "clip_norm": Number(above=0),
    "early_stopping": Integer(at_least=1),
    "tolerance": Number(at_least=0),
}
MAY_BE_NONE = ("batch_size", "threads", "clip_norm", "early_stopping", "tolerance")


def checked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return each argument in its own type. Raise UsageError for the first that is not allowed."""
    return {
        name: (optional(None, LIMITS[name]) if name in MAY_BE_NONE else LIMITS[name])(value, name)
        for name, value in arguments.items()
    }


def check_batch_size(optimizer: Bound, batch_size: int | None, name: str = "batch_size") -> None:
    """Raise UsageError for a batch size if the optimizer always takes all samples. name: the user's name for it."""
    if optimizer.part.batch == "full" and batch_size is not None:
        raise UsageError(
            f"{name} = {batch_size} is not allowed: the optimizer {optimizer.name!r} always takes all samples at once. "
            "Leave it out, or use the optimizer 'sgd' for mini-batches."
        )


def check_early_stopping(
    early_stopping: int | None, validates: bool, name: str = "early_stopping", validation: str = "validation"
) -> None:
    """Raise UsageError for early stopping without validation data. The names are those that the user knows."""
    if early_stopping is not None and not validates:
        raise UsageError(
            f"{name} watches the validation loss, but there is no validation data: "
            f"set {validation} to a fraction of the samples, such as 0.2."
        )
