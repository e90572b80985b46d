"""The kernels of the CUDA program, one file each. The bodies around formulas are those of :mod:`fastnn.kernels`.

All matrices are flat and row-major. Sums are added in an order that depends only on the shapes; there are no atomic
additions. So equal inputs give equal bits.
"""
