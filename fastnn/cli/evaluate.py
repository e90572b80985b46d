"""``fastnn evaluate RUN DATA``."""

from __future__ import annotations

import json

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.options import (
    device_option,
    features_option,
    format_option,
    header_option,
    missing_target_option,
    plugin_option,
)


@click.command(cls=Command, short_help="Compute the loss and the metrics of a model on a file.")
@click.argument("run", shell_complete=files)
@click.argument("data", shell_complete=files)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@features_option
@header_option
@format_option
@missing_target_option
@device_option
@plugin_option
def evaluate(
    run: str,
    data: str,
    features: str | None,
    header: str,
    format: str,
    missing_target: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Compute the loss and the metrics of a model on DATA.

    For classes: accuracy, balanced accuracy, F1 and ROC AUC (means over the classes), log loss, and the confusion
    matrix. For a regression: R², and MAE and RMSE in the units of the target; the loss is of the standardized target.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, and the target; - is standard input. If a data set has its own test rows, such as fashion-
    mnist, these are used.
    """
    from fastnn.cli.lines import expect_input, finite_or_none, say, say_note
    from fastnn.cli.phrases import MOST_CLASSES, confusion_table, format_metrics, grouped
    from fastnn.cli.reading import reading
    from fastnn.model.evaluation import evaluate_table
    from fastnn.model.reading import read_for
    from fastnn.runs.loading import load_model

    model = load_model(run, say_note)
    expect_input(data)
    with reading(data):
        table = read_for(model.preprocessing, data, features, header=header, format=format)
    metrics, notes, rows = evaluate_table(model.networks, model.preprocessing, table, missing_target, device)
    for text in grouped(notes):
        say_note(text)
    target, matrix = model.preprocessing.target, metrics.get("confusion_matrix")
    if as_json:
        found = {name: finite_or_none(value) for name, value in metrics.items()}
        found |= {"classes": target.classes} if target.classes else {}
        found |= {"standardized": True} if target.standardized else {}
        click.echo(json.dumps({"data": table.source, "rows": rows, **found}, allow_nan=False))
    else:
        say(f"{table.source}, {rows:,} rows: {format_metrics(metrics, target.standardized)}")
        if matrix and len(target.classes) <= MOST_CLASSES:
            say(confusion_table(matrix, target.classes))
