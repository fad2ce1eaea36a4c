"""Does word of mouth change which strategy sells most?

Fixed: the town of launch_2025 with its list and community, friends as many as the evidence allows,
ten hours a week. Varies: the strategy, and how well recommendations travel: who recommends
(p_recommend_public, p_recommend_member), to how many friends (more_friends), who looks at what is
recommended (p_consider_friend, p_consider_member) and what a friend's word is worth (odds_friend),
all moved together. Strength -1 is the low end of their likely ranges, 0 the default, 1 the high
end. Beyond 1 the world is hypothetical: at 2 every buyer would recommend to as many friends as the
model allows, every friend would look, and a friend's word would multiply the odds of buying by
twelve. The branching ratio is measured, not set: buyers brought by a friend over all buyers (givers
of gifts count once, receivers not), over the half year from the launch to the horizon, summed over
worlds; so it stays below 1 even where a cascade fills the town. As buyers are by definition those
whom no friend brought / (1 - branching), what can be found is whether either differs by strategy.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import looks, name_ends, new_figure, plain_log, points, styled
from experiments.kit.finding import Finding, plain, some_of
from experiments.kit.tables import (
    in_worlds,
    leaders,
    listed,
    means,
    of_sums,
    ratios,
    stacked,
)
from simulation.core.stages import Touchpoint
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BASELINE = "posting_only"
BUILDERS = ("audience_building", "community_building")
PAIRS = ((BUILDERS[0], BASELINE), (BUILDERS[1], BASELINE), BUILDERS[::-1])
STRENGTHS: tuple[float, ...] = (-1.0, 0.0, 0.5, 1.0, 1.15, 1.25, 1.35, 1.45)
#: The end of what the evidence holds possible; beyond it the world is hypothetical.
LIKELY = 1.0
#: What moves between the ends of its likely range; p_recommend_member follows the public.
MOVED = (
    "p_recommend_public", "more_friends", "p_consider_friend", "p_consider_member", "odds_friend",
)  # fmt: skip
#: odds_friend at strength 2: three times the 4 of its likely range, far inside its bounds.
HYPOTHETICAL_ODDS = 12.0


def measure(run: Run) -> dict[str, float]:
    """Count the buyers, those a friend's recommendation brought, and those no friend brought."""
    days = run.table
    buyers = float(days["sales"].sum() - days["gifts"].sum())
    referred = float(days["sales_by_touchpoint"][:, Touchpoint.FRIEND].sum())
    return {"buyers": buyers, "referred": referred, "seeds": buyers - referred}


def likely(name: str) -> tuple[float, float]:
    """Return the low and high end of the likely range that a parameter declares."""
    extra: Any = parameters()[name].json_schema_extra
    low, high = extra["likely"]
    return low, high


def spreading(town: Scenario, strength: float) -> dict[str, float]:
    """Return what makes recommendations travel at a strength from -1 to 2 (see the module).

    Linear between the low end, the value of `town`, the high end and the hypothetical end.
    """
    moved = {}
    for name in MOVED:
        bounds = field_bounds(parameters()[name])
        assert bounds is not None
        end = HYPOTHETICAL_ODDS if name == "odds_friend" else bounds[1]
        low, high = likely(name)
        known = (min(low, town[name]), town[name], max(high, town[name]), end)
        moved[name] = float(np.interp(strength, (-1, 0, LIKELY, 2), known))
    # no range is known for members: their odds change as many times as those of the public
    shift = logit(moved["p_recommend_public"]) - logit(town["p_recommend_public"])
    moved["p_recommend_member"] = float(expit(logit(town["p_recommend_member"]) + shift))
    return moved


def design(smoke: bool = False) -> Cells:
    """Return three strategies in 22 worlds of every strength."""
    town = Scenario.load("launch_2025").replace(mean_degree=likely("mean_degree")[1])
    strengths = STRENGTHS
    if smoke:
        town, strengths = town.replace(n_people=10_000), (-1.0, LIKELY, STRENGTHS[-1])
    worlds = [({"strength": s}, town.replace(**spreading(town, s))) for s in strengths]
    cells = grid(worlds, [STRATEGIES[name] for name in (BASELINE, *BUILDERS)])
    return Cells(cells, replications=3 if smoke else 22, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return branching, copies, buyers whom nobody brought, leads, and how the leads change."""
    import pandas as pd

    by = ["strength", "strategy"]
    wide = in_worlds(frame, "sales", by)
    strengths = sorted(set(frame["strength"]))
    times, change = [], []
    for one, other in PAIRS:
        names = {"strategy": one, "baseline": other}
        sold = {s: (wide[s, one], wide[s, other]) for s in strengths}
        times += [
            {"strength": s, **names, "outcome": "copies of one over the other"}
            | of_sums(sold[s], lambda a, b: a / b)
            for s in strengths
        ]
        columns = (*sold[strengths[0]], *sold[strengths[-1]])
        found = of_sums(columns, lambda a, b, c, d: (c / d) / (a / b))
        change.append({**names, "outcome": "that at the highest over the lowest strength"} | found)
    worlds = frame.groupby(["strength", "replication_id"], sort=False)  # three runs share a world
    together = worlds[["referred", "buyers"]].sum().reset_index()
    return stacked(
        {
            "branching": ratios(frame, "referred", "buyers", by),
            "branching of all": ratios(together, "referred", "buyers", ["strength"]),
            "sales": means(frame, "sales", by),
            "seeds": means(frame, "seeds", by),
            "lead": leaders(frame, "sales", ["strength"]),
            "times": pd.DataFrame(times),
            "change": pd.DataFrame(change),
        }
    )


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the copies of every strategy by how many buyers friends bring."""
    figure, axes = new_figure(_who_leads(table))
    ax, ends = axes[0, 0], {}
    brought = _rows(table, "branching of all")
    x = 100 * brought["value"].to_numpy(float)
    for name, look in looks([BASELINE, *BUILDERS]).items():
        rows = _rows(table, "sales", strategy=name)
        rows = rows.assign(low=np.maximum(rows["low"], 1e-3 * rows["value"]))  # the axis is a log
        points(ax, x, rows, look, ls=look.line, lw=2.5)
        ends[plain(name)] = (x[-1], rows["value"].iloc[-1], look.colour)
    some = table[(table["what"] == "sales") & (table["value"] > 0)]["value"]
    ax.set_xlim(-3, 101)
    plain_log(ax.yaxis, *((some.min(), some.max()) if len(some) else (1, 10)))
    name_ends(ax, {name: end for name, end in ends.items() if end[1] > 0})
    within = 100 * _within(table)["value"]
    if within < x[-1]:
        ax.axvspan(within, 101, color="#EFEFEF", zorder=0)
        ax.text((within + 101) / 2, 0.97, "hypothetical", transform=ax.get_xaxis_transform(),
                ha="center", va="top", color="#555555")  # fmt: skip
    ax.set_ylabel("copies sold (log scale)")
    ax.set_xlabel("of 100 buyers, how many a friend brought (whiskers: luck)")
    return figure


def _rows(table: pd.DataFrame, what: str, **labels: str) -> pd.DataFrame:
    """Return the rows of one thing in order of strength."""
    rows = table[table["what"] == what]
    for name, value in labels.items():
        rows = rows[rows[name] == value]
    return rows.sort_values("strength")


def _within(table: pd.DataFrame) -> dict[Any, Any]:
    """Return how many buyers friends bring at the most that the evidence holds possible."""
    rows = _rows(table, "branching of all")
    return dict(rows[rows["strength"] <= LIKELY].iloc[-1])


def _sure(table: pd.DataFrame) -> pd.DataFrame:
    lead = _rows(table, "lead")
    return lead[lead["clear"].astype(bool)]


def _who_leads(table: pd.DataFrame) -> str:
    """Say whether another strategy leads with more word of mouth."""
    brought = 100 * _rows(table, "branching of all")["value"]
    low, high = (f"{n:.0f}" if n >= 0.5 else "hardly any" for n in (brought.min(), brought.max()))
    ends = f"whether friends bring {low} or {high} of a hundred buyers"
    leaders = [plain(name) for name, _ in groupby(_sure(table)["strategy"])]
    if not leaders:
        return f"It cannot be told: {ends}, no strategy is clearly ahead"
    if len(leaders) == 1:
        return f"No: {ends}, only {leaders[0]} is ever clearly ahead"
    return f"Yes: with more word of mouth the lead passes from {' to '.join(leaders)}"


def finding(table: pd.DataFrame) -> Finding:
    """Say who leads at what strength, what word of mouth multiplies, and what is hypothetical."""
    strengths, sure = _rows(table, "lead")["strength"], _sure(table)["strength"]
    within, beyond = (
        some_of(int(part(sure).sum()), int(part(strengths).sum()))
        for part in (lambda s: s <= LIKELY, lambda s: s > LIKELY)
    )
    return Finding(
        f"{_who_leads(table)}.",
        f"{_multiplied(table)}.",
        f"a lead is clear at {within} of the strengths that evidence allows, and at {beyond} of "
        "the hypothetical ones.",
        f"beyond {100 * _within(table)['value']:.0f} of a hundred buyers the world is made up; "
        "advertising was not tried; all that makes words travel moved together.",
    )


def _multiplied(table: pd.DataFrame) -> str:
    """Say which strategies gain clearly more from word of mouth than others."""
    change = table[table["what"] == "change"].to_dict("records")
    gains = []
    for row in change:
        ahead, behind = plain(row["strategy"]), plain(row["baseline"])
        if row["low"] > 1:
            gains.append(f"{ahead} more than {behind}")
        elif row["high"] < 1:
            gains.append(f"{behind} more than {ahead}")
    if not gains:
        return "words multiply the copies of all strategies about alike, as far as can be told"
    return f"words multiply the copies of {listed(gains)}"
