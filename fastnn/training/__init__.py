"""Training networks.

train, many: the functions that users call, for one network and for many. arguments: the limits of their arguments.
each: arguments with one value per network. prepared: a training of which all arguments have been checked. arrays,
samples, rows: the data, and the rows to train and to validate on. procedure: epochs, validation, the best parameters.
together, forked: several trainings at once. record: the history and the result of a training. minimize: the optimizers
on any function, without a network.
"""
