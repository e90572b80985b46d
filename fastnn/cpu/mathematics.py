"""Register the functions of :mod:`fastnn.mathematics` with Numba's CPU compiler, when this module is imported."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba import types
from numba.core.imputils import Registry as Implementations
from numba.core.registry import cpu_target
from numba.core.typing import signature
from numba.core.typing.templates import CallableTemplate
from numba.core.typing.templates import Registry as Templates

import fastnn.kernels.mathematics  # noqa: F401  (fills the collection)
from fastnn.kernels.mathematics.collection import COLLECTION, Emitter
from fastnn.kernels.mathematics.real import Real


def _template(emitter: Emitter) -> type:
    """Return the typing template of the function: float32 if all arguments are float32, else float64."""

    def generic(template: Any) -> Callable:
        def typer(*arguments: types.Type) -> Any:
            if not all(isinstance(a, types.Number | types.Boolean) for a in arguments):
                return None
            if any(isinstance(a, types.Complex) for a in arguments):
                return None
            real = types.float32 if all(a == types.float32 for a in arguments) else types.float64
            return signature(types.boolean if emitter.boolean else real, *[real] * len(arguments))

        typer.pysig = inspect.signature(emitter.function)  # type: ignore[attr-defined]
        return typer

    members = {"key": emitter.function, "generic": generic}
    return type(f"{emitter.function.__name__}_template", (CallableTemplate,), members)


def _lowering(emitter: Emitter) -> Callable:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emitter.emit(*(Real(builder, a) for a in args)).value

    return lower


def _install() -> None:
    """Register the collection with Numba's CPU target only."""
    templates, implementations = Templates(), Implementations()
    for emitter in COLLECTION:
        template = _template(emitter)
        templates.register(template)
        templates.register_global(emitter.function, types.Function(template))
        arguments = len(inspect.signature(emitter.function).parameters)
        implementations.lower(emitter.function, *[types.Float] * arguments)(_lowering(emitter))
    # refresh first: a registry that is installed before Numba's own ones would hide some of their entries
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    cpu_target.typing_context.install_registry(templates)
    cpu_target.target_context.install_registry(implementations)


_install()
