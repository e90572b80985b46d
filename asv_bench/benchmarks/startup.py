"""Starting: CPU seconds of whole processes."""

from __future__ import annotations

import tempfile

from benchmarks import process

TRAIN = """
import numpy as np, fastnn
x = np.linspace(-1, 1, 256).reshape(-1, 1)
net = fastnn.Network([1, 16, 1], activation="tanh")
result = fastnn.train(net, x, x**2, loss="mse", epochs=20, batch_size=32, lr=0.01, validation=None, threads=1)
assert result.history[-1].train_loss < 0.5 * result.history[0].train_loss
assert np.allclose(net.forward(x), np.tanh(x @ net.weights[0][0] + net.weights[0][1]) @ net.weights[1][0]
                   + net.weights[1][1], atol=1e-4)
"""


class Start:
    """An import, the help text, and a first small training with empty and with filled caches of compiled code."""

    version = "2"
    unit = "seconds"
    timeout = 300

    def track_import(self) -> float:
        return process.least_cpu(["-c", "import fastnn"])

    def track_import_ops(self) -> float:
        return process.least_cpu(["-c", "import fastnn.ops"])

    def track_help(self) -> float:
        return process.least_cpu(["-m", "fastnn", "--help"])

    def track_training_cached(self) -> float:
        process.run(["-c", TRAIN])  # fills the cache
        return process.least_cpu(["-c", TRAIN])

    def track_training_cold(self) -> float:
        with tempfile.TemporaryDirectory() as folder:
            return process.run(["-c", TRAIN], FASTNN_CACHE_DIR=folder).cpu
