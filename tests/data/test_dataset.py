"""From a table to arrays: everything is fitted on the training rows, and can be inverted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from fastnn.data import source
from fastnn.data.dataset import apply, make_dataset
from fastnn.data.fitting import fit
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.share import Last
from fastnn.data.split import split
from fastnn.data.table import Table, encode_texts
from fastnn.data.task import choose_task
from fastnn.errors import DataError, ModelError, UsageError


def table(**columns) -> Table:
    """A table of these columns, the last one the target."""
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    numbers = [name for name, values in arrays.items() if values.dtype.kind != "U"]
    rows = len(next(iter(arrays.values())))
    matrix = np.stack([arrays[name] for name in numbers], axis=1) if numbers else np.empty((rows, 0))
    texts = {name: encode_texts(values) for name, values in arrays.items() if values.dtype.kind == "U"}
    places = {name: i for i, name in enumerate(numbers)}
    return Table("t.csv", tuple(columns), matrix, places, texts=texts, targets=(list(columns)[-1],))


def houses(rows: int = 50, **more) -> Table:
    rng = np.random.default_rng(3)
    kind = np.array(["flat", "house", "barn"])[rng.integers(0, 3, rows)]
    return table(size=rng.uniform(50, 200, rows), kind=kind, age=rng.integers(0, 90, rows), **more)


PRICES = np.random.default_rng(4).normal(200_000, 40_000, 50)


@pytest.mark.parametrize("rows", [2, 3, 17, 31, 1023])
@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.2, 0.99])
def test_split_covers_all_rows_once(rows, fraction):
    training, validation = split(rows, fraction, seed=1)
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), np.arange(rows))
    assert len(training) >= 1 and (len(validation) >= 1) == (fraction > 0)
    np.testing.assert_array_equal(training, split(rows, fraction, seed=1)[0])


def test_split_follows_the_seed_and_refuses_one_row():
    assert not np.array_equal(split(1000, 0.2, 1)[1], split(1000, 0.2, 2)[1])
    with pytest.raises(DataError, match="cannot be divided"):
        split(1, 0.2, 0)
    assert len(split(1, 0.0, 0)[0]) == 1


def test_fitted_on_the_training_rows_only():
    whole = houses(price=PRICES)
    training, validation = split(50, 0.2, 0)
    data = make_dataset(whole)
    np.testing.assert_allclose(data.X[:, :2].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(data.X[:, :2].std(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(data.y.mean(), 0, atol=1e-6)
    other = whole.matrix.copy()
    other[validation] *= 1000  # whatever the validation rows hold, nothing of it may be seen in the fit
    changed = make_dataset(replace(whole, matrix=other))
    assert changed.preprocessing == data.preprocessing
    np.testing.assert_array_equal(changed.X, data.X)
    np.testing.assert_array_equal(changed.y, data.y)
    assert len(training) == len(data.X)


def test_columns_of_any_order_and_others_beside_them():
    whole = houses(price=PRICES)
    data = make_dataset(whole)
    order = ["age", "extra", "kind", "price", "size"]
    labels = np.array(whole.texts["kind"].labels)[whole.texts["kind"].codes]
    columns = {n: labels if n == "kind" else whole.numbers(n) for n in order if n != "extra"}
    shuffled = table(**columns, extra=np.zeros(50))
    X, notes = data.preprocessing.inputs(shuffled)
    np.testing.assert_array_equal(X, data.preprocessing.inputs(whole)[0])
    assert not notes


def test_values_come_back_in_their_own_units():
    data = make_dataset(houses(price=PRICES), dtype="float64")
    training, _ = split(50, 0.2, 0)
    np.testing.assert_allclose(data.preprocessing.target.values(data.y)[:, 0], PRICES[training])


def test_labels_not_seen_in_training_are_reported_and_count_as_none():
    whole = houses(price=PRICES)
    target = make_dataset(whole).preprocessing.target
    rows = np.arange(50)[whole.texts["kind"].codes != 0]
    fitted, _ = fit(whole, ("size", "kind"), target, rows)
    X, notes = fitted.inputs(whole)
    barns = whole.texts["kind"].codes == 0
    assert fitted.texts == (("kind", ("flat", "house")),)
    assert not X[barns, 1:].any() and (X[~barns, 1:].sum(axis=1) == 1).all()
    assert len(notes) == 1 and "'barn'" in notes[0] and str(barns.sum()) in notes[0]


def test_constant_columns_are_said():
    data = make_dataset(houses(none=np.full(50, 0.1), one=np.full(50, "x"), price=PRICES))
    note = next(note for note in data.notes if "constant" in note)
    assert "none" in note and "one" in note and note.startswith("2 columns")
    assert np.isfinite(data.X).all()


def test_huge_and_tiny_numbers():
    wide = np.linspace(-1e300, 1e300, 50)
    data = make_dataset(houses(huge=wide, tiny=wide * 1e-320 * 1e-290, price=PRICES * 1e250), dtype="float64")
    assert np.isfinite(data.X).all() and np.isfinite(data.y).all()
    assert np.abs(data.X).max() < 10


def test_a_column_that_outgrows_float32_says_where():
    data = make_dataset(houses(price=PRICES))
    far = houses(price=PRICES)
    far.matrix[7, 0] = 1e200
    with pytest.raises(DataError, match=r"row 8: column 'size' is so far"):
        data.preprocessing.inputs(far)


def test_missing_and_infinite_cells():
    gaps = houses(price=PRICES)
    gaps.matrix[4, 1] = np.nan
    with pytest.raises(DataError, match=r"t\.csv, row 5: column 'age' has no value.*--missing mean"):
        make_dataset(gaps, validation=None, missing="error")
    data = make_dataset(gaps, validation=None, missing="mean")
    assert data.X[4, 1] == 0
    gaps.matrix[4, 1] = np.inf
    with pytest.raises(DataError, match="row 5: column 'age' is infinite"):
        make_dataset(gaps, validation=None, missing="mean")
    texts = table(a=np.array(["x", "", "y", "x"]), y=[1.5, 2.0, 3.0, 4.0])
    with pytest.raises(DataError, match="row 2: column 'a' has no value"):
        make_dataset(texts, validation=None, missing="error")
    assert not make_dataset(texts, validation=None, missing="mean").X[1].any()


def test_too_many_categories():
    names = np.array([f"name {i}" for i in range(2000)])
    with pytest.raises(DataError, match=r"column 'name' has 2000 different texts.*--ignore name"):
        make_dataset(table(name=names, y=np.arange(2000.0)), validation=None)
    with pytest.raises(DataError, match="no column is left"):
        make_dataset(table(name=names, y=np.arange(2000.0)), ignore=["name"])


@pytest.mark.parametrize(
    ("target", "task", "kind", "expected"),
    [
        ([0, 1] * 10, "auto", None, "classification"),
        (list(range(20)), "auto", None, "classification"),
        (list(range(21)), "auto", None, "regression"),
        ([0.5, 1.5] * 10, "auto", None, "regression"),
        (["a", "b"] * 10, "auto", None, "classification"),
        ([0, 1] * 10, "regression", None, "regression"),
        ([0, 1] * 10, "auto", "real", "regression"),
        (list(range(40)), "auto", "class", "classification"),
        ([0, 1] * 10, "auto", "binary", "classification"),
    ],
)
def test_task(target, task, kind, expected):
    assert choose_task(table(a=np.arange(len(target)), y=target), ("y",), task, kind) == expected


def test_task_that_contradicts_the_loss():
    with pytest.raises(UsageError, match="which is for classification"):
        choose_task(table(a=[1, 2], y=[0, 1]), ("y",), "regression", "class")


@pytest.mark.parametrize(
    ("target", "kind", "words"),
    [
        ([1.0, -2.0, 3.0, 4.0], "count", "row 2: the target 'y' is -2"),
        ([1.0, 0.0, 3.0, 4.0], "positive", "row 2: the target 'y' is 0; with this loss it must be above 0"),
        ([1.0, 0.0, 1.0, -1.0], "sign", "is 0 in row 2.*-1 or 1"),
        ([0, 1, 2, 1], "binary", "has 3 classes.*takes two"),
        (["a", "b", "a", "b"], "real", "holds texts"),
        ([5, 5, 5, 5], "class", "one class"),
        (["a", "a", "a", "a"], None, "one class"),
        ([5.5, 5.5, 5.5, 5.5], None, "is 5.5 in every row: there is nothing to learn"),
        ([1.5, np.nan, 2.5, 3.5], None, "row 2: the target 'y' has no value"),
        ([0, np.nan, 1, 0], "class", "row 2.*the target 'y' has no value"),
        (["a", "", "b", "a"], None, "row 2.*has no value"),
        ([1.5, np.inf, 2.5, 3.5], None, "row 2: the target 'y' is inf"),
        ([1, np.inf, 0, 1], "class", "infinite in row 2"),
        (np.linspace(0, 1, 30), "class", "which cannot be classes"),
        (np.arange(1200), "class", "at most 1000"),
    ],
)
def test_targets_that_do_not_suit_the_loss(target, kind, words):
    rows = len(target)
    with pytest.raises(DataError, match=words):
        make_dataset(table(a=np.arange(rows), y=np.asarray(target)), kind=kind, validation=None)


def test_a_target_that_is_constant_in_the_training_rows_alone():
    with pytest.raises(DataError, match=r"in all 3 training rows, .* but not in the other rows. Set another seed"):
        make_dataset(table(a=np.arange(4), y=[5.5, 5.5, 5.5, 1.5]), validation=Last(0.25))


@pytest.mark.parametrize(
    ("target", "kind", "expected", "classes"),
    [
        (["no", "yes", "no"], "binary", [[0], [1], [0]], ("no", "yes")),
        (["no", "yes", "no"], "sign", [[-1], [1], [-1]], ("no", "yes")),
        ([-1, 1, 1], "sign", [[-1], [1], [1]], ("-1", "1")),
        ([3, 7, 3], "class", [0, 1, 0], ("3", "7")),
        ([10, 9, 2], "class", [2, 1, 0], ("2", "9", "10")),
    ],
)
def test_classes_are_numbered(target, kind, expected, classes):
    data = make_dataset(table(a=[1, 2, 3], y=target), kind=kind, validation=None)
    np.testing.assert_array_equal(data.y, expected)
    assert data.preprocessing.target.classes == classes


@pytest.mark.parametrize("kind", ["count", "positive"])
def test_only_real_targets_are_standardised(kind):
    data = make_dataset(table(a=[1, 2, 3], y=[1, 2, 30]), kind=kind, validation=None)
    np.testing.assert_array_equal(data.y, [[1], [2], [30]])


def test_a_class_without_training_rows_is_said():
    training, validation = split(20, 0.2, 0)
    y = np.array(["a", "b"] * 10)
    y[validation] = "c"
    assert any("no training row has the class c" in note for note in make_dataset(table(a=np.arange(20), y=y)).notes)
    assert len(training) == 16


def test_validation_of_its_own():
    train, other = houses(price=PRICES), houses(20, price=PRICES[:20])
    data = make_dataset(train, validation=other)
    assert data.validation is not None and len(data.X) == 50 and len(data.validation[0]) == 20
    labels = table(a=[1.0, 2.0], y=["p", "q"])
    with pytest.raises(DataError, match=r"row 1: the target 'y' is 'z', which is not one of the classes p, q"):
        make_dataset(labels, validation=table(a=[1.0], y=["z"]))
    with pytest.raises(DataError, match="no column 'y', which is the target"):
        make_dataset(labels, validation=table(a=[1.0]))


def test_prediction_with_a_column_too_few_or_of_another_kind():
    data = make_dataset(houses(price=PRICES))
    with pytest.raises(DataError, match=r"lacks a column .*'age'.*Its columns: size, kind"):
        data.preprocessing.inputs(table(size=[1.0], kind=["flat"]))
    with pytest.raises(DataError, match="column 'kind' must hold texts"):
        data.preprocessing.inputs(table(size=[1.0], kind=[1.0], age=[2.0]))


def test_wrong_column_names():
    with pytest.raises(UsageError, match=r"--target: t\.csv: Unknown column 'prise'\. Did you mean 'price'"):
        make_dataset(houses(price=PRICES), target=["prise"])
    with pytest.raises(UsageError, match=r"--ignore: .*Unknown column 'x'"):
        make_dataset(houses(price=PRICES), ignore=["x"])
    data = make_dataset(houses(price=PRICES), target=["price"], features=["age"])
    assert data.preprocessing.numbers == ("age",) and data.X.shape[1] == 1


def test_several_targets():
    data = make_dataset(houses(low=PRICES, high=PRICES * 2), target=["low", "high"], validation=None, dtype="float64")
    assert data.y.shape == (50, 2) and data.preprocessing.target.task == "regression"
    np.testing.assert_allclose(data.preprocessing.target.values(data.y), np.stack([PRICES, PRICES * 2], axis=1))
    with pytest.raises(UsageError, match="one target column"):
        make_dataset(houses(low=PRICES, high=PRICES), target=["low", "high"], task="classification")


@pytest.mark.parametrize("name", ["digits", "sacramento", "spirals", "cubic"])
def test_preprocessing_survives_json(name):
    fitted = make_dataset(source.read(name)).preprocessing
    assert Preprocessing.from_json(json.loads(json.dumps(fitted.to_json())), "m") == fitted


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("mean"),
        lambda d: d["scale"].__setitem__(0, 0),
        lambda d: d["mean"].__setitem__(0, "1"),
        lambda d: d["mean"].append(1.0),
        lambda d: d.update(numbers=5),
        lambda d: d.update(missing="sometimes"),
        lambda d: d.update(texts=[["kind"]]),
        lambda d: d.update(texts=[["size", ["a"]]]),
        lambda d: d["target"].update(kind="magic"),
        lambda d: d["target"].update(classes=["a", "b"]),
        lambda d: d["target"].update(mean=[]),
        lambda d: d["target"].update(columns=[]),
    ],
)
def test_damaged_json(change):
    found = make_dataset(houses(price=PRICES)).preprocessing.to_json()
    change(found)
    with pytest.raises(ModelError, match="m: the preprocessing in the model file is damaged"):
        Preprocessing.from_json(found, "m")


def test_apply_adds_its_notes():
    data = make_dataset(houses(price=PRICES))
    notes: list[str] = []
    apply(data.preprocessing, table(size=[1.0, 2.0], kind=["castle", "barn"], age=[2, 3], price=[1.0, 2.0]), notes)
    assert "castle" in notes[0]
