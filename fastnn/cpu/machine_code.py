"""The compiled code of a kernel: its optimised LLVM code, loop by loop, and its x86 instructions."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from numba.core.registry import cpu_target

IS_X86 = platform.machine().lower() in ("x86_64", "amd64")

DOUBLE = re.compile(
    r"v?(?!p|mov|broadcast|shuf|unpck|perm|blend|insert|extract|and|or|xor|compress|expand)[a-z]\w*[sp]d[xyz]?"
    r"|v?cvt\w*[sp]d(2\w+)?[xyz]?"
)
"""The names of x86 instructions that calculate in float64 or convert to or from it; not those that move bits."""

FEATURES = cpu_target.target_context.codegen().magic_tuple()[2]
CALCULATES = re.compile(r"v?(add|sub|mul|div|sqrt|min|max|cmp\w*|fn?m(add|sub)\d+)[ps][sd]\b")
WHOLE_VECTOR = re.compile(CALCULATES.pattern.replace("[ps]", "p") + f".*%{'[yz]' if '+avx' in FEATURES else 'x'}mm")
"""Instructions that calculate in floating point, and those of them that do so on all of a vector."""


@dataclass
class Loop:
    """A loop of an optimised function: the label of its last block, the text of its blocks, what LLVM notes of it."""

    latch: str
    text: str
    notes: str

    @property
    def vectorised(self) -> bool:
        """The vector loop, or the loop over what is left that stays beside it."""
        return "llvm.loop.isvectorized" in self.notes

    @property
    def calls(self) -> list[str]:
        """Functions that it calls, but for LLVM's own, which are instructions."""
        return [name for name in _called(self.text) if not name.startswith("llvm.")]

    @property
    def only_copies_or_adds(self) -> bool:
        """Such a loop is the order of a sum; what is added up in order cannot be done side by side."""
        calculates = set(re.findall(r"= (?:tail |reassoc |nsz |contract )*(f\w+) ", self.text)) - {"fadd"}
        return not calculates and not _called(self.text)


@cache
def machine_code(kernel: Any) -> MachineCode:
    """The code of a kernel, compiled in this process or loaded from disk."""
    return MachineCode(kernel)


class MachineCode:
    """See machine_code()."""

    def __init__(self, kernel: Any):
        library = kernel._library
        module = library._get_module_for_linking()  # what is kept on disk beside the object code; after optimisation
        self.name = kernel._wrapper_name.removeprefix("cfunc.")
        self.text = str(module)
        self.assembly = str(library._codegen._tm.emit_assembly(module.clone()))

    @cached_property
    def function(self) -> str:
        """The LLVM code of the kernel itself, without the C function around it."""
        found = re.search(rf"^define [^\n]*@{re.escape(self.name)}\(.*?^}}", self.text, re.MULTILINE | re.DOTALL)
        assert found, f"there is no function {self.name}"
        return found[0]

    @property
    def calls(self) -> list[str]:
        return [name for name in _called(self.function) if not name.startswith("llvm.")]

    @property
    def instructions(self) -> list[str]:
        """The kernel's own instructions."""
        body = self.assembly.split(f"\n{self.name}:", 1)[1].split("\n.Lfunc_end", 1)[0]
        return [line.split("#")[0].strip() for line in body.splitlines() if re.match(r"\t[a-z]", line)]

    @property
    def calculates(self) -> bool:
        return any(CALCULATES.match(i) for i in self.instructions)

    @property
    def whole_vectors(self) -> bool:
        return any(WHOLE_VECTOR.match(i) for i in self.instructions)

    @property
    def doubles(self) -> set[str]:
        """Names of all instructions that calculate in float64, in the kernel and in all that comes with it."""
        names = set(re.findall(r"^\t([a-z]\w*)", self.assembly, re.MULTILINE))
        return {name for name in names if DOUBLE.fullmatch(name)}

    @property
    def float64(self) -> list[str]:
        """What shows that it calculates in float64: nothing in the code of a formula for float32."""
        found = ["double, in LLVM's code"] if re.search(r"\bdouble\b", self.text) else []
        return [*found, *(sorted(self.doubles) if IS_X86 else ())]

    @property
    def single_steps(self) -> str:
        """Why the loops do not work on whole vectors; "" if all do: each is one on vectors and one for the rest."""
        left = [loop for loop in self.loops if not loop.vectorised and not loop.only_copies_or_adds]
        called = sorted({name for loop in self.loops for name in loop.calls})
        if called:
            return f"its loop calls {', '.join(called)}"
        if left:
            return f"{len(left)} of its {len(self.loops)} loops take one number at a time"
        if not any(re.search(r"<\d+ x (float|double)>", loop.text) for loop in self.loops if loop.vectorised):
            return "it has no loop on vectors"
        if IS_X86 and sum(i.startswith("call") for i in self.instructions) != len(self.calls):
            return "an instruction has become the call of a function"
        if IS_X86 and self.calculates and not self.whole_vectors:
            return "it calculates on single numbers alone"
        return ""

    @property
    def widest(self) -> int:
        """How many numbers its widest vector has."""
        return max((int(n) for n in re.findall(r"<(\d+) x (?:float|double)>", self.function)), default=1)

    @cached_property
    def loops(self) -> list[Loop]:
        """The kernel's loops, without the short ones that unrolling leaves behind."""
        blocks = _blocks(self.function)
        targets = {label: re.findall(r"label %([\w.$-]+)", text) for label, text in blocks.items()}
        found = []
        for latch, head in _back_edges(targets):
            if re.search(r"\.(prol|epil)", latch):
                continue
            body = _between(head, latch, targets)
            [number] = re.findall(r"!llvm\.loop !(\d+)", blocks[latch]) or [None]
            found.append(
                Loop(latch, "\n".join(blocks[label] for label in blocks if label in body), self._notes(number))
            )
        return found

    def _notes(self, number: str | None) -> str:
        if number is None:
            return ""
        line = re.search(rf"^!{number} = .*$", self.text, re.MULTILINE)
        assert line
        parts = [n for n in re.findall(r"!(\d+)", line[0]) if n != number]
        return " ".join(re.findall(rf"^!(?:{'|'.join(parts)}) = (.*)$", self.text, re.MULTILINE))


def _called(text: str) -> list[str]:
    return re.findall(r"\bcall [^\n]*?@\"?([\w.$]+)", text)


def _blocks(function: str) -> dict[str, str]:
    pieces = re.split(r"^([\w.$-]+):", function, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _back_edges(targets: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The jumps (from, to) that close a loop: to a block that leads to the jump."""
    edges: list[tuple[str, str]] = []
    seen: set[str] = set()
    path: list[str] = []
    stack = [(next(iter(targets)), False)]
    while stack:
        label, leaving = stack.pop()
        if leaving:
            path.pop()
        elif label not in seen:
            seen.add(label)
            path.append(label)
            stack.append((label, True))
            stack += [(target, False) for target in targets[label] if target not in seen]
            edges += [(label, target) for target in targets[label] if target in path]
    return edges


def _between(head: str, latch: str, targets: dict[str, list[str]]) -> set[str]:
    """The blocks of a loop: those from which its last block is reached without passing its first."""
    body, waiting = {head}, [latch]
    while waiting:
        label = waiting.pop()
        if label not in body:
            body.add(label)
            waiting += [before for before, after in targets.items() if label in after]
    return body
