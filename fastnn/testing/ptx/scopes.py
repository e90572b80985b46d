"""Names of PTX's scopes. Every register, label and variable of a kernel gets a name of its own."""

from __future__ import annotations

import re

from fastnn.testing.ptx.statements import Statement

_NAME = re.compile(r"(?<![\w$%.])[%$A-Za-z_][\w$]*")


class Scope:
    """The names between two braces; names that it does not have are looked up outside."""

    def __init__(self, outside: Scope | None = None):
        self.outside = outside
        self.names: dict[str, str] = dict(outside.names) if outside else {}

    def __call__(self, text: str) -> str:
        """Replace the names in operands. Names that nothing has declared stay: special registers, module variables."""
        return _NAME.sub(lambda match: self.names.get(match[0], match[0]), text)


class Names:
    """Unique names for what a kernel and the functions expanded in it declare."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def unique(self, name: str) -> str:
        count = self._used[name] = self._used.get(name, 0) + 1
        return name if count == 1 else f"{name}${count}"

    def add_labels(self, scope: Scope, body: list[Statement], begin: int) -> None:
        """Declare the labels of the scope that begins at ``begin``: a branch may stand before its label."""
        depth = 0
        for statement in body[begin:]:
            depth += {"{": 1, "}": -1}.get(statement.text, 0)
            if depth < 0:
                return
            if depth == 0 and statement.text.endswith(":"):
                label = statement.text[:-1]
                scope.names[label] = self.unique(label)
