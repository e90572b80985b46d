"""``make bench-compare``: is this checkout slower than another commit? Exit code 1 if it is.

Both commits are measured in turn, with one thread, in CPU time. A benchmark is accused if asv finds its times
significantly different and more than 20 % longer, and if that is found again each time that it is repeated alone.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from asv_bench import command
from asv_bench.selection import GATED, GATED_ALL

FACTOR = 1.2
CONFIRMATIONS = 2
WORSE = re.compile(r"^\|\s*[+!x]\s*\|(.*)\|\s*(\S.*?)\s*\|\s*$")  # | + | before | after | ratio | benchmark |


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench-compare", description=__doc__)
    parser.add_argument("--base", default="main", help="the commit to compare with (default: main)")
    parser.add_argument("--bench", help="a regular expression for other benchmarks than the quick ones")
    parser.add_argument("--full", action="store_true", help="all benchmarks of one thread")
    given = parser.parse_args(arguments)
    base, here = commit(given.base), changed() or commit("HEAD")
    if commit_tree(base) == commit_tree(here):
        print(f"{given.base} and this checkout have the same files.")
    patterns = [given.bench] if given.bench else list(GATED_ALL if given.full else GATED)
    configuration, results = command.scratch("compare")
    command.know("reference")
    for turn in range(1 + CONFIRMATIONS):
        shutil.rmtree(results, ignore_errors=True)
        code, accused = measure(base, here, patterns, configuration, results)
        if not accused:
            return code if code not in (0, 1) else report(turn)
        patterns = [f"^{re.escape(name)}$" for name in accused]
        if turn < CONFIRMATIONS:
            print(f"\nSlower, to be confirmed ({turn + 1} of {CONFIRMATIONS}): {', '.join(accused)}\n", flush=True)
    print(f"\nSlower by more than {FACTOR - 1:.0%}, {1 + CONFIRMATIONS} times:\n  " + "\n  ".join(accused))
    return 1


def report(turn: int) -> int:
    print("\nNothing is slower." if not turn else "\nNothing is slower: what seemed so was not found again.")
    return 0


def measure(base: str, here: str, patterns: list[str], configuration: Path, results: Path) -> tuple[int, list[str]]:
    """Measure both commits in turn. Return asv's exit code, and the benchmarks that are slower now."""
    chosen = [part for pattern in patterns for part in ("--bench", pattern)]
    arguments = ["continuous", "--machine", "reference", "--factor", str(FACTOR), "--interleave-rounds", *chosen]
    process = subprocess.Popen(
        command.line([*arguments, base, here], configuration), stdout=subprocess.PIPE, text=True,
        env=command.environment(FASTNN_BENCH_RESULTS=str(results)),
    )  # fmt: skip
    assert process.stdout
    said = []
    for line in process.stdout:
        print(line, end="", flush=True)
        said.append(line)
    return process.wait(), worse("".join(said))


def worse(text: str) -> list[str]:
    """Return the benchmarks that a table of asv calls slower or failed."""
    return [match[2] for line in text.splitlines() if (match := WORSE.match(line))]


def changed() -> str:
    """Return a commit of the changes that are not committed yet; "" if there are none. No branch is changed."""
    made = git("stash", "create")
    if made:
        print("Changes that are not committed are measured too, but no files that git does not know.")
    return made


def commit(name: str) -> str:
    return git("rev-parse", "--verify", f"{name}^{{commit}}")


def commit_tree(name: str) -> str:
    return git("rev-parse", f"{name}:fastnn")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(command.FOLDER), *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
