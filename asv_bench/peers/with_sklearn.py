"""The jobs of scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from asv_bench.peers import networks
from asv_bench.peers.job import Job
from asv_bench.peers.networks import BETA1, BETA2, CHECKED_STEPS, EPS, LEARNING_RATE, Case


def training(case: Case) -> Job:
    """Return a job for an epoch of partial_fit in float32. Two classes have one output in scikit-learn."""
    warnings.simplefilter("ignore")
    X, y = networks.data(case)
    estimator = MLPClassifier if case.classes else MLPRegressor
    model = estimator(
        hidden_layer_sizes=case.sizes[1:-1], batch_size=case.batch, alpha=0.0, shuffle=False,
        learning_rate_init=LEARNING_RATE, beta_1=BETA1, beta_2=BETA2, epsilon=EPS,
    )  # fmt: skip
    classes = {"classes": np.arange(case.sizes[-1])} if case.classes else {}

    def fit(samples: int) -> None:
        model.partial_fit(X[:samples], y[:samples], **classes)

    fit(case.batch)
    start = networks.initial(case, case.logistic)
    for own, value in zip([*model.coefs_, *model.intercepts_], [*start[::2], *start[1::2]], strict=True):
        own[...] = value
    del model._optimizer  # it is created again, with step 1
    fit(CHECKED_STEPS * case.batch)
    result = [p.copy() for pair in zip(model.coefs_, model.intercepts_, strict=True) for p in pair]
    model.shuffle = True
    return Job(lambda: fit(len(X)), result, case.steps)
