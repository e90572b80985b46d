"""fastnn.train_many: several networks at once, on the same data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastnn.device import thread_count
from fastnn.errors import FastnnError, UsageError
from fastnn.network.network import Network
from fastnn.network.targets import Metrics
from fastnn.training.arrays import Arrays
from fastnn.training.each import one_each
from fastnn.training.prepared import Prepared, prepare_training
from fastnn.training.record import Record, Result
from fastnn.training.together import train_together

SHARE = float("0.2")  # the default of validation; an object of its own, since a user's 0.2 does not go with rows


def train_many(
    networks: Iterable[Network],
    X: Any,
    y: Any,
    *,
    rows: Any = None,
    loss: Any = "cross_entropy",
    optimizer: Any = "adam",
    lr: Any = None,
    epochs: Any = 10,
    batch_size: Any = None,
    validation: Any = SHARE,
    shuffle: Any = True,
    seed: Any = 0,
    device: str = "cpu",
    threads: int | None = None,
    dropout: Any = 0.0,
    l1: Any = 0.0,
    l2: Any = 0.0,
    clip_norm: Any = None,
    early_stopping: Any = None,
    tolerance: Any = None,
    on_epoch: Callable[[int, Record], Any] | None = None,
) -> list[Result]:
    """Train many networks in place, on the same data: one network on one thread at a time, on all cores.

    Each network gets the same parameters, to the bit, as by :func:`train` alone. The data are stored once, or once for
    each dtype. All arguments are checked before the first training begins.

    **A list gives one value for each network; anything else is one value for all.** So a pair of arrays, for
    ``validation`` or ``rows``, must be a tuple. ``X``, ``y``, ``device``, ``threads`` and ``on_epoch`` are always the
    same for all.

    Parameters
    ----------
    networks : sequence of Network
        Networks to train, each given once. They may differ in everything but the number of inputs.
    X : array of shape (samples, inputs)
        Inputs, as in :func:`train`.
    y : array of shape (samples,) or (samples, outputs)
        Targets, as in :func:`train`.
    rows : pair of arrays of int (training, validation), or list of them, optional
        Numbers of the rows of X and y to train on, and of those to validate on, instead of ``validation``: for
        cross-validation, or for samples with repeated rows. A network is trained as by
        ``train(net, X[training], y[training], validation=(X[validation], y[validation]))``. None or no rows as
        ``validation``: train without validation. Default: all rows, as ``validation`` says.
    loss, optimizer, lr, epochs, batch_size : one value or list
        As in :func:`train`.
    validation : float, str, tuple (Xv, yv) or None, or list of them, default 0.2
        As in :func:`train`. A fraction is drawn from each network's own seed.
    shuffle, seed : one value or list
        As in :func:`train`.
    device : {"cpu", "auto", "cuda"}, default "cpu"
        As in :func:`train`.
    threads : int, optional
        Number of networks that are trained at a time. Default: the number of threads that the process may use.
    dropout, l1, l2, clip_norm, early_stopping, tolerance : one value or list
        As in :func:`train`.
    on_epoch : function, optional
        Called after every epoch of every network with the network's position in ``networks`` and its :class:`Record`,
        in the thread that trains the network, but never by two threads at a time. The training of this network stops
        if it returns "stop".

    Returns
    -------
    list of Result
        One for each network, in the order of ``networks``, as :func:`train` returns it. A network that diverged has
        ``stopped`` "diverged", and in ``error`` the exception that :func:`train` would have raised; the others are
        trained to their end.

    Raises
    ------
    UsageError, DataError, DeviceError
        As in :func:`train`, and if a network is given twice or a list has the wrong length. The message names the
        network. Nothing has been trained.
    KeyboardInterrupt
        After Ctrl-C, when all trainings have stopped. Each network is left with its best parameters or, without
        validation, those of its last step. The exception's ``results`` is the list of Results so far; ``stopped`` is
        "interrupted" for those that had not ended. An exception in ``on_epoch`` is raised in the same way.

    Examples
    --------
    Four networks, each validated on another quarter of the rows:

    >>> import numpy as np
    >>> import fastnn
    >>> X = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> networks = [fastnn.Network([1, 16, 1], activation="tanh", seed=seed) for seed in range(4)]
    >>> folds = np.arange(200) % 4
    >>> rows = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(4)]
    >>> results = fastnn.train_many(networks, X, X**2, rows=rows, seed=[0, 1, 2, 3], loss="mse", lr=0.01, epochs=50)
    >>> [len(result.history) for result in results]
    [50, 50, 50, 50]
    >>> prediction = np.mean([net.predict([[0.5], [-0.5]]) for net in networks], axis=0)
    >>> prediction.shape
    (2,)
    """
    networks = _distinct(networks)
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(
            f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a number and a Record, or None."
        )
    size = thread_count(threads)
    arguments = one_each({
        "rows": rows, "loss": loss, "optimizer": optimizer, "lr": lr, "epochs": epochs, "batch_size": batch_size,
        "validation": validation, "shuffle": shuffle, "seed": seed, "dropout": dropout, "l1": l1, "l2": l2,
        "clip_norm": clip_norm, "early_stopping": early_stopping, "tolerance": tolerance,
    }, len(networks))  # fmt: skip
    arrays = Arrays()
    trainings = [
        _prepared(number, net, X, y, arrays, {"device": device, "threads": 1, **own})
        for number, (net, own) in enumerate(zip(networks, arguments, strict=True))
    ]
    return train_together(trainings, size, on_epoch)


def _distinct(networks: Any) -> list[Network]:
    """Return the networks as a list. Raises UsageError if one is something else, or there twice."""
    if isinstance(networks, Network) or not isinstance(networks, Iterable):
        raise UsageError(f"networks is a {type(networks).__name__}: it must be a list of fastnn.Network.")
    found = list(networks)
    first: dict[int, int] = {}
    for number, net in enumerate(found):
        if not isinstance(net, Network):
            raise UsageError(f"networks[{number}] is a {type(net).__name__}: it must be a fastnn.Network.")
        memory = net.parameters.__array_interface__["data"][0]
        if first.setdefault(memory, number) != number:
            raise UsageError(
                f"networks[{number}] is the same as networks[{first[memory]}], or has the same parameters in memory: "
                "each is trained in place, so give another network, such as net.copy()."
            )
    return found


def _prepared(number: int, net: Network, X: Any, y: Any, arrays: Arrays, arguments: dict[str, Any]) -> Prepared:
    """Check the arguments of a network. Raises their errors with the network's name."""
    try:
        if arguments["rows"] is not None and arguments["validation"] is not SHARE:
            raise UsageError("rows say which rows validate the network: leave out validation.")
        return prepare_training(net, X, y, Metrics(), arrays=arrays, **arguments)
    except FastnnError as error:
        raise type(error)(f"networks[{number}]: {error}") from None
