"""Register the functions of :mod:`fastnn.mathematics` with Numba's CPU compiler, when this module is imported."""

from __future__ import annotations

from numba.core.imputils import Registry as Implementations
from numba.core.registry import cpu_target
from numba.core.typing import signature
from numba.core.typing.templates import CallableTemplate
from numba.core.typing.templates import Registry as Templates

import fastnn.kernels.mathematics  # noqa: F401  (fills the collection)
from fastnn.kernels.mathematics.real import Real
from fastnn.kernels.mathematics.registering import register


def _install() -> None:
    """Register the collection with Numba's CPU target only."""
    templates, implementations = Templates(), Implementations()
    register(templates, implementations, CallableTemplate, lambda result, taken: signature(result, *taken), Real)
    # refresh first: a registry that is installed before Numba's own ones would hide some of their entries
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    cpu_target.typing_context.install_registry(templates)
    cpu_target.target_context.install_registry(implementations)


_install()
