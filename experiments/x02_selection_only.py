"""How much of the staircase follower, subscriber, member is there when attachment does nothing?

Fixed: the town of launch_2025, ten hours a week, the same people with the same luck.
Varies: attachment moves people up and sells, or does neither (selection_only); three strategies.
With selection_only a member still differs from a follower: those who care more climb further, and
are met more often, by contacts that more often lead to the product page. What is left of the
staircase is that; what is lost is the effect of attachment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, legend_under, looks, new_figure, plain_log, styled
from experiments.kit.tables import (
    differences,
    heads_at_launch,
    means,
    of_sums,
    paired,
    per_head,
    pick,
    say,
    say_paired,
    stacked,
)
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINE, BUILDERS = "posting_only", ("audience_building", "community_building")
STEPS = ("follower", "subscriber", "member")
PER = 1_000  # heads, in the figure
ARMS = {False: "attachment works", True: "selection only"}


def design(smoke: bool = False) -> Cells:
    """Return three strategies with and without any effect of attachment, in 100 worlds."""
    town = Scenario.load("launch_2025")
    if smoke:
        town = town.replace(n_people=6_000)
    arms = [({"selection_only": off}, town.replace(selection_only=off)) for off in ARMS]
    cells = grid(arms, [STRATEGIES[name] for name in (BASELINE, *BUILDERS)])
    return Cells(cells, replications=4 if smoke else 100, measure=heads_at_launch)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies per head, the steps of the staircase, and the effects in both arms."""
    import pandas as pd

    by = ["selection_only", "strategy"]
    tables = {"sales": means(frame, "sales", by), "copies per head": per_head(frame, by)}
    steps = []
    for strategy in BUILDERS:
        for stage in STEPS[1:]:
            steps += _steps(frame[frame["strategy"] == strategy], strategy, stage)
    tables["step"] = pd.DataFrame(steps)
    for strategy in BUILDERS:
        effect = paired(frame, "sales", strategy, BASELINE, by=["selection_only"])
        gaps = differences(frame, "sales", strategy, BASELINE, by=["selection_only"])
        lost = paired(gaps, "difference", False, True, column="selection_only")
        tables[f"{strategy} against {BASELINE}"] = effect
        tables[f"due to attachment in {strategy}"] = lost.assign(
            strategy="attachment works", baseline="selection only"
        )
    return stacked(tables)


def _steps(frame: pd.DataFrame, strategy: str, stage: str) -> list[dict]:
    """Return copies per head of a stage over those of followers, by arm; and the share left.

    The share is that of the logarithms: of a step of 100 times, 10 times is one half.
    """
    names = [f"sales_to_{stage}", f"heads_{stage}", "sales_to_follower", "heads_follower"]
    arms = {
        arm: frame[frame["selection_only"] == arm].set_index("replication_id")[names]
        for arm in ARMS
    }
    null = arms[True].add_suffix("_null")
    both = arms[False].join(null, how="inner").dropna().to_numpy(float).T
    place = {"strategy": strategy, "stage": stage}
    rows = [
        {**place, "selection_only": arm, "outcome": "times a follower's copies per head"}
        | of_sums(columns, _times)
        for arm, columns in ((False, both[:4]), (True, both[4:]))
    ]
    share = of_sums(both, lambda *sums: np.log(_times(*sums[4:])) / np.log(_times(*sums[:4])))
    return [*rows, {**place, "outcome": "share of the step left"} | share]


def _times(sold, heads, sold_to_followers, followers):
    return (sold / heads) / (sold_to_followers / followers)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the staircase of both arms under each builder, and what building adds in both."""
    figure, axes = new_figure(
        _headline(table),
        1, 3, width_ratios=(1, 1, 1.1),
    )  # fmt: skip
    heads = table[table["what"] == "copies per head"]
    some = PER * heads.loc[heads["stage"].isin(STEPS) & (heads["value"] > 0), "value"]
    for ax, strategy in zip(axes[0], BUILDERS, strict=False):
        _staircase(ax, heads[heads["strategy"] == strategy], strategy)
        plain_log(ax.yaxis, *((some.min(), some.max()) if len(some) else (1, 10)))
        ax.set_title(strategy)
        legend_under(ax, columns=1)
    axes[0, 0].set_ylabel(f"copies per {PER:,} heads (log scale)")
    _effects(axes[0, 2], table)
    return figure


def _headline(table: pd.DataFrame) -> str:
    steps = table[(table["what"] == "step") & (table["strategy"] == BUILDERS[-1])]
    on, off = (pick(steps, selection_only=arm, stage="member")["value"] for arm in ARMS)
    if not (np.isfinite(on) and np.isfinite(off)):
        return "The staircase from follower to member, with attachment and without"
    return (
        f"A member buys {on:,.0f} times what a follower buys; {off:,.0f} times with attachment off"
    )


def _staircase(ax: Axes, heads: pd.DataFrame, strategy: str) -> None:
    colour = looks([strategy])[strategy].colour
    for arm, label in ARMS.items():
        rows = heads[heads["selection_only"] == arm].set_index("stage").loc[list(STEPS)]
        value = PER * rows["value"].to_numpy(float)
        reach = np.abs(PER * rows[["low", "high"]].to_numpy(float).T - value)
        reach[0] = np.minimum(reach[0], 0.999 * value)  # 0 has no place on a log axis
        ax.errorbar(
            range(len(STEPS)), value, yerr=np.nan_to_num(reach), color=INK if arm else colour,
            ls="--" if arm else "-", marker="s" if arm else "o", ms=8, lw=2, capsize=4, label=label,
        )  # fmt: skip
    ax.set_xticks(range(len(STEPS)), STEPS)
    ax.set_xlim(-0.3, len(STEPS) - 0.7)


def _effects(ax: Axes, table: pd.DataFrame) -> None:
    """Draw how many more copies each builder sells than the baseline, in both arms."""
    for arm, label in ARMS.items():
        for i, strategy in enumerate(BUILDERS):
            rows = table[table["what"] == f"{strategy} against {BASELINE}"]
            row = pick(rows, selection_only=arm)
            reach = np.nan_to_num([[row["value"] - row["low"]], [row["high"] - row["value"]]])
            ax.errorbar(
                [i + (0.12 if arm else -0.12)], [row["value"]], yerr=np.abs(reach), capsize=5, lw=2,
                color=INK if arm else looks([strategy])[strategy].colour, ms=9,
                marker="s" if arm else "o", label=label if i == 0 else None,
            )  # fmt: skip
            ax.annotate(f"{row['value']:,.0f}", (i + (0.12 if arm else -0.12), row["value"]),
                        (9, 0), textcoords="offset points", va="center")  # fmt: skip
    ax.axhline(0, color=INK, lw=1)
    ax.set_xticks(range(len(BUILDERS)), [name.replace("_", "\n") for name in BUILDERS])
    ax.set_xlim(-0.5, len(BUILDERS) - 0.4)
    ax.set_title(f"Copies more than\n{BASELINE}")


def finding(table: pd.DataFrame) -> str:
    """Say the staircase in both arms, and how much of it and of the effect is left."""
    best = BUILDERS[-1]
    steps = table[(table["what"] == "step") & (table["strategy"] == best)]
    stairs = []
    for arm in ARMS:
        rows = steps[steps["selection_only"] == arm]
        stairs.append(" : ".join(["1", *(say(pick(rows, stage=stage)) for stage in STEPS[1:])]))
    left = pick(steps, outcome="share of the step left", stage="member")
    effects = table[table["what"] == f"{best} against {BASELINE}"]
    with_it, without = (say_paired(pick(effects, selection_only=arm)) for arm in ARMS)
    due = pick(table, what=f"due to attachment in {best}")
    return (
        f"Under {best}, copies per head of {' : '.join(STEPS)} were as {stairs[1]} when attachment "
        f"did nothing, and as {stairs[0]} when it did: {say(left, percent=True)} of the step to "
        f"member, in logarithms, is selection and more contact, not attachment. With attachment "
        f"{with_it}; without, {without}. Of that difference {say(due, 'copies')} are due to "
        "attachment."
    )
