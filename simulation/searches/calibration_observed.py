"""An observed weekly funnel: read from a CSV table, or counted in a simulated run.

Week w = 1, 2, ... is the days 7 (w - 1) .. 7 w - 1 of the horizon. Followers, subscribers and
members are the people whose stage that is at the end of the week (a subscriber who also follows
counts as a subscriber); sales are the copies sold in the week, gifts included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.stages import STAGES
from simulation.tools.csv_table import read_csv
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.values import number_in, whole_in

if TYPE_CHECKING:
    import pandas as pd

    from simulation.inputs.scenario import Scenario
    from simulation.runs.run import Run

DAYS_A_WEEK = 7
#: What may be observed, and its unit.
SERIES = {"followers": "people", "subscribers": "people", "members": "people", "sales": "copies"}
_STAGE = {"followers": "follower", "subscribers": "subscriber", "members": "member"}


@dataclass(frozen=True, eq=False)
class Observed:
    """What was observed: weeks (the index) by series, nan where there is a gap.

    `source` is the file it was read from and `lines` the line each week stands on there, so that
    what is found to be wrong later can still be shown its place.
    """

    table: pd.DataFrame
    source: str = "observed"
    lines: Mapping[int, int] = field(default_factory=dict)

    def on(self, n_weeks: int) -> np.ndarray:
        """Return the values as an array (n_weeks, 4), in the order of SERIES, nan where none."""
        weeks = np.arange(1, n_weeks + 1)
        return self.table.reindex(index=weeks, columns=list(SERIES)).to_numpy(float)

    def check(self, scenario: Scenario) -> None:
        """Raise InputError unless a scenario has these weeks and that many people."""
        last = weeks_of(scenario)
        n_people = scenario.world.n_people
        for week, row in zip(self.table.index.tolist(), self.table.to_dict("records"), strict=True):
            if week > last:
                raise InputError(
                    f"{self._at(week)}: week = {week} lies after the horizon: {scenario.name} has "
                    f"{scenario.world.n_days} days, so whole weeks from 1 to {last}"
                )
            for name, value in row.items():
                if SERIES[str(name)] == "people" and value > n_people:
                    raise InputError(
                        f"{self._at(week)}: {name} = {value:,.10g} is not allowed: "
                        f"{scenario.name} has {n_people:,} people (--people gives it more)"
                    )

    def _at(self, week: Any) -> str:
        line = self.lines.get(week)
        return self.source if line is None else f"{self.source}: line {line}"


def weeks_of(scenario: Scenario) -> int:
    """Return how many whole weeks the horizon of a scenario has."""
    return scenario.world.n_days // DAYS_A_WEEK


def weekly_counts(table: np.ndarray) -> np.ndarray:
    """Return the weekly funnel of a run's daily table: shape (whole weeks, 4), order of SERIES."""
    n = table.size // DAYS_A_WEEK
    days = table[: n * DAYS_A_WEEK]
    ends = days["n"][DAYS_A_WEEK - 1 :: DAYS_A_WEEK]
    counts = [ends[:, STAGES.index(_STAGE[name])] for name in _STAGE]
    counts.append(days["sales"].reshape(n, DAYS_A_WEEK).sum(axis=1))
    return np.stack(counts, axis=1).astype(float)


def weekly(run: Run) -> pd.DataFrame:
    """Return the weekly funnel of a run: a row a whole week (index `week`), a column a series.

    The same table `read_observed` reads; days after the last whole week are left out.
    """
    import pandas as pd

    counts = weekly_counts(np.asarray(run.table))
    index = pd.RangeIndex(1, len(counts) + 1, name="week")
    frame = pd.DataFrame(counts.astype(int), index, list(SERIES))
    frame.attrs["units"] = dict(SERIES)
    return frame


def read_observed(path: str | Path) -> Observed:
    """Read an observed weekly funnel from a CSV file.

    A column `week` and at least one of followers, subscribers, members [people at the end of the
    week] and sales [copies in the week]; weeks may be left out and cells left empty (or NA, as R
    writes it).

    Raises
    ------
    InputError
        One line that names file, line and column: not readable, not UTF-8, an unknown column, no
        number, a negative one, a week given twice or out of order, nothing observed at all.
    """
    import pandas as pd

    names, rows = read_csv(path)
    _check_columns(names, str(path))
    lines: dict[int, int] = {}
    values: dict[int, dict[str, float]] = {}
    for line, cells in rows:
        row = dict(zip(names, cells, strict=True))
        week = _week(row.pop("week"), lines, f"{path}: line {line}")
        lines[week] = line
        values[week] = {n: _count(n, text, f"{path}: line {line}") for n, text in row.items()}
    series = [name for name in SERIES if name in names]
    table = pd.DataFrame.from_dict(values, orient="index", columns=series)
    table = table.rename_axis(index="week")
    if not table.notna().any(axis=None):
        raise InputError(f"{path}: every cell is empty: nothing was observed")
    table.attrs["units"] = {name: SERIES[name] for name in series}
    return Observed(table, str(path), lines)


def _check_columns(names: list[str], where: str) -> None:
    known = ["week", *SERIES]
    for name in names:
        if name not in known:
            raise InputError(f'{where}: line 1: unknown column "{name}"{did_you_mean(name, known)}')
    if "week" not in names:
        raise InputError(f"{where}: line 1: a column week is missing: 1 is days 0 to 6, and so on")
    if len(names) == 1:
        raise InputError(f"{where}: line 1: nothing beside week; known: {', '.join(SERIES)}")


def _week(text: str, seen: Mapping[int, int], where: str) -> int:
    """Return the week a cell names; it must come after all weeks before it."""
    week = whole_in(text)
    if week is None or not 1 <= week <= 10_000:
        raise InputError(
            f"{where}: week = {shortened(text)} is not allowed: a whole number from 1 to 10,000"
        )
    if week in seen:
        raise InputError(f"{where}: week {week} is there twice (first in line {seen[week]})")
    if seen and week < max(seen):
        raise InputError(f"{where}: week {week} comes after week {max(seen)}: sort by week")
    return week


def _count(name: str, text: str, where: str) -> float:
    """Return the count in a cell, nan for an empty one."""
    if text in ("", "NA"):
        return math.nan
    value = number_in(text)
    if value is None or not 0 <= value < math.inf:
        raise InputError(
            f"{where}: {name} = {shortened(text)} is not allowed: a number from 0 [{SERIES[name]}],"
            " with a point for decimals and no commas; empty for a gap"
        )
    return float(value)
