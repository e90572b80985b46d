"""fastnn.train: check what the user gives, prepare the program, run the training procedure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastnn.checks import flag, number, whole
from fastnn.device import check_device, program
from fastnn.errors import UsageError
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve
from fastnn.plan import DEFAULT_BATCH, Plan, training_plan
from fastnn.training.procedure import Procedure
from fastnn.training.record import Record, Result
from fastnn.training.samples import Samples


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
    """Train ``net`` in place on X (samples, inputs) and y, and leave it the best parameters by validation loss.

    y: what the loss takes: (samples,) or (samples, outputs) values; class numbers, or one-hot rows.
    lr: None for the optimizer's own default. batch_size: None for 128, or all samples where the optimizer is
    defined on the whole data set (gd). validation: a fraction drawn by the seed, a pair (Xv, yv), or None; without
    it the last parameters stay. shuffle: draw a new order every epoch. threads: None for all that the process may
    use; the result is the same for any number, to the bit. dropout: of hidden units. l1, l2: penalties
    l1 * |W| and l2/2 * W² a batch, on weights only. clip_norm: upper limit of the gradient's norm.
    early_stopping: end after so many epochs without a lower validation loss. tolerance: end after an epoch in
    which the gradient's norm was at most this at every step. on_epoch: called with every Record; it ends the
    training by returning "stop".

    Called again it goes on: with the same optimizer its state and its clock go on too.

    Raises UsageError, DataError, DeviceError; Diverged where the loss becomes NaN or infinite, and
    KeyboardInterrupt on Ctrl-C: the network then has its best or last good parameters, and the exception's
    ``result`` is the run so far.
    """
    if not isinstance(net, Network):
        raise UsageError(f"net is a {type(net).__name__}: it must be a fastnn.Network.")
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a Record, or None.")
    loss_part, optimizer_part = _parts(net, loss, optimizer, lr)
    plan = _plan(
        net, loss_part, optimizer_part, batch_size=batch_size, shuffle=flag("shuffle", shuffle),
        seed=whole("seed", seed, 0), dropout=number("dropout", dropout, 0, below=1),
        l1=number("l1", l1, 0), l2=number("l2", l2, 0),
        clip_norm=None if clip_norm is None else number("clip_norm", clip_norm, above=0),
        measure_norm=tolerance is not None,
    )  # fmt: skip
    epochs = whole("epochs", epochs, 0)
    patience = None if early_stopping is None else whole("early_stopping", early_stopping, 1)
    limit = None if tolerance is None else number("tolerance", tolerance, 0)
    check_device(device)
    data = Samples(net, X, y, plan, validation, seed)
    if patience is not None and not data.validates:
        raise UsageError("early_stopping watches the validation loss: give validation=0.2 or a pair (Xv, yv).")

    with program(plan, net.parameters, device, threads) as prepared:
        prepared.compile()
        return Procedure(net, plan, prepared, data, on_epoch).run(epochs, patience, limit)


def _parts(net: Network, loss: Any, optimizer: Any, lr: float | None) -> tuple[Bound, Bound]:
    loss_part, optimizer_part = resolve("loss", loss), resolve("optimizer", optimizer)
    check_outputs(net.plan, loss_part)
    if lr is not None:
        if "lr" not in optimizer_part.values:
            raise UsageError(f"The optimizer {optimizer_part.name!r} has no learning rate lr.")
        optimizer_part = optimizer_part.part(**{**optimizer_part.values, "lr": lr})
    return loss_part, optimizer_part


def _plan(net: Network, loss: Bound, optimizer: Bound, *, batch_size: int | None, **settings: Any) -> Plan:
    if optimizer.part.batch == "full":
        if batch_size is not None:
            raise UsageError(
                f"The optimizer {optimizer.name!r} always takes the whole data set: leave out batch_size={batch_size}, "
                "or use 'sgd' for mini-batches."
            )
        size = None
    else:
        size = DEFAULT_BATCH if batch_size is None else whole("batch_size", batch_size, 1)
    return training_plan(net.plan, loss=loss, optimizer=optimizer, batch_size=size, **settings)
