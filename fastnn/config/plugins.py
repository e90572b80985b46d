"""Check the plugins that a recorded configuration names."""

from __future__ import annotations

from typing import Any

from fastnn.errors import UsageError
from fastnn.part_kinds import PART_KINDS


def check_plugins(plugins: Any, file: str) -> tuple[str, ...]:
    """Return notes on plugins of a recorded configuration that have another version now.

    Raises UsageError if a plugin that it needs is missing, or has another formula.
    """
    notes = []
    for entry in plugins if isinstance(plugins, list) else [plugins]:
        if not _is_record(entry):
            raise UsageError(f"{file}: plugins must be tables with name, version, hash, parts and formulas.")
        notes += [f"{file}: {note}" for name in entry["parts"] if (note := _note(entry, name, file))]
    return tuple(notes)


def _is_record(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return False
    parts, hashes = entry.get("parts"), entry.get("formulas", {})
    pairs = isinstance(parts, list) and all(isinstance(p, str) and p.partition(" ")[0] in PART_KINDS for p in parts)
    return pairs and isinstance(hashes, dict)


def _note(entry: dict[str, Any], name: str, file: str) -> str | None:
    from fastnn.parts.record import compare, needs
    from fastnn.parts.registry import get

    try:
        part = get(*name.split(" ", 1))
    except UsageError:  # its list of all known names would not help
        raise UsageError(f"{file} uses the {name}. It needs {needs(entry)}.") from None
    try:
        return compare({"hash": None, **entry}, part)
    except UsageError as error:
        raise UsageError(
            f"{file}: {error} Or delete 'plugins' from the file, to train with the formula as it is now."
        ) from None
