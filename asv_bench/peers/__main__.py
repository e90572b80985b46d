"""``python -m asv_bench.peers``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback
from pathlib import Path

from asv_bench import summary
from asv_bench.peers import machine, report
from asv_bench.peers.bench import Bench
from asv_bench.peers.report import Section

SECTIONS = tuple("products steps floors many functions updates plugin predictions reading processes fashion".split())
FILE = Path(__file__).parents[1] / "PEERS.md"
QUICK = (3, 2e-3, 1.0)  # repetitions, seconds per repetition, seconds after which no further repetition starts
FULL = (1e-2, 120.0)
TITLE = "# fastnn and its peers"
ABOUT = (
    "Written by `make bench`, which is `python -m asv_bench.peers` in an environment with the extra `peers`. Every "
    "number is the median of several repetitions in one run, in which all peers take turns. A ratio is the quotient of "
    "two medians; it is above 1 if fastnn is faster. Products, functions, updates and training steps are timed only "
    "after their results have been compared with float64 NumPy. For whole processes, the accuracies that they print "
    "are compared. Other work on the machine changes ratios too: compare several runs, not single numbers. One section "
    f"alone, printed only: `python -m asv_bench.peers --only NAME`, with NAME one of {', '.join(SECTIONS)}."
)


def main() -> int:
    """Measure, print, and write the files after a full run. Return 1 if a result was wrong or something failed."""
    options = _options()
    about = machine.describe()  # first, because it includes the load before the run
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
        summary.renew("make bench", "\n\n".join(section.summary for section in sections if section.summary))
        head += f"\n\nWritten to {FILE}, and a summary to {summary.README}."
    print(head, flush=True)
    return int(bool(bench.problems))


def _measure(name: str, bench: Bench) -> Section:
    """Measure a section. If it fails, return a missed row, so that the results of the other sections are not lost."""
    try:
        return importlib.import_module(f"asv_bench.peers.{name}").measure(bench)
    except BrokenPipeError:
        raise
    except Exception:
        bench.problem(name, traceback.format_exc())
        return Section(name, [report.failed(name)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m asv_bench.peers", description="fastnn and its peers in one run.")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this section; may be repeated")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--quick", action="store_true", help="less than a minute: fewer repetitions, shapes, networks")
    pace.add_argument("--repetitions", type=_positive, default=7, help="minimum number of repetitions  [7]")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a positive integer")
    return number


def _head(about: list[tuple[str, str]], sections: list[Section], bench: Bench, minutes: float) -> str:
    """Return the head of the report: the machine, missing peers, problems, and all targets."""
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
    except BrokenPipeError:  # the reader of the tables has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
