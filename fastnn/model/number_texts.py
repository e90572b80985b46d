"""Numbers as the shortest texts that read back to the same numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

PLAIN_FROM, PLAIN_BELOW = 1e-6, 1e16  # between these magnitudes, texts have no exponent


def shortest(values: np.ndarray) -> list[str]:
    """Return the shortest text for each float32 or float64 that reads back to the same number of this type.

    A text has a decimal point or an exponent, so that a column of them is read as numbers with decimals: "5.0".
    """
    import polars

    found = polars.Series(values=values).cast(polars.String)
    texts, size = found.to_list(), np.abs(values)
    ordinary = (size >= PLAIN_FROM) & (size < PLAIN_BELOW)
    # Polars writes 0.00001, but 1.5e-6, and some large float32 with an exponent
    for i in np.flatnonzero(found.str.contains("e", literal=True).to_numpy() & ordinary).tolist():
        plain = f"{Decimal(texts[i]):f}"
        texts[i] = plain if "." in plain else f"{plain}.0"
    return texts
