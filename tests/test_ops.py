"""The kernels as functions of arrays: shapes, dtypes, strides, and arrays that do not fit."""

from __future__ import annotations

import itertools
import pickle
import threading

import numpy as np
import pytest

import fastnn
from fastnn import ops
from fastnn.cpu.multiply import multiply

RNG = np.random.default_rng(6)
DTYPES = ["float32", "float64"]
ROUNDING = {"float32": {"rtol": 1e-4, "atol": 1e-4}, "float64": {"rtol": 1e-12, "atol": 1e-12}}


def matrix(rows: int, columns: int, dtype="float64") -> np.ndarray:
    return RNG.normal(size=(rows, columns)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "sizes",
    [
        (5, 7, 3),
        (33, 17, 31),
        (1, 1, 1),
        (1, 1023, 2),
        (0, 3, 4),
        (3, 0, 4),
        (3, 4, 0),
        (130, 513, 1025),
        (801, 300, 49),
    ],
)
def test_products_and_their_transposes(sizes, dtype):
    m, k, n = sizes
    a, b, bias = matrix(m, k, dtype), matrix(k, n, dtype), matrix(1, n, dtype)[0]
    exact = a.astype(np.float64) @ b
    for flip_a, flip_b in itertools.product((False, True), repeat=2):
        left, right = (a.T.copy() if flip_a else a), (b.T.copy() if flip_b else b)
        flips = {"transpose_a": flip_a, "transpose_b": flip_b}
        found = ops.matmul(left, right, **flips)
        assert found.dtype == dtype and found.shape == (m, n) and found.flags.c_contiguous
        np.testing.assert_allclose(found, exact, **ROUNDING[dtype])
        np.testing.assert_allclose(ops.matmul(left, right, bias=bias, **flips), exact + bias, **ROUNDING[dtype])


def within_records(values: np.ndarray) -> np.ndarray:
    """An array whose strides are no multiples of its itemsize."""
    records = np.zeros(values.shape, [("skipped", "f4"), ("kept", "f8")])
    records["kept"] = values
    return records["kept"]


def unaligned(values: np.ndarray) -> np.ndarray:
    room = np.zeros(values.nbytes + 1, np.uint8)[1:].view(values.dtype).reshape(values.shape)
    room[...] = values
    return room


LAYOUTS = {
    "as it is": lambda x: x,
    "in Fortran order": np.asfortranarray,
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "with gaps": lambda x: np.repeat(np.repeat(x, 2, axis=0), 3, axis=1)[::2, ::3],
    "one row for all": lambda x: np.broadcast_to(x[:1], x.shape),
    "one column for all": lambda x: np.broadcast_to(x[:, :1], x.shape),
    "within records": within_records,
    "not aligned": unaligned,
    "read only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
}


@pytest.mark.parametrize("left", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("right", LAYOUTS.values(), ids=LAYOUTS)
def test_operands_of_any_layout(left, right):
    a, b = left(matrix(17, 9)), right(matrix(9, 5))
    np.testing.assert_allclose(ops.matmul(a, b), np.array(a) @ np.array(b), **ROUNDING["float64"])
    bias = right(matrix(3, 5))[1]
    np.testing.assert_allclose(ops.matmul(a, b, bias=bias), np.array(a) @ b + bias, **ROUNDING["float64"])


class Kept(np.ndarray):
    """A class of somebody's own."""


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_other_classes_and_dtype_objects(dtype, tmp_path):
    a, b, out = matrix(17, 9, dtype), matrix(9, 5, dtype), np.zeros((17, 5), dtype)
    exact = ops.matmul(a, b)
    assert (ops.matmul(a.view(Kept), b, out=out) == exact).all()
    mapped = np.memmap(tmp_path / "out", dtype, "w+", shape=(17, 5))
    assert ops.matmul(a, b.view(Kept), out=mapped) is mapped and (mapped == exact).all()
    for name in ("relu", "softmax"):
        ops.matmul(a, b, activation=name, out=mapped)
        assert (mapped == ops.activation(name, exact)).all() and (
            ops.activation(name, exact.view(Kept)) == mapped
        ).all()
    plain, kept = np.ones(5, dtype), np.ones(5, dtype).view(Kept)
    for p in (plain, kept):
        ops.optimizer("adam").step(p, np.ones(5, dtype).view(Kept))
    assert (plain == kept).all() and (plain < 1).all()
    described = np.dtype(dtype, metadata={"unit": "m"})
    assert described is not np.dtype(dtype) and described == np.dtype(dtype)
    assert (ops.matmul(a.astype(described), b, bias=np.zeros(5, described), out=out) == exact).all()
    with pytest.raises(fastnn.DataError, match="out must not overlap"):
        ops.matmul(a, a.T[:, :9].view(Kept), out=a)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_from_another_process_are_multiplied_as_they_are(dtype):
    """Their dtype is an object of its own; looked at in Python, a small product would take ten times as long."""
    own = matrix(17, 9, dtype), matrix(9, 5, dtype), matrix(1, 5, dtype)[0], np.zeros((17, 5), dtype)
    exact = ops.matmul(*own[:2], bias=own[2])
    sent = pickle.loads(pickle.dumps(own))
    assert all(x.dtype is not y.dtype for x, y in itertools.product(own, sent))
    for a, b, bias, out in itertools.product(*zip(own, sent, strict=True)):
        out[:] = np.nan
        assert multiply(a, b, bias, out)
        assert (out == exact).all()


def test_activation_and_out():
    a, b, out = matrix(17, 9), matrix(9, 5), np.full((17, 5), np.nan)
    assert ops.matmul(a, b, activation="relu", out=out) is out
    np.testing.assert_allclose(out, np.maximum(a @ b, 0), **ROUNDING["float64"])
    probabilities = ops.matmul(a, b, activation="softmax")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    with pytest.raises(fastnn.UsageError, match="Did you mean 'relu'"):
        ops.matmul(a, b, activation="rellu", out=out)
    np.testing.assert_allclose(out, np.maximum(a @ b, 0), **ROUNDING["float64"])  # nothing has been written


@pytest.mark.parametrize(
    ("a", "b", "more", "words"),
    [
        (matrix(5, 7), matrix(5, 7), {}, r"float64\(5, 7\) and float64\(5, 7\) cannot be multiplied"),
        (matrix(5, 7), matrix(7, 3, "float32"), {}, r"float64\(5, 7\) and float32\(7, 3\)"),
        (matrix(5, 7)[0], matrix(7, 3), {}, r"float64\(7,\) and float64\(7, 3\)"),
        ([[1.0]], matrix(1, 1), {}, "NumPy arrays, not list and ndarray"),
        (np.ones((2, 2), int), np.ones((2, 2), int), {}, "float32 or float64, not of int64"),
        (matrix(2, 2).astype(">f8"), matrix(2, 2).astype(">f8"), {}, "float32 or float64, not of >f8"),
        (matrix(2, 2) + 1j, matrix(2, 2) + 1j, {}, "not of complex128"),
        (matrix(5, 7), matrix(7, 3), {"bias": np.zeros(5)}, r"bias must be float64\(3,\), not float64\(5,\)"),
        (matrix(5, 7), matrix(7, 3), {"bias": np.zeros(3, "f4")}, r"bias must be float64\(3,\), not float32"),
        (matrix(5, 7), matrix(7, 3), {"bias": [0.0] * 3}, r"bias must be float64\(3,\), not a list"),
        (matrix(5, 7), matrix(7, 3), {"out": np.zeros((3, 5))}, r"out must be .* float64\(5, 3\), not float64\(3, 5\)"),
        (matrix(5, 7), matrix(7, 3), {"out": [[0.0] * 3] * 5}, r"out must be .* float64\(5, 3\), not a list"),
        (matrix(5, 7), matrix(7, 3), {"out": np.zeros(15)}, r"out must be .* not float64\(15,\)"),
        (matrix(5, 7), matrix(7, 1), {"bias": np.zeros((1, 1)), "out": np.zeros((5, 1))}, r"bias must be .*\(1,\)"),
        (matrix(5, 7), [[1.0]] * 7, {"out": np.zeros((5, 1))}, "NumPy arrays, not ndarray and list"),
        (None, None, {"out": None, "transpose_a": True}, "NumPy arrays, not NoneType and NoneType"),
        (matrix(5, 7), matrix(7, 3), {"out": np.zeros((3, 5)).T}, "out must be C-contiguous"),
        (matrix(5, 7), matrix(7, 3), {"out": np.zeros((5, 3), "f4")}, "out must be .* not float32"),
        (matrix(5, 7), matrix(7, 3), {"out": LAYOUTS["read only"](np.zeros((5, 3)))}, "out must be .*writeable"),
    ],
)
def test_products_that_do_not_fit(a, b, more, words):
    with pytest.raises(fastnn.DataError, match=words):
        ops.matmul(a, b, **more)


def test_out_must_not_be_an_operand():
    room = matrix(8, 4)
    for a, b, bias in (
        (room[:4], matrix(4, 4), None),
        (matrix(4, 4), room[:4].T, None),
        (room[3:7], matrix(4, 4), None),
        (matrix(4, 4), matrix(4, 4), room[0]),
    ):
        with pytest.raises(fastnn.DataError, match="out must not overlap"):
            ops.matmul(a, b, bias=bias, out=room[:4])
    ops.matmul(room[4:], matrix(4, 4), out=room[:4])  # neighbours do not overlap


def test_products_of_several_threads_at_once():
    a, b = matrix(65, 600), matrix(600, 33)
    expected, found = ops.matmul(a, b.T.copy().T), {}

    def work(number):
        found[number] = all((ops.matmul(a, b.T.copy().T) == expected).all() for _ in range(30))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: True, 1: True, 2: True}


@pytest.mark.parametrize("shape", [(), (0,), (1,), (17,), (3, 0), (2, 3, 5)])
def test_activations_of_any_shape(shape):
    x = RNG.normal(size=shape)
    y, slope = ops.activation("tanh", x), ops.activation_derivative("tanh", x)
    assert y.shape == slope.shape == shape
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-14)
    np.testing.assert_allclose(slope, 1 - np.tanh(x) ** 2, rtol=1e-12)


def test_activations_leave_their_input_and_its_dtype():
    x = np.array([-1.0, 2.0], "float32")
    assert ops.activation("leaky_relu", x, slope=0.5).tolist() == [-0.5, 2.0] and x.tolist() == [-1.0, 2.0]
    assert ops.activation("leaky_relu:slope=0.5", [-1, 2]).tolist() == [-0.5, 2.0]
    assert ops.activation_derivative("prelu", x, slope=-3.0).tolist() == [-3.0, 1.0]
    for given, dtype in (("float32", "float32"), (">f4", "float32"), ("float16", "float64"), ("int8", "float64")):
        assert ops.activation("relu", x.astype(given)).dtype == dtype
    assert ops.activation("softmax", np.zeros((2, 3, 4))).ravel().tolist() == [0.25] * 24


@pytest.mark.parametrize(
    ("x", "words"),
    [(["a"], "x holds <U1"), ([1j], "x holds complex128"), ([None], "x holds object"), ([[1], [1, 2]], "not an array")],
)
def test_activations_of_what_is_no_number(x, words):
    for apply in (ops.activation, ops.activation_derivative):
        with pytest.raises(fastnn.DataError, match=words):
            apply("relu", x)


def test_wrong_activations():
    with pytest.raises(fastnn.UsageError, match="Did you mean 'slope'"):
        ops.activation("leaky_relu", 1.0, slop=1)
    with pytest.raises(fastnn.UsageError, match="no elementwise derivative"):
        ops.activation_derivative("softmax", np.zeros(3))
    with pytest.raises(fastnn.DataError, match="works on rows"):
        ops.activation("softmax", 1.0)


@pytest.mark.parametrize("shape", [(), (5,), (4, 3), (2, 3, 4)])
def test_losses_of_any_shape(shape):
    p, y = RNG.normal(size=(2, *shape))
    assert ops.loss("mse", p, y) == pytest.approx(np.mean((p - y) ** 2))
    assert ops.loss("mse", p, y, reduction="sum") == pytest.approx(np.sum((p - y) ** 2))
    mean, total = ops.loss_gradient("mse", p, y), ops.loss_gradient("mse", p, y, reduction="sum")
    assert mean.shape == total.shape == shape
    np.testing.assert_allclose(total, 2 * (p - y), rtol=1e-14)
    np.testing.assert_allclose(mean, 2 * (p - y) / p.size, rtol=1e-14)


def test_losses_of_classes():
    logits, classes = matrix(4, 3), np.array([0, 2, 1, 1])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(p[range(4), classes])
    for target in (classes, classes.tolist(), classes[:, None], classes.astype(float)):
        assert ops.loss("cross_entropy", logits, target) == pytest.approx(expected.mean())
    assert ops.loss("cross_entropy", logits, classes, reduction="sum") == pytest.approx(expected.sum())
    gradient = ops.loss_gradient("cross_entropy", logits.reshape(2, 2, 3), classes.reshape(2, 2))
    np.testing.assert_allclose(gradient.reshape(4, 3), (p - np.eye(3)[classes]) / 4, rtol=1e-12)
    assert ops.loss("cross_entropy", logits[0], 0) == pytest.approx(expected[0])


@pytest.mark.parametrize(
    ("loss", "p", "y", "words"),
    [
        ("mse", matrix(4, 3), matrix(3, 4), r"target has shape \(3, 4\); for predictions of shape \(4, 3\)"),
        ("mse", matrix(4, 3), np.zeros(12), r"target has shape \(12,\)"),
        ("mse", matrix(4, 3), np.zeros((4, 1)), r"target has shape \(4, 1\)"),
        ("mse", ["a"], [1.0], "prediction holds <U1"),
        ("mse", [1.0], [1j], "target holds complex128"),
        ("mse", [[1], [1, 2]], [1.0], "prediction is not an array"),
        ("cross_entropy", matrix(4, 3), np.eye(3)[[0, 1, 2, 0]], r"target has shape \(4, 3\).* it must be \(4,\)"),
        ("cross_entropy", matrix(4, 3), [0, 1, 3, 0], "class numbers 0 ... 2"),
        ("cross_entropy", matrix(4, 3), [0, 1, -1, 0], "class numbers 0 ... 2"),
        ("cross_entropy", matrix(4, 3), [0, 1, 0.5, 0], "class numbers 0 ... 2"),
        ("cross_entropy", matrix(4, 3), [0, 1, np.nan, 0], "class numbers 0 ... 2"),
        ("cross_entropy", 1.0, 0, "works on rows"),
        ("cross_entropy", np.zeros((4, 0)), [0] * 4, "works on rows"),
    ],
)
def test_losses_that_do_not_fit(loss, p, y, words):
    for apply in (ops.loss, ops.loss_gradient):
        with pytest.raises(fastnn.DataError, match=words):
            apply(loss, p, y)
        with pytest.raises(fastnn.UsageError, match="reduction = 'none' is not allowed: it must be 'mean' or 'sum'"):
            apply("mse", 1.0, 1.0, reduction="none")


def test_initial_values():
    W = ops.initialize("he_normal", (300, 40), seed=3)
    assert W.shape == (300, 40) and W.std() == pytest.approx(np.sqrt(2 / 300), rel=0.05)
    assert (ops.initialize("he_normal", (300, 40), seed=3) == W).all()
    assert (ops.initialize("he_normal", (300, 40), seed=4) != W).all()
    assert ops.initialize("constant", (3,), value=2.5).tolist() == [2.5] * 3
    for shape in ((), 3, (0, 4), (3, -1), (1.5, 2), "ab", None):
        with pytest.raises(fastnn.UsageError, match="shape = "):
            ops.initialize("he_normal", shape)
    with pytest.raises(fastnn.UsageError, match="seed = -1"):
        ops.initialize("he_normal", (3, 4), seed=-1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop:centered=true"])
def test_updates_do_not_depend_on_where_arrays_lie(name, dtype):
    start, gradients = matrix(1, 1003, dtype)[0], matrix(4, 1003, dtype)
    expected = None
    for shift in range(0, 17, 3):
        rooms = np.full((2, 1003 + 17), 7, dtype)
        p, g = rooms[0, shift:][:1003], rooms[1, 16 - shift :][:1003]
        p[:] = start
        opt = ops.optimizer(name)
        for number, values in enumerate(gradients):
            g[:] = values
            opt.step(p if number != 2 else (p := p.copy()), g)
        expected = p.copy() if expected is None else expected
        np.testing.assert_array_equal(p, expected)
        assert (rooms[0, :shift] == 7).all() and (rooms[0, shift + 1003 :] == 7).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_optimizer_keeps_its_state(dtype):
    p, g = np.ones((3, 5), dtype), RNG.normal(size=(3, 5)).astype(dtype)
    expected, velocity = p.astype(float), 0.0
    opt = ops.optimizer("momentum", lr=0.1, momentum=0.8)
    for _ in range(4):
        assert opt.step(p, g) is None
        velocity = 0.8 * velocity + g
        expected -= 0.1 * velocity
    np.testing.assert_allclose(p, expected, rtol=1e-5 if dtype == "float32" else 1e-14)
    nothing = np.zeros(0, dtype)
    ops.optimizer("momentum").step(nothing, nothing)


@pytest.mark.parametrize(
    ("p", "g", "words"),
    [
        (np.zeros(3), np.zeros(2), r"parameters are float64\(3,\), gradients float64\(2,\)"),
        (np.zeros(3), np.zeros(3, "f4"), "same shape and dtype"),
        ([1.0], [1.0], "parameters are a list, gradients a list"),
        (np.zeros(3, "i4"), np.zeros(3, "i4"), "float32 or float64, not of int32"),
        (np.zeros(3, ">f8"), np.zeros(3, ">f8"), "not of >f8"),
        (np.zeros(6)[::2], np.zeros(3), "C-contiguous"),
        (LAYOUTS["read only"](np.zeros((1, 3))), np.zeros((1, 3)), "writeable"),
    ],
)
def test_steps_that_do_not_fit(p, g, words):
    with pytest.raises(fastnn.DataError, match=words):
        ops.optimizer("sgd").step(p, g)


def test_the_state_belongs_to_parameters_of_one_size_and_dtype():
    for first, second in (((4, "f4"), (4, "f8")), ((4, "f8"), (4, "f4")), ((4, "f8"), (5, "f8"))):
        opt = ops.optimizer("momentum")
        opt.step(np.zeros(*first), np.zeros(*first))
        with pytest.raises(fastnn.DataError, match="holds the state of"):
            opt.step(np.zeros(*second), np.zeros(*second))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["prelu", "leaky_relu:slope=0.2", "gelu"])
def test_activations_of_many_numbers_are_those_of_few(name, dtype):
    x = RNG.normal(size=(3, 2049)).astype(dtype)
    for f in (ops.activation, ops.activation_derivative):
        whole = f(name, x)
        assert whole.shape == x.shape and whole.dtype == dtype
        pieces = [f(name, x.reshape(-1)[i : i + 700]) for i in range(0, x.size, 700)]
        assert (whole.reshape(-1) == np.concatenate(pieces)).all()
