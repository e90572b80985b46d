"""The CPU time of an epoch of a tiny network: ``epoch_cost.py FACE EPOCHS`` prints "0.0300 ms an epoch".

FACE: ``python`` (fastnn.train), or the command ``fastnn train`` with --quiet (``quiet``), with a line for each epoch
(``lines``), or with the table that is updated in place (``live``, in a terminal of its own). CPU time of the whole
process, without the time that a run with few epochs takes: other work on the machine changes it less than wall time.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS, COLUMNS, HIDDEN, BATCH, VALIDATION = 100, 4, 8, 32, 0.2
FEW = 100  # epochs


def main(face: str, epochs: int) -> None:
    """Print the CPU milliseconds of an epoch."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        numbers = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype(np.float32)
        classes = (numbers.sum(axis=1) > 0).astype(np.int64)
        lines = [",".join([*(f"{x:.5f}" for x in row), f"c{c}"]) for row, c in zip(numbers, classes, strict=True)]
        Path("table.csv").write_text("\n".join(["a,b,c,d,y", *lines]) + "\n", encoding="utf-8")

        def train(count: int) -> None:
            if face == "python":
                _python(numbers, classes, count)
            else:
                _command(face, count)

        train(FEW)  # compiles
        few = _cpu_of(train, FEW)
        many = _cpu_of(train, FEW + epochs)
    print(f"\n{(many - few) / epochs * 1e3:.4f} ms an epoch", file=sys.stderr)


def _cpu_of(train, count: int) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    train(count)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _python(numbers: np.ndarray, classes: np.ndarray, count: int) -> None:
    import fastnn

    net = fastnn.Network([COLUMNS, HIDDEN, 2])
    settings = {"batch_size": BATCH, "validation": VALIDATION, "threads": 1}
    fastnn.train(net, numbers, classes, loss="cross_entropy", epochs=count, **settings)


def _command(face: str, count: int) -> None:
    from fastnn.cli.train import train

    sizes = ["--hidden", str(HIDDEN), "--batch-size", str(BATCH), "--validation", str(VALIDATION), "--threads", "1"]
    shown = ["--quiet"] if face == "quiet" else []
    where = ["--out", "run", "--overwrite", "--no-plot"]
    train.main(["table.csv", *sizes, "--epochs", str(count), *shown, *where], standalone_mode=False)


def _in_a_terminal() -> None:
    """Run this program in a terminal of its own, and pass on what it prints."""
    import pty

    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(sys.executable, [sys.executable, *sys.argv, "inside"], {**os.environ, "TERM": "xterm"})
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown = (shown + part)[-1000:]
    os.waitpid(process, 0)
    print(shown.decode(errors="replace").strip().splitlines()[-1])


if __name__ == "__main__":
    if sys.argv[1] == "live" and len(sys.argv) == 3:
        _in_a_terminal()
    else:
        main(sys.argv[1], int(sys.argv[2]))
