"""The tests themselves: the same examples in every order, no use of the user's files, and no files left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent

COMPILES_AND_DRAWS = """
import matplotlib.font_manager
from fastnn.cpu.compiled import compiled

def test():
    assert compiled()(lambda x: x + 1)(1.0) == 2.0
"""


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


def test_nothing_is_left_with_the_user(tmp_path):
    """Kernels, fonts: a run of tests keeps them in a folder of its own, which is gone at the end."""
    (tmp_path / "test_it.py").write_text(COMPILES_AND_DRAWS)
    kept = [tmp_path / "home", tmp_path / "tmp"]
    for folder in kept:
        folder.mkdir()
    own = ("FASTNN_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    surroundings = {name: value for name, value in os.environ.items() if name not in own}
    surroundings |= {"HOME": str(kept[0]), "TMPDIR": str(kept[1]), "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", str(tmp_path / "test_it.py")]
    done = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert [path for folder in kept for path in folder.iterdir()] == []


def test_ctrl_c_interrupts_as_in_a_terminal():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
