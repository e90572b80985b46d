"""``fastnn predict RUN DATA``."""

from __future__ import annotations

import click

from fastnn.cli.options import features_option, header_option, plugin_option


@click.command(short_help="Write a model's predictions for the rows of a file.")
@click.argument("run")
@click.argument("data")
@click.option("-o", "--output", default="-", metavar="FILE", help="CSV file to write.  [standard output]")
@click.option("--overwrite", is_flag=True, help="Write over the file if it exists.")
@features_option
@header_option
@plugin_option
def predict(run: str, data: str, features: str | None, header: str, output: str, overwrite: bool) -> None:
    """Predict for every row of DATA with the best model of RUN (a run's folder, or a .safetensors file).

    DATA needs the columns that the model was trained on, in any order, with their raw values. Classes: the label
    and a probability for each; values: in the data's own units.
    """
    from fastnn.cli.lines import say
    from fastnn.runs.model import load
    from fastnn.runs.predictions import read_for, write_csv

    model = load(run)
    columns, remarks = model.predict(read_for(model, data, features, need_target=False, header=header))
    for text in remarks:
        say(f"Note: {text}.", err=True)
    write_csv(columns, output, overwrite, inputs=(run, data))
