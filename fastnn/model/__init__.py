"""A trained network together with its preprocessing, which takes tables as they are.

model: the Model. predictions: read a file as a model needs it. output, number_texts: write predictions.
"""
