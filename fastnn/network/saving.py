"""Write networks to safetensors files: tensors, and a description as text.

Version 1 of the format holds one network. Version 2 holds one or more, which a Model saves with its preprocessing; the
tensors of network i are called ``i.weights0``, ``i.bias0`` and so on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fastnn.files import replacing
from fastnn.parts.kinds import Bound
from fastnn.parts.record import plugins_of
from fastnn.plan import Plan

ONE_NETWORK, SEVERAL = 1, 2  # format versions. Networks are still written in the first, which fastnn 0.1 reads too


class Saved(Protocol):
    """What is saved of a network. loss: the loss that it was trained with, or None if it was not trained."""

    plan: Plan
    loss: Bound | None

    @property
    def parameters(self) -> np.ndarray: ...


def save(path: str | Path, network: Saved, extra: dict[str, Any] | None = None) -> None:
    """Write one network to a safetensors file, in version 1 of the format.

    The file is written completely or not at all: after an error, an earlier file is unchanged.

    Parameters
    ----------
    path : str or Path
        The file.
    network : Network
        The network.
    extra : dict, optional
        Data that JSON can represent, to be saved with the network.

    Raises
    ------
    FastnnError
        If the file cannot be written.
    """
    described = {"format_version": ONE_NETWORK, **_description(network), "plugins": _plugins([network])}
    write(path, _serialized(_tensors(network), described, extra or {}))


def several_as_bytes(networks: Sequence[Saved], extra: dict[str, Any]) -> bytes:
    """Return the content of a file with one or more networks, in version 2 of the format."""
    tensors: dict[str, np.ndarray] = {}
    for i, network in enumerate(networks):
        tensors |= _tensors(network, tensor_prefix(i))
    described = [_description(network) for network in networks]
    return _serialized(
        tensors, {"format_version": SEVERAL, "networks": described, "plugins": _plugins(networks)}, extra
    )


def write(path: str | Path, content: bytes) -> None:
    """Write a file completely or not at all. Raises FastnnError if it cannot be written."""
    with replacing(Path(path)) as file:
        file.write(content)


def tensor_prefix(number: int) -> str:
    """Return what the names of the tensors of one of several networks begin with."""
    return f"{number}."


def _serialized(tensors: dict[str, np.ndarray], description: dict[str, Any], extra: dict[str, Any]) -> bytes:
    from safetensors.numpy import save as serialise

    text = json.dumps({"format": "fastnn", **description, "extra": extra}, allow_nan=False)
    return serialise(tensors, {"fastnn": text})


def _tensors(network: Saved, prefix: str = "") -> dict[str, np.ndarray]:
    plan = network.plan
    views = plan.views(network.parameters)
    return {prefix + s.name: np.ascontiguousarray(v) for s, v in zip(plan.segments, views, strict=True)}


def _description(network: Saved) -> dict[str, Any]:
    return {
        "sizes": list(network.plan.sizes),
        "dtype": network.plan.dtype,
        "activations": [_as_data(a.activation) for a in network.plan.activations],
        "loss": _as_data(network.loss) if network.loss else None,
    }


def _plugins(networks: Sequence[Saved]) -> list[dict[str, Any]]:
    used: list[Bound] = []
    for network in networks:
        used += [a.activation for a in network.plan.activations]
        used += [network.loss] if network.loss else []
    return plugins_of(used)


def _as_data(bound: Bound) -> dict[str, Any]:
    return {"name": bound.name, "parameters": dict(bound.values)}
