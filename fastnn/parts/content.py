"""The hash of a part's formulas: the same as long as the part computes the same."""

from __future__ import annotations

import hashlib
import inspect
import textwrap
import tokenize
from collections.abc import Iterator, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from fastnn.parts.part import Part

FUNCTIONS = ("f", "derivative", "gradient", "scalars")
OF_NUMPY = ("ufunc", "_ArrayFunctionDispatcher")  # types of functions
DECLARED = ("rowwise", "trainable", "target", "state", "batch")


class _Unreadable(Exception):
    """Something that is reached has no source, or a state that cannot be read."""


def content_hash(part: Part) -> str | None:
    """Return the SHA-256 of the formulas of a part, or None if not all that they reach can be read.

    It covers the source of the part's functions without comments and docstrings, what the part declares, and the
    functions and constants of the same package, or of the same folder, that the functions reach. What other packages
    define counts by its name. Names of files, versions and unrelated parts do not count.
    """
    functions = [f for name in FUNCTIONS if (f := getattr(part, name, None))]
    reader = _Reader({_package(f) for f in functions} - {"fastnn"})
    declared = {name: getattr(part, name) for name in DECLARED if hasattr(part, name)}
    try:
        reader.value([part.kind, list(part.declared), declared, functions])
    except (_Unreadable, OSError, TypeError, ValueError, SyntaxError, RecursionError, tokenize.TokenError):
        return None
    return hashlib.sha256("\0".join(reader.found).encode(errors="backslashreplace")).hexdigest()


class _Reader:
    """Collects text. packages: of which functions are read; those of others are only named."""

    def __init__(self, packages: set[str]) -> None:
        self.packages = packages
        self.found: list[str] = []
        self.seen: set[int] = set()

    def value(self, value: Any, attributes: tuple[str, ...] = ()) -> None:
        """Add a value. attributes: of a module of the same package, those that count."""
        value = getattr(value, "py_func", value)
        if value is None or type(value) in (bool, int, float, complex, str, bytes):
            self.found.append(repr(value))
        elif isinstance(value, (list, tuple)):
            self.found.append(f"{len(value)}:")
            for item in value:
                self.value(item)
        elif isinstance(value, dict):
            self.value([*value.items()] if all(isinstance(key, str) for key in value) else _refuse())
        elif hasattr(value, "tobytes") and hasattr(value, "dtype") and not value.dtype.hasobject:  # of NumPy
            self.found.append(f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}")
        elif isinstance(value, ModuleType):
            own = value.__name__.partition(".")[0] in self.packages
            self.found.append("module" if own else value.__name__)
            for name in attributes if own else ():
                if name in vars(value):
                    self.value(vars(value)[name], attributes)
        elif isinstance(value, FunctionType) and (_package(value) in self.packages or value.__closure__):
            self.function(value)
        elif isinstance(value, (FunctionType, BuiltinFunctionType, type)) or type(value).__name__ in OF_NUMPY:
            if _package(value) in self.packages:
                _refuse()  # a class of the plugin
            self.found.append(f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}")
        else:
            _refuse()

    def function(self, function: FunctionType) -> None:
        """Add a function, and what it reaches."""
        if id(function) in self.seen:
            return
        self.seen.add(id(function))
        if function.__name__ == "<lambda>" or hasattr(function, "__wrapped__"):
            _refuse()
        self.found += _tokens(inspect.getsource(function))
        self.value([function.__defaults__, function.__kwdefaults__])
        names = tuple(sorted(_names(function.__code__)))
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        scope = {**function.__globals__, **{name: cell.cell_contents for name, cell in cells.items()}}
        for name in (*names, *cells):
            if name in scope and not name.startswith("__"):
                self.found.append(f"{name} =")
                self.value(scope[name], names)


def _refuse() -> Any:
    raise _Unreadable


def _package(value: Any) -> str:
    return str(getattr(inspect.unwrap(value) if callable(value) else value, "__module__", "")).partition(".")[0]


def _names(code: CodeType) -> set[str]:
    """Return the names of globals and attributes in a function and in the functions inside it."""
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*inner)


def _tokens(source: str) -> Iterator[str]:
    """Return the source without comments, docstrings, empty lines and the depth of its indentation.

    Unlike syntax trees, this is the same in every version of Python, if formatted strings are taken whole.
    """
    lines = textwrap.dedent(source).splitlines(keepends=True)
    spaces = (tokenize.COMMENT, tokenize.NL)
    tokens = [t for t in tokenize.generate_tokens(iter(lines).__next__) if t.type not in spaces]
    begins = (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE)
    begin, depth = (0, 0), 0
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        change = _FORMATTED.get(tokenize.tok_name[token.type], 0)
        if change > 0 and depth == 0:
            begin = token.start
        depth += change
        if change < 0 and depth == 0:
            yield _between(lines, begin, token.end)
        elif depth or (token.type == tokenize.STRING and before.type in begins and after.type == tokenize.NEWLINE):
            continue
        else:
            yield {tokenize.INDENT: "{", tokenize.DEDENT: "}", tokenize.NEWLINE: ";"}.get(token.type, token.string)


_FORMATTED = {"FSTRING_START": 1, "FSTRING_END": -1, "TSTRING_START": 1, "TSTRING_END": -1}


def _between(lines: Sequence[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    rows = [*lines[begin[0] - 1 : end[0]]]
    rows[-1] = rows[-1][: end[1]]
    rows[0] = rows[0][begin[1] :]
    return "".join(rows)
