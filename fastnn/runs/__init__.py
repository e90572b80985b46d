"""Runs: the work of ``fastnn train`` and ``fastnn.fit``, and its results.

setup: read the data and prepare the network. run: train it, and write the run's folder. outcome: what a run reports.
folder: its files. aside: the files of the run that it replaces. configuration: its config.toml. curves: the plot of
its losses. fit: the same training from Python, without a folder. trained: the model of a run. loading: the model in a
folder or a file.
"""
