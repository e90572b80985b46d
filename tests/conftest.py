"""Fixtures that several tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a file, "mine.py" if nothing else is said; returns its path."""

    def write(text: str | bytes, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution on the path, with one module of this source and an entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(distribution: str, text: str | None, entry: str = "", version: str = "1.0", name: str = "ep"):
        module = distribution.replace("-", "_")
        if text is not None:
            (site / f"{module}.py").write_text(text)
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[fastnn]\n{entry or f'{name} = {module}'}\n")

    yield install
    for added in set(sys.modules) - before:
        if getattr(sys.modules[added], "__file__", None) and str(site) in str(sys.modules[added].__file__):
            del sys.modules[added]
