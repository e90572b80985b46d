"""A plan compiled for NVIDIA GPUs.

compiler: the only module that uses numba-cuda. driver: what only a real GPU can execute. emulator: the same interface
without a GPU. kernel, registry: what a kernel is, and all of them. program: the CUDA program. enqueued, one_launch: its
two ways through an epoch. resident: which of them a network takes. This room and ``fastnn/cpu`` import nothing of each
other.
"""
