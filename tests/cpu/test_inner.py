"""Inner functions: right in every caller, loaded with it, and never emitted by themselves."""

import gc
import subprocess
import sys

import numpy as np
import pytest
from numba import njit, types
from numba.core.errors import TypingError

from fastnn.cpu.compiled import INNER, compiled
from fastnn.cpu.inner import InnerLibrary

PROGRAM = """
from numba import njit, types
from fastnn.cpu.compiled import INNER, compilations, compiled

@njit(**INNER)
def half(x):
    if x < 0:
        raise ValueError("negative", x)
    return x / 2

@compiled(types.float64(types.float64), key="quarter of a test")
def quarter(x):
    return half(half(x))

try:
    quarter(-1.0)
except ValueError as error:
    print(compilations(), quarter(8.0), error)
"""


@pytest.fixture(autouse=True)
def an_empty_cache(monkeypatch, tmp_path):
    """What an earlier run has left on disk would be loaded, and nothing compiled."""
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "cache"))


@njit(**INNER)
def increased(x):
    return x + 1


@njit(**INNER)
def twice_increased(x):
    return increased(increased(x))


def test_callers_of_one_inner_function_get_what_it_computes():
    @compiled(types.float64(types.float64), key="inner: scalar")
    def scalar(x):
        return twice_increased(x) * increased(x)

    @compiled(types.void(types.float64[::1]), key="inner: array")
    def array(values):
        for i in range(values.size):
            values[i] = twice_increased(values[i])

    values = np.arange(33.0)
    array(values)
    assert scalar(3.0) == 20.0
    assert (values == np.arange(33.0) + 2).all()


def test_an_inner_function_is_not_emitted():
    @compiled(types.float64(types.float64), key="inner: emitted")
    def outer(x):
        return twice_increased(x)

    assert outer(1.0) == 3.0
    for function in (increased, twice_increased):
        [result] = [r for s, r in function.overloads.items() if s == (types.float64,)]
        assert isinstance(result.library, InnerLibrary)
        assert not result.library.codegen._engine.is_symbol_defined(result.fndesc.mangled_name)


def test_an_exception_of_an_inner_function_reaches_python(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    for compilations in (1, 0):  # compiled, then loaded
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == f"{compilations} 2.0 ('negative', -1.0)"


def test_the_collector_is_on_again_after_compiling():
    @compiled(key="inner: collector")
    def wrong(x):
        return x.there_is_no_such_attribute

    with pytest.raises(TypingError):
        wrong(1.0)
    assert gc.isenabled()
