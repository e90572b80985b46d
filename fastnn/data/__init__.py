"""Turn a name or a file into the arrays that a network trains on.

1. ``source``: a name or path becomes a Table, read by ``delimited`` (CSV, TSV), ``arrays`` (NumPy files), ``idx``,
   ``generated`` or ``builtin``.
2. ``dataset``: the Table is split, the preprocessing is fitted on the training rows, and the result is a Dataset.

A text file is read in steps: ``packed`` (bytes) -> ``parsing`` (text, then cells) -> ``delimited`` (header) ->
``columns`` (numbers or categories) -> Table. ``records`` defines records.

What is given in Python: ``given`` -> ``frames`` or ``dictionaries`` (with ``values``) -> ``gathering`` (with ``texts``)
-> Table.
"""
