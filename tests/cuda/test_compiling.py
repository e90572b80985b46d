"""Compiled kernels: exact, from one registry, found again in the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import fastnn
from fastnn.cuda import code
from fastnn.cuda.kernel import Kernel
from fastnn.cuda.kernels.forward import activated, product
from fastnn.cuda.kernels.loss import loss_and_gradient
from fastnn.cuda.registry import KERNELS
from fastnn.parts import registry
from fastnn.parts.registry import resolve

PACKAGE = Path(fastnn.__file__).parent
CAPABILITY = (8, 0)


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


@pytest.mark.toolkit
def test_several_threads_may_compile_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTNN_CACHE_DIR", str(tmp_path / "empty"))
    wanted = [
        activated(resolve("activation", name), "float32", True, False) for name in ("tanh", "elu", "relu", "gelu")
    ]
    with ThreadPoolExecutor(len(wanted)) as pool:
        found = list(pool.map(lambda variant: code.ptx(variant, CAPABILITY), wanted))
    assert found == [code.ptx(variant, CAPABILITY) for variant in wanted]


def test_every_kernel_is_in_the_registry():
    import importlib

    found = {}
    for file in (PACKAGE / "cuda/kernels").glob("*.py"):
        module = importlib.import_module(f"fastnn.cuda.kernels.{file.stem}".removesuffix(".__init__"))
        found |= {value.name: value for value in vars(module).values() if isinstance(value, Kernel)}
    assert found == {name: entry.kernel for name, entry in KERNELS.items()}
    users = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py") if "cuda.jit" in file.read_text()}
    assert users == {"cuda/compiler.py"}


def test_every_kernel_of_the_registry_is_complete():
    built_in = [part for part, owner in registry.parts() if owner == "built in" and part.kind != "initializer"]
    parts = [None, *(part() for part in built_in)]
    for name, entry in KERNELS.items():
        variants = [variant for part in parts for variant in entry.variants(part, "float32")]
        assert variants and all(variant.kernel is entry.kernel for variant in variants)
        assert entry.kernel.name == name
        assert entry.reference.__name__ == name.removeprefix("wide_") and entry.reference.__doc__
        sizes = dict.fromkeys(entry.kernel.arguments, 1000)
        assert all(blocks > 0 for blocks in entry.kernel.grid(sizes))
        assert 0 < entry.kernel.registers * entry.kernel.block[0] * entry.kernel.block[1] <= 65536


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
    environment = {**os.environ, "FASTNN_CACHE_DIR": str(tmp_path), "FASTNN_CUDA": os.environ["FASTNN_CUDA"]}
    for warm in (False, True):
        said = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
        ).stdout  # fmt: skip
        assert (said.strip() == "[]") == warm, said


@pytest.mark.toolkit
@pytest.mark.parametrize("kind", ["activation", "loss"])
def test_a_wrong_derivative_is_refused_before_it_is_compiled(kind):
    """As on the CPU: a kernel with x^2 and 3x is neither made nor kept."""
    if kind == "activation":
        part = fastnn.Activation("wrong", lambda x: x * x, derivative=lambda x, y: 3.0 * x)
        variant = activated(part(), "float32", derivative=True, dropout=False)
    else:
        part = fastnn.Loss("wrong", lambda p, t: (p - t) * (p - t), gradient=lambda p, t: t - p)
        variant = loss_and_gradient(part(), None, 0, "float32")
    for _ in range(2):
        with pytest.raises(fastnn.PluginError, match="wrong"):
            code.ptx(variant, CAPABILITY)
