"""The training procedure: its samples, the parameters that it keeps, and the reasons to end."""

from __future__ import annotations

import copy
import pickle
import sys
import threading

import numpy as np
import pytest

import fastnn
from fastnn.network.targets import Metrics

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * RNG.normal(size=300)
LABELS = (Y > 0).astype(int)


def net(outputs=1, **settings):
    return fastnn.Network([4, 8, outputs], "tanh", dtype="float64", **settings)


def train(network, **settings):
    return fastnn.train(network, X, Y, **{"loss": "mse", "epochs": 3, "batch_size": 32, "validation": None, **settings})


def test_every_sample_is_used_once_an_epoch():
    """With targets that say who they are and a network that learns nothing, the loss is the mean over all."""
    network = net()
    outputs = network.forward(X)[:, 0]
    result = train(network, lr=0.0, batch_size=32, epochs=1)
    assert result.history[0].train_loss == pytest.approx(np.mean((outputs - Y) ** 2), rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 7, 299, 300, 1000])
def test_steps_an_epoch(batch_size):
    network = net()
    train(network, batch_size=batch_size, epochs=2)
    assert network.continuation.steps == 2 * -(-300 // batch_size)


def test_shuffling_is_drawn_anew_every_epoch_from_the_seed():
    a, b, c, d = net(), net(), net(), net()
    for network, seed, shuffle in ((a, 0, True), (b, 0, True), (c, 1, True), (d, 0, False)):
        train(network, seed=seed, shuffle=shuffle)
    assert (a.parameters == b.parameters).all()
    assert (a.parameters != c.parameters).any() and (a.parameters != d.parameters).any()


def test_going_on_equals_one_long_training():
    once, twice = net(), net()
    train(once, epochs=6, dropout=0.2)
    train(twice, epochs=2, dropout=0.2)
    train(twice, epochs=4, dropout=0.2)
    assert (once.parameters == twice.parameters).all()
    train(twice, epochs=1, optimizer="sgd")  # another optimizer starts afresh
    assert twice.continuation.steps == 10


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_of_the_network_goes_on_too(twin):
    once, first = net(), net()
    train(once, epochs=6)
    train(first, epochs=2)
    second = twin(first)
    train(second, epochs=4)
    assert (once.parameters == second.parameters).all()


def test_validation_fraction_and_best_parameters():
    network = net()
    seen = []
    result = train(
        network, validation=0.2, lr=0.3, epochs=12, on_epoch=lambda r: seen.append(network.parameters.copy())
    )
    losses = [record.validation_loss for record in result.history]
    assert result.best_epoch == int(np.argmin(losses)) + 1
    assert (network.parameters == seen[result.best_epoch - 1]).all()
    assert (result.last.parameters == seen[-1]).all()
    assert result.history[0].metrics.keys() == {"r2"} and result.history[0].lr == 0.3
    assert network.continuation.steps == result.best_epoch * 8  # 240 rows


def test_validation_pair_and_metrics():
    network = net()
    result = train(network, validation=(X[:50], Y[:50]), epochs=5)
    best = result.history[result.best_epoch - 1]
    predicted = network.predict(X[:50])
    assert best.validation_loss == pytest.approx(np.mean((predicted - Y[:50]) ** 2), rel=1e-12)
    spread = ((Y[:50] - Y[:50].mean()) ** 2).sum()
    assert best.metrics["r2"] == pytest.approx(1 - ((predicted - Y[:50]) ** 2).sum() / spread, rel=1e-9)


def test_accuracy():
    network = net(2)
    result = fastnn.train(network, X, LABELS, validation=(X, LABELS), epochs=3, lr=0.01)
    best = result.history[result.best_epoch - 1]
    assert best.metrics["accuracy"] == pytest.approx(np.mean(network.predict(X) == LABELS))
    assert Metrics()(np.array([[2.0, 1.0]]), np.array([[0.0]]), network.loss) == {"accuracy": 1.0}


def test_early_stopping():
    result = train(net(), validation=(X[:20], RNG.normal(size=20)), lr=0.05, epochs=500, early_stopping=3)
    assert result.stopped == "early_stopping"
    assert len(result.history) == result.best_epoch + 3
    with pytest.raises(fastnn.UsageError, match="early_stopping watches the validation loss"):
        train(net(), early_stopping=3)


def test_tolerance_until_convergence():
    """A straight line by gradient descent, until the gradient is nearly 0: the least-squares solution."""
    line = fastnn.Network([4, 1], dtype="float64")
    result = train(line, optimizer="gd", lr=0.1, batch_size=None, epochs=5000, tolerance=1e-10)
    assert result.stopped == "tolerance" and len(result.history) < 5000
    exact, *_ = np.linalg.lstsq(np.c_[X, np.ones(300)], Y, rcond=None)
    np.testing.assert_allclose(np.r_[line.weights[0][0][:, 0], line.weights[0][1]], exact, atol=1e-9)
    assert train(net(), tolerance=1e-10).stopped == "epochs"


def test_callback_stops():
    result = train(net(), on_epoch=lambda record: "stop" if record.epoch == 2 else None, epochs=9)
    assert result.stopped == "callback" and [r.epoch for r in result.history] == [1, 2]

    def fail(record):
        raise RuntimeError("mine")

    network = net()
    with pytest.raises(RuntimeError, match="mine"):
        train(network, on_epoch=fail)
    assert network.loss.name == "mse" and not [t for t in threading.enumerate() if t.name.startswith("fastnn")]


@pytest.mark.parametrize("answer", [np.zeros(3), np.array("stop"), [1], "go on", b"stop", True])
def test_only_the_text_stop_stops(answer):
    result = train(net(), on_epoch=lambda record: answer)
    assert result.stopped == "epochs" and len(result.history) == 3
    assert train(net(), on_epoch=lambda record: np.str_("stop")).stopped == "callback"


def test_no_epochs():
    network = net()
    before = network.parameters.copy()
    result = train(network, epochs=0)
    assert result.history == [] and result.best_epoch is None and (network.parameters == before).all()


@pytest.mark.parametrize("validation", [None, 0.2])
def test_divergence_keeps_what_was_good(validation):
    network = net()
    kept = []

    def watch(record):
        kept.append((record.validation_loss, network.parameters.copy()))

    with pytest.raises(
        fastnn.Diverged, match=r"became NaN or infinite in epoch \d+, at step \d+. Try a smaller"
    ) as caught:
        train(network, optimizer="sgd", lr=1.1, epochs=400, validation=validation, on_epoch=watch, loss="mse")
    assert caught.value.exit_code == 3
    assert len(caught.value.result.history) == len(kept) > 0
    good = min(kept, key=lambda k: k[0])[1] if validation else kept[-1][1]
    assert (network.parameters == good).all()
    assert np.isfinite(network.forward(X)).all()


def test_divergence_in_the_first_step():
    network = net()
    before = network.parameters.copy()
    with pytest.raises(fastnn.Diverged, match="lr=1e"):
        train(network, optimizer="sgd", lr=1e300)
    assert (network.parameters == before).all()


def test_python_calls_do_not_depend_on_the_number_of_batches():
    def calls(batch_size):
        counted = [0]

        def count(frame, event, arg):
            counted[0] += event == "call"

        network = net()
        threading.setprofile(count)
        sys.setprofile(count)
        try:
            train(network, batch_size=batch_size, epochs=2, threads=1)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        return counted[0]

    calls(1)
    few, many = (min(calls(size) for _ in range(3)) for size in (150, 1))  # now and then a wait is repeated
    assert abs(few - many) < 60  # of 4 steps and of 600


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss": "msee"}, "Unknown loss 'msee'. Did you mean 'mse'"),
        ({"optimizer": "adma"}, "Unknown optimizer 'adma'. Did you mean 'adam'"),
        ({"optimizer": "adam:beta3=1"}, "beta3.*beta1"),
        ({"optimizer": "adam:beta1=1"}, "beta1 = .*below 1"),
        ({"optimizer": "gd"}, "batch_size = 32 .*gd.*all samples"),
        ({"lr": -1}, "lr = -1"),
        ({"lr": "fast"}, "lr = 'fast'"),
        ({"epochs": -1}, "epochs = -1"),
        ({"epochs": 1.5}, "epochs = 1.5"),
        ({"batch_size": 0}, "batch_size = 0.*at least 1"),
        ({"dropout": 1.0}, "dropout = 1.0.*below 1"),
        ({"l1": -0.1}, "l1 = -0.1"),
        ({"l2": float("nan")}, "l2 = nan"),
        ({"clip_norm": 0}, "clip_norm = 0.*above 0"),
        ({"tolerance": -1}, "tolerance = -1"),
        ({"early_stopping": 0}, "early_stopping = 0"),
        ({"validation": 1.0}, "validation = 1.0.*below 1"),
        ({"validation": (1, 2, 3)}, "a pair"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": 2**63}, r"seed = \d+ .*below 2\*\*63"),
        ({"shuffle": "no"}, "shuffle = 'no'.*true or false"),
        ({"on_epoch": 5}, "on_epoch = 5.*a function"),
        ({"lr": float("nan")}, "lr = nan"),
        ({"lr": True}, "lr = True"),
        ({"batch_size": True}, "batch_size = True"),
        ({"validation": "much"}, "validation = 'much'"),
        ({"loss": None}, "loss = None.*a name such as"),
        ({"loss": "relu"}, "Unknown loss 'relu'.*another kind"),
        ({"optimizer": 5}, "optimizer = 5.*a name such as"),
        ({"loss": "huber:delta=0"}, "delta = '0'.*above 0"),
        ({"device": "gpu"}, "device = 'gpu' is not allowed.*cpu"),
        ({"threads": 0}, "threads = 0"),
    ],
)
def test_wrong_settings_say_what_is_allowed(settings, words):
    with pytest.raises(fastnn.UsageError, match=words):
        train(net(), **settings)


def test_memory_is_looked_at_before_anything_is_done(monkeypatch):
    monkeypatch.setattr("fastnn.training.prepared.PARAMETER_COPIES", 10**15)
    with pytest.raises(fastnn.UsageError, match=r"Training a network of sizes \[4, 8, 1\] needs .* GB"):
        train(net())


def test_only_networks_are_trained():
    with pytest.raises(fastnn.UsageError, match="net is a list: it must be"):
        train([4, 8, 1])


def test_cuda_is_refused_not_replaced(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(fastnn.DeviceError, match=r"cannot be used.*pip install \"fastnn\[cuda\]\""):
        train(net(), device="cuda")


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_activations_that_the_loss_applies_itself_are_refused(output):
    with pytest.raises(fastnn.UsageError, match="takes logits and applies the softmax itself"):
        fastnn.train(net(2, output_activation=output), X, LABELS)
    with pytest.raises(fastnn.UsageError, match="one output per class"):
        fastnn.train(net(1), X, LABELS)
