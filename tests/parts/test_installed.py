"""Loading the plugins of installed packages."""

from __future__ import annotations

import hashlib
import sys

import pytest
from plugin_text import HEAD, plugin_text

from fastnn.errors import UsageError
from fastnn.parts.content import content_hash
from fastnn.parts.record import plugins_of
from fastnn.parts.registry import Registry

# installed plugins


def test_installed_plugin(install):
    text = plugin_text("double")
    install("fastnn-double", text, version="1.2")
    ours = Registry()
    part = ours.get("activation", "double")
    assert ours.owner(part) == "fastnn-double 1.2" and ours.failures() == []
    assert plugins_of([part()], ours.plugin_of) == [
        {
            "name": "fastnn-double",
            "version": "1.2",
            "hash": hashlib.sha256(text.encode()).hexdigest(),
            "parts": ["activation double"],
            "formulas": {"activation double": content_hash(part)},
        }
    ]


def test_installed_package_is_hashed_as_a_whole(install, tmp_path):
    package = tmp_path / "site" / "fastnn_deep"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text(plugin_text("deep"))
    install("fastnn-deep", None, entry="deep = fastnn_deep.inner")
    first = Registry()
    (before,) = plugins_of([first.resolve("activation", "deep")], first.plugin_of)
    (package / "formula.py").write_text("x = 1\n")
    second = Registry()
    (after,) = plugins_of([second.resolve("activation", "deep")], second.plugin_of)
    assert len(before["hash"]) == 64 and before["hash"] != after["hash"]
    assert before["formulas"] == after["formulas"] != {}  # the formula does not use it


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        ("import no_such_module", "", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "", "SyntaxError: invalid syntax .*fastnn_broken.py:1"),
        ("raise SystemExit(3)", "", "SystemExit: 3"),
        (None, "", "ModuleNotFoundError: No module named 'fastnn_broken'"),
        ("", "ep = fastnn_broken:missing", "AttributeError: .*'missing'"),
        ("", "", "It supplies no parts"),
        (plugin_text("a", hook="fastnn_activation"), "", "Unknown hook 'fastnn_activation'"),
        (f"{HEAD}\n@hookimpl\ndef fastnn_losses():\n    return 1 / 0\n", "", "ZeroDivisionError"),
        ("", "this line says nothing", "TypeError"),
    ],
)
def test_broken_installed_plugin_stops_nobody(install, text, entry, reason):
    install("fastnn-broken", text, entry)
    install("fastnn-fine", plugin_text("fine"))
    ours = Registry()
    assert ours.get("activation", "fine") and ours.get("activation", "relu")
    (failure,) = ours.failures()
    assert (failure.distribution, failure.version) == ("fastnn-broken", "1.0")
    assert failure.name == ("entry_points.txt" if "nothing" in entry else "ep")
    with pytest.raises(
        UsageError, match=rf"Unknown activation 'a'\..* Not loaded: fastnn-broken 1.0 \(.*\): .*{reason}"
    ):
        ours.get("activation", "a")


def test_malformed_metadata_of_a_stranger_is_not_our_failure(install, tmp_path):
    install("stranger", None, entry="[other]\nthis line says nothing")
    (tmp_path / "site" / "stranger-1.0.dist-info" / "entry_points.txt").write_text("[other]\nno equals sign\n")
    install("fastnn-fine", plugin_text("fine"))
    ours = Registry()
    assert ours.get("activation", "fine") and ours.failures() == []


def test_one_module_named_by_two_entry_points_is_registered_once(install):
    install("fastnn-double", plugin_text("double"), entry="a = fastnn_double\nb = fastnn_double")
    ours = Registry()
    assert ours.get("activation", "double") and ours.failures() == ours.clashes() == []


def test_of_two_versions_on_the_path_the_first_counts(install, tmp_path, monkeypatch):
    install("fastnn-double", plugin_text("double"), version="2.0")
    old = tmp_path / "old" / "fastnn_double-1.0.dist-info"
    old.mkdir(parents=True)
    for name in ("METADATA", "entry_points.txt"):
        text = (tmp_path / "site" / "fastnn_double-2.0.dist-info" / name).read_text()
        (old / name).write_text(text.replace("2.0", "1.0"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "old")])
    ours = Registry()
    assert ours.owner(ours.get("activation", "double")) == "fastnn-double 2.0"


def test_plugin_may_look_up_parts_while_it_is_loaded(install, write):
    text = "from fastnn.parts import registry\nregistry.names('activation')\n" + plugin_text("double")
    install("fastnn-double", text)
    ours = Registry()
    assert ours.get("activation", "double")
    ours.load_plugin(write(text.replace("'double'", "'again'")))
    assert ours.get("activation", "again")


def test_installed_plugins_are_imported_only_when_a_name_is_not_built_in_or_for_a_list(install, write):
    install("fastnn-double", plugin_text("double"))
    ours = Registry()
    for choice in ("relu", "leaky_relu:slope=0.2", "swish"):
        ours.resolve("activation", choice)
    ours.owner(ours.get("loss", "mse"))
    ours.load_plugin(write(plugin_text("mine")))
    with pytest.raises(UsageError, match="slope is a parameter of leaky_relu, prelu"):
        ours.resolve("activation", "relu:slope=2")
    assert ours.clashes(installed=False) == [] and "fastnn_double" not in sys.modules
    for listing in (Registry.names, Registry.parts, Registry.clashes, Registry.failures, Registry.get):
        sys.modules.pop("fastnn_double", None)
        arguments = {Registry.names: ("activation",), Registry.get: ("activation", "double")}.get(listing, ())
        listing(Registry(), *arguments)
        assert "fastnn_double" in sys.modules, listing


@pytest.mark.parametrize(
    ("value", "loaded", "said"),
    [
        (None, "one two", ""),
        ("", "", "fastnn-one 1.0: FASTNN_PLUGINS leaves it out"),
        ("fastnn-one", "one", "fastnn-two 1.0: FASTNN_PLUGINS leaves it out"),
        (" Fastnn_ONE , fastnn.two,", "one two", ""),
        ("fastnn-thre,fastnn-one", "one", "fastnn-thre: FASTNN_PLUGINS names it, but no plugin with this name is inst"),
    ],
)
def test_a_variable_limits_what_is_imported(install, monkeypatch, value, loaded, said):
    for name in ("one", "two"):
        install(f"fastnn-{name}", plugin_text(name))
    if value is not None:
        monkeypatch.setenv("FASTNN_PLUGINS", value)
    ours = Registry()
    assert {owner.partition("-")[2][:3] for _, owner in ours.parts() if owner != "built in"} == {*loaded.split()}
    assert {n for n in ("one", "two") if f"fastnn_{n}" in sys.modules} == {*loaded.split()}
    with pytest.raises(UsageError) as caught:
        ours.get("activation", "three")
    assert said in str(caught.value) and bool(said) == ("Not loaded" in str(caught.value))
