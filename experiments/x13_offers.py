"""Do offers spoil the full price later, and do deals pay for the same hours?

Fixed: the town of launch_2025, ten hours a week; the hours of deal_driven (posts, mails, ads) and
the launch of one book on day 547. Varies: how often posts and mails carried an offer of something
else before the launch, and what they take off the price of the book on every day of it (nothing:
the offers stop when the book comes); other strategies, that make no offers; and how fast people
learn what to expect from the prices they see (price_learning), down to not at all: then only the
self-connection remains that offers fail to build. Before the launch an offer shows the price of the
book less what it takes off: goods of one brand cost alike, and all offers of a strategy are of one
depth. Offers fall on days of their own, every 15, 5 or 2, as mails go out every seven. A copy costs
nothing to make, so that revenue is what is left after the discount, and price_elasticity is
assumed: above 1 a discount cannot but raise revenue while few of those who look buy. All launch by
the plan of the presets; what the book costs is offered from the day on which it is announced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, new_figure, points, styled
from experiments.kit.finding import Finding, clear, short
from experiments.kit.tables import leaders, means, paired, pick, stacked
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Phase, Strategy
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEALS = STRATEGIES["deal_driven"]
OTHERS = ("posting_only", "audience_building", "community_building")
#: Days from one offer to the next before the launch; 0: never.
EVERY = (0, 15, 5, 2)
#: What is taken off the price during the launch; 0: nothing.
DEPTHS = (0.0, 0.1, 0.3, 0.5)
OFTEN, DEEP = EVERY[-1], DEALS.offer_depth
#: How fast people learn what to expect, and how much more a loss weighs; in further worlds they
#: learn nothing, or three times as fast.
LEARNING, LOSS = 0.1, 1.5
NOTHING, FAST = 0.0, 0.3
OUTCOMES = ("sales", "sales_full_price", "sales_discounted", "margin_lost", "revenue")
NEVER, STOPPED = "never offered before", f"offers every {OFTEN} days before"
LOOKS = {NEVER: Look("#0072B2", "-", "o"), STOPPED: Look("#D55E00", "--", "s")}


def measure(run: Run) -> dict[str, float]:
    """Count copies at full price (gifts included); read attachment before and prices after."""
    days = run.table
    before = days[run.scenario.product.launch_day - 1]
    found = {"sales_full_price": float(days["sales"].sum() - days["sales_discounted"].sum())}
    people = run.end.people
    for s, stage in enumerate(STAGES[1:], 1):
        here = people.lives.reference_price[people.stage & 3 == s]
        found[f"expected_{stage}"] = float(here.mean()) if here.size else float("nan")
        found[f"attachment_before_{stage}"] = float(before["attachment"][s])
    return found


def deals(before: int, depth: float, launch_day: int) -> Strategy:
    """Return deal_driven with offers so often before, and so deep at, the launch.

    The book's price holds from the day on which it is announced, and can be ordered.
    """
    phase, announced = DEALS.phases[0].model_dump(), launch_day - DEALS.days_ahead
    changed = {
        "name": name_of(before, depth),
        "phases": (
            Phase(**phase | {"days_between_offers": before}),
            Phase(**phase | {"from_day": announced, "days_between_offers": int(depth > 0)}),
        ),
        "offer_depth": depth or (DEEP if before else 0.0),
    }
    return Strategy(**DEALS.model_dump() | changed)


def name_of(before: int, depth: float) -> str:
    """Return the name of a strategy of `deals`."""
    trained = f"offers_every_{before}_days" if before else "no_offers"
    return (
        f"{trained}_then_{100 * depth:.0f}_percent_off" if depth else f"{trained}_then_full_price"
    )


def design(smoke: bool = False) -> Cells:
    """Return offers before x depth at the launch, other strategies, other speeds of learning."""
    town = Scenario.load("launch_2025").replace(price_learning=LEARNING, price_loss=LOSS)
    if smoke:
        town = town.replace(n_people=5_000)
    day = town["launch_day"]
    arms = [deals(before, depth, day) for before in (0, OFTEN) for depth in DEPTHS]
    arms += [deals(before, 0.0, day) for before in EVERY if before not in (0, OFTEN)]
    arms += [STRATEGIES[name] for name in (DEALS.name, *OTHERS)]
    cells = [Cell(town, arm, {"learning": LEARNING}) for arm in arms]
    for learning in (NOTHING, FAST):
        world = town.replace(price_learning=learning)
        cells += [
            Cell(world, deals(before, 0.0, day), {"learning": learning}) for before in (0, OFTEN)
        ]
    return Cells(cells, replications=3 if smoke else 20, measure=measure)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies and money of every strategy, the price expected, and what each choice costs."""
    central = frame[frame["learning"] == LEARNING]
    tables = {name: means(central, name) for name in OUTCOMES}
    for stage in STAGES[1:]:
        for what in ("expected", "attachment_before"):
            tables[f"{what}_{stage}"] = means(central, f"{what}_{stage}")
    never, always = name_of(0, 0.0), name_of(OFTEN, DEEP)
    for outcome in ("sales", "revenue"):
        for before in EVERY[1:]:
            stopped = paired(frame, outcome, name_of(before, 0.0), never, by=["learning"])
            tables[f"{outcome} after offers every {before} days"] = stopped.assign(before=before)
        for depth in DEPTHS[1:]:
            names = name_of(0, depth), never
            tables[f"{outcome} at {depth:g} off"] = paired(central, outcome, *names)
            names = name_of(OFTEN, depth), name_of(0, depth)
            tables[f"{outcome} of training at {depth:g} off"] = paired(central, outcome, *names)
        tables[f"{outcome} of deals"] = paired(central, outcome, always, never)
        for name in OTHERS:
            tables[f"{outcome} of {name}"] = paired(central, outcome, name, always)
    tables["lead"] = leaders(central, "revenue")
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw what offers before cost at full price, and the money of the launch by discount."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 2)
    _cost(axes[0], table)
    _revenue(axes[1], table)
    return figure


def _revenue(ax: Axes, table: pd.DataFrame) -> None:
    """Draw revenue against the discount of the launch, with and without offers before."""
    rows = table[table["what"] == "revenue"].set_index("strategy")
    labels = {
        NEVER: NEVER,
        STOPPED: f"offers before, of that depth\n(at 0 %: of {100 * DEEP:.0f} %)",
    }
    for i, (key, before) in enumerate(((NEVER, 0), (STOPPED, OFTEN))):
        here, look = rows.loc[[name_of(before, depth) for depth in DEPTHS]], LOOKS[key]
        points(ax, 100 * np.array(DEPTHS) + i - 0.5, here, look, labels[key], ls=look.line)
    ax.set_ylim(bottom=0)
    ax.set_xticks([100 * depth for depth in DEPTHS])
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set(title="Money of the launch [USD]", xlabel="off the price, every day of it [%]")
    ax.legend(loc="lower right", fontsize=12)


def _cost(ax: Axes, table: pd.DataFrame) -> None:
    """Draw copies more or fewer at full price by how often offers came before."""
    names = {f"sales after offers every {days} days": days for days in EVERY[1:]}
    rows = table[table["what"].isin(list(names)) & (table["learning"] == LEARNING)]
    points(ax, range(len(rows)), rows, LOOKS[STOPPED])
    ax.axhline(0, color=INK, lw=1.2)
    ax.text(-0.45, 0, "never offered", va="bottom", fontsize=12)
    ax.set_xticks(range(len(rows)), [f"every\n{names[what]} days" for what in rows["what"]])
    ax.set_xlim(-0.5, len(rows) - 0.5)
    ax.set(title="Copies more at full price, after offers", xlabel="offers before the book came")


def _changed(row: Mapping[str, Any], unit: str, same: str, fewer: str = "fewer") -> str:
    """Say a difference in a unit, or that it is the same."""
    if not clear(row):
        return same
    return f"{short(row)} {unit} {'more' if clear(row) > 0 else fewer}"


def finding(table: pd.DataFrame) -> Finding:
    """Say what offers before cost at full price and why, what deals earn, and when they do."""
    stopped = f"sales after offers every {OFTEN} days"
    cost, null, fast = (
        pick(table, what=stopped, learning=learning) for learning in (LEARNING, NOTHING, FAST)
    )
    going_on, fresh = (
        pick(table, what=what) for what in ("revenue of deals", f"revenue at {DEEP:g} off")
    )
    none = "no clear difference"
    copies = _changed(cost, "copies", "not clearly more or fewer")
    money = _changed(going_on, "dollars", "not clearly more or less", "less")
    return Finding(
        f"After an offer every other day, the full price sells {copies}; who goes on with deals "
        f"earns {money} than who never offered.",
        f"what prices teach: if people learn nothing from them, {_changed(null, 'copies', none)}; "
        f"if they learn fast, {_changed(fast, 'copies', none)}.",
        f"with no offers before, {100 * DEEP:.0f} % off at the launch against the full price: "
        f"{_changed(fresh, 'dollars', none, 'less')}.",
        "a copy costs nothing to make here, how buyers answer to a price is assumed; the offers "
        "before are of other goods.",
    )
