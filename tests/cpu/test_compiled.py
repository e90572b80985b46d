"""The cache finds compiled code again in every process, but never after a change in its dependencies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba import float32, float64, njit, types

from fastnn.cpu import compiled
from fastnn.kernels import store
from fastnn.kernels.announcing import on_compile

JOB = """
import ctypes
import sys
import numpy as np
from numba import carray, float64, njit, types
from fastnn.cpu import compiled

def unit(c):
    inner = tower(c)
    @njit(**compiled.KERNEL_OPTIONS)
    def f(x):
        return inner(x, 3)
    return f

def tower(c):
    # calls itself, so it stays a separate function in the compiled code
    @njit(float64(float64, types.intp), **compiled.KERNEL_OPTIONS)
    def g(x, n):
        return x if n == 0 else g(x * c, n - 1)
    return g

def loop(f, k):
    @compiled.compiled(fastmath={"nsz", "contract"})
    def loop(x):
        total = 0.0
        for i in range(x.size):
            total += f(x[i]) * k
        return total
    return loop

def part(f, key):
    @compiled.c_function(types.void(types.CPointer(float64), types.intp), key, fastmath={"nsz", "contract"})
    def apply(p, n):
        x = carray(p, n)
        for i in range(n):
            x[i] = f(x[i])
    return apply

x = np.arange(4.0)
for c in map(float, sys.argv[1:]):
    assert loop(unit(c), 2)(x) == 12 * c**3, c
    y = x.copy()
    part(unit(c), f"formula {c}").ctypes(y.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), 4)
    assert (y == c**3 * x).all(), c
print(compiled.compilations())
assert (compiled.compilations() == 0) == ("fastnn.cpu.mathematics" not in sys.modules)  # loading is cheap
assert compiled.cache_problem() is None, compiled.cache_problem()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "_problem", None)
    return tmp_path / "cache"


def run(folder: Path, *jobs: tuple[int, ...]) -> list[int]:
    """Runs the jobs at once, each in its process; how many functions each compiled."""
    job = folder.parent / "job.py"
    job.write_text(JOB)
    root = Path(compiled.__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "FASTNN_CACHE_DIR": str(folder)}
    commands = [[sys.executable, str(job), *map(str, constants)] for constants in jobs]
    processes = [subprocess.Popen(c, env=environment, stdout=subprocess.PIPE, text=True) for c in commands]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(jobs)
    return [int(output) for output in outputs]


def test_two_processes_at_once_and_a_third_that_compiles_nothing(folder):
    """The two write code of equal names and types; the third loads all of it side by side."""
    assert run(folder, (3,), (4,)) == [2, 2]
    assert all(n <= 2 for n in run(folder, (3, 4, 5), (4, 5, 3)))
    assert store.cache_size()[0] == 6
    assert run(folder, (5, 4, 3)) == [0]
    assert not list(folder.glob("*.tmp"))


def scaled(c, **options):
    @compiled.compiled(**options)
    def f(x):
        return x * c

    return f


def count(call) -> int:
    before = compiled.compilations()
    call()
    return compiled.compilations() - before


def test_a_closure_is_found_by_its_constants():
    assert count(lambda: scaled(2.0)(1.0)) == 1
    assert count(lambda: scaled(2.0)(1.0)) == 0
    assert count(lambda: scaled(3.0)(1.0)) == 1
    assert scaled(3.0)(1.0) == 3.0
    assert scaled(2.0)(1.0) == 2.0
    assert scaled(2)(1.0) == 2.0


def test_types_options_and_keys_are_told_apart():
    assert count(lambda: scaled(2.0)(1.0)) == 1
    assert count(lambda: scaled(2.0)(np.float32(1))) == 1
    assert count(lambda: scaled(2.0, fastmath={"contract"})(1.0)) == 1
    assert count(lambda: scaled(2.0, key="other")(1.0)) == 1
    assert count(lambda: scaled(2.0, fastmath={"contract"})(1.0)) == 0


def test_a_signature_is_compiled_at_once():
    @compiled.compiled(float64(float64), float32(float32))
    def f(x):
        return x + x

    assert len(f.signatures) == 2
    assert f(np.float32(2)) == 4


def test_part_has_an_address_and_a_key():
    def make(key):
        return compiled.c_function(float64(float64), key)(lambda x: x + 1)

    assert count(lambda: make("a")) == 1
    assert count(lambda: make("a")) == 0
    assert count(lambda: make("b")) == 1
    assert make("a").address != 0
    assert make("a").ctypes(1.0) == 2.0


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """One file in place of all engine files."""
    file = tmp_path / "engine.py"
    file.write_text("version = 1\n")
    monkeypatch.setattr(compiled, "engine_files", lambda: [file])
    compiled.engine_stamp.cache_clear()
    yield file
    compiled.engine_stamp.cache_clear()


def test_a_changed_engine_file_makes_everything_compile_again(engine):
    assert count(lambda: scaled(2.0)(1.0)) == 1
    engine.write_text("version = 2\n")
    compiled.engine_stamp.cache_clear()
    assert count(lambda: scaled(2.0)(1.0)) == 1
    assert count(lambda: scaled(2.0)(1.0)) == 0
    engine.write_text("version = 1\n")
    compiled.engine_stamp.cache_clear()
    assert count(lambda: scaled(2.0)(1.0)) == 0


def test_the_vector_width_and_the_versions_are_part_of_an_entry(monkeypatch):
    assert count(lambda: scaled(2.0)(1.0)) == 1
    monkeypatch.setenv("FASTNN_VECTOR", "256")
    assert count(lambda: scaled(2.0)(1.0)) == 1
    monkeypatch.setattr("numba.__version__", "0.0")
    assert count(lambda: scaled(2.0)(1.0)) == 1


def test_the_engine_files_are_all_there():
    names = {file.name for file in compiled.engine_files()}
    assert {"compiled.py", "units.py", "specialise.py", "mathematics.py"} <= names
    assert all(file.is_file() for file in compiled.engine_files())


def test_a_damaged_entry_is_compiled_again(folder):
    scaled(2.0)(1.0)
    [entry] = folder.iterdir()
    entry.write_bytes(entry.read_bytes()[:-100])
    assert count(lambda: scaled(2.0)(1.0)) == 1
    assert count(lambda: scaled(2.0)(1.0)) == 0


def test_an_entry_that_numba_cannot_use_is_compiled_again(folder):
    scaled(2.0)(1.0)
    [entry] = folder.iterdir()
    store.save(entry.stem, b"whole, but no pickle")
    assert count(lambda: scaled(2.0)(1.0)) == 1
    assert "could not be used" in compiled.cache_problem()


def test_without_a_folder_everything_still_compiles(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert scaled(2.0)(1.5) == 3.0
    assert str(tmp_path / "file") in compiled.cache_problem()


def test_what_holds_an_address_is_compiled_but_not_kept(folder):
    import ctypes
    import ctypes.util

    floor = ctypes.CDLL(ctypes.util.find_library("m")).floor
    floor.argtypes, floor.restype = [ctypes.c_double], ctypes.c_double

    def make():
        @compiled.compiled(key="floor")
        def f(x):
            return floor(x)

        return f

    assert make()(1.5) == 1.0
    assert compiled.cache_size() == (0, 0)
    assert "addresses of this process" in compiled.cache_problem()


def test_what_is_compiled_is_announced_and_not_what_is_loaded():
    said: list[str] = []
    with on_compile(said.append):
        scaled(2.0)(1.0)
        scaled(2.0)(1.0)
    assert said == ["scaled.<locals>.f"]


def test_announcements_end_with_their_block():
    """Also with an error inside; an outer listener hears again what follows."""
    inner: list[str] = []
    outer: list[str] = []
    with on_compile(outer.append):
        with pytest.raises(ZeroDivisionError), on_compile(inner.append):
            scaled(2.0)(1.0)
            1 / 0  # noqa: B018
        scaled(3.0)(1.0)
    scaled(4.0)(1.0)
    assert len(inner) == len(outer) == 1


def test_arrays_of_all_kinds_and_nan_are_as_in_python():
    @compiled.compiled()
    def divided(x, n):
        return x / n

    assert divided(1.0, 0.0) == np.inf
    assert np.isnan(divided(0.0, 0.0))


def test_functions_with_equal_names_get_different_symbols_after_a_fork():
    if not hasattr(os, "fork"):
        pytest.skip("no fork")
    from numba.core.bytecode import FunctionIdentity

    before = FunctionIdentity._unique_ids
    compiled._distinct_symbols()
    assert next(FunctionIdentity._unique_ids) != next(before)


def test_an_entry_inside_another_compiled_function():
    inner = scaled(2.0)

    @compiled.compiled(types.float64(types.float64))
    def outer(x):
        return inner(x) + 1

    @njit
    def outermost(x):
        return outer(x)

    assert outermost(2.0) == 5.0
