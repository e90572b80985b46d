"""The competitors. Each trains on one table and predicts another, with its defaults and what it needs to accept them.

A function returns one value for each row of the test table or, if there are ``classes``, one probability for each of
them. Libraries are imported inside, because their import is part of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def with_fastnn(train: Any, test: Any, target: str, classes: Sequence[str]) -> Any:
    import fastnn

    model = fastnn.fit(train, target=target)
    if not classes:
        return model.predict(test)
    known = [str(name) for name in model.classes]
    return model.predict_proba(test)[:, [known.index(name) for name in classes]]


def with_mlp(train: Any, test: Any, target: str, classes: Sequence[str]) -> Any:
    """Standardize numbers and encode categories as one-hot. Missing numbers become the mean."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = _texts(test)
    network = MLPClassifier if classes else MLPRegressor
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), texts),
            remainder=make_pipeline(SimpleImputer(), StandardScaler()),
        ),
        network(random_state=0),
    )
    return _with_sklearn(model, train, test, target, classes)


def with_boosting(train: Any, test: Any, target: str, classes: Sequence[str]) -> Any:
    """Columns of texts become pandas' categories, which the model treats as such."""
    import pandas
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    for name in _texts(test):
        known = pandas.CategoricalDtype(sorted(train[name].dropna().unique()))
        train, test = (frame.assign(**{name: frame[name].astype(known)}) for frame in (train, test))
    trees = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return _with_sklearn(trees(random_state=0), train, test, target, classes)


def _texts(frame: Any) -> list[str]:
    from pandas.api.types import is_numeric_dtype

    return [name for name in frame if not is_numeric_dtype(frame[name])]


def _with_sklearn(model: Any, train: Any, test: Any, target: str, classes: Sequence[str]) -> Any:
    wanted = train[target].astype(str) if classes else train[target]
    model.fit(train.drop(columns=target), wanted)
    if not classes:
        return model.predict(test)
    known = list(model.classes_)
    return model.predict_proba(test)[:, [known.index(name) for name in classes]]


FASTNN, MLP, BOOSTING = "fastnn", "MLP", "boosting"
COMPETITORS: dict[str, Callable[[Any, Any, str, Sequence[str]], Any]] = {
    FASTNN: with_fastnn,
    MLP: with_mlp,
    BOOSTING: with_boosting,
}
