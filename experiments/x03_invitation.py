"""Does joining the community make people buy, or do buyers join it: what does a lottery show?

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

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, styled
from experiments.kit.tables import of_sums, pick, say
from simulation.checks.invitation import COUNTS, effect_of_sums, invitation_counts
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
#: Effect -> (the same relative to its base, how it is drawn, its name).
EFFECTS = {
    "intention_to_treat": ("itt_relative", Look("#009E73", "-", "s"), "all invited"),
    "complier_effect": ("effect_relative", Look("#0072B2", "-", "o"), "joining (compliers)"),
    "naive_gap": ("naive_relative", Look("#D55E00", "-", "D"), "naive: joined against stayed"),
}
#: What the naive gap is made of, with its colour; and the first of them as a share of it.
SELECTED, CAUSED, SHARE = "selection", "complier_effect", "share_selected"
PARTS = {SELECTED: ("#B4B4B4", "who they were"), CAUSED: ("#0072B2", "what joining caused")}
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
        for effect, (relative, _, _) in EFFECTS.items():
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
    """Draw the three readings in every town, a head and relative, and what the naive gap is."""
    figure, axes = new_figure(_headline(table), 1, 3, sharey=True, width_ratios=(1, 1, 1.1))
    heads, relative, parts = axes[0]
    per_head = table[table["scale"] == "buyers a head"]
    _readings(heads, per_head, PER)
    heads.set(title="Difference in buyers", xlabel=f"buyers per {PER:,} heads")
    _readings(relative, table[table["scale"] == "relative"], 100)
    relative.axvspan(
        *(100 * end for end in MEASURED), color="#CFE8DF", zorder=0, label="measured: joining"
    )
    relative.set(title="Relative to its base", xlabel="% (95 % interval)")
    _parts(parts, per_head, table[table["effect"] == SHARE])
    heads.set_yticks(range(len(WORLDS)), [world.replace(", ", ",\n") for world in WORLDS])
    heads.set_ylim(len(WORLDS) - 0.5, -0.5)
    figure.legend(*relative.get_legend_handles_labels(), loc="outside lower left", ncols=2)
    figure.legend(
        *parts.get_legend_handles_labels(), loc="outside lower right", title="the naive gap is"
    )
    return figure


def _readings(ax: Axes, rows: pd.DataFrame, scale: float) -> None:
    """Draw the three readings of every town, one under the other."""
    for k, (effect, (_, look, name)) in enumerate(EFFECTS.items()):
        here = scale * _in_order(rows[rows["effect"] == effect])
        value = here["value"].to_numpy(float)
        reach = np.nan_to_num(np.abs(here[["low", "high"]].to_numpy(float).T - value), posinf=0)
        ax.errorbar(
            value, np.arange(len(WORLDS)) + 0.22 * (k - 1), xerr=reach, ls="none", ms=8, lw=1.8,
            marker=look.marker, color=look.colour, capsize=3, label=name,
        )  # fmt: skip
    ax.axvline(0, color=INK, lw=0.8)


def _parts(ax: Axes, rows: pd.DataFrame, shares: pd.DataFrame) -> None:
    """Draw selection and effect in every town, and write which share of both selection is."""
    height = 0.8 / len(PARTS)
    ends = np.zeros(len(WORLDS))
    for k, (effect, (colour, name)) in enumerate(PARTS.items()):
        here = PER * _in_order(rows[rows["effect"] == effect])
        value = here["value"].to_numpy(float)
        reach = np.nan_to_num(np.abs(here[["low", "high"]].to_numpy(float).T - value))
        at = np.arange(len(WORLDS)) + height * (k - 0.5)
        ax.barh(at, value, height, color=colour, label=name)
        ax.errorbar(value, at, xerr=reach, fmt="none", ecolor=INK, lw=1.5, capsize=3)
        ends = np.fmax(ends, here["high"].to_numpy(float))
    for row, (end, share) in enumerate(zip(ends, _in_order(shares)["value"], strict=True)):
        if np.isfinite(share):
            text = f"{100 * share:.0f} %\nselection"
            ax.text(end + 0.03 * np.nanmax(ends), row, text, va="center")
    ax.axvline(0, color=INK, lw=0.8)
    ax.set_xlim(right=1.6 * max(1.0, float(np.nanmax(ends))))
    ax.set(title="Parts of the naive gap", xlabel=f"buyers per {PER:,} heads")


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("world").loc[list(WORLDS), ["value", "low", "high"]].astype(float)


def _headline(table: pd.DataFrame) -> str:
    """Say it in buyers, of which selection is a share: percentages have each another base."""
    joined, naive = (
        PER * pick(table, world=LONG_LIST, effect=effect, scale="buyers a head")["value"]
        for effect in (CAUSED, "naive_gap")
    )
    share = pick(table, world=LONG_LIST, effect=SHARE)["value"]
    part = f", {100 * share:.0f} % of it selection" if np.isfinite(share) else ""
    return (
        f"By lot, joining changes buyers per {PER:,} by {joined:+,.1f}; members against others "
        f"show {naive:+,.1f}{part} ({LONG_LIST})"
    )


def finding(table: pd.DataFrame) -> str:
    """Say what joining caused, and how much of the naive gap that is, in every town."""
    heads, relative = (
        {effect: pick(table, world=LONG_LIST, effect=effect, scale=scale) for effect in EFFECTS}
        for scale in ("buyers a head", "relative")
    )
    said = {
        effect: f"{say(_scaled(row), f'buyers per {PER:,}')}, or {_shown(relative[effect])}"
        for effect, row in heads.items()
    }
    elsewhere = [
        f"{world}: joining {_shown(pick(table, world=world, effect=CAUSED, scale='relative'))}, "
        f"naive gap {_shown(pick(table, world=world, effect='naive_gap', scale='relative'))}, "
        f"{_share(pick(table, world=world, effect=SHARE))}"
        for world in WORLDS
        if world != LONG_LIST
    ]
    low, high = MEASURED
    here = relative[CAUSED]
    beyond = pick(table, world=LONG_LIST, effect=EXCESS)
    place = "above" if here["low"] > high else "below" if here["high"] < low else "not clear of"
    return (
        f"With the {LONG_LIST}, inviting changed buying by {said['intention_to_treat']}, joining "
        f"by {said[CAUSED]}, whereas those who joined differ from those who stayed by "
        f"{said['naive_gap']}: {_share(pick(table, world=LONG_LIST, effect=SHARE))}. The effect "
        f"of joining lies {place} what field experiments and matched data found "
        f"({100 * low:+.0f} to {100 * high:+.0f} %); the naive gap, there at least {TIMES} times "
        f"the effect, is {_times(beyond)} here. {'; '.join(elsewhere)}."
    )


def _times(row: dict) -> str:
    """Say whether the naive gap reaches TIMES the effect of joining, from the row EXCESS."""
    if row["low"] > 0:
        return "more than that"
    return "less than that" if row["high"] < 0 else "not clearly more or less"


def _scaled(row: dict) -> dict:
    return {end: PER * row[end] for end in ("value", "low", "high")}


def _shown(row: dict) -> str:
    shown = row["low"] > 0 or row["high"] < 0 or not np.isfinite(row["value"])
    return say(row, percent=True) + ("" if shown else ", no difference shown")


def _share(row: dict) -> str:
    if not np.isfinite(row["value"]):
        return "no naive gap is shown, nothing to divide"
    sure = "" if row["low"] > 0 else ", which may be nothing"
    return f"{say(row, percent=True)} of the gap is who they were{sure}"
