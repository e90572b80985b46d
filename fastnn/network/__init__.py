"""Networks: their parameters and the meaning of their outputs.

network: the class Network. arguments: checks of its arguments. weights: access to its weights. layers, gradients: the
forward and backward pass, layer by layer. targets: the targets that a loss takes, and predictions from outputs. state:
the state from which a later training continues. saving, loading: networks in files.
"""
