"""What the shell completes after TAB."""

import sys

import pytest
from click.shell_completion import BashComplete

from fastnn.cli.completion import _names
from fastnn.cli.group import group
from fastnn.part_kinds import PART_KINDS
from fastnn.parts import registry


def completed(line: str) -> list[tuple[str, str]]:
    """(kind, text) of all completions of the last word of the line."""
    *before, incomplete = line.split(" ")
    found = BashComplete(group, {}, "fastnn", "_FASTNN_COMPLETE").get_completions(before, incomplete)
    return [(item.type, item.value) for item in found]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tr", "train"),
        ("plugins ", "check list new show"),
        ("train digits --op", "--optimizer"),
        ("train --optimizer rad", "radam"),
        ("train --output-activation hard", "hard_sigmoid hard_swish"),
        ("train --bias-initializer z", "zeros"),
        ("train --loss bin", "binary_cross_entropy"),
        ("train --device c", "cpu cuda"),
        ("train --lr ", ""),
        ("demo a", "activations all"),
        ("trian --op", ""),
        ("predict run --header wrong --over", "--overwrite"),
        ("train --plugin p.py --op", "--optimizer"),
    ],
)
def test_words(folder, capsys, line, words):
    (folder / "p.py").write_text("print('executed')")
    assert completed(line) == [("plain", word) for word in words.split()]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "line", ["train h", "train --config h", "train --validation h", "train --out h", "train --plugin h", "predict h",
             "demo --out h", "predict run h", "predict run h.csv -o h", "evaluate run h"],
)  # fmt: skip
def test_files(line):
    assert completed(line) == [("file", "h")]


@pytest.mark.parametrize("kind", PART_KINDS)
def test_the_names_of_the_files_are_those_of_the_parts(kind):
    built_in = [part.name for part, owner in registry.parts() if part.kind == kind and owner == "built in"]
    assert _names(kind) == sorted(built_in)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(process, shell):
    done = process(_FASTNN_COMPLETE=f"{shell}_source")
    assert done.code == 0 and "_FASTNN_COMPLETE" in done.out and done.err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no bash")
def test_from_the_command_line_without_numpy(process):
    found = {"COMP_WORDS": "fastnn train --optimizer ada", "COMP_CWORD": "3", "_FASTNN_COMPLETE": "bash_complete"}
    done = process(**found, PYTHONPROFILEIMPORTTIME="1")
    assert [line for line in done.out.splitlines() if line] == [
        f"plain,{name}" for name in ("adadelta", "adagrad", "adam", "adamax", "adamw")
    ]
    assert (
        done.code == 0
        and "click" in done.err
        and not {"numpy", "numba"} & {line.split("|")[-1].strip() for line in done.err.splitlines()}
    )
