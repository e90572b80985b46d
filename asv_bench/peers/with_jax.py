"""The jobs of JAX: a whole epoch compiled as one lax.scan, with JAX's own number of threads."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax

from asv_bench.peers import networks
from asv_bench.peers.job import Job
from asv_bench.peers.networks import BETA1, BETA2, CHECKED_STEPS, EPS, LEARNING_RATE, Case


def output(parameters: list, x: jax.Array) -> jax.Array:
    """Return the outputs of the network without an output activation."""
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    for W, b in layers[:-1]:
        x = jax.nn.relu(x @ W + b)
    W, b = layers[-1]
    return x @ W + b


def epoch_of(optimizer: optax.GradientTransformation, classes: bool):
    """Return a compiled function (parameters, state, X, y, batches of row indices) -> (parameters, state, losses)."""

    def loss_of(parameters: list, x: jax.Array, y: jax.Array) -> jax.Array:
        z = output(parameters, x)
        if classes:
            return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()
        return jnp.mean((z[:, 0] - y) ** 2)

    def epoch(parameters, state, X, y, batches):
        def step(carry, rows):
            parameters, state = carry
            loss, gradients = jax.value_and_grad(loss_of)(parameters, X[rows], y[rows])
            updates, state = optimizer.update(gradients, state)
            return (optax.apply_updates(parameters, updates), state), loss

        (parameters, state), losses = jax.lax.scan(step, (parameters, state), batches)
        return parameters, state, losses

    return jax.jit(epoch, donate_argnums=(0, 1))


def training(case: Case) -> Job:
    """Return a job for an epoch. The permutation is NumPy's, which takes a fraction of the time of jax.random's."""
    X, y = map(jnp.asarray, networks.data(case))
    optimizer = optax.adam(LEARNING_RATE, BETA1, BETA2, EPS)
    epoch = epoch_of(optimizer, case.classes)
    parameters = [jnp.asarray(p) for p in networks.initial(case)]
    kept = [parameters, optimizer.init(parameters)]
    rng = np.random.default_rng(0)

    def train(order: np.ndarray) -> None:
        kept[0], kept[1], losses = epoch(*kept, X, y, order.astype(np.int32).reshape(-1, case.batch))
        losses.block_until_ready()
        jax.block_until_ready(kept)

    train(np.arange(CHECKED_STEPS * case.batch))
    result = [np.array(p) for p in kept[0]]
    return Job(lambda: train(rng.permutation(len(X))), result, case.steps)
