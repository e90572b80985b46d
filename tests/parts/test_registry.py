"""Finding parts by name and choice, clashes of names, and the record of plugins in a model file."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from plugin_text import plugin_text

import fastnn.parts.hookspecs
from fastnn.errors import PluginError, UsageError
from fastnn.part_kinds import PART_KINDS
from fastnn.parts import registry
from fastnn.parts.content import content_hash
from fastnn.parts.kinds import Activation, Bound, Loss
from fastnn.parts.plugin import HOOKS
from fastnn.parts.record import plugins_of
from fastnn.parts.registry import Registry

# names


def test_every_module_of_the_folders_is_a_part():
    found = [(part.kind, part.name) for part, owner in Registry().parts() if owner == "built in"]
    files = []
    for kind, plural in PART_KINDS.items():
        folder = Path(registry.__file__).parent.parent / plural
        files += [(kind, file.stem) for file in sorted(folder.glob("*.py")) if file.stem != "__init__"]
    assert found == files and len(files) >= 50


def test_look_up_by_name_and_alias():
    for alias, (kind, name) in {
        "linear": ("activation", "identity"),
        "swish": ("activation", "silu"),
        "logistic": ("activation", "sigmoid"),
        "l1": ("loss", "mae"),
        "glorot_uniform": ("initializer", "xavier_uniform"),
        "glorot_normal": ("initializer", "xavier_normal"),
        "kaiming_uniform": ("initializer", "he_uniform"),
        "kaiming_normal": ("initializer", "he_normal"),
    }.items():
        assert registry.get(kind, alias) is registry.get(kind, name)
        assert registry.get(kind, name).name == name
        assert name in registry.names(kind) and alias not in registry.names(kind)


def test_no_built_in_name_is_taken_twice():
    assert [c for c in Registry().clashes() if set(c.owners) == {"built in"}] == []


def test_unknown_name():
    with pytest.raises(UsageError) as caught:
        Registry().get("activation", "ReLu6")
    text = str(caught.value)
    assert "Unknown activation 'ReLu6'. Did you mean 'relu'?" in text
    assert "gelu, gelu_tanh" in text and "swish" in text and "Not loaded" not in text


def test_name_of_another_kind():
    with pytest.raises(UsageError, match=r"Unknown loss 'relu'.* It is the name of another kind of part: activation."):
        registry.get("loss", "relu")


def test_unknown_kind():
    for call in (registry.names, lambda kind: registry.get(kind, "relu"), lambda kind: registry.resolve(kind, 3)):
        with pytest.raises(UsageError, match=r"Unknown kind of part 'activations'. Did you mean 'activation'?"):
            call("activations")


# choices


def test_choices_that_mean_the_same():
    part = registry.get("activation", "leaky_relu")
    wanted = Bound(part, {"slope": 0.2})
    for choice in ("leaky_relu:slope=0.2", " leaky_relu : slope = 0.2 ", part(slope=0.2), wanted):
        assert registry.resolve("activation", choice) == wanted
    assert registry.resolve("activation", part) == registry.resolve("activation", "leaky_relu") == part()


def test_choice_with_several_parameters():
    bound = registry.resolve("optimizer", "adam:beta1=0.8,amsgrad=true")
    assert bound.values == {"lr": 1e-3, "beta1": 0.8, "beta2": 0.999, "eps": 1e-8, "amsgrad": True}
    assert bound.choices == {"amsgrad": True} and list(bound.numbers) == ["lr", "beta1", "beta2", "eps"]


@pytest.mark.parametrize(
    ("kind", "choice", "message"),
    [
        ("activation", "leaky_relu:", "activation 'leaky_relu:': '' is not PARAMETER=VALUE. Write NAME:PARAMETER="),
        ("activation", "leaky_relu:slope", "'slope' is not PARAMETER=VALUE"),
        ("activation", "leaky_relu:slope=", "'slope=' is not PARAMETER=VALUE"),
        ("activation", "leaky_relu:=1", "'=1' is not PARAMETER=VALUE"),
        ("activation", "leaky_relu:slope=1,slope=2", "slope is given twice"),
        ("activation", "leaky_relu:slop=1", "'leaky_relu': 'slop'. Did you mean 'slope'\\? Allowed: slope."),
        ("activation", "leaky_relu:slope=steep", "slope = 'steep' is not allowed: it must be a finite number"),
        ("activation", "leaky_relu:slope=nan", "slope = 'nan' is not allowed"),
        ("activation", "tanh:slope=1", "parameter of the activation 'tanh': 'slope'. Allowed: none."),
        ("optimizer", "adam:amsgrad=perhaps", "amsgrad = 'perhaps' is not allowed: it must be one of false, true"),
        ("optimizer", "adam:amsgrad=1", "amsgrad = '1' is not allowed"),
        ("loss", "huber:delta=0", "delta = '0' is not allowed: it must be a number above 0"),
        ("loss", "quantile:quantile=1", "it must be a number above 0 and below 1"),
        ("loss", "", "Unknown loss ''"),
        ("loss", None, "loss = None is not allowed: it must be a name such as 'binary_cross_entropy'"),
        ("loss", abs, "or a fastnn.Loss"),
        ("loss", 3, "loss = 3 is not allowed"),
    ],
)
def test_wrong_choices(kind, choice, message):
    with pytest.raises(UsageError, match=message):
        registry.resolve(kind, choice)


def test_part_of_another_kind():
    for choice in (registry.get("loss", "mse"), registry.resolve("loss", "mse")):
        with pytest.raises(UsageError, match=r"'mse' is of kind loss; activation is needed here."):
            registry.resolve("activation", choice)


# clashes


def test_two_files_with_one_name(write):
    ours = Registry()
    one, two = write(plugin_text("double"), "one.py"), write(plugin_text("double", 3.0), "two.py")
    ours.load_plugin(one)
    ours.load_plugin(two)
    (clash,) = ours.clashes()
    assert (clash.kind, clash.name, clash.owners) == ("activation", "double", (str(one), str(two)))
    with pytest.raises(PluginError) as caught:
        ours.resolve("activation", "double")
    assert str(one) in str(caught.value) and str(two) in str(caught.value) and "Rename" in str(caught.value)
    assert ours.get("activation", "relu")


def test_alias_that_clashes_leaves_the_name(write):
    ours = Registry()
    ours.load_plugin(write(plugin_text("a", 2.0, extra=", aliases=('b',)"), "one.py"))
    ours.load_plugin(write(plugin_text("b", 3.0), "two.py"))
    assert [c.name for c in ours.clashes()] == ["b"] and ours.get("activation", "a").f(1.0) == 2.0


def test_same_name_in_two_kinds_is_no_clash(write):
    ours = Registry()
    ours.load_plugin(write(plugin_text("mse")))
    assert ours.clashes() == []
    assert isinstance(ours.get("activation", "mse"), Activation) and isinstance(ours.get("loss", "mse"), Loss)


def test_file_cannot_take_a_built_in_name(write):
    ours = Registry()
    path = write(plugin_text("relu"))
    ours.load_plugin(path)
    assert [(c.name, c.owners) for c in ours.clashes()] == [("relu", ("built in", str(path)))]
    with pytest.raises(
        PluginError, match=rf"'relu' is supplied by built in and by {path}. Built-in names are reserved."
    ):
        ours.get("activation", "relu")
    assert ours.get("activation", "elu")


def test_installed_plugin_cannot_take_a_built_in_name_away(install):
    install("fastnn-rude", plugin_text("relu"))
    ours = Registry()
    assert ours.owner(ours.get("activation", "relu")) == "built in"
    assert [(c.name, c.owners) for c in ours.clashes()] == [("relu", ("built in", "fastnn-rude 1.0"))]


def test_two_installed_plugins_with_one_name(install):
    install("fastnn-one", plugin_text("double"))
    install("fastnn-two", plugin_text("double"), version="0.2")
    ours = Registry()
    assert ours.failures() == []
    with pytest.raises(PluginError, match=r"fastnn-(one 1.0|two 0.2) and by fastnn-(one 1.0|two 0.2)"):
        ours.get("activation", "double")
    assert ours.get("activation", "relu")


# the record of plugins in a model file


def test_built_in_parts_need_no_plugin():
    assert plugins_of(part() for part, owner in registry.parts() if owner == "built in") == []


def test_parts_of_one_plugin_are_recorded_together(write):
    text = plugin_text("a") + "\n@hookimpl\ndef fastnn_losses():\n    return [Loss('b', lambda p, t: p - t)]\n"
    ours, path = Registry(), write(text)
    ours.load_plugin(path)
    chosen = [ours.resolve(*c) for c in (("activation", "a"), ("loss", "b"), ("activation", "a"))]
    assert plugins_of([ours.resolve("activation", "relu"), *chosen], ours.plugin_of) == [
        {
            "name": "mine.py",
            "version": None,
            "hash": hashlib.sha256(path.read_bytes()).hexdigest(),
            "parts": ["activation a", "loss b"],
            "formulas": {"activation a": content_hash(chosen[0].part)},  # a lambda cannot be read alone
        }
    ]


def test_part_that_was_given_as_an_object_belongs_to_its_file():
    part = Activation("mine", lambda x: x)
    assert registry.owner(part) == __file__
    assert plugins_of([part()]) == [
        {"name": "test_registry.py", "version": None, "hash": None, "parts": ["activation mine"], "formulas": {}}
    ]
    assert registry.owner(Activation("magnitude", abs)) == "builtins"


# cost


def test_registry_is_cheap_to_import():
    code = (
        "import sys; from fastnn.parts import registry; "
        "heavy = {'numpy', 'numba', 'fastnn.formula', 'fastnn.activations'}; "
        "assert not heavy & set(sys.modules); registry.names('loss'); "
        "assert not {'numba', 'fastnn.formula', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_hooks_and_kinds_agree_with_the_authors_manual():
    specified = [n for n in dir(fastnn.parts.hookspecs) if hasattr(getattr(fastnn.parts.hookspecs, n), "fastnn_spec")]
    assert sorted(HOOKS) == specified


def test_a_kind_is_everywhere_what_the_list_of_kinds_says():
    """Its hook, its class, the public name of its class, and at least one built-in part."""
    for kind, plural in PART_KINDS.items():
        part = HOOKS[f"fastnn_{plural}"]
        assert part is getattr(fastnn, kind.capitalize()) is getattr(fastnn.parts, kind.capitalize())
        assert part.kind == kind and part.__name__ in fastnn.__all__
        assert registry.names(kind)
