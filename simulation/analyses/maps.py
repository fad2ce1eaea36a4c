"""Tables of a sweep: means over its settings, who wins where, and what the wrong choice costs.

All read a plain `runs` frame (one row a run) and compare strategies inside each world, a setting in
a replication. Worlds that have no value are left out and counted, by reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses.maps_worlds import (
    ArrangedRuns,
    arranged_runs,
    left_out,
    minus,
    say_left_out,
)
from simulation.core.outcomes import LESS, Scalar, ranked_outcome
from simulation.runs.statistics import digits_for, mean_interval, number_text, told
from simulation.tools.errors import InputError
from simulation.tools.shown import Shown

if TYPE_CHECKING:
    import pandas as pd


def means(
    runs: pd.DataFrame,
    names: Sequence[str],
    outcome: str = "sales",
    strategy: str | None = None,
    against: str | None = None,
    *,
    pool: bool = False,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the mean over worlds of an outcome, or of a paired difference, in every setting.

    Parameters
    ----------
    runs : DataFrame
        One row a run.
    names : sequence of str
        What varied: columns of `runs`.
    outcome : str
        One of ``outcomes.SUMMARY``.
    strategy : str, optional
        None: the only one of the sweep.
    against : str, optional
        Then the paired difference, strategy minus against, in the same worlds.
    pool : bool
        One row for every combination of `names` instead, averaged over what else varied inside each
        replication (`ArrangedRuns.pooled`).
    confidence : float
        Of the intervals (Student's t over worlds, `worlds.mean_interval`).

    Returns
    -------
    DataFrame
        The names; mean, low, high in the unit of the outcome; n_worlds; how many were left out as
        undefined, failed, missing; with `against` also told, whether it can be told from 0
        (`worlds.told`). Units and what was asked in ``attrs``.

    Raises
    ------
    InputError
        For an unknown outcome, column or strategy.
    """
    found = _arranged(runs, names, outcome, pool)
    if strategy is None and len(found.strategies) > 1:
        raise InputError(f"strategy: say which: {', '.join(found.strategies)}")
    strategy = found.strategies[0] if strategy is None else strategy
    values, why = found.single(strategy, against)
    mean, low, high, n = mean_interval(values, confidence)
    table = found.settings.assign(mean=mean, low=low, high=high, n_worlds=n, **left_out(why))
    if against is not None:
        table["told"] = told(low, high, n, confidence)
    table.attrs.update(_attrs(found, names, confidence), strategy=strategy, against=against)
    return table


def _arranged(runs: pd.DataFrame, names: Sequence[str], outcome: str, pool: bool) -> ArrangedRuns:
    found = arranged_runs(runs, names, outcome)
    return found.pooled(names) if pool else found


def _attrs(found: ArrangedRuns, names: Sequence[str], confidence: float) -> Any:
    return {
        "outcome": found.scalar,
        "units": dict.fromkeys(("mean", "low", "high", "lead"), found.scalar.unit),
        "names": list(names),
        "strategies": found.strategies,
        "confidence": confidence,
    }


def _complete(found: ArrangedRuns) -> tuple[np.ndarray, np.ndarray]:
    """Return values (settings, replications, strategies), nan unless all have one, and why."""
    if len(found.strategies) < 2:
        raise InputError(
            f"only {found.strategies[0]} is in this sweep: at least two strategies are compared"
        )
    why = found.why.max(axis=2)
    return np.where((why == 0)[:, :, None], found.values, np.nan), why


def winners(
    runs: pd.DataFrame,
    names: Sequence[str],
    outcome: str = "sales",
    *,
    pool: bool = False,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return which strategy is best in every setting, its lead, and whether this can be told.

    Only worlds in which every strategy has a value count. The best is chosen by its mean, from the
    data; that choice is paid for: its paired lead over each of the other K - 1 strategies is given
    an interval of confidence 1 - (1 - confidence) / (K - 1), and the best is *told* only when all
    of these lie above 0. Then the chance that a setting is given to a strategy that is not its
    best is at most (1 - confidence) / 2, however many strategies there are: of the K - 1 wrong
    ones each has to lead the true best by luck (Bonferroni over the choice; that the lead must hold
    against every rival is an intersection-union test, Berger 1982, and costs nothing); that a best
    is told where several are equally good, at most 1 - confidence. It holds for one setting at a
    time, not for all of a map at once.

    Parameters
    ----------
    runs, names, outcome, pool, confidence
        As in `means`.

    Returns
    -------
    DataFrame
        The names; best, second (by mean; None where no world has all); lead of the best over the
        second, in the unit of the outcome, above 0 when better (less, where less is better), with
        low, high; told; not_told_from (strategies whose lead cannot be told, in order, "; " between
        them); n_worlds and how many were left out.
    """
    ranked_outcome(outcome, "who wins")
    found = _arranged(runs, names, outcome, pool)
    values, why = _complete(found)
    level = 1 - (1 - confidence) / (len(found.strategies) - 1)
    rows = []
    for cell, reasons in zip(found.scalar.better * values, why, strict=True):
        n = int((reasons == 0).sum())
        rows.append(_winner(cell[reasons == 0], found.strategies, level) if n else _nobody())
        rows[-1] |= {"n_worlds": n, **left_out(reasons)}
    table = found.settings.assign(**{key: [row[key] for row in rows] for key in rows[0]})
    table.attrs.update(_attrs(found, names, confidence), lead_confidence=level)
    return table


def _nobody() -> dict[str, Any]:
    nothing = dict.fromkeys(("lead", "low", "high"), np.nan)
    return {"best": None, "second": None, **nothing, "told": False, "not_told_from": ""}


def _winner(cell: np.ndarray, strategies: list[str], level: float) -> dict[str, Any]:
    """Return the best of a cell (worlds, strategies), more is better, and its lead."""
    order = np.argsort(-cell.mean(axis=0), kind="stable")
    best, others = order[0], order[1:]
    leads = minus(cell[:, [best]], cell[:, others]).T
    mean, low, high, n = mean_interval(leads, level)
    sure = told(low, high, n, level) & (mean > 0)
    return {
        "best": strategies[best],
        "second": strategies[others[0]],
        "lead": mean[0],
        "low": low[0],
        "high": high[0],
        "told": bool(sure.all()),
        "not_told_from": "; ".join(
            strategies[k] for k, ok in zip(others, sure, strict=True) if not ok
        ),
    }


@dataclass(frozen=True, eq=False, repr=False)
class Regret(Shown):
    """What it costs not to have the best strategy of each world.

    Attributes
    ----------
    settings : DataFrame
        One row a setting and strategy: the names, strategy, mean_regret with its interval low ..
        high, worst_regret (of a world), share_best (worlds in which it is best, ties shared).
    overall : DataFrame
        One row a strategy (the index), the least mean regret first: mean_regret, low, high,
        worst_regret with its worst_setting and worst_replication, share_best.
    scalar : Scalar
        The outcome; regret has its unit.
    n_worlds, left_out
        Worlds that count; those that do not, by reason.
    strategies : list of str
        In the order of the design.
    confidence : float
    """

    settings: pd.DataFrame
    overall: pd.DataFrame
    scalar: Scalar
    strategies: list[str]
    n_worlds: int
    left_out: dict[str, int]
    confidence: float

    def _says(self) -> tuple[str, str]:
        least = self.overall.iloc[0]
        found = f"{least.name} has the least regret, {least['mean_regret']:.3g} on average"
        found += f" and {least['worst_regret']:.3g} at worst [{self.scalar.unit}]"
        return f"{self.scalar.name}, {self.n_worlds:,} worlds", found

    def _tabled(self) -> pd.DataFrame:
        columns = ["strategy", "mean_regret", "low", "high", "worst_regret", "share_best"]
        return self.overall.reset_index()[columns]


def regret(
    runs: pd.DataFrame,
    names: Sequence[str],
    outcome: str = "sales",
    *,
    confidence: float = 0.95,
) -> Regret:
    """Return how far each strategy falls short of the best strategy of each world.

    regret = best of the world - own outcome, 0 or above (own - least, where less is better). The
    best is known only afterwards and luck has a part in it, so that even strategies that are alike
    have some regret: compare regrets with one another, not with 0 (Savage 1951).

    Only worlds in which every strategy has a value count, each alike. A replication has the same
    luck in every setting, so that its worlds are not independent: the interval over all takes each
    replication as one cluster (mean -+ t sqrt(R / (R - 1) sum_r E_r^2) / N, E_r the sum of the
    deviations in replication r, N worlds, R replications); where every setting has every
    replication this is Student's interval of the means of the replications.

    Parameters
    ----------
    runs, names, outcome, confidence
        As in `means`.
    """
    ranked_outcome(outcome, "regret")
    found = arranged_runs(runs, names, outcome)
    values, why = _complete(found)
    values = found.scalar.better * values
    there = why == 0
    n_worlds, counts = int(there.sum()), {k: int(v.sum()) for k, v in left_out(why).items()}
    if not n_worlds:
        raise InputError(
            f"no world has a value of {outcome} under every strategy "
            f"({say_left_out(counts)}): nothing can be compared"
        )
    with np.errstate(invalid="ignore"):
        short = np.stack(
            [minus(values.max(axis=2), values[:, :, k]) for k in range(values.shape[2])], axis=2
        )
    best = short == 0
    with np.errstate(invalid="ignore"):
        share = np.where(there[:, :, None], best / best.sum(axis=2, keepdims=True), np.nan)
    settings = _by_setting(found, short, share, why, confidence)
    overall = _overall(found, short, share, there, confidence)
    return Regret(settings, overall, found.scalar, found.strategies, n_worlds, counts, confidence)


def _by_setting(
    found: ArrangedRuns, short: np.ndarray, share: np.ndarray, why: np.ndarray, confidence: float
) -> pd.DataFrame:
    """Return one row a setting and strategy; regret and share: (settings, worlds, strategies)."""
    k = len(found.strategies)
    mean, low, high, n = mean_interval(short.transpose(0, 2, 1), confidence)
    table = found.settings.loc[found.settings.index.repeat(k)].reset_index()
    worst = np.where(np.isnan(short), -np.inf, short).max(axis=1)
    return table.assign(
        strategy=np.tile(found.strategies, len(found.settings)),
        mean_regret=mean.ravel(),
        low=np.maximum(low, 0).ravel(),
        high=high.ravel(),
        worst_regret=np.where(n > 0, worst, np.nan).ravel(),
        share_best=mean_interval(share.transpose(0, 2, 1))[0].ravel(),
        n_worlds=n.ravel(),
        **{key: np.repeat(count, k) for key, count in left_out(why).items()},
    )


def _overall(
    found: ArrangedRuns, short: np.ndarray, share: np.ndarray, there: np.ndarray, confidence: float
) -> pd.DataFrame:
    """Return one row a strategy, over all worlds that count."""
    import pandas as pd
    from scipy import stats

    flat = short[there]
    mean, worst = flat.mean(axis=0), flat.max(axis=0)
    deviations = np.where(there[:, :, None], short - mean, 0.0).sum(axis=0)
    clusters = int(there.any(axis=0).sum())
    half = np.full(mean.size, np.nan)
    if clusters > 1:
        scale = clusters / (clusters - 1) * (deviations**2).sum(axis=0)
        half = stats.t.ppf(0.5 + confidence / 2, clusters - 1) * np.sqrt(scale) / len(flat)
    at = [np.argwhere(short[:, :, k] == worst[k])[0] for k in range(mean.size)]
    table = pd.DataFrame(
        {
            "mean_regret": mean,
            "low": np.maximum(mean - half, 0),
            "high": mean + half,
            "worst_regret": worst,
            "worst_setting": [found.settings.index[s] for s, _ in at],
            "worst_replication": [found.replications[r] for _, r in at],
            "share_best": share[there].mean(axis=0),
        },
        pd.Index(found.strategies, name="strategy"),
    )
    return table.sort_values("mean_regret", kind="stable")


# ---- in words ------------------------------------------------------------------------------------


def counted(n: int, noun: str) -> str:
    """Return "1 setting", "2,000 settings"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def with_unit(value: float, digits: int, scalar: Scalar) -> str:
    """Return a value with its unit: "1,200 copies", "1 copy"; nothing after a share of 0-1."""
    text = number_text(value, digits)
    if scalar.unit == "0-1":
        return text
    return f"{text} {'copy' if scalar.unit == 'copies' and text == '1' else scalar.unit}"


def say_winners(table: pd.DataFrame, noun: str = "setting") -> str:
    """Say how many settings (or cells) each strategy wins, and where that cannot be told."""
    n = len(table)
    sure = table.loc[table["told"], "best"].value_counts()
    names = [name for name in table.attrs["strategies"] if sure.get(name, 0)]
    names.sort(key=lambda name: -int(sure[name]))
    unsure, empty = int((~table["told"]).sum()), int(table["best"].isna().sum())
    label = table.attrs["outcome"].label
    if not names:
        text = f"{label}: in none of {counted(n, noun)} can the best strategy be told"
    else:
        first, rest = names[0], names[1:]
        text = f"{label}: {first} is best in {sure[first]:,} of {counted(n, noun)}"
        text += "".join(f", {name} in {sure[name]:,}" for name in rest)
        if unsure - empty:
            text += f"; in {unsure - empty:,} the best cannot be told"
    return text + (f"; without a world to compare in: {empty:,}" if empty else "")


def say_behind(table: pd.DataFrame, noun: str = "setting") -> list[str]:
    """Say which strategies are told to be behind the best wherever there is something to compare.

    Returns one sentence, or none where there is no such strategy.
    """
    there = table[table["best"].notna()]
    maybe = set(there["best"])
    for names in there["not_told_from"]:
        maybe |= set(names.split("; "))
    behind = [name for name in table.attrs["strategies"] if name not in maybe]
    if not behind or there.empty:
        return []
    which = " and ".join(behind) if len(behind) < 3 else ", ".join(behind)
    verb = "is" if len(behind) == 1 else "are each"
    return [f"{which} {verb} told to be behind the best in all of {counted(len(there), noun)}"]


def say_regret(result: Regret) -> str:
    """Say which strategy is the safest choice: the least mean regret, and the least worst."""
    table, scalar = result.overall, result.scalar
    first, mean = str(table.index[0]), float(table["mean_regret"].iloc[0])
    row: Any = table.iloc[0]
    width = row["high"] - row["low"] if np.isfinite(row["low"]) else mean
    how = "above" if scalar.better == LESS else "below"
    text = (
        f"{first} regrets least: on average {with_unit(mean, digits_for(width, mean), scalar)} "
        f"{how} the best strategy of each world"
    )
    second: Any = table.iloc[1]
    digits = digits_for(width, second["mean_regret"])
    text += f" ({second.name}: {number_text(second['mean_regret'], digits)})"
    text += f"; it is the best in {100 * row['share_best']:.0f} % of {result.n_worlds:,} worlds"
    if (safest := str(table["worst_regret"].idxmin())) != first:
        text += f"; the worst world is mildest for {safest}"
    return text
