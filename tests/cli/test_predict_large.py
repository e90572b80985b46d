"""fastnn predict reads a large file in pieces. What it writes and says is the same as for the whole file."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.data.text import pieces

ROWS = 400


def write(path, change=None, separator=",", end="\n", header=True):
    """Write a table whose row 300 is changed. Pieces of 1 kB have about 40 rows."""
    rng = np.random.default_rng(6)
    rows = [[f"{a:.4f}", str(k % 7), "ab"[k % 2], f"{a * k:.3f}"] for k, a in enumerate(rng.normal(size=ROWS))]
    if change is not None:
        rows[300] = change
    lines = [["a", "n", "kind", "y"]] * header + rows
    path.write_bytes((end.join(map(separator.join, lines)) + end).encode())


@pytest.fixture
def small(monkeypatch):
    """Let small files be large ones, and count those that are read to the end in pieces."""
    ended = []
    whole = pieces.pieces

    def spy(*arguments):
        yield from whole(*arguments)
        ended.append(arguments[0])

    def switch(on):
        monkeypatch.setattr(pieces, "PIECE", 1024)
        monkeypatch.setattr(pieces, "LARGE", 0 if on else 1 << 40)
        monkeypatch.setattr("fastnn.model.streaming.pieces", spy)
        return ended

    return switch


CASES = {  # row 300, and whether the file is predicted in pieces
    "nothing": (None, True),
    "an empty cell": (["", "1", "a", "0"], False),
    "a new category": (["1", "1", "c", "0"], False),
    "a text for a number": (["x", "1", "a", "0"], False),
    "far away": (["1e7", "1", "a", "0"], False),
    "too short": (["1", "1", "a"], False),
    "too long": (["1", "1", "a", "0", "0"], False),
    "quotes": (['"1"', "1", '"a"', "0"], True),
    "an open quotation mark": (["1", "1", '"a', "0"], False),
    "a line in quotes": (["1", "1", "a", '"x\ny"'], True),
    "not UTF-8 elsewhere": (["1", "1", "a", "\udce4"], False),
    "blank": ([""], True),
    "a text that is not used": (["1", "1", "a", "text"], True),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import fastnn

    path = tmp_path_factory.mktemp("model")
    write(path / "train.csv")
    fastnn.fit(str(path / "train.csv"), target="y", epochs=2, hidden=(4,)).save(path / "m.safetensors")
    return str(path / "m.safetensors")


@pytest.mark.parametrize("case", CASES)
def test_the_same_as_for_the_whole_file(case, fastnn, folder, model, small):
    change, in_pieces = CASES[case]
    if change and change[-1] == "\udce4":
        write(folder / "t.csv", [*change[:-1], "Z"])
        (folder / "t.csv").write_bytes((folder / "t.csv").read_bytes().replace(b"Z", b"\xe4"))
    else:
        write(folder / "t.csv", change)
    ended = small(on=False)
    usual = fastnn("predict", model, "t.csv")
    to_file = fastnn("predict", model, "t.csv", "-o", "usual.csv.gz")
    assert ended == []
    small(on=True)
    short = fastnn("predict", model, "t.csv")
    assert (short.code, short.out, short.err) == (usual.code, usual.out, usual.err)
    done = fastnn("predict", model, "t.csv", "-o", "short.csv.gz")
    assert (done.code, done.err) == (to_file.code, to_file.err)
    assert (folder / "short.csv.gz").exists() == (folder / "usual.csv.gz").exists() == (usual.code == 0)
    if usual.code == 0:
        assert (folder / "short.csv.gz").read_bytes() == (folder / "usual.csv.gz").read_bytes()
    assert bool(ended) == in_pieces


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", [True, False])
def test_forms_of_files(separator, end, header, fastnn, folder, model, small):
    write(folder / "t.csv", None, separator, end, header)
    small(on=False)
    usual = fastnn("predict", model, "t.csv")
    small(on=True)
    short = fastnn("predict", model, "t.csv")
    assert (short.code, short.out, short.err) == (usual.code, usual.out, usual.err)
