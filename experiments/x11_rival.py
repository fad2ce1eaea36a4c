"""A rival enters: whom does it take, by stage and by bonds, and what does the brand still sell?

Fixed: the town of launch_2025 with one in a hundred a member at the start, ten hours a week, a
rival from day 180, which every fan meets once in fifty days, a year before the launch. Varies: the
strategy; and whether leaving costs anything: with the emotional switching cost, attachment and
bonds hold people (switch_attachment, switch_bonds); without it, both are 0 and everyone who meets
the rival leaves with the same chance. The same worlds without a rival show what was sold before. A
person who leaves is counted with the bonds they had that day, one who stays with those at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.common import listed, means, paired, pick, ratios, say, stacked
from experiments.design import Cell, Design
from experiments.drawing import INK, Look, looks, new_figure, points, styled
from simulation.run import Run
from simulation.scenario import Scenario
from simulation.stages import STAGES
from simulation.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("posting_only", "audience_building", "community_building")
COMMUNITY = NAMES[-1]
RIVAL_DAY = 180
COSTLY, FREE, NO_RIVAL = "leaving costs", "leaving is free", "no rival"
RIVALS: dict[str, dict[str, float]] = {
    COSTLY: {"p_rival": 0.02, "rival_day": RIVAL_DAY},
    FREE: {
        "p_rival": 0.02, "rival_day": RIVAL_DAY, "switch_attachment": 0.0, "switch_bonds": 0.0,
    },
    NO_RIVAL: {},
}  # fmt: skip
#: Bonds when leaving, or at the end: from, and to below.
BONDS = {"no bond": (0, 1), "1 or 2": (1, 3), "3 or more": (3, 99)}
FANS = STAGES[1:]


def measure(run: Run) -> dict[str, float]:
    """Count who left, by stage over person-days, and members by bonds."""
    days, found = run.table[RIVAL_DAY:], {}
    for s, stage in enumerate(STAGES[1:], 1):
        found[f"left_{stage}"] = float(days["switched"][:, s].sum())
        found[f"years_{stage}"] = float(days["n"][:, s].sum()) / 365
    left = run.events[run.events["event"] == "switch"]
    gone = left.loc[left["from_stage"] == "member", "cause"].to_numpy()
    people = run.people
    stayed = people.loc[people["stage"] == "member", "n_bonds"].to_numpy()
    for name, (low, high) in BONDS.items():
        away = float(((gone >= low) & (gone < high)).sum())
        found[f"gone: {name}"] = away
        found[f"all: {name}"] = away + float(((stayed >= low) & (stayed < high)).sum())
    return found


def design(smoke: bool = False) -> Design:
    """Return the strategies with the rival, with it where leaving is free, and without it."""
    town = Scenario.load("launch_2025").replace(share_members=0.01)
    if smoke:
        town = town.replace(n_people=4_000)
    cells = [
        Cell(town.replace(**changes), STRATEGIES[name], {"rival": rival})
        for rival, changes in RIVALS.items()
        for name in NAMES
    ]
    return Design(cells, replications=3 if smoke else 24, measure=measure, events=True)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return leavers a year by stage, members gone by bonds, copies, and paired differences."""
    met = frame[frame["rival"] != NO_RIVAL]
    by = ["rival", "strategy"]
    tables = {"copies": means(frame, "sales", by)}
    for stage in FANS:
        tables[f"left a year: {stage}"] = ratios(met, f"left_{stage}", f"years_{stage}", by)
    for bonds in BONDS:
        tables[f"members gone: {bonds}"] = ratios(met, f"gone: {bonds}", f"all: {bonds}", by)
    for name in NAMES:
        here = frame[frame["strategy"] == name]
        gap = paired(here, "sales", COSTLY, NO_RIVAL, column="rival")
        tables[f"lost to the rival: {name}"] = gap.assign(strategy=name, rival=COSTLY)
    for rival in RIVALS:
        gap = paired(frame[frame["rival"] == rival], "sales", COMMUNITY, NAMES[0])
        tables[f"lead of {COMMUNITY}: {rival}"] = gap.assign(rival=rival)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw leavers by stage, members gone by bonds, and copies with and without the rival."""
    figure, axes = new_figure(_headline(table), 1, 3, width_ratios=(1.1, 1, 1), size=(13, 6.25))
    _leavers(axes[0, 0], table, [f"left a year: {stage}" for stage in FANS], FANS)
    axes[0, 0].set(title="left for the rival", ylabel="per person and year (95 % interval)")
    _leavers(axes[0, 1], table, [f"members gone: {name}" for name in BONDS], tuple(BONDS))
    axes[0, 1].set(title="members gone, by bonds", ylabel="share of those with so many bonds")
    _copies(axes[0, 2], table)
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, fontsize=11)
    return figure


def _leavers(ax: Axes, table: pd.DataFrame, rows: list[str], ticks: tuple[str, ...]) -> None:
    for k, (name, look) in enumerate(looks(NAMES).items()):
        for rival, filled in ((COSTLY, True), (FREE, False)):
            here = table[(table["rival"] == rival) & (table["strategy"] == name)]
            here = here.set_index("what").loc[rows]
            x = np.arange(len(rows)) + 0.25 * (k - 1) + (0.0 if filled else 0.1)
            face = look.colour if filled else "white"
            points(ax, x, here, look, f"{name}, {rival}", mfc=face)
    ax.set_xticks(range(len(rows)), ticks)
    ax.set_ylim(bottom=0)


def _copies(ax: Axes, table: pd.DataFrame) -> None:
    for k, (name, look) in enumerate(looks(NAMES).items()):
        rows = table[(table["what"] == "copies") & (table["strategy"] == name)]
        here = rows.set_index("rival").loc[list(RIVALS)]
        points(ax, np.arange(len(RIVALS)) + 0.2 * (k - 1), here, Look(*look))
    ax.set_xticks(range(len(RIVALS)), [name.replace(" ", "\n", 1) for name in RIVALS])
    ax.set(title="copies sold", ylabel="mean of a world")
    ax.set_ylim(bottom=0)
    ax.axhline(0, color=INK, lw=0.8)


def _rate(table: pd.DataFrame, stage: str, rival: str = COSTLY) -> dict:
    return pick(table, what=f"left a year: {stage}", rival=rival, strategy=COMMUNITY)


def _headline(table: pd.DataFrame) -> str:
    follower, member = (_rate(table, stage)["value"] for stage in ("follower", "member"))
    return (
        f"Under {COMMUNITY} the rival takes {100 * follower:.0f} % of followers a year and "
        f"{100 * member:.0f} % of members"
    )


def finding(table: pd.DataFrame) -> str:
    """Say who leaves by stage and by bonds, with and without a cost, and what is still sold."""
    rates = [f"{stage} {say(_rate(table, stage), percent=True)}" for stage in FANS]
    free = say(_rate(table, "member", FREE), percent=True)
    bonds = [
        f"{name} {say(row, percent=True)}"
        for name in BONDS
        for row in [pick(table, what=f"members gone: {name}", rival=COSTLY, strategy=COMMUNITY)]
    ]
    lost = []
    for name in NAMES:
        row = pick(table, what=f"lost to the rival: {name}")
        shown = row["low"] > 0 or row["high"] < 0
        lost.append(f"{name} {say(row, 'copies')}" + ("" if shown else ", no difference shown"))
    leads = [
        f"{rival} {say(pick(table, what=f'lead of {COMMUNITY}: {rival}'), 'copies')}"
        for rival in RIVALS
    ]
    return (
        f"Under {COMMUNITY} the rival takes a year: {', '.join(rates)}; were leaving free, "
        f"{free} of members; members gone by bonds: {', '.join(bonds)}. The rival changes the "
        f"copies of {listed(lost)}; the lead of {COMMUNITY} over {NAMES[0]}: {'; '.join(leads)}."
    )
