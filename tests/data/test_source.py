"""Names, files and folders that can be read."""

import gzip
import struct

import numpy as np
import pytest

from fastnn.data import builtin, idx, source
from fastnn.data.dataset import make_dataset
from fastnn.errors import DataError


@pytest.mark.parametrize(
    ("name", "rows", "target"),
    [
        ("digits", 1797, "digit"),
        ("sacramento", 932, "price"),
        ("spirals", 1000, "group"),
        ("moons", 1000, "group"),
        ("blobs", 1000, "group"),
        ("cubic", 1000, "y"),
    ],
)
def test_named_data(name, rows, target):
    table = source.read(name)
    assert table.rows == rows and table.targets == (target,) and table.source == name
    data = make_dataset(table)
    assert np.isfinite(data.X).all()


def test_digits_are_the_known_ones():
    table = source.read("digits")
    assert np.bincount(table.numbers("digit")).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert table.matrix[:, :64].max() == 16 and table.matrix[:, :64].sum() == 561718


@pytest.mark.parametrize("name", ["spirals", "moons", "blobs", "cubic"])
def test_drawn_data_follow_the_seed(name):
    np.testing.assert_array_equal(source.read(name, seed=1).matrix, source.read(name, seed=1).matrix)
    assert not np.array_equal(source.read(name, seed=1).matrix, source.read(name, seed=2).matrix)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digitz", "Unknown data set 'digitz'. Did you mean 'digits'"),
        ("nowhere/t.csv", "does not exist"),
        ("houses.cvs", "Did you mean .*houses.csv"),
        ("t.parquet", "format of the file is not known. Known: .csv"),
        (".", "not a folder of images"),
    ],
)
def test_what_cannot_be_read(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "houses.csv").write_text("a,b\n1,2\n")
    (tmp_path / "t.parquet").write_text("x")
    with pytest.raises(DataError, match=words):
        source.read(name)


def images(folder, train=5, test=3, labels=None, **wrong):
    """A folder of 4 x 3 images in the IDX format."""
    rng = np.random.default_rng(0)
    for part, count in (("train", train), ("t10k", test)):
        pixels = rng.integers(0, 256, (count, 4, 3), np.uint8)
        classes = np.arange(count, dtype=np.uint8) % 3 if labels is None else np.full(count, labels, np.uint8)
        head = struct.pack(">4B3I", 0, 0, 8, 3, count, 4, 3)
        with gzip.open(folder / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(head + pixels.tobytes()[: wrong.get("cut")])
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + classes.tobytes())


def test_idx_folder(tmp_path):
    images(tmp_path, train=6)
    table = source.read(str(tmp_path))
    assert table.rows == 6 and table.matrix.shape == (6, 12)
    assert table.test is not None and table.test.rows == 3
    data = make_dataset(table, validation=None)
    assert data.test is not None
    assert data.X.min() >= 0 and data.X.max() <= 1 and data.X.max() > 0.9
    assert data.preprocessing.target.classes == ("0", "1", "2")


def test_damaged_idx_folders(tmp_path):
    images(tmp_path, cut=-5)
    with pytest.raises(DataError, match="truncated"):
        source.read(str(tmp_path))
    images(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01")
    with pytest.raises(DataError, match="not an IDX file"):
        source.read(str(tmp_path))
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="has neither t10k-labels-idx1-ubyte nor"):
        source.read(str(tmp_path))
    images(tmp_path, labels=12)
    with pytest.raises(DataError, match="label is 12"):
        idx.read_folder(str(tmp_path), "x", builtin.FASHION_CLASSES)


def test_fashion_mnist_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(builtin, "FASHION_FOLDER", str(tmp_path))
    with pytest.raises(DataError, match="apt-get install dataset-fashion-mnist"):
        source.read("fashion-mnist")
    images(tmp_path)
    assert source.read("fashion-mnist").texts["label"].labels == builtin.FASHION_CLASSES
