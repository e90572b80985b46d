"""The device 'cuda' where something is missing: the message says what, and how to install it."""

from __future__ import annotations

import importlib
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from fastnn import Network, cost, train
from fastnn.cuda import code, devices, driver
from fastnn.cuda.context import Context
from fastnn.cuda.kernels.forward import product
from fastnn.device import choose, cuda_number, program
from fastnn.doctor import report
from fastnn.errors import DeviceError, UsageError
from fastnn.parts.registry import resolve
from fastnn.plan import network_plan, training_plan

pytestmark = pytest.mark.emulator  # the drivers here are made up
training = importlib.import_module("fastnn.training.prepared")
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


def test_gpus_that_are_hidden(installed, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    installed(Driver(gpus=1))
    words = (
        "no GPU with the number 7: the driver found only 1, counted from 0. CUDA_VISIBLE_DEVICES='3' hides the other"
    )
    with pytest.raises(DeviceError, match=re.escape(words)):
        devices.check(7)


class Card:
    """An opened device: a card with a compute capability."""

    form, name = "cubin", "A card"

    def __init__(self, capability):
        self.capability, self.closed, self.loaded = capability, False, b""

    def load(self, code, name, shared=0):
        self.loaded = code

    def close(self):
        self.closed = True


@pytest.mark.parametrize(
    ("capability", "wanted"),
    [
        ((7, 5), ((7, 5), True)), ((8, 9), ((8, 9), True)), ((9, 0), ((9, 0), True)), ((12, 1), ((12, 1), True)),
        ((9, 5), ((9, 0), False)), ((10, 1), ((10, 0), False)), ((13, 0), ((12, 1), False)),
    ],
)  # fmt: skip
def test_a_card_that_is_newer_than_the_compiler_gets_ptx(installed, monkeypatch, capability, wanted):
    assert code.target(capability) == wanted
    card, asked = Card(capability), []
    monkeypatch.setattr(code, "cubin", lambda variant, target: asked.append(target) or b"\x7fELF")
    monkeypatch.setattr(code, "ptx", lambda variant, target: asked.append(target) or ".version 9.0")
    Context(card).kernel(product("float32"))
    assert (asked, card.loaded == b"\x7fELF") == ([wanted[0]], wanted[1])
    installed(Driver())
    monkeypatch.setattr(devices, "_opened", lambda number: card)
    said = dict(devices.report())["training on CUDA"]
    assert said.startswith(f"possible: A card, compute capability {capability[0]}.{capability[1]}")
    assert ("newer than the compiler, so the driver finishes code for" in said) == (not wanted[1])


def test_a_card_that_is_too_old(installed, monkeypatch):
    card = Card((7, 0))
    installed(Driver())
    monkeypatch.setattr(devices, "_opened", lambda number: card)
    words = r"A card cannot be used\. It is too old: its compute capability is 7\.0, and the compiler needs 7\.5"
    with pytest.raises(DeviceError, match=words):
        devices.open_device(0)
    assert card.closed


def test_the_driver_loads_cubins_and_ptx_and_says_what_it_refuses(installed, monkeypatch):
    installed(Driver())

    class ObjectCode:
        def __init__(self, kind):
            self.kind = kind

        def get_kernel(self, name):
            if name == "absent":
                raise ValueError("CUDA_ERROR_NOT_FOUND")
            return self.kind, name

    made = SimpleNamespace(from_cubin=lambda code: ObjectCode("cubin"), from_ptx=lambda code: ObjectCode("ptx"))
    monkeypatch.setitem(sys.modules, "cuda", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "cuda.core", SimpleNamespace(ObjectCode=made))
    card = driver.Driver.__new__(driver.Driver)
    card.name = "A card"
    assert card.load(b"\x7fELF...", "forward") == ("cubin", "forward")
    assert card.load(b".version 9.0", "forward") == ("ptx", "forward")
    with pytest.raises(DeviceError, match="A card refused the kernel absent: CUDA_ERROR_NOT_FOUND"):
        card.load(b".version 9.0", "absent")


@pytest.mark.toolkit
def test_the_table_of_compute_capabilities_is_the_compilers():
    from numba import cuda  # noqa: F401
    from numba.cuda.cudadrv import nvrtc

    assert tuple(nvrtc.get_supported_ccs()) == code.KNOWN


LARGE, LECTURE = (512, 2048, 2048, 10), (13, 32, 1)


def a_plan(sizes, batch_size=256):
    parts = {"loss": resolve("loss", "mse"), "optimizer": resolve("optimizer", "adam")}
    activations = [resolve("activation", "relu")] * (len(sizes) - 1)
    return training_plan(network_plan(sizes, activations, "float32"), batch_size=batch_size, **parts)


@pytest.mark.parametrize(
    ("fake", "sizes", "batch_size", "threads", "chosen", "words"),
    [
        (Driver(), LARGE, 256, 2, "cuda", "the GPU is used. Estimated for a step: 18,870 µs on the CPU, 5,0"),
        (Driver(), LECTURE, 256, 1, "cpu", "the CPU is used. Estimated for a step: 3 µs on the CPU, 11 µs on"),
        (Driver(), LECTURE, 1000, 1, "cpu", "the CPU is used. Estimated for a step: 5 µs on the CPU, 17 µs on"),
        (Driver(), LECTURE, None, 1, "cpu", "the CPU is used. Estimated for a step: 5 µs on the CPU, 70 µs on"),
        (Driver(), LARGE, 256, 64, "cpu", "the CPU is used. Estimated"),
        (Driver(gpus=0), LARGE, 256, 2, "cpu", "no usable GPU. There is no GPU with the number 0: the driver found"),
        (Driver(version=12040), LARGE, 256, 2, "cpu", "no usable GPU. The NVIDIA driver is too old"),
    ],
)
def test_auto_takes_the_gpu_where_it_is_clearly_faster(installed, fake, sizes, batch_size, threads, chosen, words):
    installed(fake)
    found, note = choose("auto", a_plan(sizes, batch_size), 500, threads)
    assert found == chosen
    assert note.startswith("device auto: ") and words in note


def test_auto_never_picks_the_emulator():
    assert choose("auto", a_plan(LARGE), 256, 1) == (
        "cpu", "device auto: the CPU is used, because FASTNN_CUDA=emulator, and the emulator is never chosen",
    )  # fmt: skip
    assert choose("cpu", a_plan(LARGE), 256, 1) == ("cpu", None)


@pytest.mark.parametrize(("gpus", "wanted"), [(1, "cuda"), (0, "cpu")])
def test_a_training_asks_for_the_device_that_was_chosen(installed, monkeypatch, gpus, wanted):
    installed(Driver(gpus=gpus))
    asked, threads = [], []
    monkeypatch.setattr(cost, "step_on_cpu", lambda *arguments: threads.append(arguments[-1]) or 1.0)
    monkeypatch.setattr(training, "program", lambda *arguments: asked.append(arguments[2]) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train(Network([2, 1]), np.ones((9, 2)), np.ones(9), loss="mse", device="auto", threads=1)
    assert asked == [wanted] and threads == [1] * gpus  # the estimate is for the threads that would train


def test_the_estimates_for_the_cpu_fit_what_was_measured():
    """Microseconds with two threads from docs/design.md."""
    for sizes, rows, measured in (
        ((13, 32, 1), 32, 1.38), ((30, 64, 64, 2), 32, 6.09), ((64, 128, 10), 64, 11.4), ((784, 128, 10), 128, 134),
        ((784, 512, 256, 10), 128, 707), (LARGE, 256, 18267),
    ):  # fmt: skip
        assert 0.5 < cost.step_on_cpu(sizes, rows, "float32", 2) * 1e6 / measured < 2.0


def test_the_estimate_of_a_small_network_knows_that_a_norm_needs_one_more_meeting():
    plain, clipped = (cost.step_in_one_launch(LECTURE, 128, "float32", norm=norm) for norm in (False, True))
    assert clipped - plain == pytest.approx(cost.MEETING)


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
