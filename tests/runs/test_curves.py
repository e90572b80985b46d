"""The plot of a run, for every kind of history."""

import io

import pytest

from fastnn.runs.curves import draw
from fastnn.training.record import Record


def history(epochs: int, validates: bool = True, **metrics: float) -> list[Record]:
    losses = [1.0 / (epoch + 1) for epoch in range(epochs)]
    return [Record(i + 1, v, v * 1.5 if validates else None, metrics, 0.1, 0.0) for i, v in enumerate(losses)]


@pytest.mark.parametrize(
    ("records", "best"),
    [
        (history(30, accuracy=0.9), 30),
        (history(3, r2=-4.0), 2),
        (history(1, accuracy=1.0), 1),
        (history(5, validates=False), None),
        (history(5), 5),
        ([Record(1, 0.0, 0.0, {"r2": float("nan")}, None, 0.0)], 1),
        ([Record(i, -1.0 * i, 1e30**i, {}, None, 0.0) for i in (1, 2)], 1),
    ],
)
def test_draws(records, best):
    file = io.BytesIO()
    draw(file, records, best, "title")
    assert file.getvalue().startswith(b"\x89PNG")
