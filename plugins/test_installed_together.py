"""All packages together, as they are installed: found by name, and used as their pages say."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import fastnn_snake
import numpy as np
import pytest
from code_blocks import blocks_of

import fastnn
from fastnn.parts import registry

PARTS = {
    ("activation", "snake"): "fastnn-snake", ("initializer", "hadamard"): "fastnn-hadamard",
    ("loss", "focal"): "fastnn-focal", ("loss", "tweedie"): "fastnn-tweedie",
    ("optimizer", "adabelief"): "fastnn-adabelief", ("optimizer", "lion"): "fastnn-lion",
    ("activation", "wiggle"): "fastnn-wiggle",  # made by fastnn plugins new
}  # fmt: skip
PAGES = sorted(Path(__file__).parent.glob("fastnn-*.md"))


def run(*command, code=0, **environment):
    found = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert found.returncode == code, found.stdout + found.stderr
    return found


def test_the_wheels_are_tested():
    for module in (fastnn, fastnn_snake):
        assert Path(module.__file__).is_relative_to(sys.prefix), module


def test_every_part_is_found_by_its_name():
    assert registry.failures() == registry.clashes() == []
    found = {(part.kind, part.name): owner for part, owner in registry.parts() if owner != "built in"}
    assert found == {key: f"{package} 0.1.0" for key, package in PARTS.items()}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_code_of_every_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"{age},{max(0.0, rng.normal(0, age)):.2f}" for age in rng.integers(18, 80, 300)]
    Path("claims.csv").write_text("\n".join(["age,claims", *rows, ""]))
    for block in blocks_of(page.read_text(encoding="utf-8"), page):
        if block.language == "python":
            run(sys.executable, "-W", "error", "-c", block.text)
        for line in block.text.splitlines() if block.language == "bash" else ():
            words = shlex.split(line)
            assert words[0] in ("fastnn", "pip"), line
            if words[0] == "fastnn":
                run(sys.executable, "-W", "error", "-m", *words)


def test_a_model_needs_its_packages(tmp_path, monkeypatch):
    """The run is repeated and used where they are installed, and refused where they are left out."""
    monkeypatch.chdir(tmp_path)
    fastnn = (sys.executable, "-m", "fastnn")
    chosen = ("--activation", "snake", "--loss", "focal", "--optimizer", "lion", "--initializer", "hadamard")
    run(*fastnn, "train", "digits", *chosen, "--epochs", "2", "--quiet", "--out", "one")
    run(*fastnn, "train", "--config", "one/config.toml", "--quiet", "--out", "two")
    assert Path("one/best.safetensors").read_bytes() == Path("two/best.safetensors").read_bytes()
    assert "accuracy" in json.loads(run(*fastnn, "evaluate", "one", "digits", "--json").stdout)
    without = {"FASTNN_PLUGINS": "fastnn-lion,fastnn-hadamard,fastnn-focal"}
    for code, command in ((4, ("evaluate", "one", "digits")), (2, ("train", "--config", "one/config.toml"))):
        refused = run(*fastnn, *command, code=code, **without).stderr
        assert "the plugin 'fastnn-snake', which was not loaded" in refused and "FASTNN_PLUGINS" in refused
