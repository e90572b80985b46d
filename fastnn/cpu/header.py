"""Pass NumPy arrays to compiled functions by their headers, which is fast enough for small arrays.

Numba takes 70 ns to convert an array argument, because it counts references, and does not pass its dtype. A header is
read in 2 ns; the caller must keep the array alive. The fields are those of PyArrayObject and PyArray_Descr, which are
part of NumPy's binary interface (numpy/ndarraytypes.h).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import NativeValue, register_model, unbox

INT8, INT32, INT64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
SIZES = INT64.as_pointer()
HEAD = ir.ArrayType(INT8, object.__basicsize__)  # the first fields of every Python object
DTYPE = ir.LiteralStructType([HEAD, INT64, INT8, INT8, INT8, INT8, INT32])  # class, kind, char, byte order, -, number
FIELDS = ir.LiteralStructType([  # data, axes, shape, strides, base, dtype, flags
    HEAD, INT64, INT32, SIZES, SIZES, INT64, DTYPE.as_pointer(), INT32,
])  # fmt: skip

NDARRAY = "fastnn_numpy_ndarray"  # symbol of the address of numpy.ndarray, which code loaded from disk needs too
llvmlite.binding.add_symbol(NDARRAY, id(np.ndarray))


class Header(NamedTuple):
    """The header of a numpy.ndarray with one or two axes. For other objects, subclasses included, all fields are 0.

    A vector is one row, with row_stride 0. data is an address, strides are in bytes. dtype is numpy.dtype.num, or -1 if
    the byte order is not marked as native. (Equal dtypes are different objects after unpickling.)
    """

    axes: int
    rows: int
    columns: int
    row_stride: int
    column_stride: int
    data: int
    dtype: int
    flags: int


class HeaderType(types.NamedUniTuple):
    """The Numba type of a Header that is read from a Python object."""

    def __init__(self) -> None:
        super().__init__(types.int64, len(Header._fields), Header)


HEADER = HeaderType()
register_model(HeaderType)(models.UniTupleModel)


@unbox(HeaderType)
def read(kind, thing, c):
    """Return the header of the Python object ``thing``."""
    b = c.builder
    header = cgutils.alloca_once_value(b, c.context.get_constant_null(kind))
    fields = b.bitcast(thing, FIELDS.as_pointer())
    field = [lambda n=n: b.load(cgutils.gep_inbounds(b, fields, 0, n)) for n in range(len(FIELDS))]
    _, data, axes, shape, strides, _, dtype, flags = field
    ndarray = b.ptrtoint(c.context.get_c_value(b, INT8, NDARRAY), INT64)
    with b.if_then(b.icmp_unsigned("==", b.ptrtoint(c.pyapi.get_type(thing), INT64), ndarray)):
        for count in (1, 2):
            with b.if_then(b.icmp_signed("==", axes(), INT32(count))):
                sizes = [b.load(cgutils.gep(b, shape(), axis)) for axis in range(count)]
                steps = [b.load(cgutils.gep(b, strides(), axis)) for axis in range(count)]
                if count == 1:
                    sizes, steps = [INT64(1), *sizes], [INT64(0), *steps]
                values = [INT64(count), *sizes, *steps, data(), number(b, dtype()), b.sext(flags(), INT64)]
                b.store(cgutils.pack_array(b, values), header)
    return NativeValue(b.load(header))


def number(b, dtype):
    """Return the number of a dtype with native byte order, else -1."""
    order, own = (b.load(cgutils.gep_inbounds(b, dtype, 0, field)) for field in (4, 6))
    return b.select(b.icmp_unsigned("==", order, INT8(ord("="))), b.sext(own, INT64), INT64(-1))


def entry(function: Any) -> Callable:
    """Return the entry point of a function compiled for headers. Numba's dispatcher would treat them as arrays."""
    [only] = function.overloads.values()
    return only.entry_point
