"""A trained network together with its preprocessing, which takes tables as they are.

model: the Model. inputs: the tables that it takes. reading: a file, read as a model needs it. outputs: what its
networks predict. evaluation, measuring: how well. labels: the labels of classes as values. saving: a model as plain
data. summary: a model in a few lines. output, number_texts: write predictions.
"""
