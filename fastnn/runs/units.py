"""Parameters of a loss in the units of the target, such as huber's delta.

A table's target is scaled before a network sees it. The user gives such a parameter in the units of the data; the
training takes it divided by the scale. If it is not given, its default counts in standard deviations of the target.
"""

from __future__ import annotations

import math

import numpy as np

from fastnn.data.remarks import shown
from fastnn.data.target import Target
from fastnn.data.wording import bare, listed
from fastnn.errors import UsageError
from fastnn.parts.part import Bound


def convert(loss: Bound, target: Target, dtype: str = "float64") -> tuple[Bound, Bound, list[str]]:
    """Return (the loss in the units of the data, the loss for the scaled target, notes on the units).

    Raises UsageError for a value that is given for several targets, whose units differ, and for one that the dtype of
    the training cannot hold once it is scaled: it would be 0 or infinite.
    """
    in_units = [name for name, parameter in loss.part.declared.items() if parameter.unit == "target"]
    if not in_units or not target.standardized:
        return loss, loss, []
    given = in_units_of_target(loss)
    if len(target.columns) > 1:
        if given:
            default = _deviations(loss.part.declared[given[0]].default)
            raise UsageError(
                f"{loss.name}:{given[0]} is in the units of the target, but the {len(target.columns)} targets "
                f"({listed(target.columns, 5)}) have units of their own: leave it out, and it is {default} of each; "
                "or train one model for each target."
            )
        return loss, loss, []
    column, (scale,) = bare(target.columns[0]), target.scale
    data, scaled, notes = {}, {}, []
    for name in in_units:
        value = loss.values[name]
        if name in given:
            data[name], scaled[name] = value, value / scale
            if value:
                _check_range(f"{loss.name}:{name} = {value!r}", scaled[name], column, dtype)
            notes.append(f"{loss.name}'s {name} {shown(value)} is in units of {column}")
        else:
            data[name], scaled[name] = _times(value, scale), value
            notes.append(f"{loss.name}'s {name} is {_deviations(value)} of {column}: {shown(data[name])}")
    return loss.changed(data), loss.changed(scaled), notes


def _check_range(what: str, scaled: float, column: str, dtype: str) -> None:
    limits = np.finfo(dtype)
    if not float(limits.tiny) <= abs(scaled) <= float(limits.max):
        raise UsageError(
            f"{what} is in units of {column}: it is {scaled:.3g} standard deviations, which a {dtype} cannot hold. "
            "Give a value of the size of the errors that you expect."
        )


def in_units_of_target(loss: Bound) -> list[str]:
    """Return the parameters that were given and are in the units of the target."""
    return [name for name, parameter in loss.part.declared.items() if parameter.unit == "target" and name in loss.given]


def _deviations(value: float) -> str:
    return "1 standard deviation" if value == 1 else f"{value:g} standard deviations"


def _times(value: float, scale: float) -> float:
    """Return a number that gives exactly ``value`` when it is divided by ``scale``, if there is one."""
    product = value * scale
    for near in (product, math.nextafter(product, math.inf), math.nextafter(product, -math.inf)):
        if near / scale == value:
            return near
    return product
