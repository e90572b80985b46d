"""Networks: their parameters and what their outputs mean.

network: the Network. state: what a further training goes on from. gradients: its passes laid open. targets: what a loss
takes as targets and what outputs mean under it. checkpoint: models in files.
"""
