"""Which texts are missing values: the usual ones, those of the user, or those of an old model."""

import io

import numpy as np
import pytest

from fastnn.config import experiment
from fastnn.data.dataset import apply, make_dataset
from fastnn.data.missing import MISSING_0_1, USUAL
from fastnn.data.preprocessing import Preprocessing
from fastnn.data.text import delimited
from fastnn.errors import DataError, UsageError

ROWS = ["1", "-999", "-999.0", "None", "#N/A", "", "nan", "x"]


@pytest.fixture
def read(tmp_path):
    def read(cells: list[str], **options):
        text = "a,n,y\n" + "".join(f'"{cell}",{i % 3},{i % 7}.5\n' for i, cell in enumerate(cells))
        (tmp_path / "t.csv").write_text(text)
        return delimited.read(str(tmp_path / "t.csv"), delimited.ReadOptions(**options))

    return read


def absent(table) -> list[int]:
    """The rows without a value in column a."""
    if table.numeric("a"):
        return np.flatnonzero(np.isnan(table.numbers("a"))).tolist()
    return np.flatnonzero(table.texts["a"].codes < 0).tolist()


def test_the_usual_ones_are_those_of_pandas_and_of_version_0_1(read):
    candidates = [*USUAL, "none", "N.A.", "-", ".", "missing", "#NULL!", "inf", "NONE", "Nan"]
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(io.StringIO("a,b\n" + "".join(f'"{text}",x\n' for text in candidates)))
    expected = [i for i, gone in enumerate(frame["a"].isna()) if gone or candidates[i] in MISSING_0_1]
    assert absent(read(candidates, kinds={"a": "category"})) == expected == list(range(len(USUAL)))
    assert absent(read([*USUAL, *map(str, range(30))])) == list(range(len(USUAL)))


@pytest.mark.parametrize(
    ("na_values", "kind", "expected"),
    [
        (None, "category", [3, 4, 5, 6]),
        ((), "category", [5]),
        (("-999",), "category", [1, 2, 5]),
        (("-999.00", "x"), "category", [1, 2, 5, 7]),
        (MISSING_0_1, "category", [5, 6]),
        (("-999", "None", "#N/A", "nan", "x"), "", [1, 2, 3, 4, 5, 6, 7]),
        (("-999", "None", "#N/A", "nan", "x"), "number", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_lists(read, na_values, kind, expected):
    table = read(ROWS, na_values=na_values, kinds={"a": kind} if kind else {})
    assert absent(table) == expected and table.na_values == tuple(USUAL if na_values is None else na_values)


def test_nan_is_a_text_where_it_is_not_listed(read):
    with pytest.raises(DataError, match=r"line 5: column 'a' holds numbers, but here is 'nan'"):
        read(["1", "2", "3", "nan"], na_values=())


@pytest.mark.parametrize("text", ["Nan", "-NAN", "+nan"])
def test_odd_ways_to_write_nan_mean_the_same_in_training_and_for_a_model(read, text):
    for na_values in (USUAL, MISSING_0_1):
        table = read(["1", "2", text], na_values=na_values, kinds={"a": "number"}, only=True)
        assert absent(table) == absent(read(["1", "2", text])) == [2]


def test_a_text_that_is_missing_since_this_version_is_said(read):
    table = read(["Fence", "None", "Gate", "None", "NA"])
    assert table.texts["a"].labels == ("Fence", "Gate") and absent(table) == [1, 3, 4]
    assert any("'None' in column 'a' (2 cells)" in note and "--na-values" in note for note in table.notes)
    assert table.changes == ("'None' in 'a' is a missing value",)
    for options in ({"na_values": USUAL}, {"na_values": ()}, {"kinds": {"a": "category"}, "only": True}):
        table = read(["Fence", "None", "Gate"], **options)
        assert not table.notes and not table.changes
    table = read(["1", "#N/A", "#N/A"])  # texts and one number, for version 0.1
    assert table.numeric("a") and table.changes and "'#N/A' in column 'a' (2 cells)" in table.notes[0]
    table = read(["1", "2", "#N/A"])  # an error for version 0.1
    assert table.numeric("a") and not table.notes and not table.changes


def test_a_label_that_is_read_as_missing_is_named(read):
    table = read(["NA", "EU", "NA", "EU"], target=("a",))
    with pytest.raises(DataError, match="NA is read as missing; --na-values none"):
        make_dataset(table, target=("a",))
    data = make_dataset(read(["NA", "EU"] * 9, target=("a",), na_values=()), target=("a",))
    assert data.preprocessing.target.classes == ("EU", "NA")


def test_the_model_keeps_the_list(read):
    fitted = make_dataset(read(["u", "v", "None"] * 9, na_values=("v",)), missing="mean").preprocessing
    assert fitted.na_values == ("v",) and dict(fitted.texts)["a"] == ("None", "u")
    stored = fitted.to_json()
    assert Preprocessing.from_json(stored, "m") == fitted
    del stored["na_values"]  # as version 0.1 wrote it
    old = Preprocessing.from_json(stored, "m")
    assert old.na_values == MISSING_0_1
    table = read(["u", "None"], kinds=old.kinds, only=True, na_values=old.na_values)
    assert absent(table) == []
    with pytest.raises(DataError, match="no column 'y'"):
        apply(old, delimited.read(table.source, delimited.ReadOptions(header="no", only=True)), [])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None), ("auto", None), ("none", ()), ([], ()), ("NA,-999", ("NA", "-999")), (-999, ("-999",)),
        ([-1.5, "x"], ("-1.5", "x")), ("none,x", ("none", "x")), (["none"], ("none",)),
    ],
)  # fmt: skip
def test_the_setting(given, expected):
    assert experiment("digits", {"na_values": given}).na_values == expected


@pytest.mark.parametrize("given", [True, [True], "a,,b", {"a": 1}])
def test_refused_settings(given):
    with pytest.raises(UsageError, match="--na-values"):
        experiment("digits", {"na_values": given})
