"""Functions over 64k float32, against PyTorch with one thread."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from asv_bench.peers import checks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section

SIZE = 65536
WANTED = 2.0
ULPS = {"exp": 2.0, "log": 2.0}  # the other functions: 4 ulp or ABSOLUTE
ABSOLUTE = 1e-7
ROUGH = 1e-5  # with a larger error, relative and absolute, nobody would be timed
ACTIVATIONS = ("tanh", "sigmoid", "softplus", "gelu")  # those that ops.activation has

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
    """Arguments of all sizes, (SIZE,) float32, at which the results are checked."""
    if name == "log":
        return np.geomspace(1e-37, 1e38, SIZE).astype(np.float32)
    half = np.geomspace(1e-37, 87.0, SIZE // 2)
    return np.concatenate([-half[::-1], half]).astype(np.float32)


def timed(name: str) -> np.ndarray:
    """Arguments as networks have them, (SIZE,) float32, on which the time is taken."""
    rng = np.random.default_rng(3)
    return rng.uniform(0.0 if name == "log" else -8.0, 8.0, SIZE).astype(np.float32)


class Accuracy:
    """A check that keeps the worst error: as text, and as a share of what is allowed."""

    def __init__(self, name: str):
        self.expected = EXACT[name](sample(name).astype(np.float64))
        self.limit = ULPS.get(name)
        self.share, self.text = math.nan, report.NOT_MEASURED

    def __call__(self, result: np.ndarray) -> None:
        checks.within(self.expected, ROUGH * (1 + np.abs(self.expected)))(result)
        off = np.abs(result.astype(np.float64) - self.expected)
        ulps = off / np.spacing(np.abs(self.expected).astype(np.float32)).astype(np.float64)
        shares = ulps / self.limit if self.limit else np.minimum(ulps / 4, off / ABSOLUTE)
        worst = int(shares.argmax())
        self.share = float(shares[worst])
        in_ulps = self.limit or ulps[worst] / 4 <= off[worst] / ABSOLUTE
        self.text = f"{ulps[worst]:.2f} ulp" if in_ulps else f"{off[worst]:.2e}"


def measure(bench: Bench) -> Section:
    """Each function by a compiled loop, by ops.activation, and by PyTorch."""
    section = Section(f"Functions over {SIZE:,} float32, one thread, against PyTorch")
    section.notes.append(
        "Microseconds. *Kernel*: the compiled loop around the formula, from one array to another, as PyTorch's with "
        "`out=`; it is what counts. `ops.activation` returns a new array. Errors are the largest over arguments of "
        "all sizes, 1e-37 to 87 (of log, to 1e38), against NumPy in float64."
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
        lines.append((name, *seconds, report.times(found), report.verdict_of(found, WANTED), *errors))
    headers = ("function", "PyTorch", "kernel", "ops.activation", "ratio", "verdict", "error", "of what is allowed")
    section.tables.append((headers, lines))
    worst = max(((a.share, name) for name, a in accuracies.items()), default=None)
    section.rows = [
        report.least("functions over 64k float32, kernels, against PyTorch, the slowest", WANTED, ratios),
        report.row(
            "their accuracy", "exp, log 2 ulp; others 4 ulp or 1e-7", worst,
            lambda w: f"{w[0]:.0%} of what is allowed ({w[1]})", lambda w: w[0] <= 1,
        ),
    ]  # fmt: skip
    return section
