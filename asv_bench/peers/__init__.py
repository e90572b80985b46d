"""Compare fastnn with its peers, interleaved in one run: ``python -m asv_bench.peers [--quick] [--only SECTION]``.

Measurements and targets, one file per section of the report: `products.py`, `steps.py`, `floors.py`, `many.py`,
`functions.py`, `updates.py`, `plugin.py`, `processes.py` (with `first.py`), `fashion.py`. Implementations in each
library: `with_fastnn.py` (and `kernels.py`, compiled loops around single kernels), `with_numpy.py`, `with_torch.py`,
`with_jax.py`, `with_sklearn.py`, and `scripts/` for whole processes. Inputs, and reference results in float64 NumPy:
`networks.py`, `flat.py`, `checks.py`. Timing: `bench.py` calls workers in turn, `worker.py` is one process per peer,
`job.py` is a timed call, `peaks.py` times the machine, `command.py` and `launch.py` time whole processes. Report:
`machine.py` describes the machine, `report.py` has rows and tables.
"""
