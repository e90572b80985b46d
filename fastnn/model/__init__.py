"""A trained network together with its preprocessing, which takes tables as they are.

model: the Model. measuring: its metrics, in the units of a table. predictions: read a file as a model needs it, and
write predictions.
"""
