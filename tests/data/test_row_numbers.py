"""Columns that only number the rows are left out of the features, and said."""

from dataclasses import replace

import numpy as np
import pytest

from fastnn.data import builtin, source
from fastnn.data.dataset import make_dataset
from fastnn.data.row_numbers import without_row_numbers
from fastnn.data.text import delimited

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=30).round(3).tolist()
COUNT = {start: list(range(start, start + 30)) for start in (0, 1, 500)}


@pytest.fixture
def features(tmp_path):
    def features(columns: dict[str, list], rows: int = 30, **options):
        """(the features, the notes) of a file with these columns and a target."""
        columns = columns | {"y": NOISE}
        lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
        (tmp_path / "t.csv").write_text("\n".join(lines[: rows + 1]) + "\n")
        data = make_dataset(delimited.read(str(tmp_path / "t.csv")), **options)
        return set(data.preprocessing.kinds), [note for note in data.notes if "--features" in note], data.changes

    return features


@pytest.mark.parametrize(
    ("columns", "out"),
    [
        ({"": COUNT[0], "a": NOISE}, ["column_1"]),
        ({"": NOISE, "a": NOISE}, ["column_1"]),
        ({"": [f"row {i % 4}" for i in range(30)], "a": NOISE}, ["column_1"]),
        ({"Unnamed: 0": NOISE, "a": NOISE}, ["Unnamed: 0"]),
        ({"__index_level_0__": NOISE, "a": NOISE}, ["__index_level_0__"]),
        ({"id": COUNT[0], "a": NOISE}, ["id"]),
        ({"id": COUNT[500], "a": NOISE}, ["id"]),
        ({"a": NOISE, "id": COUNT[1]}, ["id"]),
        ({"a": NOISE, "id": COUNT[0]}, ["id"]),
        ({"a": NOISE, "id": [f"{i:04}" for i in range(30)]}, ["id"]),
        ({"": COUNT[0], "id": COUNT[1], "a": NOISE}, ["column_1", "id"]),
    ],
)
def test_left_out(features, columns, out):
    found, notes, changes = features(columns)
    assert found == {"a"} and len(notes) == 1 and all(name in notes[0] for name in out)
    assert changes[-len(out) :] == tuple(f"column {name!r} is left out" for name in out)
    everything = [name or "column_1" for name in columns]
    found, notes, changes = features(columns, features=everything)
    assert found == set(everything) and not notes and not any("left out" in change for change in changes)


@pytest.mark.parametrize(
    "column",
    [COUNT[500], [2 * i for i in range(30)], [*range(29), 30], [i + 0.5 for i in range(30)], [*range(29), ""],
     [30 - i for i in range(30)], [i // 2 for i in range(30)], [0] * 30],
)  # fmt: skip
def test_other_columns_stay(features, column):
    found, notes, changes = features({"a": NOISE, "b": column}, missing="mean")
    assert found == {"a", "b"} and not notes and not changes


def test_the_only_feature_stays_and_is_said(tmp_path):
    for header, kept in (("t,y", "t"), (",y", "column_1"), (",t,y", "t")):
        names = header.split(",")[:-1]
        rows = "".join(f"{','.join(str(i) for _ in names)},{NOISE[i]}\n" for i in range(30))
        (tmp_path / "t.csv").write_text(f"{header}\n{rows}")
        data = make_dataset(delimited.read(str(tmp_path / "t.csv")))
        assert set(data.preprocessing.kinds) == {kept}
        assert any(f"column {kept!r}" in note and "no other column" in note for note in data.notes)
        assert any("column_1" in note and "left out" in note for note in data.notes) == (len(names) > 1)


def test_never_the_target(features):
    found, _, changes = features({"id": COUNT[0], "a": NOISE}, target=("id",))
    assert found == {"a", "y"} and not changes


def test_few_rows_and_other_sources(tmp_path, features):
    assert features({"id": COUNT[0], "a": NOISE}, rows=2, validation=None)[0] == {"id", "a"}
    np.save(tmp_path / "t.npy", np.stack([np.arange(30.0), NOISE, NOISE], axis=1))
    assert len(make_dataset(source.read(str(tmp_path / "t.npy"))).preprocessing.numbers) == 2
    np.savez(tmp_path / "t.npz", X=np.stack([np.arange(30.0), NOISE], axis=1), y=NOISE)
    assert len(make_dataset(source.read(str(tmp_path / "t.npz"))).preprocessing.numbers) == 2
    assert not any(source.read(name).may_have_index for name in builtin.BUILTIN if name != "fashion-mnist")


def test_vectors_of_a_frame_are_judged_as_well():
    table = source.read("cubic")
    vectors = {"id": np.arange(table.rows), "b": np.arange(table.rows) * 2}
    table = replace(table, columns=("id", "b", *table.columns), vectors=vectors, may_have_index=True)
    assert without_row_numbers(table, ("id", "b", "x"))[0] == ("b", "x")


def test_a_model_does_not_need_them(tmp_path, features):
    features({"id": COUNT[0], "a": NOISE})
    data = make_dataset(delimited.read(str(tmp_path / "t.csv")))
    (tmp_path / "n.csv").write_text("a\n0.5\n")
    table = delimited.read(str(tmp_path / "n.csv"), delimited.ReadOptions(data.preprocessing.kinds, only=True))
    assert data.preprocessing.inputs(table)[0].shape == (1, 1)
