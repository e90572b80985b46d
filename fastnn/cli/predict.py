"""``fastnn predict RUN DATA``."""

from __future__ import annotations

import click

from fastnn.cli.options import device_option, features_option, header_option, plugin_option


@click.command(short_help="Write the predictions of a model for a file.")
@click.argument("run")
@click.argument("data")
@click.option("-o", "--output", default="-", metavar="FILE", help="CSV file to write.  [standard output]")
@click.option("--overwrite", is_flag=True, help="Overwrite the file if it exists.")
@features_option
@header_option
@device_option
@plugin_option
def predict(run: str, data: str, features: str | None, header: str, device: str, output: str, overwrite: bool) -> None:
    """Write the predictions of a model for every row of DATA as CSV.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, in any order, with their original values. For a classification the result is the predicted
    class and the probability of each class; for a regression, values in the units of the training data.
    """
    from fastnn.cli.lines import say
    from fastnn.model.predictions import read_for, write_csv
    from fastnn.runs.loading import load

    model = load(run)
    columns, notes = model.predict(read_for(model, data, features, need_target=False, header=header), device)
    for text in notes:
        say(f"Note: {text}.", err=True)
    write_csv(columns, output, overwrite, inputs=(run, data))
