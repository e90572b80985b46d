"""Optimizer updates, against PyTorch's fused or foreach ones and against the machine's memory."""

from __future__ import annotations

import numpy as np

from asv_bench.peers import checks, flat, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section
from fastnn import formula
from fastnn.registry import names, resolve
from tests.reference_rules import RULES

SIZE = 535_040  # the weights of 784-512-256-10
LARGE = 16 * 2**20
WANTED, BANDWIDTH = 1.5, 0.8
SLACK = 1e-3  # float32 against float64, on the way that the parameters went
VARIANTS = ("adam:amsgrad=true", "adamw:amsgrad=true", "rmsprop:centered=true")
QUICK = ("sgd", "adam", "rmsprop")


def optimizers(quick: bool) -> list[str]:
    """Every registered optimizer, and variants that keep more state."""
    return list(QUICK) if quick else sorted([*names("optimizer"), *VARIANTS])


def checked(name: str, size: int) -> checks.Check:
    """A check by the optimizer's rule in float64 NumPy, after a few steps with the same gradients."""
    bound = resolve("optimizer", name)
    p, g = (array[flat.some(size)].astype(np.float64) for array in flat.arrays(size))
    *_, expected = RULES[bound.name](p, [g] * flat.CHECKED_STEPS, **bound.values)
    return checks.moved_alike([p], [expected], SLACK)


def bytes_moved(name: str) -> int:
    """Of memory, a parameter: parameters and state are read and written, gradients read."""
    state = len(formula.optimizer_unit(resolve("optimizer", name), "float32").state)
    return 4 * (3 + 2 * state)


def measure(bench: Bench) -> Section:
    """Every optimizer, over SIZE parameters against PyTorch, over LARGE ones against a copy."""
    section = Section("Optimizer updates, one thread, against PyTorch and memory")
    section.notes.append(
        f"`ops.optimizer(name).step(parameters, gradients)` on flat float32 arrays. Left: microseconds over {SIZE:,} "
        "parameters, against PyTorch's fused update where it has one, else its foreach one. Right: GB/s over "
        f"{LARGE:,} parameters (parameters and state read and written, gradients read), as a share of `np.copyto`'s "
        "over arrays of as many numbers (read and written), measured in turn with it."
    )
    ratios: list[tuple[float, str]] = []
    shares: list[tuple[float, str]] = []
    lines = []
    for name in optimizers(bench.quick):
        bench.say(f"updates, {name}")
        arguments = {"name": name, "size": SIZE, "lr": resolve("optimizer", name).values["lr"]}
        calls = {"fastnn": Call("fastnn", "update", arguments, checked(name, SIZE))}
        calls["PyTorch"] = Call("PyTorch, 1 thread", "update", arguments, checked(name, SIZE))
        measured = bench.measure(calls, 2 * bench.repetitions)
        found = ratio(measured, "PyTorch", "fastnn")
        speed, copied = _bandwidths(bench, name)
        share = None if speed is None or copied is None else speed / copied
        ratios += [(found, name)] if found is not None else []
        shares += [(share, name)] if share is not None else []
        kind = measured["PyTorch"].note if "PyTorch" in measured else report.NOT_MEASURED
        seconds = [report.micro(measured[k].median if k in measured else None) for k in ("PyTorch", "fastnn")]
        left = (name, kind, *seconds, report.times(found), report.verdict_of(found, WANTED))
        right = (report.times(speed), report.times(copied), report.times(share), report.verdict_of(share, BANDWIDTH))
        lines.append(left + right)
    headers = ("optimizer", "kind", "PyTorch", "fastnn", "ratio", "verdict", "GB/s", "copy GB/s", "share", "verdict")
    section.tables.append((headers, lines))
    section.rows = [
        report.least(f"update of {SIZE:,} parameters against PyTorch, the slowest", WANTED, ratios),
        report.least("update of 16M parameters, share of the copy's bandwidth, the least", BANDWIDTH, shares),
    ]
    return section


def _bandwidths(bench: Bench, name: str) -> tuple[float | None, float | None]:
    """GB/s of the update of LARGE parameters, and of a copy of as many numbers."""
    arguments = {"name": name, "size": LARGE, "lr": resolve("optimizer", name).values["lr"]}
    measured = bench.measure(
        {
            "fastnn": Call("fastnn", "update", arguments, checked(name, LARGE)),
            "copy": Call("NumPy, 1 thread", "copy", {"size": LARGE}, checks.within(np.ones(1), 0.5)),
        }
    )
    moved = {"fastnn": bytes_moved(name) * LARGE / 1e9, "copy": 8 * LARGE / 1e9}
    speeds = {label: moved[label] / m.median for label, m in measured.items()}
    return speeds.get("fastnn"), speeds.get("copy")
