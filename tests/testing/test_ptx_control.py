"""Branches, scopes and calls."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import HEADER, entry, run

from fastnn.testing.ptx import PTXError

STORE = "mul.wide.u32 %rd30, %g, 4; add.s64 %rd31, %rd0, %rd30; st.global.u32 [%rd31], %r0;"


def values(body: str, *others: str, before: str = "", threads: int = 64, grid: int = 1, **how) -> np.ndarray:
    """What the kernel leaves in %r0 of each thread."""
    for schedule in ("warps", "blocks", "lockstep"):
        text = entry(body + STORE, before=before)
        ((got,), _) = run(text, [np.zeros(threads * grid, "u4")], grid, threads, others, schedule=schedule, **how)
    return got


def test_branches_diverge_and_meet_again():
    got = values("""
        and.b32 %r1, %t, 3; setp.eq.u32 %p1, %r1, 0; setp.eq.u32 %p2, %r1, 1;
        mov.u32 %r0, 0;
        @%p1 bra ZERO; @!%p2 bra OTHERS; mov.u32 %r0, 10; bra.uni MEET;
    ZERO: mov.u32 %r0, 20; bra MEET;
    OTHERS: mov.u32 %r0, 30;
    MEET: add.u32 %r0, %r0, 1;""")
    assert got.tolist() == [21, 11, 31, 31] * 16


def test_loops_of_different_lengths():
    """Collatz: every lane goes round as often as it needs."""
    got = values("""
        add.u32 %r1, %g, 1; mov.u32 %r0, 0;
    AGAIN: setp.eq.u32 %p1, %r1, 1; @%p1 bra END;
        and.b32 %r2, %r1, 1; setp.eq.u32 %p2, %r2, 1; add.u32 %r0, %r0, 1;
        @%p2 mad.lo.u32 %r1, %r1, 3, 1; @!%p2 shr.u32 %r1, %r1, 1;
        bra AGAIN;
    END: """, threads=96, grid=3)  # fmt: skip

    def steps(n):
        count = 0
        while n != 1:
            n, count = (3 * n + 1 if n % 2 else n // 2), count + 1
        return count

    assert got.tolist() == [steps(k + 1) for k in range(288)]


def test_threads_that_end_early():
    text = entry(f"setp.ge.u32 %p1, %g, 50; @%p1 ret; setp.lt.u32 %p2, %g, 10; @%p2 exit; mov.u32 %r0, 5; {STORE}")
    ((got,), _) = run(text, [np.zeros(64, "u4")], 2, 32)
    assert got.tolist() == [0] * 10 + [5] * 40 + [0] * 14


def test_a_table_of_branches():
    body = """
        and.b32 %r1, %t, 3;
        TABLE: .branchtargets A, B, C, B;
        brx.idx %r1, TABLE;
    A: mov.u32 %r0, 1; bra END;
    B: mov.u32 %r0, 2; bra END;
    C: mov.u32 %r0, 3;
    END: """
    assert values(body).tolist() == [1, 2, 3, 2] * 16
    with pytest.raises(PTXError, match="outside of the table of 4"):
        values(body.replace("%t, 3", "%t, 7"))


def test_special_registers():
    body = """
        mov.u32 %r1, %tid.y; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %nctaid.x; mov.u32 %r4, %ntid.y; mov.u32 %r5, %laneid;
        mov.u32 %r6, %warpid; mov.u32 %r7, %lanemask_lt; mov.u32 %r8, WARP_SZ; mov.u32 %r9, %nwarpid;
        mov.u32 %r10, %tid.x;
        mad.lo.u32 %r11, %r1, 16, %r10;
        mul.wide.u32 %rd5, %r11, 40; mad.wide.u32 %rd5, %r2, 1920, %rd5; add.s64 %rd5, %rd0, %rd5;
        st.global.v2.u32 [%rd5], {%r1, %r2}; st.global.v2.u32 [%rd5+8], {%r3, %r4};
        st.global.v2.u32 [%rd5+16], {%r5, %r6};
        st.global.v2.u32 [%rd5+24], {%r7, %r8}; st.global.v2.u32 [%rd5+32], {%r9, %r10};"""
    ((got,), _) = run(entry(body), [np.zeros((2, 48, 10), "u4")], 2, (16, 3))
    t = np.arange(48)
    for block in range(2):
        columns = [t // 16, block, 2, 3, t % 32, t // 32, (1 << (t % 32)) - 1, 32, 2, t % 16]
        np.testing.assert_array_equal(got[block], np.stack([np.broadcast_to(c, 48) for c in columns], axis=1))


def test_scopes_have_registers_and_labels_of_their_own():
    got = values("""
        mov.u32 %r0, 1; mov.u32 %r1, 7;
        { .reg .b32 %r1; .reg .pred p; mov.u32 %r1, 10; setp.eq.u32 p, %t, 3; @p bra OUT; add.u32 %r0, %r0, %r1; OUT: }
        { .reg .b32 %r1; .reg .pred p; mov.u32 %r1, 100; setp.eq.u32 p, %t, 4; @p bra OUT;
          { .reg .b64 %r1; mov.u64 %r1, 0xFFFFFFFFFF; } add.u32 %r0, %r0, %r1; OUT: }
        add.u32 %r0, %r0, %r1;""")
    assert got[:6].tolist() == [118, 118, 118, 108, 18, 118]


SQUARE_PLUS = """
.func (.param .b32 out) square_plus(.param .b32 x, .param .b32 y) {
.reg .b32 %r<5>; .reg .pred %p<3>;
ld.param.u32 %r1, [x]; ld.param.u32 %r2, [y]; setp.gt.u32 %p1, %r1, 5; @%p1 bra MANY;
mad.lo.u32 %r3, %r1, %r1, %r2; st.param.b32 [out], %r3; ret;
MANY: st.param.b32 [out], %r2; ret; }
"""
CALL = """
{ .param .b32 x; .param .b32 y; .param .b32 result; st.param.b32 [x], %t; st.param.b32 [y], 1000;
call.uni (result), square_plus, (x, y); ld.param.b32 %r0, [result]; }
{ .param .b32 x; .param .b32 y; .param .b32 result; st.param.b32 [x], 2; st.param.b32 [y], %r0;
call.uni (result), square_plus, (x, y); ld.param.b32 %r0, [result]; }
"""
SQUARES = [k * k + 1004 if k <= 5 else 1004 for k in range(64)]


def test_functions_in_the_module_and_in_another_one():
    assert values(CALL, before=SQUARE_PLUS).tolist() == SQUARES
    declared = ".extern .func (.param .b32 out) square_plus(.param .b32 x, .param .b32 y);"
    visible = HEADER + SQUARE_PLUS.replace(".func", ".visible .func")
    assert values(CALL, visible, before=declared).tolist() == SQUARES
    with pytest.raises(PTXError, match=r"line \d+: call.uni .*square_plus is not defined here"):
        values(CALL, before=declared)


def test_functions_with_registers_as_parameters_and_guarded_calls():
    function = """
    .func (.reg .b32 %out) double_it(.reg .b32 %x) { .reg .b32 %r1; mov.u32 %r1, %x; shl.b32 %out, %r1, 1; ret; }
    .func (.reg .b32 %out) four_times(.reg .b32 %x) {
    call (%out), double_it, (%x); call (%out), double_it, (%out); ret; }
    """
    got = values("mov.u32 %r0, 3; setp.lt.u32 %p1, %t, 2; @!%p1 call (%r0), four_times, (%t);", before=function)
    assert got.tolist() == [3, 3, *(4 * k for k in range(2, 64))]


def test_functions_keep_arrays_apart():
    """Each call has its own local memory; shared memory is one for all calls. Parameters may be arrays."""
    function = """
    .func (.param .align 16 .b8 out[16]) swap(.param .align 16 .b8 in[16]) {
    .reg .b64 %rd<4>; .local .align 8 .b8 stack[8]; .reg .u64 %s;
    ld.param.v2.b64 {%rd1, %rd2}, [in]; st.local.u64 [stack], %rd1; ld.local.u64 %rd3, [stack];
    st.param.b64 [out+0], %rd2; st.param.b64 [out+8], %rd3; ret; }
    """
    body = """
    { .param .align 16 .b8 a[16]; .param .align 16 .b8 b[16]; cvt.u64.u32 %rd5, %t;
    st.param.b64 [a], %rd5; st.param.b64 [a+8], 9; call.uni (b), swap, (a);
    ld.param.b64 %rd6, [b]; ld.param.b64 %rd7, [b+8]; }
    mad.lo.u64 %rd6, %rd6, 1000, %rd7; cvt.u32.u64 %r0, %rd6;
    """
    assert values(body, before=function).tolist() == [9000 + k for k in range(64)]


@pytest.mark.parametrize(
    ("function", "call", "message"),
    [
        (".func f() { call f; ret; }", "call f;", "recursion"),
        (".func f(.param .b32 x) { ret; }", "call f;", "takes 1 arguments"),
        ("", "call %rd1, (%r1);", "is not defined here"),
        (".func f(.param .b64 x) { ret; }", "{ .param .b32 a; call f, (a); }", "has 8 bytes"),
    ],
)
def test_calls_that_are_not_supported(function, call, message):
    with pytest.raises(PTXError, match=message):
        values(call, before=function)


def test_a_kernel_that_stops_itself_or_never_ends():
    with pytest.raises(PTXError, match=r"stopped itself in block \(0, 0, 0\) thread \(9, 0, 0\)(.|\n)*trap"):
        values("setp.eq.u32 %p1, %t, 9; @%p1 trap;")
    with pytest.raises(PTXError, match="does not end"):
        values("AGAIN: bra AGAIN;", limit=100)


def test_a_call_with_numbers_and_registers_for_memory():
    got = values("call (%r0), square_plus, (3, %t);", before=SQUARE_PLUS)
    assert got.tolist() == [9 + k for k in range(64)]
