"""What do complaints cost when they are ignored, and what does it cost to answer them?

Fixed: the town of launch_2025, ten hours a week, a book that stays on sale and spoken of for a year
from day 90, and half a year lived after that, so that what a complaint leaves behind can be seen;
the hours of service_first apart from support, in their proportions. Varies: the share of the hours
kept for support, from none to plenty; how often a purchase goes wrong: never, as assumed, ten times
as often, and that with far harsher consequences (HARSH). The same world without complaints lives
under every share: what complaints cost is the difference to it, what support costs that between
shares. A fan is a follower, subscriber or member; kept: at the end at least in the stage in which
they complained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, points, styled
from experiments.kit.tables import (
    leaders,
    logged,
    means,
    of_sums,
    paired,
    pick,
    ratios,
    say,
    stacked,
    with_share,
)
from simulation.core.outcomes import Event
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.rules.attachment import attachment, left_after
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
PLENTY = 0.2  # that of service_first
LAUNCH_DAY, DAYS_WINDOW, N_DAYS = 90, 365, 640
TIMES = 10  # as many purchases go wrong
#: Consequences far beyond what is assumed: what a bad case would look like.
HARSH = {"loss_ignored": 0.9, "loss_heard": 0.5}
NEVER, ASSUMED, OFTEN, WORST = (
    "nothing goes wrong", "as often as assumed", f"{TIMES} times as often",
    f"{TIMES} times, and harsher",
)  # fmt: skip
LOOKS = {
    NEVER: Look("#8C8C8C", "-", "x"),
    ASSUMED: Look("#0072B2", "--", "o"),
    OFTEN: Look("#E69F00", "-.", "s"),
    WORST: Look("#A8203A", ":", "D"),
}
WRONG = (ASSUMED, OFTEN, WORST)
#: What is compared with the world in which nothing goes wrong.
HARMED = ("sales", "listed")
COUNTS = ("complaints", "complaints_answered", "complaints_ignored", "complaints_open", "warned")


def measure(run: Run) -> dict[str, float]:
    """Count friends warned, subscribers and members at the end; fans who complained, and are kept.

    felt: the sum of what these fans feel for the brand at the end.
    """
    complained = logged(run, Event.COMPLAIN)
    complained = complained[complained.from_stage > 0]
    who = complained.person
    people, par = run.end.people, run.scenario.numbers()
    lives, last = people.lives[who], run.scenario.world.n_days - 1
    felt = [
        attachment(
            par,
            life["prominence"] * left_after(par, par.decay_prominence, days),
            life["self_connection"] * left_after(par, par.decay_self_connection, days),
        )
        for life, days in zip(lives, last - lives["last_contact"].astype(int), strict=True)
    ]
    return {
        "warned": run.table["warned"].sum(),
        "listed": run.table["n"][-1][2:].sum(),
        "fans_complained": who.size,
        "kept": np.count_nonzero((people.stage[who] & 3) >= complained.from_stage),
        "felt": float(np.sum(felt)),
    }


def design(smoke: bool = False) -> Cells:
    """Return six shares of support in 30 worlds of each kind."""
    town = Scenario.load("launch_2025").replace(
        can_go_wrong=True, launch_day=LAUNCH_DAY, days_window=DAYS_WINDOW, n_days=N_DAYS
    )
    if smoke:
        town = town.replace(n_people=6_000)
    wrong = {"p_wrong": min(1.0, TIMES * town["p_wrong"])}
    # Not can_go_wrong = false, nor another g_complaint: either would give all people other luck.
    worlds: dict[str, dict[str, Any]] = {
        NEVER: {"p_wrong": 0.0}, ASSUMED: {}, OFTEN: wrong, WORST: wrong | HARSH,
    }  # fmt: skip
    base = STRATEGIES["service_first"]
    arms = {s: with_share(base, "supporting", s, f"support_{100 * s:g}_percent") for s in SHARES}
    cells = [
        Cell(town.replace(**changes), arm, {"world": world, "share": share})
        for world, changes in worlds.items()
        for share, arm in arms.items()
    ]
    return Cells(cells, replications=3 if smoke else 30, measure=measure, events=True)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return counts, what complaints cost and what support costs, and who of the fans was kept."""
    import pandas as pd

    by = ["world", "share"]
    wrong = frame[frame["world"] != NEVER]
    tables = {name: means(frame, name, by) for name in HARMED}
    tables |= {name: means(wrong, name, by) for name in COUNTS}
    tables["answered"] = ratios(wrong, "complaints_answered", "complaints", by)
    tables["kept"] = ratios(wrong, "kept", "fans_complained", by)
    tables["felt"] = ratios(wrong, "felt", "fans_complained", by)
    for outcome in HARMED:
        for world in WRONG:
            harm = paired(frame, outcome, world, NEVER, by=["share"], column="world")
            tables[f"{outcome} in {world}"] = harm.rename(columns={"strategy": "world"})
        for share in SHARES[1:]:
            hours = paired(frame, outcome, share, 0.0, by=["world"], column="share")
            hours = hours.rename(columns={"strategy": "share"}).drop(columns="baseline")
            tables[f"{outcome} at {share:g}"] = hours
    tables["lead"] = leaders(frame, "sales", ["world"], column="share").rename(
        columns={"strategy": "share", "baseline": "second"}
    )
    gaps = [_gap(wrong[wrong["world"] == world], above) | {"world": world}
            for world in WRONG for above in ("kept", "felt")]  # fmt: skip
    return stacked(tables | {"plenty less none": pd.DataFrame(gaps)})


def _gap(frame: pd.DataFrame, above: str) -> dict[str, Any]:
    """Return a ratio to the fans who complained under PLENTY of support, minus under none."""
    columns = []
    for share in (PLENTY, 0.0):
        here = frame[frame["share"] == share].set_index("replication_id").sort_index()
        columns += [here[above], here["fans_complained"]]
    found = of_sums(columns, lambda a, m, b, n: np.asarray(a) / m - np.asarray(b) / n)
    return {"outcome": above, **found}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw complaints answered, copies, complaining fans kept, and what becomes of the list."""
    low, high = (pick(table, what="kept", world=OFTEN, share=s)["value"] for s in (0.0, PLENTY))
    none, plenty = (pick(table, what="sales", world=OFTEN, share=s)["value"] for s in (0.0, PLENTY))
    figure, axes = new_figure(
        f"When {TIMES} times as much goes wrong, {100 * PLENTY:.0f} % of the hours for support: "
        f"{100 * high:.0f} % of complaining fans kept instead of {100 * low:.0f} %, "
        f"{plenty:,.0f} copies sold instead of {none:,.0f}",
        2, 2, sharex=True,
    )  # fmt: skip
    (answered, sales), (kept, lost) = axes
    _lines(answered, table, dict.fromkeys(WRONG, "answered"), 100)
    _lines(kept, table, dict.fromkeys(WRONG, "kept"), 100)
    _lines(sales, table, dict.fromkeys(LOOKS, "sales"))
    _lines(lost, table, {world: f"listed in {world}" for world in WRONG})
    lost.axhline(0, color=INK, lw=1)
    for ax in (answered, kept):
        ax.set_ylim(-4, 106)
    sales.set_ylim(bottom=0)
    answered.set(title="Complaints answered", ylabel="% of complaints")
    sales.set(title="Copies sold", ylabel="copies a world")
    kept.set(title="Complaining fans kept in their stage", ylabel="% of these fans")
    lost.set(
        title="Subscribers and members lost by complaints",
        ylabel="people more than if\nnothing went wrong",
    )
    for ax in (kept, lost):
        ax.set_xlabel("share of the hours kept for support [%]")
    figure.legend(
        *sales.get_legend_handles_labels(), loc="outside lower center", ncols=2,
        title="purchases go wrong",
    )  # fmt: skip
    return figure


def _lines(ax: Axes, table: pd.DataFrame, whats: dict[str, str], scale: float = 1) -> None:
    """Draw a row of the table against the share of support, a line for each world."""
    for i, (world, what) in enumerate(whats.items()):
        rows = table[(table["what"] == what) & (table["world"] == world)].copy()
        rows[["value", "low", "high"]] *= scale
        x = 100 * rows["share"].to_numpy(float) + 0.35 * (i - 1)
        points(ax, x, rows, LOOKS[world], world, ls=LOOKS[world].line, ms=6)


def finding(table: pd.DataFrame) -> str:
    """Say how many were answered, what ignoring costs in sales and fans, what answering costs."""
    many, warned = (
        say(pick(table, what=what, world=OFTEN, share=0.0)) for what in ("complaints", "warned")
    )
    gap = pick(table, what="plenty less none", world=OFTEN, outcome="kept")
    points_more = say({key: 100 * gap[key] for key in ("value", "low", "high")}, "points")
    all_answered = say(pick(table, what="answered", world=OFTEN, share=PLENTY), percent=True)
    lost = [
        f"{say(pick(table, what=f'sales in {world}', share=0.0), 'copies')} and "
        f"{say(pick(table, what=f'listed in {world}', share=0.0), 'subscribers and members')} "
        f"({world})"
        for world in WRONG
    ]
    hours = say(pick(table, what=f"sales at {PLENTY:g}", world=OFTEN), "copies")
    best = pick(table, what="lead", world=OFTEN)
    beside = "" if best["clear"] else f", not clearly ahead of {100 * best['second']:g} %"
    return (
        f"With {TIMES} times as many purchases gone wrong as assumed {many} people complained and, "
        f"ignored, warned {warned} friends; {100 * PLENTY:g} % of the hours answered {all_answered}"
        f", which changed the share of complaining fans kept by {points_more}, and, as these hours "
        f"were taken from all else, sales by {hours}. Against a world in which nothing goes wrong "
        f"complaints that all were ignored changed sales and audience by {'; '.join(lost)}. Most "
        f"copies were sold with {100 * best['share']:g} % of the hours for support{beside}."
    )
