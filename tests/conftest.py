"""Fixtures for all tests. First: independence of the machine, its user and the order of the tests."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# Set before anything imports fastnn. Processes that tests start inherit it.
OWN = tempfile.mkdtemp(prefix="fastnn-tests-")
atexit.register(shutil.rmtree, OWN, ignore_errors=True)
os.environ["MPLCONFIGDIR"] = OWN  # not the user's settings of matplotlib
if not os.environ.get("FASTNN_CACHE_DIR"):
    os.environ["FASTNN_CACHE_DIR"] = os.path.join(OWN, "kernels")

# `make test` tries the same examples every time, however long they take. `make fuzz` tries new ones every time.
settings.register_profile(
    "fixed", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fuzz", settings.get_profile("fixed"), derandomize=False, max_examples=5000, print_blob=True
)  # fmt: skip
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-skipped", action="store_true", help="Fail a test that skips, unless it needs a GPU.")
    text = "What executes the tests of CUDA: the emulator, or the driver of a GPU."
    parser.addoption("--cuda", choices=("emulator", "driver"), default="emulator", help=text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With --nothing-skipped, a test that skips has failed: what was to be tested was not."""
    report = yield
    if report.skipped and item.config.getoption("--nothing-skipped") and not item.get_closest_marker("gpu"):
        report.outcome, report.longrepr = "failed", f"skipped: {report.longrepr}"
    return report


def pytest_sessionstart() -> None:
    """Hypothesis also tries constants of the modules loaded so far: then the order of the tests would matter."""
    if settings.default.derandomize:
        providers._get_local_constants = lambda: providers._local_constants  # which are none


@pytest.fixture(autouse=True)
def ctrl_c_interrupts():
    """SIGINT raises KeyboardInterrupt, here and in processes that tests start, also where it was ignored before.

    A shell ignores it for what runs in the background, and Python then leaves it ignored.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def write(tmp_path):
    """Write a file, "mine.py" if nothing else is said; returns its path."""

    def write(text: str | bytes, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution on the path, with one module of this source and an entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(distribution: str, text: str | None, entry: str = "", version: str = "1.0", name: str = "ep"):
        module = distribution.replace("-", "_")
        if text is not None:
            (site / f"{module}.py").write_text(text)
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[fastnn]\n{entry or f'{name} = {module}'}\n")

    yield install
    for added in set(sys.modules) - before:
        if getattr(sys.modules[added], "__file__", None) and str(site) in str(sys.modules[added].__file__):
            del sys.modules[added]
