"""The runs of a sweep as an array of worlds: settings x replications x strategies.

A world is one setting in one replication; strategies live in it side by side, so they are compared
within it. Where a run failed, is missing or has no value, the entry is nan and `why` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import Scalar, outcome_named
from simulation.inputs.scenario import parameters
from simulation.runs.statistics import minus
from simulation.sweeps.settings import LEVERS
from simulation.tools.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

#: Why a world has no value, from the least to the worst; 0: it has one.
WHY = ("undefined", "failed", "missing")


@dataclass(frozen=True, eq=False)
class ArrangedRuns:
    """One outcome of a sweep.

    Attributes
    ----------
    scalar : Scalar
        Name, unit and label of the outcome.
    strategies : list of str
    settings : DataFrame
        One row a setting (or a cell, when pooled): the values of what varied.
    replications : array of int
    values : array (settings, replications, strategies)
        In the unit of the outcome; nan where there is no value.
    why : array of int, same shape
        0 where there is a value; 1 undefined (the run has no such value), 2 failed, 3 missing.
    """

    scalar: Scalar
    strategies: list[str]
    settings: pd.DataFrame
    replications: np.ndarray
    values: np.ndarray
    why: np.ndarray

    def place(self, strategy: str, what: str = "strategy") -> int:
        """Return the place of a strategy; raise InputError for an unknown one."""
        if strategy not in self.strategies:
            near = did_you_mean(str(strategy), self.strategies)
            raise InputError(f'{what}: "{strategy}" is not in this sweep{near}')
        return self.strategies.index(strategy)

    def single(self, strategy: str, against: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return an outcome, or the paired difference, and why it is not there.

        Both have the shape (settings, replications).
        """
        i = self.place(strategy)
        if against is None:
            return self.values[:, :, i], self.why[:, :, i]
        j = self.place(against, "against")
        if i == j:
            raise InputError(f"against: {against} is the strategy itself")
        return (
            minus(self.values[:, :, i], self.values[:, :, j]),
            np.maximum(self.why[:, :, i], self.why[:, :, j]),
        )

    def pooled(self, by: Sequence[str]) -> ArrangedRuns:
        """Return one row for every combination of `by`, averaged over all else that varied.

        The average is taken inside each replication, over the same settings in all of them: where
        one of a cell's settings has no value in a replication, the cell has none in it.
        """
        import pandas as pd

        groups = list(self.settings.groupby(list(by), sort=True).indices.items())
        cells = pd.DataFrame(
            [key if isinstance(key, tuple) else (key,) for key, _ in groups], columns=list(by)
        )
        cells["n_settings"] = [len(rows) for _, rows in groups]
        values = np.stack([self.values[rows].mean(axis=0) for _, rows in groups])
        why = np.stack([self.why[rows].max(axis=0) for _, rows in groups])
        return ArrangedRuns(self.scalar, self.strategies, cells, self.replications, values, why)


def arranged_runs(runs: pd.DataFrame, names: Sequence[str], outcome: str = "sales") -> ArrangedRuns:
    """Arrange the `runs` of a sweep by setting, replication and strategy.

    Parameters
    ----------
    runs : DataFrame
        One row a run: setting_id, strategy, replication_id, status, what varied, outcomes.
    names : sequence of str
        Columns that say what varied.
    outcome : str
        One of ``outcomes.SUMMARY``.

    Raises
    ------
    InputError
        For an unknown outcome or column, no runs, or a run that is there twice.
    """
    import pandas as pd

    scalar = outcome_named(outcome)
    for name in names:
        if name not in runs.columns:
            raise InputError(f'"{name}" is not in this sweep{did_you_mean(name, runs.columns)}')
    if runs.empty:
        raise InputError("there are no runs to look at: none has ended yet")
    place = ["setting_id", "replication_id", "strategy"]
    if (twice := runs.duplicated(place)).any():
        first = runs.loc[twice, place].iloc[0].to_dict()
        where = ", ".join(f"{key} {value}" for key, value in first.items())
        raise InputError(f"{int(twice.sum()):,} runs are there twice (first: {where})")
    strategies = list(runs["strategy"].astype("category").cat.categories)
    settings = runs.drop_duplicates("setting_id").set_index("setting_id")[list(names)].sort_index()
    replications = np.sort(runs["replication_id"].unique())
    at = (
        settings.index.get_indexer(pd.Index(runs["setting_id"])),
        np.searchsorted(replications, runs["replication_id"]),
        runs["strategy"].astype("category").cat.codes.to_numpy(),
    )
    shape = (len(settings), replications.size, len(strategies))
    values, why = np.full(shape, np.nan), np.full(shape, 3, np.int8)
    failed = (runs["status"] != "SUCCEEDED").to_numpy()
    found = np.where(failed, np.nan, runs[outcome].to_numpy(float))
    values[at] = found
    why[at] = np.where(failed, 2, np.isnan(found).astype(int))
    return ArrangedRuns(scalar, strategies, settings, replications, values, why)


def varied(runs: pd.DataFrame) -> list[str]:
    """Return the parameters and levers that differ between the settings of a sweep."""
    settings = runs.drop_duplicates("setting_id")
    names = [name for name in settings.columns if name in parameters() or name in LEVERS]
    return [name for name in names if settings[name].nunique(dropna=False) > 1]


def left_out(why: np.ndarray) -> dict[str, np.ndarray]:
    """Return how many replications (the last axis) have no value, by reason."""
    return {name: (why == code).sum(axis=-1) for code, name in enumerate(WHY, 1)}


def say_left_out(counts: Any, noun: str = "world") -> str:
    """Say what was left out and why, "3 worlds left out: 2 failed, 1 missing"; "" for nothing."""
    parts = [(name, int(np.sum(counts[name]))) for name in WHY]
    total = sum(count for _, count in parts)
    if not total:
        return ""
    reasons = ", ".join(f"{count:,} {name}" for name, count in parts if count)
    return f"{total:,} {noun}{'' if total == 1 else 's'} left out: {reasons}"
