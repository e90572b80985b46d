"""How the members of a team meet, inside compiled code.

``sync`` is an int64 array whose used words lie in cache lines of their own. A meeting of two costs 0.1 us. A
member that waits long yields its core, and leaves when another member is reported dead. Where work is large its
pieces are queues, one a member, and who has come to the end of its own goes on with those of the others: a core may be
slower than another, or busy with something else.
"""

from __future__ import annotations

import ctypes
import functools
import sys

from numba import njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.native import call, fetch_add, load_acquire, pause, store_release

ARRIVED, GENERATION, STOP, STOPPED, DEAD, DIVERGED, ENDED, WORDS = 0, 16, 32, 48, 64, 80, 96, 112
PRODUCTS, GRADIENTS = 0, 16  # how many pieces of a member's queue have been taken; behind WORDS, a pair a member
QUEUES = 32  # words of each member's
SPINS = 200  # pauses before the core is yielded: about 5 us


@njit(**INNER)
def meet(sync, team, relax):
    """Return when all members of the team have come here. ``relax``: the address of yield_address()."""
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
        if spins < SPINS:
            pause()
        else:
            if load_acquire(sync, DEAD) != 0:
                return
            call(relax, ())


@njit(**INNER)
def refill(sync, member, queue):
    """Begin the member's queue again; the others take from it after the next meeting, and none before it."""
    store_release(sync, WORDS + member * QUEUES + queue, 0)


@njit(**INNER)
def take(sync, member, queue):
    """The number of the next piece of a member's queue, whoever asks."""
    return fetch_add(sync, WORDS + member * QUEUES + queue, 1)


@njit(**INNER)
def share(n, member, team, grain):
    """The part of 0 ... n-1 that belongs to a member, in multiples of ``grain``."""
    blocks = (n + grain - 1) // grain
    return min(n, blocks * member // team * grain), min(n, blocks * (member + 1) // team * grain)


@functools.cache
def yield_address() -> int:
    """The address of the C function that gives the rest of a time slice away."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address
