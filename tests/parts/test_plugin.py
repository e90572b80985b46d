"""Loading plugins from files."""

from __future__ import annotations

import hashlib
import pickle
import sys

import pytest
from plugin_text import HEAD, plugin_text

import fastnn.parts.hookspecs
from fastnn.errors import PluginError
from fastnn.parts import registry
from fastnn.parts.registry import Registry

# files


def test_file_is_a_plugin(write):
    ours, path = Registry(), write(plugin_text("double"))
    plugin = ours.load_plugin(path)
    assert (plugin.name, plugin.version, plugin.path) == ("mine.py", None, str(path.resolve()))
    assert plugin.hash == hashlib.sha256(path.read_bytes()).hexdigest()
    part = ours.get("activation", "double")
    assert part.f(3.0) == 6.0 and ours.owner(part) == str(path.resolve())
    assert (part, str(path.resolve())) in ours.parts() and "double" in ours.names("activation")
    assert list(path.parent.iterdir()) == [path]  # nothing is written beside it


def test_process_wide_functions_load_a_file(write, monkeypatch):
    registry.parts()
    monkeypatch.setattr(registry._registry, "_plugins", [*registry._registry._plugins])  # put back afterwards
    path = write(plugin_text("only_in_this_test"))
    fastnn.parts.registry.load_plugin(str(path))
    assert registry.resolve("activation", "only_in_this_test").name == "only_in_this_test"


def test_same_file_again_does_nothing(write, monkeypatch):
    ours, path = Registry(), write(plugin_text("double"))
    first = ours.load_plugin(path)
    monkeypatch.chdir(path.parent)
    assert ours.load_plugin("mine.py") is first
    assert ours.clashes() == []


def test_changed_file_replaces_what_it_supplied(write):
    ours, path = Registry(), write(plugin_text("double", 2.0))
    ours.load_plugin(path)
    old = ours.get("activation", "double")
    write(plugin_text("double", 3.0))  # the same length, perhaps within the same tick of the clock
    ours.load_plugin(path)
    assert ours.get("activation", "double").f(1.0) == 3.0 and ours.clashes() == []
    assert ours.owner(old) == str(path)
    write(plugin_text("triple", 3.0))
    ours.load_plugin(path)
    assert "double" not in ours.names("activation") and "triple" in ours.names("activation")


def test_file_that_breaks_leaves_what_was_loaded(write):
    ours, path = Registry(), write(plugin_text("double"))
    ours.load_plugin(path)
    for text in ("1 / 0", plugin_text("double", hook="fastnn_activation")):
        write(text)
        with pytest.raises(PluginError):
            ours.load_plugin(path)
        assert ours.get("activation", "double").f(1.0) == 2.0
    write(plugin_text("double", 3.0))
    ours.load_plugin(path)
    assert ours.get("activation", "double").f(1.0) == 3.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", "mine.py:1: SyntaxError: invalid syntax"),
        (b"a = 1\nb = '\xff'\n", "mine.py.*: SyntaxError: .*utf-8"),
        (b"a = 1\n\0\n", "mine.py: SyntaxError: source code string cannot contain null bytes"),
        ("\n\n1 / 0\n", "mine.py:3: ZeroDivisionError: division by zero"),
        ("import no_such_module\n", "mine.py:1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("import json\n\njson.loads('{')\n", "mine.py:3: JSONDecodeError: Expecting property name"),
        ("import sys\nsys.exit(3)\n", "mine.py:2: SystemExit: 3"),
        ("", "mine.py: It supplies no parts. Mark a function named fastnn_activations or .*@fastnn.hookimpl"),
        (plugin_text("a").replace("@hookimpl\n", ""), "It supplies no parts"),
        (plugin_text("a", hook="fastnn_activation"), "line 10: Unknown hook 'fastnn_activation'. Did you mean 'fastn"),
        (plugin_text("a").replace("activations()", "activations(x)"), r"fastnn_activations\(x\) Argument\(s\) {'x'}"),
        (
            plugin_text("a", hook="fastnn_losses"),
            "line 10: fastnn_losses returned a list with the activation 'a' in it. .*fastnn.Loss",
        ),
        (plugin_text("my part"), "mine.py:12: 'my part' is not a name for activation: letters, digits and under"),
        (
            plugin_text("a", extra=", parameters={'slope': 1}"),
            r"mine.py:12: Activation 'a': value takes 1 argument ",
        ),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return 3\n", "line 4: fastnn_losses returned 3. It must retu"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return [abs]\n", "with <built-in function abs> in it. It must"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    pass\n", "fastnn_losses returned None"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return 'mse'\n", "fastnn_losses returned 'mse'"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return []\n", "It supplies no parts"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return {{}}['a']\n", "mine.py:6: KeyError: 'a'"),
    ],
)
def test_file_that_cannot_be_loaded(write, text, message):
    ours, modules = Registry(), set(sys.modules)
    with pytest.raises(PluginError, match=rf"(?s)Plugin .*{message}") as caught:
        ours.load_plugin(write(text))
    assert "\n" not in str(caught.value)
    assert {m for m in set(sys.modules) - modules if m.startswith("fastnn_plugin")} == set()
    assert all(owner == "built in" for _, owner in ours.parts())
    ours.load_plugin(write(plugin_text("fine")))  # nothing of it is left behind
    assert ours.get("activation", "fine")


def test_file_that_cannot_be_read(write, tmp_path):
    write(plugin_text("a"))
    with pytest.raises(PluginError, match=r"No such file or directory. Give the path of a Python file."):
        Registry().load_plugin(tmp_path / "other.py")
    with pytest.raises(PluginError, match=r"Did you mean '.*mine.py'?"):
        Registry().load_plugin(tmp_path / "mine")
    with pytest.raises(PluginError, match="Is a directory"):
        Registry().load_plugin(tmp_path)


def test_file_may_define_dataclasses_and_be_pickled(write):
    extra = "\nimport dataclasses\n\n@dataclasses.dataclass\nclass A:\n    x: 'int' = 3\n"
    ours = Registry()
    ours.load_plugin(write(plugin_text("double") + extra))
    part = ours.get("activation", "double")
    copy = pickle.loads(pickle.dumps(part))
    assert copy == part and ours.owner(copy) == ours.owner(part)
