"""The four kinds of parts that a plugin supplies: Activation, Loss, Initializer, Optimizer.

A part is a name and an undecorated Python function of scalars. The function can be called and tested as it
stands; each device compiles it into its own fused loop. Write numbers as you like (`1`, `0.5`): they take the
dtype of the data when the formula is compiled.

Parameters are declared by name with their default. A number is a *run-time* parameter: another value compiles
nothing. A bool, or a :class:`Parameter` with ``choices``, is a *compile-time* parameter: the branches that it
rules out are not compiled at all.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastnn.errors import PluginError, UsageError, unknown
from fastnn.parts.parameter import Parameter

TARGETS = {
    "real": "any number; the network's output is the prediction",
    "positive": "a number above 0; the network's output is the prediction",
    "count": "a number not below 0; the network's output is the logarithm of the predicted rate",
    "binary": "0 or 1; the network's output is the log-odds (logit) of 1",
    "sign": "-1 or 1; the sign of the network's output is the prediction",
    "class": "a class number 0 ... classes-1; the network's outputs are unnormalised log-probabilities (logits)",
}

MOST_SCALARS = 64  # numbers a step that an optimizer's rule may need


@dataclass(frozen=True)
class Part:
    """What all parts share. ``aliases``: other names under which the part is found."""

    kind: ClassVar[str] = "part"

    name: str
    f: Callable
    aliases: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.replace("_", "a").isalnum():
            raise PluginError(f"{self.name!r} is not a name for {self.kind}: letters, digits and underscores only.")
        if not callable(self.f):
            raise PluginError(f"The {self.kind} {self.name!r} needs a function, not {self.f!r}.")

    @functools.cached_property
    def declared(self) -> dict[str, Parameter]:
        """Every parameter by name, in the order in which the formula takes them."""
        raw: Mapping[str, Any] = getattr(self, "hyper" if isinstance(self, Optimizer) else "parameters")
        return {n: p if isinstance(p, Parameter) else Parameter(p) for n, p in raw.items()}

    def __call__(self, **values: Any) -> Bound:
        """This part with these parameter values; the others keep their defaults."""
        return bind(self, values)


@dataclass(frozen=True)
class Activation(Part):
    """y = f(x, *parameters), applied to every output of a layer.

    derivative(x, y, *parameters) -> dy/dx, or (dy/dx, dy/dp for each trainable parameter p in turn).
    trainable: names of the numeric parameters that are learnt, one number a layer, beginning at their defaults.
    rowwise: f(x, y, *parameters) fills the row y from the row x, and derivative(x, y, dy, dx, *parameters)
    fills dx with the product of the transposed Jacobian and dy. Row-wise activations are for outputs.
    """

    kind: ClassVar[str] = "activation"

    derivative: Callable | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    trainable: tuple[str, ...] = field(default=(), kw_only=True)
    rowwise: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.trainable:
            if name not in self.declared or self.declared[name].compile_time:
                raise PluginError(f"Activation {self.name!r}: trainable {name!r} is not a numeric parameter of it.")
        if self.rowwise and self.trainable:
            raise PluginError(f"Activation {self.name!r}: a row-wise activation cannot have trainable parameters.")
        _check_signature(self, self.f, ("x", "y") if self.rowwise else ("x",), self.declared)
        if self.derivative:
            first = ("x", "y", "dy", "dx") if self.rowwise else ("x", "y")
            _check_signature(self, self.derivative, first, self.declared)


@dataclass(frozen=True)
class Loss(Part):
    """l = f(prediction, target, *parameters); gradient(prediction, target, *parameters) -> dl/dprediction.

    An elementwise loss is averaged over all elements. rowwise: prediction is a row, f returns the loss of the
    row, and gradient(prediction, target, out, *parameters) fills the row ``out`` and returns the loss as well;
    the average is over rows. target: the kind of target that the loss takes, a key of :data:`TARGETS`; it also
    says what the network's output means. A loss with target "class" gets the class number.
    """

    kind: ClassVar[str] = "loss"

    gradient: Callable | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    rowwise: bool = field(default=False, kw_only=True)
    target: str = field(default="real", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.target not in TARGETS:
            raise PluginError(f"Loss {self.name!r}: " + unknown("target", self.target, TARGETS))
        if self.target == "class" and not self.rowwise:
            raise PluginError(f"Loss {self.name!r}: a loss of classes works on rows; declare it rowwise=True.")
        _check_signature(self, self.f, ("prediction", "target"), self.declared)
        if self.gradient:
            first = ("prediction", "target", "out") if self.rowwise else ("prediction", "target")
            _check_signature(self, self.gradient, first, self.declared)


@dataclass(frozen=True)
class Initializer(Part):
    """f(rng, shape, fan_in, fan_out, **parameters) -> array of that shape; runs on the host, in float64.

    rng is a numpy.random.Generator; shape is (fan_in, fan_out) for weights and (fan_out,) for biases.
    """

    kind: ClassVar[str] = "initializer"

    parameters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_signature(self, self.f, ("rng", "shape", "fan_in", "fan_out"), (), self.declared)


@dataclass(frozen=True)
class Optimizer(Part):
    """(p, *state) = f(p, g, *state, *hyper, *scalars): the new parameter and state from the gradient g, elementwise.

    state: names and initial values, one number per parameter each. A state that f returns untouched and never
    reads (because a compile-time parameter rules it out) is not kept at all.
    hyper: the rule's parameters; ``lr`` should be one of them.
    scalars(t, ...): numbers needed once a step t = 1, 2, ...; takes t and, by name, those hyperparameters that
    it lists; returns a number or a tuple of at most 64, computed in float64.
    batch: "mini", or "full" for a rule that is defined on the whole data set only.

    Rules are elementwise: what needs a whole matrix or several evaluations (L-BFGS, LAMB, Muon) is out of scope.
    """

    kind: ClassVar[str] = "optimizer"

    state: Mapping[str, float] = field(default_factory=lambda: {"m": 0.0}, kw_only=True)
    hyper: Mapping[str, Any] = field(default_factory=lambda: {"lr": 1e-3}, kw_only=True)
    scalars: Callable | None = field(default=None, kw_only=True)
    batch: str = field(default="mini", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch not in ("mini", "full"):
            raise PluginError(f"Optimizer {self.name!r}: " + unknown("batch", self.batch, ("mini", "full")))
        if self.scalars:
            names = list(inspect.signature(self.scalars).parameters)
            for name in names[1:]:
                if name not in self.declared:
                    raise PluginError(f"Optimizer {self.name!r}, scalars: " + unknown("parameter", name, self.declared))
        self._check_call()

    def _check_call(self) -> None:
        count = len(self.scalar_values(1, self().values))
        if count > MOST_SCALARS:
            raise PluginError(f"Optimizer {self.name!r}: scalars returns {count} numbers; at most {MOST_SCALARS} fit.")
        scalars = [f"scalar {i + 1}" for i in range(count)]
        _check_signature(self, self.f, ("p", "g", *self.state), [*self.declared, *scalars])

    def scalar_values(self, t: int, values: Mapping[str, Any]) -> tuple[float, ...]:
        """The per-step scalars at step t, by plain Python."""
        if self.scalars is None:
            return ()
        names = list(inspect.signature(self.scalars).parameters)[1:]
        result = self.scalars(t, *(values[n] for n in names))
        return tuple(result) if isinstance(result, tuple) else (result,)


@dataclass(frozen=True)
class Bound:
    """A part with a value for every one of its parameters: what a network and a run are made of."""

    part: Any
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.part.name

    @functools.cached_property
    def numbers(self) -> dict[str, float]:
        """The run-time parameters, in the formula's order."""
        return {n: self.values[n] for n, p in self.part.declared.items() if not p.compile_time}

    @functools.cached_property
    def choices(self) -> dict[str, Any]:
        """The compile-time parameters."""
        return {n: self.values[n] for n, p in self.part.declared.items() if p.compile_time}

    @property
    def spec(self) -> str:
        """The string that chooses this part with these values: "leaky_relu:slope=0.2"."""
        own = {n: v for n, v in self.values.items() if v != self.part.declared[n].default}
        text = ",".join(f"{n}={str(v).lower() if isinstance(v, bool) else format_number(v)}" for n, v in own.items())
        return f"{self.name}:{text}" if text else self.name


def bind(part: Part, values: Mapping[str, Any]) -> Bound:
    """The part with these values checked against its declaration; UsageError names what is wrong."""
    declared = part.declared
    for name in values:
        if name not in declared:
            raise UsageError(unknown(f"parameter of the {part.kind} {part.name!r}:", name, declared))
    where = f"{part.kind} {part.name}: "
    full = {n: p.check(values[n], where + n) if n in values else p.default for n, p in declared.items()}
    return Bound(part, full)


def format_number(value: Any) -> str:
    """A number as text that reads back to the same number."""
    return repr(float(value)) if isinstance(value, float) else str(value)


def _check_signature(part: Part, function: Callable, first: tuple, rest: Any, named: Any = ()) -> None:
    """A function's parameters must fit what it will be called with: by position, and ``named`` by name."""
    wanted = [*first, *rest, *named]
    try:
        signature = inspect.signature(function)
        signature.bind(*first, *rest, **dict.fromkeys(named))
    except (TypeError, ValueError) as error:
        name = getattr(function, "__name__", repr(function))
        raise PluginError(
            f"{part.kind.capitalize()} {part.name!r}: {name} must take ({', '.join(wanted)}): {error}."
        ) from None
