"""Figures of a sweep along one thing that varied, and of regret. They simulate nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses.maps import Regret, counted, say_regret
from simulation.analyses.maps_axes import Axis, axis_of, is_grid, name_axis, value_text
from simulation.analyses.maps_figure import headline
from simulation.analyses.maps_worlds import (
    WHY,
    ArrangedRuns,
    arranged_runs,
    left_out,
    say_left_out,
    varied,
)
from simulation.core.outcomes import LESS
from simulation.figures import INK, looks, new_axes, shown, styled
from simulation.runs.statistics import mean_interval, number_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: More values than this, in a design that is no grid, are put into bins of as many settings each.
MOST_STEPS = 12


def slice_table(
    runs: pd.DataFrame,
    x: str,
    outcome: str = "sales",
    strategies: Sequence[str] | None = None,
    against: str | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return an outcome, or the paired difference to `against`, along one thing that varied.

    Of a grid: at every value of `x` the mean over all else that varied, inside each replication;
    the interval is over replications (luck). Of any other design: the mean of the settings at that
    value, or in bins of as many settings each where there are more than 12; each setting is the
    mean of its worlds, and the interval is over settings (what else varied, and luck). Intervals
    are Student's t.

    Returns
    -------
    DataFrame
        strategy; x (where it is drawn: a number, or the place 0, 1, 2 ... of a name); first, last
        (the values it stands for); n_settings; mean, low, high; n (worlds of a grid, else
        settings); undefined, failed, missing. ``attrs["grid"]`` says which it is.
    """
    import pandas as pd

    found = arranged_runs(runs, varied(runs) or [x], outcome)
    axis = axis_of(found.settings if x in found.settings else arranged_runs(runs, [x]).settings, x)
    grid = is_grid(found.settings, list(found.settings.columns))
    if strategies is None:
        strategies = [name for name in found.strategies if name != against]
    parts = [
        _along(found, axis, grid, strategy, against, confidence).assign(strategy=strategy)
        for strategy in strategies
    ]
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(grid=grid, outcome=found.scalar, axis=axis, against=against)
    return table


def _along(
    found: ArrangedRuns,
    axis: Axis,
    grid: bool,
    strategy: str,
    against: str | None,
    confidence: float,
) -> pd.DataFrame:
    """Return the rows of one strategy."""
    import pandas as pd

    values, why = found.single(strategy, against)
    column = found.settings[axis.name]
    at = axis.at(column)
    rows = []
    for places in _bins(at, binned=not grid and axis.numeric and axis.values.size > MOST_STEPS):
        inside, reasons = values[places], why[places]
        if grid:  # nan where one of the settings has no value in a replication
            sample, counts = inside.mean(axis=0), left_out(reasons.max(axis=0))
        else:
            sample, counts = mean_interval(inside)[0], left_out(reasons.ravel())
        mean, low, high, n = mean_interval(sample, confidence)
        middle = float(np.exp(np.log(at[places]).mean()) if axis.log else at[places].mean())
        here = column.iloc[places].sort_values() if axis.numeric else column.iloc[places]
        ends = {"x": middle, "first": here.iloc[0], "last": here.iloc[-1]}
        ends["n_settings"] = len(places)
        rows.append({**ends, "mean": mean, "low": low, "high": high, "n": n, **counts})
    kinds: dict[Any, Any] = dict.fromkeys(("mean", "low", "high"), float)
    return pd.DataFrame(rows).astype({**kinds, **dict.fromkeys(("n", *WHY), int)})


def _bins(at: np.ndarray, *, binned: bool) -> list[np.ndarray]:
    """Return the places of the settings of every value, or of bins of as many settings each."""
    order = np.argsort(at, kind="stable")
    if not binned:
        _, first = np.unique(at[order], return_index=True)
        return np.split(order, first[1:])
    return np.array_split(order, int(np.clip(at.size // 15, 3, MOST_STEPS)))


@styled
def slices(
    runs: pd.DataFrame,
    x: str,
    outcome: str = "sales",
    strategies: Sequence[str] | None = None,
    against: str | None = None,
    *,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw an outcome along one thing that varied: a line and its interval a strategy.

    With `against`, the paired difference to that strategy. See `slice_table`.
    """
    table = slice_table(runs, x, outcome, strategies, against, confidence=confidence)
    axis, scalar = table.attrs["axis"], table.attrs["outcome"]
    ax = new_axes(ax, 9, 5)
    names = list(dict.fromkeys(table["strategy"]))
    styles = looks(list(runs["strategy"].astype("category").cat.categories))
    if against is not None:
        ax.axhline(0, color=INK, lw=1.2)
    apart = 0.12 * (np.arange(len(names)) - (len(names) - 1) / 2)
    for name, shift in zip(names, apart, strict=True):
        _line(ax, table[table["strategy"] == name], styles[name], shown(name), axis, shift)
    name_axis(ax, "x", axis, 76)
    if not axis.numeric:
        ax.set_xlim(-0.5, axis.values.size - 0.5)
    what = f"{scalar.label} [{scalar.unit}]"
    if against is not None:
        what += f", more than {shown(against)}"
    ax.set_ylabel(textwrap.fill(what, 34))
    ax.yaxis.set_major_formatter(lambda value, _: value_text(value))
    if against is None and table["low"].fillna(table["mean"]).min() >= 0:
        ax.set_ylim(bottom=0)
    note = _note(runs, table, confidence)
    ax.set_xlabel(f"{ax.get_xlabel()}\n{textwrap.fill(note, 84)}")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    ax.set_title(headline(_say_slices(table, names), 84))
    return ax


def _line(ax: Axes, rows: pd.DataFrame, look: Any, label: str, axis: Axis, shift: float) -> None:
    """Draw one strategy: a line and a band over numbers, marks with bars over names."""
    mean, low, high = (rows[key].to_numpy(float) for key in ("mean", "low", "high"))
    x = rows["x"].to_numpy(float)
    if not axis.numeric:
        reach = np.nan_to_num([mean - low, high - mean])
        ax.errorbar(x + shift, mean, yerr=reach, fmt=look.marker, ms=8, color=look.colour,
                    elinewidth=2, capsize=4, label=label)  # fmt: skip
        return
    ax.fill_between(x, low, high, color=look.colour, alpha=0.18, lw=0)
    ax.plot(x, mean, color=look.colour, ls=look.line, marker=look.marker, ms=6, lw=2, label=label)


def _note(runs: pd.DataFrame, table: pd.DataFrame, confidence: float) -> str:
    others = [name for name in varied(runs) if name != table.attrs["axis"].name]
    listed = ", ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
    n, noun = int(table["n"].max()), "world" if table.attrs["grid"] else "setting"
    parts = [f"mean and {100 * confidence:g} % interval over up to {counted(n, noun)}"]
    if others:
        parts.append(f"averaged over {listed}")
    if not (table["first"] == table["last"]).all():
        size = int(table["n_settings"].max())
        parts.append(f"each mark: a bin of up to {size:,} settings")
    if (table.attrs["grid"] and n < 2) or table["low"].isna().all():
        parts[0] = f"mean of {counted(n, noun)}: no interval can be given"
    worst = table.groupby("strategy")[["undefined", "failed", "missing"]].sum()
    if gone := say_left_out(worst.sum()):
        parts.append(gone)
    return "; ".join(parts)


def _say_slices(table: pd.DataFrame, names: Sequence[str]) -> str:
    """Return the headline: how the strategy that changes most goes from the first to the last."""
    axis, scalar, against = (table.attrs[k] for k in ("axis", "outcome", "against"))
    ends = {}
    for name in names:
        rows = table[(table["strategy"] == name) & table["mean"].notna()]
        if len(rows) > 1:
            ends[name] = rows if axis.numeric else rows.sort_values("mean")
    if not ends:
        return f"{scalar.label}: too few worlds have a value along {axis.name}"
    name = max(ends, key=lambda key: float(np.ptp(ends[key]["mean"])))
    first, last = ends[name].iloc[0], ends[name].iloc[-1]
    largest = float(ends[name]["mean"].abs().max())
    digits = max(0, 2 - int(np.floor(np.log10(largest)))) if largest > 0 else 0
    low, high = (number_text(float(row["mean"]), digits) for row in (first, last))
    more = f" more than {shown(against)}" if against else ""
    apart = first["high"] < last["low"] or last["high"] < first["low"]
    overlap = "" if apart or np.isnan(first["low"]) else " (their intervals overlap)"
    most = " changes most," if len(ends) > 1 else " goes"
    if axis.numeric:
        said = f"along {axis.name}: {shown(name)}{most} from {low} to {high}"
    else:
        said = f"by {axis.name}: {shown(name)} lies between {low} and {high}"
    return f"{scalar.label} {said}{more}{overlap}"


@styled
def regret_bars(result: Regret, *, ax: Axes | None = None) -> Axes:
    """Draw each strategy's mean regret with its interval, and the regret of its worst world."""
    table, scalar = result.overall, result.scalar
    ax = new_axes(ax, 9, 2.3 + 0.6 * len(table))
    styles = looks(result.strategies)
    furthest = float(table["worst_regret"].max())
    largest = float(table["mean_regret"].max())
    digits = max(0, 1 - int(np.floor(np.log10(largest)))) if largest > 0 else 0
    for y, (name, row) in enumerate(table.iterrows()):
        mean, low, high = (float(row[key]) for key in ("mean_regret", "low", "high"))
        reach = np.nan_to_num([[mean - low], [high - mean]])
        ax.barh(y, mean, 0.6, color=styles[str(name)].colour, xerr=reach, ecolor=INK, capsize=4)
        worst = float(row["worst_regret"])
        ax.plot([worst], [y], "D", mfc="white", mec=INK, ms=7, clip_on=False,
                label="worst world" if y == 0 else None)  # fmt: skip
        text = f"{number_text(mean, digits)}; best in {100 * row['share_best']:.0f} %"
        ax.annotate(text, (max(worst, mean + reach[1][0]), y), (10, 0),
                    textcoords="offset points", va="center")  # fmt: skip
    ax.set_yticks(range(len(table)), [shown(str(name)) for name in table.index])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 1.35 * furthest if furthest > 0 else 1)
    ax.tick_params(axis="y", length=0)
    how = "above the least" if scalar.better == LESS else "below the best"
    label = f"regret: {scalar.label} [{scalar.unit}] {how} of each world"
    gone = say_left_out(result.left_out)
    note = f"mean and {100 * result.confidence:g} % interval over {result.n_worlds:,} worlds"
    note += f"; {gone}" if gone else ""
    ax.set_xlabel(f"{textwrap.fill(label, 76)}\n{textwrap.fill(note, 84)}")
    ax.legend(loc="lower right")
    ax.set_title(headline(say_regret(result), 84))
    return ax
