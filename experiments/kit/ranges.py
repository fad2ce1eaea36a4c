"""How far each parameter may be wrong: what the evidence leaves open, and the box around a default.

The low and high values of the evidence stand with the declarations (``likely``), and are held
against a second table by tests/test_evidence_table.py. `ranges` says once how every other parameter
varies.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, group_of, parameters
from simulation.sweeps.sampling import lhs_units

EVIDENCE, WIDENED, FACTOR, BOX = (
    "evidence", "evidence, widened to hold the default", "assumed: half to double", "box",
)  # fmt: skip
#: What an assumption may be wrong by, up and down.
TIMES = 2.0
#: Groups that do nothing unless a scenario or a strategy switches them on.
IDLE_GROUPS = frozenset({"rivalry", "service", "offers", "forms", "arms"})
#: Which case is looked at (size, time, effort, start, product day), and what only other cases use.
CASE = frozenset({
    "n_people", "n_days", "year", "hours_per_week", "share_followers", "share_subscribers",
    "share_members", "days_warm_up", "launch_day", "days_window", "n_blocks", "share_within",
    "eta_equal", "hours_case", "launches", "days_between_launches",
})  # fmt: skip


class Range(NamedTuple):
    """From where to where a parameter varies, and why."""

    low: float
    high: float
    why: str
    whole: bool = False

    def at(self, u: float) -> float:
        """Return the value at u, 0 (low) to 1 (high): on the log scale, unless it begins at 0."""
        if self.low > 0:
            value = self.low * (self.high / self.low) ** u
        else:
            value = self.low + (self.high - self.low) * u
        value = min(max(value, self.low), self.high)  # rounding may step out of the bounds
        return round(value) if self.whole else float(value)


@cache
def evidence() -> dict[str, tuple[float, float]]:
    """Return low and high of every parameter for which the evidence gives both."""
    found = {}
    for name, field in parameters().items():
        extra: Any = field.json_schema_extra
        if extra["likely"] is not None:
            low, high = extra["likely"]
            found[name] = (float(low), float(high))
    return found


def varied(base: Scenario) -> list[str]:
    """Return the parameters that vary: numbers at work in `base`, but for those of the case."""
    return [
        name
        for name, field in parameters().items()
        if field.annotation in (int, float)
        and group_of()[name] not in IDLE_GROUPS
        and name not in CASE
        and (base[name] > 0 or name in evidence())
    ]


def ranges(base: Scenario) -> dict[str, Range]:
    """Return how far the evidence lets each parameter vary.

    Low to high of the evidence where it gives both, widened to hold the value in `base` where that
    lies outside; else half to double the value in `base`, within the bounds of the parameter.
    """
    found = {}
    for name in varied(base):
        value, whole = float(base[name]), parameters()[name].annotation is int
        if name in evidence():
            low, high = evidence()[name]
            why = EVIDENCE if low <= value <= high else WIDENED
            found[name] = Range(min(low, value), max(high, value), why, whole)
        else:
            found[name] = _within_bounds(name, Range(value / TIMES, value * TIMES, FACTOR, whole))
    return found


def box(base: Scenario, part: float) -> dict[str, Range]:
    """Return the range of a part (.1: ten per cent) below and above every value in `base`."""
    found = {}
    for name in varied(base):
        value, whole = float(base[name]), parameters()[name].annotation is int
        wide = Range(value * (1 - part), value * (1 + part), BOX, whole)
        found[name] = _within_bounds(name, wide)
    return {name: r for name, r in found.items() if r.at(0) < r.at(1)}


def _within_bounds(name: str, wide: Range) -> Range:
    bounds = field_bounds(parameters()[name])
    assert bounds is not None, name
    low, high = max(wide.low, bounds[0]), min(wide.high, bounds[1])
    if wide.whole:  # so that no rounding leaves the range
        low, high = np.ceil(low), np.floor(high)
    return wide._replace(low=float(low), high=float(high))


def setting(base: Scenario, within: Mapping[str, Range], places: Mapping[str, float]) -> Scenario:
    """Return `base` with every parameter at its place, 0 to 1, within its range."""
    return base.replace(**{name: within[name].at(u) for name, u in places.items()})


def latin_hypercube(within: Mapping[str, Range], n: int, seed: int) -> list[dict[str, float]]:
    """Return n settings as places 0 to 1: every parameter once in each n-th of its range."""
    rows = lhs_units(len(within), n, seed).tolist()
    return [dict(zip(within, row, strict=True)) for row in rows]
