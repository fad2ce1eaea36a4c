"""What a calibration tries: priors of the fitted parameters, and candidates simulated from them.

A candidate is a point u of the unit cube, one place for each fitted parameter: 0 is the low end of
its range, 1 the high end. The prior is uniform in u, and so uniform in the parameter, or in its
logarithm where the range spans more than a factor of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from simulation.engine.prepare import prepare
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import Strategy
from simulation.runs.run import run_prepared
from simulation.runs.worlds import each
from simulation.searches.calibration_observed import weekly_counts
from simulation.sweeps.settings import LEVERS, Spread, declared, spread_of
from simulation.tools.errors import InputError

#: A range that spans more than this factor is taken in logarithms.
WIDE = 10.0
#: Bounds not wider than this (a share, a probability) can stand in for a range of the evidence.
NARROW = 1.0
MOST_FITTED = 10
#: The weeks of the data are days of the horizon: it cannot be fitted to them.
NOT_FITTED = ("n_days",)

Parameters = Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Prior:
    """Independent priors of the fitted parameters."""

    spreads: tuple[Spread, ...]

    @property
    def names(self) -> list[str]:
        """The fitted parameters, in the order given."""
        return [spread.name for spread in self.spreads]

    def at(self, units: np.ndarray) -> dict[str, list[Any]]:
        """Return the values of every parameter at places of shape (candidates, parameters)."""
        inside = np.clip(units, 0, 1)
        return {s.name: s.at(inside[:, j]) for j, s in enumerate(self.spreads)}

    def one(self, units: Iterable[float]) -> dict[str, Any]:
        """Return the values of one candidate."""
        return {name: v[0] for name, v in self.at(np.array([list(units)], float)).items()}


def prior_of(fitted: Parameters) -> Prior:
    """Return the prior of parameters given by name, or by name with (low, high).

    A name alone takes the range of the evidence (`likely`), else the declared bounds where these
    are not wider than 1. Uniform; log-uniform where low > 0 and high > 10 low. Raises InputError.
    """
    if isinstance(fitted, str):
        fitted = [fitted]
    if not isinstance(fitted, Mapping):
        names = list(fitted)
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"calibrate: {name} is to be fitted twice")
        fitted = dict.fromkeys(names)
    if not 1 <= len(fitted) <= MOST_FITTED:
        raise InputError(
            f"calibrate: {len(fitted)} parameters to be fitted; 1 to {MOST_FITTED} are allowed"
        )
    return Prior(tuple(_spread(name, limits) for name, limits in fitted.items()))


def _spread(name: str, limits: Any) -> Spread:
    where = "calibrate"
    field_ = declared(name, where)
    if name in LEVERS and name not in parameters():
        raise InputError(
            f"{where}: {name} is a lever of the strategy, not a parameter to be fitted"
        )
    if name in NOT_FITTED or field_.annotation not in (int, float):
        raise InputError(f"{where}: {name} cannot be fitted: only numbers, and not the horizon")
    if isinstance(limits, Mapping):
        return spread_of(name, limits, where)
    if limits is None:
        bounds = field_bounds(field_)
        likely = (field_.json_schema_extra or {}).get("likely")
        limits = likely or bounds
        if limits is None or (likely is None and limits[1] - limits[0] > NARROW):
            raise InputError(
                f"{where}: {name} has no range in the evidence: give one, {name}=LOW:HIGH"
            )
    spread = spread_of(name, list(limits), where)
    low, high = spread.numbers["low"], spread.numbers["high"]
    if low > 0 and high > WIDE * low:
        spread = Spread(name, "loguniform", spread.numbers)
    return spread


@dataclass(eq=False)
class Candidates:
    """Simulates candidates on `jobs` processes, and counts how many.

    Every candidate lives in a world of its own, the next one, unless `same_world` is set: then all
    live in world 0. What it gives does not depend on where it was lived.
    """

    scenario: Scenario
    strategy: Strategy
    prior: Prior
    seed: int
    jobs: int = 1
    same_world: bool = False
    told: Callable[[int], Any] = field(default=lambda n: None)
    count: int = 0

    def next(self, places: Sequence[np.ndarray]) -> np.ndarray:
        """Return the weekly funnels, shape (candidates, weeks, 4), each in the next world."""
        first = self.count
        worlds = [0 if self.same_world else first + i for i in range(len(places))]
        return self.in_worlds(places, worlds)

    def unused(self, n: int) -> None:
        """Take back the last n candidates: as if they had never been lived."""
        self.count -= n
        self.told(-n)

    def in_worlds(self, places: Sequence[np.ndarray], replications: Iterable[int]) -> np.ndarray:
        """Return the weekly funnels of candidates, each in a given world."""
        work = partial(_funnel, self.scenario, self.strategy, self.seed)
        tasks = [(self.prior.one(u), r) for u, r in zip(places, replications, strict=True)]
        if self.jobs > 1:
            found = each(work, tasks, jobs=self.jobs, progress=False)
        else:  # one at a time, without what it takes to share them
            found = [work(task) for task in tasks]
        self.count += len(tasks)
        self.told(len(tasks))
        return np.stack(found)

    def check(self) -> None:
        """Raise InputError when a corner of the prior is no world (a sum of shares above 1 ...)."""
        for corner in product((0.0, 1.0), repeat=len(self.prior.spreads)):
            values = self.prior.one(corner)
            try:
                self.scenario.replace(**values)
            except InputError as error:
                at = ", ".join(f"{name} = {value:g}" for name, value in values.items())
                raise InputError(f"calibrate: the prior allows {at}: {error}") from None


def _funnel(
    scenario: Scenario, strategy: Strategy, seed: int, task: tuple[Mapping[str, Any], int]
) -> np.ndarray:
    """Return the weekly funnel, shape (weeks, 4), of one candidate: its values, and its world."""
    values, replication = task
    world = prepare(scenario.replace(**values), seed=seed, replication=replication)
    return weekly_counts(np.asarray(run_prepared(world, strategy).table))
