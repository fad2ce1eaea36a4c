"""When does building break even: where do posting or ads still sell most, at equal effort?

Fixed: ten hours a week, a tenth of the town following at the start, one launch of 30 days at the
end of the horizon. Varies: the horizon (from the first day to the end of the launch; 60 days more
are lived, so that whoever clicked can come back), the list at the start (a tenth as many are
members), the organic reach of a post (that of 2012, 2018, 2025), the size of the town; four
strategies. Towns are small, to afford the map; as ads may be too strong in small towns, the fourth
world is larger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.patches import Patch, Rectangle

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import STRATEGY_COLOURS, new_figure, styled
from experiments.kit.tables import (
    crossing,
    in_worlds,
    leaders,
    means,
    pick,
    resampled_means,
    say_crossing,
    stacked,
)
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REACHING, BUILDING = ("posting_only", "advertising"), ("audience_building", "community_building")
#: As written into the cells of the map.
SHORT = dict(zip((*REACHING, *BUILDING), ("posts", "ads", "list", "comm."), strict=True))
HORIZONS = (30, 90, 180, 365, 730, 1095)
LISTS = (0.0, 0.005, 0.01, 0.02, 0.05)
DAYS_WINDOW, DAYS_AFTER = 30, 60


class Kind(NamedTuple):
    """A kind of world of the map: fewer replications where runs are long and luck averages out."""

    year: int
    n_people: int
    replications: int


KINDS = {
    "reach of 2012": Kind(2012, 20_000, 10),
    "reach of 2018": Kind(2018, 20_000, 12),
    "reach of 2025": Kind(2025, 20_000, 20),
    "reach of 2025, town of 100,000": Kind(2025, 100_000, 10),
}


def design(smoke: bool = False) -> list[Cells]:
    """Return a design for every kind of world: horizons x lists x strategies."""
    horizons, lists = ((30, 180), (0.0, 0.05)) if smoke else (HORIZONS, LISTS)
    designs = []
    for world, kind in KINDS.items():
        n_people = min(kind.n_people, 2_000) if smoke else kind.n_people
        worlds = [
            (
                {"world": world, "list": share, "horizon": horizon},
                Scenario.load("launch_2025").replace(
                    year=kind.year,
                    n_people=n_people,
                    n_days=horizon + DAYS_AFTER,
                    launch_day=horizon - DAYS_WINDOW,
                    days_window=DAYS_WINDOW,
                    share_subscribers=share,
                    share_members=share / 10,
                ),
            )
            for share in lists
            for horizon in horizons
        ]
        cells = grid(worlds, [STRATEGIES[name] for name in (*REACHING, *BUILDING)])
        designs.append(Cells(cells, replications=3 if smoke else kind.replications))
    return designs


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sales, who leads, the chance of each to be the best, and the break-even horizons."""
    import pandas as pd

    by = ["world", "list", "horizon"]
    chances, even = [], []
    for world, part in frame.groupby("world", sort=False):
        wide = in_worlds(part, "sales", ["list", "horizon", "strategy"])
        drawn = pd.DataFrame(resampled_means(wide), columns=wide.columns)
        for (share, horizon), sold in drawn.T.groupby(level=["list", "horizon"], sort=False):
            sold = sold.droplevel(["list", "horizon"])
            best = sold.eq(sold.max()) / sold.eq(sold.max()).sum()
            chances += [
                {"world": world, "list": share, "horizon": horizon, "strategy": name,
                 "outcome": "share of resamples in which it sells most", "value": value}
                for name, value in best.mean(axis=1).items()
            ]  # fmt: skip
        even += [
            {"world": world, "list": share, "n_worlds": len(wide)}
            | _break_even(wide.mean().to_frame().T, drawn, share)
            for share in dict.fromkeys(part["list"])
        ]
    tables = {
        "sales": means(frame, "sales", [*by, "strategy"]),
        "lead": leaders(frame, "sales", by),
        "chance": pd.DataFrame(chances),
        "break-even": pd.DataFrame(even),
    }
    return stacked(tables)


def _break_even(mean: pd.DataFrame, drawn: pd.DataFrame, share: float) -> dict[str, Any]:
    """Return the horizon from which the better of BUILDING stays ahead of the better of REACHING.

    Between the horizons of the map it is read off on their logarithms.
    """
    horizons = sorted(set(mean[share].columns.get_level_values("horizon")))
    leads = [
        np.stack(
            [
                sold[share][horizon][list(BUILDING)].max(axis=1)
                - sold[share][horizon][list(REACHING)].max(axis=1)
                for horizon in horizons
            ],
            axis=-1,
        )
        for sold in (mean, drawn)
    ]
    found = crossing(np.log(horizons), *leads)
    days = {name: float(np.exp(value)) if np.isfinite(value) else value
            for name, value in found.items()}  # fmt: skip
    return {"outcome": "horizon [days] from which building stays ahead", **days}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw a map for every kind of world: who sells most, by how much, where it is not clear."""
    lead = table[table["what"] == "lead"]
    worlds = list(dict.fromkeys(lead["world"]))
    figure, axes = new_figure(_headline(lead), 2, 2, sharex=True, sharey=True)
    for ax, world in zip(axes.flat, worlds, strict=True):
        here = table[table["world"] == world]
        _map(ax, here)
        _boundary(ax, here)
        ax.set_title(world)
    for ax in axes[:, 0]:
        ax.set_ylabel("horizon [days]")
    for ax in axes[-1]:
        ax.set_xlabel("list at the start, share of the town")
    handles = [Patch(fc=STRATEGY_COLOURS[name], label=f"{short}: {name}")
               for name, short in SHORT.items()]  # fmt: skip
    handles.append(Patch(fc="white", ec="black", hatch="////", label="lead not clear"))
    line = axes[0, 0].plot([], [], "o-", color="black", mfc="white", ms=6, lw=1.5)[0]
    line.set_label("building ahead above it")
    figure.legend(handles=[*handles, line], loc="outside lower center", ncols=3)
    return figure


def _map(ax: Axes, here: pd.DataFrame) -> None:
    """Draw a cell for every horizon and list: the winner's colour, its lead, hatched if unclear."""
    lead = here[here["what"] == "lead"]
    lists, horizons = sorted(set(lead["list"])), sorted(set(lead["horizon"]))
    for row in lead.to_dict("records"):
        x, y = lists.index(row["list"]), horizons.index(row["horizon"])
        colour, clear = STRATEGY_COLOURS[row["strategy"]], bool(row["clear"])
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, ec="white", lw=1.5,
                               alpha=0.9 if clear else 0.45))  # fmt: skip
        if not clear:
            ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec=colour, lw=0,
                                   hatch="////"))  # fmt: skip
        digits = 0 if row["value"] >= 9.5 else 1
        text = f"{SHORT[row['strategy']]} +{row['value']:.{digits}f}"
        box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8}
        ax.text(x, y, text, ha="center", va="center", fontsize=9.5, color="black", bbox=box)
    ax.set_xticks(range(len(lists)), [f"{100 * share:g} %" for share in lists])
    ax.set_yticks(range(len(horizons)), [f"{horizon:,.0f}" for horizon in horizons])
    ax.set(xlim=(-0.5, len(lists) - 0.5), ylim=(-0.5, len(horizons) - 0.5))
    ax.tick_params(length=0)


def _boundary(ax: Axes, here: pd.DataFrame) -> None:
    """Draw the break-even horizon of every list with its interval, where it lies in the map."""
    rows = here[here["what"] == "break-even"].sort_values("list")
    horizons = sorted(set(here["horizon"].dropna()))
    ends = -0.5, len(horizons) - 0.5

    def place(days: float) -> float:
        if not np.isfinite(days):
            return ends[0] if days < 0 else ends[1]
        return float(np.interp(np.log(days), np.log(horizons), range(len(horizons))))

    value, low, high = (
        np.array([place(d) for d in rows[name]]) for name in ("value", "low", "high")
    )
    inside = np.isfinite(rows["value"].to_numpy(float))
    x = np.arange(len(rows)) + 0.36  # beside the words of the cell
    for width, colour in ((4, "white"), (1.6, "black")):
        ax.plot(x[inside], value[inside], color=colour, lw=width, zorder=4)
        ax.vlines(x, low, high, color=colour, lw=width, zorder=4)
    ax.plot(x[inside], value[inside], "o", color="black", mfc="white", ms=6, zorder=5)


def _headline(lead: pd.DataFrame) -> str:
    won = lead["strategy"].isin(REACHING)
    clear = int((won & lead["clear"].astype(bool)).sum())
    return f"Posting or ads sell most in {won.sum()} of {len(lead)} cells, clearly in {clear}"


def finding(table: pd.DataFrame) -> str:
    """Say for every kind of world where posting or ads win, and when building breaks even."""
    lead = table[table["what"] == "lead"]
    even = table[table["what"] == "break-even"]
    sentences = []
    for world, here in lead.groupby("world", sort=False):
        horizons, lists = sorted(set(here["horizon"])), sorted(set(here["list"]))
        parts = []
        for name in REACHING:
            won = here[here["strategy"] == name]
            clear = int(won["clear"].astype(bool).sum())
            parts.append(f"{name} sold most in {len(won)} ({clear} clearly)")
        parts = [f"{' and '.join(parts)} of {len(here)} cells"]
        for share in (lists[0], lists[-1]):
            row = pick(even, world=world, list=share)
            parts.append(
                f"with {100 * share:g} % of the town on the list building is ahead "
                f"{say_crossing(row, horizons)}"
            )
        sentences.append(f"{str(world)[0].upper()}{str(world)[1:]}: {'; '.join(parts)}.")
    sentences.append("Horizons in days, to the end of the launch.")
    return " ".join(sentences)
