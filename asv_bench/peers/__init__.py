"""fastnn and its peers, measured interleaved in one run: ``python -m asv_bench.peers [--quick] [--only SECTION]``.

What is measured, and against which target, one section of the report a file: `products.py`, `steps.py`,
`functions.py`, `updates.py`, `plugin.py`, `processes.py`, `fashion.py`. How each library does it: `with_fastnn.py`
(with `kernels.py`, compiled loops around single kernels), `with_numpy.py`, `with_torch.py`, `with_jax.py`,
`with_sklearn.py`, and `scripts/` for whole processes. What they work on, and the same in float64 NumPy:
`networks.py`, `flat.py`, `checks.py`. How it is timed: `bench.py` asks workers in turn, `worker.py` is a process a
peer, `job.py` what is timed in it, `command.py` and `launch.py` whole processes. `machine.py` and `report.py`:
what it was measured on, rows and tables.
"""
