"""The Tweedie deviance against scikit-learn: single values, metrics of a trained model, and its linear model."""

import numpy as np
import pandas as pd
import pytest
from fastnn_tweedie import fastnn_losses
from sklearn.compose import make_column_transformer
from sklearn.linear_model import TweedieRegressor
from sklearn.metrics import d2_tweedie_score, mean_tweedie_deviance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import fastnn
from fastnn import testing


def test_the_part():
    [part] = fastnn_losses()
    testing.check(part)


@pytest.mark.parametrize("power", [1.01, 1.3, 1.5, 1.9, 1.99])
def test_it_is_the_deviance_of_scikit_learn(power):
    rng = np.random.default_rng(0)
    z, t = rng.normal(size=200), rng.gamma(1.0, 2.0, 200) * (rng.random(200) < 0.5)
    expected = mean_tweedie_deviance(t, np.exp(z), power=power)
    assert fastnn.ops.loss("tweedie", z, t, power=power) == pytest.approx(expected, rel=1e-9)
    slope, h = fastnn.ops.loss_gradient("tweedie", z, t, power=power, reduction="sum"), 1e-6
    for i in range(0, 200, 10):
        up, down = (mean_tweedie_deviance(t[i : i + 1], np.exp(z[i : i + 1] + s), power=power) for s in (h, -h))
        assert slope[i] == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_perfect_and_extreme_predictions(dtype):
    t = np.array([0.5, 1.0, 3.0, 1000.0], dtype)
    assert fastnn.ops.loss("tweedie", np.log(t), t) == pytest.approx(0, abs=1e-4)
    assert fastnn.ops.loss("tweedie", np.array([-1e30, -2e3], dtype), np.zeros(2, dtype)) == 0
    assert fastnn.ops.loss("tweedie", np.array([1e30], dtype), np.ones(1, dtype)) == np.inf
    with pytest.raises(fastnn.UsageError, match="above 1 and below 2"):
        fastnn.ops.loss("tweedie", t, t, power=2)


def test_what_cannot_be_right_is_refused():
    net = fastnn.Network([2, 4, 1], output_activation="softplus")
    with pytest.raises(fastnn.UsageError, match="logarithm"):  # the loss takes the exponential itself
        fastnn.train(net, np.ones((4, 2)), np.ones(4), loss="tweedie")
    with pytest.raises(fastnn.DataError, match="0 or more"):
        fastnn.train(fastnn.Network([2, 4, 1]), np.ones((4, 2)), -np.ones(4), loss="tweedie")


def claims(n=8000, power=1.5, dispersion=2.0):
    """Claims of n policies: sums of gamma amounts, with a Poisson count. Young and old drivers cost more."""
    rng = np.random.default_rng(0)
    age, engine, town = rng.uniform(18, 80, n), rng.uniform(40, 200, n), rng.choice(["city", "land"], n)
    mean = 0.3 * np.exp(0.9 * ((age - 48) / 22) ** 2 + 0.006 * (engine - 100) + 0.4 * (town == "city"))
    count = rng.poisson(mean ** (2 - power) / (dispersion * (2 - power)))
    scale = dispersion * (power - 1) * mean ** (power - 1)
    amount = rng.gamma(np.maximum(count, 1) * (2 - power) / (power - 1), scale) * (count > 0)
    return pd.DataFrame({"age": age, "engine": engine, "town": town, "claims": amount}), mean


def test_claims_are_predicted_better_than_by_a_linear_model():
    table, mean = claims()
    train, test = table[:6000], table[6000:]
    assert 0.3 < (table.claims == 0).mean() < 0.5
    columns = make_column_transformer((StandardScaler(), ["age", "engine"]), (OneHotEncoder(), ["town"]))
    linear = make_pipeline(columns, TweedieRegressor(power=1.5, link="log", alpha=0))
    linear.fit(train[["age", "engine", "town"]], train.claims)
    model = fastnn.fit(train, target="claims", loss="tweedie", hidden=(32, 16), epochs=30)
    predicted = model.predict(test)  # means, not logarithms
    explained = {
        name: d2_tweedie_score(test.claims, p, power=1.5)
        for name, p in (("linear", linear.predict(test)), ("ours", predicted), ("truth", mean[6000:]))
    }
    assert explained["linear"] < 0.08 and explained["ours"] > 0.8 * explained["truth"], explained
    deviance = mean_tweedie_deviance(test.claims, predicted, power=1.5)
    assert model.evaluate(test)["loss"] == pytest.approx(deviance, rel=1e-5)
    assert predicted.sum() == pytest.approx(test.claims.sum(), rel=0.15)
