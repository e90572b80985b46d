"""``fastnn predict RUN DATA``."""

from __future__ import annotations

from contextlib import suppress

import click

from fastnn.cli.command import Command
from fastnn.cli.completion import files
from fastnn.cli.options import device_option, features_option, format_option, header_option, plugin_option


@click.command(cls=Command, short_help="Write the predictions of a model for a file.")
@click.argument("run", shell_complete=files)
@click.argument("data", shell_complete=files)
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=files,
    help="File to write: .csv or .tsv, also with .gz.  [standard output, as CSV]",
)
@click.option("--overwrite", is_flag=True, help="Overwrite the file if it exists.")
@features_option
@header_option
@format_option
@device_option
@plugin_option
def predict(
    run: str,
    data: str,
    features: str | None,
    header: str,
    format: str,
    device: str,
    output: str,
    overwrite: bool,
) -> None:
    """Write the predictions of a model for every row of DATA.

    RUN is the folder of a run, whose best model is used, or a .safetensors file. DATA must contain the columns that the
    model was trained on, in any order, with their original values; - is standard input. For a classification the result
    is the predicted class and the probability of each class; for a regression, values in the units of the training
    data. A number is the shortest text that reads back to the same number.
    """
    from fastnn.cli.lines import expect_input, say_note
    from fastnn.cli.phrases import grouped
    from fastnn.cli.reading import reading
    from fastnn.data.text.pieces import InDoubtError, may_be_in_pieces
    from fastnn.model.output import Output
    from fastnn.model.outputs import as_columns, predicted
    from fastnn.model.reading import options_for, read_for
    from fastnn.model.streaming import columns_of_pieces
    from fastnn.runs.loading import load_model

    place = Output(output, overwrite, inputs=(run, data))
    model = load_model(run, say_note)
    fitted = model.preprocessing
    options = options_for(fitted, features, need_target=False, header=header, format=format)
    if may_be_in_pieces(data, options):
        with suppress(InDoubtError), reading(data):
            place.write_parts(columns_of_pieces(model.networks, fitted, data, options, device))
            return
    expect_input(data)
    with reading(data):
        table = read_for(fitted, data, features, need_target=False, header=header, format=format)
    outputs, notes = predicted(model.networks, fitted, table, device)
    for text in grouped(notes):
        say_note(text)
    place.write(as_columns(outputs, fitted.target, model.loss))
