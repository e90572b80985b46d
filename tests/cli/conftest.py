"""Commands, run in this process (most tests) or as separate processes, in an empty folder."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from as_process import command, surroundings

from fastnn.cli.group import run


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """Every test works in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FASTNN_DEBUG", raising=False)
    return tmp_path


@pytest.fixture
def fastnn(capsys):
    """Run a command in this process: what it prints, and its exit code."""

    def fastnn(*arguments: str) -> Done:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err + out
        return Done(code, out, err)

    return fastnn


@pytest.fixture
def process():
    """Run a command as users do."""

    def process(*arguments: str, **environment: str) -> Done:
        found = subprocess.run(
            command(*arguments), capture_output=True, text=True, timeout=300, env=surroundings(**environment)
        )
        return Done(found.returncode, found.stdout, found.stderr)

    return process
