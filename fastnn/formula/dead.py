"""Remove the states of an optimizer that its specialised formula does not use."""

from __future__ import annotations

import ast
from collections import Counter

from fastnn.formula.specialise import Special


def dead_states(special: Special, states: int) -> list[int]:
    """Return the indices of the states (arguments 2, 3, ...) that are only returned unchanged, in their position."""
    nodes = [n for statement in special.body for n in ast.walk(statement)]
    reads = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    stores = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    returns = _returned_tuples(special)
    if returns is None:
        return []

    def passes_through(i: int) -> bool:
        name = special.parameters[2 + i]
        in_position = sum(_is_name(r.elts[1 + i], name) for r in returns if len(r.elts) == 1 + states)
        return name not in stores and in_position == len(returns) == reads[name]

    return [i for i in range(states) if passes_through(i)]


def without_states(special: Special, dead: list[int]) -> Special:
    """Return the function without the arguments and results of these states."""
    removed = {special.parameters[2 + i] for i in dead}
    for result in _returned_tuples(special) or []:
        result.elts = [e for i, e in enumerate(result.elts) if i - 1 not in dead]
    return Special(special.source, [p for p in special.parameters if p not in removed], special.body)


def _returned_tuples(special: Special) -> list[ast.Tuple] | None:
    nodes = [n for statement in special.body for n in ast.walk(statement)]
    values = [n.value for n in nodes if isinstance(n, ast.Return)]
    tuples = [v for v in values if isinstance(v, ast.Tuple)]
    return tuples if len(tuples) == len(values) else None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
