"""At equal effort, which strategy sells most, to whom, by what, and at what cost?

Fixed: the town of launch_2025, ten hours a week, one book launched after one and a half years.
Varies: how the hours are split, one cell for every strategy the project names, and doing nothing.
Sales count gifts; copies per head are counted by the stage of the buyer, over those who stood in
that stage on launch day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import (
    STAGE_COLOURS,
    STAGE_MARKERS,
    TOUCHPOINT_COLOURS,
    legend_under,
    new_figure,
    plain_log,
    styled,
)
from experiments.kit.tables import (
    heads_at_launch,
    leaders,
    means,
    paired,
    per_head,
    pick,
    ratios,
    sales_by_touchpoint,
    say,
    say_paired,
    stacked,
)
from simulation.core.stages import STAGES, TOUCHPOINTS
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE = "posting_only"
PER = 1_000  # heads, in the figure


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
    """Draw copies by touchpoint, copies per head by stage, and USD per copy, for each strategy."""
    lead = pick(table, what="lead")
    sales = table[table["what"] == "sales"].sort_values("value", kind="stable")
    names = list(sales["strategy"])
    beside = "sells most" if lead["clear"] else "is not clearly ahead"
    figure, axes = new_figure(
        f"The same hours, split differently: {lead['strategy']} {beside}"
        f" ({lead['mean']:,.0f} copies, {lead['baseline']} {lead['mean'] - lead['value']:,.0f})",
        1, 3, sharey=True, width_ratios=(1.7, 1.3, 1),
    )  # fmt: skip
    left, middle, right = axes[0]
    _touchpoints(left, table, sales)
    _heads(middle, table, names)
    _costs(right, table, names)
    left.set_yticks(range(len(names)), names)
    left.set_ylim(-0.6, len(names) - 0.4)
    return figure


def _touchpoints(ax: Axes, table: pd.DataFrame, sales: pd.DataFrame) -> None:
    """Draw bars of copies, stacked by what carried them, with the interval of the whole."""
    y, left = np.arange(len(sales)), np.zeros(len(sales))
    for touchpoint, colour in TOUCHPOINT_COLOURS.items():
        rows = table[table["what"] == f"by {touchpoint}"].set_index("strategy")
        sold = rows.loc[sales["strategy"], "value"].to_numpy(float)
        if sold.any():
            ax.barh(y, sold, 0.72, left, color=colour, ec="white", lw=0.6, label=touchpoint)
        left += sold
    reach = np.abs(sales[["low", "high"]].to_numpy(float).T - left)
    ax.errorbar(left, y, xerr=np.nan_to_num(reach), fmt="none", ecolor="black", lw=1.5, capsize=4)
    top = max(1.0, float(sales["high"].max()))
    for at, value, high in zip(y.tolist(), left, sales["high"], strict=True):
        text = f"{value:,.0f}" if value >= 9.95 else f"{value:.2g}"
        ax.text(high + 0.02 * top, at, text, va="center")
    ax.set_xlim(0, 1.17 * top)
    legend_under(ax, columns=3, title="what carried the copy")
    ax.set(title="Copies sold", xlabel="copies a world (mean, 95 % interval)")


def _heads(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """Draw copies per head by stage, on a log axis; a stage that bought nothing has no mark."""
    heads = table[table["what"] == "copies per head"]
    for i, stage in enumerate(STAGES):
        rows = heads[heads["stage"] == stage].set_index("strategy").loc[names]
        bought = rows["value"].to_numpy(float) > 0
        value = PER * rows.loc[bought, "value"].to_numpy(float)
        reach = np.abs(PER * rows.loc[bought, ["low", "high"]].to_numpy(float).T - value)
        reach[0] = np.minimum(reach[0], 0.999 * value)  # 0 has no place on a log axis
        ax.errorbar(
            value, np.flatnonzero(bought) + 0.12 * (i - 1.5), xerr=np.nan_to_num(reach), ls="none",
            color=STAGE_COLOURS[stage], marker=STAGE_MARKERS[stage], ms=7, lw=1.5, label=stage,
        )  # fmt: skip
    some = PER * heads.loc[heads["value"] > 0, "value"]
    plain_log(ax.xaxis, *((some.min(), some.max()) if len(some) else (1, 1000)))
    ax.set(title=f"Copies per {PER:,} heads", xlabel=f"copies per {PER:,} (log)")
    legend_under(ax, title="stage of the buyer")


def _costs(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """Draw what a copy cost in effort, on a log axis."""
    rows = table[table["what"] == "USD per copy"].set_index("strategy")
    rows = rows.loc[[name for name in names if name in rows.index]]
    value = rows["value"].to_numpy(float)
    reach = np.nan_to_num(np.abs(rows[["low", "high"]].to_numpy(float).T - value))
    places = [names.index(str(name)) for name in rows.index]
    ax.errorbar(value, places, xerr=reach, fmt="D", color="black", ms=6, lw=1.5, capsize=4)
    some = value[np.isfinite(value)]
    plain_log(ax.xaxis, *((some.min(), some.max()) if some.size else (100, 1000)))
    ax.set(title="Effort per copy", xlabel="USD per copy (log)")


def finding(table: pd.DataFrame) -> str:
    """Say who sells most, how the best fares against posting, and who buys."""
    lead = pick(table, what="lead")
    best = str(lead["strategy"])
    sentences = [f"Best of all against second best: {say_paired(lead)}."]
    if best != BASELINE:
        sentences.append(f"{say_paired(pick(table, what=f'{best} against {BASELINE}'))}.")
    heads = table[(table["what"] == "copies per head") & (table["strategy"] == best)]
    per = [f"{say(pick(heads, stage=stage))} a {stage}" for stage in STAGES[1:]]
    sentences.append(f"Under {best} copies per head were {', '.join(per)}.")
    cost = table[table["what"] == "USD per copy"].dropna(subset="value")
    dear = [say(pick(cost, strategy=name), "USD") + f" under {name}"
            for name in (best, BASELINE) if name in set(cost["strategy"])]  # fmt: skip
    if dear:
        sentences.append(f"A copy cost {' and '.join(dict.fromkeys(dear))} of effort.")
    return " ".join(sentences)
