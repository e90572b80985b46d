"""Networks: their parameters and what their outputs mean.

network: the Network. arguments: checks of what it is made from. weights: its (W, b). state: where a training continues.
gradients: the values and gradients of every layer. targets: what a loss takes as targets and what outputs mean under
it. checkpoint: networks in files.
"""
