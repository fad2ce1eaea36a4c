"""Figures of a search of splits: the split found, the front of two outcomes, the search itself."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simulation.figures import INK, looks, new_axes, shown, styled
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.inputs.toml_text import strategy_toml
from simulation.searches.optimization_found import BEST, Optimization
from simulation.searches.optimization_splits import evenly
from simulation.tools.files import Writers, files_of, to_csv, to_json, to_png, to_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Okabe and Ito (2008), light and dark in turn, so that neighbours can also be told apart in grey.
ACTIVITY_COLOURS = dict(
    zip(
        ACTIVITIES,
        ("#56B4E9", "#D55E00", "#F0E442", "#0072B2", "#999999", "#CC79A7"),
        strict=True,
    )
)
NAMED_SHOWN = 10


def _what(result: Optimization) -> str:
    scalar = result.outcome
    return "copies" if scalar.name == "sales" else f"{scalar.label} [{scalar.unit}]"


@styled
def split(result: Optimization) -> Figure:
    """Draw how effort is split by the best split found and the named strategies, and what came out.

    One bar a phase; at the right the mean outcome with its interval, in the worlds of the report.
    Of more than ten named strategies, ten with means spread evenly are drawn, the best among them.
    """
    table = result.table
    named = list(table.index[table["kind"] == "named"])
    names = [BEST, *(named[i] for i in evenly(len(named), NAMED_SHOWN))]
    by_name = {strategy.name: strategy for strategy in result.strategies}
    bars = [(name, p) for name in names for p in range(len(by_name[name].phases))]
    height = 1.9 + 0.42 * len(bars)
    figure = Figure(figsize=(12, height), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2.2, 1], sharey=True)
    labels = []
    for y, (name, p) in enumerate(bars):
        _stack(left, y, by_name[name], p)
        several = len(by_name[name].phases) > 1
        since = f" from day {by_name[name].phases[p].from_day}" if several else ""
        depth = by_name[name].offer_depth
        offers = f"\n(and {100 * depth:g} % off)" if depth > 0 and p == 0 else ""
        labels.append((shown(name) if p == 0 else "") + since + offers)
    left.set_yticks(range(len(bars)), labels)
    left.set(xlim=(0, 100), ylim=(len(bars) - 0.4, -0.6), xlabel="share of effort [%]")
    left.tick_params(axis="y", length=0)
    _outcomes(right, result, names, bars)
    figure.suptitle(
        textwrap.fill(_title(result), 92), fontsize=14, fontweight="bold", x=0.01, ha="left"
    )
    used = [a for a in ACTIVITIES if any(getattr(q, a) for s in by_name.values() for q in s.phases)]
    handles = [left.barh([0], [0], color=ACTIVITY_COLOURS[a], label=a) for a in used]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(used))
    return figure


def _title(result: Optimization) -> str:
    row: Any = result.table.loc[BEST]
    head = {
        "better": f"The best split found beats {result.baseline}",
        "worse": f"No split found does as well as {result.baseline}",
        "cannot be told": f"No split found can be told from {result.baseline}",
    }[result.verdict]
    n = int(row["n_worlds"])
    return f"{head}: {result.outcome.label}, in {n} fresh worlds of {result.scenario.name}"


def _stack(ax: Axes, y: int, strategy: Strategy, p: int) -> None:
    """Draw one bar of shares with their per cent, where there is room."""
    left = 0.0
    for activity in ACTIVITIES:
        share = 100 * getattr(strategy.phases[p], activity)
        if share <= 0:
            continue
        ax.barh(y, share, 0.8, left, color=ACTIVITY_COLOURS[activity], ec="white")
        if share >= 3:
            dark = activity in ("replying", "hosting")
            ax.text(left + share / 2, y, f"{share:.0f}", ha="center", va="center", fontsize=11,
                    color="white" if dark else "black")  # fmt: skip
        left += share


def _outcomes(ax: Axes, result: Optimization, names: list[str], bars: list[Any]) -> None:
    """Draw mean and interval of each strategy beside its (middle) bar."""
    styles = looks(names)
    for name in names:
        rows = [y for y, bar in enumerate(bars) if bar[0] == name]
        mean, low, high = result.table.loc[name, ["mean", "mean_low", "mean_high"]].to_numpy(float)
        look, middle = styles[name], sum(rows) / len(rows)
        ax.errorbar([mean], [middle], xerr=[[mean - low], [high - mean]], fmt=look.marker, ms=7,
                    color=look.colour, elinewidth=2, capsize=4)  # fmt: skip
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.grid(axis="x", color="#DDDDDD")
    ax.margins(x=0.08)
    ax.set_xlabel(
        f"{textwrap.fill(_what(result), 30)}\n(mean, {100 * result.confidence:g} % interval)"
    )


@styled
def front(result: Optimization, *, ax: Axes | None = None) -> Axes:
    """Draw two outcomes of every finalist and named strategy, and the Pareto front of their means.

    Bars are intervals. Splits found are dots, the best a star, named strategies have their colours.
    Marks are full where their place, on the front or beside it, can be told from luck.
    """
    frame = result.front
    assert frame is not None, "the front needs a second outcome: optimize(..., against=...)"
    ax = new_axes(ax, 10, 6)
    x, y = (scalar.name for scalar in result.outcomes)
    line = frame[frame["on_front"]]
    ax.plot(line[x], line[y], color="#888888", lw=1.2, ls="--", zorder=1, label="front")
    styles = looks([str(name) for name in frame.index[frame["kind"] == "named"]])
    told: set[str] = set()  # named once in the legend
    for name, row in frame.iterrows():
        new = row["kind"] == "found" and name != BEST
        colour, marker = styles[str(name)][::2] if name in styles else ("#000000", "o*"[not new])
        reach = [[[row[o] - row[f"{o}_low"]], [row[f"{o}_high"] - row[o]]] for o in (x, y)]
        label = "split found" if new else shown(str(name))
        ax.errorbar([row[x]], [row[y]], xerr=reach[0], yerr=reach[1], fmt=marker,
                    ms=13 if name == BEST else 6 if new else 8, color=colour,
                    mfc=colour if row["sure"] else "white", elinewidth=1,
                    label=label if label not in told else None, zorder=3 if new else 4)  # fmt: skip
        told.add(label)
    ax.set_xlabel(result.outcomes[0].label)
    ax.set_ylabel(result.outcomes[1].label)
    ax.margins(0.08)
    n, sure = len(line), int(line["sure"].sum())
    ax.set_title(f"{n} of {len(frame)} strategies are on the front, {sure} of them told from luck")
    level = f"{100 * result.confidence:g} %"
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), title=f"bars: {level} intervals\n"
              "hollow: place on or beside the\nfront not told from luck",
              title_fontsize=11, alignment="left")  # fmt: skip
    return ax


@styled
def convergence(result: Optimization, *, ax: Axes | None = None) -> Axes:
    """Draw the search: each split's difference to the best named strategy, and the best so far.

    At the right the best split again in fresh worlds, with its interval: what is left of its lead.
    """
    row: Any = result.table.loc[BEST]
    trace = result.trace
    ax = new_axes(ax, 10, 5)
    tried = np.arange(1, len(trace) + 1)
    ax.axhline(0, color=INK, lw=1.2)
    n = len(result.worlds["search"])
    ax.plot(tried, trace["difference"], "o", ms=4, color="#888888", alpha=0.7,
            label=f"split tried ({n} worlds)")  # fmt: skip
    ax.step(tried, trace["best_so_far"], where="post", color="#0072B2", lw=2,
            label="best so far")  # fmt: skip
    place = 1 + list(trace["strategy"]).index(result.finalists[result.winner].name)
    ax.plot([place], [row["search_difference"]], "D", ms=8, mfc="none", mec="#D55E00", mew=2,
            label=f"{BEST}, in the search")  # fmt: skip
    end = 1.06 * len(trace) + 1
    mean, low, high = row[["difference", "low", "high"]].to_numpy(float)
    ax.errorbar(
        [end],
        [mean],
        yerr=[[mean - low], [high - mean]],
        fmt="D",
        ms=8,
        color="#D55E00",
        elinewidth=2,
        capsize=5,
        label=f"{BEST}, in {int(row['n_worlds'])} fresh worlds",
    )
    ax.set_xlim(0, 1.1 * len(trace) + 2)
    ax.set_xlabel("splits tried")
    ax.set_ylabel(textwrap.fill(f"{_what(result)}, more than {shown(result.baseline)}", 40))
    size = abs(row["optimism"])
    how = "better" if row["optimism"] > 0 else "worse"
    digits = f"{size:.2g}" if size < 100 else f"{size:,.0f}"
    unit = "" if result.outcome.unit == "0-1" else f" {result.outcome.unit}"
    ax.set_title(f"The best split looked {digits}{unit} {how} in the search than in fresh worlds")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    return ax


@files_of.register
def _files(result: Optimization) -> Writers:
    """strategy.toml (the best split; ``continuum run`` takes it), tables, figures, and the front
    where there are two outcomes."""
    writers: Writers = {
        "strategy.toml": to_text(strategy_toml(result.best)),
        "splits.csv": to_csv(result.table, index=True),
        "search.csv": to_csv(result.trace),
        "optimization.json": to_json(result.to_dict()),
        "split.png": to_png(lambda: split(result)),
        "convergence.png": to_png(lambda: convergence(result)),
    }
    if result.front is not None:
        writers["front.csv"] = to_csv(result.front, index=True)
        writers["front.png"] = to_png(lambda: front(result))
    return writers
