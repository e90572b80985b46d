"""Register the collection with a compiler: which types the functions take and return, and how their code is emitted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba import types

from fastnn.kernels.mathematics.collection import CHOICES, COLLECTION, Emitter


def register(templates: Any, implementations: Any, template: type, signature: Callable, real: type) -> None:
    """Add all functions of the collection to the registries of one compiler.

    templates, implementations: its registries of types and of code. template: its base class of typing templates.
    signature: makes a signature from the result's type and a tuple of the arguments' types. real: the subclass of Real
    that spells its instructions.
    """
    for emitter in (*COLLECTION, *CHOICES):
        members = {"key": emitter.function, "generic": _generic(emitter, signature)}
        typed = type(f"{emitter.function.__name__}_template", (template,), members)
        templates.register(typed)
        templates.register_global(emitter.function, types.Function(typed))
        arguments = len(inspect.signature(emitter.function).parameters)
        implementations.lower(emitter.function, *[types.Float] * arguments)(_lowering(emitter, real))


def _generic(emitter: Emitter, signature: Callable) -> Callable:
    """Return what types a call: float32 if all arguments are float32, else float64."""

    def generic(template: Any) -> Callable:
        def typer(*arguments: types.Type) -> Any:
            if not all(isinstance(a, types.Number | types.Boolean) for a in arguments):
                return None
            if any(isinstance(a, types.Complex) for a in arguments):
                return None
            number = types.float32 if all(a == types.float32 for a in arguments) else types.float64
            return signature(types.boolean if emitter.boolean else number, (number,) * len(arguments))

        typer.pysig = inspect.signature(emitter.function)  # type: ignore[attr-defined]
        return typer

    return generic


def _lowering(emitter: Emitter, real: type) -> Callable:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emitter.emit(*(real(builder, a) for a in args)).value

    return lower
