"""Which device stands behind ``--device cuda``: a GPU, or the emulator if FASTNN_CUDA says so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from fastnn.cuda.code import target
from fastnn.errors import DeviceError, FastnnError
from fastnn.limits import OneOf

VARIABLE, VISIBLE = "FASTNN_CUDA", "CUDA_VISIBLE_DEVICES"
BACKENDS = OneOf(("driver", "emulator"))
INSTALL = 'pip install "fastnn[cuda]"'
COMPILER = {"numba_cuda": "numba-cuda"}
PACKAGES = {**COMPILER, "cuda.core": "cuda-core", "cuda.bindings": "cuda-bindings"}
UNUSABLE = "The device 'cuda' cannot be used. "
ADVICE = f"CUDA needs an NVIDIA GPU, its driver (580 or newer), and: {INSTALL}. Or use the device 'cpu'."


class Device(Protocol):
    """What executes kernels: see :class:`fastnn.cuda.driver.Driver`."""

    form: str  # of the code that it loads: "cubin" or "ptx"
    name: str
    capability: tuple[int, int]
    multiprocessors: int

    def allocate(self, nbytes: int) -> int: ...

    def release(self, address: int) -> None: ...

    def write(self, address: int, numbers: np.ndarray) -> None: ...

    def read(self, address: int, numbers: np.ndarray) -> None: ...

    def clear(self, address: int, nbytes: int) -> None: ...

    def copy(self, target: int, source: int, nbytes: int) -> None: ...

    def load(self, code: bytes, name: str, shared: int = 0) -> Any: ...

    def launch(
        self, kernel: Any, grid: tuple[int, int], block: tuple[int, int], arguments: Sequence[Any], shared: int = 0,
        cooperative: bool = False,
    ) -> None: ...  # fmt: skip

    def record(self) -> Any: ...

    def seconds(self, begin: Any, end: Any) -> float: ...

    def synchronize(self) -> None: ...

    def close(self) -> None: ...


def backend() -> str:
    """Return "driver" or "emulator": the value of FASTNN_CUDA."""
    return BACKENDS(os.environ.get(VARIABLE) or "driver", VARIABLE)


def check(number: int) -> None:
    """Raise DeviceError, which says what is missing, if the device cannot be used."""
    chosen = backend()
    needed = PACKAGES if chosen == "driver" else COMPILER
    missing = [package for module, package in needed.items() if not _installed(module)]
    try:
        if missing:
            raise DeviceError(f"Not installed: {', '.join(missing)}.")
        if chosen == "driver":
            from fastnn.cuda.driver import available

            _require_number(number, available())
        elif number != 0:
            raise DeviceError(f"There is no GPU with the number {number}: the emulator has one, counted from 0.")
    except DeviceError as error:
        raise DeviceError(f"{UNUSABLE}{error} {ADVICE}") from error.__cause__


def has_compiler() -> bool:
    """Return whether kernels for CUDA can be compiled here. That needs no GPU."""
    return all(map(_installed, COMPILER))


def missing(error: DeviceError) -> str:
    """Return what an error of check() says is missing, without the advice."""
    return str(error).removeprefix(UNUSABLE).removesuffix(ADVICE).strip(" .")


def _require_number(number: int, count: int) -> None:
    """Raise DeviceError if there is no GPU with this number."""
    if number >= count:
        have = f"only {count}, counted from 0" if count else "none"
        visible = os.environ.get(VISIBLE)
        hidden = "" if visible is None else f" {VISIBLE}={visible!r} hides the other GPUs."
        raise DeviceError(f"There is no GPU with the number {number}: the driver found {have}.{hidden}")


def open_device(number: int) -> Device:
    """Return the device. Its number counts GPUs from 0, as CUDA_VISIBLE_DEVICES orders them."""
    check(number)
    device = _opened(number)
    try:
        target(device.capability)
    except DeviceError as error:
        device.close()
        raise DeviceError(f"{device.name} cannot be used. {error}") from None
    return device


def _opened(number: int) -> Device:
    if backend() == "emulator":
        from fastnn.cuda.emulator import Emulator

        return Emulator(number)
    from fastnn.cuda.driver import Driver

    return Driver(number)


def report() -> Iterator[tuple[str, str]]:
    """Return (name, finding) pairs about CUDA, for ``fastnn doctor``."""
    for package in PACKAGES.values():
        yield package, _version(package)
    try:
        yield "FASTNN_CUDA", backend()
        device = open_device(0)
        capability, (compiled, exact) = _dotted(device.capability), target(device.capability)
        newer = f"; newer than the compiler, so the driver finishes code for {_dotted(compiled)}"
        yield "training on CUDA", f"possible: {device.name}, compute capability {capability}{'' if exact else newer}"
        device.close()
    except FastnnError as error:
        yield "training on CUDA", str(error)


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False
