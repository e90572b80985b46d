"""The folder of a run: whenever a process is killed, a complete model stays there until a newer one is saved."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastnn.errors import FastnnError
from fastnn.files import replacing
from fastnn.runs import loading
from fastnn.runs.folder import RunFolder
from fastnn.training.record import Record

DEAD = 2**31 - 1  # no process has this number
CALLS = ("replace", "rename", "unlink", "mkdir", "rmdir")
FILES = ("config.toml", "metrics.csv", "best.safetensors", "last.safetensors")


class Killed(BaseException):
    """The process is dead: nothing that it still wants to do to the folder happens."""


class FakeModel:
    """A model in whose file its run is named."""

    def __init__(self, run: str):
        self.run = run

    def save(self, path: Path) -> None:
        with replacing(path) as file:
            file.write(self.run.encode())


def train(run: str, diverges: bool = False) -> None:
    """Do to the folder what a run does that writes over another one."""
    folder = RunFolder("data", "out", overwrite=True)
    folder.write("config.toml", run)
    if diverges:
        folder.discard()
        return
    folder.append(Record(1, 0.5, None, {}, None, 0.0))
    assert folder.save(FakeModel(run), FakeModel(run)) == []


def killed_at(number: int, monkeypatch, run: str, diverges: bool) -> bool:
    """Kill a run at that call to the system; False if it ends earlier."""
    made = 0

    def dying(call):
        def count(*arguments, **settings):
            nonlocal made
            made += 1
            if made >= number:
                raise Killed
            return call(*arguments, **settings)

        return count

    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: DEAD)
        for name in CALLS:
            patch.setattr(os, name, dying(getattr(os, name)))
        try:
            train(run, diverges)
        except Killed:
            return True
    return False


def model_of() -> str:
    """The run whose model a command would take from the folder."""
    return loading._file("out").read_text()


def content() -> frozenset[tuple[str, str | None]]:
    """All files and folders in the run folder, without the temporary files of killed saves."""
    paths = [path for path in Path("out").rglob("*") if f".{DEAD}-" not in path.name]
    return frozenset((str(path), path.read_text() if path.is_file() else None) for path in paths)


def rebuild(state: frozenset[tuple[str, str | None]]) -> None:
    """The run folder as it was."""
    shutil.rmtree("out")
    Path("out").mkdir()
    for name, text in sorted(state, key=lambda entry: entry[0]):
        if text is None:
            Path(name).mkdir()
        else:
            Path(name).write_text(text)


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A folder in which a run has ended; its content."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # hundreds of runs
    train("old")
    return content()


def test_kills_at_any_moments_lose_no_model(old, monkeypatch):
    """From every state that kills can lead to, runs are killed at every call, until no state is new."""
    states, number = [old], 0
    train("next")
    whole = frozenset((name, text.replace("old", "next")) for name, text in old)
    assert content() == whole
    for state in states:  # which grow meanwhile
        rebuild(state)
        train("next", diverges=True)
        kept = model_of()
        assert kept == "killed" or content() == old, state
        assert kept == "killed" or not {("out/best.safetensors", "killed"), ("out/last.safetensors", "killed")} & state
        train("next")
        assert content() == whole, state
        for diverges in (False, True):
            for number in itertools.count(1):
                rebuild(state)
                if not killed_at(number, monkeypatch, "killed", diverges):
                    break
                if content() not in states:
                    states.append(content())
            assert number > 10
    assert 20 < len(states) < 100


def test_what_cannot_be_moved_stays(old, monkeypatch):
    """An error in the middle of putting the earlier run aside brings back what has been moved."""

    def refuse(source, target):
        if Path(source).name == "best.safetensors":
            raise PermissionError(13, "Permission denied", str(source))
        move(source, target)

    move = os.replace
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(FastnnError, match=r"run folder cannot be created: .*Permission denied"):
        RunFolder("data", "out", overwrite=True)
    assert content() == old


def test_links_come_back(old):
    os.rename("out/best.safetensors", "out/elsewhere")
    os.symlink("elsewhere", "out/best.safetensors")
    train("next", diverges=True)
    assert os.readlink("out/best.safetensors") == "elsewhere" and model_of() == "old"


def test_files_of_killed_saves_are_removed(old):
    alive, foreign = os.getppid(), (".best.safetensors.keep", "best.safetensors.1-abcdefgh", ".x.1-a")
    names = [f".{name}.{DEAD}-abcdef_1" for name in (*FILES, "curves.png")]
    names.append(f".best.safetensors.{os.getpid()}-abcdefgh")  # in a container, processes have the same numbers
    for name in (*names, f".last.safetensors.{alive}-abcdefgh", *foreign):
        Path("out", name).touch()
    Path(f"out/.best.safetensors.{DEAD}-a_folder").mkdir()
    train("next")
    assert {path.name for path in Path("out").iterdir()} == {
        *FILES, f".last.safetensors.{alive}-abcdefgh", f".best.safetensors.{DEAD}-a_folder", *foreign,
    }  # fmt: skip


def test_a_save_removes_what_a_killed_one_left(tmp_path, monkeypatch):
    """A real file, of a process that has really ended."""
    text = (
        "import os\nfrom pathlib import Path\nfrom fastnn.files import replacing\n"
        f"with replacing(Path({str(tmp_path / 'm')!r})) as file:\n"
        "    file.write(b'half'); file.flush(); os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", text], timeout=60, check=False)
    [left] = tmp_path.iterdir()
    assert left.name.startswith(".m.") and left.read_bytes() == b"half"
    with replacing(tmp_path / "m") as file:
        assert left.name not in os.listdir(tmp_path)
        [own] = tmp_path.iterdir()
        with replacing(tmp_path / "m") as another:  # the first is being written by a process that lives
            another.write(b"other")
        assert own.exists()
        file.write(b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("m", b"whole")]


@pytest.mark.parametrize("folder", [".before", ".moving"])
def test_files_of_others_block_no_run(old, folder):
    Path("out", folder).mkdir()
    Path("out", folder, ".DS_Store").touch()
    train("next")
    assert {path.name for path in Path("out").iterdir()} == {*FILES, ".DS_Store"} and model_of() == "next"
