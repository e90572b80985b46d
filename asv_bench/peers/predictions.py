"""Predictions of few and many rows, compared with PyTorch, and of single rows of a table."""

from __future__ import annotations

import itertools

import numpy as np

from asv_bench.peers import checks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section, micro

SIZES = (64, 128, 10)
LIMITS = {1: 8e-6, 100: 20e-6}  # seconds
MANY, MIN_RATIO = 100_000, 3.0
TOLERANCE = 1e-4  # outputs are of the order of 1
TABLES = {"array": 100e-6, "dictionary": 100e-6, "frame": 1e-3}  # seconds for a row, by what is given
NUMBERS, TEXTS = 10, 2  # columns of that row
PEERS = {"PyTorch, 1": "PyTorch, 1 thread", "PyTorch, all": "PyTorch, all threads"}


def parameters() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (W, b) of every layer."""
    rng = np.random.default_rng(4)
    layers = itertools.pairwise(SIZES)
    return [(rng.normal(0, m**-0.5, (m, n)).astype("f"), rng.normal(0, 0.1, n).astype("f")) for m, n in layers]


def inputs(rows: int) -> np.ndarray:
    """Return the rows whose classes are predicted."""
    return np.random.default_rng(rows).normal(size=(rows, SIZES[0])).astype(np.float32)


def expected(rows: int) -> np.ndarray:
    """Return the outputs in float64."""
    values = inputs(rows).astype(np.float64)
    (W, b), (V, c) = parameters()
    return np.maximum(values @ W + b, 0) @ V + c


def calls_of(rows: int) -> dict[str, Call]:
    """Return the prediction of the classes of all rows, by every peer."""
    check = checks.within(expected(rows), TOLERANCE)
    peers = {"fastnn": "fastnn", **PEERS}
    return {label: Call(peer, "prediction", {"rows": rows}, check) for label, peer in peers.items()}


def measure(bench: Bench) -> Section:
    """Measure the time for 1, 100 and 100,000 rows, and for one row that is given in several ways."""
    section = Section("Predictions, compared with PyTorch")
    section.notes.append(
        f"{'-'.join(map(str, SIZES))}, float32: from an array to class numbers. fastnn: `net.predict(X)`. PyTorch: "
        "`model(X).argmax(1)` in `inference_mode`, with one thread and with all. fastnn computes in the calling thread "
        f"as long as that takes some milliseconds. A row of a table: `model.predict(row)` with {NUMBERS} columns of "
        f"numbers and {TEXTS} of texts (an array: numbers only)."
    )
    lines = []
    for rows in (*LIMITS, MANY):
        bench.say(f"predictions of {rows:,} rows")
        measured = bench.measure(calls_of(rows), 2 * bench.repetitions)
        fastest = min((k for k in measured if k != "fastnn"), key=lambda k: measured[k].median, default="")
        found = ratio(measured, fastest, "fastnn")
        lines.append((f"{rows:,}", *_times(measured, ("fastnn", *PEERS)), report.times(found)))
        ours = measured["fastnn"].median if "fastnn" in measured else None
        if rows in LIMITS:
            section.rows.append(_at_most(f"net.predict, {rows} row{'s' if rows > 1 else ''}", LIMITS[rows], ours))
        else:
            what = f"net.predict, {rows:,} rows, compared with PyTorch's fastest"
            section.rows.append(report.at_least(what, MIN_RATIO, found))
    section.tables.append((("rows", "fastnn, us", *(f"{k}, us" for k in PEERS), "ratio"), lines))
    bench.say("predictions of a row of a table")
    ways = {way: Call("fastnn", "row_prediction", {"way": way}, checks.nothing) for way in TABLES}
    measured = bench.measure(ways, 2 * bench.repetitions)
    section.tables.append((("a row of a table, given as", *TABLES), [("us", *_times(measured, TABLES))]))
    for way, limit in TABLES.items():
        ours = measured[way].median if way in measured else None
        section.rows.append(_at_most(f"model.predict, one row: {way}", limit, ours))
    return section


def _times(measured, labels) -> list[str]:
    return [micro(measured[label].median if label in measured else None) for label in labels]


def _at_most(what: str, limit: float, seconds: float | None) -> report.Row:
    shown = f"<= {limit * 1e6:g} us"
    return report.row(what, shown, seconds, lambda s: f"{micro(s)} us", lambda s: s <= limit)
