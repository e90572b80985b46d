"""The tests themselves: the same examples in every order, and nothing of the user's."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st


def examples() -> list[int]:
    seen: list[int] = []
    given(st.integers())(lambda number: seen.append(number))()
    return seen


def test_examples_do_not_depend_on_what_is_loaded(tmp_path, monkeypatch):
    before = examples()
    odd = ModuleType("odd")
    odd.__file__ = str(tmp_path / "odd.py")
    (tmp_path / "odd.py").write_text(f"numbers = {list(range(1000, 1500))}\n")
    monkeypatch.setitem(sys.modules, "odd", odd)
    if settings.default.derandomize:
        assert examples() == before


def test_kernels_and_settings_are_the_tests_own():
    for name in ("FASTNN_CACHE_DIR", "MPLCONFIGDIR"):
        assert not Path(os.environ[name]).is_relative_to(Path.home() / ".cache")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
