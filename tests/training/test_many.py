"""fastnn.train_many: every network as if it were trained alone, to the bit, and all that can go wrong."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

import fastnn
from fastnn.cpu.compiled import ContentCache

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
VALUES = np.tanh(X @ RNG.normal(size=(3, 2))) * 0.4 + 0.5
CLASSES = (VALUES.sum(axis=1) > 1).astype(int)
APART = RNG.normal(size=(20, 3)), RNG.random((20, 2))
FOLD = np.arange(90) % 5


def nets(count=3, **settings):
    return [fastnn.Network([3, 6, 2], "tanh", **{"seed": seed, **settings}) for seed in range(count)]


def many(networks, X=X, y=VALUES, **settings):
    return fastnn.train_many(networks, X, y, **{"loss": "mse", "epochs": 3, "batch_size": 16, **settings})


def alone(net, own, y):
    """Train with fastnn.train what train_many got as rows or as validation."""
    own = dict(own)
    rows = own.pop("rows")
    own = {"threads": 1, **own}
    if rows is None:
        return fastnn.train(net, X, y, **own)
    own["validation"] = (X[rows[1]], y[rows[1]]) if rows[1] is not None and len(rows[1]) else None
    return fastnn.train(net, X[rows[0]], y[rows[0]], **own)


def same(one, other) -> bool:
    """Whether two results say the same, but for the seconds."""
    records = [[(r.epoch, r.train_loss, r.validation_loss, r.metrics, r.lr) for r in result.history]
               for result in (one, other)]  # fmt: skip
    last = one.last.parameters.tobytes() == other.last.parameters.tobytes()
    return records[0] == records[1] and last and (one.best_epoch, one.stopped) == (other.best_epoch, other.stopped)


def drawn(rng: np.random.Generator, classes: bool) -> tuple[fastnn.Network, dict]:
    """A network and arguments of its training, at random."""
    hidden = [int(n) for n in rng.integers(1, 20, rng.integers(0, 3))]
    names = ["relu", "tanh", "gelu", "prelu", "leaky_relu:slope=0.2"]
    dtype = ["float32", "float64"][rng.integers(2)]
    net = fastnn.Network([3, *hidden, 2], [names[i] for i in rng.integers(5, size=len(hidden))], dtype=dtype,
                         seed=int(rng.integers(9)))  # fmt: skip
    optimizer = ["adam", "sgd", "momentum", "rmsprop", "adamw", "gd"][rng.integers(6)]
    fold, split = rng.integers(5), [0.2, "last:0.3", None] + ([] if classes else [APART])
    rows = [
        None, (np.flatnonzero(fold != FOLD), np.flatnonzero(fold == FOLD)),
        (rng.integers(0, 60, 90), np.arange(60, 90)),
        (rng.permutation(90), None),
    ][rng.integers(4)]  # fmt: skip
    validation = split[rng.integers(len(split))]
    validates = validation is not None if rows is None else rows[1] is not None
    return net, {
        "rows": rows, "optimizer": optimizer, "lr": [None, 0.01][rng.integers(2)], "epochs": int(rng.integers(0, 6)),
        "loss": "cross_entropy" if classes else ["mse", "huber:delta=0.5", "mae"][
            rng.integers(3)], "batch_size": None if optimizer == "gd" else [None, 7, 32][rng.integers(3)],
        "shuffle": bool(rng.integers(2)), "seed": int(rng.integers(5)), "dropout": [0.0, 0.3][rng.integers(2)],
        "l1": [0.0, 1e-3][rng.integers(2)], "l2": [0.0, 1e-2][rng.integers(2)],
        "clip_norm": [None, 0.5][rng.integers(2)], "tolerance": [None, 0.1][rng.integers(2)],
        "early_stopping": 1 if validates and rng.integers(2) else None,
        **({"validation": validation} if rows is None else {}),
    }  # fmt: skip


@pytest.mark.parametrize("classes", [True, False])
def test_100_random_networks_get_the_same_bits_as_alone(classes):
    rng = np.random.default_rng(5)
    y = CLASSES if classes else VALUES
    networks, arguments = zip(*(drawn(rng, classes) for _ in range(100)), strict=True)
    # rows go with the default validation only, so those with rows and those without are two calls
    for with_rows in (True, False):
        chosen = [i for i in range(100) if (arguments[i]["rows"] is not None) == with_rows]
        copies = [networks[i].copy() for i in chosen]
        columns = {name: [arguments[i][name] for i in chosen] for name in arguments[chosen[0]]}
        results = fastnn.train_many(copies, X, y, threads=3, **columns)
        for i, copy, result in zip(chosen, copies, results, strict=True):
            expected = alone(networks[i], arguments[i], y)
            assert same(result, expected), arguments[i]
            assert copy.parameters.tobytes() == networks[i].parameters.tobytes(), arguments[i]
            assert copy.loss == networks[i].loss and copy.continuation.steps == networks[i].continuation.steps


def test_a_training_goes_on():
    once, twice = nets(), nets()
    many(once, epochs=5, dropout=0.2)
    many(twice, epochs=2, dropout=0.2)
    many(twice[:1], epochs=3, dropout=0.2)
    for net in twice[1:]:
        fastnn.train(net, X, VALUES, loss="mse", epochs=3, batch_size=16, dropout=0.2)
    # they continue from the best epoch of the first two, which is the second
    assert [net.parameters.tobytes() for net in once] == [net.parameters.tobytes() for net in twice]


def test_data_are_converted_once_for_each_dtype(monkeypatch):
    from fastnn.training import arrays

    forms = []
    real = arrays.matrix
    monkeypatch.setattr(arrays, "matrix", lambda X, dtype, *rest: forms.append(dtype) or real(X, dtype, *rest))
    many(nets(4, dtype="float32") + nets(2, dtype="float64"), validation=APART, epochs=1)
    assert sorted(forms) == ["float32"] * 2 + ["float64"] * 2  # X and the validation X


def test_only_the_calling_thread_compiles_or_loads_code(monkeypatch):
    """Also for arrays that cannot be written to, which compiled code takes as another type."""
    threads = []
    real = ContentCache.load_overload
    monkeypatch.setattr(
        ContentCache, "load_overload", lambda *a: threads.append(threading.current_thread()) or real(*a)
    )
    odd = fastnn.Activation("odd", lambda x: x * 0.75, derivative=lambda x, y: 0.75)
    read_only = X.copy()
    read_only.flags.writeable = False
    networks = [fastnn.Network([3, 4, 2], ["tanh", odd][i % 2], dtype="float64") for i in range(6)]
    for data in (X, read_only):
        many(networks, data, threads=3, epochs=1)
    assert set(threads) == {threading.main_thread()}


def test_no_networks():
    assert fastnn.train_many([], X, VALUES) == []


def test_every_epoch_of_every_network_is_told_to_one_function_at_a_time():
    told, inside = [], []

    def on_epoch(number, record):
        inside.append(number)
        assert len(inside) == 1
        told.append((number, record.epoch))
        inside.pop()
        return "stop" if number == 1 and record.epoch == 2 else None

    results = many(nets(4), threads=4, epochs=5, on_epoch=on_epoch)
    assert [[epoch for n, epoch in told if n == number] for number in range(4)] == [
        [1, 2, 3, 4, 5], [1, 2], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5],
    ]  # fmt: skip
    assert [result.stopped for result in results] == ["epochs", "callback", "epochs", "epochs"]


def test_one_that_diverges_is_reported_and_the_others_go_on():
    networks, single = nets(4), nets(2)[1]
    lr = [0.01, 1e30, 0.01, 0.01]
    results = many(networks, optimizer="sgd", lr=lr, epochs=4)
    assert [result.stopped for result in results] == ["epochs", "diverged", "epochs", "epochs"]
    assert [result.error is None for result in results] == [True, False, True, True]
    with pytest.raises(fastnn.Diverged) as caught:
        fastnn.train(single, X, VALUES, loss="mse", optimizer="sgd", lr=1e30, batch_size=16)
    assert str(results[1].error) == str(caught.value) and results[1].error.result is results[1]
    assert (networks[1].parameters == single.parameters).all()
    assert caught.value.result.stopped == "diverged"


def test_errors_of_numpy_are_those_of_the_caller():
    """numpy.errstate holds in the threads as well."""
    found = []
    with np.errstate(divide="raise", over="print"):
        many(nets(2), epochs=1, on_epoch=lambda number, record: found.append(np.geterr()))
    assert [(e["divide"], e["over"]) for e in found] == [("raise", "print")] * 2


LIST = [0.1, 0.2]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lr": LIST}, r"lr is a list of 2, but there are 3 networks"),
        ({"seed": range(3)}, r"seed is a range: it must be one value for all networks, or a list"),
        ({"lr": (0.1, 0.2, 0.3)}, r"lr is a tuple: it must be one value for all networks, or a list"),
        ({"lr": np.array([0.1, 0.2, 0.3])}, r"lr is a ndarray: it must be"),
        ({"lr": [0.1, 0.1, [0.1]]}, r"lr\[2\] is a list and must be a single value"),
        ({"validation": [0.1, 0.1, [X, VALUES]]}, r"validation\[2\] is a list: a pair of arrays must be a tuple"),
        ({"validation": [X, VALUES]}, "validation is a list of 2, but there are 3 networks"),
        ({"lr": [0.1, -1, 0.1]}, r"networks\[1\]: optimizer adam: lr = -1 is not allowed"),
        ({"optimizer": ["adam", "adam", "adma"]}, r"networks\[2\]: Unknown optimizer 'adma'"),
        ({"early_stopping": 2, "validation": [0.1, None, 0.1]}, r"networks\[1\]: early_stopping watches"),
        ({"rows": (np.arange(3), [1, 4])}, r"networks\[0\]: rows: row 1 is among the training rows and among"),
        ({"rows": (np.arange(3), [90])}, r"rows: 90 is among the validation rows, but the rows of X are 0 ... 89"),
        ({"rows": ([-1], [5])}, "rows: -1 is among the training rows"),
        ({"rows": ([], [5])}, "rows: there are no training rows"),
        ({"rows": (X[:, 0] > 0, X[:, 0] <= 0)}, r"the training rows are bool\(90,\).*np.flatnonzero\(mask\)"),
        ({"rows": ([0.0, 1.0], None)}, r"the training rows are float64\(2,\)"),
        ({"rows": (np.arange(3),)}, "rows: give a pair"),
        ({"rows": np.arange(3)}, "rows is a ndarray"),
        ({"rows": ([1], [2]), "validation": 0.2}, r"networks\[0\]: rows say which rows validate .*leave out valid"),
        ({"threads": 0}, "threads = 0"),
        ({"device": "gpu"}, r"device = 'gpu'"),
        ({"on_epoch": 3}, "on_epoch = 3 is not allowed"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(settings, words):
    networks = nets()
    before = [net.parameters.copy() for net in networks]
    with pytest.raises(fastnn.UsageError, match=words):
        many(networks, **settings)
    assert all((net.parameters == old).all() for net, old in zip(networks, before, strict=True))


def test_networks_that_do_not_fit():
    net = nets(1)[0]
    twin = net.copy()
    twin.parameters = net.parameters
    for networks, words in (
        ([net, net.copy(), net], r"networks\[2\] is the same as networks\[0\]"),
        ([net, twin], r"networks\[1\] is the same as networks\[0\], or has the same parameters"),
        (net, "networks is a Network: it must be a list"),
        ([net, "net"], r"networks\[1\] is a str"),
        (5, "networks is a int"),
    ):
        with pytest.raises(fastnn.UsageError, match=words):
            many(networks)
    with pytest.raises(fastnn.DataError, match=r"networks\[1\]: X has shape \(90, 3\)"):
        many([net, fastnn.Network([4, 2])])
    with pytest.raises(fastnn.DataError, match=r"networks\[1\]: y\[0\] is not one-hot"):
        many(nets(2), loss=["mse", "cross_entropy"])
    wrong = fastnn.Activation("wrong", lambda x: 3.0 * x, derivative=lambda x, y: 2.0)
    with pytest.raises(fastnn.PluginError, match=r"networks\[1\]: .*wrong"):
        many([net, fastnn.Network([3, 4, 2], wrong)])


def test_a_generator_of_networks_and_rows_as_lists_of_numbers():
    networks = nets()
    rows = [(list(range(10, 90)), tuple(range(10))), None, ([3, 4, 5], [])]
    results = many(itertools.chain(networks), rows=rows)
    for number, (own, result) in enumerate(zip(rows, results, strict=True)):
        net = nets()[number]
        own = own and tuple(np.array(part, int) for part in own)
        assert same(result, alone(net, {"rows": own, "loss": "mse", "epochs": 3, "batch_size": 16}, VALUES))
