"""Compiled kernels: exact, without float64 where float32 was asked for, from one registry, found again in the cache."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from assembler import assembled
from every_part import named
from every_variant import PARTS, of_no_part, of_part

import fastnn
from fastnn.cuda import code
from fastnn.cuda.kernel import Kernel
from fastnn.cuda.kernels.forward import activated, product
from fastnn.cuda.registry import KERNELS
from fastnn.parts.registry import resolve

PACKAGE = Path(fastnn.__file__).parent
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
CAPABILITY = (8, 0)


def check(variant, folder):
    text = code.ptx(variant, CAPABILITY)
    assert f".visible .entry {variant.kernel.entry}(" in text
    assert KERNELS[variant.kernel.name] is variant.kernel
    assert not re.search(r"\.(local|f16)\b", text)
    if variant.dtype == "float32":
        assert not re.search(r"\.f64\b", text)
    assert not re.search(r"\b(add|sub|mul|mad)(\.ftz)?\.f(32|64)\b", text)
    for architecture in ("sm_80", "sm_90"):
        found = assembled(text, architecture, folder)
        assert (found.local, found.registers <= variant.kernel.registers) == (0, True), (architecture, found)


@pytest.mark.toolkit
@DTYPES
@named(PARTS)
def test_the_kernels_of_every_part(bound, dtype, tmp_path):
    for variant in of_part(bound, dtype):
        check(variant, tmp_path)


@pytest.mark.toolkit
@DTYPES
def test_the_kernels_without_formulas(dtype, tmp_path):
    for variant in of_no_part(dtype):
        check(variant, tmp_path)


@pytest.mark.toolkit
@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (9, 0), (10, 0)])
def test_the_assembler_takes_them(capability):
    for variant in (*of_no_part("float32"), activated(resolve("activation", "gelu"), "float64", True, True)):
        assert code.cubin(variant, capability)[:4] == b"\x7fELF"


@pytest.mark.toolkit
def test_ptx_that_may_be_contracted_is_refused():
    from fastnn.cuda.compiler import require_exact

    require_exact("add.rn.f32 %f1, %f2, %f3; fma.rn.f64 %f1, %f2, %f3, %f4; add.s32 %r1, %r2, %r3;")
    for instruction in ("mul.f32", "add.f64", "sub.ftz.f32"):
        with pytest.raises(RuntimeError, match=f"{instruction} without"):
            require_exact(f"\t{instruction} \t%f1, %f2, %f3;")


@pytest.mark.toolkit
def test_a_kernel_is_compiled_once(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "empty"))
    before, text = code.compilations(), code.ptx(product("float32"), CAPABILITY)
    assert code.compilations() == before + 1
    assert code.ptx(product("float32"), CAPABILITY) == text
    assert code.compilations() == before + 1
    code.ptx(product("float32"), (9, 0))
    code.ptx(product("float64"), CAPABILITY)
    assert code.compilations() == before + 3


def test_every_kernel_is_in_the_registry():
    import importlib

    found = {}
    for file in (PACKAGE / "cuda/kernels").glob("*.py"):
        module = importlib.import_module(f"fastnn.cuda.kernels.{file.stem}".removesuffix(".__init__"))
        found |= {value.name: value for value in vars(module).values() if isinstance(value, Kernel)}
    assert found == KERNELS
    users = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py") if "cuda.jit" in file.read_text()}
    assert users == {"cuda/compiler.py"}


@pytest.mark.toolkit
def test_a_process_that_finds_its_kernels_in_the_cache_does_not_import_numba_cuda(tmp_path):
    script = """
import sys
import numpy as np
import fastnn
net = fastnn.Network([2, 3, 1])
fastnn.train(net, np.ones((8, 2)), np.ones(8), loss="mse", epochs=1, validation=None, device="cuda")
print(sorted(name for name in sys.modules if name.split(".")[0] == "numba_cuda" or name.startswith("numba.cuda")))
"""
    environment = {**os.environ, "FASTNN_CACHE_DIR": str(tmp_path), "FASTNN_CUDA": "emulator"}
    for warm in (False, True):
        said = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
        ).stdout  # fmt: skip
        assert (said.strip() == "[]") == warm, said
