"""Whole processes: training on digits compared with scikit-learn, start times, and what first.py measures."""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from asv_bench.peers import command, first, report
from asv_bench.peers.bench import Bench
from asv_bench.peers.command import Ended
from asv_bench.peers.report import Section
from fastnn.data.split import split

DIGITS, VALIDATION, EPOCHS = 1797, 0.2, 50
TRAIN = ("train", "digits", "--hidden", "128", "--epochs", str(EPOCHS), "--batch-size", "32", "--quiet")
MAX_ACCURACY_LOSS = 0.005  # of the mean accuracy: less than two of the 359 validation images


def measure(bench: Bench) -> Section:
    """Run each of these in new processes, in turn."""
    section = Section("Whole processes")
    section.notes.append(
        f"Seconds from the start to the end of a process, medians. Digits: 64-128-10, {EPOCHS} epochs, batches of 32, "
        "the same rows for both, a different seed in every repetition. fastnn also evaluates the network after each "
        "epoch, and saves its best parameters and its models; scikit-learn prints the accuracy at the end."
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = {"train digits": _digits, "start": _start, "first run": _first_run, "epochs": first.epoch_cost}
        if bench.quick:
            section.notes.append("The first run, with an empty cache, is not part of the quick run.")
            del parts["first run"]
        for what, part in parts.items():
            try:
                part(bench, section, folder)
            except command.CommandFailed as error:
                bench.problem(what, str(error))
                section.rows.append(report.failed(what))
    return section


def accuracy(text: str) -> float:
    """Return the last accuracy in the output of a process."""
    return float(re.findall(r"accuracy (\d\.\d+)", text)[-1])


def _digits(bench: Bench, section: Section, folder: Path) -> None:
    bench.say("whole processes: digits")
    command.run([*command.fastnn(), *TRAIN, "--plot", "--out", "warm"], folder)
    ended: dict[str, list[Ended]] = {"fastnn": [], "fastnn, picture": []}
    compared = bench.has("scikit-learn")
    if compared:
        ended["scikit-learn"] = []
    for seed in range(1 if bench.quick else max(5, bench.repetitions)):
        chosen = [*command.fastnn(), *TRAIN, "--seed", str(seed)]
        ended["fastnn"].append(command.run([*chosen, "--out", f"quiet{seed}"], folder))
        ended["fastnn, picture"].append(command.run([*chosen, "--plot", "--out", f"plot{seed}"], folder))
        if compared:
            training, validation = split(DIGITS, VALIDATION, seed)
            np.savez(folder / "rows.npz", training=training, validation=validation)
            arguments = ["rows.npz", str(EPOCHS), str(seed)]
            ended["scikit-learn"].append(command.run([*command.script("sklearn_digits.py"), *arguments], folder))
    seconds = {label: statistics.median(e.seconds for e in runs) for label, runs in ended.items()}
    accuracies = {label: statistics.mean(accuracy(e.text) for e in runs) for label, runs in ended.items()}
    lines = [
        (label, f"{seconds[label]:.2f}", f"{max(e.peak for e in runs) / 1e6:.0f}", f"{accuracies[label]:.4f}")
        for label, runs in ended.items()
    ]
    section.tables.append((("digits", "seconds", "peak MB", "accuracy, mean"), lines))
    theirs = seconds.get("scikit-learn")
    for label, wanted in (("fastnn", 0.5), ("fastnn, picture", 1.0)):
        share = seconds[label] / theirs if theirs else None
        what = f"train digits, whole process{label.removeprefix('fastnn')}: share of scikit-learn's time"
        section.rows.append(report.at_most(what, wanted, share))
    compare_accuracy = compared and not bench.quick  # a single run is not enough
    loss = accuracies["scikit-learn"] - accuracies["fastnn"] if compare_accuracy else None
    section.rows.append(
        report.row(
            "train digits: accuracy, and that of scikit-learn", f"at most {MAX_ACCURACY_LOSS:g} lower", loss,
            lambda x: f"{accuracies['fastnn']:.4f}, {accuracies['scikit-learn']:.4f}",
            lambda x: x <= MAX_ACCURACY_LOSS,
        )
    )  # fmt: skip


def _start(bench: Bench, section: Section, folder: Path) -> None:
    bench.say("whole processes: starting")
    commands = {
        "import fastnn": ([sys.executable, "-c", "import fastnn"], 0.1),
        "fastnn --help": ([*command.fastnn(), "--help"], 0.25),
        "python -c pass": ([sys.executable, "-c", "pass"], None),
    }
    found: dict[str, list[float]] = {label: [] for label in commands}
    for _ in range(2 * bench.repetitions):
        for label, (wanted, _) in commands.items():
            found[label].append(command.run(wanted, folder).seconds)
    lines = []
    for label, (_, limit) in commands.items():
        seconds = statistics.median(found[label])
        lines.append((label, f"{seconds:.3f}"))
        if limit is not None:
            section.rows.append(report.Row(label, f"< {limit:g} s", f"{seconds:.3f} s", seconds < limit))
    section.tables.append((("start", "seconds"), lines))


def _first_run(bench: Bench, section: Section, folder: Path) -> None:
    theirs = None
    if bench.has("scikit-learn"):
        training, validation = split(DIGITS, VALIDATION, 0)
        np.savez(folder / "first.npz", training=training, validation=validation)
        theirs = [*command.script("sklearn_digits.py"), "first.npz", "1", "0"]
    first.first_run(bench, section, folder, theirs)
