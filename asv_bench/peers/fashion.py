"""Fashion-MNIST in whole processes, compared with JAX: time, peak memory, accuracy."""

from __future__ import annotations

import statistics
import tempfile

from asv_bench.peers import command, report
from asv_bench.peers.bench import Bench
from asv_bench.peers.command import Ended
from asv_bench.peers.processes import accuracy
from asv_bench.peers.report import Section
from fastnn.data import idx
from fastnn.data.builtin import FASHION_FOLDER

EPOCHS, REPETITIONS = 10, 3
DATA_BYTES = 70_000 * 784 * 4  # all images as float32
MAX_EXTRA_BYTES = 250e6  # peak memory in addition to the data
MIN_ACCURACY = 0.87
TRAIN = ("train", "fashion-mnist", "--hidden", "128", "--batch-size", "128", "--validation", "0", "--quiet")


def measure(bench: Bench) -> Section:
    """Train 784-128-10 for ten epochs on all 60,000 images, then evaluate it on the 10,000 test images."""
    section = Section("Fashion-MNIST, 784-128-10, whole processes, compared with JAX")
    reason = _absent(bench)
    if reason:
        section.notes.append(f"Left out: {reason}.")
        section.rows = [report.Row("Fashion-MNIST compared with JAX", "<= JAX's time and memory", reason, None)]
        return section
    section.notes.append(
        f"{EPOCHS} epochs over 60,000 images in batches of 128, Adam, float32, then the accuracy on the 10,000 test "
        f"images. Both read the compressed files. The data are {DATA_BYTES / 1e6:.0f} MB as float32. Medians of "
        f"{REPETITIONS} interleaved runs. Peak: the maximum resident memory."
    )
    bench.say("Fashion-MNIST")
    try:
        ended = _run(bench.has("JAX, all threads"))
    except command.CommandFailed as error:
        bench.problem("Fashion-MNIST", str(error))
        section.rows = [report.failed("Fashion-MNIST")]
        return section
    seconds = {label: statistics.median(e.seconds for e in runs) for label, runs in ended.items()}
    peaks = {label: statistics.median(e.peak for e in runs) for label, runs in ended.items()}
    accuracies = {label: statistics.mean(accuracy(e.text) for e in runs) for label, runs in ended.items()}
    lines = [(k, f"{seconds[k]:.2f}", f"{peaks[k] / 1e6:.0f}", f"{accuracies[k]:.4f}") for k in ended]
    section.tables.append((("Fashion-MNIST", "seconds", "peak MB", "test accuracy"), lines))
    shares = [values["fastnn"] / values["JAX"] if "JAX" in values else None for values in (seconds, peaks)]
    section.rows = [
        report.at_most("Fashion-MNIST, whole process: share of JAX's time", 1.0, shares[0]),
        report.at_most("Fashion-MNIST, whole process: share of JAX's peak memory", 1.0, shares[1]),
        report.at_least("Fashion-MNIST, accuracy on the test images", MIN_ACCURACY, accuracies["fastnn"], "{:.4f}"),
        report.row(
            "Fashion-MNIST, peak memory", "<= data + 250 MB", peaks["fastnn"],
            lambda p: f"data {'+' if p >= DATA_BYTES else '-'} {abs(p - DATA_BYTES) / 1e6:.0f} MB",
            lambda p: p <= DATA_BYTES + MAX_EXTRA_BYTES,
        ),
    ]  # fmt: skip
    return section


def _absent(bench: Bench) -> str:
    """Return the reason why this cannot be measured; empty if it can."""
    if bench.quick:
        return "not part of the quick run"
    if not idx.is_folder(FASHION_FOLDER):
        return f"there are no images in {FASHION_FOLDER} (Debian's package dataset-fashion-mnist)"
    return ""


def _run(with_jax: bool) -> dict[str, list[Ended]]:
    commands = {"fastnn": [*command.fastnn(), *TRAIN, "--epochs", str(EPOCHS)]}
    if with_jax:
        commands["JAX"] = [*command.script("jax_fashion.py"), FASHION_FOLDER, str(EPOCHS)]
    ended: dict[str, list[Ended]] = {label: [] for label in commands}
    with tempfile.TemporaryDirectory() as folder:
        command.run([*command.fastnn(), *TRAIN, "--epochs", "1"], folder)  # fills the caches
        for _ in range(REPETITIONS):
            for label, wanted in commands.items():
                ended[label].append(command.run(wanted, folder))
    return ended
