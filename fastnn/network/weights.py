"""The weights of a network: a sequence of pairs (W, b), one per layer, whose items can be assigned."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fastnn.checks import array
from fastnn.errors import UsageError


class NoSuchLayer(UsageError, IndexError):
    """A layer that the network does not have."""


class Weights(Sequence):
    """The pairs (W, b) of all layers, as views of the network's parameters.

    W has shape (fan_in, fan_out), b has shape (fan_out,). Assigning to an item, or in place to one of the arrays,
    changes the network.
    """

    def __init__(self, layers: list[tuple[np.ndarray, np.ndarray]]):
        self._layers = layers

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, layer):
        return self._layers[layer if isinstance(layer, slice) else self._number(layer)]

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return iter(self._layers)

    def __setitem__(self, layer: int, values: tuple[Any, Any]) -> None:
        if isinstance(layer, slice):
            raise UsageError("weights: assign one layer, weights[0] = (W, b), or all: net.weights = [(W, b), ...].")
        for own, given in zip(self[layer], self.fitting(layer, values), strict=True):
            own[...] = given

    def fitting(self, layer: int, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return (W, b) as arrays that fit the layer, without assigning them.

        Raises UsageError if they do not fit or the layer cannot be changed, DataError if they are not arrays.
        """
        pair = self[layer]
        if not isinstance(values, (tuple, list)) or len(values) != 2:
            raise UsageError(f"weights[{layer}]: a pair (W, b) is needed, not {str(values)[:80]}.")
        W, b = (array(given, f"weights[{layer}]: {name}") for given, name in zip(values, ("W", "b"), strict=True))
        for own, given, name in zip(pair, (W, b), ("W", "b"), strict=True):
            if given.shape != own.shape or given.dtype.kind not in "biuf":
                raise UsageError(
                    f"weights[{layer}]: {name} is {given.dtype}{given.shape}; it must be {own.dtype}{own.shape}."
                )
            if not own.flags.writeable:
                raise UsageError(
                    f"weights[{layer}]: the network's parameters are read-only: "
                    "set net.parameters.flags.writeable = True."
                )
        return W, b

    def _number(self, layer: Any) -> int:
        try:
            number = operator.index(layer)
        except TypeError:
            raise UsageError(f"weights[{layer!r}]: a layer is an integer, 0 to {len(self) - 1}.") from None
        if not -len(self) <= number < len(self):
            raise NoSuchLayer(f"weights[{layer}]: the layers are 0 to {len(self) - 1}, or -1 for the last.")
        return number

    def __repr__(self) -> str:
        return repr(self._layers)
