"""What the documentation of the Python interface shows is run."""

from __future__ import annotations

import doctest
import inspect
import textwrap

import numpy as np
import pytest

import fastnn
import fastnn.parts.hookspecs
from fastnn.parts import registry

PUBLIC = ["train", "load_plugin", "Activation", "Loss", "Initializer", "Optimizer", "Parameter"]


@pytest.fixture
def manual(tmp_path, monkeypatch):
    """The plugin in the author's manual, as my_plugin.py in the working directory; forgotten afterwards."""
    code = [line for line in fastnn.parts.hookspecs.__doc__.splitlines() if not line or line.startswith("    ")]
    (tmp_path / "my_plugin.py").write_text(textwrap.dedent("\n".join(code)))
    monkeypatch.chdir(tmp_path)
    registry.parts()
    monkeypatch.setattr(registry._registry, "_plugins", [*registry._registry._plugins])
    yield tmp_path / "my_plugin.py"
    registry._registry._forget()


def test_the_manual_of_plugin_authors_is_a_plugin(manual):
    fastnn.load_plugin(manual)
    x = np.linspace(-3, 3, 25)
    assert fastnn.ops.activation("my_mish", x) == pytest.approx(fastnn.ops.activation("mish", x), rel=1e-12)
    slopes = (fastnn.ops.activation_derivative(name, x) for name in ("my_mish", "mish"))
    np.testing.assert_allclose(*slopes, rtol=1e-9)


@pytest.mark.parametrize("name", PUBLIC)
def test_examples(name, manual):
    finder = doctest.DocTestFinder(recurse=False)
    [test] = finder.find(getattr(fastnn, name), name)
    assert test.examples
    said: list[str] = []
    doctest.DocTestRunner().run(test, out=said.append)
    assert said == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_is_explained(name):
    """One entry per parameter under "Parameters", in the form of NumPy's docstrings."""
    documented = inspect.getdoc(getattr(fastnn, name))
    section = documented.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    entries = [line.partition(" : ")[0] for line in section.splitlines() if not line.startswith(" ")]
    explained = [parameter for entry in entries for parameter in entry.split(", ")]
    assert sorted(explained) == sorted(inspect.signature(getattr(fastnn, name)).parameters)
