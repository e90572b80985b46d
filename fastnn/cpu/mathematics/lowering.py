"""How a function of :mod:`fastnn.mathematics` gets its instructions in code that Numba compiles for the CPU."""

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

from fastnn.cpu.mathematics.real import Real

_templates, _implementations = Templates(), Implementations()


def lowers(function: Callable, result: types.Type | None = None) -> Callable[[Callable], Callable]:
    """Decorator: what emits the instructions of a function, from :class:`Real` to :class:`Real`.

    The compiled function takes and returns float32 if all its arguments are float32 and float64 otherwise;
    integers and booleans are converted. ``result``: the type returned where it is another.
    """
    names = list(inspect.signature(function).parameters)

    def generic(template: Any) -> Callable:
        def typer(*arguments: types.Type) -> Any:
            if not all(isinstance(a, types.Number | types.Boolean) for a in arguments):
                return None
            if any(isinstance(a, types.Complex) for a in arguments):
                return None
            single = all(a == types.float32 for a in arguments)
            real = types.float32 if single else types.float64
            return signature(result or real, *[real] * len(arguments))

        typer.pysig = inspect.signature(function)  # type: ignore[attr-defined]
        return typer

    members = {"key": function, "generic": generic}
    template = type(f"{function.__name__}_template", (CallableTemplate,), members)
    _templates.register(template)
    _templates.register_global(function, types.Function(template))

    def decorate(emit: Callable) -> Callable:
        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return emit(*(Real(builder, a) for a in args)).value

        _implementations.lower(function, *[types.Float] * len(names))(lower)
        return emit

    return decorate


def install() -> None:
    """Make them known to Numba's compiler for the CPU, and to no other."""
    # refreshed first: a registry installed before Numba's own would hide some of them
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    cpu_target.typing_context.install_registry(_templates)
    cpu_target.target_context.install_registry(_implementations)
