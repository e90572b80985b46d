"""Code that the kernels of all devices share.

pointers: typed pointers in compiled code. mathematics: the instructions of exp, tanh, erf and the like. random: random
numbers drawn from counters. elementwise, loss, optimizer: the bodies of the kernels around formulas, without the
loops. layout: a plan's layers and offsets in a workspace. remembering: a cache with one result per part. store:
compiled code on disk. announcing: tells a listener that a function is about to be compiled.
"""
