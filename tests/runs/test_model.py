"""Models in files: network and preprocessing together, and files that are not models."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from fastnn.data.dataset import make_dataset
from fastnn.data.source import read
from fastnn.errors import FastnnError, ModelError
from fastnn.model.model import Model
from fastnn.network.network import Network
from fastnn.parts.registry import resolve
from fastnn.runs import loading


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a small model."""
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    data = make_dataset(read("moons"))
    network = Network([2, 3, 2])
    network.loss = resolve("loss", "cross_entropy")
    Model(network, data.preprocessing).save(path, "moons")
    return path.read_bytes()


def test_comes_back(saved, tmp_path):
    (tmp_path / "m.safetensors").write_bytes(saved)
    found = loading.load(str(tmp_path / "m.safetensors"))
    assert found.data == "moons" and found.preprocessing.target.classes == ("lower", "upper")
    columns, remarks = found.predict(read("moons"))
    assert list(columns) == ["group", "p_lower", "p_upper"] and not remarks
    again = tmp_path / "again.safetensors"
    found.save(again, "moons")
    assert again.read_bytes() == saved


@pytest.mark.parametrize(
    "change",
    [
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
        lambda d: d.update(format_version=2),
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
    ],
)
def test_a_wrong_description(saved, tmp_path, change):
    length = int.from_bytes(saved[:8], "little")
    description = json.loads(json.loads(saved[8 : 8 + length])["__metadata__"]["fastnn"])
    change(description)
    path = tmp_path / "m.safetensors"
    path.write_bytes(serialise(parse(saved), {"fastnn": json.dumps(description)}))
    with pytest.raises(ModelError, match=r"m\.safetensors"):
        loading.load(str(path))


def test_a_network_from_python_has_no_preprocessing(tmp_path):
    Network([2, 1]).save(tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match=r"fastnn\.load"):
        loading.load(str(tmp_path / "m.safetensors"))


@given(st.data())
def test_damaged_bytes(saved, tmp_path_factory, data):
    content = bytearray(saved)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(content)
    try:
        found = loading.load(str(path))
    except FastnnError as error:
        assert "damaged.safetensors" in str(error)
    else:
        assert found.network.sizes[0] == found.preprocessing.width


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        loading.load(str(path))


def test_weights_that_are_no_numbers(saved, tmp_path):
    tensors = parse(saved)
    tensors["weights0"] = np.full_like(tensors["weights0"], np.nan)
    length = int.from_bytes(saved[:8], "little")
    path = tmp_path / "m.safetensors"
    path.write_bytes(serialise(tensors, json.loads(saved[8 : 8 + length])["__metadata__"]))
    with pytest.raises(ModelError, match=r"m\.safetensors: the network has weights that are NaN"):
        loading.load(str(path))
