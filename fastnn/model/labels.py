"""The labels of classes, in the type in which they were written."""

from __future__ import annotations

import numpy as np

from fastnn.data.target import Target


def labels(target: Target) -> np.ndarray:
    """Return the classes as whole numbers, numbers with fractions, booleans or texts, (classes,)."""
    classes = target.classes
    if target.text:
        boolean = {text.lower() for text in classes} == {"true", "false"}
        return np.array([text.lower() == "true" for text in classes]) if boolean else np.array(classes, np.str_)
    for number, dtype in ((int, np.int64), (float, np.float64)):
        try:
            if all(repr(number(text)) == text or number is float for text in classes):
                return np.array([number(text) for text in classes], dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(classes, np.str_)
