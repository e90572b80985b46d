"""All settings: the options of ``fastnn train`` and the keys of its TOML file, in one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastnn.config.parts import activations, part
from fastnn.config.values import (
    argument,
    choice,
    encoding,
    held_out,
    integer,
    missing_values,
    names,
    validating,
    widths,
)
from fastnn.limits import DEVICE, DTYPE, Check, Number, optional
from fastnn.parts.kinds import DEFAULT_BATCH


@dataclass(frozen=True)
class Setting:
    """One setting: its key in TOML (the option has dashes), default, check and help text.

    parameter_of: the part whose parameter of the same name it sets, such as "optimizer" for lr; None is then the
    part's own default, and the part checks the limits.
    """

    name: str
    default: Any
    check: Check
    metavar: str
    help: str
    parameter_of: str = ""

    @property
    def option(self) -> str:
        """The option on the command line."""
        return "--" + self.name.replace("_", "-")


DATA = (
    Setting("target", (), names, "COL", "Column to predict, or several columns. Default: the last."),
    Setting("task", "auto", choice("auto", "regression", "classification"), "TASK",
            "auto, regression or classification. auto: classification for text or up to 20 distinct integers."),
    Setting("validation", 0.2, validating, "FRACTION|FILE",
            "Validation data: a fraction of the rows, last:FRACTION for the last rows, a file, or none. folds:N: each "
            "network validates on another of N parts of the rows."),
    Setting("test", None, optional("auto", held_out), "FRACTION|FILE",
            "Test data, judged once at the end: a fraction of the rows, last:FRACTION, a file, or none. "
            "auto: the rows that the data set reserves for testing, if any."),
    Setting("stratify", False, argument("stratify"), "BOOL",
            "Give each class its share of the validation and test rows: true or false."),
    Setting("features", (), names, "COLS", "Columns to learn from. Default: all except the target."),
    Setting("ignore", (), names, "COLS", "Columns to leave out."),
    Setting("categorical", (), names, "COLS", "Columns of numbers to treat as categories."),
    Setting("numeric", (), names, "COLS", "Columns of texts to read as numbers, such as 007."),
    Setting("missing", "mean", choice("error", "mean"), "RULE",
            "Empty cells: mean (the training mean for numbers, no category for text), or error."),
    Setting("missing_target", "error", choice("error", "drop"), "RULE",
            "Rows without a target: error, or drop (they are left out)."),
    Setting("na_values", None, missing_values, "TEXTS",
            "Texts that mean an empty cell, such as NA,-999. auto: the usual ones. none: only empty cells."),
    Setting("clip_inputs", None, optional("none", Number(above=0)), "LIMIT",
            "Smooth clip of standardized numbers: z / sqrt(1 + (z / LIMIT)^2), or none."),
    Setting("encoding", "none", encoding, "ENCODING",
            "Encoding of numbers: none; quantiles:N, a piecewise linear encoding in N bins beside each number; or "
            "auto, the better one by validation loss."),
    Setting("header", "auto", choice("auto", "yes", "no"), "RULE",
            "Whether a text file begins with a line of column names: auto, yes or no (columns x1, x2 ...)."),
    Setting("decimal", "auto", choice("auto", "point", "comma"), "SIGN",
            "Decimal separator of a text file: auto, point or comma."),
    Setting("format", "auto", choice("auto", "csv", "tsv"), "FORMAT",
            "Format of DATA: auto (by the name of the file; standard input is CSV), csv or tsv."),
)  # fmt: skip

NETWORK = (
    Setting("ensemble", 1, integer(1, 1000), "K", "Number of networks. Their predictions are averaged."),
    Setting("hidden", (128,), widths, "WIDTHS", "Widths of the hidden layers, such as 128,64, or none."),
    Setting("activation", "relu", activations, "NAME", "Activation of the hidden layers, or one per layer: relu,tanh."),
    Setting("output_activation", "identity", part("activation"), "NAME", "Activation of the output layer."),
    Setting("initializer", "he_normal", part("initializer"), "NAME", "Initializer of the weights."),
    Setting("bias_initializer", "zeros", part("initializer"), "NAME", "Initializer of the biases."),
    Setting("dtype", "float32", DTYPE, "DTYPE", "Type of all numbers: float32 or float64."),
)

RECIPE = (
    Setting("recipe", None, optional("default", choice("auto", "plain")), "RECIPE",
            "auto: choose all settings that are not given for the table. plain: use the defaults shown here. Default: "
            "auto for a table file, unless --hidden, --epochs or --config is given."),
)  # fmt: skip

TRAINING = (
    Setting("loss", None, optional("auto", part("loss")), "NAME",
            "Loss. auto: cross_entropy for classification, mse for regression."),
    Setting("optimizer", "adam", part("optimizer"), "NAME", "Optimizer, also with hyperparameters: adam:beta1=0.8."),
    Setting("lr", None, optional("auto", Number()), "RATE", "Learning rate. auto: the optimizer's default.",
            parameter_of="optimizer"),
    Setting("epochs", 10, argument("epochs"), "N", "Number of passes over the training data."),
    Setting("batch_size", None, optional("auto", argument("batch_size")), "N",
            f"Rows per step. auto: {DEFAULT_BATCH}, or all rows if the optimizer needs them."),
    Setting("shuffle", True, argument("shuffle"), "BOOL", "Shuffle the training rows in every epoch: true or false."),
    Setting("dropout", 0.0, argument("dropout"), "P", "Fraction of the hidden units set to 0 in each step."),
    Setting("l1", 0.0, argument("l1"), "FACTOR", "L1 penalty on the weights: adds l1 * sum(|W|) to the loss."),
    Setting("l2", 0.0, argument("l2"), "FACTOR", "L2 penalty on the weights: adds l2/2 * sum(W^2) to the loss."),
    Setting("clip_norm", None, optional("none", argument("clip_norm")), "NORM",
            "Clip gradients to this global L2 norm, or none."),
    Setting("early_stopping", None, optional("none", argument("early_stopping")), "N",
            "Stop after N epochs without a lower validation loss, or none."),
    Setting("tolerance", None, optional("none", argument("tolerance")), "NORM",
            "Stop when the gradient's norm stays at or below this for a whole epoch, or none."),
    Setting("device", "cpu", DEVICE, "DEVICE",
            "Device to train on: auto, cpu, cuda, or cuda:N for the GPU with the number N."),
    Setting("threads", None, optional("all", argument("threads")), "N",
            "Number of threads, or all. The result is the same for any number."),
    Setting("seed", 0, argument("seed"), "N",
            "Random seed for the split, initialization, shuffling and dropout."),
)  # fmt: skip

GROUPS = {"Recipe": RECIPE, "Data": DATA, "Network": NETWORK, "Training": TRAINING}
SETTINGS = {setting.name: setting for group in GROUPS.values() for setting in group}
PARTS = ("output_activation", "initializer", "bias_initializer", "loss", "optimizer")
