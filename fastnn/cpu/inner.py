"""A compiler for functions that only compiled code calls: it stops at LLVM's intermediate representation.

Numba would optimise every such function and emit machine code for it, and do both again inside every caller, which is
the only place where the code is used. Skipping this saves a third of the time of the first compilation.
"""

from __future__ import annotations

from typing import Any

from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering


class InnerCompiler(CompilerBase):
    """Numba's compiler with a different last pass, for the option ``pipeline_class`` of ``numba.njit``."""

    def define_pipelines(self) -> list[PassManager]:
        """Return Numba's passes, with InnerLowering in place of NativeLowering."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = [(InnerLowering if p is NativeLowering else p, description) for p, description in manager.passes]
        manager.passes[:] = passes
        manager.finalize()
        return [manager]


class InnerLibrary(JITCodeLibrary):
    """Code that is linked into its callers. It is neither optimised separately nor emitted."""

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
