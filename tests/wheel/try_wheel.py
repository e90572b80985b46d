"""Build the wheel, install it in a fresh environment outside the checkout, and train there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, str(ROOT)], check=True)
        (wheel,) = place.glob("*.whl")
        venv.create(place / "env", with_pip=True)
        python = place / "env" / "bin" / "python"
        subprocess.run([python, *pip[1:], "install", str(wheel)], check=True)
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        environment["FASTNN_CACHE_DIR"] = str(place / "cache")
        command = [place / "env" / "bin" / "fastnn", "train", "digits", "--epochs", "3", "--quiet"]
        subprocess.run(command, check=True, cwd=place, env=environment)
        made = sorted(p.name for p in (place / "runs").glob("*/*"))
        print(f"{wheel.name} trains; its run folder holds {', '.join(made)}")
        assert "best.safetensors" in made


if __name__ == "__main__":
    main()
