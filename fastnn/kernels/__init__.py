"""Code shared by the kernels of all devices.

pointers: typed pointers for compiled code. mathematics: code generation for exp, tanh, erf and other functions. random:
counter-based random numbers. elementwise, loss: bodies of the kernels around formulas, without their loops. store: the
cache of compiled code on disk.
"""
