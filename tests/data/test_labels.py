"""Labels keep the type and the spelling in which they were written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastnn.data import source
from fastnn.data.dataset import make_dataset
from fastnn.data.table import Table, encode_texts
from fastnn.data.target import Target


def target(values, spellings=None) -> Target:
    values = np.asarray(values)
    texts = {"y": encode_texts(values)} if values.dtype.kind == "U" else {}
    vectors = {} if texts else {"y": values.astype(float)}
    matrix = np.arange(float(len(values)))[:, None]
    table = Table("t.csv", ("a", "y"), matrix, {"a": 0}, vectors, texts, ("y",), spellings={"y": spellings or {}})
    return make_dataset(table, validation=None, kind="class").preprocessing.target


@pytest.mark.parametrize(
    ("values", "spellings", "kind", "expected"),
    [
        (["no", "yes"], {}, "text", np.array(["no", "yes"])),
        ([10, 9, 2], {}, "integer", np.array([2, 9, 10])),
        ([-1, 1], {}, "integer", np.array([-1, 1])),
        ([0.5, 1.0], {}, "float", np.array([0.5, 1.0])),
        ([1, 2], {1.0: "1.0", 2.0: "2.0"}, "float", np.array([1.0, 2.0])),
        ([1, 10], {1.0: "01"}, "text", np.array(["01", "10"])),
        ([1.5, 2.5], {1.5: "1.50", 2.5: "2.50"}, "text", np.array(["1.50", "2.50"])),
        ([1e20, 2e20], {}, "text", np.array(["100000000000000000000", "200000000000000000000"])),
        (["1", "2"], {}, "text", np.array(["1", "2"])),
        (["True", "False"], {}, "text", np.array(["False", "True"])),
    ],
)
def test_types(values, spellings, kind, expected):
    found = target(values, spellings)
    assert found.label_type == kind
    labels = found.labels(np.array([1, 0]))
    assert labels.dtype.kind == expected.dtype.kind and labels.tolist() == expected[[1, 0]].tolist()
    json = found.to_json()
    assert Target.from_json(json) == found
    del json["label_type"], json["scaling"]  # as version 0.1 wrote it
    assert Target.from_json(json) == found
    assert replace(found, label_type="boolean").to_json()["label_type"] == "boolean"


@pytest.mark.parametrize("change", [{"label_type": "integer"}, {"label_type": "boolean"}, {"label_type": "x"}])
def test_damaged_types(change):
    with pytest.raises(ValueError):
        Target.from_json(target(["no", "yes"]).to_json() | change)


def test_booleans_of_an_array(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.arange(6.0)[:, None], y=np.array([True, False] * 3))
    found = make_dataset(source.read(str(tmp_path / "t.npz")), validation=None).preprocessing.target
    assert found.label_type == "boolean" and Target.from_json(found.to_json()) == found
    assert found.labels(np.array([0, 1])).tolist() == [False, True]
