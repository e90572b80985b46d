"""A plugin's formulas against the built-in ones that they are copies of."""

from __future__ import annotations

import inspect
import re
import sys

import numpy as np

from asv_bench.peers import checks, networks, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.networks import CASES, Case
from asv_bench.peers.report import Section
from fastnn.parts.registry import get

WANTED = 0.95
PARTS = {"activation": "mish", "loss": "cross_entropy", "optimizer": "adam"}
NETWORKS = (2, 3)


def twin(kind: str, name: str) -> str:
    """The text of a plugin that supplies a built-in part under the name twin_NAME: the part's own file."""
    module = sys.modules[get(kind, name).f.__module__]
    return re.sub(rf'{kind.capitalize()}\(\s*"{name}"', f'{kind.capitalize()}("twin_{name}"', inspect.getsource(module))


def call(case: Case, kinds: tuple[str, ...]) -> Call:
    """Training with the parts of these kinds from plugins, the others built in; one thread."""
    chosen = {kind: f"twin_{name}" if kind in kinds else name for kind, name in PARTS.items()}
    plugins = tuple(twin(kind, PARTS[kind]) for kind in kinds)
    expected = networks.trained(case, activation=(mish, mish_derivative))
    check = checks.moved_alike(networks.initial(case), expected, networks.SLACK)
    return Call("fastnn", "training", {"case": case, "threads": 1, "plugins": plugins, **chosen}, check)


def mish(z: np.ndarray) -> np.ndarray:
    """z tanh(softplus(z)) (Misra 2019, arXiv:1908.08681)."""
    return z * np.tanh(np.logaddexp(0, z))


def mish_derivative(z: np.ndarray) -> np.ndarray:
    """tanh(s) + z sigmoid(z) (1 - tanh(s)^2), s = softplus(z)."""
    t = np.tanh(np.logaddexp(0, z))
    return t + z / (1 + np.exp(-z)) * (1 - t**2)


def measure(bench: Bench) -> Section:
    """Training steps with one part or all parts from plugins, in turn with the built-in ones."""
    section = Section("A plugin's formulas, against their built-in twins")
    section.notes.append(
        "Microseconds a training step, one thread. A twin is the built-in part's own file, with another name in it, "
        f"given to `load_plugin`. The parts are {', '.join(f'{kind} {name}' for kind, name in PARTS.items())}. "
        "The ratio is the built-in's time over the twin's."
    )
    ratios: list[tuple[float | None, str]] = []
    lines = []
    for number in NETWORKS[: 1 if bench.quick else None]:
        case = CASES[number]
        bench.say(f"a plugin's formulas, {case.name}")
        calls = {"built in": call(case, ())} | {kind: call(case, (kind,)) for kind in PARTS}
        calls["all three"] = call(case, tuple(PARTS))
        measured = bench.measure(calls, 4 * bench.repetitions)
        for label in list(calls)[1:]:
            found = ratio(measured, "built in", label)
            seconds = [report.micro(measured[k].median if k in measured else None) for k in ("built in", label)]
            lines.append((case.name, label, *seconds, report.times(found), report.verdict_of(found, WANTED)))
            ratios.append((found, f"{label}, {case.name}"))
    section.tables.append((("network, batch", "from a plugin", "built in", "plugin", "ratio", "verdict"), lines))
    section.rows.append(report.least("a plugin's formula against its built-in twin, whole step", WANTED, ratios))
    return section
