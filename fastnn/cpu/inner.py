"""Two compilers: for functions that Python calls, and for functions that only compiled code calls.

Both keep Python's collector from running: compiling makes many objects that stay, and looking at them again and again
took a tenth of the time.

The second one stops at LLVM's intermediate representation. Numba would optimise every such function and emit machine
code for it, and do both again inside every caller, which is the only place where the code is used. Skipping this saves
a third of the time of the first compilation.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import _dynfunc
from numba.core import typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering

# Numba's passes for what plain functions do not have: closures, with blocks, unrolled loops, array expressions.
SPARED = (
    untyped_passes.WithLifting, untyped_passes.InlineClosureLikes,
    untyped_passes.MakeFunctionToJitFunction, untyped_passes.InlineInlinables, untyped_passes.FindLiterallyCalls,
    untyped_passes.LiteralUnroll, untyped_passes.LiteralPropagationSubPipelinePass, typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites, typed_passes.AnnotateTypes,
)  # fmt: skip


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep Python's collector from running in the block."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class OuterCompiler(Compiler):
    """Numba's compiler for a function that Python calls, and for all functions that this one calls."""

    def compile_extra(self, func: Any) -> Any:
        """Compile the function."""
        with collector_off():
            return super().compile_extra(func)


class InnerCompiler(CompilerBase):
    """Numba's compiler with a different last pass, for the option ``pipeline_class`` of ``numba.njit``."""

    spared: tuple[type, ...] = ()  # passes that are left out

    def define_pipelines(self) -> list[PassManager]:
        """Return Numba's passes, with InnerLowering in place of NativeLowering."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = [(InnerLowering if p is NativeLowering else p, description) for p, description in manager.passes]
        manager.passes[:] = [(p, description) for p, description in passes if p not in self.spared]
        manager.finalize()
        return [manager]


class PlainCompiler(InnerCompiler):
    """The compiler of the engine's own functions, which need only a part of what Numba supports."""

    spared = SPARED


class InnerLibrary(JITCodeLibrary):
    """Code that is linked into its callers, and not emitted.

    Its functions go through LLVM's passes for single functions. Without them dropout is slow in its callers: a step of
    120-128-64-9 takes a quarter longer.
    """

    def finalize(self) -> None:
        """Link the called functions into the module, and nothing else."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalize_dynamic_globals()
        self._final_module.verify()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class InnerLowering(NativeLowering):
    """Lower a function into an InnerLibrary, for other functions to link with."""

    _name = "fastnn_inner_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function and register its library. Python gets an entry point that must not be called."""
        state.library = InnerLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        name = lowered.fndesc.qualname
        entry = _dynfunc.make_function(lowered.fndesc.lookup_module(), name, "", 0, lowered.env, (state.library,))
        state.targetctx.insert_user_function(entry, lowered.fndesc, [state.library])
        state.reload_init.extend(state.library._reload_init)
        state["cr"] = _LowerResult(lowered.fndesc, lowered.call_helper, cfunc=entry, env=lowered.env)
        return True
