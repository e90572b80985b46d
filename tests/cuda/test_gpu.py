"""What only a GPU can be asked, and the choice of tests for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from on_both import Case

from fastnn.cuda.devices import open_device
from fastnn.errors import DeviceError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gpu():
    device = open_device(0)
    yield device
    device.close()


@pytest.mark.gpu
def test_memory_comes_back_as_it_was_written(gpu):
    given, found = np.arange(1001, dtype="float32"), np.empty(1001, "float32")
    address = gpu.allocate(given.nbytes)
    gpu.write(address, given)
    gpu.read(address, found)
    assert np.array_equal(found, given)
    gpu.clear(address, given.nbytes)
    gpu.read(address, found)
    assert not found.any()
    gpu.release(address)


@pytest.mark.gpu
def test_too_much_memory_is_refused_with_both_numbers(gpu):
    with pytest.raises(DeviceError, match=r"is out of memory: 1,048,576\.0 MiB more are needed, .* MiB are free"):
        gpu.allocate(2**40)


@pytest.mark.gpu
def test_time_is_measured_on_the_device(gpu):
    begin = gpu.record()
    with Case().on("cuda") as program:
        program.train(Case().X, Case().y, np.arange(41), 1)
    assert 0.0 <= gpu.seconds(begin, gpu.record()) < 600.0


@pytest.mark.gpu
def test_a_gpu_that_does_not_exist():
    with pytest.raises(DeviceError, match="There is no GPU with the number 999"):
        open_device(999)


@pytest.mark.gpu
def test_two_trainings_give_equal_bits():
    case = Case(dropout=0.5, hidden=(65, 33), clip_norm=0.1)
    for one, other in zip(case.train("cuda", epochs=20)[1:], case.train("cuda", epochs=20)[1:], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.emulator
def test_the_tests_for_a_gpu_are_refused_without_one():
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/cuda", "--cuda=driver", "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert said.returncode == 4, said.stdout
    assert "--cuda=driver: The device 'cuda' cannot be used." in said.stderr


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("markers", "cuda", "toolkit", "runs"),
    [
        ({"toolkit"}, "emulator", True, True), ({"toolkit"}, "emulator", False, False),
        (set(), "emulator", False, True), ({"gpu"}, "emulator", True, False), ({"gpu"}, "driver", True, True),
        ({"toolkit"}, "driver", True, True), ({"toolkit", "emulator"}, "driver", True, False),
    ],
)  # fmt: skip
def test_which_tests_run(markers, cuda, toolkit, runs):
    from conftest import why_not

    assert (why_not(markers, cuda, toolkit) is None) == runs
