"""Write networks to safetensors files: tensors, and a description as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.files import replacing
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import plugins_of
from fastnn.plan import Plan

FORMAT_VERSION = 1


def save(
    path: str | Path, plan: Plan, parameters: np.ndarray, loss: Bound | None, extra: dict[str, Any] | None = None
) -> None:
    """Write a network to a safetensors file.

    The file is written completely or not at all: after an error, an earlier file is unchanged.

    Parameters
    ----------
    path : str or Path
        The file.
    plan : Plan
        The network's plan.
    parameters : np.ndarray of shape (plan.size,)
        Its parameters.
    loss : Bound or None
        The loss that it was trained with, or None if it was not trained.
    extra : dict, optional
        Data that JSON can represent, to be saved with the network.

    Raises
    ------
    FastnnError
        If the file cannot be written.
    """
    from safetensors.numpy import save as serialise

    bounds = [a.activation for a in plan.activations]
    used = [*bounds, *([loss] if loss else [])]
    description = {
        "format": "fastnn",
        "format_version": FORMAT_VERSION,
        "sizes": list(plan.sizes),
        "dtype": plan.dtype,
        "activations": [_as_data(b) for b in bounds],
        "loss": _as_data(loss) if loss else None,
        "plugins": plugins_of(used),
        "extra": extra or {},
    }
    views = plan.views(parameters)
    tensors = {s.name: np.ascontiguousarray(v) for s, v in zip(plan.segments, views, strict=True)}
    content = serialise(tensors, {"fastnn": json.dumps(description, allow_nan=False)})
    with replacing(Path(path)) as file:
        file.write(content)


def _as_data(bound: Bound) -> dict[str, Any]:
    return {"name": bound.name, "parameters": dict(bound.values)}
