"""When a rival enters, which strategy keeps its people and its sales, and do ties hold them?

Fixed: the town of launch_2025, ten hours a week; the rival enters on day 365, half a year before
the launch, and stays to the end; who meets it, feels nothing and has no bonds leaves with p_switch.
Varies: the strategy; how often a fan meets the rival (rarely or often: both assumed here, as no
figure is known); and whether there is an emotional switching cost: switch_attachment and
switch_bonds as assumed, or both 0 (attachment and bonds still slow the ordinary lapse). Kept: of
those in a stage on day 0, there or higher at the end.
A second set of worlds ends on the only day of the rival, which every fan meets then: who leaves, by
stage and by bonds, under community_building, with the cost, with that of attachment alone, and with
none; in the community as assumed, and in a close one, where visits, answers and bonds are at those
ends of their likely ranges that make most bonds. Bonds are counted at the end of the day, when
those who stay have lost the bonds with those who left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells, grid
from experiments.kit.drawing import INK, Look, looks, new_figure, points, styled
from experiments.kit.tables import (
    CONFIDENCE,
    in_worlds,
    kept_by_stage,
    leaders,
    logged,
    means,
    of_sums,
    paired,
    pick,
    ratios,
    say,
    say_paired,
    stacked,
)
from simulation.core.outcomes import Event
from simulation.core.stages import STAGES, Stage
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("posting_only", "audience_building", "community_building")
BONDED = NAMES[-1]  # the strategy under which members have bonds to count
BASELINE = NAMES[0]
#: How often a fan meets the rival [1/day].
RARELY, OFTEN = 0.01, 0.05
NO_TIES = {"switch_attachment": 0.0, "switch_bonds": 0.0}
NEVER = "no rival"
#: Worlds by how often the rival is met, and whether there is a switching cost.
RIVALS = {
    "rarely, with the cost": (RARELY, True),
    "rarely, no cost": (RARELY, False),
    "often, with the cost": (OFTEN, True),
    "often, no cost": (OFTEN, False),
}
PAIRS = {met: tuple(name for name in RIVALS if name.startswith(met)) for met in ("rarely", "often")}
TIED, FREE = PAIRS["often"]
#: Arms of the one day on which every fan meets the rival: what the switching cost is made of.
COST, FEELING, NOTHING = "attachment and bonds hold", "attachment alone holds", "nothing holds"
ARMS: dict[str, dict[str, float]] = {COST: {}, FEELING: {"switch_bonds": 0.0}, NOTHING: NO_TIES}
LOOKS = {
    COST: Look("#0072B2", "-", "o"),
    FEELING: Look("#CC79A7", ":", "^"),
    NOTHING: Look("#4A4A4A", "--", "s"),
}
ORDINARY, CLOSE = "as assumed", "close"
#: The ends of likely ranges (0 low, 1 high) that make most bonds in a community.
MOST_BONDS = {"visit_rate_median": 1, "p_answer": 1, "p_bond": 1, "rate_bond_end": 0}
#: Classes of bonds, by their least number.
CLASSES = {"0": 0, "1": 1, "2-3": 2, "4 or more": 4}


def measure(run: Run) -> dict[str, float]:
    """Count who was kept by stage, and who left for the rival from which stage."""
    left = run.table["switched"].sum(axis=0)
    return kept_by_stage(run) | {f"left_{stage}": n for stage, n in zip(STAGES, left, strict=True)}


def measure_day(run: Run) -> dict[str, float]:
    """Count who met the rival on the last day and who left, by stage, and members by bonds."""
    stage = run.end.people.stage & 3
    found = {}
    switched = logged(run, Event.SWITCH)
    for s, name in enumerate(STAGES[1:], 1):
        left = np.count_nonzero(switched.from_stage == s)
        found[f"left_{name}"] = float(left)
        found[f"met_{name}"] = float(left + np.count_nonzero(stage == s))
    gone = switched.cause[switched.from_stage == Stage.MEMBER]
    bonds, last = run.end.bonds, run.scenario["n_days"] - 1
    stayed = (bonds.end[bonds.owner >= 0] > last).sum(axis=1)
    n_left, n_stayed = (
        np.bincount(
            np.searchsorted([*CLASSES.values()], n, side="right") - 1, minlength=len(CLASSES)
        )
        for n in (gone, stayed)
    )
    for k, label in enumerate(CLASSES):
        found[f"left_{label}"], found[f"met_{label}"] = n_left[k], n_left[k] + n_stayed[k]
    return found


def close(town: Scenario) -> Scenario:
    """Return the town with a community that makes as many bonds as the likely ranges allow."""
    changes = {}
    for name, end in MOST_BONDS.items():
        extra: Any = parameters()[name].json_schema_extra
        changes[name] = float(extra["likely"][end])
    return town.replace(**changes)


def design(smoke: bool = False) -> list[Cells]:
    """Return strategies x rivals, and the one day of the rival, in 24 worlds each."""
    town = Scenario.load("launch_2025")
    if smoke:
        town = town.replace(n_people=4_000)
    worlds = [({"rival": NEVER}, town)]
    for name, (p_rival, tied) in RIVALS.items():
        ties = {} if tied else NO_TIES
        worlds.append(({"rival": name}, town.replace(p_rival=p_rival, **ties)))
    cells = grid(worlds, [STRATEGIES[name] for name in NAMES])
    last = town["launch_day"] - 1
    day = town.replace(n_days=last + 1, launch_day=last, rival_day=last, p_rival=1.0)
    one_day = [
        Cell(place.replace(**ties), STRATEGIES[BONDED], {"community": community, "arm": arm})
        for community, place in ((ORDINARY, day), (CLOSE, close(day)))
        for arm, ties in ARMS.items()
    ]
    replications = 3 if smoke else 24
    return [
        Cells(cells, replications, measure=measure),
        Cells(one_day, replications, measure=measure_day, events=True),
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return who is kept, what is sold and left of both by a rival; who leaves on the one day."""
    import pandas as pd

    lived, day = frame[frame["rival"].notna()], frame[frame["arm"].notna()]
    by = ["rival", "strategy"]
    tables = {"sales": means(lived, "sales", by), "lead": leaders(lived, "sales", ["rival"])}
    for stage in STAGES[1:]:
        kept = ratios(lived, f"kept_{stage}", f"began_{stage}", by)
        tables[f"kept {stage}"] = kept.assign(stage=stage)
        tables[f"held {stage}"] = _held(lived, f"kept_{stage}").assign(stage=stage)
        tables[f"held {stage}, compared"] = _apart(lived, f"kept_{stage}").assign(stage=stage)
    tables["sales held"] = _held(lived, "sales")
    tables["sales held, compared"] = _apart(lived, "sales")
    named = lived.rename(columns={"strategy": "base"})  # `strategy` is a column of paired itself
    for met, (tied, free) in PAIRS.items():
        gaps = paired(named, "sales", tied, free, by=["base"], column="rival")
        tables[f"sales by the cost, {met}"] = gaps
    leaving = [_shares_leaving(day, group) for group in (*STAGES[1:], *CLASSES)]
    tables["leaving"] = pd.concat(leaving, ignore_index=True)
    tables["without a bond"] = ratios(day[day["arm"] == COST], "met_0", "met_member", ["community"])
    for name, other in ((COST, FEELING), (COST, NOTHING)):
        gap = paired(day, "left_member", name, other, by=["community"], column="arm")
        tables[f"members leaving, against {other}"] = gap
    return stacked(tables)


def _held(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the sum of an outcome with each rival over that without one, world by world."""
    import pandas as pd

    wide = in_worlds(frame, outcome, ["rival", "strategy"])
    rows = [
        {"rival": rival, "strategy": name, "outcome": f"{outcome} over that without a rival"}
        | of_sums((wide[rival, name], wide[NEVER, name]), lambda a, b: a / b)
        for rival in RIVALS
        for name in NAMES
    ]
    return pd.DataFrame(rows)


def _apart(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the share `_held` under BONDED less that under each other strategy."""
    import pandas as pd

    wide = in_worlds(frame, outcome, ["rival", "strategy"])
    rows = []
    for rival in RIVALS:
        for other in NAMES[:-1]:
            columns = [wide[at, name] for name in (BONDED, other) for at in (rival, NEVER)]
            gap = of_sums(columns, lambda a, b, c, d: np.asarray(a) / b - np.asarray(c) / d)
            place = {"rival": rival, "strategy": BONDED, "baseline": other}
            rows.append({**place, "outcome": f"{outcome} over that without a rival", **gap})
    return pd.DataFrame(rows)


def _shares_leaving(day: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return who leaves of a group that meets the rival, by community and arm.

    Where the worlds give no interval, or one of no width, as when nobody left in any, it is the
    exact binomial one of all who met the rival: 0 of few is not surely 0.
    """
    from scipy.stats import binomtest

    by, left, met = ["community", "arm"], f"left_{group}", f"met_{group}"
    rows = ratios(day, left, met, by).assign(group=group)
    sums = day.groupby(by)[[left, met]].sum()
    for i, row in enumerate(rows.to_dict("records")):
        n_left, n_met = sums.loc[(row["community"], row["arm"])].astype(int)
        if not row["low"] < row["high"] and n_met:
            exact = binomtest(n_left, n_met).proportion_ci(CONFIDENCE)
            rows.loc[i, ["low", "high"]] = exact.low, exact.high
    return rows


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies by rival, who is kept by stage of those kept without it, and who leaves."""
    figure, axes = new_figure(_headline(table), 1, 3, width_ratios=(1, 1.25, 1))
    left, middle, right = axes[0]
    _copies(left, table)
    _held_by_stage(middle, table)
    _leaving(right, table)
    return figure


def _legend(ax: Axes, title: str) -> None:
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=11, borderaxespad=0,
              title=title, title_fontsize=11)  # fmt: skip


def _copies(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the copies of every strategy without a rival, and with one that is met often."""
    worlds = (NEVER, TIED, FREE)
    for i, (name, look) in enumerate(looks(NAMES).items()):
        rows = table[(table["what"] == "sales") & (table["strategy"] == name)].set_index("rival")
        x = np.arange(len(worlds)) + 0.1 * (i - 1)
        points(ax, x, rows.loc[list(worlds)], look, name, ls=look.line)
    ax.set_xticks(range(len(worlds)), ["no\nrival", "switching\ncost", "no\ncost"])
    ax.set(title="Copies, rival met often", ylabel="copies a world", xlim=(-0.4, 2.4))
    ax.set_ylim(bottom=0)
    _legend(ax, "strategy")


def _held_by_stage(ax: Axes, table: pd.DataFrame) -> None:
    """Draw how many are kept of those kept without a rival; hollow where nothing holds them."""
    for i, (name, look) in enumerate(looks(NAMES).items()):
        for rival, face in ((TIED, look.colour), (FREE, "white")):
            rows = [pick(table, what=f"held {stage}", rival=rival, strategy=name)
                    for stage in STAGES[1:]]  # fmt: skip
            value, low, high = (
                100 * np.array([row[end] for row in rows], float)
                for end in ("value", "low", "high")
            )
            x = np.arange(len(rows)) + 0.2 * (i - 1) + (0.04 if rival == FREE else -0.04)
            reach = np.nan_to_num(np.abs([low - value, high - value]))
            ax.errorbar(x, value, yerr=reach, ls="none", color=look.colour, marker=look.marker,
                        mfc=face, ms=8, lw=1.6, capsize=3)  # fmt: skip
    for face, label in ((INK, "with the switching cost"), ("white", "no switching cost")):
        ax.plot([], [], "o", color=INK, mfc=face, ms=8, label=label)
    ax.set_xticks(range(len(STAGES) - 1), [f"{stage}s" for stage in STAGES[1:]])
    ax.set(title="Kept, rival met often", ylabel="% of those kept without a rival", ylim=(0, 105))
    ax.set_xlabel("stage on day 0; colours as on the left")
    _legend(ax, "")


def _leaving(ax: Axes, table: pd.DataFrame) -> None:
    """Draw who leaves of those who meet the rival on one day, by stage and by bonds."""
    rows = table[(table["what"] == "leaving") & (table["community"] == CLOSE)]
    groups = [*STAGES[1:], *CLASSES]
    x = np.arange(len(groups)) + np.where(np.arange(len(groups)) >= len(STAGES) - 1, 0.6, 0.0)
    for i, (arm, look) in enumerate(LOOKS.items()):
        here = rows[rows["arm"] == arm].set_index("group").loc[groups, ["value", "low", "high"]]
        points(ax, x + 0.15 * (i - 1), 100 * here, look, arm, ms=7, clip_on=False)
    names = ["F", "S", "M", *(label.replace(" or more", "+") for label in CLASSES)]
    ax.set_xticks(x, names)
    ax.set_xlabel("stage (F, S, M); M by bonds")
    ax.axvline((x[2] + x[3]) / 2, color=INK, lw=0.8, ls=":")
    ax.tick_params(axis="x", labelsize=10)
    ax.set_ylim(bottom=0)
    ax.set(title="Who leaves on meeting it", ylabel="% of those who meet the rival")
    _legend(ax, f"in a {CLOSE} community")


def _headline(table: pd.DataFrame) -> str:
    lead = pick(table, what="lead", rival=TIED)
    sells = "sells most" if lead["clear"] else "is not clearly ahead"
    held = pick(table, what="sales held", rival=TIED, strategy=lead["strategy"])
    bare = pick(table, what="sales held", rival=FREE, strategy=lead["strategy"])
    return (
        f"A rival met often leaves {lead['strategy']} {100 * held['value']:.0f} % of its copies, "
        f"{100 * bare['value']:.0f} % without a switching cost; it {sells}"
    )


def finding(table: pd.DataFrame) -> str:
    """Say what is left of sales and people under each strategy, who sells most, who leaves."""
    sold = []
    for name in NAMES:
        held, bare = (
            say(pick(table, what="sales held", rival=rival, strategy=name), percent=True)
            for rival in (TIED, FREE)
        )
        gap = pick(table, what="sales by the cost, often", base=name)
        unclear = ", no clear difference" if gap["low"] <= 0 <= gap["high"] else ""
        sold.append(f"{name} {held}, without the switching cost {bare}{unclear}")
    kept = [_compared(table, "sales", "copies")]
    kept += [_compared(table, stage, f"{stage}s") for stage in STAGES[1:]]
    leads = [
        f"{text} {say_paired(pick(table, what='lead', rival=rival))}"
        for text, rival in (("with the cost", TIED), ("without it", FREE))
    ]
    return (
        f"Left of the copies sold without a rival, when it is met often: {'; '.join(sold)}. The "
        f"best against the second best: {'; '.join(leads)}. With the cost the share that {BONDED} "
        f"keeps, of what it has without a rival, less that of the others: {'; '.join(kept)}. "
        f"{_said_of_leaving(table)}"
    )


def _compared(table: pd.DataFrame, what: str, name: str) -> str:
    """Say what BONDED keeps of something, less what each other strategy keeps, with the cost."""
    label = "sales held, compared" if what == "sales" else f"held {what}, compared"
    parts = []
    for other in NAMES[:-1]:
        row = pick(table, what=label, rival=TIED, baseline=other)
        in_points = {end: 100 * row[end] for end in ("value", "low", "high")}
        unclear = ", no clear difference" if row["low"] <= 0 <= row["high"] else ""
        parts.append(f"{say(in_points, 'points')} against {other}{unclear}")
    return f"{name} {', '.join(parts)}"


def _said_of_leaving(table: pd.DataFrame) -> str:
    """Say who leaves on meeting the rival, and what bonds alone do to the number of members."""
    rows = table[(table["what"] == "leaving") & (table["community"] == ORDINARY)]
    stages = [
        f"{stage}s {say(pick(rows, group=stage, arm=COST), percent=True)}" for stage in STAGES[1:]
    ]
    free = say(pick(rows, group="member", arm=NOTHING), percent=True)
    bonds = []
    for community in (ORDINARY, CLOSE):
        alone = pick(table, what=f"members leaving, against {FEELING}", community=community)
        few = pick(table, what="without a bond", community=community)
        unclear = ", no clear effect" if alone["low"] <= 0 <= alone["high"] else ""
        bonds.append(
            f"{say(alone, 'a world')}{unclear} in a community {community}, where "
            f"{say(few, percent=True)} of the members have none"
        )
    return (
        f"Of those who meet it on one day leave {', '.join(stages)} ({free} of the members if "
        f"nothing holds); bonds alone change the number of members leaving by {'; '.join(bonds)}."
    )
