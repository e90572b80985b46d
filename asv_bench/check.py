"""``make bench-check``: run each quick benchmark once, so that the suite does not rot. Nothing is kept."""

from __future__ import annotations

import shutil
import sys

from asv_bench import command
from asv_bench.selection import QUICK


def main() -> int:
    configuration, results = command.scratch("check")
    command.know("reference")
    shutil.rmtree(results, ignore_errors=True)
    variables = {"FASTNN_BENCH_RESULTS": str(results), "FASTNN_BENCH_ONCE": "1"}
    same = ["--python", "same"]
    chosen = [part for pattern in QUICK for part in ("--bench", pattern)]
    once = [
        "run",
        "--machine",
        "reference",
        "--quick",
        "--dry-run",
        "--durations",
        "all",
        "--show-stderr",
        *same,
        *chosen,
    ]
    return command.call(["check", *same], configuration, **variables) or command.call(once, configuration, **variables)


if __name__ == "__main__":
    sys.exit(main())
