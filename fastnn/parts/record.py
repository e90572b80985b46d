"""The plugins of parts as models and configurations record them, and their comparison with what is loaded.

A record has the plugin's name and version, the hash of its source, and the parts that are used, with the hash of each
part's formulas. It only names the plugin: nothing is ever loaded because of it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastnn.errors import UsageError
from fastnn.parts.part import Bound, Part
from fastnn.parts.plugin import Plugin, label
from fastnn.parts.registry import failures, plugin_of


def plugins_of(bounds: Iterable[Bound], owner: Callable[[Part], Plugin] = plugin_of) -> list[dict[str, Any]]:
    """Return the record of the plugins of these parts. Built-in parts are left out. owner: finds a part's plugin.

    A part that was given as an object and belongs to no plugin is recorded under the name of its file, without version
    and hashes.
    """
    found: dict[tuple, dict[str, Any]] = {}
    for bound in bounds:
        plugin = owner(bound.part)
        if plugin.built_in:
            continue
        key = (plugin.name, plugin.version, plugin.hash)
        entry = found.setdefault(key, dict(zip(("name", "version", "hash"), key, strict=True), parts=[], formulas={}))
        name = label(bound.part)
        if name not in entry["parts"]:
            entry["parts"].append(name)
            if content := plugin.formulas.get(name):
                entry["formulas"][name] = content
    return list(found.values())


def needs(recorded: Mapping[str, Any]) -> str:
    """Return what to do to get a plugin that is missing."""
    name = str(recorded["name"])
    for failure in failures():
        if failure.distribution == name:
            return f"the plugin {name!r}, which was not loaded. {failure}"
    how = f"give its file, --plugin {shlex.quote(name)}" if name.endswith(".py") else f"install {name}"
    return f"the plugin {name!r}: {how}"


def compare(recorded: Mapping[str, Any], part: Part) -> str | None:
    """Compare a part with the record of its plugin. Return a note if only the plugin's version has changed.

    Raises UsageError if the part is another one.
    """
    plugin, name = plugin_of(part), label(part)
    if plugin.built_in:
        raise UsageError(
            f"its {part.kind} {part.name!r} is not the built-in one, but was defined in {recorded['name']}. "
            "A part with a different name can be loaded, from a file with --plugin."
        )
    versions = _versions(recorded, plugin)
    if _is_same(recorded, plugin, name):
        return f"the {name} comes from {versions}; its formula is the same" if versions else None
    raise UsageError(
        f"the formula of the {name} in {plugin.owner} has changed since the training"
        f"{f' (with {versions})' if versions else ''}. Restore the one that it was trained with."
    )


def _is_same(recorded: Mapping[str, Any], plugin: Plugin, name: str) -> bool:
    """Compare the formulas; where they could not be read, the whole source. What has no hash cannot be compared."""
    formula = recorded.get("formulas", {}).get(name)
    if formula and plugin.formulas.get(name):
        return formula == plugin.formulas[name]
    return recorded["hash"] in (None, plugin.hash)


def _versions(recorded: Mapping[str, Any], plugin: Plugin) -> str:
    """Return the versions in words, if the plugin is the same and its version is not."""
    before, now = recorded.get("version"), plugin.version
    if recorded["name"] != plugin.name or before == now:
        return ""
    return f"{plugin.name} {before or 'without a version'}, now {now or 'without a version'}"
