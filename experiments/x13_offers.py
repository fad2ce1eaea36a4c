"""Do followers trained by offers still pay the full price, and do deals pay at equal effort?

Fixed: the town of launch_2025, ten hours a week; the hours of deal_driven (posts, mails, ads) and
the launch of one book on day 547. Varies: how often posts and mails carried an offer of something
else before the launch, and what they take off the price of the book on every day of it (nothing:
the offers stop when the book comes); other strategies, that make no offers; and how fast people
learn what to expect from the prices they see (price_learning), down to not at all: then only the
self-connection remains that offers fail to build. Before the launch an offer shows the price of the
book less what it takes off: goods of one brand cost alike, and all offers of a strategy are of one
depth. Offers fall on days of their own, every 15, 5 or 2, as mails go out every seven. A copy costs
nothing to make, so that revenue is what is left after the discount, and price_elasticity is
assumed: above 1 a discount cannot but raise revenue while few of those who look buy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, legend_under, new_figure, points, styled
from experiments.kit.tables import leaders, means, paired, pick, say, say_paired, stacked
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
BEFORE = (0, 15, 5, 2)
#: What is taken off the price during the launch; 0: nothing.
DEPTHS = (0.0, 0.1, 0.3, 0.5)
OFTEN, DEEP = BEFORE[-1], DEALS.offer_depth
#: How fast people learn what to expect, and how much more a loss weighs; in further worlds they
#: learn nothing, or three times as fast.
LEARNING, LOSS = 0.1, 1.5
NOTHING, FAST = 0.0, 0.3
OUTCOMES = ("sales", "sales_full_price", "sales_discounted", "margin_lost", "revenue")
NEVER, STOPPED = "never offered before", f"offers every {OFTEN} days before"
LOOKS = {NEVER: Look("#0072B2", "-", "o"), STOPPED: Look("#D55E00", "--", "s")}
FULL_PRICE, DISCOUNTED = "#0072B2", "#E69F00"


def measure(run: Run) -> dict[str, float]:
    """Count copies at full price (gifts included); read attachment before and prices after."""
    days = run.table
    before = days[run.scenario.product.launch_day - 1]
    found = {"sales_full_price": float(days["sales"].sum() - days["sales_discounted"].sum())}
    people = run.end.people
    for s, stage in enumerate(STAGES[1:], 1):
        here = people.rare.reference_price[people.stage & 3 == s]
        found[f"expected_{stage}"] = float(here.mean()) if here.size else float("nan")
        found[f"attachment_before_{stage}"] = float(before["attachment"][s])
    return found


def deals(before: int, depth: float, launch_day: int) -> Strategy:
    """Return the hours of deal_driven with offers so often before, and so deep at, the launch."""
    phase = DEALS.phases[0]
    phases = (
        phase.model_copy(update={"days_between_offers": before}),
        Phase(
            **phase.model_dump() | {"from_day": launch_day, "days_between_offers": int(depth > 0)}
        ),
    )
    return Strategy(
        name=name_of(before, depth), phases=phases, offer_depth=depth or (DEEP if before else 0.0)
    )


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
    arms += [deals(before, 0.0, day) for before in BEFORE if before not in (0, OFTEN)]
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
        for before in BEFORE[1:]:
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
    """Draw revenue by discount, copies of the strategies, and what training costs at full price."""
    cost = pick(table, what=f"sales after offers every {OFTEN} days", learning=LEARNING)
    sold = pick(table, what="sales", strategy=name_of(0, 0.0))["value"]
    many = f"{cost['value'] + sold:,.0f} copies instead of {sold:,.0f}"
    if cost["low"] <= 0 <= cost["high"]:
        many = f"no clear difference ({many})"
    figure, axes = new_figure(
        f"Offers every {OFTEN} days, then a book at full price: {many}",
        1, 3, width_ratios=(1, 1.15, 0.95),
    )  # fmt: skip
    left, middle, right = axes[0]
    _revenue(left, table)
    _copies(middle, table)
    _cost(right, table)
    return figure


def _revenue(ax: Axes, table: pd.DataFrame) -> None:
    """Draw revenue against the discount of the launch, with and without offers before."""
    rows = table[table["what"] == "revenue"].set_index("strategy")
    for i, (label, before) in enumerate(((NEVER, 0), (STOPPED, OFTEN))):
        here = rows.loc[[name_of(before, depth) for depth in DEPTHS]]
        x = 100 * np.array(DEPTHS) + i - 0.5
        points(ax, x, here, LOOKS[label], label, ls=LOOKS[label].line)
    ax.set_ylim(bottom=0)
    ax.set_xticks([100 * depth for depth in DEPTHS])
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set(title="Revenue of the launch", xlabel="off the price, every day of it [%]",
           ylabel="USD a world (mean, 95 % interval)")  # fmt: skip
    legend_under(ax, columns=1)


def _copies(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the copies of whole strategies at full price and at a discount."""
    arms = {
        **{name: name.replace("_", "\n") for name in (*OTHERS, DEALS.name)},
        name_of(0, 0.0): "hours of\ndeal_driven,\nno offers",
        name_of(OFTEN, 0.0): "offers, then\nfull price",
        name_of(OFTEN, DEEP): f"offers, then\n{100 * DEEP:.0f} % off\nevery day",
    }
    y, left = np.arange(len(arms)), np.zeros(len(arms))
    for name, colour, label in (
        ("sales_full_price", FULL_PRICE, "full price"),
        ("sales_discounted", DISCOUNTED, "discounted"),
    ):
        rows = table[table["what"] == name].set_index("strategy").loc[list(arms)]
        value = rows["value"].to_numpy(float)
        ax.barh(y, value, 0.7, left, color=colour, ec="white", label=label)
        left += value
    revenue = table[table["what"] == "revenue"].set_index("strategy").loc[list(arms), "value"]
    top = max(1.0, float(left.max()))
    for at, copies, usd in zip(y.tolist(), left, revenue, strict=True):
        ax.text(copies + 0.02 * top, at, f"{usd:,.0f} USD", va="center", fontsize=11)
    ax.set_xlim(0, 1.4 * top)
    ax.set_yticks(y, list(arms.values()))
    ax.tick_params(axis="y", labelsize=10)
    ax.set(title="Copies, and revenue", xlabel="copies a world (mean)")
    legend_under(ax)


def _cost(ax: Axes, table: pd.DataFrame) -> None:
    """Draw copies lost at full price by how often offers came, and how fast people learn."""
    rows = table[table["what"].isin([f"sales after offers every {d} days" for d in BEFORE[1:]])]
    central = rows[rows["learning"] == LEARNING]
    other = rows[rows["learning"] != LEARNING].sort_values("learning")
    x = np.arange(len(central) + len(other))
    points(ax, x[: len(central)], central, LOOKS[STOPPED])
    points(ax, x[len(central) :], other, Look("#4A4A4A", "-", "^"))
    ax.axhline(0, color=INK, lw=1)
    labels = [f"{before:.0f} d" for before in central["before"]]
    labels += [f"{before:.0f} d,\nlearning\n{learning:g}" for before, learning in
               zip(other["before"], other["learning"], strict=True)]  # fmt: skip
    ax.set_xticks(x, labels)
    ax.tick_params(axis="x", labelsize=10)
    ax.set_xlim(-0.5, x[-1] + 0.5)
    ax.set(title="Then, at full price", ylabel="copies more than never offered",
           xlabel="days from offer to offer")  # fmt: skip


def finding(table: pd.DataFrame) -> str:
    """Say what training costs at full price and why, what deals earn, and what others earn."""
    stopped = f"sales after offers every {OFTEN} days"
    null, fast = (
        say(pick(table, what=stopped, learning=learning), "copies") for learning in (NOTHING, FAST)
    )
    sold, trained = (
        pick(table, what=f"{outcome} of training at {DEEP:g} off")
        for outcome in ("sales", "revenue")
    )
    off = f"{100 * DEEP:.0f} % off"
    money = "; ".join(
        f"{what} {say(pick(table, what=row), 'USD')}"
        for what, row in (
            (f"{off} without offers before", f"revenue at {DEEP:g} off"),
            ("offers before and at the launch", "revenue of deals"),
        )
    )
    best = pick(table, what="lead")
    return (
        f"After an offer every {OFTEN} days, at full price, "
        f"{say_paired(pick(table, what=stopped, learning=LEARNING))} (the difference is {null} if "
        f"people learn nothing from prices, {fast} if they learn {FAST / LEARNING:.0f} times as "
        "fast). Against "
        f"the same hours without offers the revenue changed by: {money}; with {off} on every day "
        f"of the launch, trained less untrained, {say(sold, 'copies')} and "
        f"{say(trained, 'USD')}. Of all, {best['strategy']} brought most, "
        f"{say(best, 'USD')} more than {best['baseline']}"
        f"{'' if best['clear'] else ', no clear lead'}."
    )
