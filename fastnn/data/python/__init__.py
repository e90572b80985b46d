"""Tables that are given in Python.

``given`` -> ``frames`` or ``dictionaries`` (with ``values``) -> ``gathering`` -> Table. ``texts`` encodes texts.
``python_words`` puts messages into Python's words.
"""
