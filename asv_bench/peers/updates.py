"""Optimizer updates, compared with PyTorch's fused or foreach ones and with the bandwidth of the memory."""

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
MIN_RATIO, MIN_BANDWIDTH_SHARE = 1.5, 0.8
CHANGE_TOLERANCE = 1e-3  # error of float32, as a share of the change of a parameter
VALUE_TOLERANCE = 3e-7  # and of the parameter itself, which is rounded three times
VARIANTS = ("adam:amsgrad=true", "adamw:amsgrad=true", "rmsprop:centered=true")
QUICK = ("sgd", "adam", "rmsprop")


def optimizers(quick: bool) -> list[str]:
    """Return all registered optimizers, and variants with more state."""
    return list(QUICK) if quick else sorted([*names("optimizer"), *VARIANTS])


def checked(name: str, size: int) -> checks.Check:
    """Return a check by the rule of the optimizer in float64 NumPy, after a few steps with the same gradients."""
    bound = resolve("optimizer", name)
    p, g = (flat.some(array).astype(np.float64) for array in flat.arrays(size))
    *_, expected = RULES[bound.name](p, [g] * flat.CHECKED_STEPS, **bound.values)
    return checks.within(expected, CHANGE_TOLERANCE * np.abs(expected - p) + VALUE_TOLERANCE * np.abs(p))


def bytes_moved(name: str) -> int:
    """Return the bytes per parameter that are moved: parameters and state are read and written, gradients are read."""
    state = len(formula.optimizer_unit(resolve("optimizer", name), "float32").state)
    return 4 * (3 + 2 * state)


def measure(bench: Bench) -> Section:
    """Compare all optimizers with PyTorch for SIZE parameters, and with a copy for LARGE parameters."""
    section = Section("Optimizer updates, one thread, compared with PyTorch and memory bandwidth")
    section.notes.append(
        f"`ops.optimizer(name).step(parameters, gradients)` on flat float32 arrays. Left: microseconds for {SIZE:,} "
        "parameters, compared with PyTorch's fused update, or with its foreach update if there is no fused one. Right: "
        f"GB/s for {LARGE:,} parameters (parameters and state are read and written, gradients are read), as a share of "
        "the GB/s of `np.copyto` for the same number of elements (read and written; the processor may also read the "
        "memory that it writes, which is not counted). For comparison `np.negative` in place, which needs no such "
        "reads. All are interleaved."
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
        left = (name, kind, *seconds, report.times(found), report.verdict_of(found, MIN_RATIO))
        found_speeds = [report.times(speeds.get(label)) for label in ("fastnn", "copy", "in place")]
        right = (*found_speeds, report.times(share), report.verdict_of(share, MIN_BANDWIDTH_SHARE))
        lines.append(left + right)
    heads = ("optimizer", "kind", "PyTorch", "fastnn", "ratio", "verdict", "GB/s", "copy", "in place", "share")
    section.tables.append(((*heads, "verdict"), lines))
    section.rows = [
        report.least(f"update of {SIZE:,} parameters, compared with PyTorch, minimum", MIN_RATIO, ratios),
        report.least("update of 16M parameters, share of a copy's bandwidth, minimum", MIN_BANDWIDTH_SHARE, shares),
    ]
    return section


def _bandwidths(bench: Bench, name: str) -> dict[str, float]:
    """Return the GB/s of the update of LARGE parameters, and of copying and negating as many numbers in NumPy."""
    arguments = {"name": name, "size": LARGE, "lr": resolve("optimizer", name).values["lr"]}
    start = flat.some(flat.arrays(LARGE)[0]).astype(np.float64)
    alone = {"size": LARGE}
    calls = {
        "fastnn": Call("fastnn", "update", arguments, checked(name, LARGE)),
        "copy": Call("NumPy, 1 thread", "copy", alone, checks.within(start, VALUE_TOLERANCE)),
        "in place": Call("NumPy, 1 thread", "negate", alone, checks.within(-start, VALUE_TOLERANCE)),
    }
    moved = {label: 8 for label in calls} | {"fastnn": bytes_moved(name)}
    return {label: moved[label] * LARGE / 1e9 / m.median for label, m in bench.measure(calls).items()}
