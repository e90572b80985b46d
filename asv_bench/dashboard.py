"""``make dashboard``: measure some commits of main, and make a page of all results that works without a network."""

from __future__ import annotations

import argparse
import functools
import http.server
import sys

from asv_bench import command, offline
from asv_bench.selection import QUICK

LAST = 5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make dashboard", description=__doc__)
    parser.add_argument("--range", default=f"main~{LAST}..main", help="commits, as git log or asv run take them")
    parser.add_argument("--machine", default="reference", help="the name of this machine in the results")
    parser.add_argument("--full", action="store_true", help="all benchmarks, not only the quick ones")
    parser.add_argument("--publish-only", action="store_true", help="measure nothing")
    parser.add_argument("--serve", type=int, metavar="PORT", help="show the page until Ctrl-C")
    given = parser.parse_args(arguments)
    if not given.publish_only:
        code = measure(given.range, given.machine, () if given.full else QUICK)
        if code not in (0, 2):  # 2: some benchmarks failed; the page shows which
            return code
    return command.call(["publish", "--no-pull"]) or show(given.serve)


def measure(commits: str, machine: str, benchmarks: tuple[str, ...]) -> int:
    """Run the benchmarks that have no results yet."""
    difference = command.other_machine(machine, command.know(machine))
    if difference:
        print(
            f"The results of {machine!r} are those of another machine: {difference}. Times of two machines do not "
            "belong into one graph. Give this one a name: make dashboard MACHINE=laptop",
            file=sys.stderr,
        )
        return 1
    chosen = [part for pattern in benchmarks for part in ("--bench", pattern)]
    return command.call(["run", "--machine", machine, "--skip-existing-successful", *chosen, commits])


def show(port: int | None) -> int:
    """Complete the page, and print or serve its address."""
    html = command.WORK / "html"
    try:
        offline.make_offline(html, command.WORK / "npm")
        print("The page works without a network.")
    except offline.Unavailable as error:
        print(f"The page loads its scripts from the network: {error}", file=sys.stderr)
    if port is None:
        print(
            f"Dashboard: file://{html}/index.html — browsers show it from a server only:\n    make dashboard SERVE=8080"
        )
        return 0
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"Dashboard: http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
