"""What does it cost to ignore complaints, and what does it cost to answer them?

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

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import Look, new_figure, points, styled
from experiments.kit.finding import Finding, clear, short
from experiments.kit.tables import (
    leaders,
    logged,
    means,
    of_sums,
    paired,
    pick,
    ratios,
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
BEFORE = (
    "ignoring complaints cost no copies, answering them 82. Now what goes wrong brings bad reviews "
    "and warned friends that lower sales, and an answer mends a part of it."
)
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
    """Draw copies sold against the hours for support, a line for how often purchases go wrong."""
    figure, ((ax,),) = new_figure(finding(table).answer.rstrip("."))
    for i, (world, look) in enumerate(LOOKS.items()):
        rows = table[(table["what"] == "sales") & (table["world"] == world)]
        x = 100 * rows["share"].to_numpy(float) + 0.25 * (i - 1)
        points(ax, x, rows, look, world, ls=look.line)
    ax.set_ylim(bottom=0)
    ax.set(title="Copies sold", xlabel="% of the hours kept for answering complaints")
    ax.legend(loc="lower left", title="purchases go wrong", alignment="left")
    return figure


def _costs(row: Mapping[str, Any]) -> str:
    """Say what a difference costs or gains."""
    if not clear(row):
        return "costs nothing that can be told"
    return f"{'gains' if clear(row) > 0 else 'costs'} {short(row)} copies"


def _pays(table: pd.DataFrame, world: str) -> str:
    """Say whether some hours for answers sell more than none in a world."""
    gains = {share: pick(table, what=f"sales at {share:g}", world=world) for share in SHARES[1:]}
    pays = {share: row for share, row in gains.items() if clear(row) > 0}
    if not pays:
        return "no answers clearly pay"
    best = max(pays, key=lambda share: pays[share]["value"])
    return f"{100 * best:g} % of the hours on answers sell {short(pays[best])} copies more"


def finding(table: pd.DataFrame) -> Finding:
    """Say what ignoring costs, what answering costs, and when answers pay."""
    ignored, mended = (pick(table, what=f"sales in {OFTEN}", share=s) for s in (0.0, PLENTY))
    hours = pick(table, what=f"sales at {PLENTY:g}", world=NEVER)
    answered = pick(table, what="answered", world=OFTEN, share=PLENTY)["value"]
    gap = pick(table, what="plenty less none", world=OFTEN, outcome="kept")
    stay = ("fewer", "as many", "more")[1 + clear(gap)]
    return Finding(
        f"When ten times as much goes wrong as assumed, ignoring it {_costs(ignored)}; a fifth of "
        f"the hours for answers {_costs(hours)}.",
        f"these hours answer {100 * answered:.0f} % of complaints; what goes wrong still "
        f"{_costs(mended)}; of those who complain {stay} stay fans.",
        f"when ten times as much goes wrong, {_pays(table, OFTEN)}; as often as assumed, "
        f"{_pays(table, ASSUMED)}.",
        "how often purchases go wrong, what a complaint does and what an answer mends are "
        "assumed; one book, one brand, one year.",
    )
