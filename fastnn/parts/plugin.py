"""A plugin: a module whose hooks supply parts. Register it, or load it from a file."""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from fastnn.errors import FastnnError, PluginError, unknown
from fastnn.part_kinds import PART_KINDS
from fastnn.parts.content import content_hash
from fastnn.parts.kinds import KINDS
from fastnn.parts.own_folder import OwnFolder, compiled
from fastnn.parts.part import Part

HOOKS: dict[str, type[Part]] = {f"fastnn_{plural}": KINDS[kind] for kind, plural in PART_KINDS.items()}
BUILT_IN = "built in"


@dataclass(frozen=True)
class Plugin:
    """A plugin and the parts that it supplies.

    name: "built in", the distribution's name, or the file's name. version: that of the distribution, or the
    ``__version__`` of the file. hash: SHA-256 of the source, with what a file imports from its own folder; None for
    built-in parts. path: that of a file loaded by its path. formulas: the hash of each part's formulas, by
    "activation mish"; see content.py.
    """

    name: str
    parts: tuple[Part, ...]
    version: str | None = None
    hash: str | None = None
    path: str | None = None
    formulas: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    folder: OwnFolder | None = field(default=None, repr=False, compare=False)

    @property
    def owner(self) -> str:
        """Its name in messages: "built in", "fastnn-mish 1.2", or the path of the file."""
        return self.path or " ".join(filter(None, (self.name, self.version)))

    @property
    def built_in(self) -> bool:
        return self.name == BUILT_IN


def register(manager: pluggy.PluginManager, module: Any, name: str) -> tuple[Part, ...]:
    """Register the module under this name and return the parts that its hooks supply.

    Raises PluginError for an unknown hook, wrong arguments, a hook that returns no parts, or a module without hooks.
    Exceptions from hooks are passed on. In all these cases the module is not registered.
    """
    try:
        _hook_up(manager, module, name)
        return _supplied(manager, module)
    except BaseException:
        forget(manager, name)
        raise


def forget(manager: pluggy.PluginManager, name: str) -> None:
    """Unregister the module with this name, if there is one."""
    if manager.has_plugin(name):
        manager.unregister(name=name)


def formulas(parts: Iterable[Part]) -> dict[str, str | None]:
    """Return the hash of the formulas of each part, now: later its file may have changed."""
    return {label(part): content_hash(part) for part in parts}


def label(part: Part) -> str:
    """Return the name of a part in the record of a plugin: "activation mish"."""
    return f"{part.kind} {part.name}"


def read(path: Path) -> bytes:
    """Return the content of a plugin's file. Raise PluginError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        near = path.with_name(path.name + ".py")
        guess = f" Did you mean {str(near)!r}?" if near.is_file() else ""
        raise PluginError(f"Plugin {path}: {error.strerror}.{guess} Give the path of a Python file.") from None


def from_file(manager: pluggy.PluginManager, path: Path, content: bytes) -> Plugin:
    """Execute a plugin's file and register it under its path. It replaces an earlier plugin with the same path.

    Exactly the content that was read and hashed is executed: no .pyc file is read or written.

    Raises PluginError with file, line and reason. The earlier plugin then stays registered.
    """
    name = str(path)
    stem = "".join(letter if letter.isalnum() else "_" for letter in path.stem)
    module = types.ModuleType(f"fastnn_plugin_{stem}_{digest(name.encode() + content)[:12]}")
    module.__file__ = name
    earlier = manager.get_plugin(name)
    forget(manager, name)
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
    folder = OwnFolder(module, path, content)
    try:
        exec(compiled(content, name), module.__dict__)
        parts = register(manager, module, name)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        folder.forget()
        if earlier is not None:
            manager.register(earlier, name)
        raise PluginError(f"Plugin {reason(error, name)}") from error
    version = getattr(module, "__version__", None)
    version = version if isinstance(version, str) else None
    return Plugin(path.name, parts, version, folder.digest(), name, formulas(parts), folder)


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def reason(error: BaseException, file: str | None = None) -> str:
    """Return the error in one line. With a file, begin with "FILE:LINE: ", its last line in the traceback."""
    text = str(error) if isinstance(error, FastnnError) else f"{type(error).__name__}: {error}"
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        text = f"SyntaxError: {error.msg}"
        if error.filename == file:
            line = error.lineno
        elif error.filename:
            text += f" ({error.filename}:{error.lineno})"
    where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
    return where + " ".join(text.split())


def _hook_up(manager: pluggy.PluginManager, module: Any, name: str) -> None:
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        strange = [c for c in manager.get_hookcallers(module) or () if not c.has_spec()]
        if not strange:
            raise PluginError(str(error)) from None
        (implementation,) = (i for i in strange[0].get_hookimpls() if i.plugin is module)
        where = _line(implementation.function)
        raise PluginError(where + unknown("hook", strange[0].name, HOOKS)) from None


def _supplied(manager: pluggy.PluginManager, module: Any) -> tuple[Part, ...]:
    parts: list[Part] = []
    for hook, kind in HOOKS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            if implementation.plugin is module:
                parts += _checked(implementation.function, hook, kind)
    if not parts:
        raise PluginError(
            f"It supplies no parts. Mark a function named {' or '.join(HOOKS)} with @fastnn.hookimpl "
            "that returns a list of parts."
        )
    return tuple(parts)


def _checked(function: Callable, hook: str, kind: type[Part]) -> list[Part]:
    result = function()
    where, wanted = _line(function) + hook, f"It must return a list of fastnn.{kind.__name__}."
    if not isinstance(result, Iterable) or isinstance(result, str):
        raise PluginError(f"{where} returned {_shown(result)}. {wanted}")
    parts = list(result)
    for part in parts:
        if not isinstance(part, kind):
            raise PluginError(f"{where} returned a list with {_shown(part)} in it. {wanted}")
    return parts


def _shown(value: Any) -> str:
    return f"the {value.kind} {value.name!r}" if isinstance(value, Part) else repr(value)


def _line(function: Callable) -> str:
    code = getattr(function, "__code__", None)
    return f"line {code.co_firstlineno}: " if code else ""
