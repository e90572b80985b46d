"""Loading plugins and finding parts by name; every error message is provoked."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import fastnn.hookspecs
from fastnn import registry
from fastnn.errors import PluginError, UsageError
from fastnn.parts import Activation, Bound, Loss
from fastnn.registry import KINDS, Registry

HEAD = "from fastnn.hookspecs import hookimpl\nfrom fastnn.parts import Activation, Loss\n"


def plugin_text(name: str, factor: float = 2.0, hook: str = "fastnn_activations", extra: str = "") -> str:
    """A plugin that supplies one activation, y = factor * x."""
    return (
        f"{HEAD}\ndef value(x):\n    return {factor!r} * x\n\ndef derivative(x, y):\n    return {factor!r}\n"
        f"\n@hookimpl\ndef {hook}():\n    return [Activation({name!r}, value, derivative=derivative{extra})]\n"
    )


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution with one module and one entry point on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(distribution: str, text: str | None, entry: str = "", version: str = "1.0", name: str = "ep"):
        module = distribution.replace("-", "_")
        if text is not None:
            (site / f"{module}.py").write_text(text)
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[fastnn]\n{entry or f'{name} = {module}'}\n")

    yield install
    for added in set(sys.modules) - before:
        if getattr(sys.modules[added], "__file__", None) and str(site) in str(sys.modules[added].__file__):
            del sys.modules[added]


# names


def test_every_module_of_the_four_folders_is_a_part():
    found = [(part.kind, part.name) for part, owner in Registry().parts() if owner == "built in"]
    files = []
    for kind, folder in zip(KINDS, registry.FOLDERS, strict=True):
        folder = Path(registry.__file__).parent / folder
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
    fastnn.registry.load_plugin(str(path))
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
        (plugin_text("a", extra=", parameters={'slope': 1}"), r"mine.py:12: Activation 'a': value must take \(x, sl"),
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


# installed plugins


def test_installed_plugin(install):
    text = plugin_text("double")
    install("fastnn-double", text, version="1.2")
    ours = Registry()
    part = ours.get("activation", "double")
    assert ours.owner(part) == "fastnn-double 1.2" and ours.failures() == []
    assert ours.plugins_of([part()]) == [
        {
            "name": "fastnn-double",
            "version": "1.2",
            "hash": hashlib.sha256(text.encode()).hexdigest(),
            "parts": ["activation double"],
        }
    ]


def test_installed_package_is_hashed_as_a_whole(install, tmp_path):
    package = tmp_path / "site" / "fastnn_deep"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text(plugin_text("deep"))
    install("fastnn-deep", None, entry="deep = fastnn_deep.inner")
    first = Registry()
    (before,) = first.plugins_of([first.resolve("activation", "deep")])
    (package / "formula.py").write_text("x = 1\n")
    second = Registry()
    (after,) = second.plugins_of([second.resolve("activation", "deep")])
    assert len(before["hash"]) == 64 and before["hash"] != after["hash"]


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
    text = "from fastnn import registry\nregistry.names('activation')\n" + plugin_text("double")
    install("fastnn-double", text)
    ours = Registry()
    assert ours.get("activation", "double")
    ours.load_plugin(write(text.replace("'double'", "'again'")))
    assert ours.get("activation", "again")


# what a checkpoint records


def test_built_in_parts_need_no_plugin():
    assert registry.plugins_of(part() for part, owner in registry.parts() if owner == "built in") == []


def test_parts_of_one_plugin_are_recorded_together(write):
    text = plugin_text("a") + "\n@hookimpl\ndef fastnn_losses():\n    return [Loss('b', lambda p, t: p - t)]\n"
    ours, path = Registry(), write(text)
    ours.load_plugin(path)
    chosen = [ours.resolve(*c) for c in (("activation", "a"), ("loss", "b"), ("activation", "a"))]
    assert ours.plugins_of([ours.resolve("activation", "relu"), *chosen]) == [
        {
            "name": "mine.py",
            "version": None,
            "hash": hashlib.sha256(path.read_bytes()).hexdigest(),
            "parts": ["activation a", "loss b"],
        }
    ]


def test_part_that_was_given_as_an_object_belongs_to_its_file():
    part = Activation("mine", lambda x: x)
    assert registry.owner(part) == __file__
    assert registry.plugins_of([part()]) == [
        {"name": "test_registry.py", "version": None, "hash": None, "parts": ["activation mine"]}
    ]
    assert registry.owner(Activation("magnitude", abs)) == "builtins"


# cost


def test_registry_is_cheap_to_import():
    code = (
        "import sys; from fastnn import registry; heavy = {'numpy', 'numba', 'fastnn.formula', 'fastnn.activations'}; "
        "assert not heavy & set(sys.modules); registry.names('loss'); "
        "assert not {'numba', 'fastnn.formula', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_hooks_and_kinds_agree_with_the_authors_manual():
    specified = [n for n in dir(fastnn.hookspecs) if hasattr(getattr(fastnn.hookspecs, n), "fastnn_spec")]
    assert sorted(registry.HOOKS) == specified
