"""Text files: CSV and TSV.

A file is read in steps: ``parsing`` (text, then ``cells``) -> ``delimited`` (``header``,
``decimals``) -> ``columns`` (numbers or categories) -> Table. ``records`` defines records. ``resemblance`` finds texts
that were probably meant as numbers, ``spellings`` how numbers are written. ``doubts`` says what was decided.
"""
