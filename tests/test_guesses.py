"""The names that errors suggest."""

from itertools import product

import pytest

from fastnn.errors import _distance, near_name
from fastnn.parts.registry import names

COMMANDS = ("train", "predict", "evaluate", "plugins", "data", "doctor")


@pytest.mark.parametrize(
    ("name", "allowed", "near"),
    [
        ("Adma", "adamax adam sgd", "adam"),
        ("trian", COMMANDS, "train"),
        ("RELU", "elu relu", "relu"),
        ("rlu", "elu relu", "relu"),  # both differ by one letter: few people mistype the first
        ("epohcs", "epochs", "epochs"),
        ("batch", "batch-size epochs", "batch-size"),
        ("hidden_layers", "hidden lr", "hidden"),
        ("cross", "cross_entropy binary_cross_entropy", "cross_entropy"),
        ("early", "early_stopping early_start", None),
        ("bb", "ba bc", "ba"),
        ("a", "b c", None),
        ("ab", "cd", None),
        ("verbose", "overwrite", None),
        ("learning_rate", "lr seed", None),
        ("", "a b", None),
        ("x", "", None),
        ("Y" * 1_000_000, ["n" * 1_000_000, "y" * 1_000_000], "y" * 1_000_000),
        ("x" * 1_000_000, ["n" * 1_000_000, "y" * 1_000_000], None),
        ("colunm_77", [f"column_{i}" for i in range(1_000_000)], "column_77"),
    ],
)
def test_near_name(name, allowed, near):
    assert near_name(name, allowed.split() if isinstance(allowed, str) else allowed) == near


def test_a_swap_of_neighbors_is_one_mistake_in_every_built_in_name():
    for kind in ("activation", "loss", "initializer", "optimizer"):
        allowed = names(kind)
        for name in allowed:
            for i in range(1, len(name) - 1):
                swapped = name[:i] + name[i + 1] + name[i] + name[i + 2 :]
                assert swapped in allowed or near_name(swapped.upper(), allowed) == name, swapped


def test_distance_is_the_number_of_edits():
    """Every word of up to three letters: its distance by a search over all single edits of adjacent pairs."""
    words = ["".join(letters) for n in range(4) for letters in product("ab", repeat=n)]

    def one_edit(word: str) -> set[str]:
        cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
        found = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
        return found | {a + c + b for a, b in cuts for c in "ab"} | {a + c + b[1:] for a, b in cuts for c in "ab" if b}

    for word in words:
        seen, edge = {word: 0}, {word}
        for steps in range(1, 4):
            edge = {new for old in edge for new in one_edit(old)} - set(seen)
            seen |= dict.fromkeys(edge, steps)
        for other in words:
            exact = seen[other]
            assert exact == _distance(word, other), (word, other)
