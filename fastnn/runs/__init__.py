"""Runs: the work of ``fastnn train``, and its results.

run: one run, from an Experiment to its folder. folder: its files. aside: the files of the run that it replaces.
configuration: its config.toml. curves: the plot of its losses. model: a network together with its preprocessing.
predictions: from a table to a table of predictions.
"""
