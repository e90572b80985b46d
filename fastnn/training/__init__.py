"""Training a network.

train: the function that users call. arguments: the limits of its arguments. samples: the rows to train and to validate
on. procedure: epochs, validation, the best parameters. record: the history and the result of a training.
minimize: the optimizers on any function, without a network.
"""
