"""Train on Fashion-MNIST from the command line, and check the accuracy on its test images."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile

PROMISED = 0.87


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = ["--hidden", "128", "--epochs", "10", "--batch-size", "128", "--quiet", "--out", f"{folder}/run"]
        command = [sys.executable, "-m", "fastnn", "train", "fashion-mnist", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(done.stdout.strip())
    found = re.search(r"test .*?accuracy ([0-9.]+)", done.stdout)
    if found is None or float(found[1]) < PROMISED:
        sys.exit(f"Fashion-MNIST: the accuracy on the test images is below {PROMISED}.")
    print(f"Accuracy {found[1]} on the test images: at least {PROMISED}, as promised.")


if __name__ == "__main__":
    main()
