"""All kernels of the CUDA program."""

from __future__ import annotations

from fastnn.cuda.kernel import Kernel
from fastnn.cuda.kernels.backward import BACKWARD
from fastnn.cuda.kernels.forward import FORWARD
from fastnn.cuda.kernels.gradient import GRADIENT
from fastnn.cuda.kernels.loss import EVALUATION, LOSS, ROW_ACTIVATION
from fastnn.cuda.kernels.norm import NORM
from fastnn.cuda.kernels.steps import STEPS
from fastnn.cuda.kernels.update import UPDATE

ALL = (FORWARD, ROW_ACTIVATION, LOSS, EVALUATION, BACKWARD, GRADIENT, NORM, UPDATE, STEPS)
KERNELS: dict[str, Kernel] = {kernel.name: kernel for kernel in ALL}
