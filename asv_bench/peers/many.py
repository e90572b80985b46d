"""Several networks at once, compared with one after the other."""

from __future__ import annotations

import numpy as np

from asv_bench.peers import checks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.networks import CASES, Case
from asv_bench.peers.report import Section
from fastnn.cpu.team import available_threads

NETWORKS, EPOCHS, THREADS = 8, 50, 2
MIN_RATIO = 1.9
SMALL = CASES[:3]


def calls_of(case: Case) -> dict[str, Call]:
    """Return the training of all networks in both ways. A network must get the same bits in each."""
    equal = checks.within(np.zeros(NETWORKS), 1e-30)
    arguments = {"case": case, "count": NETWORKS, "epochs": EPOCHS}
    return {
        "one after the other": Call("fastnn", "trainings", {**arguments, "at_once": 0}, equal),
        "at once": Call("fastnn", "trainings", {**arguments, "at_once": THREADS}, equal),
    }


def measure(bench: Bench) -> Section:
    """Measure the microseconds per step of eight networks, trained by train one by one, and by train_many."""
    section = Section(f"{NETWORKS} networks at once on {THREADS} threads, compared with one after the other")
    section.notes.append(
        f"Microseconds of wall time per step, over {NETWORKS} networks on the same data and {EPOCHS} epochs with "
        "validation on a fifth of the samples: `fastnn.train(net, threads=1)` for each network in turn, and "
        f"`fastnn.train_many(networks, threads={THREADS})`, with everything that both do before and after the epochs."
    )
    ratios: list[tuple[float | None, str]] = []
    lines = []
    if available_threads() < THREADS:
        bench.left_out[f"{THREADS} networks at once"] = f"this process can use {available_threads()} thread"
    for case in SMALL[: 1 if bench.quick else None]:
        bench.say(f"networks at once, {case.name}")
        measured = bench.measure(calls_of(case), 2 * bench.repetitions) if available_threads() >= THREADS else {}
        found = ratio(measured, "one after the other", "at once")
        times = [report.micro(measured[k].median if k in measured else None) for k in calls_of(case)]
        lines.append((case.name, *times, report.times(found), report.verdict_of(found, MIN_RATIO)))
        ratios.append((found, case.name))
    section.tables = [(("network, batch", *calls_of(SMALL[0]), "ratio", "verdict"), lines)]
    what = f"throughput of train_many on {THREADS} threads, compared with one after the other, minimum"
    section.rows = [report.least(what, MIN_RATIO, ratios)]
    return section
