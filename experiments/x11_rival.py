"""When a rival comes, does a community keep its sales and its people, and do ties hold them?

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
from experiments.kit.drawing import Look, looks, new_figure, points, styled
from experiments.kit.finding import Finding, clear, plain, short
from experiments.kit.tables import (
    CONFIDENCE,
    in_worlds,
    kept_by_stage,
    leaders,
    listed,
    logged,
    means,
    of_sums,
    paired,
    pick,
    ratios,
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
    """Draw what is left of the copies, and who of a stage leaves on meeting the rival."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 2)
    _left_of_copies(axes[0], table)
    _leaving(axes[1], table)
    return figure


def _left_of_copies(ax: Axes, table: pd.DataFrame) -> None:
    """Draw what each strategy sells of 100 copies without a rival; hollow where nothing holds."""
    for i, (name, look) in enumerate(looks(NAMES).items()):
        rows = [
            pick(table, what="sales held", rival=rival, strategy=name) for rival in (TIED, FREE)
        ]
        for x, row, face in ((i - 0.12, rows[0], look.colour), (i + 0.12, rows[1], "white")):
            value, low, high = (100 * row[end] for end in ("value", "low", "high"))
            reach = np.nan_to_num([[value - low], [high - value]])
            ax.errorbar(x, value, yerr=reach, marker=look.marker, color=look.colour, mfc=face,
                        ms=10, lw=2, capsize=4)  # fmt: skip
    ax.set_xticks(range(len(NAMES)), [plain(name).replace(" ", "\n", 1) for name in NAMES])
    ax.set(title="Copies left, of 100 without a rival", ylim=(0, 110), xlim=(-0.5, 2.5))
    ax.set_xlabel("hollow: if neither feelings nor bonds held")


def _leaving(ax: Axes, table: pd.DataFrame) -> None:
    """Draw who leaves of those who meet the rival on one day, by stage."""
    rows = table[(table["what"] == "leaving") & (table["community"] == ORDINARY)]
    for i, (arm, look) in enumerate(LOOKS.items()):
        here = rows[rows["arm"] == arm].set_index("group").loc[list(STAGES[1:])]
        ends = 100 * here[["value", "low", "high"]].astype(float)
        points(ax, np.arange(len(ends)) + 0.15 * (i - 1), ends, look, arm)
    ax.set_xticks(range(len(STAGES) - 1), [f"{stage}s" for stage in STAGES[1:]])
    ax.set(title="Of 100 who meet it, so many leave", xlim=(-0.5, len(STAGES) - 1.5))
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower left", fontsize=12)


def _against_others(table: pd.DataFrame) -> str:
    """Say whether BONDED keeps a larger share of its sales than the other strategies."""
    found: dict[int, list[str]] = {}
    for other in NAMES[:-1]:
        row = pick(table, what="sales held, compared", rival=TIED, baseline=other)
        found.setdefault(clear(row), []).append(plain(other))
    words = {1: "more than", -1: "less than", 0: "no clear difference from"}
    return ", ".join(f"{words[sign]} {listed(names)}" for sign, names in found.items())


def _bonds_hold(table: pd.DataFrame, community: str) -> str:
    """Say how many members bonds alone hold on the day of the rival."""
    row = pick(table, what=f"members leaving, against {FEELING}", community=community)
    if clear(row) < 0:
        return f"hold {short(row)} members"
    return "drive members away" if clear(row) else "hold nobody that can be told"


def finding(table: pd.DataFrame) -> Finding:
    """Say what a rival leaves of the sales of a community, and whether ties hold its members."""
    kept, bare = (
        short(pick(table, what="sales held", rival=rival, strategy=BONDED), scale=100)
        for rival in (TIED, FREE)
    )
    gap = pick(table, what="sales by the cost, often", base=BONDED)
    leaving = table[(table["what"] == "leaving") & (table["community"] == ORDINARY)]
    held, free = (
        short(pick(leaving, group="member", arm=arm), scale=100) for arm in (COST, NOTHING)
    )
    without = f"no clear difference ({bare} %)" if not clear(gap) else f"{bare} %"
    return Finding(
        f"Against a rival, a community keeps {kept} % of its copies, {_against_others(table)}; "
        f"its bonds {_bonds_hold(table, ORDINARY)}.",
        f"what members feel: of 100 who meet the rival {held} leave, {free} if neither feelings "
        "nor bonds held them.",
        f"in a close community, of many bonds, bonds {_bonds_hold(table, CLOSE)}; if nothing "
        f"held, a community would keep {without}.",
        "how often fans meet a rival and how strongly feelings and bonds hold are assumed; "
        "the rival does nothing but exist.",
    )
