"""Every part has the CPU's bits on CUDA: activations, losses, their derivatives, optimizers, mathematical functions."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
from every_part import bounds, choices, named, other
from on_device import launch, numbers

from fastnn import mathematics
from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.cuda.kernels.forward import activated
from fastnn.cuda.kernels.loss import loss_alone, loss_and_gradient, row_activation
from fastnn.cuda.kernels.update import update
from fastnn.formula import optimizer_unit
from fastnn.kernels.mathematics.collection import COLLECTION
from fastnn.kernels.pointers import load, store
from fastnn.ops import activation as ops_activation
from fastnn.parts.registry import resolve
from fastnn.testing.checking import findings
from fastnn.testing.kernels import run_activation, run_loss, run_row_backward, run_update

pytestmark = pytest.mark.toolkit
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
NEVER = 2**31 - 1
ROWS, COLUMNS = 33, 17

FUNCTION = Kernel(
    "function", arguments("real* x, real* y, real* result, i8 n"), lambda a: (blocks(a["n"], 64), 1), (64, 1), 64
)


def of_function(emitter, dtype):
    """A kernel that computes one mathematical function of one or two arguments."""
    two = len(inspect.signature(emitter.function).parameters) == 2
    compute = emitter.function

    def make(cuda, jit, real):
        def one_argument(x, y, result, n):
            k = cuda.grid(1)
            if k < n:
                store(result, k, real(compute(load(x, k))))

        def two_arguments(x, y, result, n):
            k = cuda.grid(1)
            if k < n:
                store(result, k, real(compute(load(x, k), load(y, k))))

        return two_arguments if two else one_argument

    return Variant(FUNCTION, dtype, f"{compute.__name__}", make), two


def on_the_cpu(function, two):
    from numba import njit

    import fastnn.cpu.mathematics  # noqa: F401

    if two:
        return njit(lambda x, y: function(x, y))
    return njit(lambda x: function(x))


def bits(a):
    """The bits of numbers, with one kind of NaN."""
    a = np.array(a)
    a[np.isnan(a)] = np.nan
    return a.view(f"u{a.itemsize}")


@DTYPES
@pytest.mark.parametrize("emitter", COLLECTION, ids=lambda e: e.function.__name__)
def test_mathematical_functions(emitter, dtype):
    rng = np.random.default_rng(1)
    variant, two = of_function(emitter, dtype)
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 2.0**15, 1e30, -700.0, 90.0, 0.5]
    x = np.concatenate([rng.standard_normal(400) * 8, rng.standard_normal(200) * 1e4, special]).astype(dtype)
    y = rng.permutation(x)
    if emitter.function is mathematics.pow and dtype == "float64":
        found = launch(variant, x=x, y=y, result=x.size, n=x.size)["result"]
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(found, x**y, rtol=1e-15)  # the C library's on the CPU, CUDA's own here
        return
    found = launch(variant, x=x, y=y, result=x.size, n=x.size)["result"]
    function = on_the_cpu(emitter.function, two)
    wanted = np.array([function(*pair) if two else function(pair[0]) for pair in zip(x, y, strict=True)], dtype)
    assert np.array_equal(bits(found), bits(wanted))


@DTYPES
@named([other(c) for b in bounds("activation") for c in choices(b) if not b.part.rowwise])
def test_activations(bound, dtype):
    z = (np.random.default_rng(2).standard_normal(301) * 4).astype(dtype)
    y, slope, planes = run_activation(bound, z)
    learnt = bound.part.trainable
    given = {
        # a product with one weight that is 1
        "data": z, "ids": np.arange(z.size), "weights": np.ones(1), "bias": np.zeros(1), "output": z.size,
        "rows": z.size, "inner": 1, "columns": 1,
        "trainables": numbers((bound.values[n] for n in learnt), dtype),
        "constants": numbers((v for n, v in bound.numbers.items() if n not in learnt), dtype),
    }  # fmt: skip
    variant = activated(bound, dtype, derivative=True, dropout=False)
    found = launch(variant, **given, derivative=z.size, planes=z.size * len(learnt), plane=z.size)
    assert np.array_equal(bits(found["output"]), bits(y))
    assert np.array_equal(bits(found["derivative"]), bits(slope))
    assert np.array_equal(bits(found["planes"].reshape(planes.shape)), bits(planes))
    alone = launch(activated(bound, dtype, derivative=False, dropout=False), **given)
    assert np.array_equal(bits(alone["output"]), bits(y))


@DTYPES
@named([other(b) for b in bounds("loss")])
def test_losses(bound, dtype):
    z, y = examples(bound, dtype)
    scale = np.dtype(dtype).type(1.0 / 7.0)
    given = {
        "output": z, "targets": y, "ids": np.arange(ROWS), "width": y.size // ROWS, "work": z.size, "losses": ROWS,
        "rows": ROWS, "columns": COLUMNS, "loss_constants": numbers(bound.numbers.values(), dtype),
    }  # fmt: skip
    losses, slope = run_loss(bound, z, y, scale)
    more = {"delta": z.size, "scale": scale, "first_bad": np.array([NEVER]), "activation_constants": np.zeros(1)}
    found = launch(loss_and_gradient(bound, None, 0, dtype), **given, **more)
    assert np.array_equal(bits(found["losses"]), bits(losses))
    assert np.array_equal(bits(found["delta"]), bits(slope.ravel()))
    assert found["first_bad"] == NEVER
    alone, _ = run_loss(bound, z, y, scale, gradient=False)
    assert np.array_equal(bits(launch(loss_alone(bound, dtype), **given)["losses"]), bits(alone))


def examples(bound, dtype):
    """Outputs of a network, and targets of the kind that a loss takes."""
    rng = np.random.default_rng(3)
    shape = (ROWS, COLUMNS)
    targets = {
        "real": rng.standard_normal(shape), "positive": rng.random(shape) + 0.1, "count": rng.integers(0, 5, shape),
        "binary": rng.integers(0, 2, shape), "sign": rng.integers(0, 2, shape) * 2 - 1,
        "class": rng.integers(0, COLUMNS, ROWS),
    }  # fmt: skip
    return (rng.standard_normal(shape) * 3).astype(dtype), targets[bound.part.target].astype(dtype)


@DTYPES
def test_a_row_wise_activation_before_a_loss(dtype):
    softmax, loss = resolve("activation", "softmax"), resolve("loss", "mse")
    z, target = examples(loss, dtype)
    y = ops_activation(softmax, z)
    given = {"output": z, "rows": ROWS, "columns": COLUMNS, "activation_constants": np.zeros(1)}
    found = launch(row_activation(softmax, dtype), **given, activated=z.size)
    assert np.array_equal(bits(found["activated"]), bits(y.ravel()))
    losses, slope = run_loss(loss, y, target, np.dtype(dtype).type(0.25))
    delta = run_row_backward(softmax, z, y, slope)
    found = launch(
        loss_and_gradient(loss, softmax, 0, dtype), **given, targets=target, ids=np.arange(ROWS), width=COLUMNS,
        activated=z.size, delta=z.size, work=z.size, losses=ROWS, scale=0.25, loss_constants=np.zeros(1),
        first_bad=np.array([NEVER]),
    )  # fmt: skip
    assert np.array_equal(bits(found["losses"]), bits(losses))
    assert np.array_equal(bits(found["delta"]), bits(delta.ravel()))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_names_its_step(bad):
    z, y = examples(resolve("loss", "mse"), "float32")
    z[ROWS - 1, COLUMNS - 1] = bad
    variant = loss_and_gradient(resolve("loss", "mse"), None, 0, "float32")
    given = {
        "output": z, "targets": y, "ids": np.arange(ROWS), "width": COLUMNS, "work": z.size, "losses": ROWS,
        "delta": z.size, "rows": ROWS, "columns": COLUMNS, "scale": 1.0, "step": 5,
        "loss_constants": np.zeros(1), "activation_constants": np.zeros(1),
    }  # fmt: skip
    assert launch(variant, **given, first_bad=np.array([NEVER]))["first_bad"] == 5
    assert launch(variant, **given, first_bad=np.array([3]))["first_bad"] == 3


@DTYPES
@named([other(c) for b in bounds("optimizer") for c in choices(b)])
def test_optimizers(bound, dtype):
    rng, n = np.random.default_rng(4), 300
    states = optimizer_unit(bound, dtype).state
    group = 64 // np.dtype(dtype).itemsize
    live = np.full(-(-n // group), group, np.uint8)
    live[-1] = n - group * (len(live) - 1) or group
    p = rng.standard_normal(n).astype(dtype)
    state = np.repeat([bound.part.state[name] for name in states], n).astype(dtype)
    wanted, wanted_state = p.copy(), state.copy().reshape(len(states), n)
    hyper = numbers(bound.numbers.values(), dtype)
    for t in range(1, 4):
        g = rng.standard_normal(n).astype(dtype)
        run_update(bound, wanted, g, wanted_state, [(0, n)], t, 0.75)
        found = launch(
            update(bound, dtype), parameters=p, gradients=g, state=state, stride=n, live=live, size=n,
            factor=np.full(1, 0.75), hyper=hyper, scalars=numbers(bound.part.scalar_values(t, bound.values), dtype),
            first_bad=np.array([t]), step=t - 1,
        )  # fmt: skip
        p, state = found["parameters"], found["state"]
        assert np.array_equal(bits(p), bits(wanted))
        assert np.array_equal(bits(state), bits(wanted_state.ravel()))


@pytest.mark.parametrize("choice", ["activation softsign", "activation mish", "activation prelu", "loss huber"])
def test_derived_parts_pass_the_checks_of_plugins(choice):
    """Those that need the compiler for CUDA, with the derivative that is derived from a built-in formula."""
    kind, name = choice.split()
    given = resolve(kind, name)
    derived = replace(given.part, **({"derivative": None} if kind == "activation" else {"gradient": None}))
    found = {f.check: f for f in findings(derived(), timed=False)}
    assert found["float32 on CUDA"].passed and "lines of PTX" in found["float32 on CUDA"].reason
    assert found["CPU and CUDA agree"].passed and found["CPU and CUDA agree"].reason.startswith("equal bits")
