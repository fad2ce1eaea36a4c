"""Is posting the feeder of the community and of the list: what is lost without it?

Fixed: the town of launch_2025, ten hours a week. Varies: how much of their posting the community
and the audience strategy keep (all, half, none), what is freed going to their other activities in
proportion; the world: reach of 2012, reach of 2025, and reach of 2025 with nobody on the list or in
the community at the start. Without posts there is nobody to reply to, so the hours of replying lie
idle: a fourth arm moves them to the other activities as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, new_figure, styled
from experiments.kit.tables import means, paired, pick, say, stacked, with_share
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASES = ("community_building", "audience_building")
#: Arms by the share of posting they keep; the last gives up replying too.
ARMS = {"all posts": 1.0, "half the posts": 0.5, "no posts": 0.0, "no posts, no replies": 0.0}
WHOLE, HALF, NONE, SILENT = ARMS
OLD, NEW, EMPTY = "reach of 2012", "reach of 2025", "reach of 2025, no list"
WORLDS: dict[str, dict[str, float]] = {
    OLD: {"year": 2012},
    NEW: {"year": 2025},
    EMPTY: {"year": 2025, "share_subscribers": 0, "share_members": 0},
}
LOOKS = {OLD: ("#E69F00", "o", "--"), NEW: ("#0072B2", "s", "-"), EMPTY: ("#4A4A4A", "^", ":")}
OUTCOMES = {
    "sales": "copies",
    "moves_to_follower": "new followers",
    "moves_to_subscriber": "new subscribers",
    "moves_to_member": "new members",
}


def measure(run: Run) -> dict[str, float]:
    """Count the moves up over the whole horizon."""
    days = run.series
    return {name: days[name].sum() for name in OUTCOMES if name != "sales"}


def arms_of(strategy: Strategy) -> dict[str, Strategy]:
    """Return the arms of a strategy; the first is the strategy itself."""
    posting = strategy.phases[0].posting
    arms = {WHOLE: strategy}
    for arm, kept in list(ARMS.items())[1:]:
        name = f"{strategy.name}, {arm}".replace(", ", "_").replace(" ", "_")
        changed = with_share(strategy, "posting", kept * posting, name)
        arms[arm] = with_share(changed, "replying", 0.0, name) if arm == SILENT else changed
    return arms


def design(smoke: bool = False) -> Cells:
    """Return both strategies and their arms in 40 worlds of each kind."""
    town = Scenario.load("launch_2025")
    if smoke:
        town = town.replace(n_people=4_000)
    cells = [
        Cell(town.replace(**changes), strategy, {"base": base, "arm": arm, "world": world})
        for world, changes in WORLDS.items()
        for base in BASES
        for arm, strategy in arms_of(STRATEGIES[base]).items()
    ]
    return Cells(cells, replications=3 if smoke else 40, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every outcome by arm, and its paired difference to all posts."""
    by = ["base", "world"]
    tables = {}
    for outcome in OUTCOMES:
        tables[f"mean {outcome}"] = means(frame, outcome, [*by, "arm"])
        for arm in ARMS:
            if arm != WHOLE:
                gaps = paired(frame, outcome, arm, WHOLE, by=by, column="arm")
                tables[f"{outcome}: {arm}"] = gaps.assign(arm=arm)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies, new followers and new subscribers against the posting kept."""
    rows = ("sales", "moves_to_follower", "moves_to_subscriber")
    figure, axes = new_figure(_headline(table), len(BASES), len(rows), sharex=True)
    for i, base in enumerate(BASES):
        for j, outcome in enumerate(rows):
            ax = axes[i, j]
            _arms(ax, table[(table["what"] == f"mean {outcome}") & (table["base"] == base)])
            if i == 0:
                ax.set_title(OUTCOMES[outcome])
        axes[i, 0].set_ylabel(f"{base}\n(mean of a world)")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _arms(ax: Axes, rows: pd.DataFrame) -> None:
    for k, (world, (colour, marker, line)) in enumerate(LOOKS.items()):
        here = rows[rows["world"] == world].set_index("arm").loc[list(ARMS)]
        value = here["value"].to_numpy(float)
        reach = np.nan_to_num(np.abs(here[["low", "high"]].to_numpy(float).T - value))
        x = np.arange(len(ARMS)) + 0.12 * (k - 1)
        ax.errorbar(x, value, yerr=reach, color=colour, marker=marker, ms=7, lw=1.8, capsize=4,
                    ls="none", label=world)  # fmt: skip
        ax.plot(x, value, color=colour, lw=1.2, ls=line)
    ax.set_ylim(bottom=0)
    ax.set_xticks(
        range(len(ARMS)), [arm.replace(" ", "\n", 1).replace(", ", ",\n") for arm in ARMS]
    )
    ax.tick_params(axis="x", labelsize=10)
    ax.axhline(0, color=INK, lw=0.8)


def _headline(table: pd.DataFrame) -> str:
    parts = [
        _more(pick(table, what=f"sales: {NONE}", base=BASES[0], world=world)).split(" (")[0]
        for world in (OLD, NEW)
    ]
    return f"{BASES[0]} without posts sells {parts[0]} ({OLD}), {parts[1]} ({NEW})"


def finding(table: pd.DataFrame) -> str:
    """Say for each strategy and world whether sales are lost without posts; and the flows."""
    sentences = []
    for base in BASES:
        parts = []
        for world in WORLDS:
            place = {"base": base, "world": world}
            whole = pick(table, what="mean sales", arm=WHOLE, **place)
            none, silent = (pick(table, what=f"sales: {arm}", **place) for arm in (NONE, SILENT))
            parts.append(
                f"{world}: {say(whole, 'copies')}, without posts {_more(none)}, with the hours of "
                f"replying moved too {_more(silent)}"
            )
        sentences.append(f"{base}, {'; '.join(parts)}.")
    flows = [
        _more(pick(table, what=f"{flow}: {NONE}", base=BASES[0], world=EMPTY), what)
        for flow, what in list(OUTCOMES.items())[1:]
    ]
    sentences.append(f"Without posts {BASES[0]} had, {EMPTY}, {', '.join(flows)}.")
    return " ".join(sentences)


def _more(row: dict, what: str = "") -> str:
    """Say a difference to all posts: "18 more new members (95 % interval 12 to 24)"."""
    what = f" {what}" if what else ""
    if row["low"] <= 0 <= row["high"]:
        return f"neither clearly fewer nor more{what}: {say(row)}"
    sign, more = (1, "more") if row["value"] > 0 else (-1, "fewer")
    low, high = sorted((sign * row["low"], sign * row["high"]))
    return say({"value": sign * row["value"], "low": low, "high": high}, more + what)
