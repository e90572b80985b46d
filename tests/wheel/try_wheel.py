"""Build the wheel, install it in a fresh environment outside the checkout, and train there and run an example.

Then the same environment gets the editable installation of ``make train``, and runs an example again.
"""

from __future__ import annotations

import os
import shutil
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
        run_example(place, environment, place / "env")
        subprocess.run([python, *pip[1:], "install", "--no-deps", "--editable", str(ROOT)], check=True)
        run_example(place, environment, ROOT / "examples")


def run_example(place: Path, environment: dict[str, str], home: Path) -> None:
    """List the examples, which must lie in this folder, and run the first."""
    fastnn, out = place / "env" / "bin" / "fastnn", place / "pictures"
    listed = subprocess.run([fastnn, "demo"], check=True, cwd=place, env=environment, capture_output=True, text=True)
    assert f"Source: {home}" in listed.stdout and "10  optimizers" in listed.stdout, listed.stdout
    subprocess.run(
        [fastnn, "demo", "gradient_descent", "--quick", "--out", out], check=True, cwd=place, env=environment
    )
    print(f"the examples in {home} run; they made {', '.join(sorted(p.name for p in out.iterdir()))}")
    shutil.rmtree(out)


if __name__ == "__main__":
    main()
