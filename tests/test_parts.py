"""Every part of the registry in plain Python: values, derivatives, limits, update rules, distributions."""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np
import pytest
from reference_rules import RULES
from scipy import special

from fastnn import registry
from fastnn.errors import PluginError, UsageError
from fastnn.parts import Activation, Bound, Initializer, Loss, Optimizer, Parameter, bind

HUGE = (1e3, 1e10, 3e38, 1e300)


def bounds(kind: str) -> list[Bound]:
    return [part() for part, _ in registry.parts() if part.kind == kind]


def named(items: list[Bound]):
    return pytest.mark.parametrize("bound", items, ids=[b.spec for b in items])


ACTIVATIONS = [b for b in bounds("activation") if not b.part.rowwise]
ROW_ACTIVATIONS = [b for b in bounds("activation") if b.part.rowwise]
LOSSES = [b for b in bounds("loss") if not b.part.rowwise]
ROW_LOSSES = [b for b in bounds("loss") if b.part.rowwise]
INITIALIZERS = bounds("initializer")
OPTIMIZERS = bounds("optimizer")


def activate(bound: Bound, x: float) -> float:
    return bound.part.f(x, *bound.values.values())


def slopes(bound: Bound, x: float) -> tuple[float, ...]:
    """dy/dx, dy/dparameter ..."""
    result = bound.part.derivative(x, activate(bound, x), *bound.values.values())
    return result if isinstance(result, tuple) else (result,)


def central(f, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


# activations

POINTS = np.linspace(-9.0, 9.0, 83) + 0.0137  # off the kinks, which are at round numbers


@named(ACTIVATIONS)
def test_derivative_is_that_of_the_value(bound):
    for x in POINTS:
        numeric = [central(lambda x: activate(bound, x), x)]
        for name in bound.part.trainable:
            numeric.append(
                central(
                    lambda p, name=name, x=x: activate(bind(bound.part, {**bound.values, name: p}), x),
                    bound.values[name],
                )
            )
        assert slopes(bound, x) == pytest.approx(numeric, rel=1e-6, abs=1e-8)


@named(ACTIVATIONS)
def test_activation_has_its_limit_at_infinity(bound):
    for sign in (-1.0, 1.0):
        far = activate(bound, sign * 1e6)
        for x in [sign * x for x in (*HUGE, math.inf)]:
            y, dy = activate(bound, x), slopes(bound, x)[0]
            if abs(far) < 100:  # bounded
                assert y == pytest.approx(far, abs=2e-3)
            else:
                assert y == math.copysign(abs(y), far) and (abs(y) >= 1 if x < 1e5 else abs(y) > 1e2)
                assert math.isinf(y) == math.isinf(x)
            assert dy == pytest.approx(slopes(bound, sign * 1e6)[0], abs=2e-6)


@named(ACTIVATIONS)
def test_activation_keeps_nan(bound):
    assert math.isnan(activate(bound, math.nan))


@named(ACTIVATIONS)
def test_activation_at_zero(bound):
    y, dy = activate(bound, 0.0), slopes(bound, 0.0)[0]
    assert y == pytest.approx(activate(bound, 1e-9), abs=1e-8)
    left, right = slopes(bound, -1e-9)[0], slopes(bound, 1e-9)[0]
    assert min(left, right) - 1e-8 <= dy <= max(left, right) + 1e-8


@named(ACTIVATIONS)
def test_activation_in_single_precision(bound):
    """From the smallest to the largest float32, in float32 arithmetic: no NaN, close to double precision."""
    exponents = np.linspace(-45, 38.5, 200)
    for x in np.concatenate([-(10**exponents), 10**exponents, np.linspace(-20, 20, 101)]).astype(np.float32):
        values = {n: np.float32(v) for n, v in bound.values.items()}
        with np.errstate(all="ignore"):
            y = bound.part.f(x, *values.values())
            dy = bound.part.derivative(x, np.float32(y), *values.values())
        dy = dy if isinstance(dy, tuple) else (dy,)
        exact = activate(bound, float(x))
        assert y == pytest.approx(exact, rel=1e-5, abs=1e-6)
        assert np.asarray(dy, float) == pytest.approx(slopes(bound, float(x)), rel=1e-5, abs=1e-5)


ORACLES = {
    "identity": lambda x: x,
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


@pytest.mark.parametrize("name", ORACLES)
def test_activation_against_numpy_and_scipy(name):
    bound = registry.resolve("activation", name)
    x = np.concatenate([POINTS, np.linspace(-60, 60, 41)])
    assert [activate(bound, v) for v in x] == pytest.approx(ORACLES[name](x), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("choice", "operator", "attributes"),
    [
        ("sigmoid", "Sigmoid", {}),
        ("tanh", "Tanh", {}),
        ("relu", "Relu", {}),
        ("softplus", "Softplus", {}),
        ("softsign", "Softsign", {}),
        ("leaky_relu", "LeakyRelu", {}),
        ("leaky_relu:slope=0.2", "LeakyRelu", {"alpha": 0.2}),
        ("elu:alpha=1.5", "Elu", {"alpha": 1.5}),
        ("selu", "Selu", {}),
        ("gelu", "Gelu", {}),
        ("gelu_tanh", "Gelu", {"approximate": "tanh"}),
        ("mish", "Mish", {}),
        ("hard_sigmoid", "HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
        ("hard_swish", "HardSwish", {}),
    ],
)
def test_activation_against_onnx(choice, operator, attributes):
    bound = registry.resolve("activation", choice)
    x = POINTS.astype(np.float32)
    (expected,) = onnx_run(operator, [x], 1, **attributes)
    assert [activate(bound, float(v)) for v in x] == pytest.approx(expected, rel=1e-5, abs=2e-6)


def onnx_run(operator: str, inputs: list, outputs: int, domain: str = "", version: int = 22, **attributes):
    """ONNX's reference evaluator on one node; inputs: arrays."""
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    kinds = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}
    inputs = [np.asarray(value) for value in inputs]
    names = [f"i{k}" for k in range(len(inputs))]
    node = helper.make_node(operator, names, [f"o{k}" for k in range(outputs)], domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(n, kinds[str(v.dtype)], v.shape) for n, v in zip(names, inputs, strict=True)],
        [helper.make_tensor_value_info(f"o{k}", TensorProto.FLOAT, None) for k in range(outputs)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, version)])
    return ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))


def test_relu_takes_the_derivative_at_zero_that_was_chosen():
    for value in (0.0, 0.5, 1.0):
        assert slopes(registry.get("activation", "relu")(at_zero=value), 0.0) == (value,)
    with pytest.raises(UsageError, match="at_zero = 2 is not allowed: it must be a number at least 0 and at most 1"):
        registry.get("activation", "relu")(at_zero=2)


def test_selu_keeps_mean_and_variance():
    """Its constants are the fixed point: standard normal in, mean 0 and variance 1 out."""
    x, w = np.polynomial.hermite_e.hermegauss(200)
    y = np.array([activate(registry.resolve("activation", "selu"), v) for v in x])
    w /= w.sum()
    assert [w @ y, w @ y**2] == pytest.approx([0, 1], abs=1e-3)


def fill(bound: Bound, x) -> list[float]:
    y = [math.nan] * len(x)
    assert bound.part.f(list(x), y, *bound.values.values()) is None
    return y


@pytest.mark.parametrize("n", [1, 2, 10, 17, 33])
def test_softmax(n):
    bound = registry.resolve("activation", "softmax")
    x = np.random.default_rng(n).normal(scale=5, size=n)
    assert fill(bound, x) == pytest.approx(special.softmax(x), rel=1e-12)
    assert fill(bound, x + 1e6) == pytest.approx(special.softmax(x), rel=1e-8)
    assert fill(bound, np.where(x == x.max(), 3e38, x)) == pytest.approx((x == x.max()) * 1.0)
    assert np.isnan(fill(bound, [math.nan, *x])).all() and np.isnan(fill(bound, [*x, math.nan])).all()
    if n > 1:
        assert fill(bound, [*x, -math.inf]) == pytest.approx([*special.softmax(x), 0.0])


@named(ROW_ACTIVATIONS)
@pytest.mark.parametrize("n", [1, 3, 17])
def test_row_derivative_is_the_transposed_jacobian(bound, n):
    rng = np.random.default_rng(n)
    x, dy, dx = rng.normal(size=n), rng.normal(size=n), np.full(n, np.nan)
    assert bound.part.derivative(x, fill(bound, x), dy, dx, *bound.values.values()) is None
    for j in range(n):
        numeric = central(lambda v, j=j: np.dot(dy, fill(bound, [*x[:j], v, *x[j + 1 :]])), x[j])
        assert dx[j] == pytest.approx(numeric, abs=1e-8)


# losses

TARGETS = {
    "real": (-2.3, 0.0, 1.7),
    "positive": (0.2, 1.0, 9.0),
    "count": (0.0, 1.0, 7.0),
    "binary": (0.0, 1.0, 0.25),
    "sign": (-1.0, 1.0),
}


def lose(bound: Bound, prediction, target) -> float:
    return bound.part.f(prediction, target, *bound.values.values())


def loss_slope(bound: Bound, prediction: float, target: float) -> float:
    return bound.part.gradient(prediction, target, *bound.values.values())


@named(LOSSES)
def test_gradient_is_that_of_the_loss(bound):
    for x, t in itertools.product(POINTS, TARGETS[bound.part.target]):
        numeric = central(lambda x, t=t: lose(bound, x, t), x)
        assert loss_slope(bound, x, t) == pytest.approx(numeric, rel=1e-6, abs=1e-7)


@named(LOSSES)
def test_loss_at_the_ends(bound):
    """Infinite predictions: the limit of the loss, which is what it is far out or infinite; never NaN."""
    for sign, t in itertools.product((-1.0, 1.0), TARGETS[bound.part.target]):
        far, beyond = lose(bound, sign * 600.0, t), lose(bound, sign * math.inf, t)
        assert beyond == (pytest.approx(far, abs=1e-12) if abs(far) < 1 else math.inf)
        assert not math.isnan(loss_slope(bound, sign * math.inf, t))
        for huge in HUGE:
            assert not math.isnan(lose(bound, sign * huge, t))
            assert not math.isnan(loss_slope(bound, sign * huge, t))
            with np.errstate(all="ignore"):
                single = lose(bound, np.float32(sign * min(huge, 3e38)), np.float32(t))
            assert not math.isnan(single)


@named(LOSSES)
def test_loss_keeps_nan(bound):
    for t in TARGETS[bound.part.target]:
        assert math.isnan(lose(bound, math.nan, t))
        assert math.isnan(lose(bound, t, math.nan)) and math.isnan(lose(bound, -0.3, math.nan))


@named(LOSSES)
def test_loss_has_one_minimum(bound):
    """What makes a function a loss: going away from the best prediction never lowers it."""
    for t in TARGETS[bound.part.target]:
        values = np.array([lose(bound, x, t) for x in np.linspace(-8, 8, 401)])
        steps = np.sign(np.diff(values).round(12))
        assert (np.diff(steps[steps != 0]) >= 0).all()


def test_losses_against_scipy():
    rng = np.random.default_rng(0)
    x, t = rng.normal(scale=3, size=(2, 100))

    def ours(choice, target):
        bound = registry.resolve("loss", choice)
        return [lose(bound, a, b) for a, b in zip(x, target, strict=True)]

    assert ours("mse", t) == pytest.approx((x - t) ** 2)
    assert ours("mae", t) == pytest.approx(abs(x - t))
    assert ours("huber", t) == pytest.approx(special.huber(1, x - t))
    assert ours("huber:delta=0.3", t) == pytest.approx(special.huber(0.3, x - t))
    assert ours("log_cosh", t) == pytest.approx(np.log(np.cosh(x - t)))
    assert ours("quantile", t) == pytest.approx(abs(x - t) / 2)
    assert ours("quantile:quantile=0.9", t) == pytest.approx(np.maximum(0.9 * (t - x), 0.1 * (x - t)))
    labels = (t > 0) * 1.0
    assert ours("binary_cross_entropy", labels) == pytest.approx(-np.log(special.expit((2 * labels - 1) * x)))
    assert ours("hinge", 2 * labels - 1) == pytest.approx(np.maximum(1 - (2 * labels - 1) * x, 0))
    counts = rng.poisson(2.0, 100) * 1.0
    assert ours("poisson", counts) == pytest.approx(np.exp(x) - counts * x)


@pytest.mark.parametrize("error", [1e-3, 1e-5, 1e-7])
def test_log_cosh_is_accurate_near_its_minimum(error):
    assert lose(registry.resolve("loss", "log_cosh"), error, 0.0) == pytest.approx(error**2 / 2, rel=1e-6, abs=1e-20)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("n", [1, 2, 10, 33])
def test_cross_entropy_is_pytorchs_definition(n, smoothing):
    rng = np.random.default_rng(n)
    bound = registry.resolve("loss", f"cross_entropy:label_smoothing={smoothing}")
    logits, target = rng.normal(scale=4, size=n), int(rng.integers(n))
    wanted = (1 - smoothing) * np.eye(n)[target] + smoothing / n
    assert lose(bound, logits, target) == pytest.approx(-wanted @ special.log_softmax(logits), abs=1e-12)
    out = np.full(n, np.nan)
    value = bound.part.gradient(logits, target, out, smoothing)
    assert value == pytest.approx(lose(bound, logits, target), abs=1e-12)
    assert out == pytest.approx(special.softmax(logits) - wanted, abs=1e-12)
    assert lose(bound, logits + 1e8, target) == pytest.approx(lose(bound, logits, target), abs=1e-6)


def test_cross_entropy_against_onnx():
    rng = np.random.default_rng(5)
    logits, targets = rng.normal(size=(31, 7)).astype(np.float32), rng.integers(7, size=31)
    (expected,) = onnx_run("SoftmaxCrossEntropyLoss", [logits, targets], 1, version=13, reduction="none")
    bound = registry.resolve("loss", "cross_entropy")
    ours = [lose(bound, row.astype(float), int(t)) for row, t in zip(logits, targets, strict=True)]
    assert ours == pytest.approx(expected, rel=1e-5)


@named(ROW_LOSSES)
@pytest.mark.parametrize("n", [1, 2, 17])
def test_row_gradient_is_that_of_the_loss(bound, n):
    rng = np.random.default_rng(n)
    row, out = rng.normal(size=n), np.full(n, np.nan)
    target = int(rng.integers(n)) if bound.part.target == "class" else rng.random(n)
    value = bound.part.gradient(row, target, out, *bound.values.values())
    assert value == pytest.approx(lose(bound, row, target), abs=1e-12)
    for j in range(n):
        numeric = central(lambda v, j=j: lose(bound, [*row[:j], v, *row[j + 1 :]], target), row[j])
        assert out[j] == pytest.approx(numeric, abs=1e-8)


def test_cross_entropy_at_the_ends():
    bound = registry.resolve("loss", "cross_entropy")
    assert lose(bound, [0.0, -math.inf, 0.0], 0) == pytest.approx(math.log(2))
    assert lose(bound, [0.0, -math.inf], 1) == math.inf
    assert lose(bound, [3e38, -3e38, 0.0], 0) == 0.0
    assert lose(bound, [3e38, -3e38, 0.0], 1) == pytest.approx(6e38)
    for row in ([math.nan, 1.0], [1.0, math.nan]):
        assert math.isnan(lose(bound, row, 0)) and math.isnan(lose(bound, row, 1))
        out = [0.0, 0.0]
        assert math.isnan(bound.part.gradient(row, 0, out, 0.0)) and np.isnan(out).all()


# optimizers


def choices(bound: Bound) -> list[Bound]:
    """The optimizer under every combination of its compile-time parameters."""
    declared = {n: p.choices for n, p in bound.part.declared.items() if p.compile_time}
    return [bind(bound.part, dict(zip(declared, c, strict=True))) for c in itertools.product(*declared.values())]


def run(bound: Bound, p: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The rule in plain Python, number by number: parameters after every step."""
    p = [float(v) for v in p]
    states = [list(bound.part.state.values()) for _ in p]
    trajectory = []
    for t, g in enumerate(gradients, 1):
        scalars = bound.part.scalar_values(t, bound.values)
        for k in range(len(p)):
            p[k], *states[k] = bound.part.f(p[k], float(g[k]), *states[k], *bound.values.values(), *scalars)
        trajectory.append(list(p))
    return np.array(trajectory)


RUNS = [c for b in OPTIMIZERS for c in choices(b)]


@named(RUNS)
def test_optimizer_against_its_reference_rule(bound):
    rng = np.random.default_rng(50)
    p = rng.normal(size=17)
    gradients = rng.normal(size=(50, 17)) * 10.0 ** rng.integers(-4, 3, size=17)
    expected = np.array(list(RULES[bound.name](p, gradients, **bound.values)))
    ours = run(bound, p, gradients)
    assert ours == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert (ours[-1] != p).all()


@named(RUNS)
def test_optimizer_with_other_hyperparameters(bound):
    rng = np.random.default_rng(51)
    others = {"lr": 0.05, "momentum": 0.7, "beta1": 0.6, "beta2": 0.95, "rho": 0.8, "eps": 1e-3}
    others |= {"weight_decay": 0.2, "momentum_decay": 0.5}
    bound = bind(bound.part, {**bound.values, **{n: v for n, v in others.items() if n in bound.values}})
    p, gradients = rng.normal(size=5), rng.normal(size=(50, 5))
    expected = np.array(list(RULES[bound.name](p, gradients, **bound.values)))
    assert run(bound, p, gradients) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@named(RUNS)
def test_optimizer_finds_the_bottom_of_a_bowl(bound):
    bound = bind(bound.part, {**bound.values, "lr": 1.0 if bound.name == "adadelta" else 0.02})
    p, states = 1.0, list(bound.part.state.values())
    for t in range(1, 1501):
        scalars = bound.part.scalar_values(t, bound.values)
        p, *states = bound.part.f(p, 2.0 * p, *states, *bound.values.values(), *scalars)
    assert abs(p) < 0.1


@named(RUNS)
def test_optimizer_shows_a_gradient_of_nan(bound):
    result = run(bound, np.ones(1), np.array([[1.0], [math.nan], [1.0]]))
    assert not np.isnan(result[0]).any() and np.isnan(result[1:]).all()


@named(RUNS)
def test_optimizer_with_a_gradient_of_zero_stays(bound):
    """But for weight decay, which is told apart."""
    values = {n: (0.0 if n == "weight_decay" else v) for n, v in bound.values.items()}
    assert (run(bind(bound.part, values), np.ones(2), np.zeros((5, 2))) == 1.0).all()


def test_gd_is_for_whole_data_sets_only():
    assert {b.name for b in OPTIMIZERS if b.part.batch == "full"} == {"gd"}


@pytest.mark.parametrize(("mode", "name"), [("standard", "momentum"), ("nesterov", "nesterov")])
def test_momentum_against_onnx(mode, name):
    rng = np.random.default_rng(1)
    x, gradients = rng.normal(size=5), rng.normal(size=(50, 5))
    ours, v = run(registry.get("optimizer", name)(lr=0.01), x, gradients), np.zeros(5)
    options = {"alpha": 0.9, "beta": 1.0, "norm_coefficient": 0.0, "mode": mode}
    for t, g in enumerate(gradients):
        x, v = training_step("Momentum", [0.01, t, x, g, v], 2, **options)
        assert ours[t] == pytest.approx(x, rel=1e-6)


def test_adagrad_against_onnx():
    rng = np.random.default_rng(2)
    x, gradients = rng.normal(size=5), rng.normal(size=(50, 5))
    ours, h = run(registry.get("optimizer", "adagrad")(eps=1e-3), x, gradients), np.zeros(5)
    options = {"decay_factor": 0.0, "epsilon": 1e-3, "norm_coefficient": 0.0}
    for t, g in enumerate(gradients):
        x, h = training_step("Adagrad", [0.01, t, x, g, h], 2, **options)
        assert ours[t] == pytest.approx(x, rel=1e-6)


def test_adam_against_onnx():
    """ONNX has epsilon hat: eps sqrt(1 - beta2^t) there is eps here."""
    rng = np.random.default_rng(3)
    x, gradients = rng.normal(size=5), rng.normal(size=(50, 5))
    ours = run(registry.get("optimizer", "adam")(lr=0.01, eps=1e-3), x, gradients)
    v, h = np.zeros(5), np.zeros(5)
    for t, g in enumerate(gradients, 1):
        options = {"alpha": 0.9, "beta": 0.999, "epsilon": 1e-3 * math.sqrt(1 - 0.999**t)}
        x, v, h = training_step("Adam", [0.01, t, x, g, v, h], 3, **options)
        assert ours[t - 1] == pytest.approx(x, rel=1e-6)


def training_step(operator: str, inputs: list, outputs: int, **attributes) -> list[np.ndarray]:
    """One step of an optimizer of ONNX, in float64 but for the attributes, which are float32."""
    rate, step, *rest = inputs
    arrays = [np.array(rate), np.array(step, np.int64), *rest]
    return onnx_run(operator, arrays, outputs, "ai.onnx.preview.training", 1, **attributes)


def test_lecture_forms():
    """AdaGrad and "AdaDelta" with epsilon inside of the root, one step by hand."""
    adagrad = registry.resolve("optimizer", "adagrad:lr=0.5,eps=0.01,eps_inside=true")
    assert run(adagrad, np.array([1.0]), np.array([[0.3]]))[0, 0] == pytest.approx(
        1 - 0.5 / math.sqrt(0.01 + 0.09) * 0.3
    )
    adadelta = registry.resolve("optimizer", "rmsprop:lr=0.5,rho=0.9,eps=0.01,eps_inside=true")
    assert run(adadelta, np.array([1.0]), np.array([[0.3]]))[0, 0] == pytest.approx(
        1 - 0.5 / math.sqrt(0.1 * 0.09 + 0.01) * 0.3
    )


def test_scalars_stay_cheap_and_finite_after_a_million_steps():
    for bound in OPTIMIZERS:
        assert all(math.isfinite(s) for s in bound.part.scalar_values(10**6, bound.values))
    calls = 0

    class Counting(float):
        def __mul__(self, other):
            nonlocal calls
            calls += 1
            return Counting(float(self) * other)

    nadam = registry.get("optimizer", "nadam")
    nadam.scalars(10**6, 2e-3, Counting(0.9), 0.999, 4e-3)
    assert calls < 1000


def test_nadams_product_may_end_early():
    """Where the product no longer matters, the scalars equal those of the whole product."""
    bound = registry.resolve("optimizer", "nadam")
    rng = np.random.default_rng(0)
    p, gradients = rng.normal(size=1), rng.normal(size=(300, 1))
    expected = np.array(list(RULES["nadam"](p, gradients, **bound.values)))
    assert run(bound, p, gradients) == pytest.approx(expected, rel=1e-12)


def test_radam_without_enough_memory_is_never_rectified():
    bound = registry.resolve("optimizer", "radam:beta2=0.5")
    assert {bound.part.scalar_values(t, bound.values)[1] for t in range(1, 100)} == {0.0}


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        ("sgd:lr=-1", "a number at least 0"),
        ("momentum:momentum=-0.1", "a number at least 0"),
        ("nesterov:momentum=0", "a number above 0"),
        ("adam:beta1=1", "a number at least 0 and below 1"),
        ("adam:beta2=-0.1", "a number at least 0 and below 1"),
        ("adamw:weight_decay=-1", "a number at least 0"),
        ("adadelta:rho=1.1", "a number at least 0 and at most 1"),
        ("adagrad:eps=-1", "a number at least 0"),
        ("rmsprop:centered=2", "one of false, true"),
    ],
)
def test_what_pytorch_rejects_is_rejected(choice, allowed):
    with pytest.raises(UsageError, match=f"is not allowed: it must be {allowed}"):
        registry.resolve("optimizer", choice)


# initializers


def draw(choice, shape: tuple[int, ...], seed: int = 0, fans: tuple[int, int] = (300, 200)) -> np.ndarray:
    bound = registry.resolve("initializer", choice)
    return bound.part.f(np.random.default_rng(seed), shape, *fans, **bound.values)


@named(INITIALIZERS)
def test_initializer_has_shape_and_dtype_and_follows_the_seed(bound):
    for shape in ((1, 1), (17, 33), (33, 17), (5,)):
        if bound.name == "orthogonal" and len(shape) == 1:
            continue
        fans = (shape[0], shape[-1])
        first, again, other = (draw(bound, shape, seed, fans) for seed in (1, 1, 2))
        assert first.shape == shape and first.dtype == np.float64 and np.isfinite(first).all()
        assert (first == again).all()
        assert len(np.unique(first)) == 1 or (first != other).any()


@pytest.mark.parametrize(
    ("choice", "mean", "variance"),
    [
        ("zeros", 0, 0),
        ("ones", 1, 0),
        ("constant:value=-0.5", -0.5, 0),
        ("uniform", 0.5, 1 / 12),
        ("uniform:low=-3,high=1", -1, 16 / 12),
        ("normal", 0, 1),
        ("normal:mean=2,std=0.1", 2, 0.01),
        ("truncated_normal", 0, 0.7737413),
        ("xavier_uniform", 0, 2 / 500),
        ("xavier_normal:gain=3", 0, 9 * 2 / 500),
        ("he_uniform", 0, 2 / 300),
        ("he_normal", 0, 2 / 300),
        ("kaiming_normal:slope=1", 0, 1 / 300),
        ("lecun_normal", 0, 1 / 300),
        ("orthogonal:gain=2", 0, 4 / 300),
    ],
)
def test_initializer_has_its_mean_and_variance(choice, mean, variance):
    w = draw(choice, (300, 200))
    assert w.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / w.size) + 1e-15)
    assert w.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize(
    ("choice", "low", "high"),
    [
        ("uniform", 0, 1),
        ("uniform:low=-3,high=1", -3, 1),
        ("truncated_normal", -2, 2),
        ("truncated_normal:mean=1,std=2,low=0.5,high=0.9", 0.5, 0.9),
        ("xavier_uniform:gain=2", -2 * math.sqrt(6 / 500), 2 * math.sqrt(6 / 500)),
        ("he_uniform", -math.sqrt(6 / 300), math.sqrt(6 / 300)),
    ],
)
def test_initializer_fills_its_limits(choice, low, high):
    w = draw(choice, (300, 200))
    assert low <= w.min() < low + 0.01 * (high - low) and high - 0.01 * (high - low) < w.max() <= high


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (33, 17), (31, 31)])
def test_orthogonal_is_orthogonal(shape):
    w = draw("orthogonal:gain=2", shape) / 2
    product = w @ w.T if shape[0] <= shape[1] else w.T @ w
    assert product == pytest.approx(np.eye(min(shape)), abs=1e-12)
    assert w.flags.c_contiguous


def test_orthogonal_is_evenly_distributed():
    """Over many draws the mean of each entry is 0, which without the signs it is not."""
    draws = np.array([draw("orthogonal", (3, 3), seed) for seed in range(2000)])
    assert abs(draws.mean(axis=0)).max() < 5 / math.sqrt(3 * 2000)


@pytest.mark.parametrize(
    ("choice", "shape", "message"),
    [
        ("orthogonal", (5,), r"shape \(5,\) is not allowed"),
        ("uniform:low=2,high=1", (5,), "low = 2 is not allowed: it must be at most high = 1"),
        ("truncated_normal:low=8,high=9", (5,), "at least 1% of the normal distribution"),
        ("truncated_normal:low=1,high=-1", (5,), "at least 1% of the normal distribution"),
    ],
)
def test_initializer_refuses(choice, shape, message):
    with pytest.raises(UsageError, match=message):
        draw(choice, shape)


# all parts


BUILT_IN = [part for part, owner in registry.parts() if owner == "built in"]


@pytest.mark.parametrize("part", BUILT_IN, ids=[p.name for p in BUILT_IN])
def test_every_part_is_documented_with_its_source(part):
    module = sys.modules[part.f.__module__]
    assert module.__name__.rpartition(".")[2] == part.name
    assert module.__doc__
    assert part.kind == "initializer" or part.name == "identity" or "Source:" in module.__doc__


@pytest.mark.parametrize("part", BUILT_IN, ids=[p.name for p in BUILT_IN])
def test_every_part_has_its_own_derivative(part):
    if isinstance(part, Activation):
        assert part.derivative is not None
    if isinstance(part, Loss):
        assert part.gradient is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activation("my relu", abs), "'my relu' is not a name for activation"),
        (lambda: Activation("a", 3), "needs a function, not 3"),
        (
            lambda: Activation("a", lambda x: x, parameters={"slope": "steep"}),
            "default 'steep' must be a finite",
        ),
        (lambda: Activation("a", lambda x: x, parameters={"slope": 1}), r"must take \(x, slope\)"),
        (lambda: Activation("a", lambda x, p: x, parameters={"p": 1}, trainable=("q",)), "trainable 'q'"),
        (lambda: Activation("a", lambda x, y: y, rowwise=True, derivative=lambda x, y: x), "must take"),
        (lambda: Loss("l", lambda p, t: p, target="word"), "Unknown target 'word'"),
        (lambda: Loss("l", lambda p, t: p, target="class"), "declare it rowwise=True"),
        (lambda: Initializer("i", lambda rng, shape: 0), r"must take \(rng, shape, fan_in, fan_out\)"),
        (
            lambda: Initializer("i", lambda rng, shape, fan_in, fan_out, b: 0, parameters={"a": 1}),
            "must take",
        ),
        (lambda: Optimizer("o", lambda p, g, lr: p), r"must take \(p, g, m, lr\)"),
        (lambda: Optimizer("o", lambda p, g, m, lr: p, batch="half"), "Unknown batch 'half'"),
        (lambda: Optimizer("o", lambda p, g, m, lr: p, scalars=lambda t, rho: t), "Unknown parameter 'rho'"),
        (lambda: Parameter(2.0, below=1.0), "default 2.0 must be a number below 1"),
        (lambda: Parameter("up", choices=("left", "right")), "must be one of left, right"),
    ],
)
def test_a_part_that_cannot_work_is_refused(make, message):
    with pytest.raises(PluginError, match=message):
        make()


@pytest.mark.parametrize("spec", ["relu", "leaky_relu:slope=0.2", "adam:beta1=0.8,amsgrad=true", "selu:alpha=1e-07"])
def test_a_bound_part_is_named_by_its_spec(spec):
    kind = "optimizer" if spec.startswith("adam") else "activation"
    assert registry.resolve(kind, spec).spec == spec
