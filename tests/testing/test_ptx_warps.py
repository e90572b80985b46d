"""Operations between the lanes of a warp."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import entry, run

from fastnn.testing.ptx import PTXError

STORE = "mul.wide.u32 %rd30, %g, 8; add.s64 %rd31, %rd0, %rd30; st.global.v2.u32 [%rd31], {%r0, %r1};"
LANES = np.arange(96) % 32


def pairs(body: str, threads: int = 96, schedule: str = "warps") -> np.ndarray:
    """What the kernel leaves in %r0 and %r1 of each thread."""
    text = entry("mov.u32 %r0, 0; mov.u32 %r1, 0;" + body + STORE)
    ((got,), _) = run(text, [np.zeros((threads, 2), "u4")], 1, threads, schedule=schedule)
    return got


@pytest.mark.parametrize(
    ("mode", "clamp", "source", "inside"),
    [
        ("up", "0", LANES - 3, LANES >= 3),
        ("down", "31", LANES + 3, LANES + 3 < 32),
        ("bfly", "31", LANES ^ 3, LANES >= 0),
        ("idx", "31", LANES * 0 + 3, LANES >= 0),
        ("down", "0x181F", LANES + 3, LANES % 8 + 3 < 8),  # segments of eight lanes
        ("idx", "0x181F", LANES // 8 * 8 + 3, LANES >= 0),
    ],
)
def test_shuffles(mode, clamp, source, inside):
    body = f"shfl.sync.{mode}.b32 %r0|%p1, %g, 3, {clamp}, -1; selp.u32 %r1, 1, 0, %p1;"
    for schedule in ("lockstep", "warps"):
        got = pairs(body, schedule=schedule)
        np.testing.assert_array_equal(got[:, 1], inside)
        np.testing.assert_array_equal(got[:, 0], np.arange(96) // 32 * 32 + np.where(inside, source, LANES))


def test_a_part_of_a_warp():
    """The last warp of a block may have fewer lanes, and a branch may leave some of them out."""
    got = pairs("shfl.sync.bfly.b32 %r0, %g, 1, 31, 0x000000FF;", threads=8)
    np.testing.assert_array_equal(got[:, 0], np.arange(8) ^ 1)
    got = pairs("setp.lt.u32 %p1, %t, 16; @!%p1 bra END; shfl.sync.bfly.b32 %r0, %g, 1, 31, 0xFFFF; END: ", threads=32)
    np.testing.assert_array_equal(got[:, 0], np.where(np.arange(32) < 16, np.arange(32) ^ 1, 0))


def test_votes():
    setup = "mov.u32 %r5, %laneid; setp.lt.u32 %p1, %g, 40; setp.lt.u32 %p2, %r5, 99; "
    votes = "vote.sync.ballot.b32 %r0, %p1, -1; " + "".join(
        f"vote.sync.{mode}.pred %p3, {p}, 0xffffffff; selp.u32 %r6, {1 << k}, 0, %p3; add.u32 %r1, %r1, %r6;"
        for k, (mode, p) in enumerate([("any", "%p1"), ("all", "%p1"), ("uni", "%p1"), ("all", "!%p1"), ("all", "%p2")])
    )
    got = pairs(setup + votes)[::32]
    assert got.tolist() == [[0xFFFFFFFF, 1 + 2 + 4 + 16], [0xFF, 1 + 16], [0, 4 + 8 + 16]]


def test_reductions_and_the_active_lanes():
    names = {"add": np.sum, "min": np.min, "max": np.max}
    for name, function in names.items():
        got = pairs(f"sub.s32 %r2, %g, 40; redux.sync.{name}.s32 %r0, %r2, -1;")[:, 0].view("i4")
        np.testing.assert_array_equal(got[::32], function((np.arange(96) - 40).reshape(3, 32), axis=1))
    for name, function in {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}.items():
        got = pairs(f"add.u32 %r2, %g, 3; redux.sync.{name}.b32 %r0, %r2, -1;")[::32, 0]
        np.testing.assert_array_equal(got, function.reduce((np.arange(96) + 3).reshape(3, 32), axis=1))
    got = pairs("and.b32 %r2, %t, 1; setp.eq.u32 %p1, %r2, 1; @%p1 activemask.b32 %r0; activemask.b32 %r1;")
    assert got[:2].tolist() == [[0, 0xFFFFFFFF], [0xAAAAAAAA, 0xFFFFFFFF]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("shfl.sync.bfly.b32 %r0, %g, 1, 31, 0xFFFF;", "takes part and is not in membermask"),
        ("setp.lt.u32 %p1, %t, 16; @%p1 shfl.sync.bfly.b32 %r0, %g, 1, 31, -1;", "names lanes of its warp"),
        ("setp.lt.u32 %p1, %t, 16; @%p1 shfl.sync.bfly.b32 %r0, %g, 16, 31, 0xFFFF;", "reads a lane that does not"),
        ("setp.lt.u32 %p1, %t, 16; @%p1 vote.sync.ballot.b32 %r0, %p1, -1;", "names lanes of its warp"),
        ("setp.lt.u32 %p1, %t, 16; @%p1 bar.warp.sync 0x1FFFF;", "names lanes of its warp"),
    ],
)
def test_lanes_that_are_not_there(body, message):
    with pytest.raises(PTXError, match=message):
        pairs(body, threads=32)


def test_the_matrix_product_of_tensor_cores():
    """Fragments as the PTX ISA lays them out, from matrices that tf32 represents exactly."""
    random = np.random.default_rng(0)
    A, B, C = (random.integers(-9, 9, shape).astype("f4") for shape in ((16, 8), (8, 8), (16, 8)))
    group, t = np.arange(32) // 4, np.arange(32) % 4
    a = np.stack([A[group, t], A[group + 8, t], A[group, t + 4], A[group + 8, t + 4]], axis=1)
    b = np.stack([B[t, group], B[t + 4, group]], axis=1)
    places = [(group, 2 * t), (group, 2 * t + 1), (group + 8, 2 * t), (group + 8, 2 * t + 1)]
    c = np.stack([C[place] for place in places], axis=1)
    text = entry(
        """
        mul.wide.u32 %rd5, %t, 16; add.s64 %rd6, %rd0, %rd5; add.s64 %rd7, %rd2, %rd5; add.s64 %rd8, %rd3, %rd5;
        mad.wide.u32 %rd9, %t, 8, %rd1;
        ld.global.v4.b32 {%r0, %r1, %r2, %r3}, [%rd6]; ld.global.v2.b32 {%r4, %r5}, [%rd9];
        ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%rd7];
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f4, %f5, %f6, %f7}, {%r0, %r1, %r2, %r3}, {%r4, %r5},
            {%f0, %f1, %f2, %f3};
        st.global.v4.f32 [%rd8], {%f4, %f5, %f6, %f7};
        """,
        4,
    )
    (*_, d), _ = run(text, [a, b, c, np.zeros((32, 4), "f4")])
    D = np.zeros((16, 8), "f4")
    for k, place in enumerate(places):
        D[place] = d[:, k]
    np.testing.assert_array_equal(D, A @ B + C)
