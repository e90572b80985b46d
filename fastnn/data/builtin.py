"""The built-in data sets: two are part of fastnn, four are generated, one comes from a Debian package."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np

from fastnn.data import generated
from fastnn.data.table import Table
from fastnn.errors import DataError

FASHION_FOLDER = "/usr/share/datasets/fashion-mnist"
FASHION_CLASSES = (
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


@dataclass(frozen=True)
class Builtin:
    """A built-in data set. load(seed) -> Table; only generated data sets use the seed."""

    summary: str
    load: Callable[[int], Table]


def _digits(seed: int) -> Table:
    content = gzip.decompress(files("fastnn.data").joinpath("files/digits.csv.gz").read_bytes())
    flat = np.fromstring(content.replace(b"\n", b",").rstrip(b",").decode("ascii"), np.uint8, sep=",")
    names = (*(f"pixel_{row}_{column}" for row in range(8) for column in range(8)), "digit")
    return Table("digits", names, flat.reshape(-1, 65), {n: i for i, n in enumerate(names)}, targets=("digit",))


def _sacramento(seed: int) -> Table:
    from fastnn.data.text import delimited

    table = delimited.read(str(files("fastnn.data").joinpath("files/sacramento.csv")))
    return replace(table, source="sacramento", targets=("price",), may_have_index=False)


def _fashion(seed: int) -> Table:
    from fastnn.data import idx

    if not idx.is_folder(FASHION_FOLDER):
        raise DataError(
            f"fashion-mnist is not installed: there are no images in {FASHION_FOLDER}. Install them "
            "with 'apt-get install dataset-fashion-mnist', or replace the name by the path of a folder with the four "
            "*-ubyte.gz files."
        )
    return idx.read_folder(FASHION_FOLDER, "fashion-mnist", FASHION_CLASSES)


BUILTIN = {
    "digits": Builtin("1,797 handwritten digits, 8x8 pixels, 10 classes; ships with fastnn", _digits),
    "sacramento": Builtin("932 house sales, price from size, place and type; ships with fastnn", _sacramento),
    "fashion-mnist": Builtin("70,000 images of clothes, 28x28 pixels, 10 classes; a Debian package", _fashion),
    "spirals": Builtin("1,000 points on three spiral arms, 3 classes; drawn from the seed", generated.spirals),
    "moons": Builtin("1,000 points on two half circles, 2 classes; drawn from the seed", generated.moons),
    "blobs": Builtin("1,000 points in three clouds, 3 classes; drawn from the seed", generated.blobs),
    "cubic": Builtin("1,000 points of a cubic with noise, a regression; drawn from the seed", generated.cubic),
}
