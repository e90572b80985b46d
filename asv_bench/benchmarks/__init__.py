"""The suite that follows fastnn through its history. docs/benchmarks.md says how to run, read and extend it.

asv imports this package with the fastnn of one commit after the other, so it uses fastnn's public face only. It shares
networks, shapes and data with :mod:`asv_bench.peers`, which is imported from this checkout.
"""

import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1]

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # of PyTorch. asv imports NumPy before: asv.conf.json sets OPENBLAS_NUM_THREADS

if "FASTNN_CACHE_DIR" not in os.environ:  # compiled code of one commit is never found by another
    commit = os.environ.get("ASV_COMMIT", "")[:12] or "none"
    os.environ["FASTNN_CACHE_DIR"] = str(FOLDER / ".asv" / "cache" / commit)

if "asv_bench" not in sys.modules:  # without the checkout in sys.path, where its fastnn would be found first
    spec = importlib.util.spec_from_file_location("asv_bench", FOLDER / "__init__.py")
    assert spec and spec.loader
    sys.modules["asv_bench"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["asv_bench"])
