"""A choice, lived: the same people with the same luck under A and under B."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.core.stages import STAGES, TOUCHPOINTS
from simulation.engine.prepare import Prepared, prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import Run, run_prepared
from simulation.web.choice import Choice


@dataclass(frozen=True, eq=False)
class Pair:
    """Two runs of one world; `number` is that of the move that asked for them."""

    choice: Choice
    runs: tuple[Run, Run]
    number: int = 0

    @property
    def a(self) -> Run:
        """The run under A."""
        return self.runs[0]

    @property
    def b(self) -> Run:
        """The run under B."""
        return self.runs[1]


class KeptWorlds:
    """Lives pairs, and keeps the people of the newest world: levers do not change who they are."""

    def __init__(self) -> None:
        self._key: tuple[Scenario, int, int] | None = None
        self._people: Prepared | None = None

    def live(self, choice: Choice, number: int = 0) -> Pair:
        """Live a choice under both strategies, every event kept (it costs a tenth)."""
        scenario = choice.build_scenario()
        key = (scenario, choice.seed, choice.world)
        if self._people is None or key != self._key:
            self._people = prepare(scenario, seed=choice.seed, replication=choice.world)
            self._key = key
        a, b = (run_prepared(self._people, s, events=True) for s in choice.strategies())
        return Pair(choice, (a, b), number)


def live_world(
    scenario: Scenario, strategies: tuple[Strategy, Strategy], seed: int, world: int
) -> tuple[Run, Run]:
    """Live another world of the same choice, for the fan: no events."""
    people = prepare(scenario, seed=seed, replication=world)
    return run_prepared(people, strategies[0]), run_prepared(people, strategies[1], last=True)


def drawn(pair: Pair) -> dict[str, Any]:
    """Return the numbers the page draws of a pair, ready for JSON.

    sides : for A and B the name, people by stage and day, copies sold so far by day, flows from
        the first day to the last, copies by touchpoint, and the whole summary
    lead : copies sold so far, B more than A, by day
    """
    scenario = pair.a.scenario
    sold = [np.cumsum(run.table["sales"]) for run in pair.runs]
    return {
        "n_days": scenario.world.n_days,
        "n_people": scenario.world.n_people,
        "launch_day": scenario.product.launch_day,
        "sides": [_side(run, total) for run, total in zip(pair.runs, sold, strict=True)],
        "lead": (sold[1] - sold[0]).tolist(),
    }


def _side(run: Run, sold: np.ndarray) -> dict[str, Any]:
    by = run.table["sales_by_touchpoint"].sum(axis=0)
    return {
        "name": run.strategy.name,
        "stages": {stage: run.table["n"][:, s].tolist() for s, stage in enumerate(STAGES)},
        "sold": sold.tolist(),
        "flows": flows(run),
        "touchpoints": {name: int(by[i]) for i, name in enumerate(TOUCHPOINTS)},
        "summary": {k: None if v != v else v for k, v in run.summary.items()},
    }


def flows(run: Run) -> list[list[int]]:
    """Return the people by stage on day 0 (rows) and at the end (columns): the funnel's numbers."""
    pairs = run.start_stage.astype(np.int64) * len(STAGES)
    pairs += run.end.people.stage & 3
    count = np.bincount(pairs, minlength=len(STAGES) ** 2)
    return count.reshape(len(STAGES), len(STAGES)).tolist()
