"""NumPy files."""

import numpy as np
import pytest

from fastnn.data import arrays
from fastnn.errors import DataError, UsageError


def test_npz(tmp_path):
    path = str(tmp_path / "t.npz")
    np.savez(path, X=np.arange(6.0).reshape(3, 2), y=[0, 1, 1])
    table = arrays.read_npz(path)
    assert table.columns == ("x1", "x2", "y") and table.targets == ("y",) and table.rows == 3
    np.testing.assert_array_equal(table.numbers("x2"), [1, 3, 5])
    np.testing.assert_array_equal(table.numbers("y"), [0, 1, 1])


def test_npz_with_other_names_texts_and_images(tmp_path):
    path = str(tmp_path / "t.npz")
    np.savez(path, images=np.zeros((4, 3, 2), np.uint8), labels=np.array(["b", "a", "b", ""]))
    table = arrays.read_npz(path, "images", "labels")
    assert table.matrix.shape == (4, 6) and table.targets == ("labels",)
    assert table.texts["labels"].labels == ("a", "b")
    np.testing.assert_array_equal(table.texts["labels"].codes, [1, 0, 1, -1])
    with pytest.raises(UsageError, match="Allowed: images, labels"):
        arrays.read_npz(path)


def test_npz_several_targets_and_booleans(tmp_path):
    path = str(tmp_path / "t.npz")
    np.savez(path, X=np.ones((2, 1), bool), y=np.ones((2, 3)))
    table = arrays.read_npz(path)
    assert table.targets == ("y1", "y2", "y3")
    np.savez(path, X=np.ones((2, 1)), y=np.array([True, False]))
    assert arrays.read_npz(path).texts["y"].labels == ("False", "True")


def test_prediction_needs_no_target(tmp_path):
    path = str(tmp_path / "t.npz")
    np.savez(path, X=np.ones((2, 2)))
    assert arrays.read_npz(path, need_target=False).targets == ()
    with pytest.raises(UsageError, match="Unknown array 'y'"):
        arrays.read_npz(path)


def test_npy_is_not_copied(tmp_path):
    path = str(tmp_path / "t.npy")
    np.save(path, np.arange(6, dtype=np.float32).reshape(3, 2))
    table = arrays.read_npy(path)
    assert isinstance(table.matrix, np.memmap) and table.targets == ("x2",)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (np.ones((2, 2), complex), [1, 2], "real numbers"),
        (np.ones(3), [1, 2, 3], "shape"),
        (np.ones((0, 3)), [], "shape"),
        (np.ones((2, 0)), [1, 2], "shape"),
        (np.ones((2, 2)), [1, 2, 3], "one entry for each of"),
        (np.ones((2, 2)), 5, "one entry for each of"),
        (np.array([[1, None]], object), [1], "Python objects"),
        (np.ones((2, 2)), np.array([object(), 1]), "Python objects"),
        (np.ones((2, 2)), np.ones((2, 2), complex), "numbers or texts"),
    ],
)
def test_refused(tmp_path, X, y, words):
    path = str(tmp_path / "t.npz")
    np.savez(path, X=X, y=y)
    with pytest.raises(DataError, match=words):
        arrays.read_npz(path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04K\x01."])
def test_foreign_bytes(tmp_path, content):
    path = tmp_path / "t.npz"
    path.write_bytes(content)
    for read in (arrays.read_npz, arrays.read_npy):
        with pytest.raises(DataError, match=r"Cannot read|holds"):
            read(str(path))


def test_each_kind_says_when_it_is_the_other(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.ones((2, 2)), y=[1, 2])
    np.save(tmp_path / "b.npy", np.ones((2, 2)))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    with pytest.raises(DataError, match="several arrays"):
        arrays.read_npy(str(tmp_path / "a.npy"))
    with pytest.raises(DataError, match="single array"):
        arrays.read_npz(str(tmp_path / "b.npz"))


def test_truncated(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, X=np.ones((200, 20)), y=np.ones(200))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError):
        arrays.read_npz(str(path))


def test_a_header_that_promises_too_much(tmp_path):
    path = tmp_path / "t.npy"
    np.save(path, np.ones((2, 2)))
    path.write_bytes(path.read_bytes().replace(b"(2, 2)", b"(9999999999999, 2)"))
    with pytest.raises(DataError):
        arrays.read_npy(str(path))
