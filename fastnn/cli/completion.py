"""What the shell completes after TAB: files, words that a setting allows, names of built-in parts.

It takes a tenth of a second: no part is imported, so those of plugins are not offered.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from fastnn.config.settings import Setting
from fastnn.limits import DeviceName, OneOf
from fastnn.part_kinds import PART_KINDS

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a file or a folder."""
    return [CompletionItem(incomplete, type="file")]


def of_setting(setting: Setting) -> Completion | None:
    """Return what completes the value of a setting, or None."""
    kind = setting.name.rpartition("_")[2]
    if kind in PART_KINDS:
        return _words(lambda: _names(kind))
    if isinstance(setting.check, OneOf | DeviceName):
        choices = setting.check.choices
        return _words(lambda: map(str, choices))
    return files if "FILE" in setting.metavar else None


def _words(words: Callable[[], Iterable[str]]) -> Completion:
    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in words() if word.startswith(incomplete)]

    return complete


def _names(kind: str) -> list[str]:
    """Return the names of the built-in parts, which are those of their files."""
    return sorted(module.name for module in pkgutil.iter_modules(import_module(f"fastnn.{PART_KINDS[kind]}").__path__))
