"""Draws of many people at once, for tests: uniforms and normals as the model draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.randomness import Decision, normal, throw_waits, uniform
from tests.native import native


@native
def normals(key, n, decision):
    """Return one standard normal for each of n persons, as born (day 0)."""
    values = np.empty(n)
    for person in range(n):
        values[person] = normal(key, person, 0, decision)
    return values


@native
def uniforms(key, n, decision):
    """Return one uniform for each of n persons, as born (day 0)."""
    values = np.empty(n)
    for person in range(n):
        values[person] = uniform(key, person, 0, decision)
    return values


@native
def _waits(key, persons, nth, values):
    """`throw_waits`, to be called from Python."""
    throw_waits(key, persons, nth, persons.size, values)


def waits(key: Any, n: int, nth: int) -> np.ndarray:
    """Return the uniform of the nth wait of each of n persons."""
    values = np.empty(n)
    _waits(key, np.arange(n), np.full(n, nth), values)
    return values


#: The decisions of a day: all but WAIT, whose "day" is the number of the wait.
DRAWN = [decision for decision in Decision if decision != Decision.WAIT]
