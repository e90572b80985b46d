"""Install fastnn's wheel and the packages in plugins/ in an environment of their own, and run their tests there.

One more package is made by ``fastnn plugins new``, and then treated like the others.

Nothing is imported from the checkout: tests and pages are copied out of it. The environment, .venv-plugins, is made
anew each time, so that nothing old is tested.
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
HOME = ROOT / ".venv-plugins"
PYTHON = HOME / "bin" / "python"
JUDGES = ("pytest", "scipy", "scikit-learn", "pandas")  # what the tests compare with


def main() -> None:
    packages = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))
    venv.create(HOME, with_pip=True, clear=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pip("install", "hatchling", *JUDGES)
        install(place, ROOT)
        made = place / "fastnn-wiggle"
        new = [HOME / "bin" / "fastnn", "plugins", "new", "activation", "wiggle"]
        subprocess.run(new, check=True, cwd=place, env=surroundings(place), stdout=subprocess.DEVNULL)
        packages.append(made)
        for package in packages:
            install(place, shutil.copytree(package, place / "source" / package.name))  # building leaves files
        gather(packages, place / "tests")
        run = [PYTHON, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
        subprocess.run(run, check=True, cwd=place / "tests", env=surroundings(place))


def install(place: Path, source: Path) -> None:
    """Build the wheel of a package and install it."""
    wheels = place / "wheels" / source.name
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    pip("install", *map(str, wheels.glob("*.whl")))


def pip(*arguments: str) -> None:
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    subprocess.run(command, check=True, env=surroundings(HOME))


def surroundings(place: Path) -> dict[str, str]:
    """Return the environment of a user who has installed all this, with a cache of compiled code of its own."""
    found = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "VIRTUAL_ENV", "FASTNN_"))}
    return {**found, "FASTNN_CACHE_DIR": str(place / "cache"), "PATH": f"{HOME / 'bin'}:{found.get('PATH', '')}"}


def gather(packages: list[Path], place: Path) -> None:
    """Copy the tests of the packages, those of all packages together, and the pages whose code they run."""
    place.mkdir()
    for package in packages:
        for test in package.glob("test_*.py"):
            shutil.copy(test, place)
        shutil.copy(package / "README.md", place / f"{package.name}.md")
    for file in (ROOT / "plugins" / "test_installed_together.py", ROOT / "tests" / "code_blocks.py"):
        shutil.copy(file, place)


if __name__ == "__main__":
    sys.exit(main())
