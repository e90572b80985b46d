"""The formula can be compiled, and its derivative is that of the formula."""

from __future__ import annotations

from fastnn import formula
from fastnn.errors import PluginError
from fastnn.parts.part import Bound
from fastnn.testing.finding import Failed, NotJudged

DTYPES = ("float32", "float64")


def formula_of_activation(bound: Bound) -> str:
    for dtype in DTYPES:
        formula.activation_value(bound, dtype)
        formula.activation_unit(bound, dtype)
    return f"{_derived(bound.part.derivative, 'derivative')} for float32 and float64"


def formula_of_loss(bound: Bound) -> str:
    for dtype in DTYPES:
        formula.loss_value(bound, dtype)
        formula.loss_unit(bound, dtype)
    return f"{_derived(bound.part.gradient, 'gradient')} for float32 and float64"


def formula_of_optimizer(bound: Bound) -> str:
    for dtype in DTYPES:
        unit = formula.optimizer_unit(bound, dtype)
    formula.scalars_unit(bound)
    kept = f"it keeps {', '.join(unit.state)}" if unit.state else "it keeps no state"
    return f"it can be compiled for float32 and float64; {kept}"


def derivative(bound: Bound) -> str:
    """Compare the derivative with differences of the formula in float64, also for other values of the parameters."""
    part = bound.part
    if not part.check:
        raise NotJudged("not compared with differences of the formula, because the part says check=False")
    try:
        formula.compare(bound)
    except PluginError as error:
        raise Failed(str(error)) from None
    given = part.derivative if part.kind == "activation" else part.gradient
    return f"{'as given' if given else 'derived'}; it agrees with differences of the formula in float64"


def _derived(given: object, word: str) -> str:
    return f"it can be compiled, with its {word}," if given else f"it can be compiled and its {word} derived,"
