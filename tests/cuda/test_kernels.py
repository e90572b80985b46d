"""What test_odd_shapes does not ask: batches in parts, huge norms, padding, bad steps, the order of warps."""

from __future__ import annotations

import numpy as np
import pytest
from on_device import launch, numbers

from fastnn.cuda.emulator import Emulator
from fastnn.cuda.kernels.forward import activated
from fastnn.cuda.kernels.gradient import gradient_blocks, layer_gradient
from fastnn.cuda.kernels.norm import clip_factor
from fastnn.cuda.kernels.update import update
from fastnn.parts.registry import resolve

pytestmark = pytest.mark.toolkit
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
NEVER = 2**31 - 1


def draw(*shape, dtype="float64", seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


@DTYPES
@pytest.mark.parametrize(("rows", "inner", "columns"), [(2, 31, 15), (16, 17, 1), (33, 1, 17), (33, 31, 17)])
def test_the_gradient_of_a_batch_in_two_parts_has_the_same_bits(rows, inner, columns, dtype):
    X, delta, cut = draw(rows, inner, dtype=dtype), draw(rows, columns, dtype=dtype), rows // 2
    count = gradient_blocks(inner, columns, 0)
    given = {
        "ids": np.arange(rows), "weights": draw(inner, columns, dtype=dtype), "inner": inner, "columns": columns,
        "l1": 0.25, "l2": 0.5,
    }  # fmt: skip
    out = {"weight_gradient": inner * columns, "bias_gradient": columns}
    whole = launch(layer_gradient(dtype), **given, **out, data=X, delta=delta, rows=rows, last=1, squares=2 * count)
    total = sum((whole[name].astype("f8") ** 2).sum() for name in out)
    small, large = whole["squares"].reshape(-1, 2).astype("f8").sum(0)
    assert (small, large) == (pytest.approx(total, rel=1e-5 if dtype == "float32" else 1e-12), 0)
    some = launch(layer_gradient(dtype), **given, **out, data=X[:cut], delta=delta[:cut], rows=cut)
    sums = {name: some[name] for name in out}
    rest = launch(
        layer_gradient(dtype), **given, **sums, data=X[cut:], delta=delta[cut:], rows=rows - cut, accumulate=1, last=1
    )
    for name in out:
        assert np.array_equal(rest[name], whole[name])


@DTYPES
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e12, 1e16, 1e25, 1e30])
def test_the_norm_neither_overflows_nor_needs_float64(dtype, size):
    rows, inner, columns = 5, 18, 7
    delta, X = draw(rows, columns, dtype=dtype) * np.dtype(dtype).type(size), draw(rows, inner, dtype=dtype)
    count = gradient_blocks(inner, columns, 0)
    made = launch(
        layer_gradient(dtype), data=X, ids=np.arange(rows), delta=delta, weights=np.zeros(inner * columns),
        weight_gradient=inner * columns, bias_gradient=columns, squares=2 * count, rows=rows, inner=inner,
        columns=columns, last=1,
    )  # fmt: skip
    gradient = np.concatenate([made["weight_gradient"], made["bias_gradient"]]).astype("f8")
    norm = np.linalg.norm(gradient)
    given = {"squares": made["squares"], "count": count, "first_bad": np.array([3]), "limit": norm / 2}
    before = {"result": np.array([1.0, 0.0])}
    factor, largest = launch(clip_factor(dtype), **given, **before, clip=1, step=2)["result"]
    assert factor == pytest.approx((norm / 2) / (norm + 1e-6), rel=1e-6)
    assert largest == pytest.approx(norm, rel=1e-6)
    assert launch(clip_factor(dtype), **given, **before, step=2)["result"][0] == 1.0
    kept = launch(clip_factor(dtype), **given, result=np.array([1.0, 1e37]), clip=1, step=2)["result"][1]
    assert kept == np.dtype(dtype).type(1e37)
    assert np.array_equal(launch(clip_factor(dtype), **given, **before, clip=1, step=3)["result"], before["result"])


@DTYPES
def test_the_update_leaves_the_padding_and_what_follows_a_bad_step(dtype):
    group = 64 // np.dtype(dtype).itemsize
    p, live = np.ones(3 * group, dtype), np.array([group, 3, 1])
    used = (np.arange(group) < live[:, None]).ravel()
    given = {
        "parameters": p, "gradients": np.ones(p.size), "state": p.size, "live": live, "size": p.size,
        "factor": np.ones(1), "hyper": numbers([0.5], dtype), "scalars": np.zeros(1), "step": 4,
    }  # fmt: skip
    gd = update(resolve("optimizer", "gd"), dtype)
    assert np.array_equal(launch(gd, **given, first_bad=np.array([NEVER]))["parameters"], np.where(used, 0.5, 1.0))
    assert np.array_equal(launch(gd, **given, first_bad=np.array([5]))["parameters"], np.where(used, 0.5, 1.0))
    assert np.array_equal(launch(gd, **given, first_bad=np.array([4]))["parameters"], p)


@pytest.mark.emulator
@pytest.mark.parametrize("schedule", ["warps", "blocks"])
def test_the_order_of_warps_and_blocks_changes_no_bit(monkeypatch, schedule):
    rows, inner, columns = 33, 18, 17
    X, W, delta = draw(rows, inner), draw(inner, columns), draw(rows, columns)
    forward = {
        "data": X, "ids": np.arange(rows), "weights": W, "bias": W[0], "output": rows * columns,
        "derivative": rows * columns, "rows": rows, "inner": inner, "columns": columns, "trainables": np.zeros(1),
        "constants": np.zeros(1), "dropout_key": 2**63 + 5, "threshold": 2**31, "scale": 2.0,
    }  # fmt: skip
    gradient = {
        "data": X, "ids": np.arange(rows), "delta": delta, "weights": W, "weight_gradient": W.size,
        "bias_gradient": columns, "squares": 2 * gradient_blocks(inner, columns, 1), "rows": rows, "inner": inner,
        "columns": columns, "last": 1, "trainable": 1, "trainable_gradient": 1, "planes": delta,
    }  # fmt: skip
    tanh = activated(resolve("activation", "tanh"), "float32", derivative=True, dropout=True)

    def results():
        made = [launch(tanh, **forward), launch(layer_gradient("float32"), **gradient)]
        given = {"squares": made[1]["squares"], "count": gradient["squares"] // 2}
        norm = launch(clip_factor("float32"), **given, result=np.zeros(2), first_bad=np.array([1]))
        return np.concatenate([a.ravel() for one in (*made, norm) for a in one.values()])

    wanted = results()
    monkeypatch.setattr(Emulator, "schedule", schedule)
    for seed in range(2):
        monkeypatch.setattr(Emulator, "seed", seed)
        assert np.array_equal(results(), wanted)
