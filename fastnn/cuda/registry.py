"""All kernels of the CUDA program, for what looks at every one of them: the inspection and the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastnn.cuda import references
from fastnn.cuda.combined import combined
from fastnn.cuda.kernel import Kernel, Variant
from fastnn.cuda.kernels.backward import BACKWARD, through_layer
from fastnn.cuda.kernels.forward import FORWARD, activated, product
from fastnn.cuda.kernels.gradient import GRADIENT, layer_gradient
from fastnn.cuda.kernels.loss import EVALUATION, LOSS, ROW_ACTIVATION, loss_alone, loss_and_gradient, row_activation
from fastnn.cuda.kernels.norm import NORM, clip_factor
from fastnn.cuda.kernels.steps import STEPS, steps
from fastnn.cuda.kernels.update import UPDATE, update
from fastnn.cuda.kernels.wide import (
    WIDE_EVALUATION,
    WIDE_LOSS,
    WIDE_ROW_ACTIVATION,
    wide_loss_alone,
    wide_loss_and_gradient,
    wide_row_activation,
)
from fastnn.cuda.kernels.wide_rows import WIDE, by_warps
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve

Factory = Callable[[Bound | None, str], Iterator[Variant]]


@dataclass(frozen=True)
class Entry:
    """A kernel, its factory, and its reference.

    variants(part, dtype): yields the kernel around the formulas of this part, in all forms that a plan can ask for.
    None stands for no part. If the kernel has no formulas of this kind, nothing is yielded. reference: the function of
    :mod:`fastnn.cuda.references` that computes the same.
    """

    kernel: Kernel
    variants: Factory
    reference: Callable[[Bound | None, dict[str, Any]], dict[str, Any]]


def _forward(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is None:
        yield product(dtype)
    elif part.part.kind == "activation" and not part.part.rowwise:
        yield activated(part, dtype, derivative=True, dropout=True)
        yield activated(part, dtype, derivative=True, dropout=False)
        yield activated(part, dtype, derivative=False, dropout=False)


def _row_activation(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "activation" and part.part.rowwise:
        yield row_activation(part, dtype)


def _loss(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "loss":
        yield loss_and_gradient(part, None, 0, dtype)
        yield loss_and_gradient(part, resolve("activation", "softmax"), 0, dtype)


def _evaluation(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "loss":
        yield loss_alone(part, dtype)


def _wide_row_activation(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "activation" and part.part.rowwise and by_warps(None, part, WIDE):
        yield wide_row_activation(part, dtype)


def _wide_loss(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "loss" and by_warps(part, None, WIDE):
        yield wide_loss_and_gradient(part, None, 0, dtype)
        yield wide_loss_and_gradient(part, resolve("activation", "softmax"), 0, dtype)


def _wide_evaluation(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "loss" and by_warps(part, None, WIDE):
        yield wide_loss_alone(part, dtype)


def _update(part: Bound | None, dtype: str) -> Iterator[Variant]:
    if part is not None and part.part.kind == "optimizer":
        yield update(part, dtype)


def _steps(part: Bound | None, dtype: str) -> Iterator[Variant]:
    """Yield one form for each optimizer; combined() puts the other parts with it, so that each is in one of them."""
    if part is not None and part.part.kind == "optimizer" and part.choices == part.part().choices:
        with_it = combined(part)
        yield steps(
            with_it.kinds, with_it.output, with_it.loss, part, wide=with_it.wide, drops=with_it.drops,
            measures=with_it.measures, dtype=dtype,
        )  # fmt: skip


def _without_part(*makes: Callable[[str], Variant]) -> Factory:
    def variants(part: Bound | None, dtype: str) -> Iterator[Variant]:
        if part is None:
            yield from (make(dtype) for make in makes)

    return variants


KERNELS: dict[str, Entry] = {
    entry.kernel.name: entry
    for entry in (
        Entry(FORWARD, _forward, references.forward),
        Entry(ROW_ACTIVATION, _row_activation, references.row_activation),
        Entry(LOSS, _loss, references.loss),
        Entry(EVALUATION, _evaluation, references.evaluation),
        Entry(WIDE_ROW_ACTIVATION, _wide_row_activation, references.row_activation),
        Entry(WIDE_LOSS, _wide_loss, references.loss),
        Entry(WIDE_EVALUATION, _wide_evaluation, references.evaluation),
        Entry(BACKWARD, _without_part(partial(through_layer, 0), partial(through_layer, 2)), references.backward),
        Entry(GRADIENT, _without_part(layer_gradient), references.gradient),
        Entry(NORM, _without_part(clip_factor), references.norm),
        Entry(UPDATE, _update, references.update),
        Entry(STEPS, _steps, references.steps),
    )
}


def variants(part: Bound | None, dtype: str) -> Iterator[Variant]:
    """Yield all kernels around the formulas of a part; those without formulas if it is None."""
    for entry in KERNELS.values():
        yield from entry.variants(part, dtype)
