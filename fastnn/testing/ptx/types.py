"""PTX's types: their sizes in bytes, and the NumPy types that stand for them."""

from __future__ import annotations

SIZE = {"pred": 1}
NUMPY = {"pred": "?"}
for _bytes in (1, 2, 4, 8):
    for _kind, _letter in (("b", "u"), ("u", "u"), ("s", "i")):
        SIZE[f"{_kind}{8 * _bytes}"] = _bytes
        NUMPY[f"{_kind}{8 * _bytes}"] = f"{_letter}{_bytes}"
for _bytes in (2, 4, 8):
    SIZE[f"f{8 * _bytes}"] = _bytes
    NUMPY[f"f{8 * _bytes}"] = f"f{_bytes}"

FLOATS = {"f16", "f32", "f64"}
SPACES = {"global", "shared", "local", "param", "const"}


def wider(type_: str) -> str:
    """The type of a .wide result."""
    return f"{type_[0]}{16 * SIZE[type_]}"
