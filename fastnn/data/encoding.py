"""Further steps from standardized numbers to inputs: a smooth clip, and a piecewise linear encoding beside each number.

The encoding has one input for each bin between two quantiles of the training values: 0 below the bin, HEIGHT above it,
linear inside. So a network can bend its answer at each quantile (Gorishniy and others 2022, "On
Embeddings for Numerical Features in Tabular Deep Learning").
"""

from __future__ import annotations

import numpy as np

Edges = tuple[float, ...]
HEIGHT = 0.5  # of the encoding: inputs of this size train better than those of size 1
_CHUNK = 1 << 14  # rows that are encoded together, so that they stay in the cache


def smooth_clip(z: np.ndarray, limit: float) -> np.ndarray:
    """Return z / sqrt(1 + (z / limit)**2): about z near 0, and never beyond -limit and limit."""
    return z / np.hypot(z / limit, z.dtype.type(1))  # hypot: the square of a large z would be infinite


def fit_bins(z: np.ndarray, bins: int) -> Edges:
    """Return the edges of at most so many bins: quantiles of standardized training values.

    A value counts as the square root of the number of its rows: so a frequent value leaves edges for the others, which
    reach into long tails. The edges are among the values, and are different numbers in float32 too. If there are not
    even two bins, () is returned.
    """
    values, rows = np.unique(z[np.isfinite(z)], return_counts=True)
    if not len(values):
        return ()
    counted = np.cumsum(np.sqrt(rows))
    places = np.searchsorted(counted, np.linspace(0.0, 1.0, bins + 1) * counted[-1])
    with np.errstate(over="ignore"):
        edges = np.unique(values[np.minimum(places, len(values) - 1)].astype(np.float32))
    edges = edges[np.isfinite(edges)]
    return tuple(map(float, edges)) if len(edges) > 2 else ()


def encode(z: np.ndarray, edges: Edges, out: np.ndarray) -> None:
    """Write the encoding of standardized values (rows,) to ``out`` (rows, bins)."""
    at = np.array(edges, out.dtype)
    low, widths = at[:-1], np.diff(at)
    for start in range(0, len(z), _CHUNK):
        part = out[start : start + _CHUNK]
        np.subtract(z[start : start + _CHUNK, None], low, out=part)
        part /= widths
        np.clip(part, 0, 1, out=part)
        part *= HEIGHT
