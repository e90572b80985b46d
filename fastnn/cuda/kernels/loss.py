"""The loss and dL/dZ of the output layer, with a row-wise activation before it; a thread per row."""

from __future__ import annotations

from fastnn import formula
from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.kernels.elementwise import row_activation_body, row_backward_body
from fastnn.kernels.loss import elementwise_loss_bodies, row_loss_bodies
from fastnn.kernels.pointers import address, advance, load, load_tuple, row, store, zero
from fastnn.parts.kinds import Bound

ROWS = 64  # threads per block; few, so that a batch is spread over many multiprocessors

LOSS = Kernel(
    "loss",
    arguments(
        "real* output, real* targets, i4* ids, i8 width, real* activated, real* derivative, real* planes, i8 plane, "
        "real* delta, real* work, real* losses, i8 rows, i8 columns, real scale, real* activation_constants, "
        "real* loss_constants, i4* first_bad, i4 step"
    ),
    grid=lambda a: (blocks(a["rows"], ROWS), 1),
    block=(ROWS, 1),
    registers=80,
)
EVALUATION = Kernel(
    "evaluation",
    arguments(
        "real* output, real* targets, i4* ids, i8 width, real* work, real* losses, i8 rows, i8 columns, "
        "real* loss_constants"
    ),
    grid=lambda a: (blocks(a["rows"], ROWS), 1),
    block=(ROWS, 1),
    registers=64,
)
ROW_ACTIVATION = Kernel(
    "row_activation",
    arguments("real* output, real* activated, i8 rows, i8 columns, real* activation_constants"),
    grid=lambda a: (blocks(a["rows"], ROWS), 1),
    block=(ROWS, 1),
    registers=64,
)


def loss_and_gradient(loss: Bound, activation: Bound | None, trainable: int, dtype: str) -> Variant:
    """Return losses[i] = the loss of row i of the output, and delta = scale * dL/dZ.

    Targets: row ids[i] of ``targets``, of ``width`` numbers. activation: the row-wise activation of the output layer;
    its result is ``activated``. Otherwise delta is multiplied by ``derivative``, unless it is null, and the planes of
    the derivatives of the ``trainable`` parameters by dL/dY. work: room for rows x columns numbers. first_bad becomes
    the step if it is larger and a loss is NaN or infinite.
    """
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)
    numbers, rowwise, classes = len(loss.numbers), loss.part.rowwise, loss.part.target == "class"
    key = f"{unit.key} {value.key} {numbers} {classes} {trainable}"
    activation_numbers = 0
    if activation is not None:
        forward, backward = formula.activation_value(activation, dtype), formula.activation_unit(activation, dtype)
        activation_numbers = len(activation.numbers)
        key += f" {forward.key} {backward.key} {activation_numbers}"

    def make(cuda, jit, real):
        formula.verify(loss)
        if activation is not None:
            formula.verify(activation)
        lose = row_loss(jit, unit, value, rowwise, classes)[1]
        if activation is not None:
            activate_row, backward_row = row_activation_body(forward, jit), row_backward_body(backward, jit)

            @jit
            def activate(z, y, columns, parameters):
                activate_row(z, y, 0, columns, parameters)
                return y

            @jit
            def through(z, y, delta, work, derivative, planes, plane, own, columns, parameters):
                backward_row(z, y, delta, work, 0, columns, parameters)
                for j in range(columns):
                    store(delta, j, load(work, j))

        else:

            @jit
            def activate(z, y, columns, parameters):
                return z

            @jit
            def through(z, y, delta, work, derivative, planes, plane, own, columns, parameters):
                for p in range(trainable):
                    for j in range(columns):
                        e = p * plane + own + j
                        store(planes, e, load(planes, e) * load(delta, j))
                if address(derivative) != 0:
                    for j in range(columns):
                        store(delta, j, load(delta, j) * load(derivative, own + j))

        def loss_kernel(
            output, targets, ids, width, activated, derivative, planes, plane, delta, work, losses, rows, columns,
            scale, activation_constants, loss_constants, first_bad, step,
        ):  # fmt: skip
            i = cuda.blockIdx.x * ROWS + cuda.threadIdx.x
            if i < rows:
                own = i * columns
                z, dz, w = advance(output, own), advance(delta, own), advance(work, own)
                constants = load_tuple(activation_constants, activation_numbers)
                y = activate(z, advance(activated, own), columns, constants)
                target = advance(targets, load(ids, i) * width)
                lose(y, target, dz, w, advance(losses, i), columns, scale, load_tuple(loss_constants, numbers))
                through(z, y, dz, w, derivative, planes, plane, own, columns, constants)
                value = load(losses, i)
                if value - value != zero(losses):  # NaN
                    cuda.atomic.min(row(first_bad, 1), 0, step)

        return loss_kernel

    return Variant(LOSS, dtype, key, make)


def loss_alone(loss: Bound, dtype: str) -> Variant:
    """Return losses[i] = the loss of row i of the output. Targets: as in loss_and_gradient."""
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)
    numbers, rowwise, classes = len(loss.numbers), loss.part.rowwise, loss.part.target == "class"

    def make(cuda, jit, real):
        lose = row_loss(jit, unit, value, rowwise, classes)[0]

        def evaluation(output, targets, ids, width, work, losses, rows, columns, loss_constants):
            i = cuda.blockIdx.x * ROWS + cuda.threadIdx.x
            if i < rows:
                own = i * columns
                target = advance(targets, load(ids, i) * width)
                parameters = load_tuple(loss_constants, numbers)
                lose(advance(output, own), target, advance(work, own), advance(losses, i), columns, parameters)

        return evaluation

    return Variant(EVALUATION, dtype, f"{unit.key} {value.key} {numbers} {classes}", make)


def row_activation(activation: Bound, dtype: str) -> Variant:
    """Return every row of ``activated`` = f(the row of ``output``)."""
    value, numbers = formula.activation_value(activation, dtype), len(activation.numbers)

    def make(cuda, jit, real):
        activate_row = row_activation_body(value, jit)

        def rows_activated(output, activated, rows, columns, activation_constants):
            i = cuda.blockIdx.x * ROWS + cuda.threadIdx.x
            if i < rows:
                activate_row(output, activated, i, columns, load_tuple(activation_constants, numbers))

        return rows_activated

    return Variant(ROW_ACTIVATION, dtype, f"{value.key} {numbers}", make)


def row_loss(jit, unit, value, rowwise, classes):
    """Compile the loss of one row, alone and with its gradient. Its elements are added in order, as on the CPU."""
    if rowwise:
        value_at, both_at = row_loss_bodies(unit, value, classes, jit)

        @jit
        def alone(y, target, work, losses, columns, parameters):
            value_at(y, target, losses, 0, columns, parameters)

        @jit
        def both(y, target, delta, work, losses, columns, scale, parameters):
            both_at(y, target, delta, losses, 0, columns, parameters)
            for j in range(columns):
                store(delta, j, load(delta, j) * scale)

    else:
        value_at, both_at = elementwise_loss_bodies(unit, value, jit)

        @jit
        def alone(y, target, work, losses, columns, parameters):
            value_at(y, target, work, 0, parameters)
            total = load(work, 0)
            for j in range(1, columns):
                value_at(y, target, work, j, parameters)
                total += load(work, j)
            store(losses, 0, total)

        @jit
        def both(y, target, delta, work, losses, columns, scale, parameters):
            both_at(y, target, delta, work, 0, scale, parameters)
            total = load(work, 0)
            for j in range(1, columns):
                both_at(y, target, delta, work, j, scale, parameters)
                total += load(work, j)
            store(losses, 0, total)

    return alone, both
