"""Models in files: networks, preprocessing and history together, and files that are not models."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

import fastnn
from fastnn.errors import FastnnError, ModelError
from fastnn.model.model import Model
from fastnn.network.network import Network
from fastnn.network.saving import save
from fastnn.runs import loading


@pytest.fixture(scope="module")
def model():
    """A small model."""
    return fastnn.fit("moons", hidden=3, epochs=2)


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    """The bytes of the model in both versions of the format."""
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    model.save(path)
    new = path.read_bytes()
    save(path, model.network, {"data": "moons", "preprocessing": model.preprocessing.to_json()})
    return {1: path.read_bytes(), 2: new}


def described(content: bytes) -> dict:
    """The description in a file."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["fastnn"])


def test_comes_back(model, saved, tmp_path):
    path = tmp_path / "m.safetensors"
    for version in (1, 2):
        path.write_bytes(saved[version])
        assert described(saved[version])["format_version"] == version
        found = fastnn.load(path)
        assert type(found) is fastnn.Model and found.data == "moons" and found.classes.tolist() == ["lower", "upper"]
        assert (found.predict_proba("moons") == model.predict_proba("moons")).all()
        found.save(path)
        assert (path.read_bytes() == saved[2]) == (version == 2)
    assert [r.as_dict() | {"seconds": None} for r in model.history] == [r.as_dict() for r in found.history]
    assert (found.epoch, found.settings, found.summary()) == (model.epoch, model.settings, model.summary())
    assert found.settings["optimizer"] == {"name": "adam", **found.settings["optimizer"]}


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, Model.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_independent(model, twin_of):
    twin = twin_of(model)
    assert twin.network.parameters.tobytes() == model.network.parameters.tobytes()
    assert repr(twin) == repr(model) == "Model(classification of group from 2 columns, network 2-3-2)"
    assert twin.summary() == model.summary() and len(twin.history) == 2
    twin.network.parameters[:] = 0
    assert model.network.parameters.any()


def test_several_networks(model, tmp_path):
    """Their probabilities are averaged; each has its own tensors in the file."""
    other = fastnn.Network([2, 5, 2], "tanh", seed=4)
    other.loss = model.loss
    pair = Model((model.network, other), model.preprocessing)
    single = Model((other,), model.preprocessing)
    both = pair.predict_proba("moons")
    mean = (model.predict_proba("moons") + single.predict_proba("moons")) / 2
    np.testing.assert_allclose(both, mean, rtol=1e-5)
    assert (pair.predict("moons") == pair.classes[mean.argmax(axis=1)]).all()
    pair.save(tmp_path / "m")
    back = fastnn.load(tmp_path / "m")
    assert [n.sizes for n in back.networks] == [(2, 3, 2), (2, 5, 2)] and back.history == []
    assert back.predict_proba("moons").tobytes() == both.tobytes()
    assert back.evaluate("moons")["accuracy"] == (pair.predict("moons") == labels_of_moons()).mean()
    with pytest.raises(fastnn.UsageError, match=r"2 networks: use model\.networks"):
        _ = back.network


def labels_of_moons() -> np.ndarray:
    from fastnn.data.source import read

    text = read("moons").texts["group"]
    return np.array(text.labels)[text.codes]


@pytest.mark.parametrize("kind", ["binary_cross_entropy", "poisson", "hinge", "mse"])
def test_several_networks_under_other_losses(kind):
    rows = [{"x": float(i), "y": (i > 9) * 2 - 1 if kind == "hinge" else int(i > 9)} for i in range(20)]
    models = [
        fastnn.fit(rows, task="auto", loss=kind, seed=seed, epochs=3, validation=None, hidden=4) for seed in (0, 1)
    ]
    pair = Model((models[0].network, models[1].network), models[0].preprocessing)
    if kind == "binary_cross_entropy":
        mean = (models[0].predict_proba(rows) + models[1].predict_proba(rows)) / 2
        np.testing.assert_allclose(pair.predict_proba(rows), mean, rtol=1e-5)
    elif kind == "hinge":
        X = np.array([[row["x"]] for row in rows])
        scaled = (X - pair.preprocessing.mean) / pair.preprocessing.scale
        mean = np.mean([network.forward(scaled) for network in pair.networks], axis=0)
        assert (pair.predict(rows) == np.where(mean[:, 0] < 0, -1, 1)).all()
    else:
        np.testing.assert_allclose(
            pair.predict(rows), (models[0].predict(rows) + models[1].predict(rows)) / 2, rtol=1e-5
        )


NETWORK = [
    lambda d: d.pop("sizes"),
    lambda d: d.update(sizes=[2, 4, 2]),
    lambda d: d.update(sizes=[10**6, 10**6]),
    lambda d: d.update(sizes="ab"),
    lambda d: d.update(dtype="float16"),
    lambda d: d.update(activations=[]),
    lambda d: d.update(activations=[{"name": "relu"}, {}]),
    lambda d: d.update(loss={"name": "nonsense", "parameters": {}}),
    lambda d: d.update(loss=None),
    lambda d: d.update(loss={"name": "mse", "parameters": {}}),
]
WHOLE = [
    lambda d: d.update(format_version=3 - d["format_version"]),
    lambda d: d.update(format_version="1"),
    lambda d: d.update(format="other"),
    lambda d: d.update(plugins=None),
    lambda d: d.update(extra=[]),
    lambda d: d.update(extra={}),
    lambda d: d["extra"].update(preprocessing=None),
    lambda d: d["extra"]["preprocessing"].update(numbers=["x"]),
    lambda d: d["extra"]["preprocessing"].update(numbers=["x"], mean=[0.0], scale=[1.0]),
    lambda d: d["extra"]["preprocessing"]["target"].update(classes=["a", "b", "c"]),
    lambda d: d["extra"]["preprocessing"]["target"].update(kind="sign"),
]
SECOND = [
    lambda d: d.update(networks=[]),
    lambda d: d.update(networks={}),
    lambda d: d.update(networks=[None]),
    lambda d: d.update(networks=d["networks"] * 2),
    lambda d: d["extra"].update(history=None),
    lambda d: d["extra"].update(history=[]),
    lambda d: d["extra"]["history"].update(epoch=[1]),
    lambda d: d["extra"]["history"].update(epoch=["1", "2"]),
    lambda d: d["extra"]["history"].update(train_loss=[None, None]),
    lambda d: d["extra"]["history"].update(train_loss=[0.1, "0.2"]),
    lambda d: d["extra"]["history"].update(metrics=[]),
    lambda d: d["extra"]["history"]["metrics"].update(accuracy=[1]),
    lambda d: d["extra"]["history"].pop("lr"),
    lambda d: d["extra"].update(epoch=3),
    lambda d: d["extra"].update(epoch="1"),
    lambda d: d["extra"].update(epoch=True),
    lambda d: d["extra"].update(settings=[]),
]


@pytest.mark.parametrize(
    ("version", "change"),
    [
        *((1, change) for change in NETWORK + WHOLE),
        *((2, change) for change in WHOLE + SECOND),
        *((2, lambda d, change=change: change(d["networks"][0])) for change in NETWORK),
    ],
)
def test_a_wrong_description(saved, tmp_path, version, change):
    description = described(saved[version])
    change(description)
    path = tmp_path / "m.safetensors"
    path.write_bytes(serialise(parse(saved[version]), {"fastnn": json.dumps(description)}))
    with pytest.raises(ModelError, match=r"m\.safetensors"):
        loading.load_model(path)


def test_a_network_from_python_has_no_preprocessing(tmp_path):
    Network([2, 1]).save(tmp_path / "m.safetensors")
    assert type(fastnn.load(tmp_path / "m.safetensors")) is Network
    with pytest.raises(fastnn.UsageError, match="path = None"):
        fastnn.load(None)
    with pytest.raises(ModelError, match=r"fastnn\.load"):
        loading.load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("version", [1, 2])
@given(st.data())
def test_damaged_bytes(saved, tmp_path_factory, version, data):
    content = bytearray(saved[version])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(content)
    try:
        found = loading.load_model(path)
    except FastnnError as error:
        assert "damaged.safetensors" in str(error)
    else:
        assert found.network.sizes[0] == found.preprocessing.width
        found.summary()


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        loading.load(path)


def test_weights_that_are_no_numbers(saved, tmp_path):
    tensors = parse(saved[2])
    tensors["0.weights0"] = np.full_like(tensors["0.weights0"], np.nan)
    path = tmp_path / "m.safetensors"
    path.write_bytes(serialise(tensors, {"fastnn": json.dumps(described(saved[2]))}))
    with pytest.raises(ModelError, match=r"m\.safetensors: the network has weights that are NaN"):
        loading.load(path)
