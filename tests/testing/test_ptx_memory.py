"""Loads, stores, atomic operations and variables."""

from __future__ import annotations

import numpy as np
import pytest
from ptx_text import apply, entry, interesting, run

from fastnn.testing.ptx import Memory, Module, PTXError, numba_params
from fastnn.testing.ptx.types import SIZE


@pytest.mark.parametrize("type_", ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"])
def test_every_type_is_loaded_and_stored(type_):
    x = interesting(type_, 100, 1)
    (got,) = apply("mov.b32 %r0, %r0;" if SIZE[type_] else "", [(type_, x), (type_, x)], type_)
    assert got.shape == x.shape
    move = f"mov.b{max(16, 8 * SIZE[type_])} %d0, %a0;" if type_[0] != "f" else f"mov.{type_} %d0, %a0;"
    (got,) = apply(move, [(type_, x)], type_)
    np.testing.assert_array_equal(got.view("u1"), x.view("u1"))


def test_narrow_numbers_are_extended_by_their_sign():
    x = np.array([1, -1, 127, -128], "i1")
    body = "cvt.u64.u32 %rd9, %g; add.s64 %rd10, %rd0, %rd9; shl.b64 %rd9, %rd9, 2; add.s64 %rd11, %rd1, %rd9;"
    for load, want in (("ld.global.s8", x.astype("i4")), ("ld.global.u8", x.view("u1").astype("i4"))):
        text = entry(body + f"{load} %r1, [%rd10]; st.global.u32 [%rd11], %r1;", 2)
        (_, got), _ = run(text, [x, np.zeros(4, "i4")], 1, 4)
        np.testing.assert_array_equal(got, want)


VECTORS = "v2 f32 f, v4 f32 f, v2 f64 fd, v4 u16 rs, v2 u32 r, v4 u8 rs".split(", ")


@pytest.mark.parametrize(("vector", "type_", "register"), [case.split() for case in VECTORS])
@pytest.mark.parametrize("guard", ["", "@%p1 "])
def test_vectors(vector, type_, register, guard):
    """Reversed within each vector, through shared memory, by all lanes or by every second one."""
    n, size = int(vector[1]), int(vector[1]) * SIZE[type_]
    x = interesting(type_, 32 * n, 1)
    names = [f"%{register}{k}" for k in range(n)]
    forward, backward = "{" + ", ".join(names) + "}", "{" + ", ".join(names[::-1]) + "}"
    text = entry(
        f"""
        .shared .align 16 .b8 s[1024];
        and.b32 %r2, %t, 1; setp.eq.u32 %p1, %r2, 0;
        mul.wide.u32 %rd5, %t, {size}; mov.u64 %rd6, s; add.s64 %rd6, %rd6, %rd5;
        add.s64 %rd7, %rd0, %rd5; add.s64 %rd8, %rd1, %rd5;
        {guard}ld.global.{vector}.{type_} {forward}, [%rd7];
        {guard}st.shared.{vector}.{type_} [%rd6], {backward};
        {guard}ld.shared.{vector}.{type_} {forward}, [%rd6];
        {guard}st.global.{vector}.{type_} [%rd8], {forward};
        """,
        2,
    )
    (_, got), _ = run(text, [x, np.zeros_like(x)])
    want = x.reshape(32, n)[:, ::-1].copy()
    if guard:
        want[1::2] = 0
    np.testing.assert_array_equal(got.view("u1"), want.reshape(-1).view("u1"))


def test_a_vector_may_leave_elements_out():
    text = entry("ld.global.v2.u32 {_, %r1}, [%rd0]; st.global.u32 [%rd0], %r1;")
    ((got,), _) = run(text, [np.array([5, 7], "u4")], 1, 1)
    assert got.tolist() == [7, 7]


OPERATIONS = {
    "add": lambda old, x: old + x,
    "min": min,
    "max": max,
    "and": lambda old, x: old & x,
    "or": lambda old, x: old | x,
    "xor": lambda old, x: old ^ x,
    "exch": lambda old, x: x,
    "inc": lambda old, x: 0 if old >= x else old + 1,
    "dec": lambda old, x: x if old == 0 or old > x else old - 1,
}


@pytest.mark.parametrize("space", ["global", "shared"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_atomic_operations(operation, space):
    """32 lanes, one word: in lockstep one lane after another, and the old values come back."""
    type_ = "b32" if operation in ("and", "or", "xor", "exch") else "u32"
    text = entry(
        f"""
        .shared .align 4 .u32 s;
        ld.global.u32 %r1, [%rd0]; setp.eq.u32 %p1, %t, 0; @%p1 st.shared.u32 [s], %r1; bar.sync 0;
        mul.wide.u32 %rd5, %t, 4; add.s64 %rd6, %rd1, %rd5; add.s64 %rd7, %rd2, %rd5; ld.global.u32 %r2, [%rd6];
        {"mov.u64 %rd8, s;" if space == "shared" else "mov.u64 %rd8, %rd0;"}
        atom.{space}.{operation}.{type_} %r3, [%rd8], %r2;
        st.global.u32 [%rd7], %r3;
        bar.sync 0;
        ld.{space}.u32 %r4, [%rd8]; @%p1 st.global.u32 [%rd3], %r4;
        """,
        4,
    )
    values = np.random.default_rng(1).integers(0, 40, 32, dtype="u4")
    (_, _, old, last), _ = run(text, [np.array([13], "u4"), values, np.zeros(32, "u4"), np.zeros(1, "u4")])
    word, want = 13, []
    for value in values.tolist():
        want.append(word)
        word = OPERATIONS[operation](word, value)
    assert old.tolist() == want and last.tolist() == [word]


def test_atomic_sums_of_floats_and_compare_and_swap():
    text = entry(
        """
        cvt.rn.f32.u32 %f1, %g; cvt.f64.f32 %fd1, %f1;
        red.global.add.f32 [%rd0], %f1; red.relaxed.gpu.global.add.f64 [%rd1], %fd1;
        atom.global.cas.b32 %r2, [%rd2], 0, %g;
        """,
        3,
    )
    (single, double, swapped), _ = run(text, [np.zeros(1, "f4"), np.zeros(1), np.zeros(1, "u4")], 4, 32)
    assert single == double == 128 * 127 / 2 and swapped == 1


def test_variables_keep_their_values_from_launch_to_launch():
    text = entry(
        """
        ld.const.f32 %f1, [numbers+4]; ld.global.u32 %r1, [counter]; add.u32 %r1, %r1, 1; st.global.u32 [counter], %r1;
        st.global.u32 [%rd0], %r1; st.global.f32 [%rd0+4], %f1;
        """,
        before=".global .align 4 .u32 counter = 40; .const .align 4 .f32 numbers[2] = {0f3F800000, 0f40200000};",
    )
    memory, kernel = Memory(), Module(text).kernel
    x = memory.array(np.zeros(2, "u4"))
    for _ in range(2):
        kernel.launch(1, 1, [x.ptr], memory)
    assert x.numpy()[0] == 42 and x.numpy()[1:].view("f4") == 2.5


def test_generic_addresses_know_their_memory():
    text = entry(
        """
        .shared .align 4 .u32 s; .local .align 8 .b8 stack[16];
        mov.u64 %rd5, s; cvta.shared.u64 %rd6, %rd5; mov.u64 %rd7, stack;
        add.u64 %rd7, %rd7, 8; cvta.local.u64 %rd8, %rd7;
        st.u32 [%rd6], 5; st.u32 [%rd8], %t; ld.shared.u32 %r1, [s]; ld.local.u32 %r2, [stack+8];
        cvta.to.shared.u64 %rd9, %rd6; ld.shared.u32 %r3, [%rd9];
        isspacep.shared %p1, %rd6; isspacep.local %p2, %rd8; isspacep.global %p3, %rd0; isspacep.shared %p4, %rd8;
        selp.u32 %r5, 1, 0, %p1; selp.u32 %r6, 2, 0, %p2; selp.u32 %r7, 4, 0, %p3; selp.u32 %r8, 8, 0, %p4;
        add.u32 %r5, %r5, %r6; add.u32 %r5, %r5, %r7; add.u32 %r5, %r5, %r8;
        add.u32 %r1, %r1, %r2; add.u32 %r1, %r1, %r3; mad.lo.u32 %r1, %r5, 100, %r1; st.u32 [%rd0], %r1;
        """
    )
    ((got,), _) = run(text, [np.zeros(1, "u4")], 1, 1)
    assert got == 700 + 5 + 0 + 5


def test_dynamic_shared_memory_lies_behind_the_rest():
    text = entry(
        """
        .shared .align 4 .u32 own[3];
        mul.wide.u32 %rd5, %t, 4; mov.u64 %rd6, more; add.s64 %rd6, %rd6, %rd5; st.shared.u32 [%rd6], %t; bar.sync 0;
        mov.u32 %r1, %dynamic_smem_size; ld.shared.u32 %r2, [more+124]; add.u32 %r1, %r1, %r2;
        setp.eq.u32 %p1, %t, 31; @!%p1 bra END; st.shared.u32 [own+8], %r1; ld.shared.u32 %r3, [own+8];
        st.global.u32 [%rd0], %r3; END:
        """,
        before=".extern .shared .align 16 .b8 more[];",
    )
    ((got,), _) = run(text, [np.zeros(1, "u4")], dyn_shared=128)
    assert got == 128 + 31
    with pytest.raises(PTXError, match=r"out of bounds: 4 bytes of shared memory, more \+ 124 bytes"):
        run(text, [np.zeros(1, "u4")], dyn_shared=124)


def test_parameters_of_all_kinds():
    text = f"""{entry("", 0).split(".visible")[0]}
    .entry kernel(.param .u64 out, .param .f32 x, .param .s32 n, .param .align 8 .b8 both[16]) {{
    .reg .b64 %rd<4>; .reg .f32 %f<4>; .reg .b32 %r<4>; .reg .f64 %fd<2>;
    ld.param.u64 %rd0, [out]; ld.param.f32 %f0, [x]; ld.param.s32 %r0, [n]; ld.param.f64 %fd1, [both+8];
    ld.param.v2.u32 {{%r1, %r2}}, [both];
    cvt.rn.f32.s32 %f1, %r0; add.f32 %f0, %f0, %f1; cvt.rn.f32.f64 %f2, %fd1; add.f32 %f0, %f0, %f2;
    cvt.rn.f32.u32 %f3, %r2; add.f32 %f0, %f0, %f3; st.global.f32 [%rd0], %f0; ret; }}"""
    memory, kernel = Memory(), Module(text).kernel
    out = memory.array(np.zeros(1, "f4"))
    both = np.array([7, 1000], "u4").tobytes() + np.array([0.25]).tobytes()
    kernel.launch(1, 1, [out.ptr, 1.5, -3, both], memory)
    assert out.numpy() == 1.5 - 3 + 0.25 + 1000
    for wrong, message in (
        ([out.ptr, 1.5, -3], "has 4 parameters, got 3"),
        ([out.ptr, 1.5, 2.5, both], "is an integer"),
        ([out.ptr, 1.5, 1 << 40, both], "cannot hold"),
        ([out.ptr, 1.5, 1, b"12"], "has 16 bytes, got 2"),
    ):
        with pytest.raises(PTXError, match=message):
            kernel.launch(1, 1, wrong, memory)


def test_parameters_of_numba():
    memory = Memory()
    x = memory.array(np.zeros((3, 5), "f4"))
    assert numba_params([x, 7]) == [0, 0, 15, 4, x.ptr, 3, 5, 20, 4, 7]
    assert numba_params([x, 7], "mlir") == [x.ptr, x.ptr, 0, 3, 5, 5, 1, 7]


def test_arrays_of_the_host():
    memory = Memory(capacity=1024)
    first, second = memory.array(np.arange(1000.0), "first"), memory.array(np.arange(6).reshape(2, 3))
    assert first.ptr % 256 == 0 and second.shape == (2, 3)
    np.testing.assert_array_equal(first.numpy(), np.arange(1000.0))
    second.assign(7)
    assert second.numpy().tolist() == [[7, 7, 7], [7, 7, 7]]
    for align in (1, 2, 4, 8):
        assert memory.array(np.zeros(3), align=align).ptr % (2 * align) == align
    with pytest.raises(PTXError, match="power of two"):
        memory.empty(3, align=12)
