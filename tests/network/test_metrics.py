"""Metrics, judged by scikit-learn, also where classes are absent, scores tie and probabilities are 0 or 1."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as judge

from fastnn.network import metrics

RNG = np.random.default_rng(5)


def softmax(z):
    """Probabilities. Terms are added in order of size, so that equal probabilities are equal to the last bit."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / np.sort(p, axis=1).sum(axis=1, keepdims=True)


def of_sklearn(z, y):
    """What scikit-learn says of logits and class numbers; a value that it does not define is left out."""
    classes, p, decided = np.arange(z.shape[1]), softmax(z), z.argmax(axis=1)
    with warnings.catch_warnings(action="ignore"):
        found = {
            "accuracy": judge.accuracy_score(y, decided),
            "balanced_accuracy": judge.balanced_accuracy_score(y, decided),
            "f1": judge.f1_score(y, decided, average="macro"),
            "log_loss": judge.log_loss(y, p, labels=classes),
        }
        if set(y) == set(classes):
            scores = z[:, 1] - z[:, 0] if len(classes) == 2 else p
            found["roc_auc"] = judge.roc_auc_score(y, scores, multi_class="ovr", average="macro")
    return found


LOGITS = {
    "two classes": (RNG.normal(size=(60, 2)), RNG.integers(0, 2, 60)),
    "many classes": (RNG.normal(size=(90, 7)), np.arange(90) % 7),
    "ties": (RNG.integers(-1, 2, (200, 3)).astype(float), RNG.integers(0, 3, 200)),
    "all tie": (np.zeros((9, 3)), np.arange(9) % 3),
    "perfect": (30 * np.eye(4)[np.arange(12) % 4], np.arange(12) % 4),
    "always wrong": (30 * np.eye(4)[np.arange(12) % 4], np.arange(1, 13) % 4),
    "a class is absent": (RNG.normal(size=(40, 4)), RNG.integers(0, 3, 40)),
    "a class is never predicted": (RNG.normal(size=(40, 3)) - [0, 0, 9], RNG.integers(0, 3, 40)),
    "a class is nowhere": (RNG.normal(size=(40, 3)) - [0, 0, 9], RNG.integers(0, 2, 40)),
    "one class only": (RNG.normal(size=(8, 2)), np.ones(8, int)),
    "one row": (RNG.normal(size=(1, 3)), np.array([1])),
    "unbalanced": (RNG.normal(size=(500, 2)), (np.arange(500) > 495).astype(int)),
}


@pytest.mark.parametrize("case", LOGITS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_classes(case, dtype):
    z, y = LOGITS[case]
    z = z.astype(dtype)
    found, wanted = metrics.of_classes(z, y.astype(dtype)), of_sklearn(z.astype(float), y)
    assert found == pytest.approx(wanted, rel=1e-12)
    decided = z.argmax(axis=1)
    matrix = metrics.confusion_matrix(decided, y.astype(dtype), z.shape[1])
    np.testing.assert_array_equal(matrix, judge.confusion_matrix(y, decided, labels=np.arange(z.shape[1])))
    without = metrics.of_classes(z, y, ranking=False)
    assert without == pytest.approx({name: value for name, value in found.items() if name != "roc_auc"})


@pytest.mark.parametrize("case", [case for case, (z, _) in LOGITS.items() if z.shape[1] == 2])
def test_logits_and_scores_of_two_classes(case):
    """The same as two logits, whose difference the one output is; a score has no log loss."""
    z, y = LOGITS[case]
    score, wanted = (z[:, 1] - z[:, 0])[:, None], of_sklearn(z, y)
    assert metrics.of_binary(score, y[:, None]) == pytest.approx(wanted, rel=1e-12)
    wanted.pop("log_loss")
    assert metrics.of_binary(score, 2 * y[:, None] - 1, logits=False) == pytest.approx(wanted, rel=1e-12)


def test_several_binary_targets_are_averaged():
    z, y = RNG.normal(size=(50, 3)), RNG.integers(0, 2, (50, 3))
    found, p = metrics.of_binary(z, y), 1 / (1 + np.exp(-z))
    assert found["accuracy"] == pytest.approx(((z > 0) == y).mean())
    assert found["roc_auc"] == pytest.approx(judge.roc_auc_score(y, p))
    assert found["log_loss"] == pytest.approx(np.mean([judge.log_loss(y[:, i], p[:, i]) for i in range(3)]))
    y[:, 2] = 1
    assert metrics.of_binary(z, y).keys() == found.keys() - {"roc_auc"}


def test_sure_predictions_have_a_finite_log_loss():
    """Where probabilities are exactly 0 or 1, the log loss is that of the logits; scikit-learn's is clipped at 36."""
    z = np.array([[0.0, 500.0], [2000.0, 0.0]])
    assert metrics.of_classes(z, np.array([1, 0]))["log_loss"] == 0
    assert metrics.of_classes(z, np.array([0, 0]))["log_loss"] == pytest.approx(250)
    assert metrics.of_binary(z[:, 1:], np.array([[1], [1]]))["log_loss"] == pytest.approx(np.log(2) / 2)
    assert metrics.of_binary(np.array([[900.0]]), np.array([[0.0]]))["log_loss"] == pytest.approx(900)


@pytest.mark.parametrize(
    ("predicted", "true"),
    [
        (RNG.normal(size=(50, 1)), RNG.normal(size=(50, 1))),
        (RNG.normal(size=(50, 3)), RNG.normal(size=(50, 3)) * [1, 1000, 1e-6]),
        (RNG.normal(1e9, 1, (20, 1)), RNG.normal(1e9, 1, (20, 1))),
        (np.full((4, 1), 0.1), np.full((4, 1), 0.1)),
        (np.zeros((4, 2)), np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [4.0, 7.0]])),
        (np.ones((1, 1)), np.full((1, 1), 3.0)),
    ],
)
def test_values(predicted, true):
    names = ["a", "b", "c"][: true.shape[1]]
    found = metrics.of_values(predicted, true, names, quantile=0.9)
    constant = (true == true[0]).all(axis=0)
    assert ("r2" in found) == (not constant.any())
    if not constant.any():
        assert found["r2"] == pytest.approx(judge.r2_score(true, predicted), rel=1e-9)
    for i, name in enumerate(names):
        of, y, p = f" of {name}" if len(names) > 1 else "", true[:, i], predicted[:, i]
        assert found[f"mae{of}"] == pytest.approx(judge.mean_absolute_error(y, p), rel=1e-12)
        assert found[f"rmse{of}"] == pytest.approx(judge.root_mean_squared_error(y, p), rel=1e-12)
        assert found[f"quantile_loss{of}"] == pytest.approx(judge.mean_pinball_loss(y, p, alpha=0.9), rel=1e-12)
        assert found[f"coverage{of}"] == np.mean(y <= p)


def test_squares_do_not_leave_float64():
    true, unit = np.array([[1.0], [2.0], [4.0]]), metrics.of_values(np.ones((3, 1)), np.array([[1.0], [2.0], [4.0]]))
    for factor in (1e200, 1e-200):
        found = metrics.of_values(np.full((3, 1), factor), true * factor)
        assert found["r2"] == pytest.approx(unit["r2"]) and found["rmse"] == pytest.approx(unit["rmse"] * factor)


def test_no_rows_and_no_numbers():
    assert metrics.of_classes(np.zeros((0, 3)), np.zeros(0)) == {}
    assert metrics.of_binary(np.zeros((0, 1)), np.zeros((0, 1))) == metrics.of_binary(
        np.zeros((0, 2)), np.zeros((0, 2))
    )
    assert metrics.of_values(np.zeros((0, 2)), np.zeros((0, 2)), "ab") == {}
    y = np.array([0, 1, 1])
    for wild in (np.nan, np.inf):
        z = np.array([[1.0, wild], [wild, 0.0], [0.0, 1.0]])
        assert metrics.of_classes(z, y).keys() == metrics.of_classes(np.zeros((3, 2)), y).keys()
        assert metrics.of_binary(z[:, 1:], y[:, None]).keys() == metrics.of_classes(z, y).keys()
        assert not np.isfinite(metrics.of_values(z[:, 1:], y[:, None].astype(float))["rmse"])
