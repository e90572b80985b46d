"""A fully connected network: its plan and its parameters."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastnn import plan as plans
from fastnn.checks import matrix, require_buffer, require_memory
from fastnn.device import on_the_cpu
from fastnn.errors import UsageError
from fastnn.limits import Integer
from fastnn.network.arguments import checked_sizes, dtype_name, parameter_bytes, per_hidden_layer
from fastnn.network.layers import forward_layers
from fastnn.network.outputs import Outputs
from fastnn.network.saving import save
from fastnn.network.state import Snapshot
from fastnn.network.targets import decide, probabilities
from fastnn.network.weights import Weights
from fastnn.parts.initialization import initial_values
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve


class Network:
    """A fully connected neural network.

    Every layer computes ``Y = f(X . W + b)``, where f is its activation. ``fastnn.train`` trains the network in place.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units in each hidden layer, and of outputs: ``[784, 128, 10]``.
    activation : str, Activation or list, default "relu"
        Activation of the hidden layers: one for all of them, or a list with one per hidden layer. A name may have
        parameters: ``"leaky_relu:slope=0.2"``. ``fastnn plugins list`` shows all names.
    output_activation : str or Activation, default "identity"
        Activation of the last layer. Classification losses apply softmax or sigmoid themselves: keep the default.
    initializer : str or Initializer, default "he_normal"
        Initial values of the weights.
    bias_initializer : str or Initializer, default "zeros"
        Initial values of the biases.
    dtype : {"float32", "float64"}, default "float32"
        Type of the parameters and of all computations.
    seed : int, default 0
        Random seed of the initial values. They are the same for both dtypes, up to rounding.

    Attributes
    ----------
    weights : sequence of (W, b)
        Weights and biases of every layer.
    parameters : np.ndarray
        All parameters as one flat array.
    loss : Loss or None
        The loss that the network was trained with. It decides what :meth:`predict` returns.

    Raises
    ------
    UsageError
        If a name, size or value is not allowed.

    Examples
    --------
    >>> import fastnn
    >>> net = fastnn.Network([4, 8, 3], activation="tanh", seed=1)
    >>> net
    Network([4, 8, 3], activations: tanh, identity, float32)
    >>> W, b = net.weights[0]
    >>> W.shape, b.shape
    ((4, 8), (8,))
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
        sizes = checked_sizes(sizes)
        hidden = per_hidden_layer(activation, len(sizes) - 2)
        activations = [*(resolve("activation", a) for a in hidden), resolve("activation", output_activation)]
        require_memory(f"sizes = {list(sizes)}", parameter_bytes(sizes, dtype_name(dtype)))
        self.plan = plans.network_plan(sizes, activations, dtype_name(dtype))
        self.parameters = self.plan.buffer()
        self.loss: Bound | None = None
        self.continuation: Snapshot | None = None  # where the next training continues
        seed = Integer(0)(seed, "seed")
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
        """Number of inputs, of units in each hidden layer, and of outputs."""
        return self.plan.sizes

    @property
    def dtype(self) -> str:
        """Type of the parameters: "float32" or "float64"."""
        return self.plan.dtype

    @property
    def parameters(self) -> np.ndarray:
        """All parameters as one flat array, with unused elements between the layers; training changes it in place.

        An array that is assigned is used as it is, not copied. It must have the same size and dtype, and be
        C-contiguous, aligned and writeable; otherwise UsageError is raised. Copy with ``net.parameters[:] = numbers``.
        """
        return self._parameters

    @parameters.setter
    def parameters(self, buffer: np.ndarray) -> None:
        require_buffer(buffer, self.plan.size, self.plan.dtype)
        self._parameters = buffer

    @property
    def weights(self) -> Weights:
        """The pairs (W, b) of all layers: W of shape (fan_in, fan_out), b of shape (fan_out,).

        They are views: changing them changes the network. Assigned values are copied, for one layer
        (``net.weights[0] = W, b``) or for all (``net.weights = [(W0, b0), (W1, b1)]``).
        """
        views = self.plan.views(self.parameters)
        return Weights([(views[d.weights], views[d.bias]) for d in self.plan.dense])

    @weights.setter
    def weights(self, values: Sequence[tuple[Any, Any]]) -> None:
        own = self.weights
        if not isinstance(values, Sequence) or len(values) != len(own):
            raise UsageError(f"weights: a list of {len(own)} pairs (W, b) is needed, one per layer.")
        for layer, fitting in enumerate([own.fitting(layer, value) for layer, value in enumerate(values)]):
            own[layer] = fitting

    @property
    def activation_parameters(self) -> list[dict[str, np.ndarray]]:
        """For every layer, the trainable parameters of its activation: name -> view of shape ().

        Examples
        --------
        >>> import fastnn
        >>> fastnn.Network([2, 3, 1], activation="prelu").activation_parameters
        [{'slope': array(0.25, dtype=float32)}, {}]
        """
        views = self.plan.views(self.parameters)
        found = []
        for activate in self.plan.activations:
            trainable = self.parameters[:0] if activate.parameters is None else views[activate.parameters]
            names = activate.activation.part.trainable
            found.append({n: trainable[i : i + 1].reshape(()) for i, n in enumerate(names)})
        return found

    def forward(self, X: Any, layers: bool = False, device: str = "cpu") -> Any:
        """Compute the outputs of the last layer.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
            Inputs.
        layers : bool, default False
            Whether to return the values of every layer. These are computed on the CPU.
        device : {"cpu", "auto", "cuda", "cuda:N"}, default "cpu"
            Where to compute. "cuda:1" is the NVIDIA GPU with the number 1, "auto" the CPU.

        Returns
        -------
        np.ndarray of shape (samples, outputs), or list of (Z, Y)
            The outputs, in the network's dtype. With ``layers=True``, for every layer the values before its
            activation and after it, each of shape (samples, fan_out).

        Raises
        ------
        DataError
            If X has another shape, or does not hold numbers.

        Examples
        --------
        >>> import fastnn
        >>> net = fastnn.Network([2, 1], initializer="ones")
        >>> net.forward([[1, 2], [3, 4]])
        array([[3.],
               [7.]], dtype=float32)
        """
        if not layers:
            return self._outputs(self.plan, self._parameters, X, device)
        X = matrix(X, self.dtype, self.plan.inputs, "X")
        on_the_cpu(device, "layers=True")
        parts = zip(self.weights, self.plan.activations, self.activation_parameters, strict=True)
        return forward_layers(X, ((W, b, a.activation, trained) for (W, b), a, trained in parts))

    def predict(self, X: Any) -> np.ndarray:
        """Predict targets from an array of inputs, scaled as in the training. For tables, see :meth:`Model.predict`.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
            Inputs.

        Returns
        -------
        np.ndarray of shape (samples,) or (samples, outputs)
            Predictions of the same kind as the targets in training: class numbers ("cross_entropy"), 0 or 1
            ("binary_cross_entropy"), -1 or 1 ("hinge"), expected counts ("poisson"), else the outputs. An untrained
            network returns its outputs. A single output per sample is returned in shape (samples,).

        Raises
        ------
        DataError
            If X has another shape, or does not hold numbers.

        Examples
        --------
        >>> import fastnn
        >>> net = fastnn.Network([1, 1])
        >>> result = fastnn.train(net, [0, 1, 2, 3], [1, 3, 5, 7], loss="mse", optimizer="gd", lr=0.1, epochs=300,
        ...                       validation=None)
        >>> net.predict([10, 20]).round()
        array([21., 41.], dtype=float32)
        """
        return decide(self.forward(X), self.loss)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of every class.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
            Inputs.

        Returns
        -------
        np.ndarray of shape (samples, classes)
            Probabilities, which sum to 1 per sample. For several binary targets: the probability of each, of shape
            (samples, outputs).

        Raises
        ------
        UsageError
            If the network was not trained with "cross_entropy" or "binary_cross_entropy".
        DataError
            If X has another shape, or does not hold numbers.

        Examples
        --------
        >>> import fastnn
        >>> net = fastnn.Network([1, 3])
        >>> result = fastnn.train(net, [0, 1, 2], [0, 1, 2], loss="cross_entropy", validation=None)
        >>> net.predict_proba([0.5, 1.5]).shape
        (2, 3)
        """
        return probabilities(self.forward(X), self.loss)

    _outputs = functools.cached_property(lambda self: Outputs())

    def copy(self) -> Network:
        """Return an independent network with the same parameters. Training the copy starts with a fresh optimizer."""
        twin = Network.__new__(Network)
        twin.plan, twin.loss, twin.continuation = self.plan, self.loss, None
        twin.parameters = self.plan.buffer()
        twin.parameters[:] = self.parameters
        return twin

    def save(self, path: str | Path) -> None:
        """Write the network to a safetensors file; ``fastnn.load`` reads it.

        The file is written completely or not at all: after an error, an earlier file is unchanged. The optimizer's
        state is not saved: training the loaded network is a new training from these weights, not a continuation.

        Parameters
        ----------
        path : str or Path
            The file, by convention ``*.safetensors``. An existing one is replaced.

        Raises
        ------
        FastnnError
            If the file cannot be written.
        """
        save(path, self)

    def __repr__(self) -> str:
        activations = ", ".join(a.activation.spec for a in self.plan.activations)
        return f"Network({list(self.sizes)}, activations: {activations}, {self.dtype})"
