"""When does building a list or a community beat posting and ads, for the same hours?

Fixed: ten hours a week, a tenth of the town following at the start, one launch of 30 days at the
end of the horizon. Varies: the horizon (from the first day to the end of the launch; 60 days more
are lived, so that whoever clicked can come back), the list at the start (a tenth as many are
members), the organic reach of a post (that of 2012, 2018, 2025), the size of the town; four
strategies. A lead is over the better one of the other side: that of a list or a community over
posts and ads, or the other way round. Towns are small, to afford the map; as ads may be too strong
in small towns, the fourth world is larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.patches import Patch, Rectangle

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import STRATEGY_COLOURS, new_figure, styled
from experiments.kit.finding import Finding, clear, plain, some_of
from experiments.kit.tables import leaders, means, stacked
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REACHING, BUILDING = ("posting_only", "advertising"), ("audience_building", "community_building")
HORIZONS = (30, 90, 180, 365, 730, 1095)
LISTS = (0.0, 0.005, 0.01, 0.02, 0.05)
DAYS_WINDOW, DAYS_AFTER = 30, 60


class Kind(NamedTuple):
    """A kind of world of the map: fewer replications where runs are long and luck averages out."""

    year: int
    n_people: int
    replications: int


KINDS = {
    (OLD := "reach of 2012"): Kind(2012, 20_000, 10),
    "reach of 2018": Kind(2018, 20_000, 12),
    (NOW := "reach of 2025"): Kind(2025, 20_000, 20),
    (LARGE := "reach of 2025, town of 100,000"): Kind(2025, 100_000, 10),
}
BEFORE = (
    "in a large town building led at any horizon once one in fifty was on the list. Now a launch "
    "has a plan, for which ads are saved, and ads gain with time."
)


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
    """Return sales, and which side leads with which strategy, by world, list and horizon."""
    import pandas as pd

    by = ["world", "list", "horizon"]
    sold = means(frame, "sales", [*by, "strategy"])
    sides = pd.concat([_better(frame, sold, by, names) for names in (REACHING, BUILDING)])
    leads = leaders(sides, "sales", by)
    return stacked({"sales": sold, "lead": leads})


def _better(
    frame: pd.DataFrame, sold: pd.DataFrame, by: list[str], names: Sequence[str]
) -> pd.DataFrame:
    """Return the runs of the one of these strategies that sells more on average, by place."""
    side = sold[sold["strategy"].isin(names)]
    best = side.loc[side.groupby(by)["value"].idxmax(), [*by, "strategy"]]
    return frame.merge(best, on=[*by, "strategy"])


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw a map for three kinds of world: who sells most, by how much more than the other side."""
    lead = table[table["what"] == "lead"]
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 3, sharey=True)
    for ax, world in zip(axes, (OLD, NOW, LARGE), strict=True):
        _map(ax, lead[lead["world"] == world])
        ax.set_title(world.replace(", ", ",\n"))
    axes[0].set_ylabel("days to the end of the launch")
    axes[1].set_xlabel("share of the town on the list at the start")
    won = [name for name in STRATEGY_COLOURS if name in set(lead["strategy"])]
    handles = [Patch(fc=STRATEGY_COLOURS[name], label=plain(name)) for name in won]
    said = "sells most, by so many copies more than the other side (pale: not clearly)"
    figure.legend(handles=handles, loc="outside lower center", ncols=4, title=said)
    return figure


def _map(ax: Axes, lead: pd.DataFrame) -> None:
    """Draw a cell for every horizon and list: the winner's colour and its lead."""
    lists, horizons = sorted(set(lead["list"])), sorted(set(lead["horizon"]))
    for row in lead.to_dict("records"):
        x, y = lists.index(row["list"]), horizons.index(row["horizon"])
        ax.add_patch(
            Rectangle((x - 0.5, y - 0.5), 1, 1, fc=STRATEGY_COLOURS[row["strategy"]], ec="white",
                      lw=1.5, alpha=0.9 if clear(row) else 0.3)
        )  # fmt: skip
        ax.text(x, y, f"{row['value']:.0f}", ha="center", va="center", fontsize=12)
    ax.set_xticks(range(len(lists)), [f"{100 * share:g}%" for share in lists], fontsize=11)
    ax.set_yticks(range(len(horizons)), [f"{horizon:,.0f}" for horizon in horizons])
    ax.set(xlim=(-0.5, len(lists) - 0.5), ylim=(-0.5, len(horizons) - 0.5))
    ax.tick_params(length=0)


def _clearly(lead: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the cells in which one of these strategies clearly beats the other side."""
    return lead[lead["strategy"].isin(names) & (lead["low"] > 0)]


def _how_often(lead: pd.DataFrame, world: str) -> str:
    """Say in how many cases of a world building clearly wins."""
    here = lead[lead["world"] == world]
    k = len(_clearly(here, BUILDING))
    return f"in {some_of(k, len(here))} cases".replace("half", "half the") if k else "nowhere"


def finding(table: pd.DataFrame) -> Finding:
    """Say where building clearly wins at today's reach, who wins else, and at another reach."""
    lead = table[table["what"] == "lead"]
    won = _clearly(lead[lead["world"] == LARGE], BUILDING)
    large, small = "nowhere", _how_often(lead, NOW)
    if len(won):
        listed = f"{100 * won['list'].min():g}"
        days = f"{won['horizon'].max():,.0f} days"
        large = f"only with at least {listed} % on the list and a launch within {days}"
    where = f"in a large town {large}; in a small one {small}"
    if large == small:
        where = "nowhere, in a large town or a small one"
    ads, posts, built = (
        len(_clearly(lead, names)) for names in (["advertising"], ["posting_only"], BUILDING)
    )
    return Finding(
        f"Today, building clearly wins {where}.",
        f"ads: of {len(lead)} cases ads clearly beat building in {ads}, posts in {posts}; a list "
        f"or a community beats both in {built}.",
        f"with the reach that posts had in 2012, building clearly wins {_how_often(lead, OLD)}.",
        "one launch of thirty days; a tenth of the town follows at the start; how fast ads use "
        "up a town is assumed.",
    )
