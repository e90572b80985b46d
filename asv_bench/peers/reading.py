"""Reading tables, compared with pandas.read_csv; memory of whole processes; predictions of a wide table."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from asv_bench.peers import checks, command, report
from asv_bench.peers.bench import Bench, Call, ratio
from asv_bench.peers.report import Section

TALL, WIDE = (500_000, 30), (1_000, 5_000)  # rows, columns
QUICK = (20_000, 30), (50, 2_000)
LIMITS = {"tall": 1.5, "wide": 2.0}  # times the seconds of pandas.read_csv
TEXTS, INTEGERS = 3, 6  # columns of the tall table; the others are numbers with fractions
MAX_GROWTH = 1.25  # of the memory of a prediction, for twice the file
TRAIN = ("--epochs", "1", "--hidden", "16", "--quiet", "--no-plot")


def write_table(path: Path, rows: int, columns: int, texts: int = TEXTS, integers: int = INTEGERS) -> None:
    """Write a table of numbers with fractions, integers and texts; the last column is y."""
    import polars as pl

    rng = np.random.default_rng(0)
    content: dict[str, np.ndarray] = {}
    for i in range(columns - texts - integers - 1):
        content[f"f{i}"] = (rng.normal(size=rows) * 10.0 ** (i % 3)).round(6 - 2 * (i % 2))
    content |= {f"i{i}": rng.integers(0, 10 ** (i % 4 + 1), rows) for i in range(integers)}
    words = np.array(["alpha", "beta", "gamma", "delta", "a longer text"])
    content |= {f"t{i}": words[rng.integers(0, len(words), rows)] for i in range(texts)}
    pl.DataFrame(content | {"y": rng.normal(size=rows).round(5)}).write_csv(path)


def measure(bench: Bench) -> Section:
    """Measure the seconds for both tables in turn with pandas, then whole processes."""
    section = Section("Reading tables, compared with pandas")
    section.notes.append(
        "Seconds from a CSV file to the inputs of a network: reading, kinds of columns, encoding of texts, split, "
        "standardizing. pandas: `read_csv` alone. Both use as many threads as they like. Memory: the maximum resident "
        "memory of `fastnn train` and `fastnn predict`."
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = []
        for label, (rows, columns) in zip(LIMITS, QUICK if bench.quick else (TALL, WIDE), strict=True):
            path = folder / f"{label}.csv"
            write_table(path, rows, columns)
            bench.say(f"reading {path.name}, {rows:,} x {columns:,}")
            arguments = {"path": str(path)}
            calls = {peer: Call(peer, "reading", arguments, checks.nothing) for peer in ("fastnn", "pandas")}
            measured = bench.measure(calls)
            found = ratio(measured, "pandas", "fastnn")
            share = 1 / found if found else None
            seconds = [f"{measured[k].median:.2f}" if k in measured else report.NOT_MEASURED for k in calls]
            size = path.stat().st_size
            lines.append((f"{rows:,} x {columns:,}", f"{size / 1e6:.0f}", *seconds, report.times(share)))
            what = f"reading {rows:,} x {columns:,}: share of pandas' time"
            section.rows.append(report.at_most(what, LIMITS[label], share))
        section.tables.append((("rows x columns", "MB", "fastnn, s", "pandas, s", "share"), lines))
        try:
            _processes(bench, section, folder)
        except command.CommandFailed as error:
            bench.problem("reading", str(error))
            section.rows.append(report.failed("memory of whole processes"))
    return section


def _processes(bench: Bench, section: Section, folder: Path) -> None:
    bench.say("memory of whole processes")
    tall, wide, half, two = (folder / f"{name}.csv" for name in ("tall", "wide", "half", "two"))
    head, *rows = tall.read_bytes().splitlines(keepends=True)
    half.write_bytes(head + b"".join(rows[: len(rows) // 2]))
    two.write_bytes(b"".join(wide.read_bytes().splitlines(keepends=True)[:3]))
    columns = head.count(b",") + 1
    data = len(rows) * (columns - TEXTS - 1 + 5 * TEXTS) * 4
    del rows
    lines = []
    trained = command.run([*command.fastnn(), "train", str(tall), *TRAIN, "--out", "tall"], folder)
    allowed = data + 3 * tall.stat().st_size
    section.rows.append(
        report.row(
            "train the tall table, peak memory", "<= data as float32 + 3 files", trained.peak,
            lambda peak: f"{peak / 1e6:.0f} MB of {allowed / 1e6:.0f} MB", lambda peak: peak <= allowed,
        )
    )  # fmt: skip
    lines.append(("train tall", f"{trained.seconds:.2f}", f"{trained.peak / 1e6:.0f}"))
    peaks = []
    for path in (half, tall):
        done = command.run([*command.fastnn(), "predict", "tall", str(path), "-o", f"p-{path.name}"], folder)
        peaks.append(done.peak)
        lines.append((f"predict {path.stem}", f"{done.seconds:.2f}", f"{done.peak / 1e6:.0f}"))
    growth = None if bench.quick else peaks[1] / peaks[0]  # small files are read as a whole
    section.rows.append(report.at_most("predict: memory for twice the file", MAX_GROWTH, growth))
    command.run([*command.fastnn(), "train", str(wide), *TRAIN, "--out", "wide"], folder)
    done = command.run([*command.fastnn(), "predict", "wide", str(two), "-o", "two-predicted.csv"], folder)
    lines.append(("predict 2 rows of the wide table", f"{done.seconds:.2f}", f"{done.peak / 1e6:.0f}"))
    section.rows.append(report.at_most("predict 2 rows of the wide table, seconds", 1.5, done.seconds))
    section.tables.append((("whole process", "seconds", "peak MB"), lines))
