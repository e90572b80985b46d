"""The choice of vector instructions, and errors for invalid choices."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fastnn.cpu.machine import REQUIRED_FEATURES, vector_name
from fastnn.cpu.transpose import apply, order, stages
from fastnn.errors import DeviceError, UsageError

WIDE = "+sse2,+avx2,+fma,+avx512f,+avx512dq,+avx512vl"


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch):
    monkeypatch.delenv("FASTNN_VECTOR", raising=False)


@pytest.mark.parametrize(
    ("features", "name"),
    [(WIDE, "avx512"), ("+sse2,+avx2,+fma,-avx512f", "avx2"), ("+sse2,+avx", "generic"), ("", "generic")],
)
def test_the_widest_of_the_target_is_taken(features, name):
    assert vector_name(features) == name


@pytest.mark.parametrize("name", REQUIRED_FEATURES)
def test_narrower_vectors_on_request(monkeypatch, name):
    monkeypatch.setenv("FASTNN_VECTOR", name)
    assert vector_name(WIDE) == name


def test_an_unknown_name_is_refused_with_the_nearest(monkeypatch):
    monkeypatch.setenv("FASTNN_VECTOR", "avx521")
    with pytest.raises(UsageError, match=r"FASTNN_VECTOR=avx521.*mean 'avx512'.*avx2, avx512, generic"):
        vector_name(WIDE)


def test_what_the_machine_lacks_is_refused_with_what_it_has(monkeypatch):
    monkeypatch.setenv("FASTNN_VECTOR", "avx512")
    with pytest.raises(DeviceError, match=r"FASTNN_VECTOR=avx512.*Supported: avx2, generic"):
        vector_name("+avx2")


def test_a_compiler_that_is_switched_off_is_named():
    """By everything that computes; importing fastnn, as in a debugging session, is fine."""
    text = """
import numpy as np, fastnn
from fastnn import ops
net, x = fastnn.Network([2, 3, 1]), np.ones((4, 2))
for use in (
    lambda: fastnn.train(net, x, x[:, 0], loss="mse"), lambda: net.predict(x), lambda: net.forward(x, layers=True),
    lambda: fastnn.gradients(net, x, x[:, 0]), lambda: ops.matmul(x, x.T), lambda: ops.activation("tanh", x),
    lambda: ops.loss("mse", x, x), lambda: ops.optimizer("adam").step(x, x),
):
    try:
        use()
    except fastnn.DeviceError as error:
        assert "NUMBA_DISABLE_JIT=1" in str(error) and "unset it" in str(error)
        print(error.exit_code)
"""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, env=environment)
    assert done.stdout.split() == ["5"] * 8, done.stderr


@pytest.mark.parametrize(("lanes", "quad"), [(16, 4), (8, 4), (4, 4), (8, 2), (4, 2), (2, 2)])
def test_shuffles_transpose_a_block(lanes, quad):
    rows = [tuple((row, column) for column in range(lanes)) for row in range(lanes)]
    moved = apply(rows, stages(lanes, quad), lambda x, y, picked: tuple((x + y)[i] for i in picked))
    columns = [moved[place] for place in order(lanes, quad)]
    assert columns == [tuple((row, column) for row in range(lanes)) for column in range(lanes)]
