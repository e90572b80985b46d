"""A model and a configuration name the plugins that they need, and accept no other formula."""

from __future__ import annotations

import importlib
import pickle
import sys

import numpy as np
import pytest

import fastnn
from fastnn.config import experiment
from fastnn.parts import registry
from fastnn.runs.configuration import complete
from fastnn.runs.loading import load_model

PLUGIN = """
import fastnn
from {helpers} import bent

__version__ = "1.0"

@fastnn.hookimpl
def fastnn_activations():
    return [fastnn.Activation("kept_bent", bent)]
"""
HELPERS = "def bent(x):\n    return x if x > 0 else 0.25 * x\n\ndef unrelated():\n    return 1\n"
X = np.linspace(-1, 1, 40).reshape(20, 2).astype(np.float32)
ROWS = [{"a": float(a), "y": i * 0.5} for i, a in enumerate(X[:, 0])]


@pytest.fixture
def fresh():
    """Return a function that forgets all plugins, as a new process would. Afterwards all is as it was."""
    ours = registry._registry
    before = dict(vars(ours))

    def forget():
        ours.__init__()
        for name in [name for name in sys.modules if name.startswith("kept_")]:
            del sys.modules[name]
        importlib.invalidate_caches()

    forget()
    yield forget
    vars(ours).update(before)


@pytest.fixture
def plugin(request, tmp_path, write, install, fresh):
    """A plugin of two files: one that is loaded by its path, or an installed package. Returns a function to change it.

    The function writes it again with another text for one in its files, and loads it as a new process would.
    """

    def of_file(old: str = "", new: str = "") -> None:
        write(HELPERS.replace(old, new), "helpers.py")
        path = write(PLUGIN.format(helpers="helpers").replace(old, new), "fastnn_kept.py")
        fresh()
        registry._registry.load_plugin(path)

    def of_package(old: str = "", new: str = "") -> None:
        site = tmp_path / "site"
        for folder in site.glob("*.dist-info"):
            folder.rename(site / "old")
        package = site / "kept_package"
        package.mkdir(exist_ok=True)
        (package / "helpers.py").write_text(HELPERS.replace(old, new))
        (package / "__init__.py").write_text(PLUGIN.format(helpers="kept_package.helpers").replace(old, new))
        version = new.strip('"') if old == '"1.0"' else "1.0"
        install("kept-package", None, "kept = kept_package", version)
        for cached in package.glob("__pycache__/*"):
            cached.unlink()
        fresh()

    return {"file": of_file, "package": of_package}[request.param]


both = pytest.mark.parametrize("plugin", ["file", "package"], indirect=True)


@both
@pytest.mark.parametrize(
    ("old", "new", "said", "error"),
    [
        ("", "", "", ""),
        ("unrelated():\n    return 1", "unrelated():\n    # or\n    return 2", "", ""),
        ('"1.0"', '"1.1"', r"comes from .*kept.* 1\.0, now 1\.1; its formula is the same", ""),
        ("0.25 * x", "0.5 * x", "", r"the formula of the activation kept_bent in .* has changed since the training"),
        ("kept_bent", "kept_other", "", r"activation '?kept_bent.* needs the plugin '(fastnn_kept.py'|kept-pa)"),
    ],
    ids=["nothing", "something else", "the version", "the formula", "the name"],
)
@pytest.mark.parametrize("kind", ["network", "model", "configuration"])
def test_only_another_formula_is_refused(plugin, tmp_path, kind, old, new, said, error):
    plugin()
    file, notes = tmp_path / "m.safetensors", []
    if kind == "network":
        net = fastnn.Network([2, 3, 1], activation="kept_bent", seed=0)
        expected = net.forward(X)
        net.save(file)
    elif kind == "model":
        model = fastnn.fit(ROWS, target="y", epochs=1, hidden=3, activation="kept_bent")
        expected = model.predict(ROWS)
        model.save(file)
    else:
        wish = experiment("digits", {"activation": "kept_bent"})
        file = tmp_path / "config.toml"
        file.write_text(complete(wish, "runs/001"))
    plugin(old, new)

    def load():
        if kind == "configuration":
            found = experiment(file=str(file))
            notes.extend(found.notes)
            assert found.activation[0].name == "kept_bent"
            return
        found = fastnn.load(file)
        again = found.forward(X) if kind == "network" else found.predict(ROWS)
        assert (again == expected).all()
        if kind == "model":
            load_model(file, notes.append)

    if error:
        with pytest.raises((fastnn.ModelError, fastnn.UsageError), match=error):
            load()
    elif said and kind != "configuration":
        with pytest.warns(fastnn.DataWarning, match=said):
            load()
    else:
        load()
    if said and kind != "network":
        [note] = notes
        assert "1.1" in note and "the same" in note


@pytest.mark.parametrize("plugin", ["file"], indirect=True)
def test_what_to_do_is_said_in_the_words_of_the_face(plugin, tmp_path, fresh):
    plugin()
    model = fastnn.fit(ROWS, target="y", epochs=1, hidden=3, activation="kept_bent")
    model.save(tmp_path / "m.safetensors")
    pickled = pickle.dumps(model)
    fresh()
    for load in (lambda: fastnn.load(tmp_path / "m.safetensors"), lambda: pickle.loads(pickled)):
        with pytest.raises(fastnn.ModelError, match=r'give its file, fastnn\.load_plugin\("fastnn_kept\.py"\)'):
            load()
    with pytest.raises(fastnn.ModelError, match=r"give its file, --plugin fastnn_kept\.py"):
        load_model(tmp_path / "m.safetensors")
