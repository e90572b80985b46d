"""Compiled code reads the same values from the header of an array as NumPy. For other objects it reads zeros."""

import pickle

import numpy as np
import pytest
from numba import types

from fastnn.cpu.compiled import compiled
from fastnn.cpu.header import HEADER, Header, entry


@pytest.fixture(scope="module")
def header():
    @compiled(types.UniTuple(types.int64, len(Header._fields))(HEADER), key="the fields of a header")
    def fields(h):
        return h.axes, h.rows, h.columns, h.row_stride, h.column_stride, h.data, h.dtype, h.flags

    read = entry(fields)
    return lambda thing: Header(*read(thing))


MATRIX = np.arange(15.0).reshape(3, 5)
READ_ONLY = np.frombuffer(bytes(15 * 4), np.float32).reshape(5, 3)


@pytest.mark.parametrize(
    "x",
    [MATRIX, MATRIX.T, MATRIX[::-1, ::2], MATRIX[:, :0], MATRIX.astype("f4"), MATRIX.astype("i2"), READ_ONLY],
    ids=["rows", "columns", "strided", "empty", "float32", "int16", "read only"],
)
def test_the_fields_are_those_of_the_array(header, x):
    for y in (x, x[0] if x.size else x):
        found = header(y)
        assert (found.rows, found.columns) == (y.shape if y.ndim == 2 else (1, *y.shape))
        assert (found.row_stride, found.column_stride) == (y.strides if y.ndim == 2 else (0, *y.strides))
        assert (found.axes, found.data, found.dtype) == (y.ndim, y.ctypes.data, y.dtype.num)
        flags = {"C_CONTIGUOUS": 1, "F_CONTIGUOUS": 2, "OWNDATA": 4, "ALIGNED": 0x100, "WRITEABLE": 0x400}
        assert {name: bool(found.flags & bit) for name, bit in flags.items()} == {name: y.flags[name] for name in flags}


def test_equal_dtypes_have_one_number_whatever_objects_they_are(header):
    """As arrays have that come from another process, or whose dtype carries metadata."""
    for x in (MATRIX, MATRIX.astype("f4")):
        for y in (pickle.loads(pickle.dumps(x)), x.view(np.dtype(x.dtype, metadata={"unit": "m"}))):
            assert y.dtype is not x.dtype
            assert header(y).dtype == header(x).dtype == x.dtype.num


def test_a_dtype_of_another_byte_order_has_no_number(header):
    assert header(MATRIX.astype(MATRIX.dtype.newbyteorder())).dtype == -1


@pytest.mark.parametrize(
    "x",
    [None, 1.0, "text", [[1.0]], np.float64(1), np.array(1.0), np.zeros((2, 2, 2)), MATRIX.view(np.matrix), np.ndarray],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_vector_or_matrix_of_numpy_reads_as_zeros(header, x):
    assert header(x) == Header(*[0] * len(Header._fields))
