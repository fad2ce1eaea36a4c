"""Does double the money bring double, and does the size of a town pick the winner?

Fixed: launch_2025, a book after one and a half years. Varies, in two parts: (1) the money for ads,
none or 100 USD a week doubled four times, beside the ten hours of audience_building, which stay as
they are; with the reach of 2012 and of 2025. What it brings are clicks, and chances to buy beyond
those of the same worlds without ads. That money buys clicks at ads_exponent (.73) is assumed; what
becomes of the clicks is not. (2) The people of the town, 2,000 to 200,000, the same shares of them
followers, subscribers and members on day 0, under five strategies at equal effort; with hours that
grow with the town (ten for 100,000 people), and with ten hours whatever the town. Clicks, replies
and answers are spent on single people; a post, a mail or an event costs the same however many it
reaches. So effort a head means as much money a head for ads in all towns, but more posts for
everybody in a large one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells, grid
from experiments.kit.drawing import INK, Look, darker, looks, new_figure, points, styled
from experiments.kit.finding import BULLET_WORDS, Finding, plain, short, some_of, upper, words
from experiments.kit.tables import leaders, means, of_sums, paired, pick, stacked
from simulation.core.stages import Channel
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASE = STRATEGIES["audience_building"]
YEARS = (2012, 2025)
#: USD a week for ads.
MONEY = (100, 200, 400, 800, 1_600)
N_DOUBLINGS = len(MONEY) - 1
NAMES = ("posting_only", "audience_building", "community_building", "balanced", "advertising")
#: People of a town, and in how many worlds it is lived: small towns sell few copies.
TOWNS = {2_000: 40, 6_000: 30, 20_000: 20, 60_000: 12, 200_000: 8}
HEAD, SAME = "hours grow with the town", "the same hours"
EVERY = 100_000
LOOKS = {2012: Look("#0072B2", "--", "s"), 2025: Look("#D55E00", "-", "o")}


def measure(run: Run) -> dict[str, float]:
    """Measure clicks on ads, and chances to buy for every 100,000 people."""
    return {
        "clicks": float(run.table["contacts"][:, Channel.AD].sum()),
        "a_head": run.summary["expected_sales"] * EVERY / run.scenario.world.n_people,
    }


def with_ads(town: Scenario, money: float) -> tuple[Scenario, Strategy]:
    """Return the hours of BASE and so much money a week for ads beside them."""
    (phase,) = BASE.phases
    hours, more = town["hours_per_week"], money / town["usd_per_hour"]
    shares = {
        name: getattr(phase, name) * hours / (hours + more)
        for name in ("posting", "replying", "content")
    }
    shares["advertising"] = more / (hours + more)
    update: dict[str, Any] = {"name": f"ads_{money}", "description": f"{money} USD a week for ads"}
    update |= {"phases": (phase.model_copy(update=shares),), "ads_saved": 0.25}
    return town.replace(hours_per_week=hours + more), BASE.model_copy(update=update)


def design(smoke: bool = False) -> list[Cells]:
    """Return the money in 12 worlds each, and towns x hours x five strategies."""
    town = Scenario.load("launch_2025")
    small = town.replace(n_people=10_000) if smoke else town
    empty = {"year": 0, "money": 0, "people": 0, "effort": ""}
    cells = []
    for year in YEARS:
        for money in (0, *MONEY):
            world, arm = with_ads(small.replace(year=year), money)
            cells.append(Cell(world, arm, empty | {"year": year, "money": money}))
    designs = [
        Cells(cells, replications=4 if smoke else 12, measure=measure,
              unequal_effort="how much money there is, is the question")
    ]  # fmt: skip
    towns = {2_000: 4, 6_000: 4, 20_000: 4} if smoke else TOWNS
    for people, worlds in towns.items():
        hours = {HEAD: town["hours_per_week"] * people / EVERY, SAME: town["hours_per_week"]}
        places = [
            (empty | {"people": people, "effort": name},
             town.replace(n_people=people, hours_per_week=spent))
            for name, spent in hours.items()
        ]  # fmt: skip
        strategies = [STRATEGIES[name] for name in NAMES]
        designs.append(Cells(grid(places, strategies), replications=worlds, measure=measure))
    return designs


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what a doubling brings, and copies a head and who is first by size of the town."""
    money, towns = frame[frame["money"] + frame["year"] > 0], frame[frame["people"] > 0]
    by = ["effort", "people"]
    tables = {what: _doublings(money, column) for what, column in OUTCOMES.items()}
    tables |= {"first": leaders(towns, "a_head", by)}
    for step in MONEY:
        more = paired(money, "expected_sales", step, 0, by=["year"], column="money")
        tables[f"copies more with {step} USD a week"] = more.rename(columns={"strategy": "money"})
    tables["a head"] = means(towns, "a_head", [*by, "strategy"])
    return stacked(tables)


#: What a doubling brings -> its column.
OUTCOMES = {"clicks": "clicks", "copies": "expected_sales"}


def _doublings(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return by how many times what the money brings grows: a doubling, and of all together.

    "all" is the mean factor of a doubling; "times the first" what each sum brings over the least.
    """
    import pandas as pd

    rows = []
    for year, part in frame.groupby("year", sort=False):
        wide = part.pivot(index="replication_id", columns="money", values=column).dropna()
        more = {step: wide[step] - wide[0] for step in MONEY}
        first, last = more[MONEY[0]], more[MONEY[-1]]
        mean = of_sums([last, first], lambda a, b: (np.asarray(a) / b) ** (1 / N_DOUBLINGS))
        rows.append({"year": year, "part": "mean doubling", **mean})
        for low, high in pairwise(MONEY):
            row = {"year": year, "money": high, "part": "one doubling"}
            rows.append(row | of_sums([more[high], more[low]], np.divide))
        for step in MONEY[1:]:
            row = {"year": year, "money": step, "part": "times the first"}
            rows.append(row | of_sums([more[step], first], np.divide))
    return pd.DataFrame(rows)


# ---- picture -------------------------------------------------------------------------------------


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw what more money brings, and copies a head by size of the town, with both hours."""
    figure, axes = new_figure(_headline(table), 1, 3, size=(13, 6.5))
    _money(axes[0, 0], table)
    rows = table[table["what"] == "a head"]
    for ax, hours in zip(axes[0, 1:], (HEAD, SAME), strict=True):
        _towns(ax, rows[rows["effort"] == hours])
        ax.set_title(f"{upper(hours)}")
    axes[0, 1].set_ylabel("copies for every 100,000 people")
    top = 1.4 * rows["value"].max()
    for ax in axes[0, 1:]:
        ax.set_ylim(max(1.0, 0.6 * rows["value"].min()), top)
    return figure


def _money(ax: Axes, table: pd.DataFrame) -> None:
    """Draw times the first sum of money against times what it brings."""
    times = [step / MONEY[0] for step in MONEY]
    ax.plot(times, times, color=INK, lw=1.2, ls=":")
    ax.text(times[-1], times[-1] * 1.06, "double", ha="right", va="bottom", color=INK)
    for year, look in LOOKS.items():
        rows = table[
            (table["what"] == "copies")
            & (table["part"] == "times the first")
            & (table["year"] == year)
        ]
        points(ax, times[1:], rows, look, ls=look.line, lw=2.5)
        ax.text(
            0.98, 0.05 + 0.07 * (year == YEARS[-1]), f"reach of {year}",
            transform=ax.transAxes, ha="right", color=darker(look.colour), fontsize=12.5,
        )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="money for ads, times 100 USD a week")
    ax.set_ylabel("copies by ads, times those of 100 USD")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(times, [f"{t:g}" for t in times])
        axis.set_ticks([], minor=True)
    ax.set(title="More money", xlim=(0.9, 20), ylim=(0.9, 20))


def _towns(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw copies a head against the size of the town, a line a strategy, named at its end."""
    people = sorted(set(rows["people"]))
    ends = []
    for name, look in looks([name for name in NAMES if name in set(rows["strategy"])]).items():
        line = rows[rows["strategy"] == name]
        points(ax, line["people"], line, look, ls=look.line, lw=2.2)
        ends.append((float(line["value"].iloc[-1]), name, look.colour))
    last = 0.0
    for end, name, colour in sorted(ends):
        last = max(end, last * 1.3)
        text = plain(name).removeprefix("building ").replace("a bit of everything", "everything")
        ax.text(people[-1] * 1.3, last, text, color=darker(colour), va="center", fontsize=11.5)
    ax.set(xscale="log", yscale="log", xlabel="people in the town")
    ax.set_xlim(people[0] / 1.4, people[-1] * 13)
    ax.set_xticks(people, [f"{n / 1000:,.0f}k" for n in people])
    ax.xaxis.set_ticks([], minor=True)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


# ---- words ---------------------------------------------------------------------------------------


def _winner(table: pd.DataFrame, hours: str) -> str:
    """Say who wins by the size of the town, of clear leads only."""
    rows = table[(table["what"] == "first") & (table["effort"] == hours)].sort_values("people")
    told = rows[rows["clear"].astype(bool)]["strategy"].tolist()
    if not told:
        return "no winner can be told in a town of any size"
    if len(set(told)) > 1:
        return f"{plain(told[0])} wins in small towns, {plain(told[-1])} in large ones"
    if len(told) == len(rows):
        return f"{plain(told[0])} wins in towns of every size"
    some = some_of(len(told), len(rows))
    return f"{plain(told[0])} wins in towns of {some} sizes, nobody clearly in the rest"


def _headline(table: pd.DataFrame) -> str:
    rows = [pick(table, what="copies", part="mean doubling", year=year) for year in YEARS]
    least = min(rows, key=lambda row: row["value"])
    if all(row["high"] < 2 for row in rows):
        first = f"Double the money for ads brings only {short(least)} times the extra copies"
    elif any(row["low"] > 2 for row in rows):
        first = "Double the money for ads brings more than double the extra copies"
    else:
        first = "No difference can be told between double the money and double the extra copies"
    return f"{first}; {_winner(table, HEAD)}"


def finding(table: pd.DataFrame) -> Finding:
    """Say what a doubling brings, and whether the size of a town picks the winner."""
    clicks, copies = (
        pick(table, what=what, part="mean doubling", year=YEARS[-1]) for what in OUTCOMES
    )
    ends = table[(table["what"] == "first") & (table["effort"] == HEAD)].sort_values("people")
    small, large = (dict(ends.iloc[i]) for i in (0, -1))
    ratio = [row["mean"] / (row["mean"] - row["value"]) for row in (small, large)]
    alike = _winner(table, SAME) == _winner(table, HEAD)
    flips = f"with ten hours anywhere, {'the same' if alike else _winner(table, SAME)}"
    if small["strategy"] == large["strategy"]:
        ends_of = f"from {ratio[0]:.1f} to {ratio[1]:.1f} times"
        near = f"{flips}; with hours per head the lead goes {ends_of}"
        flips = near if words(near) <= BULLET_WORDS else flips
    return Finding(
        f"{_headline(table)}.",
        f"a doubling multiplies clicks by {clicks['value']:.2f}, which is assumed, and what they "
        f"sell by {copies['value']:.2f} with the reach of {YEARS[-1]}.",
        f"{flips}.",
        "the price of clicks in towns is not measured; a post costs alike everywhere, so large "
        "towns hear more.",
    )
