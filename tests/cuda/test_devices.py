"""The device 'cuda' where something is missing: the message says what, and how to install it."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from fastnn import Network
from fastnn.cuda import devices, driver
from fastnn.device import cuda_number, program
from fastnn.doctor import report
from fastnn.errors import DeviceError, UsageError

pytestmark = pytest.mark.emulator  # the drivers here are made up
LINE = 'pip install "fastnn[cuda]"'
OK, NONE, FULL, BROKEN = (SimpleNamespace(name=name) for name in ("CUDA_SUCCESS", "NONE", "FULL", "CUDA_ERROR_UNKNOWN"))


class Driver:
    """A driver of a version, with this number of GPUs."""

    CUresult = SimpleNamespace(CUDA_SUCCESS=OK, CUDA_ERROR_NO_DEVICE=NONE, CUDA_ERROR_OUT_OF_MEMORY=FULL)

    def __init__(self, version=13000, gpus=1, start=OK):
        self.version, self.gpus, self.start = version, gpus, start

    def cuDriverGetVersion(self):
        return OK, self.version

    def cuInit(self, flags):
        return (NONE if self.start is OK and not self.gpus else self.start,)

    def cuDeviceGetCount(self):
        return OK, self.gpus

    def cuMemAlloc(self, nbytes):
        return FULL, None

    def cuMemGetInfo(self):
        return OK, 2**20, 2**30


@pytest.fixture
def installed(monkeypatch):
    """A driver in the place of the installed one, with all packages there."""
    monkeypatch.setenv("FASTNN_CUDA", "driver")
    monkeypatch.setattr(devices, "_installed", lambda module: True)
    monkeypatch.setattr(driver, "version", lambda package: "13.0.1")
    return lambda fake: monkeypatch.setattr(driver, "_driver", lambda: fake)


@pytest.mark.parametrize(
    ("fake", "number", "words"),
    [
        (Driver(version=12040), 0, "too old: it supports CUDA 12"),
        (Driver(gpus=0), 0, "no GPU with the number 0: the driver found none"),
        (Driver(gpus=2), 2, "no GPU with the number 2: the driver found only 2, counted from 0"),
        (Driver(start=BROKEN), 0, "CUDA_ERROR_UNKNOWN"),
    ],
)
def test_a_driver_that_does_not_do(installed, fake, number, words):
    installed(fake)
    with pytest.raises(DeviceError, match=f"{re.escape(words)}.*{re.escape(LINE)}"):
        devices.check(number)


def test_a_driver_that_does(installed):
    installed(Driver(gpus=2))
    devices.check(1)


def test_no_driver(installed, monkeypatch):
    installed(None)

    def missing():
        raise RuntimeError("not found")

    monkeypatch.setattr(driver, "_driver", missing)
    with pytest.raises(DeviceError, match=r"libcuda was not found.*pip install"):
        devices.check(0)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(devices, "_installed", lambda module: module != "cuda.core")
    monkeypatch.setenv("FASTNN_CUDA", "driver")
    with pytest.raises(DeviceError, match=r"Not installed: cuda-core\..*" + re.escape(LINE)):
        devices.check(0)
    monkeypatch.setattr(devices, "_installed", lambda module: False)
    monkeypatch.setenv("FASTNN_CUDA", "emulator")
    with pytest.raises(DeviceError, match=r"Not installed: numba-cuda\. "):
        program(Network([2, 1]).plan, np.zeros(32, "float32"), "cuda")


def test_out_of_memory_says_what_was_needed_and_what_there_is(installed):
    installed(Driver())
    full = driver.Driver.__new__(driver.Driver)
    full.name = "A card"
    with pytest.raises(DeviceError, match=r"A card is out of memory: 2\.0 MiB more.*1\.0 MiB of 1,024\.0 MiB"):
        full.allocate(2**21)


def test_the_emulator_is_never_chosen_silently(monkeypatch):
    monkeypatch.delenv("FASTNN_CUDA")
    assert devices.backend() == "driver"
    monkeypatch.setenv("FASTNN_CUDA", "gpu")
    with pytest.raises(UsageError, match=r"FASTNN_CUDA = 'gpu'.*driver, emulator"):
        devices.check(0)


def test_the_emulator_has_one_gpu(monkeypatch):
    monkeypatch.setattr(devices, "_installed", lambda module: True)
    with pytest.raises(DeviceError, match="the emulator has one"):
        devices.check(1)


def test_names_of_devices():
    assert [cuda_number(name) for name in ("cpu", "auto", "cuda", "cuda:3")] == [None, None, 0, 3]


def test_doctor_reports_what_is_missing(installed):
    installed(Driver(gpus=0))
    found = dict(report()["CUDA"])
    assert found["FASTNN_CUDA"] == "driver"
    assert "found none" in found["training on CUDA"] and LINE in found["training on CUDA"]
