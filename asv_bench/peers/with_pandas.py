"""The jobs of pandas."""

from __future__ import annotations

import pandas as pd

from asv_bench.peers.job import Job


def reading(path: str) -> Job:
    """Return a job for read_csv."""
    return Job(lambda: pd.read_csv(path))
