"""The code of README.md, docs/, examples/ and all docstrings runs as it is printed."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from code_blocks import Block, blocks_of, docstring_blocks
from every_part import central, slopes

import fastnn
from fastnn.parts import hookspecs, registry

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])
SOURCES = [file for file in sorted((ROOT / "fastnn").rglob("*.py")) if docstring_blocks(file)]

NOT_RUN = "cd git pip python python3 source".split()  # the first words of lines of a shell that are not run
LANGUAGES = {"python": "python", "py": "python", "pycon": "python"} | dict.fromkeys("bash console sh shell".split(), "")
PLUGIN_HOOKS = "fastnn_activations fastnn_losses fastnn_initializers fastnn_optimizers".split()


def assumed() -> dict[str, object]:
    """The names that Python blocks may use without making them: the only place that says so."""
    rng = np.random.default_rng(0)
    return {
        "fastnn": fastnn,
        "X": rng.normal(size=(200, 64)).astype(np.float32),
        "y": rng.integers(0, 10, 200),
        "X_new": rng.normal(size=(5, 64)).astype(np.float32),
        "a": rng.normal(size=(4, 3)),
        "b": rng.normal(size=(3, 5)),
        "c": rng.normal(size=5),
    }


def stand_ins(folder: Path) -> None:
    """The files that shell blocks may name without making them: the only place that says so."""
    rng = np.random.default_rng(0)
    rows = [(rng.integers(40, 200), rng.integers(1, 6), rng.choice(["flat", "house"])) for _ in range(80)]
    old = [f"{size},{rooms},{kind},{1000 * size + 5000 * rooms}" for size, rooms, kind in rows]
    new = [f"{size},{rooms},{kind}" for size, rooms, kind in rows[:9]]
    (folder / "houses.csv").write_text("\n".join(["size,rooms,kind,price", *old, ""]))
    (folder / "new_houses.csv").write_text("\n".join(["size,rooms,kind", *new, ""]))
    manual = blocks_of(hookspecs.__doc__ or "", Path(hookspecs.__file__))
    (folder / "my_plugin.py").write_text(manual[0].text)


def run_python(block: Block, names: dict[str, object]) -> None:
    """Run a block. One that begins with the name of a file is also written to it; a plugin is trained with."""
    if block.examples:
        test = doctest.DocTestParser().get_doctest(block.text, names, block.file.name, str(block.file), block.line - 1)
        said: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
        names.update(test.globs)
        assert not said, "".join(said)
        return
    exec(compile("\n" * (block.line - 1) + block.text, str(block.file), "exec"), names)
    name = re.match(r"# (\w+\.py)\n", block.text)
    file = Path(name[1] if name else "plugin.py")
    file.write_text(block.text)
    for hook in PLUGIN_HOOKS if "hookimpl" in block.text else ():
        supplied: Callable = names.pop(hook, list)
        for part in supplied():
            data = "cubic" if getattr(part, "target", "class") == "real" else "blobs"
            run_fastnn(f"fastnn train {data} --epochs 2 --quiet --plugin {file} --{part.kind} {part.name}", block)
            for x in (
                (-3.1, -0.4, 0.7, 2.3) if part.kind == "activation" and part.derivative and not part.rowwise else ()
            ):
                assert slopes(part(), x)[0] == pytest.approx(central(part.f, x), abs=1e-6)


def run_fastnn(line: str, block: Block) -> None:
    """Run a line of a shell that calls fastnn, which is this one."""
    shell = f'set -e; fastnn() {{ "{sys.executable}" -W error -m fastnn "$@"; }}; {line}'
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=300, env=surroundings)
    assert done.returncode == 0, f"{block.file.name}:{block.line}: {line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def run_shell(block: Block) -> None:
    """The lines that call fastnn are run; of make, the targets have to exist. What is printed is not compared."""
    prompted = re.search(r"^\$ ", block.text, re.MULTILINE)
    for line in block.text.replace("\\\n", " ").splitlines():
        if not line.strip() or (prompted and not line.startswith("$ ")):
            continue
        command = line.removeprefix("$ ")
        words = [word for word in shlex.split(command, comments=True) if "=" not in word]
        if words[:1] == ["fastnn"]:
            run_fastnn(command, block)
        elif words[:1] == ["make"]:
            targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert set(words[1:]) <= set(targets), f"{block.file.name}:{block.line}: {line}"
        elif words and (prompted or block.language):
            assert words[0] in NOT_RUN, f"{block.file.name}:{block.line}: {line}: add it to NOT_RUN, or how it is run"


def run(blocks: list[Block], folder: Path) -> None:
    """Run all blocks of a file, one after the other, with what the earlier ones have made."""
    stand_ins(folder)
    names = assumed()
    for block in blocks:
        language = LANGUAGES.get(block.language, block.language)
        if language == "python" or block.examples:
            run_python(block, names)
        elif language == "":
            run_shell(block)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Iterator[Path]:
    """Blocks are run in an empty folder, and write there; the plugins that they load are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    registry.parts()
    monkeypatch.setattr(registry._registry, "_plugins", [*registry._registry._plugins])
    yield tmp_path
    registry._registry._forget()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_page(page, folder):
    run(blocks_of(page.read_text(encoding="utf-8"), page), folder)


@pytest.mark.parametrize("source", SOURCES, ids=[str(source.relative_to(ROOT)) for source in SOURCES])
def test_docstrings(source, folder):
    for block in docstring_blocks(source):
        run([Block("python", block.text, block.file, block.line)], folder)


PAGE = """
A page.

    $ fastnn data list
    what it prints

```python
>>> fastnn.ops.matmul(a, b, bias=c).shape
(4, 5)
```

```python
import math
assert math.pi > 3
```
"""


def test_the_blocks_of_a_page_run(folder):
    blocks = blocks_of(PAGE, Path("page.md"))
    assert [block.line for block in blocks] == [4, 8, 13]
    run(blocks, folder)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("data list", "date list", "page.md:4: fastnn date list"),
        ("fastnn data list", "make nothing", "page.md:4: .*make nothing"),
        ("fastnn data list", "ls", "page.md:4: .*NOT_RUN"),
        ("(4, 5)", "(5, 4)", "Expected:"),
        ("bias=c", "bias=d", "NameError"),
        ("import math", "", "'math' is not defined"),
    ],
)
def test_a_block_that_breaks_fails(folder, right, wrong, told):
    with pytest.raises((AssertionError, NameError), match=f"(?s){told}"):
        run(blocks_of(PAGE.replace(right, wrong), Path("page.md")), folder)
