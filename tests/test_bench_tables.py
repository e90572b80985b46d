"""`make bench-tables` without its tables: what the competitors return, how they are judged, and the document."""

from __future__ import annotations

import json

import numpy as np
import pandas
import pytest

from asv_bench.tables import data, document, job, trial
from asv_bench.tables.competitors import BOOSTING, COMPETITORS, FASTNN, MLP
from asv_bench.tables.data import MANY, TABLES, TWO, VALUE, Table
from asv_bench.tables.judging import score, verdict
from asv_bench.tables.trial import Outcome, Trial


def frame(rows=120):
    """Numbers and texts, some missing, with a category that only the last rows have."""
    x = np.arange(rows, dtype=float)
    kind = np.where(x % 3 == 0, "a", "b").astype(object)
    kind[-5:] = "new"
    kind[7] = None
    value = np.where(x == 11, np.nan, x)
    names = np.array(["no", "maybe", "yes"])[(3 * x / rows).astype(int)]
    return pandas.DataFrame({"value": value, "kind": kind, "price": 2 * x, "two": (x > 60).astype(int), "many": names})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", COMPETITORS)
@pytest.mark.parametrize(("target", "kind"), [("price", VALUE), ("two", TWO), ("many", MANY)])
def test_a_job_predicts_in_the_order_of_the_classes(tmp_path, name, target, kind):
    table = frame()[["value", "kind", target]]
    train, test = table[table.index % 2 == 0], table[table.index % 2 == 1]
    classes = [] if kind == VALUE else sorted(map(str, table[target].unique()))
    train.to_csv(tmp_path / "train.csv", index=False)
    test.drop(columns=target).to_csv(tmp_path / "test.csv", index=False)
    (tmp_path / "about.json").write_text(json.dumps({"target": target, "classes": classes}))
    job.main(name, tmp_path)
    found = np.load(tmp_path / "predictions.npy")
    truth = (test[target].astype(str) if classes else test[target]).to_numpy()
    reached = score(kind, truth, found, classes)
    assert reached > {VALUE: -5, TWO: 0.7, MANY: 0.4}[kind]  # a wrong order would be far below
    if classes:
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_scores():
    assert score(VALUE, np.array([1.0, 2, 3]), np.array([1.0, 2, 4]), []) == pytest.approx(0.5)
    two = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    assert score(TWO, np.array(["n", "n", "y", "y"]), two, ["n", "y"]) == pytest.approx(0.75)
    many = np.eye(3)[[0, 1, 2, 2]]
    assert score(MANY, np.array(["a", "b", "c", "a"]), many, ["a", "b", "c"]) == pytest.approx(0.75)


@pytest.mark.parametrize("found", [np.zeros((4, 1)), np.zeros(3)])
def test_predictions_of_a_wrong_shape_are_refused(found):
    with pytest.raises(ValueError, match="shape"):
        score(VALUE, np.arange(4.0), found, [])


@pytest.mark.parametrize(
    ("scores", "others", "expected"),
    [
        ([0.9, 0.8], [0.848, 0.847], "tie"),
        ([0.9, 0.8], [0.853, 0.854], "loss"),
        ([0.9, 0.8], [0.84, 0.84], "win"),
        ([], [0.1], "loss"),
        ([0.1], [], "win"),
    ],
)
def test_a_small_difference_is_a_tie(scores, others, expected):
    assert verdict(scores, others) == expected


def made(name, rows, fastnn, mlp, boosting, seconds):
    outcomes = {FASTNN: Outcome([fastnn] * 2, [seconds] * 2), MLP: Outcome([mlp] * 2, [1.0] * 2)}
    outcomes[BOOSTING] = Outcome(problem="out of memory") if boosting is None else Outcome([boosting] * 2, [1.0] * 2)
    return Trial(Table(name, "package/set", "y", VALUE), rows, 4, outcomes)


def test_the_document_counts_and_names_what_failed():
    trials = [
        made("small", 900, 0.9, 0.8, 0.901, 2.0),
        made("middle", 9000, 0.5, 0.6, 0.6, 6.5),
        made("large", 30_000, 0.5, 0.4, None, 30.0),
    ]
    found = {row.what: (row.measured, row.met) for row in document.targets(trials)}
    assert found == {
        "better than MLP or equal, share of the tables": ("67%: 2 wins, 0 ties, 1 losses", False),
        "better than boosting or equal, share of the tables": ("67%: 1 wins, 1 ties, 1 losses", True),
        "fastnn's seconds, tables of up to 10,000 rows": ("6.5 (middle)", False),
        "fastnn's seconds, tables of up to 50,000 rows": ("30.0 (large)", True),
    }
    text = document.markdown(trials, 2, [("processor", "fast")])
    assert "| large  | R2    | 0.5000 ± 0.0000 | 0.4000 ± 0.0000 | failed" in text
    assert "Problem: large, boosting: out of memory" in text


def test_splits_are_the_same_for_all_and_differ_from_each_other(tmp_path, monkeypatch):
    table, seen = Table("made", "package/set", "two", TWO), []
    monkeypatch.setattr(data.Table, "read", lambda self: frame())

    def fake(name, folder):
        train, test = (pandas.read_csv(f"{folder}/{part}.csv") for part in ("train", "test"))
        seen.append((name, tuple(train["price"]), tuple(test["price"])))
        assert "two" not in test
        assert train["two"].mean() == pytest.approx(frame()["two"].mean(), abs=0.01)
        np.save(f"{folder}/predictions.npy", np.full((len(test), 2), 0.5))
        return trial.command.Ended(1.5, 0, "")

    monkeypatch.setattr(trial, "_job", fake)
    found = trial.run(table, [FASTNN, MLP], 2, print)
    assert [name for name, *_ in seen] == [FASTNN, MLP, FASTNN, MLP]
    assert seen[0][1:] == seen[1][1:] != seen[2][1:] == seen[3][1:]
    assert not set(seen[0][1]) & set(seen[0][2])
    assert (found.rows, found.columns) == (120, 4)
    assert found.outcomes[MLP] == Outcome([0.5, 0.5], [1.5, 1.5])


def test_a_competitor_that_failed_is_not_tried_again(monkeypatch):
    asked = []
    monkeypatch.setattr(data.Table, "read", lambda self: frame())

    def fake(name, folder):
        asked.append(name)
        raise trial.command.CommandFailed("killed")

    monkeypatch.setattr(trial, "_job", fake)
    found = trial.run(Table("made", "package/set", "price", VALUE), [FASTNN], 3, print)
    assert asked == [FASTNN]
    assert found.outcomes[FASTNN].problem == "killed"


def test_tables_have_names_of_their_own_and_the_quick_ones_are_of_every_kind():
    assert len({table.name for table in TABLES}) == len(TABLES) >= 8
    assert {table.kind for table in TABLES if table.quick} == {VALUE, TWO, MANY}
