"""Run NVIDIA's PTX on the CPU with NumPy, one lane for each CUDA thread, and check what a GPU does not check.

No GPU, no driver and no toolkit are needed, only the PTX text:

>>> import numpy as np
>>> from fastnn.testing.ptx import Memory, Module, PTXError
>>> text = '''
... .version 8.0
... .target sm_80
... .address_size 64
... .visible .entry twice(.param .u64 to, .param .u64 from) {
...   .reg .b32 %t; .reg .b64 %rd<5>; .reg .f32 %f<3>;
...   ld.param.u64 %rd1, [to]; ld.param.u64 %rd2, [from]; mov.u32 %t, %tid.x;
...   mad.wide.u32 %rd3, %t, 4, %rd2; ld.global.f32 %f1, [%rd3]; add.rn.f32 %f2, %f1, %f1;
...   mad.wide.u32 %rd4, %t, 4, %rd1; st.global.f32 [%rd4], %f2; ret;
... }'''
>>> kernel = Module(text).kernel
>>> memory = Memory()
>>> x, y = memory.array(np.arange(4, dtype="float32"), "x"), memory.empty(4, "float32", "y")
>>> stats = kernel.launch(1, 4, [y.ptr, x.ptr], memory)
>>> y.numpy()
array([0., 2., 4., 6.], dtype=float32)
>>> try:
...     kernel.launch(1, 5, [y.ptr, x.ptr], memory)
... except PTXError as error:
...     print(error)
out of bounds: 4 bytes of global memory, x + 16 bytes (it has 16), by block (0, 0, 0) thread (4, 0, 0)
  at PTX line 8: ld.global.f32 %f1, [%rd3]

``Module(text, another_text, ...)`` links texts: calls go from one to the other. ``module.kernel`` is the only kernel,
``module["name"]`` one of several; ``kernel.meets`` says that it has a grid barrier.

``Memory()`` is a card's global memory. ``memory.array(a, name, align=256)`` copies an array to it, exactly as aligned
as ``align`` says and no better, between red zones; ``memory.empty(shape, dtype, name, align)`` makes one that must not
be read before something is written to it. Both return a `DeviceArray` with ``ptr``, ``numpy()``, ``assign(a)`` from the
host, and ``forget()``, after which it counts as never written. What was never written is NaN, or all bits are set.

Parameters of a launch are numbers (addresses too), or bytes for a parameter passed by value.
`numba_params(arrays and numbers)` makes the list that a kernel of numba-cuda with array arguments takes.

``Kernel.launch(grid, block, params, memory, ...)`` takes numbers or tuples of up to three numbers, and

``dyn_shared=0``
    bytes of dynamic shared memory;
``cooperative=False``
    whether blocks may meet at a grid barrier (``this_grid().sync()``); all blocks then run together;
``schedule="lockstep"``
    all threads go through the code side by side. ``"warps"``: at every step a random warp goes on. ``"blocks"``: the
    blocks run one after another in random order (in a cooperative launch, from one grid barrier to the next). Results
    of a correct kernel are the same for all of them and for every ``seed=0``;
``racecheck=True``
    the checks of races and of reading what was never written;
``profile=False``
    whether sectors of global memory and conflicts of shared memory's banks are counted;
``max_lanes=65536``, ``limit=5_000_000``
    how many threads run side by side at most; after how many basic blocks the launch is given up as endless.

It returns `Stats`, a Counter: ``instr:<opcode>`` is the number of warps that executed it. Whatever is wrong, also PTX
that is not supported, raises `PTXError` with the line of the PTX, the instruction, the block and the thread.

Checked
-------
- Accesses outside an array, misaligned accesses, accesses to the wrong memory.
- Races in shared and global memory (a write and another access by different threads to one word with no barrier
  in between): read after write, write after read, write after write. Different blocks are only ordered by a grid
  barrier or by the end of the launch; threads of a block by ``bar.sync``, those of a warp also by ``bar.warp.sync``.
- Reads of shared memory, and of global memory made by `Memory.empty`, that nobody has written.
- Barriers that only a part of the block or of the grid reaches, or different barriers at once.
- Warp operations that read a lane that does not take part, or whose ``membermask`` is not the lanes that are there.

Modelled
--------
IEEE float32 and float64 arithmetic, rounded once, with subnormal numbers; fma is exact. Integers wrap. Branches may
diverge; the lowest basic block runs first, so that lanes meet again. Calls of functions, also of those in other
modules, are expanded in place.

Not modelled
------------
- Time, caches, and everything that ptxas does to the PTX.
- Memory order: every access is done at once for everybody. ``membar`` and ``fence`` do nothing, ``ld.acquire`` and
  ``st.release`` are ``ld`` and ``st``. None of them orders accesses for the race check: only barriers do.
- ``.approx`` operations give the exact result, rounded; a GPU may differ in the last bits. NaNs have no payload.
- Registers and local memory begin as zero.
- Spin locks: lanes that wait in a loop for other lanes wait for ever, until ``limit`` ends the launch.
- Recursion, calls through pointers, textures, asynchronous copies, clusters, tensor cores but for tf32.
"""

from fastnn.testing.ptx.errors import PTXError
from fastnn.testing.ptx.kernel import Kernel
from fastnn.testing.ptx.memory import DeviceArray, Memory
from fastnn.testing.ptx.module import Module
from fastnn.testing.ptx.parameters import numba_params
from fastnn.testing.ptx.profile import Stats

__all__ = ["DeviceArray", "Kernel", "Memory", "Module", "PTXError", "Stats", "numba_params"]
