"""``fastnn evaluate RUN DATA``."""

from __future__ import annotations

import json

import click

from fastnn.cli.options import features_option, header_option, plugin_option


@click.command(short_help="Compute the loss and the metrics of a model on a file.")
@click.argument("run")
@click.argument("data")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@features_option
@header_option
@plugin_option
def evaluate(run: str, data: str, features: str | None, header: str, as_json: bool) -> None:
    """Compute the loss and the metrics of a model on DATA.

    For classes: accuracy, balanced accuracy, F1 and ROC AUC (means over the classes), log loss, and the confusion
    matrix. For a regression: R², and MAE and RMSE in the units of the target; the loss is of the standardized target.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, and the target. If a data set has its own test rows, such as fashion-mnist, these are used.
    """
    from fastnn.cli.lines import finite_or_none, say
    from fastnn.cli.phrases import MOST_CLASSES, confusion_table, format_metrics
    from fastnn.model.predictions import read_for
    from fastnn.runs.loading import load

    model = load(run)
    table = read_for(model, data, features, header=header)
    metrics, notes = model.evaluate_table(table)
    for text in notes:
        say(f"Note: {text}.", err=True)
    target, matrix = model.preprocessing.target, metrics.get("confusion_matrix")
    if as_json:
        found = {name: finite_or_none(value) for name, value in metrics.items()}
        found |= {"classes": target.classes} if target.classes else {}
        found |= {"standardized": True} if target.standardized else {}
        click.echo(json.dumps({"data": table.source, "rows": table.rows, **found}, allow_nan=False))
    else:
        say(f"{table.source}, {table.rows:,} rows: {format_metrics(metrics, target.standardized)}")
        if matrix and len(target.classes) <= MOST_CLASSES:
            say(confusion_table(matrix, target.classes))
