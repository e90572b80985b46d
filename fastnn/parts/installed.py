"""The plugins of installed packages, found by their entry points in the group "fastnn"."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import pluggy

from fastnn.parts.plugin import Plugin, digest, reason, register

GROUP = "fastnn"


@dataclass(frozen=True)
class Failure:
    """A plugin that could not be loaded. name: the name of its entry point. reason: one line."""

    name: str
    distribution: str
    version: str | None
    reason: str

    def __str__(self) -> str:
        return f"{' '.join(filter(None, (self.distribution, self.version)))} ({self.name}): {self.reason}"


def load_installed(manager: pluggy.PluginManager) -> tuple[list[Plugin], list[Failure]]:
    """Register the plugins of all distributions. A plugin that cannot be loaded becomes a Failure."""
    plugins: list[Plugin] = []
    failures: list[Failure] = []
    seen = set()
    for distribution in distributions():
        try:
            entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
        except Exception as error:  # a malformed file of any package; it matters here only if it names our group
            if f"[{GROUP}]" in (distribution.read_text("entry_points.txt") or ""):
                failures.append(Failure("entry_points.txt", *_identity(distribution), reason(error)))
            continue
        if not entries or distribution.name in seen:  # if two have the same name, Python imports the first on its path
            continue
        seen.add(distribution.name)
        for entry in entries:
            try:
                plugins += _loaded(manager, entry, distribution)
            except (Exception, SystemExit) as error:
                failures.append(Failure(entry.name, *_identity(distribution), reason(error)))
    return plugins, failures


def _loaded(manager: pluggy.PluginManager, entry: EntryPoint, distribution: Distribution) -> list[Plugin]:
    module = entry.load()
    if manager.is_registered(module):  # by another entry point already
        return []
    parts = register(manager, module, f"{distribution.name}:{entry.name}")
    return [Plugin(distribution.name, parts, distribution.version, _source_hash(entry.module))]


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
