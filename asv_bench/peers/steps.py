"""Training steps of six networks, compared with JAX, PyTorch and scikit-learn."""

from __future__ import annotations

from asv_bench.peers import checks, networks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.networks import CASES, Case
from asv_bench.peers.report import Section

TORCH = {  # label -> peer, fused
    "eager, 1": ("PyTorch, 1 thread", False),
    "eager, all": ("PyTorch, all threads", False),
    "fused, 1": ("PyTorch, 1 thread", True),
    "fused, all": ("PyTorch, all threads", True),
}
JAX = {"1": "JAX, 1 thread", "all": "JAX, all threads"}
QUICK = "PyTorch fused, 1"
COMPARED = ("JAX", "PyTorch", "scikit-learn")
SKLEARN_MIN_RATIO = 1.0


def calls_of(case: Case, quick: bool) -> dict[str, Call]:
    """Return one epoch for every peer, with a check by training in float64 NumPy. quick: only one PyTorch variant."""
    usual = checks.moved_alike(networks.initial(case), networks.trained(case), networks.TOLERANCE)
    logistic = case.logistic
    theirs = checks.moved_alike(networks.initial(case, logistic), networks.trained(case, logistic), networks.TOLERANCE)
    calls = {
        "fastnn": Call("fastnn", "training", {"case": case}, usual),
        "scikit-learn": Call("scikit-learn", "training", {"case": case}, theirs),
    }
    calls |= {f"JAX {label}": Call(peer, "training", {"case": case}, usual) for label, peer in JAX.items()}
    for name, (peer, fused) in TORCH.items():
        label = f"PyTorch {name}"
        if label == QUICK or not quick:
            calls[label] = Call(peer, "training", {"case": case, "fused": fused}, usual)
    return calls


def measure(bench: Bench) -> Section:
    """Measure the microseconds per step of all peers on each network."""
    section = Section("Training steps, compared with JAX, PyTorch and scikit-learn")
    section.notes.append(
        "Microseconds per step: forward, loss, backward and Adam in float32, in epochs of shuffled batches gathered "
        "from the data. fastnn: `Program.train` with the number of threads that it chooses. JAX: the epoch in one "
        "jitted `lax.scan`. PyTorch: eager, with the default Adam and with `fused=True`. For JAX and PyTorch the ratio "
        "is to the fastest variant, with one thread or with all threads. scikit-learn: `partial_fit`."
    )
    wanted: dict[str, list[float]] = {peer: [] for peer in COMPARED}
    ratios: dict[str, list[float | None]] = {peer: [] for peer in COMPARED}
    lines, verdicts, summary = [], [], []
    for number, case in enumerate(CASES):
        if bench.quick and number not in networks.QUICK:
            continue
        bench.say(f"training steps, {case.name}")
        large = case.sizes[0] == 512
        calls = calls_of(case, bench.quick)
        measured = bench.measure(calls, bench.repetitions if large else 2 * bench.repetitions)
        cells = []
        for peer, target in zip(COMPARED, (case.jax, case.torch, SKLEARN_MIN_RATIO), strict=True):
            fastest = min((k for k in measured if k.startswith(peer)), key=lambda k: measured[k].median, default="")
            found = ratio(measured, fastest, "fastnn")
            wanted[peer].append(target)
            ratios[peer].append(found)
            cells.append(f"{report.times(found)} (>= {target:g}) {report.verdict_of(found, target)}")
        labels = ("fastnn", *(f"JAX {k}" for k in JAX), *(f"PyTorch {k}" for k in TORCH), "scikit-learn")
        times = [report.micro(measured[k].median if k in measured else None) for k in labels]
        lines.append((case.name, *times, measured["fastnn"].note if "fastnn" in measured else report.NOT_MEASURED))
        verdicts.append((case.name, *cells))
        summary.append((case.name, times[0], *(report.times(ratios[peer][-1]) for peer in COMPARED)))
    section.tables = [
        (("network, batch", *labels, "threads"), lines),
        (("network, batch", *(f"faster than {peer}" for peer in COMPARED)), verdicts),
    ]
    section.summary = report.table(("network, batch", "us per step", *(f"than {peer}" for peer in COMPARED)), summary)
    names = [f"training step, six networks, compared with {peer}" for peer in COMPARED]
    section.rows = [
        report.each_at_least(name, wanted[peer], ratios[peer]) for name, peer in zip(names, COMPARED, strict=True)
    ]
    return section
