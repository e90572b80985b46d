"""How a target of numbers is scaled: to what the output activation can give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.data.table import Table, label
from fastnn.data.wording import quoted
from fastnn.errors import DataError, UsageError
from fastnn.network.reach import Reach, reach
from fastnn.parts.part import Bound
from fastnn.parts.targets import TARGETS

STANDARDIZED, SPREAD, AS_IT_IS = "standardized", "spread", "as it is"
SCALINGS = (STANDARDIZED, SPREAD, AS_IT_IS)
EVERYTHING = Reach()
REMEDY = "use --output-activation identity"


@dataclass(frozen=True)
class Scaling:
    """The scaling for one output activation. rule: one of SCALINGS. can: the values that the outputs can have."""

    rule: str = STANDARDIZED
    can: Reach = EVERYTHING
    name: str = "identity"

    def check(self, values: np.ndarray, table: Table, columns: tuple[str, ...], rows: np.ndarray) -> None:
        """Raise DataError, with the line, for a target that the outputs can never be."""
        beyond = (values < self.can.low) | (values > self.can.high)
        if beyond.any():
            row, column = np.argwhere(beyond)[0]
            rescale = "" if self.rule == SPREAD else f"scale it to {self.can} beforehand, or "
            raise DataError(
                f"{table.source}, {table.locate(int(rows[row]))}: the target {quoted(columns[column])} is "
                f"{label(values[row, column])}, but the output activation {self.name!r} gives only {self.can}: "
                f"{rescale}{REMEDY}."
            )
        if self.can.sums_to_one:
            sums = values.sum(axis=1)
            wrong = np.abs(sums - 1.0) > 0.01  # shares with few decimals
            if wrong.any():
                row = int(np.argmax(wrong))
                raise DataError(
                    f"{table.source}, {table.locate(int(rows[row]))}: the targets sum to {sums[row]:.6g}, but the "
                    f"outputs of {self.name!r} always sum to 1: divide each row by its sum beforehand, or {REMEDY}."
                )


def scaling(activation: Bound | None, kind: str, outputs: int) -> Scaling:
    """Return the scaling of a target of this kind with ``outputs`` columns.

    Raises UsageError for an output activation whose values no scaled target can have.
    """
    if activation is None or TARGETS[kind].classification:
        return Scaling()
    can, name = reach(activation), activation.name
    if kind == "count":  # check_outputs says which output layers suit it
        return Scaling(AS_IT_IS)
    if kind != "real":  # such targets are never scaled
        return Scaling(AS_IT_IS, can, name)
    where = f"output_activation = {name!r} is not allowed for a regression"
    if activation.part.rowwise:
        if not can.sums_to_one:
            raise UsageError(f"{where}: it works on whole rows, so its values are not known; {REMEDY}.")
        if outputs == 1:
            raise UsageError(f"{where} with one target column: its only output is always 1; {REMEDY}.")
        return Scaling(AS_IT_IS, can, name)
    if can.everything:
        return Scaling(STANDARDIZED, can, name)
    if can.low == 0 and can.high == np.inf:
        return Scaling(SPREAD, can, name)
    if -1 <= can.low < can.high <= 1:
        return Scaling(AS_IT_IS, can, name)
    raise UsageError(
        f"{where}: it gives only {can}, while a standardized target has values on both sides of 0, often beyond 1; "
        f"{REMEDY}, or softplus for positive targets."
    )
