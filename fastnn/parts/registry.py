"""All parts by kind and name: built-in parts, and those of installed plugins and loaded files.

Every module in the folders of the kinds registers its built-in parts with the same hooks as a plugin, at the first
look-up. Installed plugins are imported when a name is not that of a built-in part, and when all parts are listed. One
that cannot be loaded is recorded, and does not matter unless one of its parts is needed.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from fastnn.errors import PluginError, UsageError, abridged, unknown
from fastnn.part_kinds import PART_KINDS
from fastnn.parts import hookspecs
from fastnn.parts.installed import Failure, load_installed
from fastnn.parts.kinds import KINDS
from fastnn.parts.part import Bound, Part, bind
from fastnn.parts.plugin import BUILT_IN, Plugin, from_file, read, register

CACHED_CHOICES = 1000  # choices, such as "relu", that are looked up once


@dataclass(frozen=True)
class Clash:
    """A name that several plugins use. Built-in names are reserved: the built-in part keeps its name."""

    kind: str
    name: str
    owners: tuple[str, ...]

    def __str__(self) -> str:
        return f"The {self.kind} {self.name!r} is supplied by {' and by '.join(self.owners)}."


class Registry:
    """Parts by kind (a key of PART_KINDS) and name."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("fastnn")
        self._manager.add_hookspecs(hookspecs)
        self._plugins: list[Plugin] = []
        self._replaced: list[Plugin] = []  # of files that were loaded again: networks may still use their parts
        self._failures: list[Failure] = []
        self._forget()
        self._loaded = self._installed = False
        self._lock = threading.RLock()

    def _forget(self) -> None:
        """Forget earlier look-ups, because the plugins have changed."""
        self._claimed: dict[str, dict[str, list[tuple[Part, Plugin]]]] = {}
        self._resolved: dict[tuple[str, str], Bound] = {}

    def get(self, kind: str, name: str) -> Part:
        """Return the part of this kind with this name or alias.

        Raises UsageError, with the nearest name, all names, and the plugins that could not be loaded, if it does not
        exist; PluginError if several plugins supply it.
        """
        claims = self._claims(kind)
        if name not in claims or not claims[name][0][1].built_in:
            self._load_installed()
            claims = self._claims(kind)
        if name not in claims:
            others = [k for k in KINDS if k != kind and name in self._claims(k)]
            hint = f" It is the name of another kind of part: {', '.join(others)}." if others else ""
            lost = " ".join(f"Not loaded: {failure}" for failure in self.failures())
            raise UsageError(f"{unknown(kind, name, claims)}{hint}{' ' + lost if lost else ''}")
        (part, first), *rest = claims[name]
        # An installed plugin cannot take a built-in name away; but a user who loads a file may mean its part.
        if rest and (not first.built_in or any(plugin.path for _, plugin in rest)):
            clash = Clash(kind, name, tuple(plugin.owner for _, plugin in claims[name]))
            reserved = "Built-in names are reserved. " if first.built_in else ""
            raise PluginError(f"{clash} {reserved}Rename it in your file, or leave one of them out.")
        return part

    def resolve(self, kind: str, choice: Any) -> Bound:
        """Return the part and its parameters from a name, "NAME:PARAMETER=VALUE,...", a Part or a Bound.

        Raises UsageError for a wrong name, parameter, value, kind or type, with the allowed ones; PluginError if
        several plugins supply the part.
        """
        if isinstance(choice, (Part, Bound)):
            bound = choice if isinstance(choice, Bound) else choice()
            if bound.part.kind != kind:
                raise UsageError(f"{bound.name!r} is of kind {bound.part.kind}; {kind} is needed here.")
            return bound
        if not isinstance(choice, str):
            raise UsageError(
                f"{kind} = {choice!r} is not allowed: it must be a name such as {min(self._claims(kind))!r}, "
                f'"NAME:PARAMETER=VALUE,PARAMETER=VALUE", or a fastnn.{KINDS[kind].__name__}.'
            )
        found = self._resolved.get((kind, choice))
        if found is None:
            known = self._resolved  # replaced if another thread loads a plugin in the meantime
            name, colon, text = choice.partition(":")
            part = self.get(kind, name.strip())
            found = self.bound(part, _values(f"{kind} {choice!r}", text) if colon else {})
            if len(known) < CACHED_CHOICES:
                known[kind, choice] = found
        return found

    def bound(self, part: Part, values: Mapping[str, Any]) -> Bound:
        """Return the part with these values. The UsageError for an unknown parameter names the parts that have it."""
        try:
            return bind(part, values)
        except UsageError as error:
            absent = next((name for name in values if name not in part.declared), None)
            known = [own for plugin in self._plugins for own in plugin.parts if own.kind == part.kind]
            others = sorted(own.name for own in known if absent in own.declared)
            if not others:
                raise
            raise UsageError(f"{error} {absent} is a parameter of {abridged(others, 10)}.") from None

    def names(self, kind: str) -> list[str]:
        """Return the names of all parts of this kind, without aliases, sorted."""
        return sorted({part.name for part, _ in self.parts() if part.kind == _known(kind)})

    def parts(self) -> list[tuple[Part, str]]:
        """Return all parts, each with its owner, sorted by kind and name, including those whose names clash."""
        self._load_installed()
        found = [(part, plugin.owner) for plugin in self._plugins for part in plugin.parts]
        return sorted(found, key=lambda item: (list(KINDS).index(item[0].kind), item[0].name, item[1]))

    def owner(self, part: Part) -> str:
        """Return the origin of a part: "built in", "fastnn-mish 1.2", or the path of the file that defines it."""
        return self.plugin_of(part).owner

    def failures(self) -> list[Failure]:
        """Return the installed plugins that could not be loaded, or were left out."""
        self._load_installed()
        return list(self._failures)

    def clashes(self, installed: bool = True) -> list[Clash]:
        """Return the names that more than one plugin uses. installed: import the installed plugins for it."""
        if installed:
            self._load_installed()
        return [
            Clash(kind, name, tuple(plugin.owner for _, plugin in claims))
            for kind in KINDS
            for name, claims in sorted(self._claims(kind).items())
            if len(claims) > 1
        ]

    def load_plugin(self, path: str | os.PathLike[str]) -> Plugin:
        """Load activations, losses, initializers and optimizers from a Python file.

        The file is executed. Its parts can then be used by name, like built-in ones. What it imports is looked up in
        its own folder first. Loading a file again does nothing if its content, and that of what it imported from its
        folder, is the same. Otherwise it replaces the parts that the file supplied before.

        Parameters
        ----------
        path : str or path
            The file. It marks functions such as ``fastnn_activations`` with ``@fastnn.hookimpl``; each returns a list
            of parts. ``help(fastnn.parts.hookspecs)`` shows a whole plugin.

        Returns
        -------
        Plugin
            ``name``, the file's name; ``version``, its ``__version__`` or None; ``parts``, a tuple of its parts;
            ``path``; and ``hash``, the SHA-256 of its content and of what it imported from its folder.

        Raises
        ------
        PluginError
            If the file cannot be read or executed, or supplies no parts. The message names the file, the line and the
            reason.

        Examples
        --------
        >>> import fastnn
        >>> plugin = fastnn.load_plugin("my_plugin.py")
        >>> [part.name for part in plugin.parts]
        ['my_mish']
        >>> fastnn.Network([4, 8, 1], activation="my_mish")
        Network([4, 8, 1], activations: my_mish, identity, float32)
        """
        with self._lock:
            self._load()
            file = Path(path).expanduser().resolve()
            content = read(file)
            old = next((plugin for plugin in self._plugins if plugin.path == str(file)), None)
            if old and old.folder and not old.folder.changed():
                return old
            new = from_file(self._manager, file, content)
            self._plugins = [plugin for plugin in self._plugins if plugin is not old] + [new]
            self._replaced += [old] if old else []
            self._forget()
            return new

    def plugin_of(self, part: Part) -> Plugin:
        """Return the plugin that a part belongs to. For one that was given as an object: its file, without a hash."""
        self._load()
        found = self._among_loaded(part)
        if found is None:
            self._load_installed()  # its module may have been imported by its name
            found = self._among_loaded(part)
        if found is not None:
            return found
        code = getattr(part.f, "__code__", None)
        file = code.co_filename if code else str(getattr(part.f, "__module__", None) or type(part.f).__name__)
        return Plugin(os.path.basename(file), (part,), path=file)

    def _among_loaded(self, part: Part) -> Plugin | None:
        plugins = (*self._plugins, *self._replaced)
        return next((p for p in plugins if any(part is own or part == own for own in p.parts)), None)

    def _claims(self, kind: str) -> dict[str, list[tuple[Part, Plugin]]]:
        """Return every name and alias of a kind with its parts, in the order of loading (built-in parts first)."""
        self._load()
        with self._lock:
            if kind not in self._claimed:
                claims: dict[str, list[tuple[Part, Plugin]]] = {}
                for plugin in self._plugins:
                    for part in plugin.parts:
                        for name in dict.fromkeys((part.name, *part.aliases)) if part.kind == _known(kind) else ():
                            claims.setdefault(name, []).append((part, plugin))
                self._claimed[kind] = claims
            return self._claimed[kind]

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            self._loaded = True  # before loading, during which a plugin may look up a part
            for folder in PART_KINDS.values():
                package = importlib.import_module(f"fastnn.{folder}")
                for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                    module = importlib.import_module(found.name)
                    self._plugins.append(Plugin(BUILT_IN, register(self._manager, module, found.name)))

    def _load_installed(self) -> None:
        """Import the installed plugins, once."""
        self._load()
        with self._lock:
            if self._installed:
                return
            self._installed = True
            installed, self._failures = load_installed(self._manager)
            self._plugins = [*self._plugins, *installed]
            self._forget()  # a plugin may have looked up a part before all were loaded


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise UsageError(unknown("kind of part", kind, KINDS))
    return kind


def _values(choice: str, text: str) -> dict[str, str]:
    """Return {"slope": "0.2"} for "slope=0.2"."""
    values: dict[str, str] = {}
    for item in text.split(","):
        name, _, value = (piece.strip() for piece in item.partition("="))
        if not name or not value:
            raise UsageError(f"{choice}: {item!r} is not PARAMETER=VALUE. Write NAME:PARAMETER=VALUE,PARAMETER=VALUE.")
        if name in values:
            raise UsageError(f"{choice}: {name} is given twice.")
        values[name] = value
    return values


_registry = Registry()
get, resolve, bound, names, parts = _registry.get, _registry.resolve, _registry.bound, _registry.names, _registry.parts
owner, failures, clashes = _registry.owner, _registry.failures, _registry.clashes
load_plugin, plugin_of = _registry.load_plugin, _registry.plugin_of
