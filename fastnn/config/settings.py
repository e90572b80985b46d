"""Everything that can be set: the options of ``fastnn train`` and the keys of its TOML file, in one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastnn.config.parts import activations, part
from fastnn.config.values import (
    Check,
    choice,
    flag,
    held_out,
    names,
    number,
    optional,
    whole,
    widths,
)
from fastnn.parts.kinds import Parameter


@dataclass(frozen=True)
class Setting:
    """One setting: its key in TOML (the option has dashes), default, check, and what the help says."""

    name: str
    default: Any
    check: Check
    metavar: str
    help: str

    @property
    def option(self) -> str:
        """The option on the command line."""
        return "--" + self.name.replace("_", "-")


NOT_NEGATIVE = Parameter(0.0, at_least=0)
POSITIVE = Parameter(1.0, above=0)
SHARE = Parameter(0.0, at_least=0, below=1)

DATA = (
    Setting("target", (), names, "COL", "Column to predict, or several columns. Default: the last."),
    Setting("task", "auto", choice("auto", "regression", "classification"), "TASK",
            "auto, regression, classification. auto: texts and up to 20 integers are classes."),
    Setting("validation", 0.2, held_out, "FRACTION|FILE", "What validates: a fraction, a file, or none."),
    Setting("features", (), names, "COLS", "Columns to learn from. Default: all but the target."),
    Setting("ignore", (), names, "COLS", "Columns to leave out."),
    Setting("categorical", (), names, "COLS", "Columns of numbers that are names of categories."),
    Setting("missing", "error", choice("error", "mean"), "RULE",
            "Empty cells: error, or mean (the training rows' mean; no category for a text)."),
    Setting("header", "auto", choice("auto", "yes", "no"), "RULE",
            "Are the first line of a text file names? auto, yes, or no (columns x1, x2 ...)."),
)  # fmt: skip

NETWORK = (
    Setting("hidden", (128,), widths, "WIDTHS", "Widths of the hidden layers: 128,64 or none."),
    Setting("activation", "relu", activations, "NAME", "Of the hidden layers; or one each: relu,tanh."),
    Setting("output_activation", "identity", part("activation"), "NAME", "Activation of the last layer."),
    Setting("initializer", "he_normal", part("initializer"), "NAME", "How the weights begin."),
    Setting("bias_initializer", "zeros", part("initializer"), "NAME", "How the biases begin."),
    Setting("dtype", "float32", choice("float32", "float64"), "DTYPE", "float32 or float64."),
)

TRAINING = (
    Setting("loss", None, optional("auto", part("loss")), "NAME",
            "auto: cross_entropy for a classification, mse for a regression."),
    Setting("optimizer", "adam", part("optimizer"), "NAME", "The update rule; parameters: adam:beta1=0.8."),
    Setting("lr", None, optional("auto", number(NOT_NEGATIVE)), "RATE", "auto: the optimizer's own."),
    Setting("epochs", 10, whole(0), "N", "How often the training rows are gone through."),
    Setting("batch_size", None, optional("auto", whole(1)), "N",
            "Rows a step; auto: 128, or all of them where the optimizer demands it."),
    Setting("shuffle", True, flag, "BOOL", "A new order in every epoch: true or false."),
    Setting("dropout", 0.0, number(SHARE), "P", "Share of hidden units dropped in a step."),
    Setting("l1", 0.0, number(NOT_NEGATIVE), "FACTOR", "Penalty l1 * |W|."),
    Setting("l2", 0.0, number(NOT_NEGATIVE), "FACTOR", "Penalty l2/2 * W^2."),
    Setting("clip_norm", None, optional("none", number(POSITIVE)), "NORM", "Upper limit of the gradient."),
    Setting("early_stopping", None, optional("none", whole(1)), "N",
            "End after N epochs without a lower validation loss."),
    Setting("tolerance", None, optional("none", number(NOT_NEGATIVE)), "NORM",
            "End when the gradient's norm stays at or under this for an epoch."),
    Setting("device", "cpu", choice("auto", "cpu", "cuda"), "DEVICE", "auto, cpu or cuda."),
    Setting("threads", None, optional("all", whole(1, 1024)), "N", "Threads, or all; the result is the same."),
    Setting("seed", 0, whole(0), "N", "Of the split, the weights, the order and the dropout."),
)  # fmt: skip

GROUPS = {"Data": DATA, "Network": NETWORK, "Training": TRAINING}
SETTINGS = {setting.name: setting for group in GROUPS.values() for setting in group}
PARTS = ("output_activation", "initializer", "bias_initializer", "loss", "optimizer")
