"""Training steps of six networks, against JAX, PyTorch and scikit-learn."""

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
QUICK = "fused, 1"
SKLEARN = 1.0  # that fastnn is faster at all


def calls_of(case: Case, quick: bool) -> dict[str, Call]:
    """One epoch by everybody; each result is checked by training in float64 NumPy. quick: one PyTorch only."""
    usual = checks.moved_alike(networks.initial(case), networks.trained(case), networks.SLACK)
    logistic = case.logistic
    theirs = checks.moved_alike(networks.initial(case, logistic), networks.trained(case, logistic), networks.SLACK)
    calls = {
        "fastnn": Call("fastnn", "training", {"case": case}, usual),
        "JAX": Call("JAX", "training", {"case": case}, usual),
        "scikit-learn": Call("scikit-learn", "training", {"case": case}, theirs),
    }
    for label, (peer, fused) in TORCH.items():
        if label == QUICK or not quick:
            calls[label] = Call(peer, "training", {"case": case, "fused": fused}, usual)
    return calls


def measure(bench: Bench) -> Section:
    """Microseconds a step of everybody, on each network."""
    section = Section("Training steps, against JAX, PyTorch and scikit-learn")
    section.notes.append(
        "Microseconds a step: forward, loss, backward, Adam, in float32, over epochs of shuffled batches gathered from "
        "the data. fastnn: `Program.train` with the number of threads that it chose. JAX: the epoch in one jitted "
        "`lax.scan`, default threads. PyTorch: eager, Adam by default and with `fused=True`, one thread and all; the "
        "fastest counts. scikit-learn: `partial_fit`."
    )
    by_peer: dict[str, list[float | None]] = {"JAX": [], "PyTorch": [], "scikit-learn": []}
    lines, verdicts = [], []
    for number, case in enumerate(CASES):
        if bench.quick and number not in networks.QUICK:
            for values in by_peer.values():
                values.append(None)
            continue
        bench.say(f"training steps, {case.name}")
        large = case.sizes[0] == 512
        measured = bench.measure(calls_of(case, bench.quick), bench.repetitions if large else 2 * bench.repetitions)
        fastest = min((label for label in TORCH if label in measured), key=lambda k: measured[k].median, default="")
        found = {"JAX": "JAX", "PyTorch": fastest, "scikit-learn": "scikit-learn"}
        ratios = {peer: ratio(measured, label, "fastnn") for peer, label in found.items()}
        for peer, value in ratios.items():
            by_peer[peer].append(value)
        labels = ("fastnn", "JAX", *TORCH, "scikit-learn")
        times = [report.micro(measured[k].median if k in measured else None) for k in labels]
        lines.append((case.name, *times, measured["fastnn"].note if "fastnn" in measured else report.NOT_MEASURED))
        wanted = {"JAX": case.jax, "PyTorch": case.torch, "scikit-learn": SKLEARN}
        cells = [f"{report.times(ratios[p])} (>= {w:g}) {report.verdict_of(ratios[p], w)}" for p, w in wanted.items()]
        verdicts.append((case.name, *cells))
    headers = ("network, batch", "fastnn", "JAX", *(f"PyTorch {label}" for label in TORCH), "scikit-learn", "threads")
    section.tables = [
        (headers, lines),
        (("network, batch", "faster than JAX", "than PyTorch", "than scikit-learn"), verdicts),
    ]
    section.rows = [
        report.each_at_least("training step, six networks, against JAX", [c.jax for c in CASES], by_peer["JAX"]),
        report.each_at_least("the same against PyTorch, its fastest", [c.torch for c in CASES], by_peer["PyTorch"]),
        report.each_at_least("the same against scikit-learn", [SKLEARN] * len(CASES), by_peer["scikit-learn"]),
    ]
    return section
