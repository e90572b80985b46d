"""``fastnn evaluate RUN DATA``."""

from __future__ import annotations

import json
import math

import click

from fastnn.cli.options import features_option, header_option, plugin_option


@click.command(short_help="Say how good a model is on the rows of a file.")
@click.argument("run")
@click.argument("data")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@features_option
@header_option
@plugin_option
def evaluate(run: str, data: str, features: str | None, header: str, as_json: bool) -> None:
    """Loss and metrics of the best model of RUN (a run's folder, or a .safetensors file) on DATA.

    DATA needs the columns that the model was trained on, and the target's. Of a data set with test rows of its
    own, such as fashion-mnist, those are taken.
    """
    from fastnn.cli.lines import say
    from fastnn.cli.phrases import measures
    from fastnn.runs.model import load
    from fastnn.runs.predictions import read_for

    model = load(run)
    table = read_for(model, data, features, header=header)
    found, remarks = model.evaluate_table(table)
    for text in remarks:
        say(f"Note: {text}.", err=True)
    if as_json:
        plain = {name: value if math.isfinite(value) else None for name, value in found.items()}
        click.echo(json.dumps({"data": table.source, "rows": table.rows, **plain}, allow_nan=False))
    else:
        say(f"{table.source}, {table.rows:,} rows: {measures(found)}")
