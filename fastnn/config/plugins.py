"""Check the plugins that a recorded configuration names."""

from __future__ import annotations

from typing import Any

from fastnn.errors import UsageError


def check_plugins(plugins: Any, file: str) -> None:
    """Raise UsageError if a plugin that a recorded configuration needs is missing or has changed."""
    from fastnn.parts.registry import parts, plugins_of

    for entry in plugins if isinstance(plugins, list) else [plugins]:
        named = entry.get("parts") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(named, list) or not all(isinstance(p, str) for p in named):
            raise UsageError(f"{file}: plugins must be tables with name, version, hash and parts.")
        loaded = plugins_of(part() for part, _ in parts())
        name = entry.get("name")
        same_name = [plugin for plugin in loaded if plugin["name"] == name]
        if not same_name:
            how = f"--plugin {name}" if str(name).endswith(".py") else f"install {name}"
            needs = ", ".join(entry["parts"])
            raise UsageError(f"{file} needs the plugin {name!r} for {needs}: {how}.")
        if entry.get("hash") and all(plugin["hash"] != entry["hash"] for plugin in same_name):
            raise UsageError(
                f"{file} was written with a different version of the plugin {name!r}: the run cannot be repeated. "
                "Restore that version, or delete 'plugins' from the file to continue with this one."
            )
