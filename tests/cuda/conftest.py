"""The tests of CUDA run on the emulator, or with --cuda=driver on a GPU.

Those that compile need the toolkit (`make test-cuda` installs it).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

HAS_TOOLKIT = find_spec("numba_cuda") is not None
HERE = Path(__file__).parent


def why_not(markers, cuda: str, has_toolkit: bool) -> str | None:
    """Why a test with these markers does not run, or None."""
    if "toolkit" in markers and not has_toolkit:
        return "needs the CUDA toolkit: make test-cuda"
    if "gpu" in markers and cuda == "emulator":
        return "needs a GPU: make test-gpu"
    if "emulator" in markers and cuda == "driver":
        return "says nothing about a GPU"
    return None


def pytest_collection_modifyitems(config, items):
    """Skip, and count, what cannot run here. Refuse to begin with --cuda=driver where there is no GPU."""
    cuda = config.getoption("--cuda")
    if cuda == "driver":
        refuse_without_gpu()
    for item in items:
        if HERE in item.path.parents:
            reason = why_not({mark.name for mark in item.iter_markers()}, cuda, HAS_TOOLKIT)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def refuse_without_gpu():
    """End the run if there is no GPU that could be used."""
    from fastnn.cuda.devices import check
    from fastnn.errors import DeviceError

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTNN_CUDA", "driver")
        try:
            check(0)
        except DeviceError as error:
            raise pytest.UsageError(f"--cuda=driver: {error}") from error


@pytest.fixture(autouse=True)
def backend(monkeypatch, pytestconfig):
    """What stands behind the device 'cuda'."""
    monkeypatch.setenv("FASTNN_CUDA", pytestconfig.getoption("--cuda"))
