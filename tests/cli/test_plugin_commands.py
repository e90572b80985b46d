"""fastnn plugins: list, show, check, new."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from as_process import surroundings

from fastnn.part_kinds import PART_KINDS
from fastnn.parts import registry
from fastnn.parts.plugin import BUILT_IN

HEAD = "import fastnn\nfrom fastnn.mathematics import sigmoid\n"
SWOOSH = f"""{HEAD}
def plotted_swoosh(x):
    return x * sigmoid(2 * x)

@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation("plotted_swoosh", plotted_swoosh)]
"""
CUBE = f"""{HEAD}
def shown_cube(prediction, target):
    return (prediction - target) ** 3

@fastnn.hookimpl
def fastnn_losses():
    return [fastnn.Loss("shown_cube", shown_cube)]
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """What a test loads is forgotten after it."""
    monkeypatch.setattr(registry._registry, "_plugins", list(registry._registry._plugins))
    yield
    registry._registry._forget()


@pytest.fixture
def swoosh(folder) -> Path:
    (folder / "fastnn_swoosh.py").write_text(SWOOSH)
    return folder / "fastnn_swoosh.py"


def test_list_of_one_kind(fastnn):
    by_argument, by_option = fastnn("plugins", "list", "losses"), fastnn("plugins", "list", "--kind", "loss")
    assert by_argument.out == by_option.out and "huber" in by_argument.out and "adam" not in by_argument.out
    done = fastnn("plugins", "list", "losses", "--kind", "activation")
    assert done.code == 2 and "Two kinds are given" in done.err


def test_list_as_json(fastnn):
    found = json.loads(fastnn("plugins", "list", "--kind", "optimizer", "--json").out)
    adam = next(part for part in found["parts"] if part["name"] == "adam")
    assert adam["from"] == "built in" and adam["parameters"]["lr"] == 0.001 and adam["parameters"]["amsgrad"] is False
    assert {part["kind"] for part in found["parts"]} == {"optimizer"}
    assert set(found) == {"parts", "clashes", "not_loaded"}


def test_show_a_derivative_as_it_is_derived(fastnn, swoosh):
    out = fastnn("plugins", "show", "plotted_swoosh", "--plugin", swoosh).out
    assert f"formula ({swoosh}:4):" in out and "      return x * sigmoid(2 * x)\n" in out
    derived = out.partition("derived from the formula:\n\n")[2]
    assert "plotted_swoosh_and_derivative(x)" in derived and "v3 = v2 * (1.0 - v2)" in derived
    assert "_real" not in derived
    compile("\n".join(line[2:] for line in derived.splitlines()), "derived", "exec")


def test_show_a_derivative_as_it_is_given(fastnn):
    out = fastnn("plugins", "show", "prelu").out
    assert "derivative, as given (" in out and "(1.0 if x > 0.0 else slope), (0.0 if x > 0.0 else x)" in out
    assert "slope  = 0.25  a finite number  slope for negative inputs" in out
    assert "error from which the loss is linear, in the units of the target" in fastnn("plugins", "show", "huber").out
    assert "numbers of each step" in fastnn("plugins", "show", "adam").out


@pytest.mark.parametrize("part", [p for p, owner in registry.parts() if owner == BUILT_IN], ids=lambda p: p.name)
def test_show_has_a_meaning_for_every_parameter_of_a_built_in_part(part):
    from fastnn.parts.meanings import meaning

    assert all(meaning(part, name) for name in part.declared)


@pytest.mark.parametrize("name", ["plotted_swoosh", "huber", "poisson"])
def test_show_draws_function_and_derivative(fastnn, folder, swoosh, name):
    done = fastnn("plugins", "show", name, "--plugin", swoosh, "--plot", "drawn.png")
    assert done.code == 0 and (folder / "drawn.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "file", "reason"),
    [
        ("adam", "x.png", "'adam' is an optimizer: only activations and losses of single numbers are drawn"),
        ("softmax", "x.png", "'softmax' is a row-wise activation"),
        ("relu", "x.pdf", "'x.pdf' is not allowed: it must be the name of a .png file"),
        ("relu", "no/x.png", "No such file or directory"),
    ],
)
def test_show_refuses_to_draw(fastnn, name, file, reason):
    done = fastnn("plugins", "show", name, "--plot", file)
    assert done.code in (1, 2) and reason in done.err


def test_check_a_file(fastnn, swoosh):
    done = fastnn("plugins", "check", swoosh)
    lines = done.out.splitlines()
    assert done.code == 0 and lines[0] == f"activation plotted_swoosh from {swoosh}"
    assert any(line.startswith("  ok      derivative ") and "agrees with differences" in line for line in lines)
    assert any("ns per element" in line and "the nearest built-in" in line for line in lines)
    assert " passed, 0 failed" in lines[-1]


def test_check_a_wrong_file_and_a_name(fastnn, folder):
    (folder / "cube.py").write_text(CUBE)
    done = fastnn("plugins", "check", "cube.py", "zeros")
    assert done.code == 2
    assert "  FAILED  one minimum         it has no minimum: it falls without bound" in done.out
    assert "initializer zeros from built in" in done.out and "4 passed, 0 failed" in done.out


def test_check_as_json(fastnn):
    lines = [json.loads(line) for line in fastnn("plugins", "check", "leaky_relu:slope=0.3", "--json").out.splitlines()]
    assert {line["name"] for line in lines} == {"leaky_relu:slope=0.3"}
    assert next(line for line in lines if line["check"] == "NaN")["passed"] is True


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["rleu"], "Unknown part 'rleu'. Did you mean 'relu'?"),
        (["absent.py"], "absent.py: No such file"),
        (["relu:slope=1"], "Unknown parameter"),
        ([], "Missing argument 'NAME|FILE.py ...'"),
    ],
)
def test_check_refuses(fastnn, arguments, reason):
    done = fastnn("plugins", "check", *arguments)
    assert done.code == 2 and reason in done.err and not done.out


@pytest.mark.parametrize("kind", PART_KINDS)
def test_new_makes_a_package_that_passes_its_own_test(fastnn, folder, kind):
    done = fastnn("plugins", "new", kind, f"own_{kind}")
    made = folder / f"fastnn-own-{kind}"
    assert done.code == 0 and f"fastnn_own_{kind}.py" in done.out
    names = {"README.md", "pyproject.toml", f"fastnn_own_{kind}.py", f"test_own_{kind}.py"}
    assert {file.name for file in made.iterdir()} == names
    assert max(len(line) for file in made.iterdir() for line in file.read_text().splitlines()) <= 120
    tests = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(made)]
    ran = subprocess.run(tests, capture_output=True, text=True, timeout=300, env=surroundings(), cwd=folder)
    assert ran.returncode == 0 and "2 passed" in ran.stdout, ran.stdout
    rules = ["--isolated", "--select", "E,F,B,UP,RUF", "--line-length", "120"]
    ruff = [sys.executable, "-m", "ruff", "check", *rules, str(made)]
    assert subprocess.run(ruff, capture_output=True, timeout=300).returncode == 0
    checked = fastnn("plugins", "check", made / f"fastnn_own_{kind}.py")
    assert checked.code == 0, checked.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("optimizer adam", "already a part of that name, optimizer 'adam' (built in)"),
        ("loss Swoosh", "must be lower-case letters"),
        ("loss lambda", "no word of Python's own"),
        ("loss sqrt", "a formula may need a function of that name"),
        ("actvation x", "Did you mean 'activation'?"),
        ("loss x --out there", "'there' exists already: nothing is written"),
    ],
)
def test_new_refuses(fastnn, folder, arguments, reason):
    (folder / "there").mkdir()
    done = fastnn("plugins", "new", *arguments.split())
    assert done.code == 2 and reason in done.err
    assert [path.name for path in folder.iterdir()] == ["there"] and not list((folder / "there").iterdir())
