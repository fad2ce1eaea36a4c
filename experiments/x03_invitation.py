"""Does joining the community make people buy, or do buyers join it: what does a lottery show?

Fixed: community_building, ten hours a week. A coin, tossed before anything happens, decides who on
the list may ever join. Read three ways, by what each tells of buying: all invited against all not
invited (intention to treat), what joining did to those who joined because they were invited
(complier effect), and what anybody would see without a lottery, joined against stayed (naive gap).
Varies: the town (launch_2025 as it is; with one in five on the list, for precision), whether
attachment does anything at all (selection only), and whether visitors follow the product up more
often (click_visit at the high end of its range).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.common import of_sums, pick, say
from experiments.design import SUCCEEDED, Cell, Design
from experiments.drawing import INK, Look, new_figure, points, styled
from simulation.arms import COUNTS, effect_of_sums, invitation_counts
from simulation.scenario import Scenario
from simulation.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INVITED = 0.5
LARGE = {"share_subscribers": 0.2}
AS_IT_IS, LONG_LIST, SELECTION, CLICKS = (
    "launch_2025", "long list", "long list, selection only", "long list, click_visit .8",
)  # fmt: skip
WORLDS: dict[str, dict[str, float | bool]] = {
    AS_IT_IS: {},
    LONG_LIST: {**LARGE},
    SELECTION: {**LARGE, "selection_only": True},
    CLICKS: {**LARGE, "click_visit": 0.8},
}
#: Effect -> (the same relative to its base, how it is drawn, its name).
EFFECTS = {
    "intention_to_treat": ("itt_relative", Look("#009E73", "-", "s"), "all invited"),
    "complier_effect": ("effect_relative", Look("#0072B2", "-", "o"), "joining (compliers)"),
    "naive_gap": ("naive_relative", Look("#D55E00", "-", "D"), "naive: joined against stayed"),
}
#: What field experiments and matched data found (Algesheimer et al. 2010; Manchanda et al. 2015).
MEASURED = (-0.10, 0.25)


def design(smoke: bool = False) -> Design:
    """Return one strategy in every town, half of the list invited by lot."""
    town = Scenario.load("launch_2025").replace(share_invited=INVITED)
    if smoke:
        town = town.replace(n_people=5_000)
    cells = [
        Cell(town.replace(**changes), STRATEGIES["community_building"], {"world": name})
        for name, changes in WORLDS.items()
    ]
    return Design(cells, replications=4 if smoke else 40, measure=invitation_counts)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every effect in every town, in buyers a head and relative to its base."""
    import pandas as pd

    rows = []
    good = frame[frame["status"] == SUCCEEDED]
    for world, part in good.groupby("world", sort=False):
        counts = [part[name].to_numpy(float) for name in COUNTS]
        rows.append(_row(world, "share_joined", "share", counts, "share_joined"))
        for effect, (relative, _, _) in EFFECTS.items():
            rows.append(_row(world, effect, "buyers a head", counts, effect))
            rows.append(_row(world, effect, "relative", counts, relative))
    return pd.DataFrame(rows)


def _row(world, effect, scale, counts, key):
    found = of_sums(counts, effect_of_sums(key))
    return {"world": world, "effect": effect, "scale": scale, **found}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the three readings in every town: a head, and relative, with what was measured."""
    figure, axes = new_figure(_headline(table), 1, 2, width_ratios=(1, 1.15))
    for ax, scale in zip(axes[0], ("buyers a head", "relative"), strict=True):
        _draw(ax, table[table["scale"] == scale])
    axes[0, 0].set(title="buyers a head", ylabel="difference")
    axes[0, 1].set(title="relative to its base")
    axes[0, 1].yaxis.set_major_formatter(lambda value, _: f"{100 * value:+,.0f} %")
    low, high = MEASURED
    axes[0, 1].axhspan(low, high, color="#CFE8DF", zorder=0, label="measured effect of joining")
    figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame) -> None:
    for k, (effect, (_, look, name)) in enumerate(EFFECTS.items()):
        here = rows[rows["effect"] == effect].set_index("world").loc[list(WORLDS)]
        points(ax, np.arange(len(WORLDS)) + 0.2 * (k - 1), here, look, name)
    ax.axhline(0, color=INK, lw=0.8)
    ax.set_xticks(range(len(WORLDS)), [w.replace(", ", ",\n") for w in WORLDS])
    ax.tick_params(axis="x", labelsize=10)


def _headline(table: pd.DataFrame) -> str:
    joined = pick(table, world=LONG_LIST, effect="complier_effect", scale="relative")
    naive = pick(table, world=LONG_LIST, effect="naive_gap", scale="relative")
    return (
        f"By lot, joining changes buying by {_percent(joined)}; who compares members with others "
        f"sees {_percent(naive)} ({LONG_LIST})"
    )


def _percent(row: dict) -> str:
    return f"{100 * row['value']:+,.0f} %" if np.isfinite(row["value"]) else "no value"


def finding(table: pd.DataFrame) -> str:
    """Say in every town what joining caused and what the naive comparison shows."""
    sentences = []
    for world in WORLDS:
        rows = {
            effect: pick(table, world=world, effect=effect, scale="relative") for effect in EFFECTS
        }
        joined, naive = rows["complier_effect"], rows["naive_gap"]
        sure = "" if joined["low"] > 0 or joined["high"] < 0 else " (no difference is shown)"
        sentences.append(
            f"{world}: joining changed buying by {say(joined, percent=True)}{sure}, inviting by "
            f"{say(rows['intention_to_treat'], percent=True)}, and the naive gap is "
            f"{say(naive, percent=True)}"
        )
    here = pick(table, world=LONG_LIST, effect="complier_effect", scale="relative")
    low, high = MEASURED
    place = "above" if here["low"] > high else "below" if here["high"] < low else "not clear of"
    return (
        f"{'; '.join(sentences)}. With the long list the effect of joining lies {place} what field "
        f"experiments and matched data found ({100 * low:+.0f} to {100 * high:+.0f} %)."
    )
