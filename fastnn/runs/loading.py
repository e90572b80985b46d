"""Load the model of a run, from its folder or from its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.errors import ModelError
from fastnn.model.model import Model
from fastnn.network.loading import load_with_extra
from fastnn.runs.aside import kept_in


def load(path: str) -> Model:
    """Load the model from a file, or from a run folder: the best one, else the last.

    Raises ModelError for a file that is missing, damaged, not from fastnn, too new, without preprocessing, or with
    weights that are NaN or infinite.
    """
    file = _file(path)
    network, extra = load_with_extra(file)
    if "preprocessing" not in extra:
        raise ModelError(
            f"{file} holds a network without preprocessing, so it cannot be applied to columns. "
            "It was saved from Python: use it there, with fastnn.load."
        )
    preprocessing = Preprocessing.from_json(extra["preprocessing"], str(file))
    target = preprocessing.target
    if (preprocessing.width, target.outputs) != (network.sizes[0], network.sizes[-1]):
        raise ModelError(f"{file}: the preprocessing does not fit the network.")
    if not np.isfinite(network.parameters).all():
        raise ModelError(f"{file}: the network has weights that are NaN or infinite; nothing can be predicted with it.")
    if network.loss is None or network.loss.part.target != target.kind:
        raise ModelError(f"{file}: the loss does not fit the target {', '.join(target.columns)}.")
    return Model(network, preprocessing, str(extra.get("data", "")))


def _file(path: str) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        return folder
    for name in ("best.safetensors", "last.safetensors"):
        if (folder / name).is_file():
            return folder / name
    kept = kept_in(folder)
    earlier = f" The earlier run that it was meant to replace is still in {kept}." if kept else ""
    raise ModelError(f"{path} holds neither best.safetensors nor last.safetensors: the run saved no model.{earlier}")
