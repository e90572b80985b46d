"""The architecture: imports point one way, only one package uses the compiler, and nothing heavy is imported early."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import fastnn

PACKAGE = Path(fastnn.__file__).parent

# A package may import only packages that are listed before it.
ORDER = """
    errors mathematics files testing.ptx limits part_kinds parts checks activations losses initializers optimizers
    formula buffers plan program cost kernels cpu cuda testing device ops network data training model config recipe runs
    doctor cli __main__
""".split()


def module_of(file: Path) -> str:
    return ".".join(("fastnn", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def room_of(module: str) -> str:
    parts = module.split(".")
    if parts[1:3] == ["testing", "ptx"]:  # the emulator, which fastnn/cuda needs: a room of its own
        return "testing.ptx"
    return parts[1] if len(parts) > 1 else "fastnn"


def imports() -> dict[str, set[str]]:
    """Room -> the rooms and foreign packages that it imports, at the top of a file or later."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        module = module_of(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == "fastnn":
                names = [f"fastnn.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: relative import"
                names = [node.module or ""]
            else:
                continue
            for name in names:
                found[room_of(module)].add(room_of(name) if name.startswith("fastnn") else name.split(".")[0])
    return found


IMPORTS = imports()


def imported_files() -> dict[str, set[str]]:
    """Module -> the modules of fastnn that it imports, at the top of the file or later."""
    found: dict[str, set[str]] = {}
    files = {module_of(file): file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"}
    for module, file in files.items():
        names: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                inside = {f"{node.module}.{alias.name}" for alias in node.names} & set(files)
                names |= inside or {node.module or ""}
        found[module] = names & set(files) - {module}
    return found


IMPORTED_FILES = imported_files()


def test_every_room_is_known():
    files = {p.stem for p in PACKAGE.glob("*.py")} - {"__init__"}
    folders = {p.parent.name for p in PACKAGE.glob("*/*.py")}
    assert files | folders | {"testing.ptx"} == set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_imports_point_one_way(room):
    before = set(ORDER[: ORDER.index(room)])
    later = {r for r in IMPORTS[room] & set(ORDER) if r not in before and r != room}
    assert later == set()


def test_no_files_import_each_other_in_a_circle():
    try:
        TopologicalSorter(IMPORTED_FILES).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_compiler_is_known_in_one_room():
    assert {room for room, names in IMPORTS.items() if names & {"numba", "llvmlite"}} <= {
        "cpu",
        "cuda",
        "kernels",
        "doctor",
    }


def test_numba_cuda_and_the_driver_are_each_known_in_one_file():
    imported = {"numba.cuda": set(), "cuda": set()}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for package in imported:
                if any(f"{name}.".startswith(f"{package}.") for name in names):
                    imported[package].add(file.relative_to(PACKAGE).as_posix())
    assert imported == {"numba.cuda": {"cuda/compiler.py"}, "cuda": {"cuda/code.py", "cuda/driver.py"}}


def test_what_only_a_gpu_can_execute_is_short():
    assert len((PACKAGE / "cuda/driver.py").read_text().splitlines()) <= 150


def test_kernels_know_nothing_of_plugins_and_parts_nothing_of_kernels():
    looked_up = {"hookspecs", "plugin", "installed", "registry"}
    for file in PACKAGE.glob("cpu/**/*.py"):
        assert not any(f"fastnn.parts.{name}" in file.read_text() for name in looked_up), file
    assert "pluggy" not in IMPORTS["cpu"]
    for room in ("parts", "activations", "losses", "initializers", "optimizers", "formula", "plan", "program"):
        assert not {"cpu", "device"} & IMPORTS[room]


def test_only_the_factory_names_a_device():
    may = {"device", "doctor", "testing"}
    assert {room for room, names in IMPORTS.items() if "cpu" in names} - {"cpu"} <= may | {"ops"}
    assert {room for room, names in IMPORTS.items() if "cuda" in names} - {"cuda"} <= may
    assert "cuda" not in IMPORTS["cpu"]
    assert "cpu" not in IMPORTS["cuda"]


def test_the_library_does_not_need_what_tests_it():
    assert {room for room, names in IMPORTS.items() if "testing.ptx" in names} - {"testing.ptx"} <= {"cuda"}
    assert {room for room, names in IMPORTS.items() if "testing" in names} - {"testing", "fastnn"} <= {"cli"}
    assert {name for name in IMPORTS["testing.ptx"] if name not in sys.stdlib_module_names} <= {
        "testing.ptx",
        "errors",
        "numpy",
    }


def test_no_file_is_too_long():
    long = {str(f.relative_to(PACKAGE)): len(f.read_text().splitlines()) for f in PACKAGE.rglob("*.py")}
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["-c", "import fastnn"], {"numpy", "numba", "click", "matplotlib", "polars", "pluggy", "narwhals", "pandas"}),
        (["-m", "fastnn", "--help"], {"numpy", "numba", "matplotlib", "polars", "narwhals", "pandas"}),
    ],
)
def test_nothing_heavy_is_imported_early(command, absent):
    done = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True)
    imported = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert imported & absent == set()
