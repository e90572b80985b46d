"""Run asv with the settings of this suite."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from asv.machine import Machine, MachineCollection
from asv.util import UserError, load_json

FOLDER = Path(__file__).parent
WORK = FOLDER / ".asv"  # environments, pages, scripts: git ignores it
CONFIGURATION = FOLDER / "asv.conf.json"
REMOVED = ("OPENBLAS_", "OMP_", "MKL_", "GOTO_", "BLIS_")  # variables that change the speed of a peer
DESCRIPTION = ("arch", "cpu", "num_cpu", "os", "ram")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED)}
    return kept | more


def call(arguments: list[str], configuration: Path = CONFIGURATION, **variables: str) -> int:
    """Run asv and return its exit code."""
    return subprocess.run(line(arguments, configuration), env=environment(**variables)).returncode


def line(arguments: list[str], configuration: Path = CONFIGURATION) -> list[str]:
    return [sys.executable, "-m", "asv", "--config", str(configuration), *arguments]


def scratch(name: str) -> tuple[Path, Path]:
    """Return a configuration, and its folder of results, for measurements that are not kept in the repository.

    It uses the Python that runs this, so that no other one is needed.
    """
    settings = load_json(str(CONFIGURATION), js_comments=True)
    results = WORK / name
    for key in ("repo", "benchmark_dir", "env_dir", "html_dir"):
        settings[key] = str((FOLDER / settings[key]).resolve())
    settings |= {"results_dir": str(results), "pythons": [".".join(platform.python_version_tuple()[:2])]}
    file = WORK / f"{name}.conf.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return file, results


def know(machine: str) -> dict[str, str]:
    """Describe this machine to asv, under that name instead of its host's. Return the description."""
    try:
        return MachineCollection.load(machine)
    except UserError:
        here = described()
        MachineCollection.save(machine, {"machine": machine, "version": Machine.api_version, **here})
        return here


def described() -> dict[str, str]:
    found = Machine.get_defaults()
    return {name: str(found[name]) for name in DESCRIPTION} | {"os": platform.system()}


def other_machine(machine: str, here: Mapping[str, str], results: Path = FOLDER / "results") -> str:
    """Say how this machine differs from that with the same name in the results; "" if it does not."""
    file = results / machine / "machine.json"
    if not file.exists():
        return ""
    there = load_json(str(file))
    names = [name for name in ("arch", "cpu", "num_cpu") if str(there.get(name)) != here[name]]
    return ", ".join(f"{name} {there.get(name)!r}, here {here[name]!r}" for name in names)
