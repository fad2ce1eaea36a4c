"""A sweep of any design as a sample: which settings count, what is unlike a sample, the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses.maps_axes import is_grid
from simulation.analyses.maps_worlds import arranged_runs, say_left_out
from simulation.analyses.sensitivity_found import Sensitivity
from simulation.analyses.sensitivity_indices import Found, split
from simulation.analyses.sensitivity_pawn import (
    FEWEST_IN_GRID,
    FEWEST_SETTINGS,
    Sample,
    sampled_indices,
)
from simulation.analyses.sensitivity_where import where
from simulation.core.outcomes import Scalar
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from simulation.sweeps.design import Design

#: Parameters whose ranks are correlated more than this cannot be told from each other.
ALIKE = 0.7


def of_a_sample(
    design: Design,
    runs: pd.DataFrame,
    scalar: Scalar,
    names: list[str],
    confidence: float,
    rng: Any,
) -> Sensitivity:
    """Return the analysis of any design: lists, Latin hypercubes and grids.

    scalar : the outcome; names : the strategy, and the one it is held against, if any.
    """
    if len(names) == 2 and getattr(design, "rows", None) is not None:
        raise InputError(
            "each setting lives under one strategy of its own: no differences can be taken; "
            "leave out against"
        )
    kept, y, left_out = _settings_and_outcomes(design, runs, scalar, names)
    columns = {name: column[kept] for name, column in values_of(design).items()}
    columns = {name: column for name, column in columns.items() if len(set(column.tolist())) > 1}
    if not columns:
        raise InputError("nothing differs between these settings: there is nothing to analyse")
    numbers = np.stack([_as_numbers(column) for column in columns.values()], axis=1)
    ordered = np.array([column.dtype.kind in "ifb" for column in columns.values()])
    frame = design.settings.frame().iloc[np.flatnonzero(kept)][list(columns)]
    grid = design.method == "grid" and is_grid(frame, list(columns))
    fewest = FEWEST_IN_GRID if grid else FEWEST_SETTINGS
    if len(y) < fewest:
        why = f" ({left_out})" if left_out else ""
        raise InputError(
            f"{len(y)} settings are too few for a sensitivity analysis: at least {fewest}{why}"
        )
    raw = y.copy()
    y -= y.flat[0]
    sample = Sample(list(columns), numbers, ordered, y, grid)
    table = indices_table(sample.names, sampled_indices(sample, confidence, rng), y.shape[1])
    against = (*names, None)[1]
    found = where(columns, raw, np.arange(len(y)), outcome=scalar, strategy=names[0],
                  against=against, confidence=confidence, rng=rng)  # fmt: skip
    return Sensitivity(
        design.method, sample.names, scalar, names[0], against, confidence, y.shape[1], len(y),
        table, variance_table(split(y[:, None], confidence)), _unmoved(sample), found,
        _alike(sample), left_out,
    )  # fmt: skip


def _settings_and_outcomes(
    design: Design, runs: pd.DataFrame, scalar: Scalar, names: list[str]
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return which settings count, their outcomes (settings, worlds), and what was left out.

    Every setting has to have lived in the same worlds. A replication that fewer than half of the
    settings have (a sweep under way) does not count, then settings without all the others do not.
    """
    found = arranged_runs(runs, [], scalar.name)
    values, why = found.single(*names)
    mine = np.ones(len(values), bool)
    rows = getattr(design, "rows", None)
    if rows is not None:  # settings that live under other strategies miss nothing
        own = [s.name for s in design.strategies].index(names[0])
        mine = np.asarray(rows)[found.settings.index] == own
    there = (why == 0) & mine[:, None]
    common = there.sum(axis=0) * 2 >= max(1, there.any(axis=1).sum())
    if not there.any() or not common.any():
        raise InputError(f"no run has a value of {scalar.name}: there is nothing to analyse")
    good = there[:, common].all(axis=1)
    kept = np.zeros(len(design.settings), bool)
    kept[found.settings.index[good]] = True
    reasons = why[:, common].max(axis=1)[mine]
    gone = say_left_out({name: reasons == code for code, name in enumerate(
        ("undefined", "failed", "missing"), 1)}, "setting")  # fmt: skip
    never = (len(design.settings) if rows is None else rows.count(own)) - int(mine.sum())
    said = [gone] if gone else []
    said += [f"{never:,} settings have not been run"] if never else []
    lost = design.replications - int(common.sum())
    said += [f"{lost:,} of {design.replications:,} replications are incomplete"] if lost > 0 else []
    return kept, values[good][:, common].copy(), "; ".join(said)


def values_of(design: Design) -> dict[str, np.ndarray]:
    """Return the settings of a design, a column each: numbers, truths or names."""
    frame = design.settings.frame()
    columns = {}
    for name in design.names:
        column = frame[name].to_numpy()
        columns[name] = column if column.dtype.kind in "ifb" else column.astype(str)
    return columns


def _as_numbers(column: np.ndarray) -> np.ndarray:
    if column.dtype.kind in "ifb":
        return column.astype(float)
    return np.unique(column, return_inverse=True)[1].astype(float)


def _alike(sample: Sample) -> str:
    """Say which two parameters vary together in a sample, so that none can be told apart."""
    from scipy.stats import rankdata

    places = np.flatnonzero(sample.ordered)
    if places.size < 2:
        return ""
    found = np.corrcoef(rankdata(sample.columns[:, places], axis=0).T)
    np.fill_diagonal(found, 0.0)
    i, j = np.unravel_index(np.abs(found).argmax(), found.shape)
    if abs(found[i, j]) <= ALIKE:
        return ""
    one, other = sample.names[places[i]], sample.names[places[j]]
    return (
        f"{one} and {other} vary together in these settings: rank correlation {found[i, j]:.2f}, "
        "so that what one does cannot be told from what the other does; settings that vary them "
        "independently are wanted, such as a Latin hypercube"
    )


def _unmoved(sample: Sample) -> list[str]:
    """Return the parameters of a grid with which the outcome never changes; else none."""
    if not sample.grid:
        return []
    nothing = []
    for j, name in enumerate(sample.names):
        rest = np.delete(sample.columns, j, axis=1)
        _, first, blocks = np.unique(rest, axis=0, return_index=True, return_inverse=True)
        if (sample.y == sample.y[first][blocks.ravel()]).all():
            nothing.append(name)
    return nothing


def indices_table(
    names: list[str],
    indices: dict[Any, Found],
    n_worlds: int,
    mixed: dict[Any, float] | None = None,
) -> pd.DataFrame:
    """Return one row an index; `mixed` holds what SALib says of the mean over worlds."""
    import pandas as pd

    rows = [
        {
            "parameter": names[j],
            "other": names[other[0]] if other else "",
            "index": index,
            **found._asdict(),
            "n_worlds": n_worlds,
            "with_luck": (mixed or {}).get((index, j, *other), np.nan),
        }
        for (index, j, *other), found in indices.items()
    ]
    order = list(dict.fromkeys(row["index"] for row in rows))
    return pd.DataFrame(rows).sort_values(
        "index", key=lambda column: column.map(order.index), kind="stable", ignore_index=True
    )


def variance_table(parts: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Return the parts of the variance, a row each (the index)."""
    import pandas as pd

    return pd.DataFrame(parts).T.rename_axis("part")
