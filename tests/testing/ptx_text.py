"""Small kernels in PTX, written by hand, and what runs them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.testing.ptx import Memory, Module
from fastnn.testing.ptx.types import NUMPY, SIZE

HEADER = ".version 8.0\n.target sm_80\n.address_size 64\n"
BLOCK = 128


def entry(body: str, arrays: int = 1, before: str = "") -> str:
    """A kernel whose parameters are addresses: %rd0, %rd1 ...; %t is the thread, %g the thread in the grid.

    Registers to use: %r, %rd, %rs, %f, %fd, %p. ``before`` stands before the kernel.
    """
    params = ", ".join(f".param .u64 p{k}" for k in range(arrays))
    loads = "\n".join(f"ld.param.u64 %rd{k}, [p{k}];" for k in range(arrays))
    return f"""{HEADER}
{before}
.visible .entry kernel({params}) {{
.reg .pred %p<20>; .reg .b16 %rs<20>; .reg .b32 %r<40>, %t, %g; .reg .b64 %rd<40>;
.reg .f32 %f<40>; .reg .f64 %fd<20>;
{loads}
mov.u32 %t, %tid.x;
mov.u32 %r39, %ctaid.x;
mov.u32 %r38, %ntid.x;
mad.lo.s32 %g, %r39, %r38, %t;
{body}
ret;
}}
"""


def run(text: str, arrays: Sequence, grid=1, block=32, others: Sequence[str] = (), **how):
    """Launch the kernel on copies of the arrays; a pair (shape, dtype) is an array that nobody has written."""
    memory = Memory()
    on_device = [memory.empty(*a) if isinstance(a, tuple) else memory.array(a) for a in arrays]
    stats = Module(text, *others).kernel.launch(grid, block, [a.ptr for a in on_device], memory, **how)
    results = [a.numpy() for a in on_device]
    return results, stats


def apply(instructions: str, inputs: Sequence[tuple[str, np.ndarray]], *outputs: str) -> list[np.ndarray]:
    """Run instructions with operands %a0, %a1 ... of given types and results %d0, %d1 ..., a thread for each element.

    Predicates come from and go to bytes.
    """
    count = len(inputs[0][1])
    padded = -(-count // BLOCK) * BLOCK
    values = [np.resize(a, padded) for _, a in inputs]
    results = [np.zeros(padded, "u1" if type_ == "pred" else NUMPY[type_]) for type_ in outputs]
    body = []
    for k, (name, type_) in enumerate(
        [
            *((f"a{k}", type_) for k, (type_, _) in enumerate(inputs)),
            *((f"d{k}", type_) for k, type_ in enumerate(outputs)),
        ]
    ):
        register = f"b{max(16, 8 * SIZE[type_])}" if type_[0] != "f" and type_ != "pred" else type_
        body.append(f".reg .{register} %{name};")
        body.append(f"mad.wide.u32 %rd{20 + k}, %g, {SIZE[type_]}, %rd{k};")
        if name[0] == "a" and type_ == "pred":
            body.append(f"ld.global.u8 %rs{k}, [%rd{20 + k}]; setp.ne.u16 %{name}, %rs{k}, 0;")
        elif name[0] == "a":
            body.append(f"ld.global.{type_} %{name}, [%rd{20 + k}];")
    body.append(instructions)
    for k, type_ in enumerate(outputs):
        address = f"[%rd{20 + len(inputs) + k}]"
        if type_ == "pred":
            body.append(f"selp.u16 %rs19, 1, 0, %d{k}; st.global.u8 {address}, %rs19;")
        else:
            body.append(f"st.global.{type_} {address}, %d{k};")
    text = entry("\n".join(body), len(inputs) + len(outputs))
    got, _ = run(text, [*values, *results], padded // BLOCK, BLOCK)
    return [a[:count] for a in got[len(inputs) :]]


def interesting(type_: str, count: int, seed: int) -> np.ndarray:
    """Random bit patterns, and the numbers at which something may go wrong."""
    random = np.random.default_rng(seed)
    size = SIZE[type_]
    bits = random.integers(0, 256, count * size, dtype=np.uint8).view(f"u{size}")
    if type_[0] == "f":
        width = {2: 10, 4: 23, 8: 52}[size]
        ones = (1 << (8 * size - 1)) - (1 << width)
        special = [
            0,
            1,
            (1 << width) - 1,
            1 << width,
            ones - 1,
            ones,
            ones + 1,
            np.array(1, f"f{size}").view(f"u{size}"),
        ]
        special += [int(x) | 1 << (8 * size - 1) for x in special]
    else:
        half = 1 << (8 * size - 1)
        special = [0, 1, 2, 31, 32, 33, half - 1, half, half + 1, 2 * half - 1, 2 * half - 2, 0x0102030405060708 % half]
    bits[: len(special)] = np.array([int(x) for x in special], f"u{size}")
    random.shuffle(bits)
    return bits.view(NUMPY[type_])
