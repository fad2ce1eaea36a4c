"""At equal effort, which strategy sells most copies, and by what?

Fixed: the town of launch_2025, ten hours a week, one book launched after one and a half years.
Varies: how the hours are split, one cell for every strategy the project names, and doing nothing.
Sales count gifts; copies per head are counted by the stage of the buyer, over those who stood in
that stage on launch day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import TOUCHPOINT_COLOURS, new_figure, styled
from experiments.kit.finding import Finding, clear, lead, plain, short, upper
from experiments.kit.tables import (
    heads_at_launch,
    leaders,
    means,
    paired,
    per_head,
    pick,
    ratios,
    sales_by_touchpoint,
    stacked,
)
from simulation.core.stages import TOUCHPOINTS
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE = "posting_only"
BEFORE = (
    "deals sold most, 36 copies more than building a list. Deals no longer train people to buy, "
    "a small budget for ads buys more clicks a dollar, and part of it is kept for the launch."
)
#: What carries a copy, as one speaks of it.
CARRIERS = {
    "discovery": "chance finds",
    "post": "posts",
    "ad": "ads",
    "reply": "replies",
    "mail": "mails",
    "visit": "visits",
    "friend": "friends",
    "gift": "gifts",
}
WIDE = 0.08  # of the widest bar: so wide is a part that holds its name


def measure(run: Run) -> dict[str, float]:
    """Count copies by touchpoint, and the people of each stage on launch day."""
    return sales_by_touchpoint(run) | heads_at_launch(run)


def design(smoke: bool = False) -> Cells:
    """Return every named strategy in 100 worlds of launch_2025."""
    scenario = Scenario.load("launch_2025")
    if smoke:
        scenario = scenario.replace(n_people=5_000)
    cells = grid([({}, scenario)], STRATEGIES.values())
    return Cells(cells, replications=3 if smoke else 100, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sales, their differences, copies per head, USD per copy, copies by touchpoint."""
    names = list(dict.fromkeys(frame["strategy"]))
    tables = {"sales": means(frame, "sales"), "lead": leaders(frame, "sales")}
    for name in names:
        if name != BASELINE:
            tables[f"{name} against {BASELINE}"] = paired(frame, "sales", name, BASELINE)
    tables["copies per head"] = per_head(frame)
    active = frame[frame["cost"] > 0]
    tables["USD per copy"] = ratios(active, "cost", "sales")
    for touchpoint in TOUCHPOINTS:
        sold = means(frame, f"sales_by_{touchpoint}")
        tables[f"by {touchpoint}"] = sold.assign(touchpoint=touchpoint)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the copies of every strategy as a bar, by what carried them."""
    figure, axes = new_figure(f"{upper(lead(pick(table, what='lead')))}, at the same effort")
    ax = axes[0, 0]
    sales = table[table["what"] == "sales"].sort_values("value", kind="stable")
    y, left = np.arange(len(sales)), np.zeros(len(sales))
    top = max(1.0, float(sales["high"].max()))
    for touchpoint, colour in TOUCHPOINT_COLOURS.items():
        rows = table[table["what"] == f"by {touchpoint}"].set_index("strategy")
        sold = rows.loc[sales["strategy"], "value"].to_numpy(float)
        named = touchpoint != "gift" and bool((sold > WIDE * top).any())
        if sold.max() > 0:
            ax.barh(y, sold, 0.72, left, color=colour, ec="white", lw=0.6,
                    label=None if named else CARRIERS[touchpoint])  # fmt: skip
        if named:
            _names(ax, touchpoint, sold, left, top)
        left += sold
    reach = np.abs(sales[["low", "high"]].to_numpy(float).T - left)
    ax.errorbar(left, y, xerr=np.nan_to_num(reach), fmt="none", ecolor="black", lw=1.5, capsize=4)
    costs = table[table["what"] == "USD per copy"].set_index("strategy")["value"]
    for at, row in enumerate(sales.to_dict("records")):
        text = short(row)
        if np.isfinite(costs.get(row["strategy"], np.nan)):
            text += f"  ({costs[row['strategy']]:,.0f} USD each)"
        ax.text(row["high"] + 0.02 * top, at, text, va="center")
    ax.set_yticks(y, [upper(plain(name)) for name in sales["strategy"]])
    ax.set_xlim(0, 1.3 * top)
    ax.set_xlabel("copies sold (and effort a copy); whisker: what luck leaves open")
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower right", title="also")
    return figure


def _names(ax: Axes, touchpoint: str, sold: np.ndarray, left: np.ndarray, top: float) -> None:
    """Write what carried the copies into the parts of bars that are wide enough."""
    ink = "black" if touchpoint in ("discovery", "friend", "post") else "white"
    for at, (width, start) in enumerate(zip(sold, left, strict=True)):
        if width > WIDE * top:
            text = CARRIERS[touchpoint]
            ax.text(start + width / 2, at, text, ha="center", va="center", color=ink, fontsize=12)


def finding(table: pd.DataFrame) -> Finding:
    """Say who sells most, by what, and who does where that is not used."""
    row = pick(table, what="lead")
    best = str(row["strategy"])
    answer = f"For the same effort, {lead(row)}"
    answer += ", the second best" if row["clear"] else ", the two that sell most"
    if BASELINE not in (best, row["baseline"]):
        gap = pick(table, what=f"{best} against {BASELINE}")
        over = f"{short(gap)} more than" if clear(gap) else "not clearly more than"
        who = "" if row["clear"] else f"{plain(best)} sells "
        answer += f", and {who}{over} {plain(BASELINE)}"
    carrier = _carrier(table, best)
    sold = pick(table, what="sales", strategy=best)
    carries = "nothing: no copy was sold."
    if sold["value"] > 0:
        carried = pick(table, what=f"by {carrier}", strategy=best)
        carries = (
            f"{CARRIERS[carrier]}, with {carried['value']:.0f} of the {sold['value']:.0f} copies "
            f"of {plain(best)}."
        )
    return Finding(
        f"{answer}.",
        carries,
        _without(table, carrier),
        "one book in one town, counted for the half year after its launch; nobody has measured "
        "these strategies side by side.",
    )


def _carrier(table: pd.DataFrame, strategy: str) -> str:
    """Return what carried most copies of a strategy."""
    sold = {name: pick(table, what=f"by {name}", strategy=strategy) for name in TOUCHPOINTS}
    return max(sold, key=lambda name: sold[name]["value"])


def _without(table: pd.DataFrame, carrier: str) -> str:
    """Say who sells most among the strategies that the best one's way of selling is not part of."""
    used = table[(table["what"] == f"by {carrier}") & (table["value"] > 0)]["strategy"]
    others = table[(table["what"] == "sales") & ~table["strategy"].isin(used)]
    others = others[others["value"] > 0].sort_values("value", ascending=False)
    if others.empty:
        return f"nowhere among these: all that sell use {CARRIERS[carrier]}."
    first = dict(others.iloc[0])
    beside = [plain(name) for name in others.loc[others["high"] >= first["low"], "strategy"]]
    by = CARRIERS[_carrier(table, first["strategy"])]
    if len(beside) > 1:
        return f"without {CARRIERS[carrier]} {beside[0]} is not clearly ahead of {beside[1]}."
    return f"without {CARRIERS[carrier]} {beside[0]} sells most, {short(first)} copies, by {by}."
