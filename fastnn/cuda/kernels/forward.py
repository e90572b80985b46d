"""Forward: gather samples, multiply by the weights, add the bias, apply the activation and dropout, in one launch."""

from __future__ import annotations

from fastnn import formula
from fastnn.cuda.kernel import Kernel, Variant, arguments, blocks
from fastnn.cuda.kernels.tile import PITCH, TILE
from fastnn.kernels.elementwise import activation_bodies
from fastnn.kernels.pointers import load, load_tuple, store, zero
from fastnn.kernels.random import compile_draws
from fastnn.parts.kinds import Bound

FORWARD = Kernel(
    "forward",
    arguments(
        "real* data, i4* ids, i8 gather, real* weights, real* bias, real* output, real* derivative, real* planes, "
        "i8 plane, i8 rows, i8 inner, i8 columns, real* trainables, real* constants, "
        "u8 dropout_key, i8 layer, u4 threshold, real scale"
    ),
    grid=lambda a: (blocks(a["rows"], TILE), blocks(a["columns"], TILE)),
    block=(TILE, TILE),
    registers=56,
)


def product(dtype: str) -> Variant:
    """Return output (rows, columns) = data (rows, inner) . weights (inner, columns) + bias.

    If gather is not 0, row i of the data is row ids[i]. ids is the row numbers of the samples.
    """
    return Variant(FORWARD, dtype, "product", lambda cuda, jit, real: _make(cuda, jit, real, None))


def activated(bound: Bound, dtype: str, derivative: bool, dropout: bool) -> Variant:
    """Return the product with an elementwise activation.

    derivative: store its derivative, and those with respect to the trainable parameters, ``plane`` elements apart.
    dropout: set a unit to 0 if its draw is below the threshold, else multiply it and its derivatives by ``scale``.
    """
    unit, value = formula.activation_unit(bound, dtype), formula.activation_value(bound, dtype)
    trainable = len(bound.part.trainable)
    constant = len(bound.numbers) - trainable
    key = f"{unit.key} {value.key} {trainable} {constant} {derivative} {dropout}"

    def make(cuda, jit, real):
        formula.verify(bound)
        value_at, both_at = activation_bodies(unit, value, jit)
        draws = compile_draws(jit)

        @jit
        def finish(output, derivatives, planes, i, plane, trainables, constants):
            parameters = load_tuple(trainables, trainable) + load_tuple(constants, constant)
            if derivative:
                both_at(output, derivatives, planes, i, plane, parameters)
            else:
                value_at(output, i, parameters)

        @jit
        def drop(output, derivatives, planes, i, plane, sample, unit, key, layer, threshold, scale):
            if dropout:
                a, b = draws.dropout_row(key, layer, sample)
                factor = zero(output) if draws.dropped(a, b, unit, threshold) else scale
                store(output, i, load(output, i) * factor)
                store(derivatives, i, load(derivatives, i) * factor)
                for p in range(trainable):
                    store(planes, p * plane + i, load(planes, p * plane + i) * factor)

        return _make(cuda, jit, real, (finish, drop))

    return Variant(FORWARD, dtype, key, make)


def _make(cuda, jit, real, epilogue):
    if epilogue is None:

        @jit
        def finish(output, derivatives, planes, i, plane, trainables, constants):
            pass

        @jit
        def drop(output, derivatives, planes, i, plane, sample, unit, key, layer, threshold, scale):
            pass

    else:
        finish, drop = epilogue

    def forward(
        data, ids, gather, weights, bias, output, derivative, planes, plane, rows, inner, columns,
        trainables, constants, dropout_key, layer, threshold, scale,
    ):  # fmt: skip
        a = cuda.shared.array((TILE, PITCH), real)
        b = cuda.shared.array((TILE, PITCH), real)
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        i, j = cuda.blockIdx.x * TILE + y, cuda.blockIdx.y * TILE + x
        source = i
        if gather != 0 and i < rows:
            source = load(ids, i)
        total = load(bias, j) if j < columns else zero(bias)
        for k in range(0, inner, TILE):
            a[y, x] = load(data, source * inner + k + x) if i < rows and k + x < inner else zero(data)
            b[y, x] = load(weights, (k + y) * columns + j) if k + y < inner and j < columns else zero(data)
            cuda.syncthreads()
            for n in range(TILE):
                total = cuda.fma(a[y, n], b[n, x], total)
            cuda.syncthreads()
        if i < rows and j < columns:
            own = i * columns + j
            store(output, own, total)
            finish(output, derivative, planes, own, plane, trainables, constants)
            drop(
                output, derivative, planes, own, plane, load(ids, i), j, dropout_key, layer, threshold, scale
            )  # fmt: skip

    return forward
