"""Fashion-MNIST in JAX: 784-128-10, Adam, batches of 128. Arguments: FOLDER EPOCHS. Prints the test accuracy."""

import gzip
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

BATCH = 128
folder, epochs = Path(sys.argv[1]), int(sys.argv[2])


def images(part: str) -> np.ndarray:
    raw = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / np.float32(255)


def labels(part: str) -> np.ndarray:
    raw = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=8).astype(np.int32)


def output(parameters, x):
    W0, b0, W1, b1 = parameters
    return jax.nn.relu(x @ W0 + b0) @ W1 + b1


def loss_of(parameters, x, y):
    return optax.softmax_cross_entropy_with_integer_labels(output(parameters, x), y).mean()


@jax.jit
def epoch(parameters, state, X, y, batches):
    def step(carry, rows):
        parameters, state = carry
        loss, gradients = jax.value_and_grad(loss_of)(parameters, X[rows], y[rows])
        updates, state = optimizer.update(gradients, state)
        return (optax.apply_updates(parameters, updates), state), loss

    (parameters, state), losses = jax.lax.scan(step, (parameters, state), batches)
    return parameters, state, losses.mean()


X, y = jnp.asarray(images("train")), jnp.asarray(labels("train"))
rng = np.random.default_rng(0)
parameters = []
for fan_in, fan_out in ((784, 128), (128, 10)):
    parameters.append(jnp.asarray(rng.standard_normal((fan_in, fan_out), dtype=np.float32) * np.sqrt(2 / fan_in)))
    parameters.append(jnp.zeros(fan_out))
parameters = [p.astype(jnp.float32) for p in parameters]
optimizer = optax.adam(1e-3)
state = optimizer.init(parameters)
steps = len(X) // BATCH  # without the last, short batch of an epoch, whose shape would need another compilation
for number in range(1, epochs + 1):
    batches = rng.permutation(len(X))[: steps * BATCH].astype(np.int32).reshape(steps, BATCH)
    parameters, state, loss = epoch(parameters, state, X, y, batches)
    print(f"epoch {number}: loss {float(loss):.4f}")
found = np.argmax(jax.jit(output)(parameters, jnp.asarray(images("t10k"))), axis=1)
print(f"accuracy {np.mean(found == labels('t10k')):.4f}")
