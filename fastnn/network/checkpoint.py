"""Networks in safetensors files: tensors, and a description as text. Reading one never executes anything."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.errors import ModelError, UsageError
from fastnn.files import replacing
from fastnn.network.network import Network
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import plugins_of, resolve

FORMAT_VERSION = 1
LIMIT = 2**31  # bytes of a file that is read: far more than any network here, far less than a machine's memory


def save(path: str | Path, net: Network, extra: dict[str, Any] | None = None) -> None:
    """Write the network, and ``extra`` (plain data, as JSON takes it) beside it, at once or not at all.

    Raises FastnnError where the file cannot be written; what was there before is then untouched.
    """
    from safetensors.numpy import save as serialise

    bounds = [a.activation for a in net.plan.activations]
    used = [*bounds, *([net.loss] if net.loss else [])]
    description = {
        "format": "fastnn",
        "format_version": FORMAT_VERSION,
        "sizes": list(net.sizes),
        "dtype": net.dtype,
        "activations": [_as_data(b) for b in bounds],
        "loss": _as_data(net.loss) if net.loss else None,
        "plugins": plugins_of(used),
        "extra": extra or {},
    }
    views = net.plan.views(net.parameters)
    tensors = {s.name: np.ascontiguousarray(v) for s, v in zip(net.plan.segments, views, strict=True)}
    content = serialise(tensors, {"fastnn": json.dumps(description, allow_nan=False)})
    with replacing(Path(path)) as file:
        file.write(content)


def load(path: str | Path) -> Network:
    """The network in a file. Raises ModelError where the file is absent, damaged, foreign or too new."""
    return load_with_extra(path)[0]


def load_with_extra(path: str | Path) -> tuple[Network, dict[str, Any]]:
    """(the network, what was saved beside it); see load()."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    content = _read(path)
    try:
        tensors = parse(content)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} is not a model: it is no safetensors file, or it is truncated ({error}).") from None
    description = _description(path, content)
    if not isinstance(description.get("extra", {}), dict):
        raise ModelError(f"{path} is not a model: its description is damaged (extra).")
    try:
        net = _network(path, description)
        _fill(path, net, tensors)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} is not a model: its description is damaged ({error!r}).") from None
    return net, description.get("extra", {})


def _as_data(bound: Bound) -> dict[str, Any]:
    return {"name": bound.name, "parameters": dict(bound.values)}


def _read(path: str | Path) -> bytes:
    try:
        size = Path(path).stat().st_size
        if size > LIMIT:
            raise ModelError(f"{path} is not a model: {size} bytes are more than a model has.")
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror or error}.") from None


def _description(path: str | Path, content: bytes) -> dict[str, Any]:
    """The text beside the tensors. (A safetensors file begins with the length of its header, then the header.)"""
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
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{path} has format_version {version}, newer than this fastnn reads ({FORMAT_VERSION}): update fastnn."
        )
    return description


def _network(path: str | Path, description: dict[str, Any]) -> Network:
    plugins = {part: plugin for plugin in description["plugins"] for part in plugin["parts"]}

    def part(kind: str, data: dict[str, Any]) -> Bound:
        plugin = plugins.get(f"{kind} {data['name']}")
        try:
            found = resolve(kind, data["name"]).part(**data["parameters"])
            if plugin and plugin["hash"] and [p["hash"] for p in plugins_of([found])] != [plugin["hash"]]:
                raise ModelError(
                    f"{path} cannot be used: the {kind} {data['name']!r} comes from the plugin {plugin['name']!r}, "
                    "which has changed since the model was saved. Get the content back that it was trained with."
                )
            return found
        except UsageError as error:
            hint = ""
            if plugin:
                name = str(plugin["name"])
                how = f"give its file, --plugin {name}" if name.endswith(".py") else f"install {name}"
                hint = f" The model needs the plugin {name!r}: {how}."
            raise ModelError(f"{path} cannot be used: {error}{hint}") from None

    sizes = description["sizes"]
    if len(sizes) > 10_000 or any(not isinstance(s, int) or s < 1 for s in sizes) or _parameters(sizes) * 4 > LIMIT:
        raise ModelError(f"{path} is not a model: sizes {str(sizes)[:80]} are not possible.")
    activations = [part("activation", a) for a in description["activations"]]
    if len(activations) != len(sizes) - 1:
        raise ModelError(f"{path} is not a model: {len(activations)} activations for {len(sizes) - 1} layers.")
    net = Network(sizes, activations[:-1], activations[-1], "zeros", "zeros", description["dtype"])
    net.loss = part("loss", description["loss"]) if description["loss"] is not None else None
    return net


def _parameters(sizes: list[int]) -> int:
    return sum(a * b + b for a, b in itertools.pairwise(sizes))


def _fill(path: str | Path, net: Network, tensors: dict[str, np.ndarray]) -> None:
    for segment, view in zip(net.plan.segments, net.plan.views(net.parameters), strict=True):
        tensor = tensors.get(segment.name)
        if tensor is None or tensor.shape != segment.shape or tensor.dtype != view.dtype:
            found = "absent" if tensor is None else f"{tensor.dtype}{tensor.shape}"
            raise ModelError(
                f"{path} is not a model: the tensor {segment.name!r} is {found}, it must be "
                f"{view.dtype}{segment.shape}."
            )
        view[...] = tensor
