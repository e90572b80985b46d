"""Every combination of several values per setting, as ``fastnn compare`` takes them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastnn.config.experiment import Experiment, experiment
from fastnn.config.parts import pieces
from fastnn.config.settings import DATA, PARTS, SETTINGS
from fastnn.data.share import Folds
from fastnn.errors import UsageError

MOST_NETWORKS = 10_000
ONE_VALUE = {setting.name for setting in DATA} | {"device", "threads"}  # the same for all networks
WHOLE = {"hidden"}  # a value contains commas, so several are given by repeating the option
NEEDED = "there is nothing to compare the networks by"


@dataclass(frozen=True)
class Combination:
    """One value for each setting. given: all values as they were given; choices: those that differ."""

    given: Mapping[str, str]
    choices: Mapping[str, str]
    experiments: tuple[Experiment, ...]  # one for each seed


def combinations(
    data: str | None, options: Mapping[str, Sequence[str]], sets: Sequence[str], file: str | None, seeds: int | None
) -> list[Combination]:
    """Return all combinations of the options' values, each with its seeds, in the order in which they were given.

    options: the texts given for each setting; a text may hold several values, separated by commas. seeds: how many
    networks each combination gets, with consecutive seeds.
    Raises UsageError for values that are not allowed, and if no rows are left to compare by.
    """
    values = {name: _separate(name, texts) for name, texts in options.items() if texts}
    if seeds is not None and len(values.get("seed", ())) > 1:
        raise UsageError(f"--seeds {seeds} counts from one --seed: give one --seed, or leave out --seeds.")
    varied = [name for name, found in values.items() if len(found) > 1 and name != "seed"]
    networks = (seeds or len(values.get("seed", "0"))) * math.prod(len(values[name]) for name in varied)
    if networks > MOST_NETWORKS:
        raise UsageError(f"These are {networks:,} networks; at most {MOST_NETWORKS:,} can be compared at a time.")
    found = []
    numbers = values.pop("seed", (None,))
    for chosen in itertools.product(*values.values()):
        given = dict(zip(values, chosen, strict=True))
        one = [experiment(data, {**given, "seed": number, "recipe": "plain"}, sets, file) for number in numbers]
        _check_single(one[0], given)
        if seeds is not None:
            one = [replace(one[0], seed=one[0].seed + number) for number in range(seeds)]
        found.append(Combination(given, {name: given[name] for name in varied}, tuple(one)))
    return found


def _check_single(experiment: Experiment, given: Mapping[str, str]) -> None:
    """Raise UsageError for what is made for several networks together, or leaves no rows to compare by.

    given: the values of the options. What is not among them stands in the configuration, or was given with --set.
    """
    if experiment.validation == 0:
        raise UsageError(f"compare needs validation rows: without them {NEEDED}. Leave out --validation none.")
    for name, several, single in (
        ("ensemble", experiment.ensemble > 1, "ensemble=1"),
        ("validation", isinstance(experiment.validation, Folds), "validation=0.2"),
        ("encoding", experiment.encoding == "auto", "encoding=none"),
    ):
        if several:
            value = getattr(experiment, name)
            was, mend = (SETTINGS[name].option, "Leave it out") if name in given else (name, f"Add --set {single}")
            raise UsageError(
                f"{was} {value}: compare trains one network for each combination and seed. {mend}; --seeds 5 trains "
                "five networks of each combination."
            )


def _separate(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the values in the texts that were given for a setting, each once. Raises UsageError."""
    option = SETTINGS[name].option
    if name in ONE_VALUE:
        if len(texts) > 1:
            raise UsageError(f"{option} is given {len(texts)} times: all networks that are compared share it.")
        return tuple(texts)
    if name in WHOLE:
        found = list(texts)
    elif name == "activation" or name in PARTS:
        found = [piece for text in texts for piece in pieces(text)]
    else:
        found = [piece for text in texts for piece in text.split(",")]
    different: dict[str, str] = {}  # the first text of each value: 0.1 and 0.10 are one
    for text in map(str.strip, found):
        different.setdefault(repr(SETTINGS[name].check(text, option)), text)
    return tuple(different.values())
