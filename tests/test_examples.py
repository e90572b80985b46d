"""The examples in the docstrings of whole modules run as printed."""

from __future__ import annotations

import doctest

import pytest

import fastnn.errors
from fastnn import mathematics, ops


@pytest.mark.parametrize("module", [ops, mathematics, fastnn.errors], ids=lambda module: module.__name__)
def test_examples(module):
    output: list[str] = []
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(module, globs={}):
        runner.run(test, out=output.append)
    assert runner.summarize(verbose=False).attempted > 0
    assert output == []
