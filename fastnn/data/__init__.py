"""From a name or a file to the arrays that a network trains on.

source: name or path -> Table, by ``delimited`` (CSV), ``arrays`` (NumPy files), ``idx``, ``generated``
or ``builtin``. dataset: Table -> split -> preprocessing fitted on the training rows -> Dataset.
"""
