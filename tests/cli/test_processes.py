"""Commands as users run them: in a pipe, in a terminal, interrupted; and what they import."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys

import numpy as np
import pytest
from as_process import command, surroundings

from fastnn.runs import loading

TRAIN = ("train", "digits", "--epochs", "3", "--no-plot")


def in_terminal(*arguments: str) -> tuple[int, str]:
    """The exit code of a command in a pseudo-terminal, and all that it wrote there."""
    pid, terminal = pty.fork()
    if pid == 0:
        found = command(*arguments)
        os.execvpe(found[0], found, surroundings(TERM="xterm-256color"))
    written = b""
    while True:
        readable, _, _ = select.select([terminal], [], [], 300)
        try:
            piece = os.read(terminal, 65536) if readable else b""
        except OSError:  # how Linux says that the other side has closed
            piece = b""
        if not piece:
            break
        written += piece
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode()


def test_in_a_pipe(process, folder):
    done = process(*TRAIN)
    assert done.code == 0 and done.err == "" and "\x1b" not in done.out
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("epoch")] == ["1/3", "2/3", "3/3"]
    assert (folder / "runs/001-digits/best.safetensors").exists()


def test_in_a_terminal(folder):
    code, written = in_terminal(*TRAIN)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    for words in ("validation loss", "3/3", "━", "best: epoch 3", "best epoch 3 of 3", "saved in runs/001-digits"):
        assert words in plain, words
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1  # the cursor is shown again


def test_an_error_in_a_terminal(folder):
    code, written = in_terminal("train", "digitz")
    assert code == 4 and "Did you mean 'digits'" in written


def test_repeats_bit_for_bit_with_any_number_of_threads(process, folder):
    for threads in ("1", "2", "3"):
        assert process(*TRAIN, "--quiet", "--threads", threads, "--dropout", "0.2").code == 0
    models = {(folder / f"runs/00{i}-digits/best.safetensors").read_bytes() for i in (1, 2, 3)}
    assert len(models) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(folder, number):
    rng = np.random.default_rng(0)
    np.savez(folder / "big.npz", X=rng.normal(size=(4000, 60)).astype(np.float32), y=rng.integers(0, 3, 4000))
    running = subprocess.Popen(
        command("train", "big.npz", "--epochs", "100000", "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings(),
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # also where the tests run under nohup
    )  # fmt: skip
    assert running.stdout is not None
    for _ in range(3):
        assert json.loads(running.stdout.readline())["epoch"]
    running.send_signal(number)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + number and "saved in runs/001-big" in err and "Traceback" not in err
    assert np.isfinite(loading.load("runs/001-big/last.safetensors").network.parameters).all()
    assert sorted(p.name for p in (folder / "runs/001-big").iterdir()) == [
        "best.safetensors", "config.toml", "curves.png", "last.safetensors", "metrics.csv",
    ]  # fmt: skip


def test_under_nohup_a_training_outlives_its_terminal(folder):
    running = subprocess.Popen(
        command("train", "digits", "--epochs", "3000", "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    assert running.stdout is not None
    assert json.loads(running.stdout.readline())["epoch"] == 1
    running.send_signal(signal.SIGHUP)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0 and json.loads(out.splitlines()[-1])["epochs"] == 3000, err


def test_a_training_outlives_its_reader(folder):
    """As in ``fastnn train ... | head``: what was trained is saved all the same."""
    run = subprocess.Popen(command(*TRAIN), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings())
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    err = run.stderr.read().decode()
    run.stderr.close()
    assert run.wait(timeout=300) == 0 and err == ""
    assert (folder / "runs" / "001-digits" / "best.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], ["numba", "numpy", "matplotlib", "polars", "rich"]),
        (["train", "--help"], ["numba", "numpy", "matplotlib", "polars", "rich"]),
        (["train", "digits", "--quiet", "--epochs", "1"], ["matplotlib", "polars", "rich"]),
    ],
)
def test_imports(folder, arguments, forbidden):
    code = (
        "import sys, json\n"
        "from fastnn.cli.group import run\n"
        f"code = run({arguments!r})\n"
        f"print(json.dumps([code, [m for m in {forbidden!r} if m in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings(), timeout=300)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
