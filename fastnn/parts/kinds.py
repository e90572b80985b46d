"""The kinds of parts that a plugin supplies: Activation, Loss, Initializer, Optimizer.

A part is a name and an undecorated Python function of scalars. The function can be called and tested as it stands; each
device compiles it into its own fused loop. Numbers may have any form (``1``, ``0.5``): they take the dtype of the data
when the formula is compiled.

Parameters are declared by name with their default. A number is a *run-time* parameter: for another value, nothing is
compiled again. A bool, or a :class:`Parameter` with ``choices``, is a *compile-time* parameter: branches that cannot be
reached are not compiled.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastnn.errors import PluginError, unknown
from fastnn.part_kinds import PART_KINDS
from fastnn.parts.parameter import Parameter as Parameter
from fastnn.parts.part import Bound as Bound
from fastnn.parts.part import Part as Part
from fastnn.parts.part import bind as bind
from fastnn.parts.targets import TARGETS

__all__ = ["Activation", "Initializer", "Loss", "Optimizer"]

MAX_SCALARS = 64  # per-step scalars of an optimizer, at most
DEFAULT_BATCH = 128  # samples per step


@dataclass(frozen=True)
class Activation(Part):
    """An activation function, applied to every output of a layer.

    Parameters
    ----------
    name : str
        Name under which the activation is found: letters, digits and underscores.
    f : function
        ``f(x, *parameters) -> y``, of one number.
    derivative : function, optional
        ``derivative(x, y, *parameters) -> dy/dx`` with ``y = f(x)``; with trainable parameters p, q ... it returns
        ``(dy/dx, dy/dp, dy/dq ...)``. By default it is derived from ``f``; a row-wise activation needs one.
    parameters : dict, default {}
        Name and default of every parameter, in the order in which ``f`` takes them: a number, a bool, or a
        :class:`Parameter`, which has limits or choices.
    trainable : tuple of str, default ()
        Numeric parameters that are trained with the weights: one number per layer, which starts at its default. The
        limits of a :class:`Parameter` hold for the value that it starts from, not during training.
    rowwise : bool, default False
        For functions of a whole row, such as softmax, in output layers only: ``f(x, y, *parameters)`` fills the row
        ``y`` from the row ``x``, and ``derivative(x, y, dy, dx, *parameters)`` fills ``dx`` with the product of the
        transposed Jacobian and ``dy``.
    check : bool, default True
        Compare the given derivative with differences of ``f`` before it is compiled the first time. ``False`` is for
        a derivative that is meant to be another one.
    aliases : tuple of str, default ()
        Other names under which the activation is found.

    Raises
    ------
    PluginError
        If the name is not allowed, or a function does not take these arguments.

    Examples
    --------
    >>> import fastnn
    >>> def bent(x, slope):
    ...     return x if x > 0 else slope * x
    >>> activation = fastnn.Activation("bent", bent, parameters={"slope": 0.1})
    >>> fastnn.Network([4, 8, 1], activation=activation(slope=0.2))
    Network([4, 8, 1], activations: bent:slope=0.2, identity, float32)
    """

    kind: ClassVar[str] = "activation"

    derivative: Callable | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    trainable: tuple[str, ...] = field(default=(), kw_only=True)
    rowwise: bool = field(default=False, kw_only=True)
    check: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.trainable:
            if name not in self.declared or self.declared[name].compile_time:
                raise PluginError(f"Activation {self.name!r}: trainable {name!r} is not one of its numeric parameters.")
        if self.rowwise and self.trainable:
            raise PluginError(f"Activation {self.name!r}: a row-wise activation cannot have trainable parameters.")
        self.check_signature(self.f, ("x", "y") if self.rowwise else ("x",), self.declared)
        if self.derivative:
            first = ("x", "y", "dy", "dx") if self.rowwise else ("x", "y")
            self.check_signature(self.derivative, first, self.declared)


@dataclass(frozen=True)
class Loss(Part):
    """A loss function of a prediction and its target.

    Parameters
    ----------
    name : str
        Name under which the loss is found: letters, digits and underscores.
    f : function
        ``f(prediction, target, *parameters) -> loss``, of numbers. The loss of a batch is the mean over all elements.
    gradient : function, optional
        ``gradient(prediction, target, *parameters) -> dloss/dprediction``. By default it is derived from ``f``; a
        row-wise loss needs one.
    parameters : dict, default {}
        Name and default of every parameter, in the order in which ``f`` takes them: a number, a bool, or a
        :class:`Parameter`, which has limits or choices.
    rowwise : bool, default False
        For losses of a whole row, such as cross-entropy: ``prediction`` is a row, ``f`` returns the loss of the row,
        and ``gradient(prediction, target, out, *parameters)`` fills the row ``out`` and returns the loss as well. The
        loss of a batch is then the mean over rows.
    target : {"real", "positive", "count", "binary", "sign", "class"}, default "real"
        The allowed targets and the meaning of the outputs: any number; a number above 0; a count, of which the output
        is the logarithm; 0 or 1, of which the output is the logit; -1 or 1; or the class number of a row, of which the
        outputs are the logits.
    check : bool, default True
        Compare the given gradient with differences of ``f`` before it is compiled the first time. ``False`` is for a
        gradient that is meant to be another one.
    aliases : tuple of str, default ()
        Other names under which the loss is found.

    Raises
    ------
    PluginError
        If the name or the target is not allowed, or a function does not take these arguments.

    Examples
    --------
    >>> import fastnn
    >>> def cubed(prediction, target):
    ...     return abs(prediction - target) ** 3
    >>> loss = fastnn.Loss("cubed", cubed)
    >>> fastnn.ops.loss_gradient(loss, [3.0], [1.0])
    array([12.])
    """

    kind: ClassVar[str] = "loss"

    gradient: Callable | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    rowwise: bool = field(default=False, kw_only=True)
    target: str = field(default="real", kw_only=True)
    check: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.target not in TARGETS:
            raise PluginError(f"Loss {self.name!r}: " + unknown("target", self.target, TARGETS))
        if self.target == "class" and not self.rowwise:
            raise PluginError(f"Loss {self.name!r}: a loss of classes works on rows; declare it rowwise=True.")
        self.check_signature(self.f, ("prediction", "target"), self.declared)
        if self.gradient:
            first = ("prediction", "target", "out") if self.rowwise else ("prediction", "target")
            self.check_signature(self.gradient, first, self.declared)


@dataclass(frozen=True)
class Initializer(Part):
    """A function that draws the initial weights or biases of a layer. It is not compiled, and may use all of NumPy.

    Parameters
    ----------
    name : str
        Name under which the initializer is found: letters, digits and underscores.
    f : function
        ``f(rng, shape, fan_in, fan_out, **parameters) -> array`` of that shape. ``rng`` is a numpy.random.Generator;
        ``shape`` is ``(fan_in, fan_out)`` for weights and ``(fan_out,)`` for biases.
    parameters : dict, default {}
        Name and default of every parameter: a number, a bool, or a :class:`Parameter`, which has limits or choices.
    aliases : tuple of str, default ()
        Other names under which the initializer is found.

    Raises
    ------
    PluginError
        If the name is not allowed, or the function does not take these arguments.

    Examples
    --------
    >>> import fastnn
    >>> def draw(rng, shape, fan_in, fan_out, scale):
    ...     return rng.choice([-scale, scale], shape)
    >>> initializer = fastnn.Initializer("signs", draw, parameters={"scale": 0.1})
    >>> net = fastnn.Network([2, 3, 1], initializer=initializer)
    >>> abs(net.weights[0][0]).max().item() == abs(net.weights[0][0]).min().item()
    True
    """

    kind: ClassVar[str] = "initializer"

    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_signature(self.f, ("rng", "shape", "fan_in", "fan_out"), (), self.declared)


@dataclass(frozen=True)
class Optimizer(Part):
    """An update rule, applied separately to every parameter of a network.

    Methods that need a whole matrix or several evaluations of the loss (L-BFGS, LAMB, Muon) are not rules of this kind.

    Parameters
    ----------
    name : str
        Name under which the optimizer is found: letters, digits and underscores.
    f : function
        ``f(p, g, *state, *hyper, *scalars) -> (p, *state)``: computes the new parameter and the new state from a
        parameter ``p`` and its gradient ``g``. A gradient of NaN should give NaN, so that divergence is noticed.
    state : dict, default {"m": 0.0}
        Name and initial value of every number that is kept per parameter; ``{}`` for a rule without state. A state
        that ``f`` never reads and returns unchanged, because of a compile-time hyperparameter, takes no memory.
    hyper : dict, default {"lr": 0.001}
        Name and default of every hyperparameter, in the order in which ``f`` takes them: a number, a bool, or a
        :class:`Parameter`, which has limits or choices. ``lr``, the learning rate, should be one of them.
    scalars : function, optional
        ``scalars(t, ...)`` with the step ``t = 1, 2 ...`` and, by name, the hyperparameters that it needs. It is called
        once per step, in float64, and returns a number, or a tuple of at most 64 numbers, which ``f`` takes last.
    batch : {"mini", "full"}, default "mini"
        "full" for a rule that is defined only for all samples at once.
    aliases : tuple of str, default ()
        Other names under which the optimizer is found.

    Raises
    ------
    PluginError
        If the name or ``batch`` is not allowed, or a function does not take these arguments.

    Examples
    --------
    >>> import fastnn
    >>> def heavy_ball(p, g, velocity, lr, momentum):
    ...     velocity = momentum * velocity - lr * g
    ...     return p + velocity, velocity
    >>> hyper = {"lr": 0.5, "momentum": 0.5}
    >>> optimizer = fastnn.Optimizer("heavy_ball", heavy_ball, state={"velocity": 0.0}, hyper=hyper)
    >>> optimizer.f(1.0, 0.5, 0.0, 0.5, 0.5)
    (0.75, -0.25)
    """

    kind: ClassVar[str] = "optimizer"
    declared_in: ClassVar[str] = "hyper"

    state: Mapping[str, float] = field(default_factory=lambda: {"m": 0.0}, kw_only=True)
    hyper: Mapping[str, Any] = field(default_factory=lambda: {"lr": 1e-3}, kw_only=True)
    scalars: Callable | None = field(default=None, kw_only=True)
    batch: str = field(default="mini", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch not in ("mini", "full"):
            raise PluginError(f"Optimizer {self.name!r}: " + unknown("batch", self.batch, ("mini", "full")))
        if self.scalars:
            for name in _hyper_of(self.scalars):
                if name not in self.declared:
                    raise PluginError(f"Optimizer {self.name!r}, scalars: " + unknown("parameter", name, self.declared))
        self._check_call()

    def _check_call(self) -> None:
        count = len(self.scalar_values(1, self().values))
        if count > MAX_SCALARS:
            raise PluginError(f"Optimizer {self.name!r}: scalars returns {count} numbers; at most {MAX_SCALARS} fit.")
        scalars = [f"scalar {i + 1}" for i in range(count)]
        self.check_signature(self.f, ("p", "g", *self.state), [*self.declared, *scalars])

    @property
    def declares(self) -> dict[str, list[str]]:
        return {"state": list(self.state), **super().declares}

    def scalar_values(self, t: int, values: Mapping[str, Any]) -> tuple[float, ...]:
        """Return the per-step scalars of step t, computed by plain Python."""
        if self.scalars is None:
            return ()
        result = self.scalars(t, *(values[n] for n in _hyper_of(self.scalars)))
        return tuple(result) if isinstance(result, tuple) else (result,)

    def batch_size(self, wanted: int | None = None) -> int | None:
        """Return the samples per step: ``wanted``, or the default. None means all at once (batch="full")."""
        return None if self.batch == "full" else wanted or DEFAULT_BATCH


@functools.lru_cache(maxsize=64)
def _hyper_of(scalars: Callable) -> tuple[str, ...]:
    """Return the hyperparameters that a function of the step takes. On a GPU each step asks for them."""
    return tuple(inspect.signature(scalars).parameters)[1:]


_CLASSES = {part.kind: part for part in Part.__subclasses__()}
KINDS: dict[str, type[Part]] = {kind: _CLASSES[kind] for kind in PART_KINDS}
