"""Ten kinds of bugs, planted in the source of the kernels and of the program. A test that is named with each finds it.

The other tests are these tests without the bug: a kernel on odd shapes against its reference, with the emulator's
checks, and the program against the CPU's.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from odd_shapes import ARGUMENTS, SHAPES, Draw
from on_both import Case
from test_odd_shapes import compare

from fastnn.cuda import program as cuda_program
from fastnn.cuda.combined import combined
from fastnn.cuda.kernel import Variant
from fastnn.cuda.registry import KERNELS
from fastnn.parts.registry import resolve
from fastnn.testing.ptx import PTXError

pytestmark = [pytest.mark.toolkit, pytest.mark.emulator]
ADAM, MSE = resolve("optimizer", "adam"), resolve("loss", "mse")


def run(module: ModuleType) -> Variant:
    """The kernel that makes many steps, from this module."""
    with_it = combined(ADAM)
    return module.steps(
        with_it.kinds, with_it.output, with_it.loss, ADAM, wide=with_it.wide, drops=with_it.drops,
        measures=with_it.measures, dtype="float32",
    )  # fmt: skip


def planted(name: str, right: str, wrong: str) -> ModuleType:
    """A module of fastnn.cuda in which a piece of the source is replaced wherever it stands."""
    file = Path(importlib.import_module(f"fastnn.cuda.{name}").__file__)
    source = file.read_text(encoding="utf-8")
    assert right in source
    module = ModuleType(f"planted_{name.replace('.', '_')}")
    exec(compile(source.replace(right, wrong), str(file), "exec"), module.__dict__)
    return module


# kind: (kernel, factory, part, right, wrong, arguments, what finds it)
OUT, DIFFERENT = "out of bounds", "Not equal to tolerance"
KERNEL_BUGS = {
    "bound of the rows": (
        "forward", lambda m: m.product("float32"), None, "if i < rows and j < columns:", "if j < columns:", {}, OUT,
    ),
    "bound of the parameters": ("update", lambda m: m.update(ADAM, "float32"), ADAM, "k < size and ", "", {}, OUT),
    "stride of the weights": (
        "backward", lambda m: m.through_layer(2, "float32"), None, "(first + y) * inner", "(first + y) * columns", {},
        f"{OUT}|{DIFFERENT}",
    ),
    "stride of the planes": (
        "backward", lambda m: m.through_layer(2, "float32"), None, "p * plane + own", "p * rows + own", {},
        f"{DIFFERENT}|race",
    ),
    "barrier before the product": (
        "forward", lambda m: m.product("float32"), None,
        "cuda.syncthreads()\n            for n", "for n", {}, "race in shared memory, read after write",
    ),
    "barrier after the product": (
        "gradient", lambda m: m.layer_gradient("float32"), None,
        "b[n, x], total)\n                    cuda.syncthreads()", "b[n, x], total)", {},
        "race in shared memory, write after read",
    ),
    "barrier in a branch": (
        "backward", lambda m: m.through_layer(2, "float32"), None,
        "cuda.syncthreads()\n                for n",
        "if x > 0:\n                    cuda.syncthreads()\n                for n", {}, "barrier",
    ),
    "mask of the padding": (
        "update", lambda m: m.update(ADAM, "float32"), ADAM, "k % group < load(live, k // group) and ", "", {},
        DIFFERENT,
    ),
    "mask of the last rows": (
        "gradient", lambda m: m.layer_gradient("float32"), None, "if row < rows:", "if row >= 0:", {}, OUT,
    ),
    "mask of the last tile": (
        "forward", lambda m: m.product("float32"), None, "if i < rows and k + x < inner else", "if i < rows else", {},
        f"{OUT}|{DIFFERENT}",
    ),
    "uninitialised read of the gradient": (
        "gradient", lambda m: m.layer_gradient("float32"), None, "if accumulate != 0 and inside:", "if inside:", {},
        "never written",
    ),
    "uninitialised read of the derivative": (
        "forward", lambda m: m.activated(resolve("activation", "gelu"), "float32", True, True),
        resolve("activation", "gelu"), "both_at(output, derivatives,", "value_at(output, i, parameters) #", {},
        "never written",
    ),
    "race of all threads": (
        "norm", lambda m: m.clip_factor("float32"), None, "if t == 0 and load", "if load", {}, "race in global memory",
    ),
    "race of the blocks": (
        "gradient", lambda m: m.layer_gradient("float32"), None,
        "(cuda.blockIdx.y * cuda.gridDim.x + cuda.blockIdx.x) * 2", "cuda.blockIdx.y * 2", {}, "race in global memory",
    ),
    "missing test of divergence": (
        "update", lambda m: m.update(ADAM, "float32"), ADAM, " and load(first_bad, 0) > step", "",
        {"first_bad": np.array([2])}, DIFFERENT,
    ),
    "missing test of divergence in the norm": (
        "norm", lambda m: m.clip_factor("float32"), None, " and load(first_bad, 0) > step", "",
        {"first_bad": np.array([2])}, DIFFERENT,
    ),
    "swapped operand of the product": (
        "gradient", lambda m: m.layer_gradient("float32"), None,
        "cuda.fma(a[n, y], b[n, x]", "cuda.fma(a[y, n], b[n, x]", {}, DIFFERENT,
    ),
    "missing test of divergence in a run": (
        "steps", lambda m: run(m), ADAM, "if load(first_bad, 0) <= step:", "if False:", {"first_bad": np.array([1])},
        DIFFERENT,
    ),
    "wrong row of scalars in a run": (
        "steps", lambda m: run(m), ADAM, "step * (scalar_count + 1)", "first * (scalar_count + 1)", {}, DIFFERENT,
    ),
    "stale parameters in a run": (
        "steps", lambda m: run(m), ADAM, "                take_parameters(m,",
        "                if step == first:\n                    take_parameters(m,", {}, DIFFERENT,
    ),
    "bound of the rows of a run": (
        "steps", lambda m: run(m), ADAM, "min(ROWS, total - place)", "ROWS", {}, f"{OUT}|{DIFFERENT}",
    ),
    "swapped operand of the loss": (
        "loss", lambda m: m.loss_and_gradient(MSE, None, 0, "float32"), MSE, "both_at(y, target, delta, work",
        "both_at(target, y, delta, work", {}, DIFFERENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KERNEL_BUGS)
def test_a_bug_in_a_kernel(kind):
    name, factory, part, right, wrong, changed, words = KERNEL_BUGS[kind]
    entry = KERNELS[name]
    variant = factory(planted(f"kernels.{name}", right, wrong))
    [form] = [n for n, v in enumerate(entry.variants(part, "float32")) if v.key == variant.key]
    variant = replace(variant, key=f"{variant.key} with a bug: {kind}")  # the cache keeps them apart
    with pytest.raises((PTXError, AssertionError), match=words):
        for shape in SHAPES:
            given = list(ARGUMENTS[name](part, Draw("float32", *shape), *shape))[form]
            compare(entry, part, variant, given | changed)


PROGRAM_BUGS = {
    "wrong row of scalars": ("epoch.scalars.at(step * epoch.row)", "epoch.scalars.at(0)"),
    "wrong row of scalars in the next epoch": ("self.steps + step + 1", "step + 1"),
    "stale snapshot of the state": ("return self.parameters.copy(), self.context.read(self._state)",
                                    "return self.parameters.copy(), np.zeros(self._state.size, self._state.dtype)"),
    "stale snapshot of the parameters": ("self.parameters[:] = self.context.read(self._launches.parameters)", "pass"),
    "stale copy on the device": ("            if name not in self._kept:\n",
                                 "            if name in self._kept:\n                continue\n            else:\n"),
    "a snapshot that is not restored": ("self._state.write(state)", "pass"),
    "stale parameters on the device": ("            self._launches.parameters.write(self.parameters)\n", ""),
    "stale parameters after a change on the host": ('        self._ahead = "host"\n', ""),
    "a flag of divergence that stays": ("launches.flags.write(np.array(NOTHING_BAD))", "pass"),
    "missing test of divergence": ("done = min(done, first_bad)", "pass"),
    "rows of the next batch": ("epoch.ids.at(start), epoch.losses", "epoch.ids.at(0), epoch.losses"),
}  # fmt: skip


@pytest.mark.parametrize("kind", [None, *PROGRAM_BUGS])
def test_a_bug_in_the_program(kind, monkeypatch):
    right, wrong = PROGRAM_BUGS[kind] if kind else ("", "")
    if right.startswith("epoch."):
        module = cuda_program
        monkeypatch.setattr(module, "Enqueued", planted("enqueued", right, wrong).Enqueued)
    else:
        module = planted("program", right, wrong)
    monkeypatch.setattr(module, "fits", lambda *_: False)
    program = module.CudaProgram
    if kind is None:
        use(program)
    else:
        with pytest.raises((AssertionError, PTXError), match=f"{DIFFERENT}|never written"):
            use(program)


def use(program):
    """Train, stop, go on in another program, change the parameters, diverge, recover; all as on the CPU."""
    case = Case(optimizer="adam", shuffle=False)
    case.program = program
    subset, bad, found = np.arange(41), case.X.copy(), []
    bad[17] = np.nan  # in the second step
    for device in ("cpu", "cuda"):
        with case.on(device) as first, case.on(device) as second:
            before = first.train(case.X, case.y, subset, 1)
            first.keep("end")
            first.train(case.X, case.y, subset, 2)
            first.keep("end")
            kept = first.kept("end")
            first.restore(*kept, first.steps)
            second.restore(*first.snapshot(), first.steps)
            after = second.train(case.X, case.y, subset, 2)
            second.pull()
            second.parameters *= 0.5
            second.push()
            evaluated = second.evaluate(case.X, case.y)
            second.train(case.X, case.y, subset, 3)
            diverged = second.train(bad, case.y, subset, 4)
            kept, steps = second.snapshot()[0], second.steps
            recovered = second.train(case.X, case.y, subset, 5)
            found.append([*evaluated, kept, *second.snapshot(), before.loss, after.loss, recovered.loss])
            found[-1] += [steps, second.steps, diverged.steps, diverged.diverged, recovered.diverged]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5)


def test_there_are_ten_kinds():
    kinds = (
        "bound",
        "stride",
        "barrier",
        "mask",
        "uninitialised",
        "race",
        "wrong row",
        "stale",
        "missing test",
        "swapped",
    )
    for kind in kinds:
        assert any(kind in name for name in chain(KERNEL_BUGS, PROGRAM_BUGS)), kind
