"""Matrix products against NumPy's in float64, for every form, dtype and vector width that this machine has."""

from __future__ import annotations

import itertools
import mmap
import sys
from ctypes import CDLL, CFUNCTYPE, c_ssize_t, c_void_p

import numpy as np
import pytest
from narrower import NARROWER, ONCE, run_again

from fastnn.cpu.machine import vector_name
from fastnn.cpu.matmul import SCRATCH
from fastnn.cpu.products import product_kernel

UGLY = (0, 1, 2, 3, 7, 10, 15, 16, 17, 20, 31, 33, 47, 49, 96, 97, 127, 129, 200, 1023)
DEEP = (*UGLY, 5, 100, 512, 513, 1025, 1537, 2050)  # up to three passes where rows are contiguous, nine elsewhere
LARGE = (  # rows of B a page apart; several passes over the rows of A; both with a last column by dot products
    (129, 1025, 513), (257, 1057, 600), (130, 1025, 1024), (801, 200, 300), (801, 17, 513), (400, 260, 1030),
)  # fmt: skip
FORMS = ("A.B", "At.B", "A.Bt", "At.Bt", "spread")
DTYPES = ("float32", "float64")
GUARD = -12345.0
EVERY_TASK = None


class Matrix:
    """A matrix within a larger buffer: rows (or columns, if ``turned``) lie apart, and around it all is ``around``."""

    def __init__(self, values: np.ndarray, turned=False, spread=1, around=np.nan, shift=3):
        stored = values.T if turned else values
        self.room = np.full((stored.shape[0] + 2, spread * (stored.shape[1] + 5) + shift), around, values.dtype)
        inside = self.room[1 : 1 + stored.shape[0], shift : shift + spread * stored.shape[1] : spread]
        inside[...] = stored
        self.values = inside.T if turned else inside
        size = values.dtype.itemsize
        self.between = tuple(stride // size for stride in inside.strides)[:: -1 if turned else 1]
        self.address = self.room.ctypes.data + (self.room.shape[1] + shift) * size

    @classmethod
    def at_fence(cls, values: np.ndarray, turned=False):
        """A contiguous matrix that ends where memory may not be touched."""
        stored = np.ascontiguousarray(values.T if turned else values)
        pages = -(-stored.nbytes // mmap.PAGESIZE)
        memory = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
        start = np.frombuffer(memory, np.uint8).ctypes.data
        nothing_allowed = 0
        assert CDLL(None).mprotect(c_void_p(start + pages * mmap.PAGESIZE), mmap.PAGESIZE, nothing_allowed) == 0
        offset = pages * mmap.PAGESIZE - stored.nbytes
        inside = np.frombuffer(memory, stored.dtype, stored.size, offset).reshape(stored.shape)
        inside[...] = stored
        matrix = cls.__new__(cls)
        matrix.values, matrix.between = inside.T if turned else inside, (stored.shape[1], 1)[:: -1 if turned else 1]
        matrix.address = start + offset
        return matrix

    def at(self, i, j=0):
        """The address of element (i, j)."""
        return c_void_p(self.address + (i * self.between[0] + j * self.between[1]) * self.values.dtype.itemsize)

    def untouched(self):
        """Whether nothing around the matrix has changed."""
        room = self.room.copy()
        kept = self.values.copy()
        self.values[...] = GUARD
        clean = bool(np.all(self.room == GUARD))
        self.values[...] = kept
        return clean and np.array_equal(room, self.room, equal_nan=True)


def tasks_of(M, N, dtype):
    """Panels x tiles of C, by the rule that ``product`` documents."""
    lanes, rows, vectors = SHAPE[dtype]
    needed = -(-N // lanes)
    panels = max(1, -(-needed // vectors))
    wide = max(1, -(-needed // panels)) * lanes
    return -(-N // wide) * -(-M // rows)


SHAPE = {
    "avx512": {"float32": (16, 8, 3), "float64": (8, 8, 3)},
    "avx2": {"float32": (8, 4, 3), "float64": (4, 4, 3)},
    "generic": {"float32": (4, 4, 2), "float64": (2, 4, 2)},
}[vector_name()]


def call(kernel, *arguments):
    """Call a compiled kernel with whole numbers and addresses."""
    kinds = [c_void_p if isinstance(argument, c_void_p) else c_ssize_t for argument in arguments]
    CFUNCTYPE(None, *kinds)(kernel.address)(*arguments)


def product(A, B, C, start=None, rows=None, cuts=EVERY_TASK):
    """C = start + A . B by the kernel, in the pieces of tasks between ``cuts``; start: None, a Matrix or one row."""
    (M, K), N, dtype = A.values.shape, B.values.shape[1], C.values.dtype.name
    low, high = rows or (0, M)
    if start is None:
        begin, apart = c_void_p(0), 0
    elif isinstance(start, Matrix):
        begin, apart = start.at(low), start.between[0]
    else:
        begin, apart = c_void_p(start.ctypes.data), 0
    scratch = np.full(SCRATCH + 64, np.nan, dtype)
    scratch[SCRATCH:] = GUARD
    edges = [0, *(cuts or ()), tasks_of(high - low, N, dtype)]
    for first, last in itertools.pairwise(edges):
        call(
            product_kernel(dtype), first, last, high - low, N, K, A.at(low), *A.between, B.at(0), *B.between,
            C.at(low), C.between[0], begin, apart, c_void_p(scratch.ctypes.data),
        )  # fmt: skip
    assert np.all(scratch[SCRATCH:] == GUARD)
    return C.values


def matrices(form, M, N, K, dtype, rng, shift=3):
    """A, B and C for a product of this form."""
    a, b = rng.standard_normal((M, K)).astype(dtype), rng.standard_normal((K, N)).astype(dtype)
    spread = 2 if form == "spread" else 1
    A = Matrix(a, turned=form.startswith("At"), spread=spread, shift=shift)
    B = Matrix(b, turned=form.endswith("Bt"), spread=spread, shift=shift)
    return A, B, Matrix(np.full((M, N), np.nan, dtype), around=GUARD, shift=shift)


def assert_close(A, B, C, start=0.0):
    """Every element is within the bound of a sum of K + 1 rounded terms; twice, for the reference is rounded too."""
    a, b = A.values.astype(np.float64), B.values.astype(np.float64)
    bound = 2 * (a.shape[1] + 2) * np.finfo(C.values.dtype).eps * (np.abs(a) @ np.abs(b) + np.abs(start))
    np.testing.assert_array_less(np.abs(C.values - (a @ b + start)), bound + 1e-300)
    assert C.untouched()


def sizes(rng, count):
    """Random triples of ugly sizes in which each size has its turn in each place."""
    columns = [rng.permutation(np.resize(choices, count)) for choices in (UGLY, UGLY, DEEP)]
    return [tuple(int(x) for x in triple) for triple in zip(*columns, strict=True)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_product_equals_numpy(form, dtype):
    rng = np.random.default_rng(FORMS.index(form))
    for M, N, K in [*sizes(rng, 112), *LARGE]:
        A, B, C = matrices(form, M, N, K, dtype, rng)
        product(A, B, C)
        assert_close(A, B, C)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_product_begins_with_start(form, dtype):
    rng = np.random.default_rng(1)
    small = [(17, 33, 7), (33, 1, 20), (9, 2, 513), (31, 10, 100), (5, 20, 200), (3, 4, 0), (50, 49, 600)]
    for M, N, K in [*small, LARGE[0], LARGE[-1]]:
        A, B, C = matrices(form, M, N, K, dtype, rng)
        before = rng.standard_normal((M, N)).astype(dtype)
        product(A, B, C, Matrix(before))
        assert_close(A, B, C, before)
        C.values[...] = before
        product(A, B, C, start=C)
        assert_close(A, B, C, before)
        bias = rng.standard_normal(N).astype(dtype)
        product(A, B, C, bias)
        assert_close(A, B, C, bias)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_same_bits_however_divided(form, dtype):
    rng = np.random.default_rng(2)
    for M, N, K in [(100, 100, 130), (130, 10, 64), (77, 20, 600), (65, 1, 1023), (41, 3, 50), (64, 97, 513), LARGE[0]]:
        A, B, C = matrices(form, M, N, K, dtype, rng)
        whole = product(A, B, C).copy()
        tasks = tasks_of(M, N, dtype)
        cuts = sorted(int(x) for x in rng.integers(0, tasks + 1, 4))
        C.values[...] = np.nan
        np.testing.assert_array_equal(product(A, B, C, cuts=cuts), whole)
        C.values[...] = np.nan
        for rows in itertools.pairwise([0, *sorted(int(x) for x in rng.integers(0, M + 1, 3)), M]):
            product(A, B, C, rows=rows)
        np.testing.assert_array_equal(C.values, whole)
        moved = [Matrix(X.values, form[i : i + 2] == t, 1, np.nan, 4) for i, t, X in ((0, "At", A), (-2, "Bt", B))]
        if form != "spread":
            np.testing.assert_array_equal(product(*moved, C), whole)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("form", FORMS)
def test_nan_and_infinity_stay_in_their_row_or_column(form, value):
    rng = np.random.default_rng(3)
    for M, N, K in [(19, 37, 21), (33, 20, 200), (11, 10, 400), (13, 1, 40), (49, 3, 33)]:
        for turn in range(2):
            A, B, C = matrices(form, M, N, K, "float32", rng)
            i, j, k = (int(rng.integers(n)) for n in (M, N, K))
            if turn:
                A.values[i, k] = value
            else:
                B.values[k, j] = value
            touched = np.zeros((M, N), bool)
            touched[(i, slice(None)) if turn else (slice(None), j)] = True
            np.testing.assert_array_equal(~np.isfinite(product(A, B, C)), touched)


@pytest.mark.skipif(sys.platform == "win32", reason="needs mprotect")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS[:4])
def test_touches_nothing_beyond_the_matrices(form, dtype):
    rng = np.random.default_rng(5)
    for M, N, K in [(17, 33, 7), (9, 10, 64), (5, 1, 13), (3, 20, 200), (33, 2, 40), (1, 49, 17), (50, 7, 513)]:
        A, B, _ = matrices(form, M, N, K, dtype, rng)
        a = Matrix.at_fence(A.values, turned=form.startswith("At"))
        b = Matrix.at_fence(B.values, turned=form.endswith("Bt"))
        c, start = Matrix.at_fence(np.zeros((M, N), dtype)), Matrix.at_fence(np.ones((M, N), dtype))
        np.testing.assert_allclose(product(a, b, c, start), 1 + A.values @ B.values, rtol=0, atol=1e-2)


@ONCE
@NARROWER
def test_narrower_vectors(name, monkeypatch):
    run_again(__file__, name, monkeypatch)
