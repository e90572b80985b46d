"""What every kernel computes, in float64 NumPy and plain Python: slow, and easy to compare with the formulas.

Each function takes the part, and the arguments of the launch by name: matrices as 2-D arrays, planes as 3-D arrays. It
returns what the arrays then hold, by name. A derivative or planes that are not given are not needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda.combined import combined
from fastnn.cuda.kernels import resident
from fastnn.cuda.kernels.squares import LARGE, SCALE
from fastnn.cuda.order import DRAW
from fastnn.kernels.optimizer import CLIP_EPSILON, formulas
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve

Given = dict[str, Any]


def forward(part: Bound | None, a: Given) -> Given:
    """Return f(X . W + b), f's derivatives, and all of them with dropout."""
    Z = (a["data"][a["ids"]] if a.get("gather") else a["data"]) @ a["weights"] + a["bias"]
    if part is None:
        return {"output": Z}
    values = {**part.values, **dict(zip(part.part.trainable, a["trainables"], strict=False))}.values()
    Y = np.vectorize(lambda z: float(part.part.f(z, *values)))(Z)
    factor = _dropout(a) if a.get("threshold") else 1.0
    found = {"output": Y * factor}
    if a.get("derivative") is not None:
        slopes = [np.atleast_1d(part.part.derivative(*zy, *values)) for zy in zip(Z.flat, Y.flat, strict=True)]
        slope, *planes = np.array(slopes, float).T.reshape(-1, *Z.shape)
        found |= {"derivative": slope * factor}
        if planes:
            found |= {"planes": np.array(planes) * factor}
    return found


def _dropout(a: Given) -> np.ndarray:
    with np.errstate(over="ignore"):
        rows = [DRAW.dropout_row(np.uint64(a["dropout_key"]), a["layer"], i) for i in a["ids"]]
        units = np.arange(a["columns"], dtype=np.uint32)
        return np.array(
            [np.where(DRAW.dropped(*row, units, np.uint32(a["threshold"])), 0.0, a["scale"]) for row in rows]
        )


def row_activation(part: Bound | None, a: Given) -> Given:
    """Return f of every row."""
    assert part is not None
    Y = np.zeros(a["output"].shape)
    for z, y in zip(a["output"], Y, strict=True):
        part.part.f(z, y, *part.values.values())
    return {"activated": Y}


def evaluation(part: Bound | None, a: Given) -> Given:
    """Return the loss of every row: for an elementwise loss the sum of its elements."""
    assert part is not None
    f, values, targets = part.part.f, part.values.values(), a["targets"][a["ids"]]
    if part.part.rowwise:
        targets = targets[:, 0].astype(int) if part.part.target == "class" else targets
        return {"losses": np.array([f(y, t, *values) for y, t in zip(a["output"], targets, strict=True)])}
    return {"losses": np.vectorize(lambda y, t: float(f(y, t, *values)))(a["output"], targets).sum(1)}


def loss(part: Bound | None, a: Given) -> Given:
    """Return the losses and scale * dL/dZ, through a row-wise activation (softmax) or the derivatives given."""
    assert part is not None
    softmax = resolve("activation", "softmax") if a.get("activated") is not None else None
    Y = row_activation(softmax, a)["activated"] if softmax else a["output"]
    found = evaluation(part, {**a, "output": Y})
    gradient, values, targets = part.part.gradient, part.values.values(), a["targets"][a["ids"]]
    if part.part.rowwise:
        dY = np.zeros(Y.shape)
        targets = targets[:, 0].astype(int) if part.part.target == "class" else targets
        for y, target, dy in zip(Y, targets, dY, strict=True):
            gradient(y, target, dy, *values)
    else:
        dY = np.vectorize(lambda y, t: float(gradient(y, t, *values)))(Y, targets)
    dY = dZ = dY * a["scale"]
    if softmax:
        dZ, found["activated"] = np.zeros(Y.shape), Y
        for z, y, dy, dz in zip(a["output"], Y, dY, dZ, strict=True):
            softmax.part.derivative(z, y, dy, dz)
    elif a.get("derivative") is not None:
        dZ = dY * a["derivative"]
    if a.get("planes") is not None:
        found["planes"] = a["planes"] * dY
    bad = not np.isfinite(found["losses"]).all()
    return found | {"delta": dZ, "first_bad": np.minimum(a["first_bad"], a["step"]) if bad else a["first_bad"]}


def backward(part: Bound | None, a: Given) -> Given:
    """Return (delta of the next layer . W^T) * derivative, and the planes times the product."""
    dY = a["next_delta"] @ a["weights"].T
    found = {"delta": dY if a.get("derivative") is None else dY * a["derivative"]}
    return found if a.get("planes") is None else found | {"planes": a["planes"] * dY}


def gradient(part: Bound | None, a: Given) -> Given:
    """Return X^T . delta with the penalties, the sums of delta over the rows, and those of the planes."""
    X, delta, W = a["data"][a["ids"]] if a.get("gather") else a["data"], a["delta"], a["weights"]
    penalty = a["l1"] * np.sign(W) + a["l2"] * W if a.get("last") else 0.0
    found = {"weight_gradient": X.T @ delta + penalty, "bias_gradient": delta.sum(0)}
    return found if a.get("planes") is None else found | {"trainable_gradient": a["planes"].sum((1, 2))}


def norm(part: Bound | None, a: Given) -> Given:
    """Return the factor that clips the gradient, and the largest norm so far."""
    small, large = a["squares"].reshape(-1, 2).sum(0)
    found = np.sqrt(small + large / float(SCALE) ** 2)
    factor = min(1.0, a["limit"] / (found + CLIP_EPSILON)) if a.get("clip") else 1.0
    done = a["first_bad"][0] > a["step"]
    return {"result": np.array([factor, max(found, a["result"][1])]) if done else a["result"]}


def update(part: Bound | None, a: Given) -> Given:
    """Return the parameters and their state after a step with factor * gradients; the padding stays as it is."""
    assert part is not None
    live = formulas(part, "float64")[0].state
    p, state = a["parameters"].copy(), a["state"].copy()
    group = a["size"] // len(a["live"])
    for k in range(a["size"] if a["first_bad"][0] > a["step"] else 0):
        if k % group < a["live"][k // group]:
            before = {**part.part.state, **{name: state[i, k] for i, name in enumerate(live)}}
            g = a["gradients"][k] * a["factor"][0]
            new = part.part.f(p[k], g, *before.values(), *part.values.values(), *a["scalars"][:-1])
            p[k], *after = new if isinstance(new, tuple) else (new,)
            named = dict(zip(part.part.state, after, strict=True))
            state[:, k] = [named[name] for name in live]
    return {"parameters": p, "state": state}


def steps(part: Bound | None, a: Given) -> Given:
    """Return what a run of mini-batches leaves, computed by the other functions, one step and one layer after another.

    The parts besides the optimizer are those of combined().
    """
    assert part is not None
    with_it, table = combined(part), a["table"].reshape(-1, resident.COLUMNS).astype(int)
    layers = list(zip(table, with_it.activations, strict=True))
    left = {name: a[name].copy() for name in ("parameters", "state", "result", "first_bad")}
    group, losses = a["size"] // len(a["live"]), []
    for step in range(a["first"], a["end"]):
        start = step * a["batch"]
        ids, p = a["ids"][start : min(start + a["batch"], a["samples"])], left["parameters"]
        inputs, found = [a["data"][ids]], []
        for number, (row, bound) in enumerate(layers):
            numbers = a["numbers"][row[resident.NUMBERS] :]
            given = {
                "data": inputs[-1], "ids": ids, "derivative": True, "columns": row[resident.FAN_OUT],
                "trainables": p[row[resident.TRAINABLE] :][: row[resident.TRAINABLES]], "dropout_key": a["dropout_key"],
                "layer": number, "threshold": row[resident.THRESHOLD], "scale": numbers[0], **_weights(row, p),
            }  # fmt: skip
            found.append(forward(None if bound.part.rowwise else bound, given))
            inputs.append(found[-1]["output"])
        elements = len(ids) if with_it.loss.part.rowwise else inputs[-1].size
        ends = loss(with_it.loss, {
            **found[-1], "targets": a["targets"], "ids": ids, "scale": 1.0 / elements, "step": step,
            "activated": True if with_it.output.part.rowwise else None, "first_bad": left["first_bad"],
        })  # fmt: skip
        losses.append(ends["losses"])
        left["first_bad"] = ends["first_bad"]
        gradients, delta, planes = np.zeros(a["size"]), ends["delta"], ends.get("planes")
        for number in range(len(layers) - 1, -1, -1):
            row = table[number]
            l1, l2 = a["penalties"].reshape(-1, 2)[row[resident.WEIGHTS] // group]
            own = gradient(None, {
                "data": inputs[number], "ids": ids, "delta": delta, "l1": l1, "l2": l2, "last": 1, "planes": planes,
                **_weights(row, p),
            })  # fmt: skip
            for name, column in _GRADIENTS.items():
                numbers = own.get(name, np.zeros(0)).ravel()
                gradients[row[column] :][: numbers.size] = numbers
            if number:
                given = {**found[number - 1], **_weights(row, p), "next_delta": delta}
                delta, planes = (backward(None, given).get(name) for name in ("delta", "planes"))
        scalars, factor = a["scalars"].reshape(a["end"], -1)[step], np.ones(1)
        if with_it.measures:
            given = {**a, "squares": squares(gradients), "result": np.append(1.0, left["result"]), "step": step}
            factor, left["result"] = np.split(norm(None, {**given, "first_bad": left["first_bad"]})["result"], [1])
        left |= update(part, {
            **a, **left, "gradients": gradients, "factor": factor, "scalars": scalars, "step": step,
        })  # fmt: skip
    return left | {"losses": np.concatenate(losses)}


_GRADIENTS = {
    "weight_gradient": resident.WEIGHTS, "bias_gradient": resident.BIAS, "trainable_gradient": resident.TRAINABLE,
}  # fmt: skip


def _weights(row: np.ndarray, p: np.ndarray) -> Given:
    """Return the weights and the bias of a layer."""
    fan_in, fan_out = row[resident.FAN_IN], row[resident.FAN_OUT]
    weights = p[row[resident.WEIGHTS] :][: fan_in * fan_out].reshape(fan_in, fan_out)
    return {"weights": weights, "bias": p[row[resident.BIAS] :][:fan_out]}


def squares(x: np.ndarray) -> np.ndarray:
    """Return the two sums of squares as kernels exchange them: of small numbers, and of large ones times SCALE."""
    large = np.abs(x) >= LARGE
    return np.array([np.square(x[~large]).sum(), np.square(x[large] * float(SCALE)).sum()])
