"""Barriers of blocks and of the grid, and results that do not depend on who comes first."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import entry, run

from fastnn.testing.ptx import Memory, Module, PTXError

DECLARED = """
.extern .func (.param .b32 out) cudaCGSynchronize(.param .b64 handle, .param .b32 flags);
.extern .func (.param .b64 out) cudaCGGetIntrinsicHandle(.param .b32 scope);
"""
HANDLE = """{ .param .b32 param0; st.param.b32 [param0+0], 1; .param .b64 retval0;
call.uni (retval0), cudaCGGetIntrinsicHandle, (param0); ld.param.b64 %rd10, [retval0+0]; }"""
MEET = """{ .param .b64 param0; st.param.b64 [param0+0], %rd10; .param .b32 param1; st.param.b32 [param1+0], 0;
.param .b32 retval0; call.uni (retval0), cudaCGSynchronize, (param0, param1); ld.param.b32 %r30, [retval0+0]; }"""

# Each block adds up its part in shared memory; after a grid barrier every block adds up the parts.
SUMS = entry(
    f"""
    .shared .align 4 .f32 s[64];
    {HANDLE}
    mul.wide.u32 %rd5, %g, 4; add.s64 %rd5, %rd0, %rd5; ld.global.f32 %f1, [%rd5];
    mov.u64 %rd6, s; mad.wide.u32 %rd6, %t, 4, %rd6; st.shared.f32 [%rd6], %f1;
    mov.u32 %r1, 32;
HALVE: bar.sync 0;
    setp.ge.u32 %p1, %t, %r1; @%p1 bra NEXT;
    mul.wide.u32 %rd7, %r1, 4; add.s64 %rd7, %rd6, %rd7; ld.shared.f32 %f2, [%rd7]; ld.shared.f32 %f3, [%rd6];
    add.f32 %f3, %f3, %f2; st.shared.f32 [%rd6], %f3;
NEXT: shr.u32 %r1, %r1, 1; setp.ne.u32 %p2, %r1, 0; @%p2 bra HALVE;
    mov.u32 %r2, %ctaid.x; mad.wide.u32 %rd8, %r2, 4, %rd1; setp.ne.u32 %p3, %t, 0;
    @!%p3 st.global.f32 [%rd8], %f3;
    {MEET}
    @%p3 bra END;
    mov.f32 %f4, 0f00000000; mov.u32 %r3, 0; mov.u64 %rd9, %rd1; mov.u32 %r4, %nctaid.x;
ADD: ld.global.f32 %f5, [%rd9]; add.f32 %f4, %f4, %f5; add.s64 %rd9, %rd9, 4; add.u32 %r3, %r3, 1;
    setp.lt.u32 %p4, %r3, %r4; @%p4 bra ADD;
    mad.wide.u32 %rd8, %r2, 4, %rd2; st.global.f32 [%rd8], %f4;
END:
    """,
    3,
    DECLARED,
)


def sums(text=SUMS, grid=5, **how):
    x = np.random.default_rng(0).standard_normal(64 * grid).astype("f4")
    (_, parts, total), stats = run(text, [x, ((grid,), "f4"), ((grid,), "f4")], grid, 64, cooperative=True, **how)
    return parts, total, x, stats


def test_the_bits_do_not_depend_on_the_schedule():
    parts, total, x, _ = sums()
    want = x.reshape(5, 64)
    for half in (32, 16, 8, 4, 2, 1):
        want = want[:, :half] + want[:, half : 2 * half]
    np.testing.assert_array_equal(parts, want[:, 0])
    assert len(set(total.tolist())) == 1 and abs(total[0] - x.sum()) < 1e-4
    for schedule in ("warps", "blocks"):
        for seed in range(3):
            other = sums(schedule=schedule, seed=seed)
            assert other[0].tobytes() == parts.tobytes() and other[1].tobytes() == total.tobytes()


def test_the_schedules_do_differ():
    """A sum in the order in which the lanes come has other bits for another seed."""
    text = entry(
        "mad.wide.u32 %rd5, %g, 4, %rd0; ld.global.f32 %f1, [%rd5]; red.global.add.f32 [%rd1], %f1;",
        2,
    )
    x = np.random.default_rng(0).standard_normal(512).astype("f4")
    for schedule in ("warps", "blocks"):
        results = {
            float(run(text, [x, np.zeros(1, "f4")], 4, 128, schedule=schedule, seed=seed)[0][1][0]) for seed in range(6)
        }
        assert len(results) > 1
        again = [run(text, [x, np.zeros(1, "f4")], 4, 128, schedule=schedule, seed=2)[0][1][0] for _ in range(2)]
        assert again[0] == again[1]


@pytest.mark.parametrize("schedule", ["lockstep", "warps", "blocks"])
def test_every_barrier_is_needed(schedule):
    without_meeting = SUMS.replace(MEET, "")
    with pytest.raises(PTXError, match=r"race in global memory|global memory that was never written"):
        sums(without_meeting, schedule=schedule)
    with pytest.raises(PTXError, match=r"race in shared memory|shared memory that was never written"):
        sums(SUMS.replace("bar.sync 0;", ""), schedule=schedule)
    sums(without_meeting.replace("ADD: ld.global.f32 %f5, [%rd9];", "ADD: mov.f32 %f5, 0f00000000;"), schedule=schedule)


def test_a_grid_barrier_needs_a_cooperative_launch():
    assert Module(SUMS).kernel.meets and not Module(entry("")).kernel.meets
    x = np.ones(64, "f4")
    with pytest.raises(PTXError, match="grid barrier in a launch without cooperative=True"):
        run(SUMS, [x, x, x], 1, 64)


@pytest.mark.parametrize("schedule", ["lockstep", "warps", "blocks"])
def test_a_grid_barrier_that_a_part_does_not_reach(schedule):
    leaves = SUMS.replace(HANDLE, HANDLE + "setp.ge.u32 %p9, %g, 256; @%p9 ret;")
    with pytest.raises(PTXError, match="a grid barrier that not all threads reach: 256 of 320"):
        sums(leaves, schedule=schedule)


def test_write_after_read_across_blocks_needs_the_second_grid_barrier():
    """Everybody reads the first word, then block 0 writes it: as parameters are read and updated in a training step."""
    body = f"""{HANDLE} ld.global.u32 %r1, [%rd0]; <{MEET}|bar.sync 0;>
    setp.eq.u32 %p1, %g, 0; @%p1 st.global.u32 [%rd0], 5;
    add.u32 %r1, %r1, 1; mad.wide.u32 %rd5, %g, 4, %rd1; st.global.u32 [%rd5], %r1;"""
    before, _, rest = body.partition("<")
    right, _, rest = rest.partition("|")
    wrong, _, rest = rest.partition(">")
    arrays = [np.array([7], "u4"), ((192,), "u4")]
    for schedule in ("lockstep", "warps", "blocks"):
        (first, out), _ = run(
            entry(before + right + rest, 2, DECLARED), arrays, 3, 64, cooperative=True, schedule=schedule
        )
        assert first == 5 and set(out.tolist()) == {8}
        with pytest.raises(PTXError, match=r"race in global memory, (write after read|read after write): array 1 \+ 0"):
            run(entry(before + wrong + rest, 2, DECLARED), arrays, 3, 64, cooperative=True, schedule=schedule)


def test_many_blocks_are_run_in_parts():
    """The checks of global memory go on from one part to the next."""
    text = entry("mad.wide.u32 %rd5, %g, 4, %rd0; st.global.u32 [%rd5], %g;")
    for how in (dict(max_lanes=64), dict(profile=True), dict(schedule="blocks"), dict()):
        ((got,), stats) = run(text, [((640,), "u4")], 20, 32, **how)
        assert got.tolist() == list(range(640)) and stats["instr:st.global.u32"] == 20
    with pytest.raises(PTXError, match="race in global memory, write after write"):
        run(text.replace("%g, 4, %rd0", "%t, 4, %rd0"), [((640,), "u4")], 20, 32, max_lanes=32)


def test_what_is_counted():
    """32 warp instructions each; rows that lie 32 floats apart meet at one bank, and each in a sector of its own."""
    text = """
    .shared .align 4 .f32 s[1024]; mul.lo.u32 %r1, %t, STRIDE; mov.u64 %rd5, s; mad.wide.u32 %rd5, %r1, 4, %rd5;
    mad.wide.u32 %rd6, %r1, 4, %rd0; ld.global.f32 %f1, [%rd6]; st.shared.f32 [%rd5], %f1; ld.shared.f32 %f2, [%rd5];
    fma.rn.f32 %f2, %f2, %f2, %f2; st.global.f32 [%rd6], %f2;"""
    _, good = run(entry(text.replace("STRIDE", "1")), [np.ones(1024, "f4")], profile=True)
    _, bad = run(entry(text.replace("STRIDE", "32")), [np.ones(1024, "f4")], profile=True)
    assert good.summary()["ld.shared passes/ideal"] == good.summary()["st.global sectors/ideal"] == 1
    assert bad.summary()["ld.shared passes/ideal"] == 32 and bad.summary()["ld.global sectors/ideal"] == 8
    assert good["instr:fma.rn.f32"] == good.summary()["fma"] == 1


def test_wrong_launches():
    kernel, memory = Module(entry("").replace(") {", ") .maxntid 64, 1, 1 {", 1)).kernel, Memory()
    x = memory.array(np.zeros(4))
    for arguments, message in (
        ((1, 65, [x.ptr]), "a block of 65 threads is not allowed: kernel has at most 64"),
        ((0, 32, [x.ptr]), "grid 0 is not allowed"),
        ((1, (2, 2, 2, 2), [x.ptr]), "block .* is not allowed"),
        ((1, 32, []), "has 1 parameters, got 0"),
        (((1 << 11, 1 << 11), 1, [x.ptr]), "a grid of 4194304 blocks is too large for racecheck"),
    ):
        with pytest.raises(PTXError, match=message):
            kernel.launch(*arguments, memory)
    with pytest.raises(PTXError, match="must be one of lockstep, warps, blocks"):
        kernel.launch(1, 32, [x.ptr], memory, schedule="random")
