"""Numbers in predictions: the shortest texts that read back to the same numbers."""

import csv
import io

import numpy as np
import polars
import pytest

from fastnn.model.number_texts import shortest
from fastnn.model.output import Output


def numbers(dtype: type) -> np.ndarray:
    """Random bits, ordinary magnitudes, values close together, and the ends of the range."""
    rng = np.random.default_rng(0)
    bits = np.dtype(dtype).str.replace("f", "u")
    info = np.finfo(dtype)
    ends = [
        0.0,
        -0.0,
        np.nan,
        np.inf,
        -np.inf,
        info.max,
        info.tiny,
        info.smallest_subnormal,
        3 * info.smallest_subnormal,
    ]
    return np.concatenate([
        rng.integers(0, np.iinfo(bits).max, 20_000, dtype=bits, endpoint=True).view(dtype),
        (10.0 ** rng.uniform(-9, 19, 20_000)).astype(dtype),
        (1e9 + rng.normal(size=1000)).astype(dtype),
        np.array([1e-6, 9.9e-7, 1.5e-6, 1e15, 9.999e15, 1e16, 5, -1234567, 0.1, *ends], dtype),
    ])  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_texts_are_exact_short_and_plain(dtype):
    values = numbers(dtype)
    texts = shortest(values)
    np.testing.assert_array_equal([dtype(float(text)) for text in texts], values)
    np.testing.assert_array_equal(np.signbit([float(text) for text in texts]), np.signbit(values) & ~np.isnan(values))
    for text, value in zip(texts, values, strict=True):
        if np.isfinite(value):
            digits, _, exponent = text.lstrip("-").partition("e")
            assert "." in digits or exponent, text
            assert bool(exponent) != (value == 0 or 1e-6 <= abs(float(text)) < 1e16), text
            shown = [t.lstrip("-").partition("e")[0].replace(".", "").strip("0") for t in (text, str(value))]
            assert shown[0] == shown[1]  # the digits that NumPy prints are the fewest


@pytest.mark.parametrize("reader", ["csv", "polars", "pandas"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_libraries_read_the_same_numbers(tmp_path, dtype, reader):
    values, path = numbers(dtype), tmp_path / "p.csv"
    Output(str(path)).write({"label": np.full(len(values), "a", object), "value": values})
    if reader == "csv":
        found = [float(row["value"]) for row in csv.DictReader(io.StringIO(path.read_text()))]
    elif reader == "polars":
        found = polars.read_csv(path, schema_overrides={"value": polars.Float64})["value"].to_numpy()
    else:
        found = pytest.importorskip("pandas").read_csv(path)["value"].to_numpy()
    np.testing.assert_array_equal(np.asarray(found, np.float64).astype(dtype), values)
