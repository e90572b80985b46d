"""Load the model of a run from its folder or its file, or a network from its file."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from fastnn.data.python.python_words import as_sentence, python_words
from fastnn.errors import DataWarning, ModelError, UsageError
from fastnn.model.model import Model, model_of
from fastnn.network.loading import Note, load_networks, unsaid
from fastnn.network.network import Network
from fastnn.runs.aside import kept_in


def load(path: str | os.PathLike[str]) -> Model | Network:
    """Load a trained model, or a bare network.

    Nothing in the file is executed. If parts of a network come from a plugin's file, load it first, with
    :func:`load_plugin`. The model is refused if their formulas are not the ones that it was trained with.

    Parameters
    ----------
    path : str or Path
        The folder of a run (its best model is loaded, else its last), or a safetensors file.

    Returns
    -------
    Model or Network
        For a run, and for a file that ``fastnn train`` or :meth:`Model.save` wrote, a :class:`Model`: it takes tables.
        For a file that :meth:`Network.save` wrote, a :class:`Network`: it takes arrays that are already scaled. A
        network that is trained further starts with a fresh optimizer.

    Raises
    ------
    ModelError
        If there is no such file, or it is damaged, was not written by fastnn, or needs a newer version of it; or if a
        plugin that it needs is not loaded, or has another formula.
    UsageError
        If ``path`` is not a path.

    Examples
    --------
    >>> import fastnn, tempfile
    >>> net, model = fastnn.Network([2, 3, 1]), fastnn.fit("moons", epochs=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(f"{folder}/network.safetensors")
    ...     same = fastnn.load(f"{folder}/network.safetensors")
    ...     model.save(f"{folder}/model.safetensors")
    ...     again = fastnn.load(f"{folder}/model.safetensors")
    >>> bool((same.parameters == net.parameters).all())
    True
    >>> bool((again.predict("moons") == model.predict("moons")).all())
    True
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"path = {path!r} is not allowed: it must be the path of a file or of a run's folder.")
    notes: list[str] = []
    with python_words():
        found = _loaded(path, notes.append)
    for note in dict.fromkeys(notes):
        warnings.warn(as_sentence(note), DataWarning, stacklevel=2)
    return found


def load_model(path: str | os.PathLike[str], note: Note = unsaid) -> Model:
    """Load a model, which takes tables. Raises ModelError also for a bare network. note: takes remarks on plugins."""
    notes: list[str] = []
    found = _loaded(path, notes.append)
    if isinstance(found, Network):
        raise ModelError(
            f"{_file(path)} holds a network without preprocessing, so it cannot be applied to columns. "
            "It was saved from Python: use it there, with fastnn.load."
        )
    for text in dict.fromkeys(notes):
        note(text)
    return found


def _loaded(path: str | os.PathLike[str], note: Note) -> Model | Network:
    file = _file(path)
    networks, extra = load_networks(file, note)
    if "preprocessing" not in extra and len(networks) == 1:
        return networks[0]
    return model_of(networks, extra, str(file))


def _file(path: str | os.PathLike[str]) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        return folder
    for name in ("best.safetensors", "last.safetensors"):
        if (folder / name).is_file():
            return folder / name
    kept = kept_in(folder)
    earlier = f" The earlier run that it was meant to replace is still in {kept}." if kept else ""
    raise ModelError(f"{path} holds neither best.safetensors nor last.safetensors: the run saved no model.{earlier}")
