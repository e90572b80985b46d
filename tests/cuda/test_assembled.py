"""Every kernel with every part, compiled and assembled for two architectures in two ways: exact, small, documented.

The other tests of CUDA find the code in the cache, so this file comes first.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fastnn.cuda import code
from fastnn.cuda.kernels.forward import product
from fastnn.cuda.registry import KERNELS, variants

pytestmark = [pytest.mark.toolkit, pytest.mark.emulator]
DOCUMENT = Path(__file__).parents[2] / "docs/cuda-kernels.md"
BOTH = ((8, 0), (9, 0))
REALS = ("float32", "float64")
SECTIONS = ["sm_75 (Turing)", "sm_80 (Ampere)", "sm_90 (Hopper)", "sm_100 (Blackwell)"]


@pytest.fixture(scope="session")
def found():
    """Architecture -> what there is to know of all kernels."""
    from kernels_document import everything

    return everything(BOTH)


@pytest.mark.parametrize("capability", BOTH)
def test_no_kernel_spills_or_uses_more_than_it_may(found, capability):
    assert {form.name for form in found[capability]} == set(KERNELS)
    for form in found[capability]:
        for way in (form.ptx, form.lto):
            assert way.spilled == 0, form
            assert way.local == (16 if KERNELS[form.name].kernel.cooperative else 0), form  # the call of the barrier
            assert way.registers <= form.budget, form


@pytest.mark.parametrize("capability", BOTH)
def test_no_kernel_computes_in_another_precision_or_leaves_the_rounding_open(found, capability):
    for form in found[capability]:
        for way in (form.ptx, form.lto):
            assert way.inexact == 0, form
            assert (way.doubles > 0) == (form.dtype == "float64"), form


def test_the_document_is_what_the_command_writes(found):
    from kernels_document import HEAD, made_with, section

    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(HEAD), "make cuda-kernels"
    if made_with() in text:  # other versions of the compiler give other numbers
        for capability in BOTH:
            assert section(capability, found[capability]) in text, "make cuda-kernels"


def test_the_document_has_all_kernels_for_all_architectures_and_none_breaks_a_rule():
    """Comparing the numbers of two more architectures would take as long as of these two."""
    from inspection import PARTS

    forms = Counter((v.kernel.name, v.dtype) for part in (None, *PARTS) for d in REALS for v in variants(part, d))
    sections = DOCUMENT.read_text(encoding="utf-8").split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == SECTIONS
    for section in sections:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "/" in line]
        assert {tuple(row[0].split(", ")): int(row[1]) for row in rows} == forms, "make cuda-kernels"
        for name, _, registers, budget, spilled, local, _, _, doubles, free in rows:
            kernel = KERNELS[name.split(", ")[0]].kernel
            assert int(budget) == kernel.registers, name
            assert all(int(word) <= kernel.registers for word in registers.split(" (")[0].split(" / ")), name
            assert local == ("16 / 16" if kernel.cooperative else "0 / 0"), name
            assert spilled == free == "0 / 0", name
            assert (doubles == "0 / 0") == name.endswith("float32"), name


def test_the_linker_fuses_nothing():
    """A product and a sum that could be fused give the code of those that say that they cannot."""
    text = """.version 9.0
.target sm_80
.address_size 64
.visible .entry k(.param .u64 a) {
  .reg .b64 %rd<3>; .reg .f32 %f<6>;
  ld.param.u64 %rd1, [a]; cvta.to.global.u64 %rd2, %rd1;
  ld.global.f32 %f1, [%rd2]; ld.global.f32 %f2, [%rd2+4]; ld.global.f32 %f3, [%rd2+8];
  mul.f32 %f4, %f1, %f2; add.f32 %f5, %f4, %f3;
  st.global.f32 [%rd2], %f5; ret;
}"""
    exact = text.replace("mul.f32", "mul.rn.f32").replace("add.f32", "add.rn.f32")
    fused = text.replace("mul.f32 %f4, %f1, %f2; add.f32 %f5, %f4, %f3", "fma.rn.f32 %f5, %f1, %f2, %f3")
    one, other, wrong = (code.assemble(t, (8, 0)) for t in (text, exact, fused))
    assert one == other
    assert one != wrong


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (9, 0), (10, 0)])
def test_the_assembler_knows_all_architectures(capability):
    assert code.cubin(product("float32"), capability)[:4] == b"\x7fELF"
