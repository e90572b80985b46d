"""Benchmarks of fastnn. :mod:`asv_bench.peers` compares it with other libraries."""
