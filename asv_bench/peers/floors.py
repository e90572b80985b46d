"""How near the floor: the least time of a training step on this machine, as a share of the measured time."""

from __future__ import annotations

import numpy as np

from asv_bench import floor
from asv_bench.peers import checks, networks, report
from asv_bench.peers.bench import Bench, Call, Measured
from asv_bench.peers.networks import CASES, Case
from asv_bench.peers.report import Section
from fastnn.cpu.team import available_threads

WANTED = (None, 0.6, 0.6, 0.85, 0.85, 0.85)  # shares, in the order of CASES
ADAM_STATE = 2  # numbers per parameter
THREADS = {"1 thread": 1, "all threads": None}
QUICK = (2, 3)
ALONE = "peak, 1 thread"
MIN_SCALING = 0.7  # of the peak of all threads, as a share of so many times the peak of one


def measure(bench: Bench) -> Section:
    """Measure the machine's best speeds and the steps in turn, with one thread and with all."""
    section = Section("Training steps: how near the floor")
    section.notes.append(
        "The floor of a step is the larger of two times: its floating-point operations (of the products alone) at the "
        "peak of multiply-adds between registers, and the bytes of its update at the bandwidth of numbers that are "
        "read and written back, if parameters and state are larger than the cache. Peak and bandwidth are measured in "
        "turn with the step, with as many threads: one, or all usable ones; the best of their repetitions counts. "
        "*Share*: floor / measured; the target is for all threads. *Products*: the time of the step's products alone, "
        "one after the other, in a compiled loop with one thread, as a share of its step. What is left is the "
        "gathering of the rows, the activations, the loss and the update. The quotient of floor and products is the "
        "products' share of the peak."
    )
    cache = floor.largest_cache()
    lines, shares, wanted = [], [], []
    for number, (case, target) in enumerate(zip(CASES, WANTED, strict=True)):
        if bench.quick and number not in QUICK:
            continue
        bench.say(f"floor, {case.name}")
        work = floor.work(case.sizes, case.batch, ADAM_STATE, cache)
        measured = bench.measure(_calls(case), bench.repetitions)
        cells = []
        for label in THREADS:
            share, cell = _share(work, measured, label)
            cells += cell
        alone, step = (measured[k].median if k in measured else None for k in ("products", "step, 1 thread"))
        part = alone / step if alone and step else None
        lines.append((case.name, *cells, report.micro(alone), report.times(part)))
        if target is not None:
            shares.append(share)
            wanted.append(target)
    heads = (f"{what}, {label}" for label in THREADS for what in ("GFLOP/s", "GB/s", "floor", "measured", "share"))
    section.tables.append((("network, batch", *heads, "products, 1 thread", "their share"), lines))
    section.rows.append(report.each_at_least("training step, floor / measured, all threads", wanted, shares))
    return section


def _calls(case: Case) -> dict[str, Call]:
    start, expected = networks.initial(case), networks.trained(case)
    usual = checks.moved_alike(start, expected, networks.TOLERANCE)
    calls = {"products": Call("fastnn", "step_products", {"case": case}, checks.within(np.zeros(1), 1e-3))}
    for label, threads in THREADS.items():
        arguments = {"threads": threads}
        calls[f"peak, {label}"] = Call("fastnn", "multiply_adds", arguments, checks.within(np.full(1, 32.0), 1e-3))
        calls[f"moved, {label}"] = Call("fastnn", "moves", arguments, checks.within(np.full(8, -1.0), 1e-6))
        calls[f"step, {label}"] = Call("fastnn", "training", {"case": case, "threads": threads}, usual)
    return calls


def _share(work: floor.Work, measured: dict[str, Measured], label: str) -> tuple[float | None, tuple[str, ...]]:
    """Return the share, and the cells of a table. Other work on the machine slows a step or its yardstick.

    So the best speeds count. There is no share if the machine was never free when its speed was measured: if all
    threads together were far from that many times one thread, or if the floor is above the measured time.
    """
    names = [f"{what}, {label}" for what in ("peak", "moved", "step")]
    if not all(name in measured for name in (*names, ALONE)):
        return None, (report.NOT_MEASURED,) * 5
    peak, bandwidth = (1 / min(measured[name].seconds) for name in names[:2])
    step = measured[names[2]].median
    least = work.seconds(peak, bandwidth)
    count = THREADS[label] or available_threads()
    free = peak >= MIN_SCALING * count / min(measured[ALONE].seconds)
    share = least / step if free and least <= step else None
    speeds = (f"{peak / 1e9:.0f}", f"{bandwidth / 1e9:.0f}")
    return share, (*speeds, report.micro(least), report.micro(step), report.times(share))
