"""Benchmarks of fastnn. :mod:`asv_bench.peers`: other libraries' speed. :mod:`asv_bench.tables`: scores on tables."""
