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
DERIVED = 2  # the network in which derivatives are derived: activations are a larger share of a small network's time
OF_NUMBERS = 0  # the network with one output: its loss can be derived
OWN = {"activation": "derivative", "loss": "gradient"}  # the argument that gives the derivative


def twin(kind: str, name: str, derived: bool = False) -> str:
    """Return the source of a plugin with a copy of a built-in part, named twin_NAME: the file of the part itself.

    derived: without its derivative, and named derived_NAME.
    """
    from fastnn.parts.registry import get  # not above: mish is shared with all commits (asv)

    module = sys.modules[get(kind, name).f.__module__]
    prefix = "derived" if derived else "twin"
    named = re.sub(
        rf'{kind.capitalize()}\(\s*"{name}"', f'{kind.capitalize()}("{prefix}_{name}"', inspect.getsource(module)
    )
    without = named.replace(f", {OWN.get(kind)}={OWN.get(kind)}", "") if derived else named
    if derived and without == named:
        raise ValueError(f"The file of {kind} {name} gives its derivative in another form.")
    return without


def call(case: Case, kinds: tuple[str, ...], parts: dict[str, str], derived: bool = False) -> Call:
    """Return a call that trains with one thread, with the parts of these kinds from plugins and the others built in."""
    prefix = "derived" if derived else "twin"
    chosen = {kind: f"{prefix}_{name}" if kind in kinds else name for kind, name in parts.items()}
    plugins = tuple(twin(kind, parts[kind], derived) for kind in kinds)
    expected = networks.trained(case, activation=ACTIVATIONS[parts["activation"]])
    check = checks.moved_alike(networks.initial(case), expected, networks.TOLERANCE)
    return Call("fastnn", "training", {"case": case, "threads": 1, "plugins": plugins, **chosen}, check)


def logistic(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z))."""
    return 1 / (1 + np.exp(-z))


def mish(z: np.ndarray) -> np.ndarray:
    """Return z tanh(softplus(z)) (Misra 2019, arXiv:1908.08681)."""
    return z * np.tanh(np.logaddexp(0, z))


def mish_derivative(z: np.ndarray) -> np.ndarray:
    """Return tanh(s) + z sigmoid(z) (1 - tanh(s)^2) with s = softplus(z)."""
    t = np.tanh(np.logaddexp(0, z))
    return t + z * logistic(z) * (1 - t**2)


def gelu_tanh(z: np.ndarray) -> np.ndarray:
    """Return z sigmoid(v) with v = 2 sqrt(2 / pi) (z + 0.044715 z^3)."""
    return z * logistic(np.sqrt(8 / np.pi) * (z + 0.044715 * z**3))


def gelu_tanh_derivative(z: np.ndarray) -> np.ndarray:
    """Return s + z s (1 - s) dv/dz with s = sigmoid(v)."""
    s = logistic(np.sqrt(8 / np.pi) * (z + 0.044715 * z**3))
    return s + z * s * (1 - s) * np.sqrt(8 / np.pi) * (1 + 3 * 0.044715 * z**2)


ACTIVATIONS: dict[str, networks.Activation] = {
    "mish": (mish, mish_derivative),
    "gelu_tanh": (gelu_tanh, gelu_tanh_derivative),
    "silu": (lambda z: z * logistic(z), lambda z: logistic(z) * (1 + z * (1 - logistic(z)))),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(z)), lambda z: np.where(z > 0, 1, np.exp(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": networks.RELU,
}


def measure(bench: Bench) -> Section:
    """Measure training steps with one part or all parts from plugins, interleaved with built-in parts."""
    section = Section("Formulas in a plugin, compared with the built-in ones")
    section.notes.append(
        "Microseconds per training step, one thread. The plugin is the file of the built-in part, with another name in "
        f"it, loaded by `load_plugin`. The parts are {', '.join(f'{kind} {name}' for kind, name in PARTS.items())}. "
        "*Derived*: the file without its derivative, so that it is derived from the formula; other parts are built in. "
        "The ratio is the time with the built-in part divided by the time with the plugin."
    )
    lines: list[tuple[str, ...]] = []
    given = [
        ratios for number in NETWORKS[: 1 if bench.quick else None] for ratios in _given(bench, CASES[number], lines)
    ]
    derived = _derived(bench, lines)
    section.tables.append((("network, batch", "from a plugin", "built in", "plugin", "ratio", "verdict"), lines))
    section.rows.append(report.least("training step with formulas in a plugin, minimum", MIN_RATIO, given))
    section.rows.append(report.least("training step with a derived derivative, minimum", MIN_RATIO, derived))
    return section


def _given(bench: Bench, case: Case, lines: list[tuple[str, ...]]) -> list[tuple[float | None, str]]:
    """Measure plugins that are whole copies."""
    calls = {"built in": call(case, (), PARTS)} | {kind: call(case, (kind,), PARTS) for kind in PARTS}
    calls["all three"] = call(case, tuple(PARTS), PARTS)
    return _measured(bench, case, calls, lines)


def _derived(bench: Bench, lines: list[tuple[str, ...]]) -> list[tuple[float | None, str]]:
    """Measure plugins whose derivative is derived: activations, and the mean squared error."""
    ratios: list[tuple[float | None, str]] = []
    for name in list(ACTIVATIONS)[: 2 if bench.quick else None]:
        parts, case = PARTS | {"activation": name}, CASES[DERIVED]
        calls = {
            "built in": call(case, (), parts),
            f"{name}, derived": call(case, ("activation",), parts, derived=True),
        }
        ratios += _measured(bench, case, calls, lines)
    parts, case = {"activation": "relu", "loss": "mse", "optimizer": "adam"}, CASES[OF_NUMBERS]
    calls = {"built in": call(case, (), parts), "mse, derived": call(case, ("loss",), parts, derived=True)}
    return ratios + _measured(bench, case, calls, lines)


def _measured(
    bench: Bench, case: Case, calls: dict[str, Call], lines: list[tuple[str, ...]]
) -> list[tuple[float | None, str]]:
    """Measure calls in turn, and return the ratio of each to the one with built-in parts."""
    bench.say(f"formulas in a plugin, {case.name}: {', '.join(list(calls)[1:])}")
    measured = bench.measure(calls, 4 * bench.repetitions)
    ratios: list[tuple[float | None, str]] = []
    for label in list(calls)[1:]:
        found = ratio(measured, "built in", label)
        seconds = [report.micro(measured[k].median if k in measured else None) for k in ("built in", label)]
        lines.append((case.name, label, *seconds, report.times(found), report.verdict_of(found, MIN_RATIO)))
        ratios.append((found, f"{label}, {case.name}"))
    return ratios
