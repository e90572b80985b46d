"""What a machine does at best: multiply-adds between registers, and numbers read from memory and written back."""

from __future__ import annotations

import functools

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from asv_bench.peers.job import Job
from fastnn.buffers import aligned_zeros
from fastnn.cpu.barrier import meet, share, yield_address
from fastnn.cpu.compiled import compiled
from fastnn.cpu.team import Team, available_threads
from fastnn.cpu.vectors import INT64, Vectors, no_unroll, out_of_line
from fastnn.kernels.pointers import advance, load, pointer, store

CHAINS = 16  # independent sums: twice as many as two units with a latency of four cycles need
ROUNDS = 200_000  # of one call: about a millisecond
MOVED = 2**25  # numbers: 128 MB, more than the caches
GRAIN = 1024  # numbers; the threads' shares are multiples of it


@intrinsic
def chains(typingctx, p, rounds):
    """Do ``rounds`` multiply-adds of a vector in each of CHAINS registers, and store their sum at ``p``."""

    def body(v: Vectors, arguments) -> None:
        p, rounds = arguments
        b = v.builder
        before, loop, done = b.block, b.append_basic_block("loop"), b.append_basic_block("done")
        factor, summand = v.splat(ir.Constant(v.element, 0.5)), v.load(p)
        b.branch(loop)
        b.position_at_end(loop)
        k = b.phi(INT64)
        k.add_incoming(INT64(0), before)
        sums = [b.phi(v.type) for _ in range(CHAINS)]
        new = [v.multiply_add(total, factor, summand) for total in sums]
        for total, value in zip(sums, new, strict=True):
            total.add_incoming(summand, before)
            total.add_incoming(value, loop)
        following = b.add(k, INT64(1))
        k.add_incoming(following, loop)
        no_unroll(b, b.cbranch(b.icmp_signed("<", following, rounds), loop, done))
        b.position_at_end(done)
        total = new[0]
        for value in new[1:]:
            total = b.fadd(total, value)
        v.store(total, p)

    return types.void(p, types.intp), out_of_line("chains", p.dtype, body)


@functools.cache
def _loops():
    """Return multiply_add(member, team, sync, relax, rounds, x) and negate(member, team, sync, relax, x)."""
    numbers, sync = types.Array(types.float32, 1, "C"), types.Array(types.int64, 1, "C")
    number = types.intp

    @compiled(types.void(number, number, sync, number, number, numbers), key="peak of multiply-adds")
    def multiply_add(member, team, sync, relax, rounds, x):
        chains(advance(pointer(x), member * GRAIN), rounds)
        meet(pointer(sync), team, relax)

    @compiled(types.void(number, number, sync, number, numbers), key="numbers moved")
    def negate(member, team, sync, relax, x):
        first, end = share(x.size, member, team, GRAIN)
        p = pointer(x)
        for k in range(first, end):
            store(p, k, -load(p, k))
        meet(pointer(sync), team, relax)

    return multiply_add, negate


def multiply_adds(threads: int | None = None) -> Job:
    """Return a job whose unit is a floating-point operation. threads: None for all. Its result is one sum."""
    size = threads or available_threads()
    numbers = aligned_zeros(size * GRAIN, "float32")
    numbers[:] = 1.0
    lanes = _lanes()
    team, relax = Team(size), yield_address()

    def run(rounds: int = ROUNDS) -> None:
        team.run(lambda member, members: _loops()[0](member, members, team.sync, relax, rounds, numbers))

    run(60)
    result = numbers[:1].copy()  # x/2 + 1 ends at 2 in each chain
    numbers[:] = 1.0
    return Job(run, result, size * 2 * lanes * CHAINS * ROUNDS, team.close)


def moves(threads: int | None = None) -> Job:
    """Return a job whose unit is a byte that is read or written. threads: None for all. Its result is a few numbers."""
    size = threads or available_threads()
    numbers = np.ones(MOVED, np.float32)
    team, relax = Team(size), yield_address()

    def run() -> None:
        team.run(lambda member, members: _loops()[1](member, members, team.sync, relax, numbers))

    run()
    result = numbers[:: MOVED // 8].copy()
    return Job(run, result, 2 * numbers.nbytes, team.close)


def _lanes() -> int:
    """Return how many float32 a vector of this machine holds."""
    from numba.core.registry import cpu_target

    from fastnn.cpu.machine import machine

    return machine(cpu_target.target_context, ir.FloatType()).lanes
