"""The numbers behind the figures: a function here for every figure, under the same name.

``figures.data("funnel", run)`` is ``numbers.funnel(run)``. Nothing is drawn here and nothing
simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulation.core.stages import ALLOWED_MOVES, STAGES, TOUCHPOINTS, Stage
from simulation.runs.comparison import Comparison
from simulation.runs.run import Run
from simulation.runs.statistics import mean_interval
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

#: Bins of attachment from 0 to 1 in `attachment_by_stage`.
N_BINS = 40


def stages_over_time(run: Run) -> pd.DataFrame:
    """Return time [days] and one column a stage: people in it at the end of the day."""
    run = wants(run, Run)
    frame = run.series[["time", *(f"n_{stage}" for stage in STAGES)]]
    return frame.rename(columns={f"n_{stage}": stage for stage in STAGES})


def funnel(run: Run) -> pd.DataFrame:
    """Return start_stage, stage (at the end) and people: one row for each of the 16 pairs."""
    import pandas as pd

    people = wants(run, Run).people
    counts = pd.crosstab(people["start_stage"].astype("str"), people["stage"].astype("str"))
    counts = counts.reindex(index=STAGES, columns=STAGES, fill_value=0)
    rows = [(a, b) for a in STAGES for b in STAGES]
    frame = pd.DataFrame(rows, columns=["start_stage", "stage"])
    frame["people"] = counts.to_numpy().ravel()
    return frame


def sales_by_touchpoint(result: Run | Comparison) -> pd.DataFrame:
    """Return strategy, touchpoint, copies (of a comparison: the mean over worlds), low, high."""
    return _copies(result, "touchpoint", "sales_by_", TOUCHPOINTS)


def sales_by_stage(result: Run | Comparison) -> pd.DataFrame:
    """Return strategy, stage (of the buyer), copies (mean over worlds), low, high."""
    return _copies(result, "stage", "sales_to_", STAGES)


def paired_difference(comparison: Comparison) -> pd.DataFrame:
    """Return replication_id, strategy, difference to the baseline (unit of the outcome)."""
    wide = wants(comparison, Comparison).differences
    frame = wide.reset_index().melt("replication_id", var_name="strategy", value_name="difference")
    return frame.dropna(subset="difference", ignore_index=True)


def cumulative_difference(comparison: Comparison) -> pd.DataFrame:
    """Return strategy, time [days], mean paired difference of copies sold so far, low, high."""
    import pandas as pd

    comparison = wants(comparison, Comparison)
    frames = []
    for name in comparison.names[1:]:
        gaps = comparison.cumulative_differences(name)
        mean, low, high, _ = mean_interval(gaps.T, comparison.confidence)
        columns = {"time": np.arange(mean.size), "difference": mean, "low": low, "high": high}
        frames.append(pd.DataFrame({"strategy": name, **columns}))
    return pd.concat(frames, ignore_index=True)


def attachment_by_stage(run: Run) -> pd.DataFrame:
    """Return stage, low and high of a bin of attachment, and the share of the stage's people."""
    import pandas as pd

    people = wants(run, Run).people
    edges = np.linspace(0, 1, N_BINS + 1)
    frames = []
    for stage in STAGES:
        values = people.loc[people["stage"] == stage, "attachment"].to_numpy()
        count = np.histogram(values, edges)[0]
        share = count / max(1, values.size)
        frames.append(
            pd.DataFrame({"stage": stage, "low": edges[:-1], "high": edges[1:], "share": share})
        )
    return pd.concat(frames, ignore_index=True)


def continuum(run: Run) -> pd.DataFrame:
    """Return one row a stage: people and their attachment at the end, and who left it, and how.

    stage, people, median and the quartiles low and high of attachment [0-1] (nan: nobody there);
    then people over the whole horizon: moved_up and lapsed from this stage to the next or the one
    before, and switched (left for the rival, from this stage to stranger).
    """
    import pandas as pd

    everybody = wants(run, Run).people
    moves = dict(zip(ALLOWED_MOVES, run.table.moves.sum(axis=0).tolist(), strict=True))
    rows = []
    for stage in Stage:
        values = everybody.loc[everybody["stage"] == STAGES[stage], "attachment"]
        low, median, high = values.quantile([0.25, 0.5, 0.75])
        rows.append({
            "stage": STAGES[stage], "people": values.size, "median": median, "low": low,
            "high": high,
            "moved_up": sum(n for (a, b), n in moves.items() if a == stage and b > a),
            "lapsed": sum(n for (a, b), n in moves.items() if a == stage and b < a),
            "switched": int(run.table.switched[:, stage].sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def comparison(comparison: Comparison) -> pd.DataFrame:
    """Return the table of the comparison."""
    return wants(comparison, Comparison).table


def wants(result, *kinds: type):
    """Return the result if it is of the kind a figure is drawn from, else raise InputError."""
    if not isinstance(result, kinds):
        wanted = " or a ".join(kind.__name__ for kind in kinds)
        raise InputError(
            f"this figure is drawn from a {wanted}, not from a {type(result).__name__}"
        )
    return result


def _copies(result: Run | Comparison, dim: str, stem: str, labels: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    columns = [f"{stem}{label}" for label in labels]
    wants(result, Run, Comparison)
    if isinstance(result, Run):
        sums = result.series[columns].sum().to_numpy()
        frame = {"strategy": result.strategy.name, dim: labels, "copies": sums}
        return pd.DataFrame({**frame, "low": np.nan, "high": np.nan})
    if set(columns) <= set(result.runs):
        totals = result.runs.astype({"strategy": "str"})
    elif result.series is None:
        raise InputError("the days were not kept: call compare(..., keep_series=True)")
    else:
        by = result.series.groupby(["strategy", "replication_id"], observed=True)
        totals = by[columns].sum().reset_index().astype({"strategy": "str"})
    frames = []
    for name in result.names:
        sold = totals.loc[totals["strategy"] == name, columns].to_numpy(float)
        mean, low, high, _ = mean_interval(sold.T, result.confidence)
        data = {"strategy": name, dim: labels, "copies": mean}
        frames.append(pd.DataFrame({**data, "low": np.maximum(low, 0), "high": high}))
    return pd.concat(frames, ignore_index=True)


def stacked(people: pd.Series, total: int, gap: float = 0.05) -> dict[str, tuple[float, float]]:
    """Return (low, high) of each stage's block, members on top."""
    blocks, low = {}, 0.0
    for stage in STAGES:
        if stage in people.index:
            blocks[stage] = (low, low + people[stage] / total)
            low = blocks[stage][1] + gap
    return blocks


def spread(wished: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places near the wished ones, from low to high, with `gap` between neighbours.

    Where there is no room for all the gaps they are made smaller.
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(wished, kind="stable")
    rank = np.arange(len(order))
    gap = min(gap, (high - low) / max(1, len(order) - 1))
    steps = rank * gap  # without them the places need only not to fall: the nearest are isotonic
    level = isotonic_regression(np.array(wished, float)[order] - steps).x
    result = np.empty(len(order))
    result[order] = np.clip(level, low, high - gap * max(0, len(order) - 1)) + steps
    return [float(place) for place in result]
