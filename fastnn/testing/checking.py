"""Check a part: everything that ``fastnn plugins check`` checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fastnn.errors import FastnnError, PluginError, UsageError
from fastnn.parts.by_name import only
from fastnn.parts.part import Bound, Part
from fastnn.testing.examples import choices
from fastnn.testing.finding import Failed, Finding, NotJudged
from fastnn.testing.for_kinds import CHECKS, Check


def check(part: Any) -> None:
    """Check a part, and raise an error that names everything that is wrong with it.

    The checks are those of ``fastnn plugins check``: the derivative against differences of the formula in float64,
    float32 code without an operation in float64, finite results for large inputs, NaN for NaN, equal bits on the CPU
    and on CUDA where its compiler is installed. For a loss of numbers: continuous, derivable except at isolated kinks,
    its minima one interval. For an optimizer: its steps lead down, its state stays finite, padding stays zero. For an
    initializer: shape, numbers, the same ones for the same seed. A part with compile-time parameters is checked for
    all of their values.

    Parameters
    ----------
    part : Activation, Loss, Initializer, Optimizer or str
        The part, with or without values for its parameters, or its name if only one kind has it.

    Raises
    ------
    PluginError
        If a check fails. The message has one line for each that did, with the point and the values.
    UsageError
        If there is no part of that name.

    Examples
    --------
    In a file that pytest runs:

    >>> import fastnn
    >>> def squashed(x):
    ...     return x / (1 + abs(x))
    >>> def test_squashed():
    ...     fastnn.testing.check(fastnn.Activation("squashed", squashed))
    """
    bound = _bound(part)
    wrong = [finding for finding in findings(bound, timed=False) if finding.passed is False]
    if wrong:
        lines = "".join(f"\n  {finding}" for finding in wrong)
        raise PluginError(f"The {bound.part.kind} {bound.name!r} fails {len(wrong)} of its checks.{lines}")


def findings(part: Any, timed: bool = True) -> Iterator[Finding]:
    """Yield what each check finds, as soon as it is known.

    Parameters
    ----------
    part : Activation, Loss, Initializer, Optimizer or str
        The part, with or without values for its parameters, or its name if only one kind has it.
    timed : bool, default True
        Also measure the time per element, which is judged by nobody.
    """
    bound = _bound(part)
    bounds = choices(bound)
    rowwise = getattr(bound.part, "rowwise", False)
    for name, made in CHECKS[bound.part.kind, rowwise].items():
        if name == "speed" and not timed:
            continue
        finding = _first_wrong(name, made, bounds)
        yield finding
        if finding.passed is False and name == "formula":
            return
        if finding.passed is False and name in ("derivative", "gradient"):  # the other checks need compiled code
            bounds = [Bound(replace(b.part, check=False), b.values) for b in bounds]


def _bound(part: Any) -> Bound:
    if isinstance(part, Bound):
        return part
    if isinstance(part, Part):
        return part()
    if not isinstance(part, str):
        raise UsageError(f"{part!r} cannot be checked: give a part, such as fastnn.Activation(...), or its name.")
    return only(part)


def _first_wrong(name: str, made: Check, bounds: list[Bound]) -> Finding:
    """Make a check for all values of the compile-time parameters. Return the first failure, else the first finding."""
    found: list[Finding] = []
    for bound in bounds:
        finding = _made(name, made, bound)
        if finding.passed is False:
            return replace(finding, reason=f"{finding.reason}{_with(bound) if len(bounds) > 1 else ''}")
        found.append(finding)
    return next((f for f in found if f.passed is None), found[0])


def _made(name: str, made: Check, bound: Bound) -> Finding:
    try:
        with np.errstate(all="ignore"):  # the checks look at NaN and infinity themselves
            return Finding(name, True, made(bound))
    except Failed as error:
        return Finding(name, False, str(error))
    except NotJudged as error:
        return Finding(name, None, str(error))
    except FastnnError as error:
        return Finding(name, False, str(error))
    except Exception as error:  # of the author's function: an initializer, or per-step scalars
        return Finding(name, False, f"{type(error).__name__}: {error}")


def _with(bound: Bound) -> str:
    return f" (with {', '.join(f'{n}={str(v).lower()}' for n, v in bound.choices.items())})"
