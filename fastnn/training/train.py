"""fastnn.train: check the arguments, prepare the program, run the training procedure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastnn.checks import require_memory
from fastnn.device import check_device, choose, program
from fastnn.errors import UsageError
from fastnn.network.arguments import parameter_bytes
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs, metrics
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan
from fastnn.training.arguments import check_batch_size, check_early_stopping, checked
from fastnn.training.procedure import Measure, Procedure
from fastnn.training.record import Record, Result
from fastnn.training.samples import Samples

PARAMETER_COPIES = 4  # in memory, at least: the parameters, their gradients, the optimizer's state, the best parameters


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
    if not isinstance(net, Network):
        raise UsageError(f"net is a {type(net).__name__}: it must be a fastnn.Network.")
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a Record, or None.")
    return train_measured(
        net, X, y, metrics, loss=loss, optimizer=optimizer, lr=lr, epochs=epochs, batch_size=batch_size,
        validation=validation, shuffle=shuffle, seed=seed, device=device, threads=threads, dropout=dropout, l1=l1,
        l2=l2, clip_norm=clip_norm, early_stopping=early_stopping, tolerance=tolerance, on_epoch=on_epoch,
    )  # fmt: skip


def train_measured(
    net: Network,
    X: Any,
    y: Any,
    measure: Measure,
    *,
    loss: Any,
    optimizer: Any,
    epochs: int,
    batch_size: int | None,
    validation: Any,
    shuffle: bool,
    seed: int,
    device: str,
    threads: int | None,
    dropout: float,
    l1: float,
    l2: float,
    clip_norm: float | None,
    early_stopping: int | None,
    tolerance: float | None,
    on_epoch: Callable[[Record], Any] | None,
    lr: float | None = None,
) -> Result:
    """Do the work of ``train``. measure: computes the metrics of each epoch.

    It takes the outputs and the targets of the validation samples, in the form of the program, and the loss.
    """
    loss_part = resolve("loss", loss)
    optimizer_part = resolve("optimizer", optimizer).changed({} if lr is None else {"lr": lr})
    check_outputs(net.plan, loss_part)
    check_batch_size(optimizer_part, batch_size)
    settings = checked({
        "batch_size": batch_size, "shuffle": shuffle, "seed": seed, "dropout": dropout, "l1": l1, "l2": l2,
        "clip_norm": clip_norm,
    })  # fmt: skip
    run = checked({"epochs": epochs, "threads": threads, "early_stopping": early_stopping, "tolerance": tolerance})
    check_device(device)
    check_memory(net.sizes, net.dtype, f"Training a network of sizes {list(net.sizes)}")
    settings["batch_size"] = optimizer_part.part.batch_size(settings["batch_size"])
    plan = training_plan(
        net.plan, loss=loss_part, optimizer=optimizer_part, measure_norm=tolerance is not None, **settings
    )
    data = Samples(net, X, y, plan, validation, settings["seed"])
    check_early_stopping(run["early_stopping"], data.validates)
    batch = min(plan.batch_size or len(data.train_rows), len(data.train_rows))
    device, _ = choose(device, net.sizes, batch, net.dtype, run["threads"])

    with program(plan, net.parameters, device, run["threads"]) as prepared:
        prepared.compile()
        procedure = Procedure(net, plan, prepared, data, measure, on_epoch)
        return procedure.run(run["epochs"], run["early_stopping"], run["tolerance"])


def check_memory(sizes: Sequence[int], dtype: str, what: str) -> None:
    """Raise UsageError, beginning with ``what``, if this machine's memory cannot hold the training of this network."""
    require_memory(what, PARAMETER_COPIES * parameter_bytes(sizes, dtype))
