"""A column of few different texts: each text once, and a number for each row. So nothing is done for every cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.table import Text
from fastnn.data.text.cells import strip
from fastnn.data.text.resemblance import MAX_CATEGORY_TEXTS

if TYPE_CHECKING:
    import polars as pl


class Repeated:
    """The cells of a column, added portion by portion. With more than MAX_CATEGORY_TEXTS texts they are kept as texts.

    rows: at least so many as will be added.
    """

    def __init__(self, rows: int) -> None:
        import polars as pl

        self._codes, self._rows = np.empty(rows, np.int32), 0
        self._texts = pl.Series([], dtype=pl.String)
        self._rest: list[pl.Series] = []  # the cells since there were too many different ones

    def add(self, cells: pl.Series) -> None:
        """Add cells as they are in the file."""
        import polars as pl

        if not self._rest:
            found = cells.cast(pl.Enum(self._texts), strict=False)
            if found.null_count() > cells.null_count():
                new = cells.filter(found.is_null()).drop_nulls().unique(maintain_order=True)
                texts = pl.concat([self._texts, new])
                if len(texts) <= MAX_CATEGORY_TEXTS:
                    self._texts, found = texts, cells.cast(pl.Enum(texts))
                else:
                    self._rest.append(strip(cells))
                    return
            end = self._rows + len(cells)
            self._codes[self._rows : end] = found.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
            self._rows = end
        else:
            self._rest.append(strip(cells))

    def category(self, na_values: Collection[str]) -> Text | None:
        """Return the column if it can be nothing but a category: no cell is empty, a missing value, or a number."""
        import polars as pl

        labels = strip(self._texts)
        codes = self._codes[: self._rows]
        doubts = labels.null_count() or labels.is_in(list(na_values)).any()
        if self._rest or not len(codes) or doubts or labels.cast(pl.Float64, strict=False).is_not_null().any():
            return None
        if codes.min() < 0:
            return None
        found, places = np.unique(np.array(labels.to_list(), object), return_inverse=True)
        return Text(places.astype(np.int32)[codes], tuple(found.tolist()))

    def cells(self) -> pl.Series:
        """Return all cells as texts, stripped."""
        import polars as pl

        if len(self._texts):
            codes = pl.Series(self._codes[: self._rows], dtype=pl.Int32)
            known = strip(self._texts).gather(codes.set(codes < 0, None))
        else:
            known = pl.Series([None] * self._rows, dtype=pl.String)
        return pl.concat([known, *self._rest], rechunk=True)
