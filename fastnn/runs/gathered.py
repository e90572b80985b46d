"""The data of a run: one data set, or one for each fold and each encoding."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastnn.config import Experiment
from fastnn.config.values import bins
from fastnn.data.dataset import Dataset, Encoders, dataset_of
from fastnn.data.folds import datasets
from fastnn.data.question import Question
from fastnn.data.share import Folds
from fastnn.data.split import Parts, partition, rotate
from fastnn.data.table import Table
from fastnn.recipe.choices import candidates


@dataclass(frozen=True)
class Gathered:
    """dataset: all that is said about the data, and the arrays of a single network.

    by_encoding: the data sets that the networks take in turn, for each encoding that is to be tried.
    """

    dataset: Dataset
    by_encoding: dict[str, list[Dataset]]


def gather(
    experiment: Experiment,
    question: Question,
    validation: float | Folds | Table | None,
    test: float | Folds | Table | None,
) -> Gathered:
    """Return the data. validation, test: a share of the rows, folds, another table, or None."""
    e = experiment
    encodings = candidates(e.encoding)
    by_encoding = {
        name: Encoders(e.missing, e.output_activation, e.dtype, e.clip_inputs, bins(name)) for name in encodings
    }
    strata = question.strata(e.stratify)
    of_test = test if isinstance(test, float | int) else 0.0
    tests = test if isinstance(test, Table) else question.table.test if test is None else None
    if isinstance(validation, Folds):
        drawn = rotate(question.table.rows, validation.number, of_test, e.seed, strata)
        folds = [question.having_target(parts) for parts in drawn]
    else:
        share = validation if isinstance(validation, float | int) else 0.0
        folds = [question.having_target(partition(question.table.rows, share, of_test, e.seed, strata))]
    if len(folds) > 1 and e.ensemble > 1:
        everything = Parts(*question.having_target(_all_but_test(question, folds[0])))
        plain = replace(by_encoding[encodings[0]], bins=0)
        about = dataset_of(question, everything, plain, None, tests, reserved=False)
        about = replace(about, X=about.X[:0].copy(), y=about.y[:0].copy())
        return Gathered(about, {name: datasets(question, folds, one, tests) for name, one in by_encoding.items()})
    validating = validation if isinstance(validation, Table) else None
    found = {
        name: [dataset_of(question, folds[0], one, validating, tests, reserved=False)]
        for name, one in by_encoding.items()
    }
    return Gathered(found[encodings[0]][0], found)


def _all_but_test(question: Question, parts: Parts) -> Parts:
    import numpy as np

    rows = np.sort(np.concatenate([parts.training, parts.validation]))
    return Parts(rows, rows[:0], parts.test)
