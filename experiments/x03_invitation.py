"""Does joining a community make people buy, or do buyers join?

Fixed: community_building, ten hours a week. A coin, tossed before anything happens, decides who on
the list may ever join. Read three ways, by what each tells of buying: all invited against all not
invited (intention to treat), what joining did to those who joined because they were invited
(complier effect), and what anybody would see without a lottery, joined against stayed (naive gap).
What the naive gap has beyond the complier effect is selection: what those who join would have
bought more than those who stay had there been no community.
Varies: the town (launch_2025 as it is; with one in five on the list, for precision), whether
attachment does anything at all (selection only), whether all on the list get a member's contacts,
so that joining adds none (contacts matched), and whether visitors follow the product up more often
(click_visit at the high end of its range). Joined: by the end of the launch, before buying or
after. What those who joined tell the others counts for the others.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.finding import Finding, clear, short, upper
from experiments.kit.tables import listed, of_sums, pick
from simulation.checks.invitation import COUNTS, effect_of_sums, invitation_counts
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE = (
    "mostly joining, with 15 of the 20 more in a thousand. Now a few members make most visits, "
    "announcements wear out, and visits sell a fraction of what they sold."
)
INVITED = 0.5
LARGE = {"share_subscribers": 0.2}
AS_IT_IS, LONG_LIST, SELECTION, MATCHED, CLICKS = (
    "launch_2025", "long list", "long list, selection only", "long list, contacts matched",
    "long list, click_visit .8",
)  # fmt: skip
WORLDS: dict[str, dict[str, float | bool]] = {
    AS_IT_IS: {},
    LONG_LIST: {**LARGE},
    SELECTION: {**LARGE, "selection_only": True},
    MATCHED: {**LARGE, "matched_list": True},
    CLICKS: {**LARGE, "click_visit": 0.8},
}
#: What a lottery may show.
JOINING, BUYERS, BOTH, OPEN = (
    "mostly joining makes them buy", "mostly buyers join", "both", "it cannot be told which",
)  # fmt: skip
#: Worlds as one speaks of them.
PLACES = {
    AS_IT_IS: "a short list",
    LONG_LIST: "a long list",
    SELECTION: "attachment does nothing",
    MATCHED: "all may visit, joined or not",
    CLICKS: "visitors click more",
}
#: Effect -> the same relative to its base.
EFFECTS = {
    "intention_to_treat": "itt_relative",
    "complier_effect": "effect_relative",
    "naive_gap": "naive_relative",
}
#: What the naive gap is made of, with its colour; and the first of them as a share of it.
SELECTED, CAUSED, GAP, SHARE = "selection", "complier_effect", "naive_gap", "share_selected"
PARTS = {CAUSED: ("#0072B2", "what joining caused"), SELECTED: ("#8A8A8A", "who they were")}
PER = 1_000  # heads, in figure and words
#: What field experiments and matched data found (Algesheimer et al. 2010; Manchanda et al. 2015).
MEASURED = (-0.10, 0.25)
#: Beside that effect fans differ from others by so many times as much (pattern P12).
TIMES, EXCESS = 3, "naive gap beyond 3 times joining"


def design(smoke: bool = False) -> list[Cells]:
    """Return one strategy in every town, half of the list invited by lot; more of the small."""
    town = Scenario.load("launch_2025").replace(share_invited=INVITED)
    if smoke:
        town = town.replace(n_people=5_000)
    cells = [
        Cell(town.replace(**changes), STRATEGIES["community_building"], {"world": name})
        for name, changes in WORLDS.items()
    ]
    few, many = (4, 4) if smoke else (30, 60)
    return [
        Cells(part, replications=n, measure=invitation_counts)
        for part, n in ((cells[:1], many), (cells[1:], few))
    ]


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every effect in every town, in buyers a head and relative; and what selection is."""
    import pandas as pd

    rows = []
    good = frame[frame["status"] == SUCCEEDED]
    for world, part in good.groupby("world", sort=False):
        counts = [part[name].to_numpy(float) for name in COUNTS]
        rows.append(_row(world, "share_joined", "share", counts, effect_of_sums("share_joined")))
        for effect, relative in EFFECTS.items():
            rows.append(_row(world, effect, "buyers a head", counts, effect_of_sums(effect)))
            rows.append(_row(world, effect, "relative", counts, effect_of_sums(relative)))
        rows.append(_row(world, EXCESS, "relative", counts, excess))
        rows.append(_row(world, SELECTED, "buyers a head", counts, selected))
        rows.append(_row(world, SHARE, "share", counts, share_selected))
    found = pd.DataFrame(rows)
    unclear = found.loc[(found["effect"] == "naive_gap") & ~(found["low"] > 0), "world"]
    share_of_nothing = (found["effect"] == SHARE) & found["world"].isin(unclear)
    found.loc[share_of_nothing, ["value", "low", "high"]] = np.nan
    return found


def selected(*sums: Any) -> Any:
    """Return selection from sums of COUNTS: the naive gap less the complier effect."""
    return effect_of_sums("naive_gap")(*sums) - effect_of_sums("complier_effect")(*sums)


def share_selected(*sums: Any) -> Any:
    """Return selection as a share of the naive gap, from sums of COUNTS."""
    return selected(*sums) / effect_of_sums("naive_gap")(*sums)


def excess(*sums: Any) -> Any:
    """Return the relative naive gap less TIMES the relative effect of joining, from sums."""
    return effect_of_sums("naive_relative")(*sums) - TIMES * effect_of_sums("effect_relative")(
        *sums
    )


def _row(world, effect, scale, counts, statistic):
    return {"world": world, "effect": effect, "scale": scale, **of_sums(counts, statistic)}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw what the naive gap is made of in every town, and what joining does, relative."""
    figure, axes = new_figure(_joining(table), 1, 2, sharey=True, width_ratios=(1.3, 1))
    parts, relative = axes[0]
    per_head = table[table["scale"] == "buyers a head"]
    for k, (effect, (colour, name)) in enumerate(PARTS.items()):
        rows = _in_order(per_head[per_head["effect"] == effect])
        _points(parts, PER * rows, Look(colour, "-", "o" if effect == CAUSED else "s"),
                0.26 * (k - 0.5), name)  # fmt: skip
    figure.legend(*parts.get_legend_handles_labels(), loc="outside lower left", ncols=2)
    caused = table[(table["effect"] == CAUSED) & (table["scale"] == "relative")]
    _points(relative, 100 * _in_order(caused), Look(PARTS[CAUSED][0], "-", "o"), 0, None)
    low, high = (100 * end for end in MEASURED)
    relative.axvspan(low, high, color="#CFE8DF", zorder=0)
    relative.text((low + high) / 2, len(WORLDS) - 0.53, "field\nstudies", ha="center", va="bottom",
                  fontsize=12)  # fmt: skip
    parts.set(title="Members buy more than others", xlabel=f"buyers in {PER:,} people")
    relative.set(title="What joining caused", xlabel="% more buyers (whisker: luck)")
    names = [textwrap.fill(place, 16) for place in PLACES.values()]
    parts.set_yticks(range(len(WORLDS)), names)
    parts.set_ylim(len(WORLDS) - 0.5, -0.5)
    return figure


def _points(ax: Axes, rows: pd.DataFrame, look: Look, shift: float, name: str | None) -> None:
    """Draw one value of every town with its interval and its number."""
    value = rows["value"].to_numpy(float)
    reach = np.nan_to_num(np.abs(rows[["low", "high"]].to_numpy(float).T - value), posinf=0)
    at = np.arange(len(rows)) + shift
    ax.errorbar(value, at, xerr=reach, ls="none", ms=9, lw=2, marker=look.marker,
                color=look.colour, capsize=4, label=name)  # fmt: skip
    for x, y in zip(value, at, strict=True):
        if np.isfinite(x):
            ax.annotate(f"{x:.0f}", (x, y), (0, 7 if shift <= 0 else -7), ha="center",
                        va="bottom" if shift <= 0 else "top", textcoords="offset points",
                        fontsize=12, color=look.colour)  # fmt: skip
    ax.axvline(0, color=INK, lw=0.8)
    ax.margins(x=0.12)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("world").loc[list(WORLDS), ["value", "low", "high"]].astype(float)


def _which(table: pd.DataFrame, world: str) -> str:
    """Return what the lottery of a town shows: joining, buyers, both, or that it cannot be told."""
    caused, gap = (_heads(table, world, effect) for effect in (CAUSED, GAP))
    share = pick(table, world=world, effect=SHARE)
    if clear(gap) < 1:
        return JOINING if clear(caused) > 0 else OPEN
    if share["high"] < 0.5:
        return JOINING
    if share["low"] > 0.5:
        return BUYERS
    return BOTH if clear(caused) > 0 and clear(share) > 0 else OPEN


def _heads(table: pd.DataFrame, world: str, effect: str) -> dict[str, Any]:
    """Return an effect in buyers per PER heads."""
    row = pick(table, world=world, effect=effect, scale="buyers a head")
    return row | {end: PER * row[end] for end in ("value", "low", "high")}


def _joining(table: pd.DataFrame) -> str:
    """Say which of the two it is, with what members differ by and what joining causes."""
    caused, gap = (_heads(table, LONG_LIST, effect) for effect in (CAUSED, GAP))
    shown = "a lottery shows no clear effect of joining"
    if clear(caused):
        does = "adds" if clear(caused) > 0 else "costs"
        shown = f"a lottery shows that joining itself {does} {_whole(caused)}"
        shown += "" if clear(gap) else " in a thousand"
    first = upper(_which(table, LONG_LIST))
    if not clear(gap):
        return f"{first}: who joined and who stayed do not clearly differ; {shown}"
    more = "more" if clear(gap) > 0 else "fewer"
    return f"{first}: of those who joined {_whole(gap)} {more} in a thousand buy; {shown}"


def _whole(row: dict[str, Any]) -> str:
    """Return a number of buyers without decimals, where it is not small."""
    return f"{abs(row['value']):.0f}" if abs(row["value"]) >= 2 else short(row)


def finding(table: pd.DataFrame) -> Finding:
    """Say what joining caused, and how much of the naive gap that is, in every town."""
    here, matched = (_heads(table, world, CAUSED) for world in (LONG_LIST, MATCHED))
    if matched["high"] < here["low"]:
        carries = "contact: joining does less where all on the list may visit, joined or not."
    else:
        carries = "more than contact: joining does no clearly less where all on the list may visit."
    said = _which(table, LONG_LIST)
    other = {world: _which(table, world) for world in WORLDS if world != LONG_LIST}
    flips = "; ".join(
        f"{which} where {listed([_where(world) for world in other if other[world] == which])}"
        for which in dict.fromkeys(other.values())
        if which != said
    )
    relative = pick(table, world=LONG_LIST, effect=CAUSED, scale="relative")
    low, high = MEASURED
    place = (
        "above"
        if relative["low"] > high
        else "below"
        if relative["high"] < low
        else "not clearly beyond"
    )
    return Finding(
        f"{_joining(table)}.",
        carries,
        f"{flips or 'in none of the other four towns'}.",
        f"what joining does is {place} what field studies found "
        f"({100 * low:.0f} to {100 * high:+.0f} % more buyers); one strategy, one town.",
    )


def _where(world: str) -> str:
    return "the list is short" if world == AS_IT_IS else PLACES[world]
