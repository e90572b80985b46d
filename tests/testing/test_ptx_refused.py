"""What the emulator does not know is refused when a module is made, with its line and its text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from ptx_text import HEADER, entry, run

from fastnn.testing.ptx import Module, PTXError

REFUSED = {
    "frobnicate.b32 %r1, %r2;": "the opcode frobnicate is not supported",
    "cp.async.ca.shared.global [%rd1], [%rd2], 16;": "the opcode cp is not supported",
    "tex.1d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [%rd1, {%r1}];": "the opcode tex is not supported",
    "add.f16 %rs1, %rs2, %rs3;": "add of .f16 is not supported",
    "add.f16x2 %r1, %r2, %r3;": "add with .f16x2 is not supported",
    "add.rz.f64 %fd1, %fd2, %fd3;": "add.rz of .f64 is not supported",
    "add.sat.s32 %r1, %r2, %r3;": "add.sat of integers is not supported",
    "div.rz.f32 %f1, %f2, %f3;": "only rounding to nearest is supported",
    "fma.rn.relu.f32 %f1, %f2, %f3, %f1;": "fma with .relu is not supported",
    "min.xorsign.abs.f32 %f1, %f2, %f3;": "min with .xorsign is not supported",
    "cvt.rz.f32.s64 %f1, %rd1;": "this rounding is not supported",
    "cvt.rn.bf16.f32 %rs1, %f1;": "cvt with .bf16 is not supported",
    "prmt.b32.f4e %r1, %r2, %r3, %r4;": "prmt with .f4e is not supported",
    "shfl.down.b32 %r1, %r2, 1, 31;": "shfl without .sync",
    "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f1}, {%r1}, {%r2}, {%f1};": "mma with .m16n8k4 is not",
    "ld.shared::cluster.u32 %r1, [%rd1];": "ld with .shared::cluster is not supported",
    "atom.global.add.noftz.f16 %rs1, [%rd1], %rs2;": "atom of .f16 is not supported",
    "fence.proxy.async;": "fence with .proxy is not supported",
    "barrier.cluster.arrive;": "barrier with .cluster is not supported",
    "bar.sync 1, 64;": "only barrier 0",
    "@%p1 bar.sync 0;": "only barrier 0",
    "bar.red.popc.u32 %r1, 0, %p1;": "bar with .red is not supported",
    "mov.u32 %r1, %clock;": "missing or unknown .*%clock",
    "mov.u32 %r1, %r99;": "missing or unknown .*%r99",
    "mov.u64 %rd1, elsewhere;": "operand or a modifier is missing or unknown",
    "bra NOWHERE;": "operand or a modifier is missing or unknown",
    "add.u32 %r1, %r2;": "add with 2 operands is not supported",
    "add.u32 %p1, %r2, %r3;": "%p1 is a .pred register",
    "setp.lt.u32 %r1, %r2, %r3;": "%r1 is a .b32 register",
    "mov.u64 %r1, %rd1;": "%r1 is a .b32 register",
    "ld.param.u32 %r1, [elsewhere];": "elsewhere is not a parameter here",
    "ld.global.v2.u32 {%r1}, [%rd1];": "2 operands are needed",
    "cvta.to.param.u64 %rd1, %rd2;": "addresses of parameters are not supported",
    ".reg .b128 %q;": "registers of this type",
    ".local .align 4 .b128 l[4];": "this declaration is not supported|variables of type .b128",
    ".weird 5;": "this directive is not supported",
    "atom.global.cas.b32 %r1, [%rd1], %r2;": "1 values are not right for cas",
    "ld.global.u32 %r1, [%rd1-4];": "address",
    "mov.pred %p1, %r1;": "%r1 is a .b32 register",
    "redux.sync.add.u64 %rd1, %rd2, -1;": "redux of .u64 is not supported",
    "rem.f32 %f1, %f2, %f3;": "rem of floats does not exist",
    "add.cc.u16 %rs1, %rs2, %rs3;": "only 32 and 64 bits have a carry",
    "cvt.rn.tf32.f32 %r1, %f1;": "only cvt.rna.tf32.f32",
    "add %r1, %r2, %r3;": "a type is missing",
    "!!!;": "this is not an instruction",
}


@pytest.mark.parametrize("instruction", REFUSED)
def test_refused(instruction):
    text = entry(f"mov.u32 %r1, 0;\n{instruction}\nmov.u32 %r1, 1;")
    line = 1 + text[: text.index(instruction)].count("\n")
    with pytest.raises(PTXError, match=REFUSED[instruction]) as caught:
        Module(text)
    assert re.search(rf"line {line}: {re.escape(instruction[:-1])}", str(caught.value))


def test_modules():
    two = entry("") + entry("").replace(HEADER, "").replace("kernel(", "other(")
    module = Module(two)
    assert (module.version, module.target, list(module.kernels)) == ("8.0", "sm_80", ["kernel", "other"])
    assert module["other"].name == "other" and module["other"].param_types == ["u64"]
    for find in (lambda: module["third"], lambda: module.kernel, lambda: Module(HEADER).kernel):
        with pytest.raises(PTXError, match="kernel"):
            find()
    with pytest.raises(PTXError, match="kernel is defined twice"):
        Module(entry(""), entry(""))
    with pytest.raises(PTXError, match="a closing brace is missing"):
        Module(entry("").rstrip().rstrip("}"))
    with pytest.raises(PTXError, match=r"line 4: \.weird .*not supported outside of a function"):
        Module(HEADER + ".weird 5;")


def test_debug_information_and_hints_change_nothing():
    text = entry(
        """
        .loc 1 5 9
        .pragma "nounroll; {"; /* a comment; { with signs
        */ // and one more }
        ld.global.nc.L1::evict_last.L2::128B.u32 %r1, [%rd0];
        membar.gl; fence.acq_rel.gpu; st.release.gpu.global.u32 [%rd0], 3;
        ld.acquire.gpu.global.u32 %r1, [%rd0]; prefetch.global.L2 [%rd0]; nanosleep.u32 100;
        st.volatile.global.u32 [%rd0], %r1;
        """
    )
    text += '\n.section .debug_str { .b8 0x41, 0x42; L: .b8 0; }\n.file 1 "a {file"\n'
    ((got,), _) = run(text, [np.array([1], "u4")], 1, 1)
    assert got == 3
