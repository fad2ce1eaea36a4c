"""The kernels of engine.wasm: which compiled functions it has, and what they are called with.

A new kernel takes a line in `kernels`: the function, and arguments of the types that Python calls
it with. The values are never looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.outcomes import DAY_DTYPE
from simulation.core.randomness import Key, make_key, normals, uniforms
from simulation.engine.common import Given
from simulation.engine.day import as_record, new_log, run_days
from simulation.engine.plan import PLAN_DTYPE
from simulation.inputs.scenario import Scenario
from simulation.people import friends, population
from simulation.people.friends import no_friends
from simulation.people.population import (
    BRAND_DTYPE,
    LIFE_DTYPE,
    RARE_DTYPE,
    Bonds,
    People,
    State,
)


def numbers() -> tuple[str, ...]:
    """Return the names of the scenario's numbers, in their order in the record."""
    return Scenario().numbers()._fields


def kernels() -> list[tuple[Any, tuple[Any, ...]]]:
    """Return (function, arguments) of every kernel."""
    key, whole, real = make_key(0), 1, 1.0
    ids, pairs = np.zeros(1, np.int32), np.zeros(1, np.uint32)
    rows, reals = np.zeros((1, 2), np.int64), np.zeros(1)
    days, table = np.zeros(1, PLAN_DTYPE), np.zeros(1, DAY_DTYPE)
    return [
        (run_days, (_given(key), _state(), days, table, whole, True, True, True, new_log(False))),
        (friends._small_world, (key, whole, whole, real)),
        (friends._scale_free, (key, whole, whole)),
        (friends._independent, (key, whole, whole, real, real, pairs)),
        (friends._mirrored, (whole, rows, pairs)),
        (friends._from_pairs, (whole, ids, ids)),
        (normals, (key, whole, whole)),
        (uniforms, (key, whole, whole)),
        (population._fits_at_birth, (np.zeros(1, np.float32), reals)),
    ]


def _given(key: Key) -> Given:
    """Return what a run is given, of the right types."""
    return Given(key, as_record(Scenario().numbers()), no_friends(1), np.zeros((3, 1)))


def _state() -> State:
    """Return a state of the right types."""
    life, rare, brand = (_records(dtype) for dtype in (LIFE_DTYPE, RARE_DTYPE, BRAND_DTYPE))
    seats, places = np.zeros(1, np.int32), np.zeros((1, 1), np.int32)
    people = People(np.zeros(1, np.uint8), life, rare)
    return State(people, Bonds(places, places, seats, seats), brand, seats, seats)


def _records(dtype: np.dtype) -> np.recarray:
    return np.zeros(1, dtype).view(np.recarray)
