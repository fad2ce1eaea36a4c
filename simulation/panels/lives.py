"""One world lived stretch by stretch: kept on a morning, and lived on from there again and again.

Unlike a run, which lives the whole horizon, a `Town` may be stopped between two days, its state
changed (treatments.py), and its future lived with other luck (customers.py), by the same engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from simulation.core.outcomes import DAY_DTYPE
from simulation.core.randomness import Key, make_key
from simulation.core.ways import running
from simulation.engine.common import Given
from simulation.engine.day import new_log, run_days, tables
from simulation.engine.plan import PLAN_DTYPE, Page, fill_plan, pages, plan, terms_of
from simulation.engine.prepare import Prepared, prepare
from simulation.inputs.scenario import Scenario, as_record
from simulation.inputs.strategy import Strategy
from simulation.people.population import State
from simulation.tools.interrupts import interrupts_held


class Stretch(NamedTuple):
    """Some days that were lived: the state of the last evening, a row a day, the events."""

    state: State
    table: np.recarray
    log: np.ndarray  # rows of `outcomes.LOG_COLUMNS`; none where they were not asked for


@dataclass(frozen=True)
class Town:
    """One world under one plan of the brand, and one luck.

    days : the plan, one `plan.PLAN_DTYPE` row a day
    key : the luck of the days that are lived; the people and their friends keep that of their birth
    """

    prepared: Prepared
    strategy: Strategy
    days: np.recarray
    key: Key

    @property
    def scenario(self) -> Scenario:
        """The world."""
        return self.prepared.scenario

    @property
    def start(self) -> State:
        """The people after the warm-up, on the evening before day 0."""
        return self.prepared.start

    @property
    def pages(self) -> list[Page]:
        """When each product is announced, launched and sold."""
        return pages(self.scenario, self.strategy)

    @cached_property
    def given(self) -> Given:
        """What the engine reads on every day, and never changes."""
        engine, par = self.prepared.engine, as_record(self.scenario.numbers())
        with running(engine.way):
            return Given(self.key, par, engine.around, *tables(par, engine.around))

    def live(self, state: State, first: int, end: int, *, events: bool = False) -> Stretch:
        """Live the days from `first` to before `end`; the state that is given stays as it is."""
        engine, days = self.prepared.engine, self.days[first:end]
        if first >= end:
            return Stretch(state, _rows(0), new_log(False))
        table, ask = _rows(days.size), self.strategy.ask_reviews
        given = self.given._replace(room=np.empty_like(self.given.room))
        with interrupts_held(), running(engine.way):
            state, log = run_days(
                given, engine.apart(state), days, table, first, False, ask, new_log(events)
            )
        return Stretch(state, table, log[1 : log[0, 0] + 1] if events else log)

    def with_luck(self, key: Key) -> Town:
        """Return the same people, friends and plan, whose days are lived with other luck."""
        return Town(self.prepared, self.strategy, self.days, key)


def _rows(n: int) -> Any:
    return np.zeros(n, DAY_DTYPE).view(np.recarray)


def town_of(
    scenario: Scenario,
    strategy: Strategy,
    *,
    seed: int,
    replication: int = 0,
    levers: np.ndarray | None = None,
    engine: str = "auto",
) -> Town:
    """Return one world of a settled scenario, warmed up, with the plan of a strategy.

    levers : float64, a row a phase of `plan.LEVERS`, optional
        Instead of the strategy's own split of effort: shares of `hours_per_week` that need not sum
        to 1. No money for ads is saved then; what is announced, and when, stays the strategy's.
    """
    prepared = prepare(scenario, seed=seed, replication=replication, engine=engine)
    key = make_key(seed, replication)
    with running(prepared.engine.way):
        if levers is None:
            days = plan(scenario, strategy, key=key)
        else:
            days = np.zeros(scenario.world.n_days, PLAN_DTYPE).view(np.recarray)
            terms = terms_of(strategy)._replace(levers=levers, ads_saved=0.0)
            fill_plan(key, True, as_record(scenario.numbers()), terms, 0, True, days)
    return Town(prepared, strategy, days, key)


def with_plan(town: Town, levers: np.ndarray) -> Town:
    """Return the same world with other levers (`town_of`): same people, friends and luck."""
    days = np.zeros_like(town.days)
    with running(town.prepared.engine.way):
        terms = terms_of(town.strategy)._replace(levers=levers, ads_saved=0.0)
        fill_plan(town.key, True, as_record(town.scenario.numbers()), terms, 0, True, days)
    return Town(town.prepared, town.strategy, days, town.key)


def chunks(values: Any, n: int) -> list[Any]:
    """Return the values in at most n pieces of nearly equal size, none of them empty."""
    size = -(-len(values) // max(n, 1)) or 1
    return [values[low : low + size] for low in range(0, len(values), size)]
