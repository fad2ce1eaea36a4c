"""Do a community and a list need posts to feed them: what is lost without?

Fixed: the town of launch_2025, ten hours a week. Varies: how much of their posting the community
and the audience strategy keep (all, half, none), what is freed going to their other activities in
proportion; the world: reach of 2012, reach of 2025, and reach of 2025 with nobody on the list or in
the community at the start. Without posts there is nobody to reply to, so the hours of replying lie
idle: a fourth arm moves them to the other activities as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, points, styled
from experiments.kit.finding import Finding, clear, plain, short
from experiments.kit.tables import means, paired, pick, stacked, with_share
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
LOOKS = {
    OLD: Look("#B87400", "--", "o"),
    NEW: Look("#0072B2", "-", "s"),
    EMPTY: Look("#4A4A4A", ":", "^"),
}
BEFORE = (
    "who started with a list sold 9 copies more without posts. Now replies make posts seen, and "
    "posts have their place in the plan of a launch."
)
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
    """Draw copies against the posting kept, of 100 with all posts: a panel a strategy."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, len(BASES), sharey=True)
    for ax, base in zip(axes, BASES, strict=True):
        for world, look in LOOKS.items():
            _kept(ax, table, base, world, look)
        ax.axhline(100, color=INK, lw=0.8)
        ax.set_xticks(range(len(ARMS)), [arm.replace(" ", "\n", 1).replace(", ", ",\n")
                                         for arm in ARMS])  # fmt: skip
        ax.set_title(plain(base))
    axes[0].set_ylabel("copies sold, of 100 with all posts")
    axes[0].set_ylim(bottom=-5)
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=len(WORLDS))
    return figure


def _kept(ax: Axes, table: pd.DataFrame, base: str, world: str, look: Look) -> None:
    """Draw what each arm sells, of 100 copies with all posts, in a world."""
    here = table[(table["base"] == base) & (table["world"] == world)]
    whole = pick(here, what="mean sales", arm=WHOLE)["value"]
    if not whole:
        return
    rows = here[here["what"].isin([f"sales: {arm}" for arm in ARMS])].set_index("arm")
    ends = 100 + 100 / whole * rows.loc[list(ARMS)[1:], ["value", "low", "high"]].astype(float)
    ax.plot(range(len(ARMS)), [100, *ends["value"]], color=look.colour, lw=1.5, ls=look.line)
    points(ax, range(1, len(ARMS)), ends, look, world)


def _without(table: pd.DataFrame, base: str, world: str) -> str:
    """Say what a strategy sells without posts in a world."""
    row = pick(table, what=f"sales: {NONE}", base=base, world=world)
    if not clear(row):
        return "sells not clearly more or less"
    if clear(row) > 0:
        return f"sells {short(row)} more copies"
    whole = pick(table, what="mean sales", base=base, world=world, arm=WHOLE)["value"]
    return f"loses {-100 * row['value'] / whole:.0f} % of its copies"


def finding(table: pd.DataFrame) -> Finding:
    """Say for a start from nothing, and with a list, what is lost without posts; and the flows."""
    community, audience = BASES
    place = {"base": community, "world": EMPTY}
    flow = pick(table, what=f"moves_to_subscriber: {NONE}", **place)
    whole = pick(table, what="mean moves_to_subscriber", arm=WHOLE, **place)["value"]
    comes = "as many people come onto an empty list without posts"
    if clear(flow) < 0:
        comes = f"without posts {-100 * flow['value'] / whole:.0f} % fewer people come onto a list"
    elif clear(flow) > 0:
        comes = f"without posts {short(flow)} more people come onto a list"
    return Finding(
        f"Without posts, a community that starts from nothing {_without(table, community, EMPTY)}; "
        f"one that starts with a list {_without(table, community, NEW)}.",
        f"{comes}; building a list from nothing {_without(table, audience, EMPTY)}.",
        "with the reach that posts had in 2012, even a community that starts with a list "
        f"{_without(table, community, OLD)}.",
        "two years, ten hours a week, one launch; what feeds a list or a community besides "
        "posts is assumed, not measured.",
    )
