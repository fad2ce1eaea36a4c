"""The kernels of engine.wasm: which compiled functions it has, and what they are called with.

A new kernel takes a line in `kernels`: the function, and arguments of the types that Python calls
it with. The values are never looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.outcomes import DAY_DTYPE
from simulation.core.randomness import Key, make_key
from simulation.core.summary import summary_of
from simulation.engine.common import Given
from simulation.engine.day import new_log, run_days, tables
from simulation.engine.plan import PLAN_DTYPE, fill_plan, terms_of
from simulation.engine.waking import begin
from simulation.inputs.scenario import Scenario, as_record
from simulation.inputs.strategy import COMMON_ROUTINE
from simulation.people import friends, population
from simulation.people.around import around_of, stored
from simulation.people.friends import no_friends
from simulation.people.population import (
    BRAND_DTYPE,
    LIFE_DTYPE,
    RARE_DTYPE,
    Bonds,
    People,
    State,
)
from simulation.people.small_world import held_friendships
from simulation.people.waking import nobody_waits


def numbers() -> tuple[str, ...]:
    """Return the names of the scenario's numbers, in their order in the record."""
    return Scenario().numbers()._fields


def kernels() -> list[tuple[Any, tuple[Any, ...]]]:
    """Return (function, arguments) of every kernel."""
    key, whole, real = make_key(0), 1, 1.0
    ids, pairs = np.zeros(1, np.int32), np.zeros(1, np.uint32)
    rows, reals = np.zeros((1, 2), np.int64), np.zeros(1)
    days, table = _records(PLAN_DTYPE), _records(DAY_DTYPE)
    given, state = _given(key), _state()
    lives, rare = state.people.lives, state.people.rare
    called = [
        (run_days, (given, state, days, table, whole, True, True, new_log(False))),
        (begin, (given, state)),
        (tables, (given.par, given.around)),
        (fill_plan, (key, True, given.par, terms_of(COMMON_ROUTINE), whole, True, days)),
        (summary_of, (table, reals)),
        (population._born, (key, given.par, whole, lives, rare, state.brand)),
        (around_of, (key, whole, whole, real, real)),
        (held_friendships, (np.zeros(8, np.int64), np.zeros((1, 1), np.uint64))),
        (friends._complete, (whole,)),
        (friends._scale_free, (key, whole, whole)),
        (friends._independent, (key, whole, whole, real, real, pairs)),
        (friends._mirrored, (whole, rows, pairs)),
        (friends._from_pairs, (whole, ids, ids)),
    ]
    return [(kernel.native, arguments) for kernel, arguments in called]


def _given(key: Key) -> Given:
    """Return what a run is given, of the right types."""
    par, around = as_record(Scenario().numbers()), stored(no_friends(1))
    return Given(key, par, around, np.zeros((3, 1)), np.zeros(1, np.int64))


def _state() -> State:
    """Return a state of the right types."""
    life, rare, brand = (_records(dtype) for dtype in (LIFE_DTYPE, RARE_DTYPE, BRAND_DTYPE))
    seats, places, reals = np.zeros(1, np.int32), np.zeros((1, 1), np.int32), np.zeros(1)
    people = People(np.zeros(1, np.uint8), life, rare)
    bonds = Bonds(places, places, seats, seats, reals, reals, reals, seats)
    waking = nobody_waits(1, np.zeros(3, np.int64))
    return State(people, bonds, brand, seats, seats, waking)


def _records(dtype: np.dtype) -> np.recarray:
    return np.zeros(1, dtype).view(np.recarray)
