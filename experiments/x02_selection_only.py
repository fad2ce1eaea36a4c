"""Would members still buy more than followers if attachment did nothing?

Fixed: the town of launch_2025, ten hours a week, the same people with the same luck.
Varies: attachment moves people up and sells, or does neither (selection_only); three strategies.
With selection_only a member still differs from a follower: those who care more climb further, and
are met more often, by contacts that more often lead to the product page. What is left of the
staircase is that; what is lost is the effect of attachment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, looks, name_ends, new_figure, plain_log, styled
from experiments.kit.finding import Finding, clear, plain, short
from experiments.kit.tables import (
    differences,
    heads_at_launch,
    means,
    of_sums,
    paired,
    per_head,
    pick,
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
ARMS = {False: "with attachment", True: "without attachment"}


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
    """Draw the staircase of both arms under the last builder, and what building adds in both."""
    figure, axes = new_figure(_steps_of(table), 1, 2, width_ratios=(1.3, 1))
    heads = table[(table["what"] == "copies per head") & (table["strategy"] == BUILDERS[-1])]
    some = PER * heads.loc[heads["stage"].isin(STEPS) & (heads["value"] > 0), "value"]
    left, right = axes[0]
    left.set_xlim(-0.2, len(STEPS) - 0.9)
    plain_log(left.yaxis, *((some.min(), some.max()) if len(some) else (1, 10)))
    _staircase(left, heads)
    left.set(title=f"Copies per {PER:,} heads ({plain(BUILDERS[-1])})")
    _effects(right, table)
    return figure


def _staircase(ax: Axes, heads: pd.DataFrame) -> None:
    colour, ends = looks(BUILDERS)[BUILDERS[-1]].colour, {}
    for arm, label in ARMS.items():
        rows = heads[heads["selection_only"] == arm].set_index("stage").loc[list(STEPS)]
        value = PER * rows["value"].to_numpy(float)
        reach = np.abs(PER * rows[["low", "high"]].to_numpy(float).T - value)
        reach[0] = np.minimum(reach[0], 0.999 * value)  # 0 has no place on a log axis
        ax.errorbar(
            range(len(STEPS)), value, yerr=np.nan_to_num(reach), color=INK if arm else colour,
            ls="--" if arm else "-", marker="s" if arm else "o", ms=8, lw=2, capsize=4,
        )  # fmt: skip
        if value[-1] > 0:
            ends[label.replace(" ", "\n")] = (len(STEPS) - 1, value[-1], INK if arm else colour)
    name_ends(ax, ends, 0.14)
    ax.set_xticks(range(len(STEPS)), STEPS)


def _effects(ax: Axes, table: pd.DataFrame) -> None:
    """Draw how many more copies each builder sells than the baseline, in both arms."""
    for i, strategy in enumerate(BUILDERS):
        rows = table[table["what"] == f"{strategy} against {BASELINE}"]
        for arm, side in ((False, -0.2), (True, 0.2)):
            row = pick(rows, selection_only=arm)
            colour = INK if arm else looks([strategy])[strategy].colour
            reach = np.nan_to_num([[row["value"] - row["low"]], [row["high"] - row["value"]]])
            ax.errorbar(
                [i + side], [row["value"]], yerr=np.abs(reach), capsize=5, lw=2, ms=9,
                color=colour, marker="s" if arm else "o",
            )  # fmt: skip
            words = "without" if arm else "with"
            top = np.fmax(row["high"], row["value"])
            ax.annotate(f"{words}\n{short(row, signed=True)}", (i + side, top), (0, 5),
                        textcoords="offset points", va="bottom", ha="center")  # fmt: skip
    ax.margins(y=0.15)
    ax.axhline(0, color=INK, lw=1)
    ax.set_xticks(range(len(BUILDERS)), [plain(name).replace(" a ", " a\n") for name in BUILDERS])
    ax.set_xlim(-0.6, len(BUILDERS) - 0.4)
    ax.set_title(f"Copies more than {plain(BASELINE)}")


def _step(table: pd.DataFrame, **labels: Any) -> dict[str, Any]:
    rows = table[(table["what"] == "step") & (table["strategy"] == BUILDERS[-1])]
    return pick(rows, stage=STEPS[-1], **labels)


def _steps_of(table: pd.DataFrame) -> str:
    """Say how much more a member buys than a follower, without attachment and with it."""
    on, off = (_step(table, selection_only=arm) for arm in ARMS)
    left = _step(table, outcome="share of the step left")
    if not (np.isfinite(on["value"]) and np.isfinite(off["value"])):
        return "It cannot be told: too few followers or members bought"
    if off["low"] > 1:
        said = f"Yes: without attachment members still buy {short(off)} times as much as followers"
    elif off["high"] < 1:
        said = f"No: without attachment members buy only {short(off)} times as much as followers"
    else:
        return "It cannot be told whether members buy more than followers without attachment"
    more = "" if left["high"] < 1 or left["low"] > 1 else "not clearly different, "
    return f"{said}; with it {more}{short(on)} times"


def finding(table: pd.DataFrame) -> Finding:
    """Say the step to a member in both arms, what makes it, and what building sells in both."""
    left = _step(table, outcome="share of the step left")
    who = "who members are and how often they are met"
    if left["low"] > 0.5:
        carries = f"mostly {who}; attachment makes the smaller part of the step."
    elif left["high"] < 0.5:
        carries = f"mostly attachment; {who} make the smaller part of the step."
    else:
        carries = f"it cannot be told whether attachment or {who} does more."
    effects = table[table["what"] == f"{BUILDERS[-1]} against {BASELINE}"]
    with_, without = (pick(effects, selection_only=arm) for arm in ARMS)
    due = pick(table, what=f"due to attachment in {BUILDERS[-1]}")
    builder, posting = plain(BUILDERS[-1]), plain(BASELINE)
    if clear(with_) > 0 and clear(without) > 0:
        flips = f"{builder} beats {posting} without attachment too, by {short(without)} copies"
        flips += f" instead of {short(with_)}" if clear(due) else ""
    elif clear(with_) > 0:
        flips = f"without attachment {builder} no longer clearly beats {posting}"
    else:
        flips = f"{builder} does not clearly beat {posting} even with attachment"
    return Finding(
        f"{_steps_of(table)}.",
        carries,
        f"{flips}.",
        "who members are and how often they are met are not told apart; nobody has measured "
        "either; one book, one town.",
    )
