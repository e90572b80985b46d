"""Predictions for a large file, piece by piece: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.text.options import ReadOptions
from fastnn.data.text.pieces import InDoubtError, pieces
from fastnn.errors import DataError
from fastnn.model.outputs import as_columns, predicted
from fastnn.network.network import Network


def columns_of_pieces(
    networks: Sequence[Network], preprocessing: Preprocessing, path: str, options: ReadOptions, device: str = "cpu"
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the columns that ``fastnn predict`` writes, some rows at a time.

    Raises InDoubtError if the file has to be read as a whole: because something has to be said about it.
    """
    for table in pieces(path, options):
        try:
            outputs, notes = predicted(networks, preprocessing, table, device)
        except DataError:
            raise InDoubtError from None
        if notes:
            raise InDoubtError
        yield as_columns(outputs, preprocessing.target, networks[0].loss)
