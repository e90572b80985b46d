"""Compressed files are decompressed up to a limit."""

import gzip
import zipfile

import numpy as np
import pytest

from fastnn.data import arrays, packed
from fastnn.data.text import delimited
from fastnn.errors import DataError

PLAIN = b"a,b\n1,2\n3,4\n"


@pytest.fixture
def little_room(monkeypatch):
    monkeypatch.setattr(packed, "MAX_EXPANDED_BYTES", 1 << 16)


def test_gzip(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(PLAIN))
    assert packed.content(path) == PLAIN
    path.write_bytes(gzip.compress(PLAIN) + gzip.compress(b"5,6\n"))  # several in a row, as gzip appends them
    assert packed.content(path) == PLAIN + b"5,6\n"
    path.write_bytes(gzip.compress(PLAIN) + b"\0" * 100)
    assert packed.content(path) == PLAIN


def test_very_many_members_are_read_once(tmp_path, monkeypatch):
    """zlib is given each byte a few times at most, however many members there are and however long they are."""
    given = []

    class Unpacking:
        def __init__(self, wbits):
            self.inner = zlib_decompressobj(wbits=wbits)

        def decompress(self, data, most):
            given.append(len(data))
            return self.inner.decompress(data, most)

        def __getattr__(self, name):
            return getattr(self.inner, name)

    zlib_decompressobj = packed.zlib.decompressobj
    monkeypatch.setattr(packed.zlib, "decompressobj", Unpacking)
    noise = np.random.default_rng(0).integers(0, 256, 100_000, np.uint8).tobytes()
    content = [bytes([i % 256]) for i in range(20_000)] + [noise, b"", noise[:5000], b"x"]
    members = [gzip.compress(piece, mtime=0) for piece in content]
    members[7] += b"\0" * 5
    path = tmp_path / "t.gz"
    path.write_bytes(b"".join(members))
    assert packed.content(path) == b"".join(content)
    assert sum(given) < 100 * path.stat().st_size


@pytest.mark.parametrize("rest", [b"\0", b"\0" * 3000, b"\0\0" + gzip.compress(PLAIN), gzip.compress(b"")])
def test_zeros_between_members_and_at_the_end(tmp_path, rest):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(PLAIN) + rest)
    assert packed.content(path) == gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(PLAIN) + rest + b"no member")
    with pytest.raises(DataError, match="Cannot read"):
        packed.content(path)


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
    with pytest.raises(
        DataError,
        match=r"t\.csv\.gz expands to more than 200 times its size\. If that is intended: decompress it first",
    ):
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
    with pytest.raises(DataError, match="'X' is not an array"):
        arrays.read_npz(str(path))
