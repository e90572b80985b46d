"""Networks: their parameters and what their outputs mean.

network: the Network. arguments, weights: what it is made from, and access to its weights. layers, gradients: its
passes, layer by layer. targets: what a loss takes as targets and what outputs mean under it. state: what a further
training continues from. saving, loading: networks in files.
"""
