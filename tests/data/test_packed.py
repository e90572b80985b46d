"""Compressed files are unpacked within measure."""

import gzip
import zipfile

import numpy as np
import pytest

from fastnn.data import arrays, delimited, packed
from fastnn.errors import DataError

PLAIN = b"a,b\n1,2\n3,4\n"


@pytest.fixture
def little_room(monkeypatch):
    monkeypatch.setattr(packed, "ROOM", 1 << 16)


def test_gzip(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(PLAIN))
    assert packed.content(path) == PLAIN
    path.write_bytes(gzip.compress(PLAIN) + gzip.compress(b"5,6\n"))  # several in a row, as gzip appends them
    assert packed.content(path) == PLAIN + b"5,6\n"
    path.write_bytes(gzip.compress(PLAIN) + b"\0" * 100)
    assert packed.content(path) == PLAIN


def test_an_empty_file_is_no_gzip(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(b"")
    with pytest.raises(DataError, match="is empty"):
        delimited.read(str(path))


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_truncated(tmp_path, cut):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(PLAIN * 100)[:cut])
    with pytest.raises(DataError, match=r"Cannot read .*t\.csv\.gz: the compressed file is truncated"):
        packed.content(path)


def test_a_text_that_expands_without_measure(tmp_path, little_room):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 10_000_000))
    with pytest.raises(DataError, match=r"t\.csv\.gz expands to more than 200 times its size\. Unpack it first"):
        packed.content(path)
    path.write_bytes(gzip.compress(np.random.default_rng(0).integers(48, 58, 300_000, np.uint8).tobytes()))
    assert len(packed.content(path)) == 300_000


def test_arrays_that_expand_without_measure(tmp_path, little_room):
    path = tmp_path / "t.npz"
    np.savez_compressed(path, X=np.zeros((100_000, 10)), y=np.arange(100_000), other=np.zeros(10))
    with pytest.raises(DataError, match=r"t\.npz expands .*'X' uncompressed, with numpy\.savez"):
        arrays.read_npz(str(path))
    np.savez(path, X=np.zeros((100_000, 10)), y=np.arange(100_000))
    assert arrays.read_npz(str(path)).rows == 100_000
    with zipfile.ZipFile(path, "w") as archive:  # a member that is no array
        archive.writestr("X.npy", b"nothing")
        archive.writestr("y.npy", b"nothing")
    with pytest.raises(DataError, match="'X' is no array"):
        arrays.read_npz(str(path))
