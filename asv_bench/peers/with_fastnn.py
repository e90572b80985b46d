"""The jobs of fastnn."""

from __future__ import annotations

import ctypes
import hashlib
import itertools
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import fastnn
from asv_bench.peers import flat, kernels, networks, predictions
from asv_bench.peers.job import Job
from asv_bench.peers.networks import BETA1, BETA2, CHECKED_STEPS, EPS, LEARNING_RATE, Case
from asv_bench.peers.peaks import moves, multiply_adds
from fastnn import mathematics, ops
from fastnn.buffers import aligned_zeros
from fastnn.cpu.barrier import WORDS, yield_address
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.products import product_kernel
from fastnn.cpu.team import Team
from fastnn.data.dataset import make_dataset
from fastnn.data.source import read
from fastnn.device import program as program_for
from fastnn.network.targets import prepare
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan

__all__ = ["moves", "multiply_adds"]  # the jobs of peaks.py are this peer's, too

ASSUMED_SPEED = 1e11  # FLOP/s; determines how often a product is repeated in one call


def product(left: np.ndarray, right: np.ndarray) -> Job:
    """Return a job for ops.matmul(left, right, out=), one Python call per product."""
    out = np.empty((left.shape[0], right.shape[1]), left.dtype)
    run = partial(ops.matmul, left, right, out=out)
    run()
    return Job(run, out)


def kernel_product(left: np.ndarray, right: np.ndarray, threads: int) -> Job:
    """Return a job for the product as in training: called from a compiled loop, by a team of threads."""
    out = np.empty((left.shape[0], right.shape[1]), left.dtype)
    dtype = left.dtype.name
    repeat = partial(kernels.products(dtype), product_kernel(dtype).address)
    repeats = max(1, int(2e-3 * ASSUMED_SPEED * threads / (2 * left.size * right.shape[1])))
    scratch = aligned_zeros(threads * SCRATCH, dtype)
    if threads == 1:
        sync = np.zeros(WORDS, np.int64)

        def run(times: int = repeats) -> None:
            repeat(0, 1, sync, yield_address(), times, left, right, out, scratch)

        run(1)
        return Job(run, out, repeats)
    team = Team(threads)

    def run_team(times: int = repeats) -> None:
        relax = yield_address()
        team.run(lambda member, size: repeat(member, size, team.sync, relax, times, left, right, out, scratch))

    run_team(1)
    return Job(run_team, out, repeats, close=team.close)


def step_products(case: Case) -> Job:
    """Return a job for the products of a training step, one after the other with one thread, in compiled loops.

    Its result is the largest error of a product, relative to the largest number of that product.
    """
    rng = np.random.default_rng(6)
    pairs = []
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(case.sizes)):
        shapes = (case.batch, fan_in), (fan_in, fan_out), (case.batch, fan_out)
        x, w, dz = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
        pairs += [(x, w), (x.T, dz)] + ([(dz, w.T)] if layer else [])
    jobs = [kernel_product(a, b, 1) for a, b in pairs]
    error = max(np.abs(j.result - a @ b).max() / np.abs(a @ b).max() for j, (a, b) in zip(jobs, pairs, strict=True))
    repeats = min(job.units for job in jobs)

    def run() -> None:
        for job in jobs:
            job.run(repeats)

    return Job(run, np.array([error]), repeats)


def exp(x: float) -> float:
    return mathematics.exp(x)


def log(x: float) -> float:
    return mathematics.log(x)


def erf(x: float) -> float:
    return mathematics.erf(x)


FORMULAS = {"exp": exp, "log": log, "erf": erf}  # the other functions are activations


def _function(name: str) -> Bound:
    return fastnn.Activation(f"function_{name}", FORMULAS[name])() if name in FORMULAS else resolve("activation", name)


def function(name: str, x: np.ndarray, sample: np.ndarray) -> Job:
    """Return a job for the compiled loop around the function, from x to another array. Its result is for the sample."""
    kernel = kernels.elementwise(_function(name), "float32")
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ssize_t)(kernel.address)
    out, result = np.empty_like(x), np.empty_like(sample)
    call(sample.ctypes.data, result.ctypes.data, sample.size)
    source, target, size = x.ctypes.data, out.ctypes.data, x.size

    def run(kept_alive: tuple = (x, out)) -> None:  # the arrays must live as long as their addresses are used
        call(source, target, size)

    return Job(run, result)


def function_by_ops(name: str, x: np.ndarray, sample: np.ndarray) -> Job:
    """Return a job for ops.activation, which returns a new array."""
    return Job(partial(ops.activation, name, x), ops.activation(name, sample))


def update(name: str, size: int, lr: float) -> Job:
    """Return a job for ops.optimizer(name).step on a flat array."""
    p, gradients = flat.arrays(size)
    optimizer = ops.optimizer(name, lr=lr)
    for _ in range(flat.CHECKED_STEPS):
        optimizer.step(p, gradients)
    return Job(partial(optimizer.step, p, gradients), flat.some(p))


def training(
    case: Case,
    activation: str = "relu",
    loss: str = "",
    optimizer: str = "adam",
    plugins: tuple[str, ...] = (),
    threads: int | None = None,
) -> Job:
    """Return a job for an epoch of Program.train. threads: None lets it choose. plugins: sources to load first."""
    for text in plugins:
        _load(text)
    X, y = networks.data(case)
    bound = resolve("loss", loss or ("cross_entropy" if case.classes else "mse"))
    net = fastnn.Network(case.sizes, activation=activation)
    y = prepare(y if case.classes else y[:, None], bound, net.plan, len(X))
    rule = resolve("optimizer", f"{optimizer}:lr={LEARNING_RATE},beta1={BETA1},beta2={BETA2},eps={EPS}")
    plan = training_plan(net.plan, loss=bound, optimizer=rule, batch_size=case.batch)
    start = networks.initial(case)
    net.weights = list(zip(start[::2], start[1::2], strict=True))
    with program_for(replace(plan, shuffle=False), net.parameters, threads=threads) as in_order:
        in_order.train(X, y, np.arange(CHECKED_STEPS * case.batch), 1)
    result = [p.copy() for pair in net.weights for p in pair]
    program = program_for(plan, net.parameters, threads=threads)
    rows, epochs = np.arange(len(X)), itertools.count(1)
    return Job(
        lambda: program.train(X, y, rows, next(epochs)), result, case.steps, program.close,
        note=lambda: str(program._trial.chosen or "undecided"), warm_up=0.2,
    )  # fmt: skip


def trainings(case: Case, count: int, epochs: int, at_once: int) -> Job:
    """Return a job that trains networks with different seeds: ``at_once`` at a time, or one after the other if it is 0.

    Its result is, for each network, the largest difference between the two ways.
    """
    X, y = networks.data(case)
    settings = {
        "loss": "cross_entropy" if case.classes else "mse", "lr": LEARNING_RATE, "batch_size": case.batch,
        "epochs": epochs,
    }  # fmt: skip
    y = y if case.classes else y[:, None]
    seeds = list(range(count))
    nets, twins = ([fastnn.Network(case.sizes, seed=seed) for seed in seeds] for _ in range(2))

    def together(nets: list[fastnn.Network]) -> None:
        fastnn.train_many(nets, X, y, seed=seeds, threads=at_once or None, **settings)

    def in_turn(nets: list[fastnn.Network]) -> None:
        for seed, net in zip(seeds, nets, strict=True):
            fastnn.train(net, X, y, seed=seed, threads=1, **settings)

    together(nets)
    in_turn(twins)
    result = np.array([np.abs(a.parameters - b.parameters).max() for a, b in zip(nets, twins, strict=True)])
    steps = -(-round(0.8 * len(X)) // case.batch)
    return Job(lambda: (together if at_once else in_turn)(nets), result, count * epochs * steps)


def prediction(rows: int) -> Job:
    """Return a job for net.predict of class numbers. Its result are the outputs."""
    net, X = fastnn.Network(predictions.SIZES), predictions.inputs(rows)
    net.weights = predictions.parameters()
    net.loss = resolve("loss", "cross_entropy")
    return Job(partial(net.predict, X), net.forward(X))


def row_prediction(way: str) -> Job:
    """Return a job for model.predict of one row, which is an array, a dictionary or a frame of pandas."""
    rng, numbers, texts = np.random.default_rng(1), predictions.NUMBERS, predictions.TEXTS
    names = [f"number{i}" for i in range(numbers)]
    table = []
    for values in rng.normal(size=(200, numbers)).tolist():
        row: dict[str, object] = dict(zip(names, values, strict=True))
        row |= {f"text{i}": "abc"[rng.integers(3)] for i in range(0 if way == "array" else texts)}
        table.append(row | {"target": sum(values)})
    model = fastnn.fit(table, target="target", epochs=1)
    one = {name: table[0][name] for name in model.features}
    given: Any = one if way == "dictionary" else np.array([list(one.values())]) if way == "array" else _frame(one)
    return Job(partial(model.predict, given), model.predict(given))


def reading(path: str) -> Job:
    """Return a job from a CSV file to the inputs and targets of a network."""
    return Job(lambda: make_dataset(read(path)))


def _frame(row: dict[str, object]) -> Any:
    import pandas as pd

    return pd.DataFrame([row])


_FOLDER = tempfile.TemporaryDirectory()  # the source of a formula must exist when it is compiled


def _load(plugin: str) -> None:
    """Write the source of a plugin to a file and load it."""
    file = Path(_FOLDER.name, f"plugin_{hashlib.sha256(plugin.encode()).hexdigest()[:8]}.py")
    file.write_text(plugin, encoding="utf-8")
    fastnn.load_plugin(str(file))
