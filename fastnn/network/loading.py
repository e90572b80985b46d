"""Read networks from safetensors files: tensors, and a description as text. Nothing in a file is executed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.errors import ModelError, PluginError, UsageError
from fastnn.network.arguments import parameter_bytes
from fastnn.network.network import Network
from fastnn.network.saving import ONE_NETWORK, SEVERAL, tensor_prefix
from fastnn.parts.kinds import Bound
from fastnn.parts.record import compare, needs
from fastnn.parts.registry import plugin_of, resolve
from fastnn.plan import Plan, network_plan

LIMIT = 2**31  # bytes; larger files are not read. Networks are much smaller, and any machine has that much memory
MAX_LAYERS = 10_000


Note = Callable[[str], object]


def unsaid(text: str) -> None:
    """Take a remark that nobody wants."""


def load_networks(path: str | Path, note: Note = unsaid) -> tuple[tuple[Network, ...], dict[str, Any]]:
    """Return (the networks in a file, the ``extra`` that was saved with them). Nothing in the file is executed.

    note: takes remarks on plugins, of another version than when the file was written.
    Raises ModelError if the file does not exist, is damaged, was not written by fastnn, or needs a newer version of it.
    """
    return parse_networks(path, _read(path), note)


def parse_networks(path: str | Path, content: bytes, note: Note = unsaid) -> tuple[tuple[Network, ...], dict[str, Any]]:
    """Return what :func:`load_networks` does, from the content of a file. path: its name in messages."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    try:
        tensors = parse(content)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{path} is not a model: it is not a safetensors file, or it is truncated ({error})."
        ) from None
    description = _description(path, content)
    if not isinstance(description.get("extra", {}), dict):
        raise ModelError(f"{path} is not a model: its description is damaged (extra).")
    try:
        networks = _networks(path, description, tensors, note)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} is not a model: its description is damaged ({error!r}).") from None
    return networks, description.get("extra", {})


def _read(path: str | Path) -> bytes:
    try:
        status = os.stat(path)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise ModelError(f"The model {path} cannot be read: it is not a regular file.")
        if status.st_size > LIMIT:
            raise ModelError(f"{path} is not a model: its {status.st_size} bytes are more than the limit of {LIMIT}.")
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror or error}.") from None


def _description(path: str | Path, content: bytes) -> dict[str, Any]:
    """Return the text that is stored with the tensors. (The file begins with the header's length and the header.)"""
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        description = json.loads(header["__metadata__"]["fastnn"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise ModelError(f"{path} holds tensors, but it was not written by fastnn.") from None
    if not isinstance(description, dict) or description.get("format") != "fastnn":
        raise ModelError(f"{path} holds tensors, but it was not written by fastnn.")
    version = description.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ModelError(f"{path} is not a model: format_version {version!r} does not exist.")
    if version > SEVERAL:
        raise ModelError(
            f"{path} has format_version {version}, newer than this fastnn reads ({SEVERAL}): update fastnn."
        )
    return description


def _networks(
    path: str | Path, description: dict[str, Any], tensors: dict[str, np.ndarray], note: Note
) -> tuple[Network, ...]:
    """Build the networks of either version."""
    if description["format_version"] == ONE_NETWORK:
        return (_network(path, description, description["plugins"], tensors, note),)
    described = description["networks"]
    if not isinstance(described, list) or not described:
        raise ModelError(f"{path} is not a model: its description is damaged (networks).")
    networks = []
    for i, one in enumerate(described):
        prefix = tensor_prefix(i)
        own = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
        networks.append(_network(path, one, description["plugins"], own, note))
    return tuple(networks)


def _network(
    path: str | Path,
    description: dict[str, Any],
    needed: list[dict[str, Any]],
    tensors: dict[str, np.ndarray],
    note: Note,
) -> Network:
    """Build a network. Until everything is checked, allocate nothing that the file does not hold."""
    plugins = {part: plugin for plugin in needed for part in plugin["parts"]}

    def part(kind: str, data: dict[str, Any]) -> Bound:
        plugin = plugins.get(f"{kind} {data['name']}")
        try:
            found = resolve(kind, data["name"]).part(**data["parameters"])
        except (UsageError, PluginError) as error:
            hint = f" The model needs {needs(plugin)}." if plugin else ""
            raise ModelError(f"{path} cannot be used: {error}{hint}") from None
        try:
            if plugin and (text := compare(plugin, found.part)):
                note(f"{path}: {text}")
        except UsageError as error:
            raise ModelError(f"{path} cannot be used: {error}") from None
        if not plugin and not (owner := plugin_of(found.part)).built_in:
            raise ModelError(
                f"{path} cannot be used: its {kind} {data['name']!r} was a built-in one. This version of fastnn has "
                f"none with this name, and {owner.owner} defines another. Update fastnn."
            )
        return found

    sizes, dtype = description["sizes"], description["dtype"]
    if len(sizes) > MAX_LAYERS or any(not isinstance(s, int) or isinstance(s, bool) or s < 1 for s in sizes):
        raise ModelError(f"{path} is not a model: sizes {str(sizes)[:80]} are not possible.")
    held = sum(tensor.nbytes for tensor in tensors.values())
    if parameter_bytes(sizes, dtype) > held:
        raise ModelError(
            f"{path} is not a model: its tensors, {held} bytes, are too small for sizes {str(sizes)[:80]}."
        )
    activations = [part("activation", a) for a in description["activations"]]
    if len(activations) != len(sizes) - 1:
        raise ModelError(f"{path} is not a model: {len(activations)} activations for {len(sizes) - 1} layers.")
    _check(path, network_plan(sizes, activations, dtype), tensors)
    net = Network(sizes, activations[:-1], activations[-1], "zeros", "zeros", dtype)
    for segment, view in zip(net.plan.segments, net.plan.views(net.parameters), strict=True):
        view[...] = tensors[segment.name]
    net.loss = part("loss", description["loss"]) if description["loss"] is not None else None
    return net


def _check(path: str | Path, plan: Plan, tensors: dict[str, np.ndarray]) -> None:
    """Raise ModelError if a tensor of the network is missing or has another shape or dtype."""
    for segment in plan.segments:
        tensor = tensors.get(segment.name)
        if tensor is None or tensor.shape != segment.shape or tensor.dtype != plan.dtype:
            found = "absent" if tensor is None else f"{tensor.dtype}{tensor.shape}"
            raise ModelError(
                f"{path} is not a model: the tensor {segment.name!r} is {found}; it must be "
                f"{plan.dtype}{segment.shape}."
            )
