"""Every kernel of the registry on odd shapes, with every check of the emulator, against its reference in NumPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from odd_shapes import ARGUMENTS, SHAPES, WIDE_SHAPES, Draw
from on_device import launch

from fastnn.cuda.registry import KERNELS
from fastnn.parts.registry import resolve

pytestmark = pytest.mark.toolkit
TOLERANCE = {"float32": 4e-6, "float64": 1e-13}
PARTS = {
    "forward": (None, resolve("activation", "prelu"), resolve("activation", "gelu")),
    "row_activation": (resolve("activation", "softmax"),),
    "loss": (resolve("loss", "mse"), resolve("loss", "cross_entropy")),
    "evaluation": (resolve("loss", "huber"), resolve("loss", "cross_entropy")),
    "wide_row_activation": (resolve("activation", "softmax"),),
    "wide_loss": (resolve("loss", "mse"), resolve("loss", "cross_entropy:label_smoothing=0.25")),
    "wide_evaluation": (resolve("loss", "huber"), resolve("loss", "cross_entropy:label_smoothing=0.25")),
    "steps": tuple(resolve("optimizer", name) for name in ("adadelta", "adagrad", "adamw", "rmsprop")),
    "update": (resolve("optimizer", "adam"), resolve("optimizer", "gd"), resolve("optimizer", "rmsprop")),
}
CASES = [
    (name, part, dtype)
    for name in KERNELS
    for number, part in enumerate(PARTS.get(name, (None,)))
    for dtype in TOLERANCE
    if name != "steps" or number % 2 == list(TOLERANCE).index(dtype)  # takes long; test_one_launch has more of it
]


def compare(entry, part, variant, given):
    """Launch a kernel, and compare what it leaves with its reference."""
    found = launch(variant, **given)
    exact = {
        name: np.asarray(value, "f8")
        if isinstance(value, np.ndarray) and name not in ("ids", "first_bad", "live", "table")
        else value
        for name, value in given.items()
    }
    wanted = entry.reference(part, exact)
    assert set(wanted) <= set(found)
    for name, numbers in wanted.items():
        close = TOLERANCE[variant.dtype] * (1.0 + np.abs(numbers).max(initial=0.0))
        np.testing.assert_allclose(found[name].reshape(np.shape(numbers)), numbers, rtol=0, atol=close, err_msg=name)


@pytest.mark.parametrize(("name", "part", "dtype"), CASES, ids=[f"{n}-{p.spec if p else ''}-{t}" for n, p, t in CASES])
def test_odd_shapes(name, part, dtype):
    entry = KERNELS[name]
    variants = list(entry.variants(part, dtype))
    for shape in SHAPES + WIDE_SHAPES * name.startswith("wide_"):
        for variant, given in zip(variants, ARGUMENTS[name](part, Draw(dtype, *shape), *shape), strict=True):
            compare(entry, part, variant, given)


def test_the_shapes_contain_all_pairs_of_sizes():
    for sizes in ((1, 17, 33), (15, 16, 17)):
        for axes in ((0, 1), (0, 2), (1, 2)):
            assert set(product(sizes, repeat=2)) <= {(s[axes[0]], s[axes[1]]) for s in SHAPES}


def test_every_kernel_has_arguments():
    assert set(ARGUMENTS) == set(KERNELS)
