"""One row has a short way through a model. What is returned, warned and raised is that of the usual way, to the bit."""

from __future__ import annotations

import copy
import dataclasses
import decimal
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fastnn

RNG = np.random.default_rng(11)
ROW = {"size": 3.5, "rooms": 2, "kind": "flat", "floor": "1", "year": 1990, "only": "this"}
NUMBERS = {"size": 3.5, "rooms": 2, "year": 1990}


def rows(names=tuple(ROW)):
    made = [
        {"size": float(RNG.normal(4, 2)), "rooms": int(RNG.integers(1, 6)), "kind": str(RNG.choice(["flat", "house"])),
         "floor": str(RNG.integers(0, 3)), "year": 1990, "only": "this"} for _ in range(40)
    ]  # fmt: skip
    return [{name: row[name] for name in names} | {"price": 100 * row["size"]} for row in made]


def fitted(names=tuple(ROW), target_of=dict, **settings):
    table = [row | target_of(row) for row in rows(names)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnn.DataWarning)  # of columns that do not vary, and of texts with numbers
        return fastnn.fit(table, target="price", epochs=2, hidden=(5,), **settings)


def with_labels(row):
    return {"price": "high" if row["price"] > 400 else "low"}


MODELS = {
    "mixed": fitted(),
    "numbers": fitted(tuple(NUMBERS)),
    "float64": fitted(dtype="float64"),
    "mean": fitted(missing="mean"),
    "classes": fitted(target_of=with_labels),
    "signs": fitted(target_of=with_labels, loss="hinge"),
    "named missing": fitted(na_values="-9,none"),
}
MODELS["two networks"] = dataclasses.replace(
    MODELS["mixed"], networks=(MODELS["mixed"].network, fitted(seed=1).network)
)

GIVEN = {
    "as in training": ROW,
    "other order": dict(reversed(ROW.items())),
    "more columns": ROW | {"price": 5.0, "name": "x", "note": None, "new": True},
    "integers for fractions": ROW | {"size": 4},
    "fractions for integers": ROW | {"rooms": 2.0},
    "NumPy scalars": ROW | {"size": np.float64(3.5), "rooms": np.int64(2), "year": np.float32(1990)},
    "other NumPy scalars": ROW | {"size": np.float16(3.5), "rooms": np.uint8(2), "kind": np.str_("flat")},
    "a large integer": ROW | {"rooms": 2**53 + 1},
    "a huge integer": ROW | {"rooms": 10**400},
    "a decimal": ROW | {"size": decimal.Decimal("3.5")},
    "a truth value": ROW | {"rooms": True},
    "a number as text": ROW | {"size": "3.5"},
    "a text as number": ROW | {"kind": 3},
    "another spelling": ROW | {"floor": "1.0"},
    "a number for its text": ROW | {"floor": 1},
    "white space": ROW | {"kind": " flat "},
    "a new category": ROW | {"kind": "castle"},
    "an empty text": ROW | {"kind": ""},
    "a usual missing text": ROW | {"kind": "NA"},
    "a named missing text": ROW | {"kind": "none"},
    "a named missing number": ROW | {"rooms": -9},
    "None": ROW | {"size": None},
    "no category": ROW | {"kind": None},
    "NaN": ROW | {"size": float("nan")},
    "infinite": ROW | {"size": float("inf")},
    "far away": ROW | {"size": 1e6},
    "too far": ROW | {"size": 1e300},
    "below": ROW | {"size": -1e3},
    "another constant": ROW | {"year": 1991},
    "no constant": ROW | {"year": None},
    "another only text": ROW | {"only": "that"},
    "a column is missing": {name: value for name, value in ROW.items() if name != "rooms"},
    "a column twice": ROW | {" size": 4.0},
    "a name with white space": {f" {name} ": value for name, value in ROW.items()},
    "a number as a name": ROW | {3: 4.0},
    "a truth value as a name": ROW | {True: 4.0},
    "no name": ROW | {"": 4.0},
    "a list as a value": ROW | {"size": [1.0, 2.0]},
    "a list in another column": ROW | {"other": [1.0, 2.0]},
    "a lone surrogate": ROW | {"kind": "\ud800"},
    "nothing": {},
}


def usual(model):
    """Return the model without its short way."""
    twin = model.copy()
    twin.__dict__["_few_rows"] = lambda given: None
    return twin


def outcome(model, call, given):
    """Return all that a user sees of a prediction."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = getattr(model, call)(given)
            seen = found.dtype.str, found.shape, found.tobytes() if found.dtype != object else found.tolist()
        except Exception as error:
            seen = type(error), str(error)
    return seen, [(w.category, str(w.message), w.filename) for w in caught]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("given", GIVEN)
def test_dictionaries_and_frames(given, name):
    model, row = MODELS[name], GIVEN[given]
    for call in ("predict", "predict_proba"):
        assert outcome(model, call, row) == outcome(usual(model), call, row)
    for make in (lambda: pd.DataFrame([row]), lambda: pl.DataFrame([row]), lambda: pa.Table.from_pylist([row])):
        try:
            frame = make()
        except (TypeError, OverflowError, UnicodeEncodeError, pl.exceptions.PolarsError, pa.ArrowException):
            continue  # what this library cannot hold
        assert outcome(model, "predict", frame) == outcome(usual(model), "predict", frame)


FRAMES = {
    "one row": pd.DataFrame([ROW]),
    "small types": pd.DataFrame([ROW]).astype({"size": "float32", "rooms": "uint8"}),
    "no row": pd.DataFrame([ROW])[:0],
    "two rows": pd.DataFrame([ROW, ROW]),
    "an index": pd.DataFrame([ROW], index=["a"]),
    "nullable": pd.DataFrame([ROW]).convert_dtypes(),
    "missing": pd.DataFrame([ROW | {"size": None}]).convert_dtypes(),
    "of pyarrow": pd.DataFrame([ROW]).convert_dtypes(dtype_backend="pyarrow"),
    "all objects": pd.DataFrame([ROW]).astype(object),
    "categories": pd.DataFrame([ROW]).astype({"kind": "category"}),
    "numeric categories": pd.DataFrame([ROW]).astype({"size": "category"}),
    "times": pd.DataFrame([ROW | {"size": pd.Timestamp("2020-01-01")}]),
    "times elsewhere": pd.DataFrame([ROW | {"when": pd.Timestamp("2020-01-01")}]),
    "complex": pd.DataFrame([ROW | {"size": 3j}]),
    "truth values": pd.DataFrame([ROW | {"rooms": True}]),
    "sparse": pd.DataFrame([ROW]).astype({"size": pd.SparseDtype("float64")}),
    "two levels": pd.DataFrame([ROW]).set_axis(pd.MultiIndex.from_product([["a"], ROW]), axis=1),
    "doubled": pd.DataFrame([[*ROW.values(), 1]], columns=[*ROW, "size"]),
    "doubled elsewhere": pd.DataFrame([[*ROW.values(), 1, 2]], columns=[*ROW, "z", "z"]),
    "a number as a name": pd.DataFrame([ROW | {7: 1}]),
    "a series": pd.Series(ROW),
    "lazy": pl.DataFrame([ROW]).lazy(),
    "polars": pl.DataFrame([ROW]),
    "polars, small types": pl.DataFrame([ROW]).with_columns(pl.col("size").cast(pl.Float32)),
    "polars, decimal": pl.DataFrame([ROW]).with_columns(pl.col("size").cast(pl.Decimal(10, 2))),
    "polars, categorical": pl.DataFrame([ROW]).with_columns(pl.col("kind").cast(pl.Categorical)),
    "polars, category of numbers": pl.DataFrame([ROW]).with_columns(pl.col("floor").cast(pl.Int64)),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("given", FRAMES)
def test_frames_of_every_type(given, name):
    assert outcome(MODELS[name], "predict", FRAMES[given]) == outcome(usual(MODELS[name]), "predict", FRAMES[given])


class Mine(np.ndarray):
    pass


X = np.array([[3.5, 2.0, 1990.0], [4.5, 1.0, 1990.0]])
ARRAYS = {
    "float64": X,
    "float32": X.astype(np.float32),
    "integers": X.astype(np.int64),
    "bytes": X.astype(np.uint8),
    "booleans": X > 3,
    "long": X.astype(np.longdouble),
    "Fortran order": np.asfortranarray(X),
    "read-only": np.broadcast_to(X[0], (3, 3)),
    "other byte order": X.astype(">f8"),
    "no rows": X[:0],
    "many rows": np.resize(X, (40_000, 3)),
    "NaN": np.where(X == 2, np.nan, X),
    "infinite": np.where(X == 2, np.inf, X),
    "far": X * [[1e5, 1, 1]],
    "too far": X * [[1e300, 1, 1]],
    "another constant": X + 1,
    "flat": X[0],
    "too wide": np.hstack([X, X]),
    "complex": X + 0j,
    "objects": X.astype(object),
    "texts": X.astype(str),
    "lists": X.tolist(),
    "masked": np.ma.masked_array(X, X == 2),
    "a subclass": X.view(Mine),
}


@pytest.mark.parametrize("name", ["numbers", "mixed"])
@pytest.mark.parametrize("given", ARRAYS)
def test_arrays(given, name):
    assert outcome(MODELS[name], "predict", ARRAYS[given]) == outcome(usual(MODELS[name]), "predict", ARRAYS[given])


def test_the_short_way_takes_what_is_usual():
    """Otherwise the tests above would compare the usual way with itself."""
    model = MODELS["mixed"]
    short = [ROW, GIVEN["other order"], GIVEN["more columns"], GIVEN["NumPy scalars"], FRAMES["one row"],
             FRAMES["small types"], FRAMES["an index"], FRAMES["polars"], FRAMES["times elsewhere"]]  # fmt: skip
    assert all(model._few_rows(given) is not None for given in short)
    assert MODELS["numbers"]._few_rows(X) is not None
    assert MODELS["classes"]._few_rows(ROW) is not None


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_a_way_of_their_own(twin):
    model = fitted()
    before = model.predict(ROW)
    other = twin(model)
    model.network.parameters[:] = 0
    assert other.predict(ROW) == before != model.predict(ROW)
    assert model.predict(ROW) == usual(model).predict(ROW)


def test_outputs_that_are_not_finite_are_said():
    model = fitted()
    model.predict(ROW)
    model.network.parameters[:] = np.float32(3e38)
    with pytest.warns(fastnn.DataWarning, match="no finite prediction"):
        model.predict(ROW)
