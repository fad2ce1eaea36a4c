"""How much of what a community sells is contact, and how much is ties and belonging?

Fixed: the town of launch_2025, ten hours a week split as community_building does. Varies: what the
hours meet. In the full model subscribers may join the community. With a closed community nobody new
joins, and nobody on the list gets more than the mails. With the matched list nobody new joins
either, but subscribers get the contacts a member gets, visits included, without ties, answers,
rituals or the attachment of a member. What the full model sells above the closed community is what
the community adds; what the matched list sells above it is what contact alone would add. Beside
them audience_building and posting_only in the full model, at the same effort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.common import heads_at_launch, means, paired, pick, say, stacked
from experiments.design import Cell, Design
from experiments.drawing import INK, STRATEGY_COLOURS, Look, new_figure, points, styled
from simulation.scenario import Scenario
from simulation.stages import STAGES
from simulation.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COMMUNITY, AUDIENCE, POSTING = "community_building", "audience_building", "posting_only"
FULL, CLOSED, MATCHED = "full model", "closed community", "matched list"
ARMS: dict[str, dict[str, float | bool]] = {
    FULL: {},
    CLOSED: {"share_invited": 0.0},
    MATCHED: {"share_invited": 0.0, "matched_list": True},
}
SHORT, LONG = "launch_2025", "a tenth on the list"
TOWNS: dict[str, dict[str, float]] = {SHORT: {}, LONG: {"share_subscribers": 0.1}}
LABELS = {
    (FULL, COMMUNITY): "community,\nfull model",
    (MATCHED, COMMUNITY): "community hours,\nmatched list",
    (CLOSED, COMMUNITY): "community hours,\nclosed community",
    (FULL, AUDIENCE): "audience\nbuilding",
    (FULL, POSTING): "posting\nonly",
}


def design(smoke: bool = False) -> Design:
    """Return community_building in every arm, and the other strategies in the full model."""
    base = Scenario.load("launch_2025")
    if smoke:
        base = base.replace(n_people=4_000)
    cells = [
        Cell(base.replace(**town, **ARMS[arm]), STRATEGIES[name], {"town": label, "arm": arm})
        for label, town in TOWNS.items()
        for arm, name in LABELS
    ]
    return Design(cells, replications=3 if smoke else 40, measure=heads_at_launch)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies in every arm, and the paired differences between arms and strategies."""
    arms = frame[frame["strategy"] == COMMUNITY]
    full = frame[frame["arm"] == FULL]
    tables = {"mean sales": means(frame, "sales", ["town", "arm", "strategy"])}
    for stage in STAGES[2:]:
        tables[f"mean sales to {stage}"] = means(
            frame, f"sales_to_{stage}", ["town", "arm", "strategy"]
        )
    for arm, base in ((FULL, CLOSED), (MATCHED, CLOSED), (FULL, MATCHED)):
        gap = paired(arms, "sales", arm, base, by=["town"], column="arm")
        tables[f"{arm} minus {base}"] = gap.assign(arm=arm, strategy=COMMUNITY)
    for name in (AUDIENCE, POSTING):
        gap = paired(full, "sales", COMMUNITY, name, by=["town"])
        tables[f"{COMMUNITY} minus {name}"] = gap.assign(arm=FULL)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the copies of every arm, and of the other strategies, in both towns."""
    figure, axes = new_figure(_headline(table), 1, len(TOWNS))
    for ax, town in zip(axes[0], TOWNS, strict=True):
        _draw(ax, table[(table["what"] == "mean sales") & (table["town"] == town)])
        ax.set_title(town)
    axes[0, 0].set_ylabel("copies (mean of a world, 95 % interval)")
    return figure


def _draw(ax: Axes, rows: pd.DataFrame) -> None:
    for x, ((arm, name), _) in enumerate(LABELS.items()):
        here = rows[(rows["arm"] == arm) & (rows["strategy"] == name)]
        marker = {FULL: "o", MATCHED: "s", CLOSED: "D"}[arm]
        points(ax, [x], here, Look(STRATEGY_COLOURS[name], "-", marker))
        value = float(here["value"].iloc[0])
        high = np.nanmax([value, float(here["high"].iloc[0])])
        ax.annotate(f"{value:,.0f}", (x, high), (0, 6), textcoords="offset points", ha="center")
    ax.axhline(0, color=INK, lw=0.8)
    ax.set_xticks(range(len(LABELS)), list(LABELS.values()), rotation=35, ha="right")
    ax.tick_params(axis="x", labelsize=10)
    ax.set_ylim(0, 1.12 * np.nanmax(rows[["value", "high"]].to_numpy(float)))


def _headline(table: pd.DataFrame) -> str:
    community = pick(table, what=f"{FULL} minus {CLOSED}", town=SHORT)
    contact = pick(table, what=f"{MATCHED} minus {CLOSED}", town=SHORT)
    return (
        f"Letting subscribers join adds {community['value']:,.0f} copies; a member's contacts "
        f"for all of the list, without ties, {contact['value']:,.0f} ({SHORT})"
    )


def finding(table: pd.DataFrame) -> str:
    """Say in both towns what joining adds, what contact alone adds, and which is more."""
    sentences = []
    for town in TOWNS:
        joined, contact, rest = (
            pick(table, what=what, town=town)
            for what in (f"{FULL} minus {CLOSED}", f"{MATCHED} minus {CLOSED}",
                         f"{FULL} minus {MATCHED}")
        )  # fmt: skip
        sentences.append(
            f"{town}: letting subscribers join adds {_added(joined)}, giving all of the list a "
            f"member's contacts without ties {_added(contact)}; the community against the "
            f"matched list {_added(rest)}"
        )
    others = [
        f"{name} by {_added(pick(table, what=f'{COMMUNITY} minus {name}', town=SHORT))}"
        for name in (AUDIENCE, POSTING)
    ]
    return f"{'; '.join(sentences)}. At the same effort {COMMUNITY} differs from " + (
        f"{' and from '.join(others)} ({SHORT})."
    )


def _added(row: dict) -> str:
    shown = row["low"] > 0 or row["high"] < 0
    return say(row, "copies") + ("" if shown else ": no difference is shown")
