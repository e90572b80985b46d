"""Runs: what ``fastnn train`` does and leaves behind.

run: one run, from an Experiment to its folder. folder: its files. aside: the files of the run that it replaces.
configuration: its config.toml. curves: its picture. model: a network together with its preprocessing. predictions:
tables in, predicted tables out.
"""
