"""Read a folder of images in the IDX format of MNIST: train-images, train-labels, t10k-images, t10k-labels.

Format: two zero bytes, the type (8 = unsigned byte), the number of dimensions, each size as a big-endian
32-bit integer, then the data (Y. LeCun, C. Cortes, C. Burges, "The MNIST database", 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fastnn.data import packed
from fastnn.data.table import Table, Text, from_arrays
from fastnn.errors import DataError


def is_folder(path: str) -> bool:
    """Return whether a path is a folder of images in the IDX format."""
    return any(Path(path).glob("train-images*"))


def read_folder(path: str, source: str, classes: Sequence[str] = ()) -> Table:
    """Return the training images as a table of (rows, pixels) from 0 to 255; the test images are in its ``test``."""
    tables = []
    for part in ("train", "t10k"):
        images = _read(_find(path, f"{part}-images-idx3-ubyte"), 3)
        labels = _read(_find(path, f"{part}-labels-idx1-ubyte"), 1)
        if len(images) != len(labels) or images.size == 0:
            raise DataError(f"{path}: there are {len(images)} {part} images and {len(labels)} labels.")
        names = tuple(classes) or tuple(map(str, range(int(labels.max()) + 1)))
        if labels.max() >= len(names):
            raise DataError(f"{path}: a {part} label is {labels.max()}; the classes are 0 to {len(names) - 1}.")
        tables.append((images.reshape(len(images), -1), Text(labels.astype(np.int32), names)))
    test = from_arrays(f"{source} (test)", *tables[1], "label", divisor=255.0)
    return from_arrays(source, *tables[0], "label", divisor=255.0, test=test)


def _find(folder: str, name: str) -> Path:
    for candidate in (name, name + ".gz"):
        if (path := Path(folder) / candidate).is_file():
            return path
    raise DataError(f"{folder} has neither {name} nor {name}.gz.")


def _read(path: Path, dimensions: int) -> np.ndarray:
    content = packed.content(path)
    if content[:4] != bytes((0, 0, 8, dimensions)) or len(content) < 4 + 4 * dimensions:
        raise DataError(f"{path} is not an IDX file of {dimensions}-dimensional unsigned bytes.")
    shape = tuple(np.frombuffer(content, ">u4", dimensions, 4).astype(int).tolist())
    data = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if data.size != int(np.prod(shape, dtype=object)):
        raise DataError(f"{path} is truncated: {data.size} bytes of data for the shape {shape}.")
    return data.reshape(shape)
