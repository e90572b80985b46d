"""``python -m asv_bench.peers``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback
from pathlib import Path

from asv_bench.peers import machine, report
from asv_bench.peers.bench import Bench
from asv_bench.peers.report import Section

SECTIONS = ("products", "steps", "functions", "updates", "plugin", "processes", "fashion")
FILE = Path(__file__).parents[1] / "PEERS.md"
README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- from make bench -->", "<!-- to here -->"
QUICK = (3, 2e-3, 1.0)  # repetitions, seconds a repetition, seconds after which no further one begins
FULL = (1e-2, 120.0)
TITLE = "# fastnn and its peers"
ABOUT = (
    "Made by `make bench`. A figure is the median of repetitions that were made in turn, one of each peer after the "
    "other, in one run; a ratio is the quotient of two medians, and above 1 where fastnn is faster. Before products, "
    "functions, updates and training steps were timed, their results were compared with float64 NumPy's; of whole "
    "processes, the accuracy that they print is compared. A machine that does other work at the same time changes "
    "ratios too: compare runs, not single figures."
)


def main() -> int:
    """Measure, print, and write the files after a full run. 0; 1 where a result was wrong or something failed."""
    options = _options()
    about = machine.describe()  # first: the load before the run is part of it
    began = time.monotonic()
    sections = []
    pace = QUICK if options.quick else (options.repetitions, *FULL)
    with Bench(options.quick, *pace) as bench:
        for name in options.only or SECTIONS:
            section = _measure(name, bench)
            print(section.markdown(), end="\n\n", flush=True)
            sections.append(section)
    minutes = (time.monotonic() - began) / 60
    head = _head(about, sections, bench, minutes)
    if not options.quick and not options.only:
        FILE.write_text("\n\n".join([head, *(s.markdown() for s in sections)]) + "\n", encoding="utf-8")
        _renew(README, "\n\n".join(section.summary for section in sections if section.summary))
        head += f"\n\nWritten to {FILE}, and a summary to {README}."
    print(head, flush=True)
    return int(bool(bench.problems))


def _measure(name: str, bench: Bench) -> Section:
    """A section, or a missed row instead: what the others have measured must not be lost."""
    try:
        return importlib.import_module(f"asv_bench.peers.{name}").measure(bench)
    except BrokenPipeError:
        raise
    except Exception:
        bench.problem(name, traceback.format_exc())
        return Section(name, [report.failed(name)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m asv_bench.peers", description="fastnn and its peers in one run.")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section; may be given several times")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--quick", action="store_true", help="under a minute: fewer repetitions, shapes, networks")
    pace.add_argument("--repetitions", type=_positive, default=7, help="at least, of everything  [7]")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def _renew(file: Path, summary: str) -> None:
    """Put the summary between the two marks in a file."""
    before, rest = file.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    file.write_text(f"{before}{BEGIN}\n\n{summary}\n\n{END}{after}", encoding="utf-8")


def _head(about: list[tuple[str, str]], sections: list[Section], bench: Bench, minutes: float) -> str:
    """The machine, what was left out or went wrong, and all targets."""
    rows = [row for section in sections for row in section.rows]
    missed = sum(row.met is False for row in rows)
    absent = sum(row.met is None for row in rows)
    parts = [
        TITLE,
        " ".join(ABOUT.split()),
        report.table(("machine", ""), [*about, ("this run", f"{minutes:.1f} min")]),
    ]
    if bench.left_out:
        parts.append("Left out: " + "; ".join(f"{peer} ({why})" for peer, why in bench.left_out.items()) + ".")
    parts += [f"Problem: {text}" for text in bench.problems]
    parts.append(f"## Targets: {len(rows) - missed - absent} met, {missed} missed, {absent} not measured")
    parts.append(report.targets(rows))
    return "\n\n".join(parts)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever read the tables has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
