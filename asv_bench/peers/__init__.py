"""fastnn and its peers, measured interleaved in one run: ``python -m asv_bench.peers [--quick] [--only SECTION]``.

| file | |
|---|---|
| `products.py`, `steps.py`, `functions.py`, `updates.py`, `plugin.py`, `processes.py`, `fashion.py` | one section of the report each: what is measured, its targets |
| `with_fastnn.py`, `with_numpy.py`, `with_torch.py`, `with_jax.py`, `with_sklearn.py` | how each library does what a section asks for |
| `kernels.py` | compiled loops around fastnn's kernels, for timing them without a Python call each |
| `networks.py`, `checks.py` | the networks, and their training in float64 NumPy; comparing results before anything is timed |
| `bench.py`, `worker.py`, `job.py`, `command.py` | interleaving; a process a peer; what is timed in it; whole processes |
| `machine.py`, `report.py` | the machine's description; rows, verdicts, tables |
"""  # noqa: E501
