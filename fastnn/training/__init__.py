"""Training a network.

train: the function that users call. arguments: what its arguments may be. samples: which rows train and which validate.
procedure: epochs, validation, the best parameters. record: what a training leaves behind.
"""
