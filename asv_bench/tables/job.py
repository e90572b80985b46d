"""The process that is timed: ``python -m asv_bench.tables.job COMPETITOR FOLDER``.

It reads ``train.csv`` and ``test.csv`` with pandas, trains, predicts the test rows, and writes ``predictions.npy``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas

from asv_bench.tables.competitors import COMPETITORS


def main(competitor: str, folder: Path) -> None:
    """Run one competitor on the tables in a folder. ``about.json`` names the target and the classes."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    train, test = (pandas.read_csv(folder / name) for name in ("train.csv", "test.csv"))
    np.save(folder / "predictions.npy", COMPETITORS[competitor](train, test, about["target"], about["classes"]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
