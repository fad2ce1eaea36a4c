"""What a value is, whoever gave it: one place decides what is whole, a number, a list.

Values come from Python, NumPy, pandas, TOML, CSV and the command line; 300, 300.0, 3e2, 1e+05 and
np.int64(300) are whole numbers at every door, and a range or a Series is a list at every door.
"""

from __future__ import annotations

import math
import operator
import re
from typing import Any

import numpy as np

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.A | re.I)
_WHOLE = re.compile(r"[+-]?\d+", re.A)


def bare(value: Any) -> Any:
    """Return a NumPy number (or an array of no dimension) as Python's own; else the value."""
    alone = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0)
    return value.item() if alone else value


def whole(value: Any) -> int | None:
    """Return a number as an int where it is whole, None where it is not, or is no number.

    True and False are no numbers, nor are texts (`number_in` reads those).
    """
    value = bare(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None  # nan and inf are not
    try:
        return operator.index(value)
    except TypeError:
        return None


def as_whole(*values: Any) -> tuple[Any, ...]:
    """Return the values, every whole number among them as an int; the rest is left to a check."""
    return tuple(value if (found := whole(value)) is None else found for value in values)


def number_in(text: str) -> int | float | None:
    """Return the number a text is, an int where it is whole ("1e+05" too); None where it is none.

    A point for decimals, no thousands; nan and inf are read, to be refused by whoever has bounds.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        if _WHOLE.fullmatch(text):
            return int(text)
    except ValueError:  # more than 4,300 digits
        return math.inf
    value = float(text)
    found = whole(value)
    return value if found is None else found


def whole_in(text: str) -> int | None:
    """Return the whole number a text is, None where it is none."""
    found = number_in(text)
    return None if found is None else whole(found)


def listed(value: Any) -> list[Any] | None:
    """Return a list of values as a list, its numbers Python's own; None for anything else.

    A list is a list, a tuple, a range, or what NumPy sees as an array of one dimension: an array, a
    pandas Series or Index.
    """
    if isinstance(value, (list, tuple, range)):
        return [bare(one) for one in value]
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        array = np.asarray(value)
        return [bare(one) for one in array.tolist()] if array.ndim == 1 else None
    return None
