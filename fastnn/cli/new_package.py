"""The files of a new plugin package, ready to be tested and installed: the author replaces the formula."""

from __future__ import annotations

from fastnn.part_kinds import PART_KINDS

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "fastnn-{dashed}"
version = "0.1.0"
description = "The {kind} {name} for fastnn"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["fastnn>={version}"]

[project.entry-points.fastnn]
{name} = "fastnn_{name}"

[tool.hatch.build.targets.wheel]
only-include = ["fastnn_{name}.py"]
"""

README = """\
# fastnn-{dashed}

The {kind} `{name}` for fastnn.

    {formula}

```bash
pip install fastnn-{dashed}
fastnn train {data} --{kind} {name}
```

Say here what it is good for, what its parameters do, and where it comes from.
"""

MODULE = '''\
"""{title}: {formula}

Say here where it comes from, and which convention it follows.
"""

from __future__ import annotations

import fastnn
{imports}

{code}

@fastnn.hookimpl
def fastnn_{plural}() -> list[fastnn.{Kind}]:
    {arguments}
    return [fastnn.{Kind}("{name}", {name}, {given})]
'''

TEST = '''\
"""All checks of fastnn, and values that are known."""

{imports}from fastnn_{name} import {names}

import fastnn


def test_all_checks():
    for part in fastnn_{plural}():
        fastnn.testing.check(part)


def test_known_values():
{known}
'''

# Formula in words, imports, code, parameters of the part; imports and known values of the test.
ACTIVATION = (
    "y = x sigmoid(beta x)",
    "from fastnn.mathematics import sigmoid\n",
    "def {name}(x: float, beta: float) -> float:\n    return x * sigmoid(beta * x)\n",
    'parameters = {{"beta": fastnn.Parameter(2.0, above=0, meaning="how sharply it bends")}}',
    "",
    "    assert {name}(0.0, 2.0) == 0.0\n    assert {name}(50.0, 2.0) == 50.0",
)
LOSS = (
    "l = sqrt(e^2 + delta^2) - delta with e = prediction - target",
    "from fastnn.mathematics import sqrt\n",
    "def {name}(prediction: float, target: float, delta: float) -> float:\n"
    "    e = prediction - target\n    return sqrt(e * e + delta * delta) - delta\n",
    'parameters = {{"delta": fastnn.Parameter(1.0, above=0, meaning="error from which it is nearly linear")}}',
    "",
    "    assert {name}(2.0, 2.0, 1.0) == 0.0\n    assert {name}(5.0, 1.0, 3.0) == 2.0",
)
INITIALIZER = (
    "every weight is scale / sqrt(fan_in) or minus that, at random",
    "import numpy as np\n",
    "def {name}(\n    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, scale: float\n"
    ") -> np.ndarray:\n    return rng.choice([-scale, scale], shape) / np.sqrt(fan_in)\n",
    'parameters = {{"scale": fastnn.Parameter(1.0, above=0, meaning="size of the weights, times sqrt(fan_in)")}}',
    "import numpy as np\n",
    "    drawn = {name}(np.random.default_rng(0), (4, 3), 4, 3, 1.0)\n    assert (abs(drawn) == 0.5).all()",
)
OPTIMIZER = (
    "m <- beta m + (1 - beta) g,  p <- p - lr m",
    "",
    "def {name}(p: float, g: float, m: float, lr: float, beta: float) -> tuple[float, float]:\n"
    "    m = beta * m + (1.0 - beta) * g\n    return p - lr * m, m\n",
    'hyper = {{"lr": fastnn.Parameter(0.01, at_least=0), "beta": fastnn.Parameter(0.9, at_least=0, below=1)}}',
    "",
    "    assert {name}(1.0, 0.5, 0.0, 0.1, 0.0) == (0.95, 0.5)",
)
GIVEN = {"optimizer": 'state={"m": 0.0}, hyper=hyper'}
KINDS = {"activation": ACTIVATION, "loss": LOSS, "initializer": INITIALIZER, "optimizer": OPTIMIZER}


def texts(kind: str, name: str) -> dict[str, str]:
    """Return the files of a package, by name, for a part of this kind and name."""
    from fastnn import __version__

    formula, imports, code, arguments, test_imports, known = (text.format(name=name) for text in KINDS[kind])
    words = {
        "kind": kind, "Kind": kind.capitalize(), "plural": PART_KINDS[kind], "name": name, "version": __version__,
        "dashed": name.replace("_", "-"), "title": name.capitalize(), "formula": formula, "code": code,
        "arguments": arguments, "known": known, "given": GIVEN.get(kind, "parameters=parameters"),
        "names": ", ".join(sorted([name, f"fastnn_{PART_KINDS[kind]}"])),
        "data": "sacramento" if kind == "loss" else "digits",
    }  # fmt: skip
    return {
        "pyproject.toml": PROJECT.format(**words),
        f"fastnn_{name}.py": MODULE.format(imports=imports, **words),
        f"test_{name}.py": TEST.format(imports=test_imports, **words),
        "README.md": README.format(**words),
    }
