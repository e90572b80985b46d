"""A fully connected network: its plan and its parameters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fastnn import plan as plans
from fastnn.checks import matrix, require_memory, whole
from fastnn.device import program
from fastnn.errors import UsageError
from fastnn.network.state import Snapshot
from fastnn.parts.initialization import initial_values
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve


class Network:
    """A chain of layers Y = f(X . W + b).

    sizes: inputs, hidden widths, outputs. activation: of the hidden layers, one or a list; output_activation: of
    the last one. A part is named ("relu"), named with parameters ("leaky_relu:slope=0.2"), or given as an object.
    initializer: of the weights; bias_initializer: of the biases. dtype: "float32" or "float64". seed: of the
    initial weights; networks with equal seeds start equal, up to rounding in every dtype.

    Raises UsageError for a name, size or value that is not allowed.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Any = "relu",
        output_activation: Any = "identity",
        initializer: Any = "he_normal",
        bias_initializer: Any = "zeros",
        dtype: str = "float32",
        seed: int = 0,
    ):
        sizes = _checked_sizes(sizes)
        hidden = _one_a_layer(activation, len(sizes) - 2)
        activations = [*(resolve("activation", a) for a in hidden), resolve("activation", output_activation)]
        require_memory(f"sizes = {list(sizes)}", parameter_bytes(sizes, _dtype_name(dtype)))
        self.plan = plans.network_plan(sizes, activations, _dtype_name(dtype))
        self.parameters = self.plan.buffer()
        self.loss: Bound | None = None  # the loss it was trained with, which says what its outputs mean
        self.continuation: Snapshot | None = None  # where a further training goes on
        seed = whole("seed", seed, 0)
        self._initialise(resolve("initializer", initializer), resolve("initializer", bias_initializer), seed)

    def _initialise(self, weights: Bound, biases: Bound, seed: int) -> None:
        views = self.plan.views(self.parameters)
        layers = zip(self.plan.dense, self.plan.activations, strict=True)
        for number, (dense, activate) in enumerate(layers):
            for stream, (segment, bound) in enumerate(((dense.weights, weights), (dense.bias, biases))):
                shape = self.plan.segments[segment].shape
                rng = np.random.default_rng([seed, number, stream])
                views[segment][...] = initial_values(bound, rng, shape, dense.fan_in, dense.fan_out)
            if activate.parameters is not None:
                bound = activate.activation
                views[activate.parameters][...] = [bound.values[name] for name in bound.part.trainable]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs."""
        return self.plan.sizes

    @property
    def dtype(self) -> str:
        return self.plan.dtype

    @property
    def weights(self) -> Weights:
        """[(W0, b0), (W1, b1) ...]: views of the parameters, W of shape (fan_in, fan_out). May be assigned to."""
        views = self.plan.views(self.parameters)
        return Weights([(views[d.weights], views[d.bias]) for d in self.plan.dense])

    @weights.setter
    def weights(self, values: Sequence[tuple[Any, Any]]) -> None:
        own = self.weights
        if not isinstance(values, Sequence) or len(values) != len(own):
            raise UsageError(f"weights: a list of {len(own)} pairs (W, b) is needed, one a layer.")
        for layer, fitting in enumerate([own.fitting(layer, value) for layer, value in enumerate(values)]):
            own[layer] = fitting

    @property
    def activation_parameters(self) -> list[dict[str, np.ndarray]]:
        """The trainable parameters of every layer's activation: name -> view of shape ()."""
        views = self.plan.views(self.parameters)
        found = []
        for activate in self.plan.activations:
            learnt = self.parameters[:0] if activate.parameters is None else views[activate.parameters]
            names = activate.activation.part.trainable
            found.append({n: learnt[i : i + 1].reshape(()) for i, n in enumerate(names)})
        return found

    def forward(self, X: Any, layers: bool = False) -> Any:
        """The output of the last layer for X (samples, inputs): (samples, outputs) in the network's dtype.

        With layers=True a list of (before, after) activation for every layer. Raises DataError if X does not fit.
        """
        X = matrix(X, self.dtype, self.plan.inputs, "X")
        if layers:
            from fastnn.network.gradients import forward_layers

            return forward_layers(self, X)
        # one thread: starting more takes longer than most forward passes
        with program(replace(self.plan, loss=None, optimizer=None), self.parameters, threads=1) as prepared:
            return prepared.evaluate(X)[0]

    def predict(self, X: Any) -> np.ndarray:
        """What the network says of X (samples, inputs).

        After training with a loss of classes or of binary targets the class numbers, with one of signs -1 or 1,
        with one of counts the rates; else the outputs. Shape (samples,), or (samples, outputs) where a sample has
        several values.
        """
        from fastnn.network.targets import decide

        return decide(self.forward(X), self.loss)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of every class for X (samples, inputs): (samples, classes).

        Raises UsageError if the network was not trained with a loss of classes or of binary targets.
        """
        from fastnn.network.targets import probabilities

        return probabilities(self.forward(X), self.loss)

    def copy(self) -> Network:
        """An independent network with the same parameters."""
        twin = Network.__new__(Network)
        twin.plan, twin.loss, twin.continuation = self.plan, self.loss, None
        twin.parameters = self.plan.buffer()
        twin.parameters[:] = self.parameters
        return twin

    def save(self, path: str | Path) -> None:
        """Write the network to a safetensors file, at once or not at all."""
        from fastnn.network.checkpoint import save

        save(path, self)

    def __repr__(self) -> str:
        activations = ", ".join(a.activation.spec for a in self.plan.activations)
        return f"Network({list(self.sizes)}, activations: {activations}, {self.dtype})"


class Weights(Sequence):
    """The (W, b) of every layer. An item may be assigned: the numbers are copied into the network."""

    def __init__(self, layers: list[tuple[np.ndarray, np.ndarray]]):
        self._layers = layers

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, layer):
        return self._layers[layer]

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return iter(self._layers)

    def __setitem__(self, layer: int, values: tuple[Any, Any]) -> None:
        for own, array in zip(self._layers[layer], self.fitting(layer, values), strict=True):
            own[...] = array

    def fitting(self, layer: int, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """(W, b) as arrays that fit the layer; UsageError where they do not, and then nothing has been assigned."""
        if not isinstance(values, (tuple, list)) or len(values) != 2:
            raise UsageError(f"weights[{layer}]: a pair (W, b) is needed, not {str(values)[:80]}.")
        for own, given, name in zip(self._layers[layer], values, ("W", "b"), strict=True):
            array = np.asarray(given)
            if array.shape != own.shape or array.dtype.kind not in "biuf":
                raise UsageError(
                    f"weights[{layer}]: {name} is {array.dtype}{array.shape}, it must be {own.dtype}{own.shape}."
                )
        return np.asarray(values[0]), np.asarray(values[1])

    def __repr__(self) -> str:
        return repr(self._layers)


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    try:
        sizes = tuple(sizes)
        checked = tuple(int(s) for s in sizes)
        are_whole = all(int(s) == s and not isinstance(s, bool) for s in sizes)
    except (TypeError, ValueError, OverflowError):
        checked, are_whole = (), False
    if not are_whole or len(checked) < 2 or min(checked) < 1:
        raise UsageError(
            f"sizes = {sizes!r} is not allowed: at least two whole numbers above 0, inputs first and outputs last, "
            "such as [784, 128, 10]."
        )
    return checked


def parameter_bytes(sizes: Sequence[int], dtype: str) -> int:
    """Bytes of the weights and biases of a network."""
    return sum((a + 1) * b for a, b in itertools.pairwise(sizes)) * (8 if dtype == "float64" else 4)


def _dtype_name(dtype: Any) -> str:
    try:
        return str(dtype) if dtype is None else np.dtype(dtype).name
    except (TypeError, ValueError):
        return str(dtype)


def _one_a_layer(activation: Any, hidden: int) -> list[Any]:
    if not isinstance(activation, (list, tuple)):
        return [activation] * hidden
    if len(activation) != hidden:
        raise UsageError(
            f"activation: {len(activation)} given for {hidden} hidden layers; give one for all, or one a hidden layer."
        )
    return list(activation)
