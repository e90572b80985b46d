"""The CPU and CUDA give the same bits. The code for CUDA runs in the emulator: no GPU is needed, only its compiler."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda.devices import INSTALL, has_compiler
from fastnn.parts import registry
from fastnn.parts.part import Bound
from fastnn.testing.examples import targets, typical
from fastnn.testing.finding import Failed, NotJudged
from fastnn.testing.kernels import numbers, run_activation, run_loss, run_row_backward, run_rows, run_update
from fastnn.testing.large import shown

COUNT = 200
ROWS, COLUMNS = 17, 5
NEVER = 2**31 - 1


def activation(bound: Bound) -> str:
    z = typical(3, COUNT).astype(np.float32)
    learnt = bound.part.trainable
    found = _launch(
        bound,
        data=z, ids=np.arange(z.size), weights=np.ones(1), bias=np.zeros(1), output=z.size, derivative=z.size,
        planes=z.size * len(learnt), plane=z.size, rows=z.size, inner=1, columns=1,
        trainables=numbers((bound.values[n] for n in learnt), np.float32),
        constants=numbers((v for n, v in bound.numbers.items() if n not in learnt), np.float32),
    )  # fmt: skip
    y, slope, planes = run_activation(bound, z)
    pairs = {"the value": (y, found["output"]), "the derivative": (slope, found["derivative"])}
    if learnt:
        pairs["the derivative by a trainable parameter"] = (planes, found["planes"])
    return same_bits(pairs, lambda i: f"x = {z[i % z.size]:g}")


def row_activation(bound: Bound) -> str:
    """Forward and backward, before the squared error."""
    mse = registry.resolve("loss", "mse")
    z, target = (typical(seed, ROWS, COLUMNS).astype(np.float32) for seed in (3, 4))
    found = _launch(
        bound,
        output=z, rows=ROWS, columns=COLUMNS, activation_constants=numbers(bound.numbers.values(), np.float32),
        targets=target, ids=np.arange(ROWS), width=COLUMNS, activated=z.size, delta=z.size, work=z.size, losses=ROWS,
        scale=1.0, loss_constants=np.zeros(1), first_bad=np.array([NEVER]),
    )  # fmt: skip
    y = run_rows(bound, z)
    delta = run_row_backward(bound, z, y, run_loss(mse, y, target)[1])
    pairs = {"the value": (y, found["activated"]), "the derivative": (delta, found["delta"])}
    return same_bits(pairs, lambda i: f"x = {shown(z[i // COLUMNS])}")


def loss(bound: Bound) -> str:
    z = typical(3, ROWS, COLUMNS).astype(np.float32)
    y = targets(bound, z.shape).astype(np.float32)
    found = _launch(
        bound,
        output=z, targets=y, ids=np.arange(ROWS), width=y.size // ROWS, work=z.size, losses=ROWS, rows=ROWS,
        columns=COLUMNS, loss_constants=numbers(bound.numbers.values(), np.float32), delta=z.size, scale=1.0,
        first_bad=np.array([NEVER]), activation_constants=np.zeros(1),
    )  # fmt: skip
    losses, slope = run_loss(bound, z, y)
    same = same_bits({"the loss of a row": (losses, found["losses"])}, lambda i: f"prediction = {shown(z[i])}")
    same_bits({"the gradient": (slope, found["delta"])}, lambda i: f"prediction = {shown(z[i // COLUMNS])}")
    return same


def optimizer(bound: Bound) -> str:
    """Three steps."""
    from fastnn.kernels.optimizer import formulas

    states = formulas(bound, "float32")[0].state
    p = typical(3, COUNT).astype(np.float32)
    state = np.repeat([bound.part.state[name] for name in states], COUNT).astype(np.float32)
    live = np.minimum(16, COUNT - 16 * np.arange(-(-COUNT // 16))).astype(np.uint8)
    wanted, kept = p.copy(), np.append(state, np.float32(0))
    for t in (1, 2, 3):
        g = typical(3 + t, COUNT).astype(np.float32)
        run_update(bound, wanted, g, kept, [(0, COUNT)], t)
        found = _launch(
            bound,
            parameters=p, gradients=g, state=state, stride=COUNT, live=live, size=COUNT, factor=np.ones(1),
            hyper=numbers(bound.numbers.values(), np.float32), step=t - 1, first_bad=np.array([t]),
            scalars=numbers(bound.part.scalar_values(t, bound.values), np.float32),
        )  # fmt: skip
        p, state = found["parameters"], found["state"]
    pairs = {"the parameter": (wanted, p), "the state": (kept[:-1], state)}
    return same_bits(pairs, lambda i: f"parameter number {i % COUNT} after 3 steps")


def ptx_of(bound: Bound) -> str:
    """Return the code for CUDA of the kernel around the part's formulas, for float32."""
    from fastnn.cuda import code, emulator

    return code.ptx(_variant(bound), emulator.CAPABILITY)


def _variant(bound: Bound) -> Any:
    """Return the kernel of CUDA with value and derivatives. Raise NotJudged if it cannot be compiled here."""
    if not has_compiler():
        raise NotJudged(f"not checked: the compiler for CUDA is not installed ({INSTALL}); no GPU is needed")
    from fastnn.cuda.kernels.forward import activated
    from fastnn.cuda.kernels.loss import loss_and_gradient
    from fastnn.cuda.kernels.update import update

    if bound.part.kind == "optimizer":
        return update(bound, "float32")
    if bound.part.kind == "loss":
        return loss_and_gradient(bound, None, 0, "float32")
    if bound.part.rowwise:
        return loss_and_gradient(registry.resolve("loss", "mse"), bound, 0, "float32")
    return activated(bound, "float32", derivative=True, dropout=False)


def _launch(bound: Bound, **arguments: Any) -> dict[str, np.ndarray]:
    variant = _variant(bound)
    from fastnn.cuda.emulator import Emulator
    from fastnn.testing.launching import launch

    return launch(Emulator(), variant, **arguments)


def same_bits(pairs: dict[str, tuple[np.ndarray, np.ndarray]], where: Any) -> str:
    """Raise Failed at the first number that differs; all NaNs are equal."""
    for what, (ours, theirs) in pairs.items():
        cpu, cuda = ours.ravel(), theirs.ravel()
        differ = (cpu.view(np.uint32) != cuda.view(np.uint32)) & ~(np.isnan(cpu) & np.isnan(cuda))
        if differ.any():
            i = int(np.flatnonzero(differ)[0])
            raise Failed(f"at {where(i)} {what} is {cpu[i]:.9g} on the CPU, {cuda[i]:.9g} on CUDA (in the emulator)")
    return "equal bits, in the emulator of CUDA"
