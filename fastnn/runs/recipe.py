"""Take the recipe for a table, unless the user wants the plain defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastnn.config import Experiment
from fastnn.data.builtin import BUILTIN
from fastnn.data.question import Question
from fastnn.recipe.choices import chosen
from fastnn.recipe.facts import Facts
from fastnn.recipe.limits import limited


def with_recipe(experiment: Experiment, question: Question, tables: Mapping[str, Any], notes: list[str]) -> Experiment:
    """Return the experiment with the choices of the recipe, if it is taken. notes: what the user should know."""
    e = experiment
    recipe = e.recipe or ("auto" if e.data in tables or _is_table(e.data, e.format) else "plain")
    facts = _facts(question, e)
    made = replace(e, recipe="plain") if recipe == "plain" else chosen(e, facts)
    return limited(made, facts, notes)


def _is_table(data: str, format: str) -> bool:
    """Return whether this is a text file, or standard input."""
    if data in BUILTIN or Path(data).is_dir():
        return False
    return format != "auto" or not data.lower().endswith((".npz", ".npy"))


def _facts(question: Question, experiment: Experiment) -> Facts:
    table = question.table
    numbers = [name for name in question.inputs if table.numeric(name)]
    texts = [name for name in question.inputs if name in table.texts]
    classes = 0
    if question.task == "classification" and len(question.columns) == 1:
        name = question.columns[0]
        classes = len(question.classes) or len(
            table.texts[name].labels if name in table.texts else set(table.numbers(name))
        )
    test = experiment.test if isinstance(experiment.test, float) else 0.0
    return Facts(
        rows=round(len(question.known) * (1 - test)),
        numbers=len(numbers),
        categories=len(texts),
        labels=sum(len(table.texts[name].labels) for name in texts),
        task=question.task,
        classes=classes,
    )
