"""Numbers at the edges of their types: the right result or a clear error, and never a NumPy warning."""

import numpy as np
import pytest

from fastnn.data import source
from fastnn.data.dataset import Dataset, make_dataset
from fastnn.data.text.delimited import ReadOptions
from fastnn.errors import DataError

X = np.arange(8.0).reshape(4, 2)
Y = np.array([1.5, 2.0, 3.5, 4.0])


def dataset(folder, X, y, **options) -> Dataset:
    np.savez(folder / "t.npz", X=X, y=y)
    return make_dataset(source.read(str(folder / "t.npz")), validation=None, **options)


def with_first(array: np.ndarray, value, dtype=None) -> np.ndarray:
    array = array.astype(dtype or array.dtype)
    array.reshape(-1)[0] = value
    return array


def signalling(dtype: str) -> np.ndarray:
    """X with a signalling NaN at its first place."""
    found = X.astype(dtype)
    words = found.reshape(-1).view({"f4": np.uint32, "f8": np.uint64}[dtype])
    words[0] = {"f4": 0x7F800001, "f8": 0x7FF0000000000001}[dtype]
    return found


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_signalling_nan_is_a_missing_value(tmp_path, dtype):
    data = dataset(tmp_path, signalling(dtype), Y, missing="mean")
    assert data.X[0, 0] == 0 and np.isfinite(data.X).all()
    with pytest.raises(DataError, match="row 1: column 'x1' has no value"):
        dataset(tmp_path, signalling(dtype), Y, missing="error")
    for kind in ("real", "count", "positive", None):
        with pytest.raises(DataError, match="row 1: the target 'y' has no value"):
            dataset(tmp_path, X, signalling(dtype)[:, 0], kind=kind)
    np.save(tmp_path / "t.npy", np.hstack([signalling(dtype), Y[:, None].astype(dtype)]))
    data = make_dataset(source.read(str(tmp_path / "t.npy")), validation=None, missing="mean")
    assert data.X[0, 0] == 0


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(np.float64).max, reason="long double is float64 here")
def test_numbers_beyond_float64_are_refused(tmp_path):
    beyond = np.longdouble("1e400")
    with pytest.raises(DataError, match="row 1: column 'x1' is infinite"):
        dataset(tmp_path, with_first(X, beyond, np.longdouble), Y)
    with pytest.raises(DataError, match="row 1: the target 'y' is inf"):
        dataset(tmp_path, X, with_first(Y, beyond, np.longdouble))
    assert np.isfinite(dataset(tmp_path, X.astype(np.longdouble), Y.astype(np.longdouble)).X).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_far_beyond_the_training_rows(tmp_path, dtype):
    fitted = dataset(tmp_path, X * 1e-8, Y, dtype=dtype).preprocessing
    for far in ([[1e305, 0.0], [-1e305, 0.0]], [[0.0, 0.0], [1.7e308, -1.7e308]]):  # their sum is NaN or infinite
        np.savez(tmp_path / "far.npz", X=np.array(far), y=Y[:2])
        table = source.read(str(tmp_path / "far.npz"))
        with pytest.raises(DataError, match=rf"row [12]: column 'x1' is so far .* that a {dtype} cannot hold it"):
            fitted.inputs(table, dtype=dtype)
    np.savez(tmp_path / "far.npz", X=np.array([[1.0, 1.0], [-1.0, 1.0]]), y=np.array([1.7e308, -1.7e308]))
    fitted = dataset(tmp_path, X, Y * 1e-9, dtype=dtype).preprocessing
    with pytest.raises(DataError, match=rf"row 1: the target 'y' is too large for a {dtype}"):
        fitted.target.encode(source.read(str(tmp_path / "far.npz")), np.arange(2), dtype)


def test_finite_numbers_whose_sum_is_not(tmp_path):
    fitted = dataset(tmp_path, np.array([[0.0], [1.0]]), Y[:2], dtype="float64").preprocessing
    np.savez(tmp_path / "large.npz", X=np.full((20, 1), 5e307), y=np.zeros(20))
    found, notes = fitted.inputs(source.read(str(tmp_path / "large.npz")), dtype="float64")
    assert (found == (5e307 - 0.5) / 0.5).all() and not notes


def test_a_target_too_small_to_be_standardized(tmp_path):
    with pytest.raises(DataError, match="the target 'y' varies by less than float64 can hold"):
        dataset(tmp_path, X, np.array([0.0, 5e-324, 0.0, 0.0]), kind="real")


def test_an_integer_with_very_many_zeros_before_it(tmp_path):
    (tmp_path / "t.csv").write_text(f"a,y\n{'0' * 5000}{2**53},1\n3,2\n")
    table = source.read(str(tmp_path / "t.csv"), ReadOptions({"a": "number"}))
    assert table.numbers("a").tolist() == [2.0**53, 3]
    assert source.read(str(tmp_path / "t.csv")).texts["a"].labels[1] == "3"
    (tmp_path / "t.csv").write_text(f"a,y\n{'0' * 5000}{2**53 + 1},1\n3,2\n")
    assert source.read(str(tmp_path / "t.csv")).texts["a"].labels[1] == "3"
