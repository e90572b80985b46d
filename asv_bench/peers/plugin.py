"""Formulas in a plugin, compared with the built-in formulas that they are copies of."""

from __future__ import annotations

import inspect
import re
import sys

import numpy as np

from asv_bench.peers import checks, networks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.networks import CASES, Case
from asv_bench.peers.report import Section

MIN_RATIO = 0.95
PARTS = {"activation": "mish", "loss": "cross_entropy", "optimizer": "adam"}
NETWORKS = (2, 3)


def twin(kind: str, name: str) -> str:
    """Return the source of a plugin with a copy of a built-in part, named twin_NAME: the file of the part itself."""
    from fastnn.parts.registry import get  # not above: mish is shared with all commits (asv)

    module = sys.modules[get(kind, name).f.__module__]
    return re.sub(rf'{kind.capitalize()}\(\s*"{name}"', f'{kind.capitalize()}("twin_{name}"', inspect.getsource(module))


def call(case: Case, kinds: tuple[str, ...]) -> Call:
    """Return a call that trains with one thread, with the parts of these kinds from plugins and the others built in."""
    chosen = {kind: f"twin_{name}" if kind in kinds else name for kind, name in PARTS.items()}
    plugins = tuple(twin(kind, PARTS[kind]) for kind in kinds)
    expected = networks.trained(case, activation=(mish, mish_derivative))
    check = checks.moved_alike(networks.initial(case), expected, networks.TOLERANCE)
    return Call("fastnn", "training", {"case": case, "threads": 1, "plugins": plugins, **chosen}, check)


def mish(z: np.ndarray) -> np.ndarray:
    """Return z tanh(softplus(z)) (Misra 2019, arXiv:1908.08681)."""
    return z * np.tanh(np.logaddexp(0, z))


def mish_derivative(z: np.ndarray) -> np.ndarray:
    """Return tanh(s) + z sigmoid(z) (1 - tanh(s)^2) with s = softplus(z)."""
    t = np.tanh(np.logaddexp(0, z))
    return t + z / (1 + np.exp(-z)) * (1 - t**2)


def measure(bench: Bench) -> Section:
    """Measure training steps with one part or all parts from plugins, interleaved with built-in parts."""
    section = Section("Formulas in a plugin, compared with the built-in ones")
    section.notes.append(
        "Microseconds per training step, one thread. The plugin is the file of the built-in part, with another name in "
        f"it, loaded by `load_plugin`. The parts are {', '.join(f'{kind} {name}' for kind, name in PARTS.items())}. "
        "The ratio is the time with the built-in part divided by the time with the plugin."
    )
    ratios: list[tuple[float | None, str]] = []
    lines = []
    for number in NETWORKS[: 1 if bench.quick else None]:
        case = CASES[number]
        bench.say(f"formulas in a plugin, {case.name}")
        calls = {"built in": call(case, ())} | {kind: call(case, (kind,)) for kind in PARTS}
        calls["all three"] = call(case, tuple(PARTS))
        measured = bench.measure(calls, 4 * bench.repetitions)
        for label in list(calls)[1:]:
            found = ratio(measured, "built in", label)
            seconds = [report.micro(measured[k].median if k in measured else None) for k in ("built in", label)]
            lines.append((case.name, label, *seconds, report.times(found), report.verdict_of(found, MIN_RATIO)))
            ratios.append((found, f"{label}, {case.name}"))
    section.tables.append((("network, batch", "from a plugin", "built in", "plugin", "ratio", "verdict"), lines))
    section.rows.append(report.least("training step with formulas in a plugin, minimum", MIN_RATIO, ratios))
    return section
