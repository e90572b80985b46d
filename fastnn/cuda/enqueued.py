"""Steps as sequences of launches, for networks of every size.

A step is at most 3 L + 2 launches for L layers: forward, gradients of the parameters (L each), dL/dZ of the layers
before the last (L - 1), loss, norm if it is needed, update.
"""

from __future__ import annotations

from fastnn.cuda.epoch import Epoch, Optimizer
from fastnn.cuda.launches import Launches
from fastnn.cuda.workspace import Workspace

CHUNK_ROWS = 16384  # larger batches are processed in chunks, so that memory does not grow with them


class Enqueued:
    """The launches of the steps of a training."""

    def __init__(self, launches: Launches, optimizer: Optimizer):
        self._launches, self._optimizer = launches, optimizer
        self._work: Workspace | None = None

    def compile(self) -> None:
        """Compile or load the kernels."""
        for variant in self._launches.training_variants():
            self._launches.context.kernel(variant)

    def steps_of_a_launch(self, batch: int) -> int:
        """Return how many steps ``enqueue`` is given at once."""
        return 1

    def enqueue(self, epoch: Epoch, first: int, end: int) -> None:
        """Enqueue the steps first ... end - 1."""
        launches, optimizer, work = self._launches, self._optimizer, self._workspace(min(epoch.batch, CHUNK_ROWS))
        for step in range(first, end):
            start = step * epoch.batch
            rows = min(epoch.batch, epoch.samples - start)
            launches.gradients(
                work, epoch.data, epoch.targets, epoch.ids.at(start), epoch.losses.at(start), rows, step,
                epoch.dropout_key,
            )  # fmt: skip
            launches.update(
                work, step, optimizer.state, optimizer.stride, optimizer.live, optimizer.hyper,
                epoch.scalars.at(step * epoch.row), checks=step + 1 == epoch.steps,
            )  # fmt: skip

    def _workspace(self, rows: int) -> Workspace:
        """Return a workspace for this number of rows: the current one if it is large enough."""
        if self._work is None or self._work.rows < rows:
            if self._work is not None:
                self._work.close()
            plan = self._launches.plan
            self._work = Workspace(self._launches.context, plan, self._launches.layers, rows, training=True)
        return self._work
