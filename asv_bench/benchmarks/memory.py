"""Peak memory of whole processes: of the imports alone, which is the baseline of the others, and of work."""

from __future__ import annotations

from benchmarks import process

IMPORT = "import numpy as np, fastnn; from fastnn import ops; ops.activation('relu', np.zeros(1, np.float32))\n"
DATA = "rng = np.random.default_rng(0); X = rng.random((6400, 784), np.float32); y = rng.integers(0, 10, 6400)\n"
TRAIN = """
net = fastnn.Network([784, 128, 10])
result = fastnn.train(net, X, y, epochs=2, batch_size=128, validation=None, threads=1)
assert result.history[-1].train_loss < 3
"""
PREDICT = "assert fastnn.Network([784, 128, 10]).forward(X).shape == (6400, 10)\n"


class Peak:
    """Bytes. The second process of two, which compiles nothing."""

    version = "2"
    unit = "bytes"

    def track_import(self) -> int:
        return peak(IMPORT)

    def track_data(self) -> int:
        """20 MB of images."""
        return peak(IMPORT + DATA)

    def track_train(self) -> int:
        return peak(IMPORT + DATA + TRAIN)

    def track_predict(self) -> int:
        return peak(IMPORT + DATA + PREDICT)


def peak(program: str) -> int:
    process.run(["-c", program])
    return process.run(["-c", program]).peak
