"""Limits of the machine: a full disk, a folder that cannot be written, too little memory. In processes, on Linux."""

import gzip
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest
from as_process import command, surroundings

from fastnn.runs import loading

TRAIN = ("train", "digits", "--epochs", "3", "--no-plot", "--quiet")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how limits are set and devices are called")


def limited(file_bytes: int):
    """Before a child starts: no file of its own may become larger. A write beyond fails as on a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    return limit


def with_limit(file_bytes: int, *arguments: str):
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=300, env=surroundings(),
        preexec_fn=limited(file_bytes),
    )  # fmt: skip


def test_a_full_disk(fastnn, folder):
    assert fastnn(*TRAIN, "--out", "run").code == 0
    before = {p.name: p.read_bytes() for p in (folder / "run").iterdir()}
    done = with_limit(20_000, *TRAIN, "--out", "run", "--overwrite")  # enough for all but the models
    assert done.returncode == 1 and "Cannot write run/best.safetensors: File too large" in done.stderr, done.stderr
    assert {p.name: p.read_bytes() for p in (folder / "run").iterdir()} == before
    done = with_limit(20_000, *TRAIN, "--out", "new")
    assert done.returncode == 1 and "Saved in new: config.toml, metrics.csv." in done.stderr
    done = with_limit(0, *TRAIN, "--out", "newer")
    assert done.returncode == 1 and "Cannot write newer/config.toml" in done.stderr and not (folder / "newer").exists()
    done = with_limit(100, "predict", "run", "digits", "-o", "p.csv")
    assert done.returncode == 1 and "Cannot write p.csv" in done.stderr and not (folder / "p.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ((*TRAIN, "--out", "/proc/fastnn"), "/proc/fastnn"),
        (("predict", "run", "digits", "-o", "/proc/p.csv"), "/proc/p"),
    ],
)
def test_a_place_that_cannot_be_written(fastnn, folder, arguments, place):
    fastnn(*TRAIN, "--out", "run")
    done = fastnn(*arguments)
    assert done.code == 1 and place in done.err and done.err.count("Error: ") == 1


def test_output_on_a_full_device(folder):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("train", "digits", "--epochs", "2", "--no-plot", "--out", "run"),
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, env=surroundings(),
        )  # fmt: skip
        assert done.returncode == 0 and "Traceback" not in done.stderr
        assert loading.load("run").network.sizes == (64, 128, 10)
        done = subprocess.run(
            command("plugins", "list"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, env=surroundings()
        )
    assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr


MEASURE = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(child.returncode, used.ru_maxrss / 1024)
"""


def peak_megabytes(*arguments: str) -> tuple[int, float, str]:
    """(exit code, largest resident memory, stderr) of a command.

    Linux also counts what the process had before its program was loaded: the memory of its parent. So the parent is
    a small process, not this one.
    """
    measuring = [sys.executable, "-c", MEASURE, *command(*arguments)]
    done = subprocess.run(measuring, capture_output=True, text=True, timeout=300, env=surroundings())
    code, peak = done.stdout.split()
    return int(code), float(peak), done.stderr


def test_files_that_expand_without_measure(folder):
    zeros = gzip.compress(b"0" * (1 << 24), 9)
    (folder / "bomb.csv.gz").write_bytes(zeros * 125)  # 2 GB
    np.savez_compressed(folder / "bomb.npz", X=np.zeros((75_000_000, 1), np.uint64), y=np.zeros(1))
    for name in ("bomb.csv.gz", "bomb.npz"):
        code, peak, said = peak_megabytes("train", name)
        assert (code, "expands to more than 200 times its size" in said) == (4, True), said
        assert peak < 1024
