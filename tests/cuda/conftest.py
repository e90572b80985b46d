"""The tests of CUDA run on the emulator. Those that compile need the toolkit (`make test-cuda` installs it)."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

HAS_TOOLKIT = find_spec("numba_cuda") is not None


def pytest_collection_modifyitems(items):
    """Skip, and count, the tests that need the toolkit where it is not installed."""
    for item in items:
        if item.get_closest_marker("toolkit") and not HAS_TOOLKIT:
            item.add_marker(pytest.mark.skip(reason="needs the CUDA toolkit: make test-cuda"))


@pytest.fixture(autouse=True)
def emulator(monkeypatch):
    """The emulator stands behind the device 'cuda'."""
    monkeypatch.setenv("FASTNN_CUDA", "emulator")
