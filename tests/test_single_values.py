"""Numbers, integers, booleans and words from users: allowed values, and messages for all others."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from fastnn.errors import UsageError
from fastnn.limits import Integer, Number, OneOf, flag, optional


@pytest.mark.parametrize(
    ("check", "value", "found"),
    [
        (Number(), "0.5", 0.5),
        (Number(at_least=1), 1, 1.0),
        (Number(above=-2, at_most=-1), np.float32(-1), -1.0),
        (Integer(0), np.uint8(3), 3),
        (Integer(1, 1024), 1024, 1024),
        (Integer(0), 2**63 - 1, 2**63 - 1),
        (flag, np.True_, True),
        (flag, False, False),
        (OneOf((False, True)), "Yes", True),
        (OneOf(("mean", "sum")), "sum", "sum"),
        (optional("auto", Integer(1)), "auto", None),
        (optional(None, Integer(1)), None, None),
    ],
)
def test_what_is_allowed_comes_back_in_its_own_type(check, value, found):
    result = check(value, "x")
    assert result == found and type(result) is type(found)


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        (Number(), "steep", "'steep' is not allowed: it must be a finite number."),
        (Number(), np.nan, "nan is not allowed: it must be a finite number."),
        (Number(), 10**400, "it must be a finite number."),
        (Number(), True, "True is not allowed: it must be a finite number."),
        (Number(at_least=0, below=1), 1, "1 is not allowed: it must be a number of at least 0 and below 1."),
        (Number(above=0), 0, "it must be a number above 0."),
        (Number(at_least=0, at_most=1), 2, "it must be a number from 0 to 1."),
        (Integer(1), True, "True is not allowed: it must be an integer of at least 1."),
        (Integer(1), 1.0, "it must be an integer of at least 1."),
        (Integer(0), 2**63, "it must be an integer of at least 0 and below 2**63."),
        (Integer(1, 8), 9, "it must be an integer from 1 to 8."),
        (Integer(0), date(2024, 5, 31), "2024-05-31 is not allowed"),
        (flag, 1, "1 is not allowed: it must be true or false."),
        (OneOf(("mean", "sum")), "maen", "it must be one of mean, sum. Did you mean 'mean'?"),
        (OneOf((False, True)), 1, "1 is not allowed: it must be one of false, true."),
        (optional("auto", Integer(1)), 0, "it must be an integer of at least 1, or 'auto'."),
        (optional(None, Number(above=0)), "auto", "it must be a number above 0, or None."),
    ],
)
def test_anything_else_is_refused(check, value, words):
    with pytest.raises(UsageError) as caught:
        check(value, "x")
    assert str(caught.value).startswith("x = ") and words in str(caught.value)
