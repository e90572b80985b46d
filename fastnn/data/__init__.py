"""Turn a name, a file or a table into the arrays that a network trains on.

1. ``source``: a name or path becomes a Table, read by ``text`` (CSV, TSV), ``arrays`` (NumPy files), ``idx``,
   ``generated`` or ``builtin``; ``packed`` decompresses. ``python`` makes a Table of what is given in Python.
2. ``dataset``: the Table is split (``split``, ``share``), the preprocessing is fitted on the training rows, and the
   result is a Dataset.

Columns: ``row_numbers`` are left out; ``missing`` texts; ``matching`` of texts; ``categories`` as inputs;
``preprocessing``, made by ``fitting``; ``seen`` and ``remarks``: what is said of other tables. The target: ``task``,
``target``, its ``scaling``, ``labels`` and ``one_hot``.
"""
