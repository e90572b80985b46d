"""Every registered part of the installed fastnn, from ``fastnn plugins list``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import FOLDER
from benchmarks.timed import skip

KINDS = {  # kind -> the benchmark whose first parameter is all of its parts
    "activation": "activations.Value.time_value_x10",
    "loss": "losses.Loss.time_loss_x4",
    "initializer": "initializers.Initialize.time_initialize",
    "optimizer": "optimizers.Step.time_step_x4",
}


@cache
def registered() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the built-in parts by kind and name, each with the default values of its parameters."""
    command = [sys.executable, "-m", "fastnn", "plugins", "list"]
    environment = os.environ | {"COLUMNS": "500"}
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    for line in text.splitlines()[1:]:
        kind, name, owner, parameters, *_ = [*re.split(r"\s{2,}", line.strip()), "", "", ""]
        if owner == "built in":
            if kind not in KINDS:
                raise LookupError(f"{kind} is a new kind of part: add its benchmark to {__name__}.KINDS.")
            pairs = (pair.split("=", 1) for pair in parameters.split(", ") if pair)
            found[kind][name] = {key: json.loads(value) for key, value in pairs}
    return found


def names(kind: str) -> list[str]:
    """Return the parts to measure: those of the recorded results in their order, then new ones.

    asv passes numbers of parameters to the processes that measure a commit, and not the parameters themselves. So an
    older commit must number its parts as the newest one does, although it has fewer. asv records the parameters before
    it measures.
    """
    before = _recorded().get(KINDS[kind], {}).get("params") or [[]]
    return list(dict.fromkeys([*(name.strip("'") for name in before[0]), *registered()[kind]]))


def needed(kind: str, name: str) -> dict[str, Any]:
    """Return the parameters of a part with their default values. Skip the benchmark if this commit lacks the part."""
    if name not in registered()[kind]:
        raise skip(f"this commit has no {kind} {name}")
    return registered()[kind][name]


def _recorded() -> dict[str, Any]:
    file = Path(os.environ.get("FASTNN_BENCH_RESULTS", FOLDER / "results"), "benchmarks.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
