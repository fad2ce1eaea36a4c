"""From the runs of a design to tables with intervals, and from tables to words.

Every helper takes a frame of `cells.run_cells` and leaves out the runs that failed. Worlds are
the unit of luck: intervals, of 95 %, are bootstrapped over worlds, and what is compared is
subtracted world by world first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED
from simulation.core.outcomes import DIMS, LOG_COLUMNS, MORE, SUMMARY, Event
from simulation.core.randomness import analysis_rng
from simulation.core.stages import STAGES
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.runs.run import Run
from simulation.runs.statistics import (
    bootstrap_interval,
    interval,
    shares,
)
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
LEVEL = f"{100 * CONFIDENCE:g} % interval"
SCALARS = {scalar.name: scalar for scalar in SUMMARY}


# ---- measures: further columns of a run --------------------------------------------------------


def sales_by_touchpoint(run: Run) -> dict[str, float]:
    """Measure the copies by what carried them: sales_by_post, sales_by_mail ..."""
    sold = run.table["sales_by_touchpoint"].sum(axis=0)
    return {f"sales_by_{name}": n for name, n in zip(DIMS["touchpoint"], sold, strict=True)}


def heads_at_launch(run: Run) -> dict[str, float]:
    """Measure the people of each stage on launch day: heads_stranger ... heads_member."""
    heads = run.table["n"][run.scenario.product.launch_day]
    return {f"heads_{stage}": n for stage, n in zip(STAGES, heads, strict=True)}


def kept_by_stage(run: Run) -> dict[str, float]:
    """Measure began_STAGE, there on day 0, and kept_STAGE, of them there or higher at the end."""
    began, ended = run.start_stage, run.end.people.stage & 3
    found = {}
    for s, stage in enumerate(STAGES[1:], 1):
        found[f"began_{stage}"] = float((began == s).sum())
        found[f"kept_{stage}"] = float(((began == s) & (ended >= s)).sum())
    return found


def logged(run: Run, event: Event) -> np.recarray:
    """Return the logged events of one kind: time, person, event, from_stage, to_stage, cause.

    Raw numbers, far cheaper than ``run.events``. Raises InputError when none were recorded.
    """
    if run.log is None:
        raise InputError("events were not recorded: give the design events=True")
    rows = np.asarray(run.log)
    rows = np.ascontiguousarray(rows[rows[:, LOG_COLUMNS.index("event")] == event])
    kind = np.dtype([(name, rows.dtype) for name in LOG_COLUMNS])
    return rows.view(kind)[:, 0].view(np.recarray)


# ---- levers ------------------------------------------------------------------------------------


def with_share(strategy: Strategy, activity: str, share: float, name: str) -> Strategy:
    """Return a strategy with another share of one activity; the others grow or shrink alike.

    The effort stays what it was. Raises ValueError when no other activity could take the rest.
    """
    phases = []
    for phase in strategy.phases:
        others = {a: getattr(phase, a) for a in ACTIVITIES if a != activity}
        rest = sum(others.values())
        if rest <= 0:
            raise ValueError(f"{strategy.name} has no activity but {activity}")
        shares = {a: value * (1 - share) / rest for a, value in others.items()}
        phases.append(phase.model_copy(update={**shares, activity: share}))
    return strategy.model_copy(update={"phases": tuple(phases), "name": name})


# ---- tables: means, ratios, paired differences -------------------------------------------------


def means(frame: pd.DataFrame, outcome: str, by: Sequence[str] = ("strategy",)) -> pd.DataFrame:
    """Return the mean of an outcome over worlds, a row for each combination of `by`.

    Columns: `by`, outcome, value, low, high, n_worlds.
    """
    import pandas as pd

    rows = []
    for place, part in _parts(frame, by):
        values = part[outcome].dropna().to_numpy(float)
        low, high = interval(values, CONFIDENCE)
        rows.append(
            {**place, "outcome": outcome, **_summed_up(values.mean, low, high, values.size)}
        )
    return pd.DataFrame(rows)


def ratios(
    frame: pd.DataFrame, above: str, below: str, by: Sequence[str] = ("strategy",)
) -> pd.DataFrame:
    """Return the ratio of two sums over worlds, a row for each combination of `by`.

    Not the mean of the worlds' ratios, which a world with little below would carry away.
    Columns: `by`, outcome ("above / below"), value, low, high, n_worlds.
    """
    import pandas as pd

    rows = []
    for place, part in _parts(frame, by):
        both = part[[above, below]].dropna().to_numpy(float).T
        found = of_sums(both, _quotient)
        rows.append({**place, "outcome": f"{above} / {below}", **found})
    return pd.DataFrame(rows)


def per_head(frame: pd.DataFrame, by: Sequence[str] = ("strategy",)) -> pd.DataFrame:
    """Return copies per head by stage, of those in the stage on launch day (`heads_at_launch`).

    Columns: `by`, stage, outcome, value, low, high, n_worlds.
    """
    import pandas as pd

    tables = []
    for stage in STAGES:
        table = ratios(frame, f"sales_to_{stage}", f"heads_{stage}", by)
        table.insert(len(by), "stage", stage)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def of_sums(columns: Iterable[Any], statistic: Callable[..., Any]) -> dict[str, float]:
    """Return a statistic of sums over worlds with its interval: value, low, high, n_worlds.

    `columns` are arrays of shape (worlds,), in the same order of worlds; `statistic` takes their
    sums, one argument each, and must work on arrays.
    """
    arrays = [np.asarray(column, float) for column in columns]
    n = int(arrays[0].size)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(*(a.sum() for a in arrays))) if n else math.nan
        low = high = math.nan
        if n > 1 and all(a.min() == a.max() for a in arrays):
            low = high = value
        elif n > 1 and math.isfinite(value):
            low, high = bootstrap_interval(
                arrays, lambda *a, axis: statistic(*(x.sum(axis=axis) for x in a)), CONFIDENCE
            )
    return _summed_up(lambda: value, low, high, n)


def differences(
    frame: pd.DataFrame,
    outcome: str,
    strategy: Any,
    baseline: Any,
    *,
    by: Sequence[str] = (),
    column: str = "strategy",
) -> pd.DataFrame:
    """Return strategy minus baseline in every world: `by`, replication_id, difference.

    Worlds that lack a value under either are left out. With another `column` two values of a label
    are compared instead of two strategies.
    """
    frame = _succeeded(frame)
    keys = [*by, "replication_id"]
    here = frame[frame[column] == strategy].set_index(keys)[outcome]
    there = frame[frame[column] == baseline].set_index(keys)[outcome]
    for name, found in ((strategy, here), (baseline, there)):
        if found.empty:
            raise ValueError(f"no run has {column} = {name!r}")
        if not found.index.is_unique:
            raise ValueError(f"{column} = {name!r} has several runs a world: say more in `by`")
    both = here.to_frame("a").join(there.rename("b"), how="inner").dropna()
    return (both["a"] - both["b"]).rename("difference").reset_index()


def paired(
    frame: pd.DataFrame,
    outcome: str,
    strategy: Any,
    baseline: Any,
    *,
    by: Sequence[str] = (),
    column: str = "strategy",
) -> pd.DataFrame:
    """Return the paired difference strategy - baseline, a row for each combination of `by`.

    Difference first, world by world, then mean and interval (bootstrap, BCa). For a difference of
    differences give the frame of `differences` and outcome "difference".
    Columns: `by`, outcome, strategy, baseline, value (the mean difference), low, high,
    share_better, n_worlds.
    """
    import pandas as pd

    gaps = differences(frame, outcome, strategy, baseline, by=by, column=column)
    names = {"outcome": outcome, "strategy": strategy, "baseline": baseline}
    rows = []
    for place, part in _parts(gaps, by):
        rows.append({**place, **names, **_gap(part["difference"].to_numpy(float), outcome)})
    return pd.DataFrame(rows)


def leaders(
    frame: pd.DataFrame, outcome: str, by: Sequence[str] = (), column: str = "strategy"
) -> pd.DataFrame:
    """Return which strategy has the best mean, and its lead, a row for each combination of `by`.

    Columns: `by`, outcome, strategy (the best), mean (its), baseline (the second best), value (the
    mean paired difference), low, high, share_better, n_worlds, clear (the interval lies on
    the better side of 0).
    The two are picked by the same worlds that measure the lead, so that it reads a little too high.
    """
    import pandas as pd

    rows, better = [], _better(outcome)
    for place, part in _parts(frame, by):
        wide = part.pivot(index="replication_id", columns=column, values=outcome).dropna()
        order = wide.mean().sort_values(ascending=better < 0, kind="stable")
        first, second = order.index[:2]
        row = {"outcome": outcome, "strategy": first, "mean": order[first], "baseline": second}
        row |= _gap((wide[first] - wide[second]).to_numpy(float), outcome)
        rows.append(
            {**place, **row, "clear": bool(min(better * row["low"], better * row["high"]) > 0)}
        )
    return pd.DataFrame(rows)


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables under each other, the name of each in a first column `what`."""
    import pandas as pd

    rows = [{"what": what, **row} for what, t in tables.items() for row in t.to_dict("records")]
    return pd.DataFrame(rows)


def in_worlds(frame: pd.DataFrame, outcome: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return an outcome with one row a world and one column a combination of `columns`.

    Worlds that lack a value anywhere are left out.
    """
    frame = _succeeded(frame)
    wide = frame.pivot(index="replication_id", columns=list(columns), values=outcome)
    return wide.dropna()


def resampled_means(wide: pd.DataFrame, n: int = 2000, seed: int = 0) -> np.ndarray:
    """Return the column means of `n` bootstrap samples of worlds, shape (n, columns).

    All columns share the drawn worlds: for whatever is read off several means at once, such as the
    best of four or the year two lines cross.
    """
    n_worlds = len(wide)
    drawn = analysis_rng(seed).multinomial(n_worlds, np.full(n_worlds, 1 / n_worlds), size=n)
    return drawn @ wide.to_numpy(float) / n_worlds


def crossings(x: Any, lead: Any) -> np.ndarray:
    """Return from which x on a lead stays above 0, for each row of `lead`, shape (rows, x).

    Linear between the places known; -inf where it is above 0 everywhere, inf where it is not even
    at the last.
    """
    places, lead = np.asarray(x, float), np.atleast_2d(np.asarray(lead, float))
    found = np.full(len(lead), -np.inf)
    for row, values in enumerate(lead):
        behind = np.flatnonzero(~(values > 0))
        if behind.size:
            i = int(behind[-1])
            found[row] = np.inf
            if i + 1 < places.size:
                part = -values[i] / (values[i + 1] - values[i])
                found[row] = places[i] + part * (places[i + 1] - places[i])
    return found


def crossing(x: Any, lead: Any, resampled: Any) -> dict[str, float]:
    """Return where the lead of the means begins to stay above 0: value, low, high.

    `resampled` is the lead in bootstrap samples, shape (samples, x); the interval is a percentile
    one. Ends may be infinite: see `crossings`.
    """
    order = np.sort(crossings(x, resampled))  # np.quantile cannot mix in infinite values
    ends = [int(share * (order.size - 1)) for share in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)]
    low, high = order[ends[0]], order[ends[1] + (ends[1] + 1 < order.size)]
    return {"value": float(crossings(x, lead)[0]), "low": float(low), "high": float(high)}


def _succeeded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["status"] == SUCCEEDED] if "status" in frame else frame


def _parts(frame: pd.DataFrame, by: Sequence[str]):
    """Yield ({label: value}, rows) for each combination of `by`, in order of appearance."""
    frame = _succeeded(frame)
    if not by:
        yield {}, frame
        return
    for values, part in frame.groupby(list(by), sort=False):
        yield dict(zip(by, values, strict=True)), part


def _summed_up(value: Callable[[], float], low: float, high: float, n: int) -> dict[str, Any]:
    return {"value": value() if n else math.nan, "low": low, "high": high, "n_worlds": n}


def _gap(values: np.ndarray, outcome: str) -> dict[str, Any]:
    """Return mean, interval, share of worlds that are better, and their number."""
    low, high = interval(values, CONFIDENCE)
    about = _summed_up(values.mean, low, high, int(values.size))
    return {**about, **shares(values, _better(outcome))}


def _better(outcome: str) -> int:
    """Return which way an outcome is better; of a measure of an experiment more is."""
    return SCALARS[outcome].better if outcome in SCALARS else MORE


def _quotient(above: Any, below: Any) -> Any:
    return np.asarray(above) / np.asarray(below)


# ---- words -------------------------------------------------------------------------------------


def pick(table: pd.DataFrame, **labels: Any) -> dict[str, Any]:
    """Return the one row of a table with these labels; raise ValueError when it is not one."""
    rows = table
    for name, value in labels.items():
        rows = rows[rows[name] == value]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} rows have {labels}")
    return dict(rows.iloc[0])


def listed(names: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    names = [str(name) for name in names]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
