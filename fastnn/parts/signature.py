"""What is wrong with the arguments of a part's function, in the words of its author."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_NOUNS = {"state": "state", "hyper": "hyperparameter", "parameters": "parameter"}


def mismatch(
    function: Callable, wanted: Sequence[str], named: Sequence[str], kind: str, declared: Mapping[str, Sequence[str]]
) -> str | None:
    """Return why a function cannot be called with these arguments; None if it can.

    wanted: its arguments by position. named: those by name. declared: the names that each field of the part declares,
    of which ``wanted`` may be made.
    """
    all_wanted = f"it must take ({', '.join([*wanted, *named])})"
    name = getattr(function, "__name__", repr(function))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return f"{name} shows no arguments: {all_wanted}."
    try:
        signature.bind(*wanted, **dict.fromkeys(named))
    except TypeError:
        taken = list(signature.parameters)
        many = f"{len(taken)} argument{'' if len(taken) == 1 else 's'}"
        takes = f"{name} takes {many} ({', '.join(taken)})"
        return f"{takes}{_advice(taken, [*wanted, *named], all_wanted, kind, declared)}"
    return None


def _advice(
    taken: list[str], wanted: list[str], all_wanted: str, kind: str, declared: Mapping[str, Sequence[Any]]
) -> str:
    missing = len(wanted) - len(taken)
    for field, names in declared.items():
        absent = [n for n in names if n not in taken]
        if missing > 0 and len(names) == len(absent) == missing:
            what = f"{_NOUNS[field]} {', '.join(names)}"
            return f", but this {kind} declares {what}: {all_wanted}, or say {field}={{}}."
    field = list(declared)[-1] if declared else ""
    unknown = [n for n in taken if n not in wanted]
    if missing < 0 and field and len(unknown) == -missing:
        values = ", ".join(f"{n!r}: ..." for n in unknown)
        return f", but {', '.join(unknown)} is not declared: {all_wanted}, or say {field}={{{values}}}."
    return f": {all_wanted}."
