"""``make bench-gpu``: the training steps of the six networks on a GPU, compared with PyTorch and JAX, where installed.

Times are taken from events on the device; for JAX, which has none, by waiting for the result. Every peer first trains a
few steps that are compared with NumPy in float64.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # JAX would take most of the memory of the GPU

from asv_bench.peers import checks, networks, report
from asv_bench.peers.networks import CASES, Case

ROUNDS = 7
HEADERS = ("network, batch", "fastnn", "PyTorch", "PyTorch fused", "PyTorch graph", "JAX")


class Clock(Protocol):
    """Events of a device: points in its stream of work."""

    def record(self) -> Any: ...

    def seconds(self, begin: Any, end: Any) -> float: ...


class HostClock:
    """For peers without events, whose epochs end when the device is done."""

    def record(self) -> float:
        return time.perf_counter()

    def seconds(self, begin: float, end: float) -> float:
        return end - begin


@dataclass
class Peer:
    """A peer with a network on the GPU. result: the parameters after the first steps. epoch(): ``steps`` steps."""

    result: list
    epoch: Callable[[], object]
    steps: int
    clock: Clock
    close: Callable[[], object] = lambda: None

    def seconds(self) -> float:
        """Return the seconds per step of one epoch."""
        begin = self.clock.record()
        self.epoch()
        return self.clock.seconds(begin, self.clock.record()) / self.steps


def measure(case: Case, makers: dict[str, Callable[[Case], Peer]], rounds: int = ROUNDS) -> dict[str, float | str]:
    """Return the median seconds per step of each peer, or why there is none. The peers take turns."""
    check = checks.moved_alike(networks.initial(case), networks.trained(case), networks.TOLERANCE)
    found: dict[str, float | str] = {}
    peers: dict[str, Peer] = {}
    for name, make in makers.items():
        try:
            peer = make(case)
            check(peer.result)
            peer.epoch()  # not timed
            peers[name] = peer
        except checks.WrongResult as error:
            found[name] = f"WRONG: {error}"
        except ImportError:
            found[name] = report.NOT_MEASURED
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, peer in peers.items():
            times[name].append(peer.seconds())
    for peer in peers.values():
        peer.close()
    return found | {name: statistics.median(values) for name, values in times.items()}


def lines(measured: Iterable[tuple[Case, dict[str, float | str]]]) -> list[tuple[str, ...]]:
    """Return the rows of the table: microseconds per step, and in brackets how many times faster fastnn is."""
    rows = []
    for case, found in measured:
        own, cells = found.get("fastnn"), []
        for name in HEADERS[1:]:
            value = found.get(name, report.NOT_MEASURED)
            if isinstance(value, float):
                ratio = f" ({report.times(value / own)})" if isinstance(own, float) and name != "fastnn" else ""
                value = report.micro(value) + ratio
            cells.append(value)
        rows.append((case.name, *cells))
    return rows


def main() -> int:
    """Measure and print. Return 5 if there is no GPU, 1 if a result was wrong."""
    from asv_bench.peers import gpu_peers
    from fastnn.cuda.devices import open_device
    from fastnn.errors import DeviceError

    os.environ["FASTNN_CUDA"] = "driver"
    try:
        device = open_device(0)
    except DeviceError as error:
        print(f"make bench-gpu needs a GPU. {error}", file=sys.stderr)
        return error.exit_code
    print(
        f"{device.name}, compute capability {'.'.join(map(str, device.capability))}. Microseconds per step, median of"
    )
    print(
        f"{ROUNDS}; in brackets, how many times faster fastnn is. Adam, float32, batches gathered from shuffled data.\n"
    )
    device.close()
    measured = [(case, measure(case, gpu_peers.PEERS)) for case in CASES]
    print(report.table(HEADERS, lines(measured)))
    wrong = [text for _, found in measured for text in found.values() if str(text).startswith("WRONG")]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
