"""The peers of ``make bench-gpu``: an epoch of training of a network on the GPU, and the clock that measures it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from asv_bench.peers import networks
from asv_bench.peers.gpu import HostClock, Peer
from asv_bench.peers.networks import BETA1, BETA2, CHECKED_STEPS, EPS, LEARNING_RATE, Case


def with_fastnn(case: Case, device: str = "cuda") -> Peer:
    """Program.train, with the events of its device."""
    import fastnn
    from fastnn.device import program
    from fastnn.network.targets import prepare
    from fastnn.parts.registry import resolve
    from fastnn.plan import training_plan

    X, y = networks.data(case)
    bound = resolve("loss", "cross_entropy" if case.classes else "mse")
    net = fastnn.Network(case.sizes, activation="relu")
    y = prepare(y if case.classes else y[:, None], bound, net.plan, len(X))
    rule = resolve("optimizer", f"adam:lr={LEARNING_RATE},beta1={BETA1},beta2={BETA2},eps={EPS}")
    plan = training_plan(net.plan, loss=bound, optimizer=rule, batch_size=case.batch)
    start = networks.initial(case)
    net.weights = list(zip(start[::2], start[1::2], strict=True))
    with program(replace(plan, shuffle=False), net.parameters, device) as in_order:
        in_order.train(X, y, np.arange(CHECKED_STEPS * case.batch), 1)
        in_order.pull()
    result = [p.copy() for pair in net.weights for p in pair]
    made: Any = program(plan, net.parameters, device)
    made.compile()
    rows, epochs = np.arange(len(X)), itertools.count(1)
    return Peer(
        result, lambda: made.train(X, y, rows, next(epochs)), case.steps, made.context.device, made.close
    )  # fmt: skip


class TorchClock:
    """CUDA events of PyTorch."""

    def record(self) -> Any:
        import torch

        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds(self, begin: Any, end: Any) -> float:
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1e3


def with_torch(case: Case, fused: bool = False, graph: bool = False, device: str = "cuda") -> Peer:
    """Eager steps, or one captured step that is replayed."""
    import torch
    from torch.nn import functional

    X, y = (torch.from_numpy(a).to(device) for a in networks.data(case))
    y = y if case.classes else y[:, None]
    loss_of = functional.cross_entropy if case.classes else functional.mse_loss
    layers: list[Any] = []
    for fan_in, fan_out in zip(case.sizes, case.sizes[1:], strict=False):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).to(device)
    settings: dict[str, Any] = {"fused": True} if fused else {}
    if graph:
        settings["capturable"] = True
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, (BETA1, BETA2), EPS, **settings)

    def begin() -> None:
        """The initial parameters and a new optimizer's state, in place: a graph keeps the addresses."""
        with torch.no_grad():
            for own, value in zip(model.parameters(), networks.initial(case), strict=True):
                own.copy_(torch.from_numpy(np.ascontiguousarray(value.T)))
            for state in optimizer.state.values():
                for tensor in state.values():
                    tensor.zero_()

    def step(rows: Any) -> None:
        optimizer.zero_grad(set_to_none=not graph)
        loss_of(model(X[rows]), y[rows]).backward()
        optimizer.step()

    def train(order: Any) -> None:
        for rows in order.split(case.batch):
            one(rows)

    begin()
    one = captured(step, torch.arange(case.batch, device=device)) if graph else step
    begin()
    train(torch.arange(CHECKED_STEPS * case.batch, device=device))
    result = [p.detach().cpu().numpy().T.copy() for p in model.parameters()]
    return Peer(result, lambda: train(torch.randperm(len(X), device=device)), case.steps, TorchClock())


def captured(step: Callable[[Any], None], rows: Any) -> Callable[[Any], None]:
    """Return a function that replays one captured step for other rows."""
    import torch

    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            step(rows)  # PyTorch asks for it before a capture
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(rows)

    def replay(others: Any) -> None:
        rows.copy_(others)
        graph.replay()

    return replay


def with_jax(case: Case) -> Peer:
    """An epoch in one jitted lax.scan."""
    import jax

    if jax.default_backend() != "gpu":
        raise ImportError("JAX sees no GPU")
    from asv_bench.peers.with_jax import training

    jax.config.update("jax_default_matmul_precision", "highest")  # float32, as the others: JAX's default there is TF32
    job = training(case)
    return Peer(job.result, job.run, job.units, HostClock())


PEERS: dict[str, Callable[[Case], Peer]] = {
    "fastnn": with_fastnn,
    "PyTorch": with_torch,
    "PyTorch fused": partial(with_torch, fused=True),
    "PyTorch graph": partial(with_torch, fused=True, graph=True),
    "JAX": with_jax,
}
