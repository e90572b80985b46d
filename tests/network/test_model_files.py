"""Model files: the same network is loaded again, and any other file is refused without harm."""

from __future__ import annotations

import errno
import json
import os
import pickle
import tracemalloc

import numpy as np
import pytest

import fastnn
from fastnn.network.loading import load_networks
from fastnn.network.saving import SEVERAL, save
from fastnn.parts.registry import resolve

RNG = np.random.default_rng(4)


def network(dtype="float64"):
    net = fastnn.Network(
        [3, 5, 4, 2], ["prelu", "leaky_relu:slope=0.3"], bias_initializer="normal", dtype=dtype, seed=1
    )
    net.activation_parameters[0]["slope"][...] = 0.625
    net.loss = resolve("loss", "cross_entropy:label_smoothing=0.1")
    return net


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.safetensors"
    network().save(path)
    return path


def parts_of(path) -> tuple[dict, bytes]:
    """(header, tensors' bytes) of a safetensors file."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def rewrite(path, change_description=None, change_header=None) -> None:
    """The file again, with its description or its whole header changed."""
    header, tensors = parts_of(path)
    if change_description:
        described = json.loads(header["__metadata__"]["fastnn"])
        described = change_description(described) or described
        text = described if isinstance(described, str) else json.dumps(described)
        header["__metadata__"]["fastnn"] = text
    if change_header:
        change_header(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + tensors)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_was_saved_comes_back(tmp_path, dtype):
    net = network(dtype)
    net.save(tmp_path / "a.safetensors")
    back = fastnn.load(str(tmp_path / "a.safetensors"))
    assert repr(back) == repr(net) and back.dtype == dtype
    assert back.parameters.tobytes() == net.parameters.tobytes()
    assert back.activation_parameters[0]["slope"] == 0.625
    assert back.loss.spec == net.loss.spec == "cross_entropy:label_smoothing=0.1"
    back.save(tmp_path / "b.safetensors")
    assert (tmp_path / "b.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()


def test_a_network_without_a_loss_and_numbers_that_are_none(tmp_path):
    net = fastnn.Network([1, 1])
    net.weights[0] = ([[np.nan]], [np.inf])
    net.save(tmp_path / "m")
    back = fastnn.load(tmp_path / "m")
    assert back.loss is None and np.isnan(back.weights[0][0][0, 0]) and back.weights[0][1][0] == np.inf


def test_what_is_saved_beside_it(tmp_path):
    extra = {"columns": ["é", "b"], "mean": [0.1, 1e300], "nested": {"a": None}}
    net = network()
    save(tmp_path / "m", net, extra)
    assert load_networks(tmp_path / "m")[1] == extra


def test_others_can_read_the_tensors(file):
    from safetensors.numpy import load_file

    tensors = load_file(file)
    assert {name: t.shape for name, t in tensors.items()} == {
        "weights0": (3, 5), "bias0": (5,), "activation0": (1,), "weights1": (5, 4), "bias1": (4,),
        "weights2": (4, 2), "bias2": (2,),
    }  # fmt: skip
    assert (tensors["weights2"] == network().weights[2][0]).all()


def test_every_truncation_is_refused(file):
    content = file.read_bytes()
    lengths = {0, 1, 7, 8, 9, *range(10, len(content), 97), len(content) - 1}
    for length in lengths:
        file.write_bytes(content[:length])
        with pytest.raises(fastnn.ModelError, match=r"model\.safetensors is not a model"):
            fastnn.load(file)
    file.write_bytes(content + b"\0")
    with pytest.raises(fastnn.ModelError, match="is not a model"):
        fastnn.load(file)


def test_foreign_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    file = tmp_path / "m"
    for content in (b"", b"a,b\n1,2\n", RNG.bytes(1000), pickle.dumps([1]), b"\xff" * 8 + b"{}", b"{" * 100):
        file.write_bytes(content)
        with pytest.raises(fastnn.ModelError, match="is not a model"):
            fastnn.load(file)
    for metadata in (None, {}, {"format": "pt"}, {"fastnn": "[]"}, {"fastnn": "{}"}, {"fastnn": "[" * 99999}):
        save_file({"weights0": np.zeros((2, 1))}, file, metadata)
        with pytest.raises(fastnn.ModelError, match="not written by fastnn"):
            fastnn.load(file)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(fastnn.ModelError, match="cannot be read: No such file") as caught:
        fastnn.load(tmp_path / "nothing")
    assert caught.value.exit_code == 4
    with pytest.raises(fastnn.ModelError, match="the run saved no model"):
        fastnn.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", os.devnull):
        with pytest.raises(fastnn.ModelError, match="cannot be read: it is not a regular file"):
            fastnn.load(path)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("tensor", [(3, 5), (2000, 2000)], ids=["few bytes", "other bytes"])
def test_a_small_file_takes_little_memory(tmp_path, dtype, tensor):
    """Whatever sizes it speaks of: nothing is allocated before the tensors are known to be there."""
    from safetensors.numpy import save_file

    path = tmp_path / "m"
    fastnn.Network([3, 3], dtype=dtype).save(path)
    header, _ = parts_of(path)
    described = json.loads(header["__metadata__"]["fastnn"])
    described["sizes"] = [2000, 2000]
    save_file({"another": np.zeros(tensor, dtype)}, path, {"fastnn": json.dumps(described)})
    tracemalloc.start()
    try:
        with pytest.raises(fastnn.ModelError, match=r"not a model: (its tensors.*too small|the tensor .* is absent)"):
            fastnn.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * path.stat().st_size + 2**20  # read, and parsed


def test_newer_files_are_refused_with_what_to_do(file):
    rewrite(file, lambda d: d.update(format_version=SEVERAL + 1))
    with pytest.raises(fastnn.ModelError, match=f"format_version {SEVERAL + 1}, newer .* update fastnn"):
        fastnn.load(file)


DAMAGE = [
    *({"format_version": v} for v in (0, -1, "1", 1.0, True, None)),
    *({"sizes": v} for v in ([], [3], [3, 5, 4], [3, 6, 4, 2], [3, 5, 4, -2], [3.0, 5, 4, 2], [3, 5, True, 2])),
    *({"sizes": v} for v in (5, None, "3542", [10**9, 10**9, 4, 2], [3, 10**400, 4, 2], [1] * 20_000, {})),
    {"sizes": [3], "activations": []},
    *({"dtype": v} for v in ("float32", "float16", "int64", "nonsense", None, 5, [])),
    *({"activations": v} for v in ([], None, "ab", [None] * 3, [{}] * 3, [{"name": "relu", "parameters": {}}] * 2)),
    *(
        {"activations": [{"name": name, "parameters": values}] * 3}
        for name, values in (
            ("nothing", {}), (5, {}), (["prelu"], {}), ("mse", {}), ("softmax", {}), ("prelu", {"slope": "x"}),
            ("prelu", {"slope": None}), ("prelu", {"self": 1}), ("prelu", []), ("prelu", None), ("prelu", {"a": 1}),
        )
    ),
    *({"loss": v} for v in (5, [], "mse", {"name": "mse"}, {"name": "mse", "parameters": {"a": 1}})),
    *({"plugins": v} for v in (None, 5, [5], [{}], {"a": 1}, [{"name": "x", "parts": 5}])),
    *({"extra": v} for v in (None, [], 5)),
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda d: str(d)[:60])
def test_a_damaged_description_is_refused(file, damage):
    rewrite(file, lambda d: d.update(damage))
    with pytest.raises(fastnn.ModelError, match=r"model\.safetensors (is not a model|cannot be used)"):
        fastnn.load(file)


@pytest.mark.parametrize("key", ["format_version", "sizes", "dtype", "activations", "loss", "plugins"])
def test_an_incomplete_description_is_refused(file, key):
    rewrite(file, lambda d: d.pop(key) and None)
    with pytest.raises(fastnn.ModelError, match="is not a model"):
        fastnn.load(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(other=h.pop("weights1")),
        lambda h: h["weights1"].update(shape=[4, 5]),
        lambda h: h["weights1"].update(dtype="I64"),
        lambda h: h["weights1"].update(dtype="BF16", shape=[20, 4]),
        lambda h: h["weights1"].update(data_offsets=[0, 10**15]),
    ],
)
def test_tensors_that_do_not_fit_are_refused(file, change):
    rewrite(file, change_header=change)
    with pytest.raises(fastnn.ModelError, match="is not a model"):
        fastnn.load(file)


def test_loading_executes_nothing(file, tmp_path):
    """A plugin is named, never run: not even one whose file lies beside the model."""
    trap = tmp_path / "trap.py"
    trap.write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n")
    needed = {"name": "trap.py", "version": None, "hash": "0" * 64, "parts": ["activation evil"]}
    evil = [{"name": "evil", "parameters": {}}] * 3
    rewrite(file, lambda d: d.update(activations=evil, plugins=[needed]))
    with pytest.raises(
        fastnn.ModelError, match=r"Unknown activation 'evil'.*give its file, fastnn\.load_plugin\(\"trap\.py\"\)"
    ):
        fastnn.load(file)
    file.write_bytes(pickle.dumps(trap))
    with pytest.raises(fastnn.ModelError):
        fastnn.load(file)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("failing", ["fsync", "replace", "fdopen"])
def test_a_full_disk_leaves_what_was_there(file, monkeypatch, failing):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, failing, full)
        with pytest.raises(fastnn.FastnnError, match=r"Cannot write .*: No space left on device"):
            fastnn.Network([3, 2]).save(file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_ctrl_c_while_writing_leaves_what_was_there(file, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fastnn.Network([3, 2]).save(file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_places_that_cannot_be_written(tmp_path, monkeypatch):
    net = fastnn.Network([3, 2])
    with pytest.raises(fastnn.FastnnError, match=r"Cannot write .*No such file or directory"):
        net.save(tmp_path / "no folder" / "m")
    with pytest.raises(fastnn.FastnnError, match=r"Cannot write .*Is a directory"):
        net.save(tmp_path)
    assert os.listdir(tmp_path) == []
    monkeypatch.chdir(tmp_path)
    net.save("m")  # a bare name is a file in the current folder
    assert os.listdir(tmp_path) == ["m"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file mode")
def test_the_file_has_the_mode_of_any_other_file(tmp_path):
    (tmp_path / "other").touch()
    fastnn.Network([3, 2]).save(tmp_path / "m")
    assert (tmp_path / "m").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_part_with_the_name_of_a_built_in_one_is_not_taken_for_it(tmp_path):
    twice = fastnn.Activation("relu", lambda x: 2 * x, derivative=lambda x, y: 2.0)
    fastnn.Network([3, 4, 2], activation=twice).save(tmp_path / "m")
    with pytest.raises(fastnn.ModelError, match=r"its activation 'relu' is not the built-in one.*test_model_files\.py"):
        fastnn.load(tmp_path / "m")
