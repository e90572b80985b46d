"""Arguments for launches of every kernel, for matrices of any shape, one after another as its factory yields forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fastnn import Network
from fastnn.cuda import references, resident
from fastnn.cuda.combined import combined
from fastnn.cuda.kernels.gradient import gradient_blocks
from fastnn.cuda.lowering import lower
from fastnn.kernels.optimizer import formulas
from fastnn.parts.kinds import Bound
from fastnn.plan import Plan, training_plan

NEVER = 2**31 - 1
Given = dict[str, Any]

# Every pair of sizes occurs, and so does a tile with one row or column less or more.
SMALL, TILE = (1, 17, 33), (15, 16, 17)
SHAPES = [(s[i], s[j], s[(i + j + 1) % 3]) for s in (SMALL, TILE) for i in range(3) for j in range(3)]


WIDE_SHAPES = [(2, 1, 31), (5, 1, 64), (4, 1, 97), (9, 1, 32)]  # a row has 32 lanes, a block four rows


class Draw:
    """Random arrays of a dtype."""

    def __init__(self, dtype: str, *seed: int):
        self.rng, self.dtype = np.random.default_rng(seed), dtype

    def __call__(self, *shape: int) -> np.ndarray:
        return self.rng.standard_normal(shape).astype(self.dtype)


def constants(part: Bound, trainable: bool = False) -> np.ndarray:
    """The parameters of a part as kernels take them: those that are trained, or the others; never empty."""
    learnt = getattr(part.part, "trainable", ())
    return np.array([*(v for n, v in part.numbers.items() if (n in learnt) == trainable), 0.0])


def forward(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    samples = rows + 3
    given: Given = {
        "data": draw(samples, inner), "ids": draw.rng.permutation(samples)[:rows], "gather": 1,
        "weights": draw(inner, columns), "bias": draw(columns), "output": rows * columns, "rows": rows, "inner": inner,
        "columns": columns, "plane": rows * columns,
    }  # fmt: skip
    if part is None:
        yield given
        return
    planes = len(part.part.trainable)
    given |= {"trainables": constants(part, trainable=True), "constants": constants(part)}
    both = {"derivative": rows * columns} | ({"planes": planes * rows * columns} if planes else {})
    yield given | both | {"dropout_key": 2**63 + 5, "layer": 3, "threshold": 2**31, "scale": 2.0}
    yield given | both | {"gather": 0, "data": draw(rows, inner)}
    yield given


def row_activation(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    assert part is not None
    yield {
        "output": draw(rows, columns), "activated": rows * columns, "rows": rows, "columns": columns,
        "activation_constants": constants(part),
    }  # fmt: skip


def evaluation(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    assert part is not None
    samples, classes = rows + 3, part.part.target == "class"
    y = draw.rng.integers(0, columns, (samples, 1)) if classes else draw(samples, columns)
    yield {
        "output": draw(rows, columns), "targets": y, "ids": draw.rng.permutation(samples)[:rows],
        "width": y.shape[1], "work": rows * columns, "losses": rows, "rows": rows, "columns": columns,
        "loss_constants": constants(part),
    }  # fmt: skip


def loss(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    [given] = evaluation(part, draw, rows, inner, columns)
    given |= {"delta": rows * columns, "scale": 0.25, "first_bad": np.array([NEVER]), "step": 2}
    given |= {"activation_constants": np.zeros(1)}
    yield given | {"derivative": draw(rows, columns), "plane": rows * columns}
    yield given | {"activated": rows * columns}


def backward(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    given = {
        "next_delta": draw(rows, inner), "weights": draw(columns, inner), "delta": rows * columns, "rows": rows,
        "inner": inner, "columns": columns, "plane": rows * columns,
    }  # fmt: skip
    yield given
    yield given | {"derivative": draw(rows, columns), "planes": draw(2, rows, columns)}


def gradient(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    samples = rows + 3
    yield {
        "data": draw(samples, inner), "ids": draw.rng.permutation(samples)[:rows], "gather": 1,
        "delta": draw(rows, columns), "weights": draw(inner, columns), "weight_gradient": inner * columns,
        "bias_gradient": columns, "planes": draw(2, rows, columns), "plane": rows * columns, "trainable": 2,
        "trainable_gradient": 2, "squares": 2 * gradient_blocks(inner, columns, 2), "rows": rows, "inner": inner,
        "columns": columns, "last": 1, "l1": 0.25, "l2": 0.5,
    }  # fmt: skip


def norm(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    pairs = [references.squares(draw(inner) * 2.0 ** (47 * k % 60)) for k in range(rows * columns)]
    yield {
        "squares": np.array(pairs), "count": len(pairs), "clip": 1, "limit": 0.5, "result": np.array([1.0, 0.125]),
        "first_bad": np.array([3]), "step": 2,
    }  # fmt: skip


def update(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    assert part is not None
    group = 64 // np.dtype(draw.dtype).itemsize
    live = draw.rng.integers(1, group + 1, -(-rows * columns // group))
    size, states = len(live) * group, len(formulas(part, draw.dtype)[0].state)
    yield {
        "parameters": draw(size), "gradients": draw(size), "state": np.abs(draw(states, size)), "stride": size,
        "live": live, "size": size, "factor": np.array([0.75]), "hyper": constants(part),
        "scalars": np.array([*part.part.scalar_values(3, part.values), 0.0]), "first_bad": np.array([3]), "step": 2,
    }  # fmt: skip


def steps(part: Bound | None, draw: Draw, rows: int, inner: int, columns: int) -> Iterator[Given]:
    """Two steps of a network with three layers; the second batch is smaller. Up to three blocks, of which one or two
    run at once, in several rounds."""
    assert part is not None
    with_it, samples, count = combined(part), rows + (rows + 1) // 2, 2
    net = Network([inner, columns, inner, columns], list(with_it.hidden), with_it.output, dtype=draw.dtype)
    plan = training_plan(net.plan, loss=with_it.loss, optimizer=part, batch_size=rows, **with_it.settings)
    place, [losses] = resident.residence(plan, lower(plan)), evaluation(with_it.loss, draw, samples, inner, columns)
    [own] = update(part, draw, 1, 1, plan.size)
    blocks, group = min(3, -(-rows // 8)), 64 // np.dtype(draw.dtype).itemsize
    penalties = np.zeros((plan.size // group, 2))
    for segment in plan.segments:
        penalties[segment.offset // group : -(-(segment.offset + segment.size) // group)] = segment.l1, segment.l2
    scalars = [(*part.part.scalar_values(step + 1, part.values), 0.0) for step in range(count)]
    yield {
        "shared": place.nbytes, "data": draw(samples + 3, inner), "targets": losses["targets"], "ids": losses["ids"],
        "width": losses["width"], "samples": samples, "batch": rows, "first": 0, "end": count,
        "blocks": blocks, "at_once": 1 + inner % 2,
        "rounds": -(-rows // (8 * blocks)), "table": place.table, "layers": 3, "outputs": place.outputs,
        "parameters": own["parameters"] * 0.5, "size": plan.size, "parts": blocks * plan.size, "state": own["state"],
        "stride": plan.size, "live": live_of(plan, group), "penalties": penalties,
        "penalized": int("l1" in with_it.settings), "numbers": place.numbers, "loss_numbers": constants(with_it.loss),
        "hyper": constants(part), "scalars": np.array(scalars), "losses": samples, "dropout_key": 2**63 + 5,
        "squares": 2 * blocks, "clip": int(plan.clip_norm is not None), "limit": plan.clip_norm or 0.0,
        "result": np.zeros(1), "first_bad": np.array([NEVER]),
    }  # fmt: skip


def live_of(plan: Plan, group: int) -> np.ndarray:
    """How many parameters of each group are no padding."""
    used = np.zeros(plan.size, int)
    for segment in plan.segments:
        used[segment.slice] = 1
    return used.reshape(-1, group).sum(1)


ARGUMENTS = {
    f.__name__: f for f in (forward, row_activation, evaluation, loss, backward, gradient, norm, update, steps)
}  # fmt: skip
ARGUMENTS |= {f"wide_{name}": ARGUMENTS[name] for name in ("row_activation", "evaluation", "loss")}
