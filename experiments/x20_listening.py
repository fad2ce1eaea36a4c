"""What does it bring to listen: to reply, and to answer complaints?

Fixed: ten hours a week throughout; nothing is gained but by taking hours from something else.
Varies, in three parts: (1) the share of the hours that answers comments, from none to six tenths,
with posts alone (posting_only) and with a list (audience_building), in launch_2025 with the reach
of 2012 and of 2025; (2) in product_drops, eleven products in three years, the share of the hours of
service_first that answers complaints: none, so that all are ignored; .03, which answers half of
them where ten times as much goes wrong as assumed; .1, which answers nearly all even there; and how
often a purchase goes wrong: never, as assumed (.03), ten times as often; (3) in product_drops the
offers of deal_driven: always, never, or up to the fifth product and never after, so that people are
trained to wait for them. All is read in chances to buy, summed, in per cent of the same worlds
without it: without replies, without anything going wrong, without offers. The next launches are the
second to the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import INK, Look, darker, new_figure, points, styled
from experiments.kit.finding import Finding, clear, short
from experiments.kit.tables import means, of_sums, paired, pick, stacked, with_share
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# (1) Replies.
REPLYING = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6)
KINDS = {"posts only": "posting_only", "posts and a list": "audience_building"}
YEARS = (2012, 2025)
# (2) Complaints.
IGNORED, PARTLY, ANSWERED = 0.0, 0.03, 0.1
SUPPORT = {IGNORED: "none:\nignored", PARTLY: "3 %", ANSWERED: "10 %:\nanswered"}
NEVER, ASSUMED, OFTEN = "never", "as assumed", "ten times"
WRONG: dict[str, dict[str, float]] = {NEVER: {"p_wrong": 0.0}, ASSUMED: {}, OFTEN: {"p_wrong": 0.3}}
# (3) Deals.
DEALS, FULL, TRAINED = "deal_driven", "no_deals", "deals_end"
LAST_DEAL = 5  # the last product with offers under TRAINED

LOOKS = {
    ("posts only", 2012): Look("#E69F00", "--", "s"),
    ("posts only", 2025): Look("#E69F00", "-", "o"),
    ("posts and a list", 2012): Look("#009E73", "--", "s"),
    ("posts and a list", 2025): Look("#009E73", "-", "o"),
}
WRONG_LOOKS = {ASSUMED: Look("#0072B2", "-", "o"), OFTEN: Look("#A8203A", "--", "s")}
DEAL_LOOKS = {DEALS: Look("#D55E00", "-", "D"), TRAINED: Look("#4A4A4A", "--", "s")}
#: The stretches of launches in which deals are read.
LAUNCHES = {"first": "first", "trained": f"2 to {LAST_DEAL}", "after": f"{LAST_DEAL + 1} to last"}


def measure(run: Run) -> dict[str, float]:
    """Measure chances to buy at the first and the later launches, and who is on the list."""
    chances = run.products["expected_sales"].to_numpy(float)
    money = run.products["revenue"].to_numpy(float)
    found = {"listed": run.summary["n_subscriber"] + run.summary["n_member"]}
    cuts = {"first": slice(0, 1), "trained": slice(1, LAST_DEAL), "after": slice(LAST_DEAL, None)}
    for name, cut in (cuts | {"next": slice(1, None)}).items():
        found[f"expected_{name}"] = float(chances[cut].sum())
        found[f"revenue_{name}"] = float(money[cut].sum())
    return found


def deals(town: Scenario) -> list[Strategy]:
    """Return deal_driven, the same without offers, and the same with offers up to LAST_DEAL."""
    often = STRATEGIES[DEALS]
    (phase,) = often.phases
    none = phase.model_copy(update={"days_between_offers": 0})
    change = town["launch_day"] + LAST_DEAL * town["days_between_launches"] - often.days_ahead
    full = {"name": FULL, "description": "as deal_driven, without offers"}
    ends = {"name": TRAINED, "description": f"as deal_driven, no offers from {LAST_DEAL + 1} on"}
    later = none.model_copy(update={"from_day": change})
    return [
        often,
        often.model_copy(update={**full, "phases": (none,), "offer_depth": 0.0}),
        often.model_copy(update={**ends, "phases": (phase, later)}),
    ]


def design(smoke: bool = False) -> list[Cells]:
    """Return replies in 12 worlds each, complaints and deals in 30."""
    town, drops = Scenario.load("launch_2025"), Scenario.load("product_drops")
    if smoke:
        town, drops = town.replace(n_people=10_000), drops.replace(n_people=6_000)
    cells = {"replies": [], "complaints": [], "deals": []}  # type: dict[str, list[Cell]]
    empty = {"kind": "", "year": 0, "share": 0.0, "wrong": ""}
    for year in YEARS:
        for kind, base in KINDS.items():
            for share in REPLYING[::2] if smoke else REPLYING:
                arm = with_share(STRATEGIES[base], "replying", share, f"{base}_{share:g}")
                place = empty | {"kind": kind, "year": year, "share": share}
                cells["replies"].append(Cell(town.replace(year=year), arm, place))
    serving = STRATEGIES["service_first"]
    for wrong, changes in WRONG.items():
        world = drops.replace(can_go_wrong=True, **changes)
        for share in SUPPORT:
            arm = with_share(serving, "supporting", share, f"support_{share:g}")
            cells["complaints"].append(Cell(world, arm, empty | {"share": share, "wrong": wrong}))
    cells["deals"] = [Cell(drops, arm, empty) for arm in deals(drops)]
    worlds = {"replies": 12, "complaints": 30, "deals": 30}
    return [
        Cells(
            [Cell(c.scenario, c.strategy, {"part": part, **c.labels}) for c in some],
            replications=3 if smoke else worlds[part], measure=measure,
        )
        for part, some in cells.items()
    ]  # fmt: skip


# ---- tables --------------------------------------------------------------------------------------


def gained(
    frame: pd.DataFrame, outcome: str, column: str, here: Any, there: Any, by: list[str]
) -> pd.DataFrame:
    """Return how many per cent an outcome is above that of the same worlds at another label."""
    import pandas as pd

    rows = []
    for place, part in frame.groupby(by, sort=False) if by else [((), frame)]:
        both = [
            part[part[column] == label].set_index("replication_id")[outcome].sort_index()
            for label in (here, there)
        ]
        found = of_sums(both, lambda a, b: 100 * (np.asarray(a) / b - 1))
        rows.append({**dict(zip(by, place, strict=True)), column: here, **found})
    return pd.DataFrame(rows)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what replies, complaints and deals change, in per cent, and what support costs."""
    import pandas as pd

    part = dict(list(frame.groupby("part", sort=False)))
    tables: dict[str, pd.DataFrame] = {}
    shares = [share for share in REPLYING if share in set(part["replies"]["share"])]
    by = ["kind", "year"]
    tables["replies"] = pd.concat(
        [gained(part["replies"], "expected_sales", "share", s, 0.0, by) for s in shares]
    )
    for outcome in ("next", "first"):
        tables[f"complaints, {outcome}"] = pd.concat(
            [gained(part["complaints"], f"expected_{outcome}", "wrong", wrong, NEVER, ["share"])
             for wrong in (ASSUMED, OFTEN)]
        )  # fmt: skip
    tables["people"] = pd.concat(
        [paired(part["complaints"], "listed", wrong, NEVER, by=["share"], column="wrong")
         for wrong in (ASSUMED, OFTEN)]
    ).rename(columns={"strategy": "wrong"})  # fmt: skip
    for share in (PARTLY, ANSWERED):
        hours = paired(
            part["complaints"], "expected_sales", share, IGNORED, by=["wrong"], column="share"
        )
        tables[f"hours for support, {share:g}"] = hours.rename(columns={"strategy": "share"})
    for name in ("complaints", "complaints_answered", "complaints_ignored"):
        counted = part["complaints"][part["complaints"]["wrong"] != NEVER]
        tables[name] = means(counted, name, ["wrong", "share"])
    for outcome in ("expected", "revenue"):
        for when in LAUNCHES:
            tables[f"deals, {outcome}, {when}"] = pd.concat(
                [gained(part["deals"], f"{outcome}_{when}", "strategy", name, FULL, [])
                 for name in (DEALS, TRAINED)]
            )  # fmt: skip
            tables[f"{outcome}, {when}"] = means(part["deals"], f"{outcome}_{when}")
    return stacked(tables)


# ---- picture -------------------------------------------------------------------------------------


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw what replies gain by their share, what complaints cost, and what deals bring."""
    figure, axes = new_figure(_headline(table), 1, 3, size=(13, 6.5))
    _replies(axes[0, 0], table[table["what"] == "replies"])
    _complaints(axes[0, 1], table[table["what"] == "complaints, next"])
    _deals(axes[0, 2], table)
    for ax in axes[0]:
        ax.axhline(0, color=INK, lw=1.2)
    return figure


def _named(ax: Axes, ends: list[tuple[float, str, str]], x: float, apart: float) -> None:
    """Write names at the ends of lines, none on another."""
    last = -np.inf
    for height, text, colour in sorted(ends):
        last = max(height, last + apart)
        ax.text(x, last, text, color=darker(colour), va="center", fontsize=11.5)


def _replies(ax: Axes, rows: pd.DataFrame) -> None:
    ends = []
    for (kind, year), look in LOOKS.items():
        line = rows[(rows["kind"] == kind) & (rows["year"] == year)]
        points(ax, 100 * line["share"], line, look, ls=look.line, ms=6)
        text = f"{kind.split()[-1].replace('only', 'posts only')}, {year}"
        ends.append((float(line["value"].iloc[-1]), text, look.colour))
    _named(ax, ends, 63, 4.5)
    ax.set(xlim=(-3, 110), xticks=range(0, 61, 20), xlabel="% of the hours on replies")
    ax.set(title="Replies: copies gained", ylabel="copies, % more than without replies")


def _complaints(ax: Axes, rows: pd.DataFrame) -> None:
    ends = []
    for wrong, look in WRONG_LOOKS.items():
        line = rows[rows["wrong"] == wrong]
        points(ax, range(len(line)), line, look, ls=look.line)
        name = "as often wrong\nas assumed" if wrong == ASSUMED else "ten times\nas often"
        ends.append((float(line["value"].iloc[-1]), name, look.colour))
    _named(ax, ends, len(SUPPORT) - 0.85, 3)
    ax.set_xticks(range(len(SUPPORT)), [*SUPPORT.values()])
    ax.set(xlim=(-0.3, len(SUPPORT) + 0.3), title="Complaints: next launches")
    ax.set_xlabel("hours that answer complaints")
    ax.set_ylabel("copies, % against nothing going wrong")


def _deals(ax: Axes, table: pd.DataFrame) -> None:
    ends = []
    for shift, (name, look) in zip((-0.06, 0.06), DEAL_LOOKS.items(), strict=True):
        line = table[
            table["what"].isin([f"deals, expected, {when}" for when in LAUNCHES])
            & (table["strategy"] == name)
        ]
        points(ax, np.arange(len(line)) + shift, line, look, ls=look.line)
        text = "offers go on" if name == DEALS else f"offers end\nwith product {LAST_DEAL}"
        ends.append((float(line["value"].iloc[-1]), text, look.colour))
    _named(ax, ends, len(LAUNCHES) - 0.8, 1.6)
    ax.set_xticks(range(len(LAUNCHES)), [*LAUNCHES.values()])
    ax.set(xlim=(-0.3, len(LAUNCHES) + 0.4), title="Offers: copies gained", xlabel="launch")
    ax.set_ylabel("copies, % more than without offers")


# ---- words ---------------------------------------------------------------------------------------


def _pays(table: pd.DataFrame) -> tuple[float, float]:
    """Return up to which share replies pay, and from which on they cost everywhere; else nan.

    They pay where at least half of the worlds gain clearly and none loses clearly.
    """
    rows = table[(table["what"] == "replies") & (table["share"] > 0)]
    signs = rows.assign(sign=[clear(row) for row in rows.to_dict("records")])
    found = signs.groupby("share")["sign"].agg(["min", "mean"])
    pay = found.index[(found["min"] >= 0) & (found["mean"] >= 0.5)]
    cost = found.index[found["mean"] == -1]
    return float(pay.max()), float(cost.min())


def _headline(table: pd.DataFrame) -> str:
    pay, _ = _pays(table)
    first = (
        f"Replies pay up to {100 * pay:.0f} % of the hours" if pay > 0
        else "No gain by replies can be told"
    )  # fmt: skip
    lost = pick(table, what="complaints, next", wrong=ASSUMED, share=IGNORED)
    second = (
        f"failed purchases, ignored, cost later launches {short(lost)} % of their copies"
        if clear(lost) < 0
        else "no loss to later launches by failed purchases can be told"
    )
    after = pick(table, what="deals, expected, after", strategy=TRAINED)
    third = {
        1: "buyers used to offers buy more even after these end",
        0: "buyers used to offers buy no more after these end",
        -1: "buyers used to offers buy less after these end",
    }[clear(after)]
    return f"{first}; {second}; {third}"


def finding(table: pd.DataFrame) -> Finding:
    """Say where replies pay, what complaints cost, and what becomes of trained deal-hunters."""
    _, cost = _pays(table)
    replies = (
        f"on replies, {100 * cost:.0f} % of the hours clearly cost copies everywhere"
        if cost > 0
        else "no share of replies clearly costs copies everywhere"
    )
    now = pick(table, what="deals, expected, after", strategy=DEALS)
    offers = (
        f"while offers last they move later copies by {short(now, signed=True)} %"
        if clear(now)
        else "while offers last no gain in later copies can be told"
    )
    harm = pick(table, what="complaints, next", wrong=OFTEN, share=IGNORED)
    left = pick(table, what="complaints, next", wrong=OFTEN, share=ANSWERED)
    net = pick(table, what=f"hours for support, {ANSWERED:g}", wrong=OFTEN)
    worth = {1: "and pays", 0: "and neither pays nor costs clearly", -1: "and costs more"}
    return Finding(
        f"{_headline(table)}.",
        f"where ten times as much goes wrong, ignoring moves copies by {short(harm, signed=True)} "
        f"%, answering by {short(left, signed=True)} % {worth[clear(net)]} in all.",
        f"{replies}; {offers}.",
        "how much replies cause, and how often purchases go wrong, nobody measured; hours come "
        "from posts and content.",
    )
