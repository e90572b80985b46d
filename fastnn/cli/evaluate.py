"""``fastnn evaluate RUN DATA``."""

from __future__ import annotations

import json
import math

import click

from fastnn.cli.options import device_option, features_option, header_option, plugin_option


@click.command(short_help="Compute the loss and the metrics of a model on a file.")
@click.argument("run")
@click.argument("data")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@features_option
@header_option
@device_option
@plugin_option
def evaluate(run: str, data: str, features: str | None, header: str, device: str, as_json: bool) -> None:
    """Compute the loss and the metrics of a model on DATA.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, and the target. If a data set has its own test rows, such as fashion-mnist, these are used.
    """
    from fastnn.cli.lines import say
    from fastnn.cli.phrases import format_metrics
    from fastnn.model.predictions import read_for
    from fastnn.runs.loading import load

    model = load(run)
    table = read_for(model, data, features, header=header)
    metrics, notes = model.evaluate_table(table, device)
    for text in notes:
        say(f"Note: {text}.", err=True)
    if as_json:
        plain = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        click.echo(json.dumps({"data": table.source, "rows": table.rows, **plain}, allow_nan=False))
    else:
        say(f"{table.source}, {table.rows:,} rows: {format_metrics(metrics)}")
