"""The first run of all, with an empty cache, and the cost of an epoch on the command line."""

from __future__ import annotations

import re
import statistics
import sys
from pathlib import Path

from asv_bench.peers import command, report
from asv_bench.peers.bench import Bench
from asv_bench.peers.report import Section

MAX_FIRST_SECONDS = 6.0
COMPILING_TEXT = "compiling"  # part of the message that fastnn prints when it compiles
TRAIN = ("train", "digits", "--hidden", "128", "--epochs", "1", "--batch-size", "32", "--no-plot")
EPOCHS, QUICK_EPOCHS = 4000, 1000
MAX_COST = {"quiet": 0.1, "lines": 0.2, "live": 0.2}  # milliseconds of an epoch, more than from Python
FACES = {
    "python": "fastnn.train",
    "quiet": "fastnn train --quiet",
    "lines": "fastnn train, a line per epoch",
    "live": "fastnn train, in a terminal",
}


def first_run(bench: Bench, section: Section, folder: Path, sklearn: list[str] | None) -> None:
    """Train for one epoch in new processes, each with an empty cache, and with a full one.

    sklearn: the command of scikit-learn's training for one epoch. A process ends a little later than its epoch.
    """
    bench.say("whole processes: the first run")
    empty: list[command.Ended] = []
    full: list[command.Ended] = []
    theirs: list[command.Ended] = []
    for turn in range(3):
        cache = folder / f"cache{turn}"
        for name, ended in (("first", empty), ("second", full)):
            line = [*command.fastnn(), *TRAIN, "--out", f"{name}{turn}"]
            ended.append(command.run(line, folder, FASTNN_CACHE_DIR=str(cache)))
        if sklearn:
            theirs.append(command.run(sklearn, folder))
    message = all(COMPILING_TEXT in ended.text for ended in empty)
    size = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file())
    found = {"fastnn, empty cache": empty, "fastnn, full cache": full, "scikit-learn": theirs}
    medians = {label: statistics.median(ended.seconds for ended in runs) for label, runs in found.items() if runs}
    said = {"fastnn, empty cache": "yes" if message else "NO"}
    lines = [(label, f"{seconds:.2f}", said.get(label, "")) for label, seconds in medians.items()]
    section.tables.append((("train digits for one epoch", "seconds", "says that it compiles"), lines))
    section.notes.append(f"The first run of all leaves {size / 1e6:.1f} MB in the cache.")
    section.rows.append(
        report.row(
            "first run, empty caches, to the end of one epoch", f"<= {MAX_FIRST_SECONDS:g} s, with a message",
            medians["fastnn, empty cache"],
            lambda s: f"{s:.1f} s, {'with' if message else 'WITHOUT'} a message",
            lambda s: s <= MAX_FIRST_SECONDS and message,
        )
    )  # fmt: skip


def epoch_cost(bench: Bench, section: Section, folder: Path) -> None:
    """Measure the CPU time of an epoch of a tiny network, from Python and by the command line."""
    bench.say("whole processes: the cost of an epoch")
    epochs = QUICK_EPOCHS if bench.quick else EPOCHS
    found: dict[str, list[float]] = {face: [] for face in FACES}
    for _ in range(1 if bench.quick else 5):
        for face in FACES if sys.platform != "win32" else ("python", "quiet", "lines"):
            ended = command.run([*command.script("epoch_cost.py"), face, str(epochs)], folder)
            found[face].append(float(re.findall(r"([\d.]+) ms an epoch", ended.text)[-1]))
    medians = {face: statistics.median(values) for face, values in found.items() if values}
    more = {face: medians[face] - medians["python"] for face in medians}
    lines = [(FACES[face], f"{medians[face]:.3f}", f"{more[face]:.3f}") for face in medians]
    section.tables.append((("an epoch of 4-8-2, 80 rows", "ms of CPU time", "more than from Python"), lines))
    for face, limit in MAX_COST.items():
        what = f"an epoch by {FACES[face]}: CPU time above that from Python"
        section.rows.append(
            report.row(what, f"<= {limit:g} ms", more.get(face), lambda x: f"{x:.3f} ms", lambda x, m=limit: x <= m)
        )
