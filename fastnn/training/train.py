"""fastnn.train: one network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastnn.errors import UsageError
from fastnn.network.network import Network
from fastnn.network.targets import Metrics
from fastnn.training.arguments import checked
from fastnn.training.prepared import Prepared, prepare_training
from fastnn.training.procedure import Watch
from fastnn.training.record import Record, Result


def train(
    net: Network,
    X: Any,
    y: Any,
    *,
    loss: Any = "cross_entropy",
    optimizer: Any = "adam",
    lr: float | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    validation: Any = 0.2,
    shuffle: bool = True,
    seed: int = 0,
    device: str = "cpu",
    threads: int | None = None,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    early_stopping: int | None = None,
    tolerance: float | None = None,
    on_epoch: Callable[[Record], Any] | None = None,
) -> Result:
    """Train a network in place.

    With validation data, the network is left with the parameters of the epoch with the lowest validation loss;
    without, with those of the last epoch. Calling train again continues the training. If the optimizer is the same,
    its state and step count carry over; but not to a network that was saved and loaded, or copied, in between: there
    the optimizer starts afresh. Reported losses are means over samples, without penalties.

    Parameters
    ----------
    net : Network
        Network to train.
    X : array of shape (samples, inputs)
        Inputs: finite numbers, best scaled to about -1 ... 1. An array of the network's dtype is not copied, unless
        dropout is used and part of the samples is held out for validation. An array of another dtype is converted; if
        that would merge values that matter, it is refused: if the step of float32 at the largest magnitude of a column
        is more than 1 % of the column's standard deviation, as for 1.6e9 plus noise. Subtract the mean first, or use a
        network of dtype "float64".
    y : array of shape (samples,) or (samples, outputs)
        Targets. For losses of classes, class numbers 0 ... outputs - 1 or one-hot rows. They are used as they are, so
        the output activation must be able to give them: "sigmoid" gives numbers between 0 and 1 only. They are
        converted, or refused, as X is.
    loss : str or Loss, default "cross_entropy"
        Loss by name, with parameters if needed ("huber:delta=0.5"), or as an object. For a regression: "mse".
    optimizer : str or Optimizer, default "adam"
        Optimizer by name, with hyperparameters if needed ("adam:beta1=0.8"), or as an object.
    lr : float, optional
        Learning rate. Default: the optimizer's own.
    epochs : int, default 10
        Number of passes over the training data.
    batch_size : int, optional
        Samples per step. Default: 128, or all samples for a full-batch optimizer ("gd").
    validation : float, str, pair of arrays (Xv, yv) or None, default 0.2
        Validation data: a fraction of the samples, drawn from the seed; the last samples, which suits data in order of
        time (``"last:0.2"`` for the last fifth); or separate arrays. None or 0: train on all samples, without
        validation.
    shuffle : bool, default True
        Whether the samples get a new order in every epoch.
    seed : int, default 0
        Random seed for the validation split, shuffling and dropout. On one kind of processor, equal seeds give
        the same bits.
    device : {"cpu", "auto", "cuda", "cuda:N"}, default "cpu"
        Where to train. "cuda:1" is the NVIDIA GPU with the number 1, "auto" the first GPU if there is one and an
        estimate says that it is clearly faster, else the CPU. X and y are copied to a GPU once: they must not change
        during the training.
    threads : int, optional
        Number of threads. Default: all that the process may use. The result is the same for any number.
    dropout : float, default 0.0
        Fraction of the hidden units that are set to 0 in each step, 0 <= dropout < 1.
    l1 : float, default 0.0
        Adds ``l1 * sum(|W|)`` over all weights, not biases, to the loss that is minimised.
    l2 : float, default 0.0
        Adds ``l2 / 2 * sum(W ** 2)`` over all weights, not biases, to the loss that is minimised.
    clip_norm : float, optional
        Largest L2 norm of the gradient of all parameters together; a larger gradient is scaled down to it. Default: no
        clipping.
    early_stopping : int, optional
        Stop after this many epochs without a lower validation loss. Default: never.
    tolerance : float, optional
        Stop after an epoch in which the norm of the gradient never exceeded this. Default: never.
    on_epoch : function, optional
        Called after every epoch with its :class:`Record`. Training stops if it returns "stop".

    Returns
    -------
    Result
        ``history``, one Record per epoch with losses, metrics and seconds; ``best_epoch``; ``stopped``, why training
        ended; and ``last``, the network after the last epoch.

    Raises
    ------
    UsageError
        If an argument is not allowed.
    DataError
        If X or y do not fit the network or the loss.
    DeviceError
        If the device cannot be used.
    Diverged
        If the loss becomes NaN or infinite. The network is left with its best parameters or, without validation, the
        last finite ones. The exception's ``result`` holds the epochs so far. KeyboardInterrupt (Ctrl-C) does the same.

    Examples
    --------
    >>> import numpy as np
    >>> import fastnn
    >>> X = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> net = fastnn.Network([1, 16, 1], activation="tanh")
    >>> result = fastnn.train(net, X, X**2, loss="mse", lr=0.01, epochs=50)
    >>> len(result.history)
    50
    >>> result.history[-1].validation_loss < 0.01
    True
    >>> net.predict([[0.5], [-0.5]]).shape
    (2,)
    """
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a Record, or None.")
    threads = checked({"threads": threads})["threads"]
    training = prepare_training(
        net, X, y, Metrics(), loss=loss, optimizer=optimizer, lr=lr, epochs=epochs, batch_size=batch_size,
        validation=validation, shuffle=shuffle, seed=seed, device=device, threads=threads, dropout=dropout, l1=l1,
        l2=l2, clip_norm=clip_norm, early_stopping=early_stopping, tolerance=tolerance,
    )  # fmt: skip
    return train_alone(training, threads, None if on_epoch is None else _up_to_date(on_epoch))


def _up_to_date(on_epoch: Callable[[Record], Any]) -> Watch:
    """Return a function that calls on_epoch, which may look at the network."""

    def watch(record: Record, show: Callable[[], None]) -> Any:
        show()
        return on_epoch(record)

    return watch


def train_alone(training: Prepared, threads: int | None, watch: Watch | None) -> Result:
    """Train one network, with all threads.

    watch: called after each epoch with its record, and with a function that brings the network up to date.
    """
    with training.program(threads) as running:
        running.compile()
        return training.run(running, watch)
