"""Plugins that import from their own folder."""

from __future__ import annotations

import pickle
import sys

import pytest

from fastnn.errors import PluginError
from fastnn.parts.registry import Registry

HOOK = """
import fastnn
@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation('{name}', {formula})]
"""


def plugin(folder, name: str, text: str, formula: str = "bent"):
    folder.mkdir(exist_ok=True)
    file = folder / f"fastnn_{name}.py"
    file.write_text(text + HOOK.format(name=name, formula=formula))
    return file


def helper(folder, factor: float, name: str = "formulas.py"):
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(f"FACTOR = {factor}\n\ndef bent(x):\n    return FACTOR * x\n")


@pytest.mark.parametrize(
    ("statement", "formula", "where"),
    [
        ("from formulas import bent", "bent", "formulas.py"),
        ("import formulas", "formulas.bent", "formulas.py"),
        ("from .formulas import bent", "bent", "formulas.py"),
        ("from inner.formulas import bent", "bent", "inner/formulas.py"),
        ("import inner.formulas", "inner.formulas.bent", "inner/formulas.py"),
        ("from inner import formulas", "formulas.bent", "inner/formulas.py"),
        ("from middle import bent", "bent", "inner/formulas.py"),
        ("import importing as m", "m.later()", "formulas.py"),
    ],
)
def test_what_is_imported_counts(tmp_path, statement, formula, where):
    helper(tmp_path, 2.0, where)
    if "inner" in where:
        (tmp_path / "inner" / "__init__.py").write_text("")
    (tmp_path / "middle.py").write_text("from inner.formulas import bent\n")
    (tmp_path / "importing.py").write_text("def later():\n    from formulas import bent\n    return bent\n")
    file, ours = plugin(tmp_path, "one", statement, formula), Registry()
    modules = {name for name in sys.modules if not name.startswith("fastnn_plugin")}
    first = ours.load_plugin(file)
    assert ours.get("activation", "one").f(3.0) == 6.0
    assert pickle.loads(pickle.dumps(ours.get("activation", "one"))) == ours.get("activation", "one")
    assert ours.load_plugin(file) is first
    helper(tmp_path, 3.0, where)  # the same length, perhaps within the same tick of the clock
    second = ours.load_plugin(file)
    assert ours.get("activation", "one").f(3.0) == 9.0
    assert first.hash != second.hash and first.formulas != second.formulas
    assert {name for name in sys.modules if not name.startswith("fastnn_plugin")} == modules
    assert not list(tmp_path.rglob("__pycache__"))


def test_two_plugins_may_each_have_a_module_of_the_same_name(tmp_path):
    ours = Registry()
    for name, factor in (("one", 2.0), ("two", 5.0)):
        helper(tmp_path / name, factor)
        ours.load_plugin(plugin(tmp_path / name, name, "from formulas import bent"))
    assert [ours.get("activation", name).f(1.0) for name in ("one", "two")] == [2.0, 5.0]


def test_other_modules_keep_their_names(tmp_path):
    """The folder hides neither the standard library nor fastnn, and nothing from anybody else."""
    for name in ("statistics.py", "json.py", "fastnn.py", "numpy_like.py"):
        (tmp_path / name).write_text("raise SystemExit('a file that nobody named')\n")
    text = "import json, statistics, numpy\ndef bent(x):\n    return x\n"
    ours = Registry()
    ours.load_plugin(plugin(tmp_path, "one", text))
    assert ours.get("activation", "one").f(3.0) == 3.0


def test_a_folder_of_installed_packages_is_nobodys_own(tmp_path):
    site = tmp_path / "site-packages"
    helper(site.parent, 1.0, "site-packages/formulas.py")
    with pytest.raises(PluginError, match=r"fastnn_one.py:1: ModuleNotFoundError: No module named 'formulas'"):
        Registry().load_plugin(plugin(site, "one", "from formulas import bent"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def bent(x:\n", r"SyntaxError: .*formulas.py:1"),
        ("1 / 0\n", "fastnn_one.py:1: ZeroDivisionError"),
        ("import no_such\n", "fastnn_one.py:1: ModuleNotFoundError: No module named 'no_such'"),
        ("\n", "fastnn_one.py:1: ImportError: cannot import name 'bent'"),
    ],
)
def test_a_broken_module_leaves_nothing_behind(tmp_path, text, message):
    ours, modules = Registry(), set(sys.modules)
    (tmp_path / "formulas.py").write_text(text)
    file = plugin(tmp_path, "one", "from formulas import bent")
    with pytest.raises(PluginError, match=message):
        ours.load_plugin(file)
    assert {name for name in set(sys.modules) - modules if name.startswith("fastnn_plugin")} == set()
    helper(tmp_path, 2.0)
    assert ours.load_plugin(file) and ours.get("activation", "one").f(1.0) == 2.0
