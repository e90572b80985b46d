"""What the kernels of all devices share.

pointers: typed pointers in compiled code. mathematics: the instructions of exp, tanh, erf and the like. random: random
numbers drawn from counters. elementwise, loss: the bodies of the kernels around formulas, without the loops. store:
compiled code on disk.
"""
