"""``fastnn predict RUN DATA``."""

from __future__ import annotations

import click

from fastnn.cli.options import features_option, header_option, plugin_option


@click.command(short_help="Write the predictions of a model for a file.")
@click.argument("run")
@click.argument("data")
@click.option("-o", "--output", default="-", metavar="FILE", help="CSV file to write.  [standard output]")
@click.option("--overwrite", is_flag=True, help="Overwrite the file if it exists.")
@features_option
@header_option
@plugin_option
def predict(run: str, data: str, features: str | None, header: str, output: str, overwrite: bool) -> None:
    """Write the predictions of a model for every row of DATA as CSV.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, in any order, with their original values. For a classification the result is the predicted
    class and the probability of each class; for a regression, values in the units of the training data.
    """
    from fastnn.cli.lines import say
    from fastnn.model.outputs import as_columns, predicted
    from fastnn.model.predictions import write_csv
    from fastnn.model.reading import read_for
    from fastnn.runs.loading import load_model

    model = load_model(run)
    fitted = model.preprocessing
    table = read_for(fitted, data, features, need_target=False, header=header)
    outputs, notes = predicted(model.networks, fitted, table)
    for text in notes:
        say(f"Note: {text}.", err=True)
    write_csv(as_columns(outputs, fitted.target, model.loss), output, overwrite, inputs=(run, data))
