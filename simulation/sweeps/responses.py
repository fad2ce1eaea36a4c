"""What a sweep measured, as a matrix: a row a setting, a column a world; nothing may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.errors import InputError, did_you_mean
from simulation.outcomes import SUMMARY, Scalar

if TYPE_CHECKING:
    import pandas as pd


class MissingRuns(InputError):
    """Runs that an analysis needs are missing or failed; `retry` lists them."""

    def __init__(self, message: str, retry: pd.DataFrame):
        super().__init__(message)
        self.retry = retry


def outcome_of(name: str) -> Scalar:
    """Return the declared outcome of that name; raise InputError for another."""
    known = {scalar.name: scalar for scalar in SUMMARY}
    if name not in known:
        raise InputError(f'unknown outcome "{name}"{did_you_mean(name, known)}')
    return known[name]


def strategy_of(design: Any, name: str | None, what: str = "strategy") -> str:
    """Return the name of a strategy of a design; None is its only one."""
    known = [strategy.name for strategy in design.strategies]
    if name is None:
        if len(known) == 1:
            return known[0]
        raise InputError(f"{what}: say which: {', '.join(known)}")
    if name not in known:
        raise InputError(f'{what}: unknown "{name}"{did_you_mean(name, known)}')
    return name


def responses(
    design: Any,
    runs: pd.DataFrame,
    outcome: str = "sales",
    strategy: str | None = None,
    against: str | None = None,
) -> np.ndarray:
    """Return an outcome, or the paired difference of two strategies, of every setting and world.

    Shape (settings, replications). With `against`, each entry is strategy minus against in the same
    setting and the same world. Raises MissingRuns, with the list to retry.
    """
    outcome_of(outcome)
    found = _matrix(design, runs, outcome, strategy_of(design, strategy))
    if against is not None:
        if strategy_of(design, against, "against") == strategy:
            raise InputError(f"against: {against} is the strategy itself")
        found = found - _matrix(design, runs, outcome, against)
    if np.isnan(found).any():
        places = np.argwhere(np.isnan(found))
        raise InputError(
            f"{outcome} has no value in {len(places):,} of {found.size:,} runs (first: setting "
            f"{places[0][0]}, replication {places[0][1]}): take an outcome that every run has"
        )
    return found


def _matrix(design: Any, runs: pd.DataFrame, outcome: str, strategy: str) -> np.ndarray:
    """Return one strategy's outcome, shape (settings, replications); all runs must be there."""
    import pandas as pd

    n, r = len(design.settings), design.replications
    mine = runs[(runs["strategy"] == strategy) & (runs["status"] == "SUCCEEDED")]
    there = np.zeros((n, r), bool)
    values = np.full((n, r), np.nan)
    place = mine["setting_id"].to_numpy(), mine["replication_id"].to_numpy()
    there[place] = True
    values[place] = mine[outcome].to_numpy(float)
    if not there.all():
        missing = np.argwhere(~there)
        retry = pd.DataFrame(missing, columns=["setting_id", "replication_id"])
        retry.insert(1, "strategy", strategy)
        shown = "; ".join(f"setting {s}, replication {k}" for s, k in missing[:5])
        more = f" and {len(missing) - 5:,} more" if len(missing) > 5 else ""
        raise MissingRuns(
            f"{len(missing):,} of {there.size:,} runs of {strategy} are missing or failed ({shown}"
            f"{more}): continuum resume STORE --retry-failed runs them",
            retry,
        )
    return values
