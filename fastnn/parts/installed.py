"""The plugins of installed packages, found by their entry points in the group "fastnn".

``FASTNN_PLUGINS`` limits them: a list of names of packages, separated by commas. Only these are imported; none if the
list is empty. Without the variable, all are. Capitals do not matter, and "-", "_" and "." are the same.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import pluggy

from fastnn.parts.plugin import Plugin, digest, formulas, reason, register

GROUP = "fastnn"
VARIABLE = "FASTNN_PLUGINS"


@dataclass(frozen=True)
class Failure:
    """A plugin that was not loaded. name: the name of its entry point, or "". reason: one line."""

    name: str
    distribution: str
    version: str | None
    reason: str

    def __str__(self) -> str:
        entry = f" ({self.name})" if self.name else ""
        return f"{' '.join(filter(None, (self.distribution, self.version)))}{entry}: {self.reason}"


def load_installed(manager: pluggy.PluginManager) -> tuple[list[Plugin], list[Failure]]:
    """Register the plugins of the distributions that FASTNN_PLUGINS allows.

    A plugin that cannot be loaded, or that the variable names in vain, becomes a Failure.
    """
    plugins: list[Plugin] = []
    failures: list[Failure] = []
    allowed, seen = _allowed(), set()
    for distribution in distributions():
        try:
            name = _plain(distribution.name)
            entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
        except Exception as error:  # a malformed file of any package; it matters here only if it names our group
            if f"[{GROUP}]" in (distribution.read_text("entry_points.txt") or ""):
                failures.append(Failure("entry_points.txt", *_identity(distribution), reason(error)))
            continue
        if not entries or name in seen:  # if two have the same name, Python imports the first on its path
            continue
        seen.add(name)
        if allowed is not None and name not in allowed:
            failures.append(Failure("", *_identity(distribution), f"{VARIABLE} leaves it out."))
            continue
        for entry in entries:
            try:
                plugins += _loaded(manager, entry, distribution)
            except (Exception, SystemExit) as error:
                failures.append(Failure(entry.name, *_identity(distribution), reason(error)))
    for name in sorted(set(allowed or ()) - seen):
        text = f"{VARIABLE} names it, but no plugin with this name is installed."
        failures.append(Failure("", (allowed or {})[name], None, text))
    return plugins, failures


def _allowed() -> dict[str, str] | None:
    """Return the names in FASTNN_PLUGINS as they are compared, with the names as they are written; None for all."""
    value = os.environ.get(VARIABLE)
    if value is None:
        return None
    return {_plain(name): name for name in map(str.strip, value.split(",")) if name}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _loaded(manager: pluggy.PluginManager, entry: EntryPoint, distribution: Distribution) -> list[Plugin]:
    module = entry.load()
    if manager.is_registered(module):  # by another entry point already
        return []
    parts = register(manager, module, f"{distribution.name}:{entry.name}")
    source = _source_hash(entry.module)
    return [Plugin(distribution.name, parts, distribution.version, source, formulas=formulas(parts))]


def _identity(distribution: Distribution) -> tuple[str, str | None]:
    try:
        return distribution.name or "a package without a name", distribution.version
    except Exception:
        return "a package without a name", None


def _source_hash(module: str) -> str | None:
    """Return the SHA-256 of the source of a module's whole package, or None if the source is not in files."""
    file = Path(getattr(sys.modules[module.partition(".")[0]], "__file__", None) or "")
    if not file.is_file():
        return None
    if file.name != "__init__.py":
        return digest(file.read_bytes())
    sources = sorted(file.parent.rglob("*.py"))
    return digest(b"".join(f"{s.relative_to(file.parent)}\0".encode() + s.read_bytes() for s in sources))
