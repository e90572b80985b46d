"""Collect the statements of derived code, and what is known of its variables."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from fastnn.formula.bounds import ANY, FINITE, Bounds, Cases, measured, narrowed, union
from fastnn.formula.choosing import is_cheap, is_choice
from fastnn.formula.specialise import Special


class Emitting:
    """Appends statements to ``out``.

    depends: for each variable the indices of the arguments on which it depends, in any statement. bounds, cases,
    switches: between which numbers variables lie, also where a test holds or not; those that are 0 or 1.
    """

    def __init__(self, special: Special, active: tuple[str, ...]):
        self.special = special
        self.source = special.source
        self.active = active
        self.out: list[ast.stmt] = []
        nodes = [n for statement in special.body for n in ast.walk(statement)]
        self.stored = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        self.taken = {*special.parameters, *(n.id for n in nodes if isinstance(n, ast.Name))}
        self.depends: dict[str, set[int]] = {name: {i} for i, name in enumerate(active)}
        self.bounds: dict[str, Bounds] = {}
        self.cases: dict[str, Cases] = {}
        self.switches: set[str] = set()
        self.fresh: Counter[str] = Counter()

    def new(self, base: str) -> str:
        """Return a name that no variable of the formula has."""
        while True:
            self.fresh[base] += 1
            name = f"{base}{self.fresh[base]}"
            if name not in self.taken:
                return name

    def emit(self, name: str, value: ast.expr) -> ast.Name:
        """Append ``name = value``."""
        found, cases = self.measured(value)
        again, before = name in self.bounds, self.bounds.get(name, found)
        self.bounds[name] = union(found, before)
        self.cases[name] = {} if again else cases
        if _is_switch(value, self.switches) and (not again or name in self.switches):
            self.switches.add(name)
        else:
            self.switches.discard(name)
        self.out.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return ast.Name(name, ast.Load())

    def forget(self, name: str) -> None:
        """Forget what is known of a variable, which is assigned to again."""
        self.bounds[name], self.cases[name] = ANY, {}
        self.switches.discard(name)

    def measured(self, value: ast.expr) -> tuple[Bounds, Cases]:
        """Return the bounds of an expression, also in the cases of earlier tests."""
        return measured(value, self.bounds_of, self.cases)

    def is_fixed(self, name: str) -> bool:
        """Return whether a variable never changes."""
        return self.stored[name] <= (name not in self.special.parameters)

    @contextmanager
    def assuming(self, test: ast.expr, holds: bool) -> Iterator[None]:
        """Within the block, the bounds of variables are those under a condition."""
        before = {}
        for name, found in narrowed(test, holds, self.bounds_of).items():
            if self.is_fixed(name):
                before[name] = self.bounds.get(name)
                self.bounds[name] = found
        yield
        for name, known in before.items():
            if known is None:
                del self.bounds[name]
            else:
                self.bounds[name] = known

    def bounds_of(self, name: str) -> Bounds:
        """Return the bounds of a variable. What depends on no argument is finite."""
        if name in self.bounds:
            return self.bounds[name]
        return FINITE if name in self.taken and not self.depends.get(name) else ANY

    def hold(self, value: ast.expr, base: str = "v") -> ast.expr:
        """Return an expression that can be used several times."""
        return value if isinstance(value, (ast.Name, ast.Constant)) else self.emit(self.new(base), value)

    def choose(self, test: ast.expr, blocks: list[list[ast.stmt]], names: list[str]) -> None:
        """Append the branches that end by assigning to these names, as choices if they are arithmetic only."""
        assigned = [
            {
                s.targets[0].id: s.value
                for s in block
                if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
            }
            for block in blocks
        ]
        simple = all(len(a) == len(b) and all(map(is_cheap, a.values())) for a, b in zip(assigned, blocks, strict=True))
        if not (simple and is_choice(test)):
            self.out.append(ast.If(test, *blocks))
            return
        self.out += [s for b in blocks for s in b if s.targets[0].id not in names]  # type: ignore[attr-defined]
        for name in names:
            chosen = ast.IfExp(test, assigned[0][name], assigned[1][name])
            self.out.append(ast.Assign([ast.Name(name, ast.Store())], chosen))


def _is_switch(value: ast.expr, switches: set[str]) -> bool:
    """Return whether an expression is a number that is 0 or 1."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, float) and value.value in (0.0, 1.0)
    return isinstance(value, ast.Name) and value.id in switches
