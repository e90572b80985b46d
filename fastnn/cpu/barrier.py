"""Barriers and work stealing for a team of threads, inside compiled code.

``sync`` is an int64 array. Words that are used by different threads lie in different cache lines. A barrier of two
threads takes 0.1 us. A thread that waits long yields its core, and leaves the barrier if another thread is reported
dead. Large work is split into pieces: each thread has a work queue, and steals from the others when its own is empty,
because cores may differ in speed or be busy with something else.

``team`` is the number of threads, and ``member`` the number of one of them, counted from 0.
"""

from __future__ import annotations

import ctypes
import functools
import sys

from numba import njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.native import call, fetch_add, load_acquire, pause, store_release

ARRIVED, GENERATION, STOP, STOPPED, DEAD, DIVERGED, ENDED, WORDS = 0, 16, 32, 48, 64, 80, 96, 112
REACHED = ENDED + 1  # the step before which a run ended, once ENDED is set
PRODUCTS, GRADIENTS = 0, 16  # offsets of a thread's two queues: each is the number of pieces taken; they follow WORDS
QUEUES = 32  # words for the queues of one thread
SPINS_BEFORE_YIELD = 200  # pauses, about 5 us


@njit(**INNER)
def meet(sync, team, yield_function):
    """Barrier: wait until all threads of the team have called this. yield_function: from yield_address()."""
    if team == 1:
        return
    generation = load_acquire(sync, GENERATION)
    if fetch_add(sync, ARRIVED, 1) == team - 1:
        store_release(sync, ARRIVED, 0)
        fetch_add(sync, GENERATION, 1)
        return
    spins = 0
    while load_acquire(sync, GENERATION) == generation:
        spins += 1
        if spins < SPINS_BEFORE_YIELD:
            pause()
        else:
            if load_acquire(sync, DEAD) != 0:
                return
            call(yield_function, ())


@njit(**INNER)
def refill(sync, member, queue):
    """Reset a thread's queue. The other threads may take from it only after the next barrier."""
    store_release(sync, WORDS + member * QUEUES + queue, 0)


@njit(**INNER)
def take(sync, member, queue):
    """Take the next piece from a thread's queue and return its number. Any thread may call this."""
    return fetch_add(sync, WORDS + member * QUEUES + queue, 1)


@njit(**INNER)
def share(n, member, team, grain):
    """Return the part (begin, end) of 0 ... n-1 that belongs to a thread, in multiples of ``grain``."""
    blocks = (n + grain - 1) // grain
    return min(n, blocks * member // team * grain), min(n, blocks * (member + 1) // team * grain)


@functools.cache
def yield_address() -> int:
    """Return the address of the C function that yields the core to other threads."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address
