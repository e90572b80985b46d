"""Functions of 64k float32 numbers, compared with PyTorch with one thread."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from asv_bench.peers import checks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section

SIZE = 65536
MIN_RATIO = 2.0
MAX_ULPS = {"exp": 2.0, "log": 2.0}  # for the other functions: 4 ulp or MAX_ABSOLUTE_ERROR
MAX_ABSOLUTE_ERROR = 1e-7
WRONG_ERROR = 1e-5  # relative and absolute; a peer with a larger error is not timed
ACTIVATIONS = ("tanh", "sigmoid", "softplus", "gelu")  # also available as ops.activation

erf, erfc = np.vectorize(math.erf), np.vectorize(math.erfc)
EXACT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda x: np.exp(-np.logaddexp(0, -x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "gelu": lambda x: 0.5 * x * erfc(-x / math.sqrt(2)),
    "erf": erf,
}


def sample(name: str) -> np.ndarray:
    """Return arguments of all magnitudes, (SIZE,) float32, for the check of the results."""
    if name == "log":
        return np.geomspace(1e-37, 1e38, SIZE).astype(np.float32)
    half = np.geomspace(1e-37, 87.0, SIZE // 2)
    return np.concatenate([-half[::-1], half]).astype(np.float32)


def timed(name: str) -> np.ndarray:
    """Return typical arguments in networks, (SIZE,) float32, for the timing."""
    rng = np.random.default_rng(3)
    return rng.uniform(0.0 if name == "log" else -8.0, 8.0, SIZE).astype(np.float32)


class Accuracy:
    """A check that keeps the largest error: as text, and as a share of the allowed error."""

    def __init__(self, name: str):
        self.expected = EXACT[name](sample(name).astype(np.float64))
        self.limit = MAX_ULPS.get(name)
        self.share, self.text = math.nan, report.NOT_MEASURED

    def __call__(self, result: np.ndarray) -> None:
        checks.within(self.expected, WRONG_ERROR * (1 + np.abs(self.expected)))(result)
        errors = np.abs(result.astype(np.float64) - self.expected)
        ulps = errors / np.spacing(np.abs(self.expected).astype(np.float32)).astype(np.float64)
        shares = ulps / self.limit if self.limit else np.minimum(ulps / 4, errors / MAX_ABSOLUTE_ERROR)
        worst = int(shares.argmax())
        self.share = float(shares[worst])
        in_ulps = self.limit or ulps[worst] / 4 <= errors[worst] / MAX_ABSOLUTE_ERROR
        self.text = f"{ulps[worst]:.2f} ulp" if in_ulps else f"{errors[worst]:.2e}"


def measure(bench: Bench) -> Section:
    """Measure each function in a compiled loop, in ops.activation, and in PyTorch."""
    section = Section(f"Functions of {SIZE:,} float32 numbers, one thread, compared with PyTorch")
    section.notes.append(
        "Microseconds. *Kernel*: the compiled loop around the formula, from one array to another, as in PyTorch with "
        "`out=`. The targets are for the kernel. `ops.activation` returns a new array. Errors are the maximum over "
        "arguments of all magnitudes, 1e-37 to 87 (for log, to 1e38), compared with NumPy in float64."
    )
    bench.say("functions")
    ratios: list[tuple[float | None, str]] = []
    accuracies: dict[str, Accuracy] = {}
    lines = []
    for name in EXACT:
        arguments = {"name": name, "x": timed(name), "sample": sample(name)}
        ours = Accuracy(name)
        calls = {
            "kernel": Call("fastnn", "function", arguments, ours),
            "PyTorch": Call("PyTorch, 1 thread", "function", arguments, Accuracy(name)),
        }
        if name in ACTIVATIONS:
            calls["ops"] = Call("fastnn", "function_by_ops", arguments, Accuracy(name))
        measured = bench.measure(calls, 2 * bench.repetitions)
        found = ratio(measured, "PyTorch", "kernel")
        ratios.append((found, name))
        if not math.isnan(ours.share):
            accuracies[name] = ours
        seconds = [report.micro(measured[k].median if k in measured else None) for k in ("PyTorch", "kernel", "ops")]
        errors = (ours.text, f"{ours.share:.0%}")
        lines.append((name, *seconds, report.times(found), report.verdict_of(found, MIN_RATIO), *errors))
    headers = ("function", "PyTorch", "kernel", "ops.activation", "ratio", "verdict", "error", "of the allowed error")
    section.tables.append((headers, lines))
    worst = max(((a.share, name) for name, a in accuracies.items()), default=None)
    section.rows = [
        report.least("functions of 64k float32, kernels, compared with PyTorch, minimum", MIN_RATIO, ratios),
        report.row(
            "accuracy of these functions", "exp, log 2 ulp; others 4 ulp or 1e-7", worst,
            lambda w: f"{w[0]:.0%} of the allowed error ({w[1]})", lambda w: w[0] <= 1,
        ),
    ]  # fmt: skip
    return section
