"""Kernels with a bug that the emulator must find, each beside the same kernel without it."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import entry, run

from fastnn.testing.ptx import Memory, Module, PTXError

ONES = np.ones(64, "f4")
ADDRESS = (
    "mul.wide.u32 %rd20, %t, 4; add.s64 %rd21, %rd0, %rd20; mul.wide.u32 %rd22, %g, 4; add.s64 %rd23, %rd0, %rd22;"
)
SHARED = ".shared .align 4 .b8 s[1024]; mov.u64 %rd5, s; add.s64 %rd6, %rd5, %rd20; mul.wide.u32 %rd9, %t, -4;"
REVERSED = "sub.u32 %r5, 63, %t; mul.wide.u32 %rd7, %r5, 4; add.s64 %rd8, %rd5, %rd7;"

# name: (the kernel with <the right code|the bug>, launch, message)
BUGS = {
    "no bounds check": (
        "setp.ge.u32 %p1, %g, <64|99>; @%p1 ret; st.global.u32 [%rd23], %g;",
        dict(grid=3, block=32),
        r"out of bounds: 4 bytes of global memory, array 1 \+ 256 bytes \(it has 256\).*, the first of 32 threads",
    ),
    "before an array": ("ld.global.f32 %f1, [%rd21+<0|-4>];", dict(block=32), "out of bounds"),
    "far outside": ("ld.global.f32 %f1, [<%rd21|%rd20>];", dict(block=32), "before the first array"),
    "outside of shared memory": (
        SHARED + "st.shared.u32 [%rd6+<0|1020>], %t;",
        dict(block=32),
        r"out of bounds: 4 bytes of shared memory, s \+ 1024 bytes .*, by block \(0, 0, 0\) thread \(1, 0, 0\)",
    ),
    "outside of local memory": (
        ".local .align 4 .b8 l[16]; mov.u64 %rd5, l; st.local.u32 [%rd5+<12|16>], %t;",
        dict(block=32),
        "out of bounds: 4 bytes of local memory",
    ),
    "misaligned": ("ld.global.v2.u32 {%r1, %r2}, [%rd0+<8|4>];", dict(block=1), "misaligned 8-byte global access"),
    "shared memory aligned too little": (
        ".shared .align <16|4> .b8 a[64]; mov.u32 %r1, 0; st.shared.v4.u32 [a], {%r1, %r1, %r1, %r1};",
        dict(block=1),
        "misaligned 16-byte shared access",
    ),
    "no barrier between write and read": (
        SHARED
        + REVERSED
        + "st.shared.u32 [%rd6], %t; <bar.sync 0;|> ld.shared.u32 %r1, [%rd8]; st.global.u32 [%rd21], %r1;",
        dict(block=64),
        r"race in shared memory, read after write: s \+ 252 bytes, by block \(0, 0, 0\) thread \(0, 0, 0\) and by "
        r"block \(0, 0, 0\) thread \(63, 0, 0\) \(line \d+: st.shared.u32 \[%rd6\], %t\)",
    ),
    "no barrier between read and write": (
        SHARED
        + REVERSED
        + "st.shared.u32 [%rd6], %t; bar.sync 0; ld.shared.u32 %r1, [%rd8]; <bar.sync 0;|> st.shared.u32 [%rd6], %r1;",
        dict(block=64),
        "race in shared memory, write after read",
    ),
    "one write after another": (
        SHARED + REVERSED + "st.shared.u32 [%rd6], %t; <bar.sync 0;|> st.shared.u32 [%rd8], %t;",
        dict(block=64),
        "race in shared memory, write after write",
    ),
    "all threads write one word": (
        SHARED + "setp.eq.u32 %p1, %t, 7; <@%p1|> st.shared.u32 [s], %t;",
        dict(block=64),
        "write after write by one instruction",
    ),
    "several readers, one of them writes": (
        SHARED + "st.shared.u32 [%rd6], %t; bar.sync 0; ld.shared.u32 %r1, [s]; <bar.sync 0;|> "
        "setp.eq.u32 %p1, %t, 7; @%p1 st.shared.u32 [s], %r1;",
        dict(block=64),
        "race in shared memory, write after read",
    ),
    "bytes of one array": (
        ".shared .align 4 .b8 s[64]; cvt.u64.u32 %rd6, %t; mov.u64 %rd5, s; add.s64 %rd6, %rd5, %rd6; "
        "cvt.u16.u32 %rs1, %t; st.shared.u8 [%rd6], %rs1; <bar.sync 0;|> xor.b32 %r5, %t, 1; cvt.u64.u32 %rd7, %r5; "
        "add.s64 %rd7, %rd5, %rd7; ld.shared.u8 %rs2, [%rd7];",
        dict(block=64),
        "race in shared memory, read after write",
    ),
    "a warp without a barrier": (
        SHARED + "xor.b32 %r5, %t, 1; mul.wide.u32 %rd7, %r5, 4; add.s64 %rd8, %rd5, %rd7; st.shared.u32 [%rd6], %t; "
        "<bar.warp.sync -1;|> ld.shared.u32 %r1, [%rd8]; bar.warp.sync -1; st.shared.u32 [%rd6], %r1;",
        dict(block=64),
        "race in shared memory, read after write",
    ),
    "a warp's barrier between two warps": (
        SHARED + REVERSED + "st.shared.u32 [%rd6], %t; <bar.sync 0;|bar.warp.sync -1;> ld.shared.u32 %r1, [%rd8];",
        dict(block=64),
        "race in shared memory, read after write",
    ),
    "an atomic sum read at once": (
        SHARED
        + "setp.eq.u32 %p1, %t, 0; @%p1 st.shared.u32 [s], 0; bar.sync 0; red.shared.add.u32 [s], %t; <bar.sync 0;|> "
        "ld.shared.u32 %r1, [s];",
        dict(block=64),
        "race in shared memory, read after write",
    ),
    "an atomic sum without a first value": (
        SHARED + "setp.eq.u32 %p1, %t, 0; <@%p1 st.shared.u32 [s], 0; bar.sync 0;|> red.shared.add.u32 [s], %t;",
        dict(block=64),
        r"shared memory that was never written is read: s \+ 0 bytes",
    ),
    "shared memory that one thread did not write": (
        SHARED + "setp.gt.u32 %p1, %t, 0; <|@%p1> st.shared.u32 [%rd6], %t; bar.sync 0; ld.shared.u32 %r1, [%rd6];",
        dict(block=64),
        r"shared memory that was never written is read: s \+ 0 bytes, by block \(0, 0, 0\) thread \(0, 0, 0\)",
    ),
    "a half of a vector was not written": (
        ".shared .align 8 .b8 s[1024]; mov.u64 %rd5, s; mad.wide.u32 %rd11, %t, 8, %rd5; st.shared.u32 [%rd11], %t; "
        "<st.shared.u32 [%rd11+4], %t;|> ld.shared.v2.u32 {%r1, %r2}, [%rd11];",
        dict(block=64),
        "never written",
    ),
    "two blocks write one word": (
        "<setp.ge.u32 %p1, %g, 64; @%p1 ret; st.global.u32 [%rd23], %g;|st.global.u32 [%rd21], %g;>",
        dict(grid=3, block=32),
        "race in global memory, write after write by one instruction: array 1",
    ),
    "a block reads what another writes": (
        "st.global.u32 [%rd23], %g; <mov.u64 %rd10, %rd23;|xor.b32 %r5, %g, 32; mul.wide.u32 %rd10, %r5, 4; "
        "add.s64 %rd10, %rd10, %rd0;> ld.global.u32 %r1, [%rd10];",
        dict(grid=2, block=32),
        "race in global memory, read after write",
    ),
    "a block writes what another has read": (
        "setp.eq.u32 %p1, %g, <32|0>; @%p1 ld.global.u32 %r1, [%rd0+128]; setp.eq.u32 %p2, %g, 32; "
        "@%p2 st.global.u32 [%rd0+128], %r1;",
        dict(grid=2, block=32),
        "race in global memory, (write after read|read after write)",
    ),
    "a barrier of a block does not order two blocks": (
        "ld.global.u32 %r1, [%rd0]; bar.sync 0; setp.eq.u32 %p1, %g, <99|40>; @%p1 st.global.u32 [%rd0], %r1;",
        dict(grid=2, block=32),
        "race in global memory, (write after read|read after write)",
    ),
    "a sum without atomic operations": (
        "mov.f32 %f1, 0f3F800000; <red.global.add.f32 [%rd0], %f1;|ld.global.f32 %f2, [%rd0]; add.f32 %f2, %f2, %f1; "
        "st.global.f32 [%rd0], %f2;>",
        dict(grid=2, block=32),
        "race in global memory",
    ),
    "threads of a block in global memory": (
        "st.global.u32 [%rd21], %t; <bar.sync 0;|> xor.b32 %r5, %t, 63; mad.wide.u32 %rd8, %r5, 4, %rd0; "
        "ld.global.u32 %r1, [%rd8];",
        dict(block=64),
        "race in global memory, read after write",
    ),
    "a barrier in a branch": (
        "setp.lt.u32 %p1, %t, 40; @!%p1 bra END; <|bar.sync 0;> END: bar.sync 0;",
        dict(block=64),
        "threads of one block wait at different barriers",
    ),
    "a barrier after a part has ended": (
        "setp.lt.u32 %p1, %t, 40; @!%p1 <bra END|ret>; mov.u32 %r1, 1; END: bar.sync 0;",
        dict(block=64),
        "a barrier that not all threads of a block reach: 40 of 64 wait",
    ),
    "two different barriers": (
        "setp.lt.u32 %p1, %t, 40; @!%p1 bra OTHER; <|bar.sync 0;> mov.u32 %r1, 1; bra END; OTHER: <|bar.sync 0;> "
        "mov.u32 %r1, 2; END: mov.u32 %r2, 3;",
        dict(block=64),
        "threads of one block wait at different barriers",
    ),
}


def variants(text):
    """The kernel without and with its bug."""
    right, wrong, rest = "", "", text
    while "<" in rest:
        before, _, rest = rest.partition("<")
        good, _, rest = rest.partition("|")
        bad, _, rest = rest.partition(">")
        right, wrong = right + before + good, wrong + before + bad
    return right + rest, wrong + rest


@pytest.mark.parametrize("schedule", ["lockstep", "warps", "blocks"])
@pytest.mark.parametrize("name", BUGS)
def test_bug(name, schedule):
    text, launch, message = BUGS[name]
    right, wrong = (entry(ADDRESS + variant) for variant in variants(text))
    run(right, [ONES], schedule=schedule, **launch)
    if schedule != "lockstep":
        message = message.split(":")[0].split(r" \(")[0]  # another thread may be the first
        message = "race in|never written" if "race in" in message else message
        message = "barrier" if "barrier" in message else message
    with pytest.raises(PTXError, match=message) as caught:
        run(wrong, [ONES], schedule=schedule, **launch)
    assert "at PTX line " in str(caught.value)


def test_global_memory_that_nobody_has_written():
    """It counts across launches: what a kernel has written, the next may read."""
    read = entry(ADDRESS + "ld.global.f32 %f1, [%rd23]; add.s64 %rd24, %rd1, %rd22; st.global.f32 [%rd24], %f1;", 2)
    write = entry(ADDRESS + "st.global.f32 [%rd23], 0f3F800000;")
    memory = Memory()
    x, y = memory.empty(64, "float32", "scratch"), memory.empty((64,))
    assert np.isnan(x.numpy()).all()
    with pytest.raises(PTXError, match=r"global memory that was never written is read: scratch \+ 128 bytes"):
        for kernel, grid, arrays in ((write, 1, [x]), (read, 2, [x, y])):
            Module(kernel).kernel.launch(grid, 32, [a.ptr for a in arrays], memory)
    for racecheck in (False, True):
        x.forget()
        Module(write).kernel.launch(2, 32, [x.ptr], memory, racecheck=racecheck)
        Module(read).kernel.launch(2, 32, [x.ptr, y.ptr], memory)
    assert (y.numpy() == 1).all()


def test_what_is_out_of_the_usual_is_checked_too():
    """One access to several arrays; more reads than are collected; memory that atomic operations cannot have."""
    two = "setp.eq.u32 %p1, %t, 0; selp.u64 %rd5, %rd0, %rd1, %p1; ld.global.u32 %r1, [%rd5+<0|252>];"
    memory = Memory()
    arrays = [memory.array(ONES).ptr, memory.array(ONES[:32]).ptr]
    right, wrong = (entry(variant, 2) for variant in variants(two))
    Module(right).kernel.launch(1, 32, arrays, memory)
    with pytest.raises(PTXError, match=r"array 2 \+ 252 bytes \(it has 128\).*, the first of 31 threads"):
        Module(wrong).kernel.launch(1, 32, arrays, memory)
    loop = (
        "mov.u32 %r2, 0; st.shared.u32 [%rd6], %t; <bar.sync 0;|> AGAIN: ld.shared.u32 %r1, [%rd8]; "
        "add.u32 %r2, %r2, 1; setp.lt.u32 %p1, %r2, 20; @%p1 bra AGAIN;"
    )
    right, wrong = (entry(ADDRESS + SHARED + REVERSED + variant) for variant in variants(loop))
    run(right, [ONES], 900, 64)
    with pytest.raises(PTXError, match="race in shared memory, read after write"):
        run(wrong, [ONES], 900, 64)
    with pytest.raises(PTXError, match="atomic operations on local memory do not exist"):
        run(entry(".local .u32 l; mov.u64 %rd5, l; cvta.local.u64 %rd5, %rd5; atom.add.u32 %r1, [%rd5], 1;"), [ONES])
    with pytest.raises(PTXError, match="addresses of one access that lie in different memories"):
        generic = (
            "cvta.shared.u64 %rd5, %rd5; setp.eq.u32 %p1, %t, 0; selp.u64 %rd5, %rd0, %rd5, %p1; st.u32 [%rd5], 1;"
        )
        run(entry(SHARED + generic), [ONES])
    many = "mov.u32 %r2, 0; AGAIN: bar.warp.sync -1; add.u32 %r2, %r2, 1; setp.lt.u32 %p1, %r2, 300; @%p1 bra AGAIN;"
    run(entry(many), [ONES], racecheck=False)
    with pytest.raises(PTXError, match="256 barriers of a warp"):
        run(entry(many), [ONES])


def test_arrays_are_aligned_as_declared_and_no_better():
    kernel = Module(entry("ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd0];")).kernel
    for align, fails in ((4, True), (8, True), (16, False)):
        memory = Memory()
        x = memory.array(ONES, align=align)
        if fails:
            with pytest.raises(PTXError, match="misaligned 16-byte"):
                kernel.launch(1, 1, [x.ptr], memory)
        else:
            kernel.launch(1, 1, [x.ptr], memory)


def test_an_earlier_race_is_reported_before_what_it_causes():
    """Reads are looked at later than they happen; an error that follows from one does not hide it."""
    text = entry(
        ADDRESS
        + SHARED
        + REVERSED
        + "st.shared.u32 [%rd6], %t; ld.shared.u32 %r1, [%rd8]; mul.wide.u32 %rd10, %r1, 4096; "
        "add.s64 %rd10, %rd10, %rd0; ld.global.u32 %r2, [%rd10];"
    )
    with pytest.raises(PTXError, match="race in shared memory, read after write"):
        run(text, [ONES], block=64)
    with pytest.raises(PTXError, match="out of bounds"):
        run(text, [ONES], block=64, racecheck=False)
