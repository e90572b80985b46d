"""Optimizer updates, against PyTorch's fused or foreach ones and against the machine's memory."""

from __future__ import annotations

import numpy as np

from asv_bench.peers import checks, flat, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section
from fastnn import formula
from fastnn.parts.registry import names, resolve
from tests.reference_rules import RULES

SIZE = 535_040  # the weights of 784-512-256-10
LARGE = 16 * 2**20
WANTED, BANDWIDTH = 1.5, 0.8
SLACK = 1e-3  # float32 against float64: of the way that a parameter went
ROUNDED = 3e-7  # and of the parameter itself, rounded three times
VARIANTS = ("adam:amsgrad=true", "adamw:amsgrad=true", "rmsprop:centered=true")
QUICK = ("sgd", "adam", "rmsprop")


def optimizers(quick: bool) -> list[str]:
    """Every registered optimizer, and variants that keep more state."""
    return list(QUICK) if quick else sorted([*names("optimizer"), *VARIANTS])


def checked(name: str, size: int) -> checks.Check:
    """A check by the optimizer's rule in float64 NumPy, after a few steps with the same gradients."""
    bound = resolve("optimizer", name)
    p, g = (flat.some(array).astype(np.float64) for array in flat.arrays(size))
    *_, expected = RULES[bound.name](p, [g] * flat.CHECKED_STEPS, **bound.values)
    return checks.within(expected, SLACK * np.abs(expected - p) + ROUNDED * np.abs(p))


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
        "over as many numbers (read and written; a processor may read what is written too, which is not counted), and "
        "beside it `np.negative`'s in place, where nothing is read for that; all in turn."
    )
    ratios: list[tuple[float | None, str]] = []
    shares: list[tuple[float | None, str]] = []
    lines = []
    for name in optimizers(bench.quick):
        bench.say(f"updates, {name}")
        arguments = {"name": name, "size": SIZE, "lr": resolve("optimizer", name).values["lr"]}
        calls = {"fastnn": Call("fastnn", "update", arguments, checked(name, SIZE))}
        calls["PyTorch"] = Call("PyTorch, 1 thread", "update", arguments, checked(name, SIZE))
        measured = bench.measure(calls, 2 * bench.repetitions)
        found = ratio(measured, "PyTorch", "fastnn")
        speeds = _bandwidths(bench, name)
        share = speeds.get("fastnn", 0.0) / speeds["copy"] if "copy" in speeds else None
        ratios.append((found, name))
        shares.append((share, name))
        kind = measured["PyTorch"].note if "PyTorch" in measured else report.NOT_MEASURED
        seconds = [report.micro(measured[k].median if k in measured else None) for k in ("PyTorch", "fastnn")]
        left = (name, kind, *seconds, report.times(found), report.verdict_of(found, WANTED))
        found_speeds = [report.times(speeds.get(label)) for label in ("fastnn", "copy", "in place")]
        right = (*found_speeds, report.times(share), report.verdict_of(share, BANDWIDTH))
        lines.append(left + right)
    heads = ("optimizer", "kind", "PyTorch", "fastnn", "ratio", "verdict", "GB/s", "copy", "in place", "share")
    section.tables.append(((*heads, "verdict"), lines))
    section.rows = [
        report.least(f"update of {SIZE:,} parameters against PyTorch, the slowest", WANTED, ratios),
        report.least("update of 16M parameters, share of the copy's bandwidth, the least", BANDWIDTH, shares),
    ]
    return section


def _bandwidths(bench: Bench, name: str) -> dict[str, float]:
    """GB/s of the update of LARGE parameters, and of NumPy's copying and negating as many; what was measured."""
    arguments = {"name": name, "size": LARGE, "lr": resolve("optimizer", name).values["lr"]}
    start = flat.some(flat.arrays(LARGE)[0]).astype(np.float64)
    alone = {"size": LARGE}
    calls = {
        "fastnn": Call("fastnn", "update", arguments, checked(name, LARGE)),
        "copy": Call("NumPy, 1 thread", "copy", alone, checks.within(start, ROUNDED)),
        "in place": Call("NumPy, 1 thread", "negate", alone, checks.within(-start, ROUNDED)),
    }
    moved = {label: 8 for label in calls} | {"fastnn": bytes_moved(name)}
    return {label: moved[label] * LARGE / 1e9 / m.median for label, m in bench.measure(calls).items()}
