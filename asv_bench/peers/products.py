"""Matrix products of layers, compared with NumPy's OpenBLAS."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from asv_bench.peers import checks, report
from asv_bench.peers.bench import Bench, Call, Measured, ratio
from asv_bench.peers.report import Section

LAYERS = (  # (batch, inputs, outputs)
    (32, 30, 64), (32, 64, 64), (64, 64, 128), (64, 128, 10), (128, 784, 128), (128, 128, 10), (128, 784, 512),
    (128, 512, 256), (128, 256, 10), (64, 256, 256), (256, 512, 512), (1024, 64, 64), (1024, 784, 512),
    (256, 512, 2048), (256, 2048, 2048), (256, 2048, 10),
)  # fmt: skip
QUICK = ((64, 64, 128), (64, 128, 10), (128, 784, 128), (256, 512, 512))
FORMS = ("A·B", "Aᵀ·B", "A·Bᵀ")


def operands(layer: tuple[int, int, int], dtype: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the operands of the three products of a layer: X·W, Xᵀ·dZ for dW, dZ·Wᵀ for dX. Transposes are views."""
    batch, inputs, outputs = layer
    rng = np.random.default_rng(layer)
    X, W = rng.standard_normal((batch, inputs)), rng.standard_normal((inputs, outputs))
    X, W, dZ = (a.astype(dtype) for a in (X, W, rng.standard_normal((batch, outputs))))
    yield X, W
    yield X.T, dZ
    yield dZ, W.T


def close_to(left: np.ndarray, right: np.ndarray) -> checks.Check:
    """Return a check by float64 NumPy. The error of a sum of K products is at most about K eps times sum(|a| |b|)."""
    eps = np.finfo(left.dtype).eps
    left, right = left.astype(np.float64), right.astype(np.float64)
    depth = left.shape[1] + 2
    return checks.within(left @ right, depth * eps * (np.abs(left) @ np.abs(right)))


def measure(bench: Bench) -> Section:
    """Measure one thread in float32 and float64, and two threads in float32."""
    section = Section("Matrix products, compared with NumPy's OpenBLAS")
    section.notes.append(
        "A layer is batch × inputs × outputs; its products are A·B = X·W, Aᵀ·B = Xᵀ·dZ and A·Bᵀ = dZ·Wᵀ. The columns "
        "are GFLOP/s, and the ratio to `np.matmul(out=)` with the same number of threads. With one thread the targets "
        "are for `ops.matmul(out=)`, with one Python call per product as in NumPy. *Kernel*: the same product called "
        "from a compiled loop, as in training. With two threads the targets are for the kernel, run by the team of "
        "threads that is used for training, because `ops.matmul` uses one thread."
    )
    single = _compare(bench, section, "float32", 1)
    section.rows = [
        report.at_least("product, float32, 1 thread, geometric mean", 1.05, report.geometric_mean(single.values())),
        report.least("product, float32, 1 thread, worst shape", 0.85, [(v, name) for name, v in single.items()]),
    ]
    for dtype, threads, wanted in (("float32", 2, 1.1), ("float64", 1, 0.95)):
        mean = report.geometric_mean(_compare(bench, section, dtype, threads).values())
        what = f"product, {dtype}, {threads} thread{'s, in a compiled loop' * (threads > 1)}, geometric mean"
        section.rows.append(report.at_least(what, wanted, mean))
    return section


def _compare(bench: Bench, section: Section, dtype: str, threads: int) -> dict[str, float | None]:
    """Measure all products, add a table to the section, and return the ratios for the targets by product."""
    from fastnn.cpu.team import available_threads  # not above: the shapes are shared with all commits (asv)

    if threads > available_threads():
        bench.left_out[f"products with {threads} threads"] = f"this process can use {available_threads()}"
        return {}
    bench.say(f"products, {dtype}, threads: {threads}")
    theirs = f"NumPy, {threads} thread{'s' * (threads > 1)}"
    ours = ["ops.matmul", "kernel"] if threads == 1 else ["kernel"]
    counted: dict[str, float | None] = {}
    lines = []
    for layer in QUICK if bench.quick else LAYERS:
        name = "×".join(map(str, layer))
        for form, (left, right) in zip(FORMS, operands(layer, dtype), strict=True):
            arguments, check = {"left": left, "right": right}, close_to(left, right)
            calls = {
                "NumPy": Call(theirs, "product", arguments, check),
                "ops.matmul": Call("fastnn", "product", arguments, check),
                "kernel": Call("fastnn", "kernel_product", arguments | {"threads": threads}, check),
            }
            measured = bench.measure({label: calls[label] for label in ("NumPy", *ours)}, 2 * bench.repetitions)
            ratios = [ratio(measured, "NumPy", label) for label in ours]
            counted[f"{form} of {name}"] = ratios[0]
            flops = 2 * math.prod(layer)
            speeds = [_gigaflops(measured.get(label), flops) for label in ("NumPy", *ours)]
            lines.append((name, form, *speeds, *map(report.times, ratios)))
    heads = (f"{dtype}, {theirs.split(', ')[1]}", "form", "NumPy", *ours, *(f"ratio, {label}" for label in ours))
    section.tables.append((heads, lines))
    return counted


def _gigaflops(measured: Measured | None, flops: int) -> str:
    return report.NOT_MEASURED if measured is None else f"{flops / measured.median / 1e9:.1f}"
