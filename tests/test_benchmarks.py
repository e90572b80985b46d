"""The asv suite: which benchmarks it has, the page without a network, and the verdict of bench-compare."""

from __future__ import annotations

import importlib
import itertools
import json
import re
import sys
from pathlib import Path

import asv
import pytest

from asv_bench import command, compare, offline
from asv_bench.selection import GATED, GATED_ALL, QUICK
from fastnn.parts import registry

ROOT = Path(__file__).parents[1] / "asv_bench" / "benchmarks"


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """The package as asv imports it, without recorded results."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("FASTNN_BENCH_RESULTS", str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = set(sys.modules)
    from asv_runner._aux import update_sys_path

    update_sys_path(str(ROOT))
    yield lambda module: importlib.import_module(f"benchmarks.{module}")
    for name in set(sys.modules) - before:
        if name.split(".")[0] == "benchmarks":
            del sys.modules[name]


@pytest.fixture
def selected(suite):
    """The names of all benchmarks with their parameters, as ``asv --bench`` sees them."""
    from asv_runner.discovery import disc_benchmarks

    names = []
    for benchmark in disc_benchmarks(str(ROOT)):
        sets = itertools.product(*benchmark.params) if benchmark.params else [()]
        names += [f"{benchmark.name}({', '.join(one)})" if one else benchmark.name for one in sets]
    return names


def test_every_part_and_module_has_a_quick_benchmark(selected, suite):
    quick = [name for name in selected if any(re.search(pattern, name) for pattern in QUICK)]
    for part, owner in registry.parts():
        if owner != "built in":  # loaded by a test before this one
            continue
        assert any(name.startswith(f"{suite('parts').KINDS[part.kind]}('{part.name}'") for name in quick), part
        if part.kind in ("activation", "loss"):
            assert part.name in getattr(suite("reference"), {"activation": "ACTIVATIONS", "loss": "LOSSES"}[part.kind])
    for pattern in QUICK:
        assert any(re.search(pattern, name) for name in selected), pattern
    assert {name.split(".")[0] for name in selected} == {name.split(".")[0] for name in quick}


@pytest.mark.parametrize("patterns", [GATED, GATED_ALL])
def test_only_times_of_one_thread_are_compared(selected, suite, patterns):
    found = [name for name in selected if any(re.search(pattern, name) for pattern in patterns)]
    assert len(found) > 80
    for name in found:
        module, kind, method = name.split("(")[0].split(".")
        assert method.startswith("time_") and issubclass(getattr(suite(module), kind), suite("timed").OneThread)
        assert not re.search("'(numpy|pytorch|jax|scikit-learn)'", name)


def test_a_commit_with_other_parts_numbers_them_as_recorded(suite, tmp_path, monkeypatch):
    parts = suite("parts")
    recorded = {parts.KINDS["activation"]: {"params": [["'relu'", "'new'", "'tanh'"], ["'float32'"]]}, "version": 2}
    (tmp_path / "benchmarks.json").write_text(json.dumps(recorded), encoding="utf-8")
    monkeypatch.setattr(
        parts, "registered", lambda: {"activation": {"other": {}, "tanh": {}, "relu": {"at_zero": 0.0}}}
    )
    assert parts.names("activation") == ["relu", "new", "tanh", "other"]
    assert parts.needed("activation", "relu") == {"at_zero": 0.0}
    with pytest.raises(NotImplementedError, match="this commit has no activation new"):
        parts.needed("activation", "new")


def test_a_new_kind_of_part_needs_a_benchmark(suite, monkeypatch):
    parts = suite("parts")
    monkeypatch.setattr(
        parts.subprocess,
        "run",
        lambda *_, **__: type("Done", (), {"stdout": "kind  name  from\nshape  square  built in"}),
    )
    with pytest.raises(LookupError, match="shape is a new kind of part"):
        parts.registered.__wrapped__()


def test_the_page_of_asv_needs_no_network():
    page = (Path(asv.__file__).parent / "www" / "index.html").read_text(encoding="utf-8")
    rewritten, needed = offline.rewrite(page)
    assert sorted(needed) == sorted(offline.FILES.values())
    assert not re.search(r"<(script|link)[^>]*https?://", rewritten)
    assert "integrity" not in rewritten and 'src="vendor/jquery.min.js"' in rewritten
    with pytest.raises(offline.Unavailable, match=r"needs https://a\.b/new-1\.2\.min\.js, which asv_bench/offline\.py"):
        offline.rewrite('<script src="https://a.b/new-1.2.min.js">')


def test_slower_and_failed_benchmarks_are_accused():
    table = """
| Change   | Before [1a2b3c4d] <main>   | After [5e6f7a8b]    |   Ratio | Benchmark (Parameter)                       |
|----------|----------------------------|---------------------|---------|---------------------------------------------|
| +        | 67.6±1μs                   | 792±10μs            |   11.71 | a.B.time_c('13-32-1, 32', 'fastnn')         |
| !        | 1.00±0ms                   | failed              |     n/a | losses.Loss.time_loss_x4('mse', 'float32')  |
| -        | 792±10μs                   | 67.6±1μs            |    0.09 | a.B.time_d('x')                             |
"""
    assert compare.worse(table) == ["a.B.time_c('13-32-1, 32', 'fastnn')", "losses.Loss.time_loss_x4('mse', 'float32')"]


def test_results_of_another_machine_are_not_continued(tmp_path):
    here = {"arch": "x86_64", "cpu": "A", "num_cpu": "2", "os": "Linux", "ram": "1"}
    assert command.other_machine("reference", here, tmp_path) == ""
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "machine.json").write_text(json.dumps(here | {"ram": "2"}), encoding="utf-8")
    assert command.other_machine("reference", here, tmp_path) == ""
    assert command.other_machine("reference", here | {"cpu": "B"}, tmp_path) == "cpu 'A', here 'B'"
