"""Who is still there after three books, and what are they worth?

Fixed: author_career, six years in a town of 50,000 with three books two years apart, ten hours a
week. Varies: the strategy. A first buyer bought the first book for themselves; whoever bought for
themselves from a launch day to the next bought that book. Stages are those of the evening before
the first launch day. What people are worth is what they bought of all three books by the end, gifts
to others included, per head of everybody who stood at that stage, buyer or not; they stand there
under a strategy also for who they are, so that the same stage is not the same people under two
strategies. Whether buying leads to buying again is read beside those of the same stage who did not
buy the first book. Leads are in chances to buy, summed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import darker, looks, new_figure, styled
from experiments.kit.finding import Finding, clear, plain, short
from experiments.kit.tables import leaders, logged, means, of_sums, paired, pick, ratios, stacked
from simulation.core.outcomes import Event
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIST, COMMUNITY, LOW = "audience_building", "community_building", "posting_only"
NAMES = (LOW, LIST, COMMUNITY, "balanced", "advertising", "deal_driven")
BOOKS = (1, 2, 3)
#: What became of the first buyers: a count of `measure` over "first_buyers", and how it is called.
FATES = {
    "still_fans": "still fans",
    "still_listed": "on the list or members",
    "again_2": "bought book 2",
    "again_3": "bought book 3",
}
LISTED = STAGES.index("subscriber")


def stages_before(run: Run, day: int) -> np.ndarray:
    """Return the stage of everybody on the evening before a day."""
    stage = run.start_stage.astype(np.int8).copy()
    for event in (Event.MOVE, Event.LAPSE, Event.SWITCH):
        logged(run, event)  # raises where no events were recorded
    log = np.asarray(run.log)
    moved = log[np.isin(log[:, 2], (Event.MOVE, Event.LAPSE, Event.SWITCH)) & (log[:, 0] < day)]
    moved = moved[np.argsort(moved[:, 0], kind="stable")]
    stage[moved[:, 1]] = moved[:, 4]  # of several moves of one person the last stays
    return stage


def buyers_by_book(run: Run, launches: np.ndarray) -> list[np.ndarray]:
    """Return who bought each book for themselves: nothing is sold from a page's begin to its launch
    day but orders, which fall on it."""
    bought = logged(run, Event.BUY)
    book = np.searchsorted(launches, bought.time, side="right") - 1
    return [np.unique(bought.person[book == k]) for k in range(launches.size)]


def measure(run: Run) -> dict[str, float]:
    """Count heads, buyers, copies and money by first stage; first buyers; each book."""
    products, days = run.products, run.table
    launches = products["launch_day"].to_numpy(int)
    stage, people = stages_before(run, launches[0]), run.end.people
    first, *later = buyers_by_book(run, launches)
    ended = people.stage[first] & 3
    found = {
        "first_buyers": float(first.size),
        "still_fans": float((ended > 0).sum()),
        "still_listed": float((ended >= LISTED).sum()),
    }
    for book, buyers in zip(BOOKS[1:], later, strict=True):
        found[f"again_{book}"] = float(np.isin(first, buyers).sum())
    found["others"] = found["others_expected"] = 0.0
    for s, name in enumerate(STAGES):
        here = np.flatnonzero(stage == s)
        found[f"first_{name}"] = float(here.size)
        found[f"copies_{name}"] = float(people.rare.copies[here].sum())
        found[f"money_{name}"] = float(people.rare.spent[here].sum())
        bought = np.isin(here, first)
        rest = here[~bought]
        found["others"] += float(rest.size)
        if rest.size:  # as many of the first buyers as would buy book 2, were they like the rest
            found["others_expected"] += float(bought.sum() * np.isin(rest, later[0]).mean())
    window = run.scenario["days_window"]
    for book, row in zip(BOOKS, products.to_dict("records"), strict=True):
        found[f"copies_of_{book}"], found[f"expected_of_{book}"] = (
            row["sales"], row["expected_sales"]
        )  # fmt: skip
        heads = days["n"][min(int(row["launch_day"]) + window, len(days)) - 1]
        found |= {f"{name}_after_{book}": float(n) for name, n in zip(STAGES, heads, strict=True)}
    return found


def design(smoke: bool = False) -> Cells:
    """Return six strategies in 40 worlds each."""
    career = Scenario.load("author_career")
    if smoke:
        career = career.replace(n_people=10_000)
    cells = grid([({}, career)], [STRATEGIES[name] for name in NAMES])
    return Cells(cells, replications=4 if smoke else 40, measure=measure, events=True)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies and leads of each book, the first buyers, people by stage and their worth."""
    tables = {fate: ratios(frame, fate, "first_buyers") for fate in FATES}
    tables["times as likely"] = _likely(frame)
    for book in BOOKS:
        expected = f"expected_of_{book}"
        tables[f"first at book {book}"] = leaders(frame, expected)
        tables[f"community against list at book {book}"] = paired(frame, expected, COMMUNITY, LIST)
    tables["member against follower"] = _against(frame)
    for book in BOOKS:
        tables[f"copies of book {book}"] = means(frame, f"copies_of_{book}")
        for name in NAMES[1:]:
            tables[f"lead at book {book}, {name}"] = paired(frame, f"expected_of_{book}", name, LOW)
    for what in ("money", "copies"):
        for name in STAGES:
            found = ratios(frame, f"{what}_{name}", f"first_{name}")
            tables[f"{what} of a {name}"] = found.assign(stage=name)
    for book in BOOKS:
        for name in STAGES:
            tables[f"{name}s after book {book}"] = means(frame, f"{name}_after_{book}")
    return stacked(tables)


def _likely(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how many first buyers bought again, over how many of the rest of their stage would
    have, a row a strategy and one for all."""
    import pandas as pd

    rows = []
    pooled = frame.groupby("replication_id")[["again_2", "others_expected"]].sum()
    parts = {"all": pooled, **dict(list(frame.groupby("strategy", sort=False)))}
    for name, part in parts.items():
        found = of_sums([part["again_2"], part["others_expected"]], np.divide)
        rows.append({"strategy": name, **found})
    return pd.DataFrame(rows)


def _against(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what a member is worth over what a follower is, in money."""
    import pandas as pd

    columns = ("money_member", "first_member", "money_follower", "first_follower")
    rows = [
        {"strategy": name}
        | of_sums([part[c] for c in columns], lambda a, m, b, n: (a / m) / (b / n))
        for name, part in frame.groupby("strategy", sort=False)
    ]
    return pd.DataFrame(rows)


# ---- picture and words ---------------------------------------------------------------------------


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the copies of each book, what became of first buyers, and the worth of each stage."""
    figure, axes = new_figure(_headline(table), 1, 3, size=(13, 6.5))
    books, fates, worth = axes[0]
    names = [name for name in NAMES if name in set(table["strategy"])]
    for name, look in looks(names).items():
        rows = _of(table, [f"copies of book {book}" for book in BOOKS], name)
        books.plot(BOOKS, rows, color=look.colour, ls=look.line, marker=look.marker, lw=2.5, ms=8)
        style = {"color": look.colour, "marker": look.marker, "ls": "none", "ms": 10}
        fates.plot(100 * _of(table, list(FATES), name), range(len(FATES)), **style)
        money = _of(table, [f"money of a {stage}" for stage in STAGES], name)
        worth.plot(range(len(STAGES)), money, **(style | {"ls": look.line, "lw": 1.5}))
    _name_lines(books, table, names)
    books.set(title="Copies of each book", xlabel="book", xticks=BOOKS, xlim=(0.9, 4.4))
    books.set_ylim(bottom=0)
    fates.set_yticks(range(len(FATES)), [text.replace(" or", "\nor") for text in FATES.values()])
    fates.set_ylim(len(FATES) - 0.5, -0.5)
    fates.set(title="First buyers, at the end", xlabel="% of the buyers of book 1", xlim=(-4, 104))
    worth.set(title="Worth of a person, all books", yscale="log")
    worth.set_ylabel("USD a head, by stage at the first launch")
    worth.set_xticks(range(len(STAGES)), STAGES, rotation=20)
    worth.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    return figure


def _of(table: pd.DataFrame, whats: list[str], name: str) -> np.ndarray:
    """Return the values of rows of the table of one strategy."""
    return np.array([pick(table, what=what, strategy=name)["value"] for what in whats])


def _name_lines(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """Write the strategies at the ends of their lines, none on another."""
    look, last = looks(names), -np.inf
    ends = sorted((float(_of(table, ["copies of book 3"], name)[0]), name) for name in names)
    apart = 0.055 * max(end for end, _ in ends)
    for end, name in ends:
        last = max(end, last + apart)
        text = plain(name).removeprefix("building ").replace("a bit of everything", "everything")
        ax.text(3.12, last, text, color=darker(look[name].colour), va="center", fontsize=12)


def _most(table: pd.DataFrame, what: str) -> dict[str, Any]:
    """Return the row with the largest value."""
    rows = table[table["what"] == what]
    return dict(rows.sort_values("value").iloc[-1])


def _percent(row: Mapping[str, Any]) -> str:
    return short(row, scale=100)


def _headline(table: pd.DataFrame) -> str:
    again = _most(table, "again_2")
    ratio = pick(table, what="member against follower", strategy=COMMUNITY)
    first = f"Of the first book's buyers at most {_percent(again)} % buy the second"
    if not ratio["low"] > 1:
        return f"{first}; no difference in worth can be told between a member and a follower"
    return f"{first}; in a hosted community one member is worth as much as {short(ratio)} followers"


def finding(table: pd.DataFrame) -> Finding:
    """Say who buys again and stays, what people are worth, and who leads at each book."""
    likely = pick(table, what="times as likely", strategy="all")
    loyal = (
        f"who bought is {likely['value']:.1f} times as likely to buy again as others of their stage"
        if likely["low"] > 1 or likely["high"] < 1
        else "no difference can be told between who bought and others of their stage"
    )
    stay = _most(table, "still_listed")
    first, last = (pick(table, what=f"first at book {book}") for book in (BOOKS[0], BOOKS[-1]))
    same = first["strategy"] == last["strategy"]
    gaps = [pick(table, what=f"community against list at book {book}") for book in BOOKS]
    told = [
        f"{short(gap)} copies {'ahead' if clear(gap) > 0 else 'behind'}" if clear(gap)
        else "no clear difference"
        for gap in (gaps[0], gaps[-1])
    ]  # fmt: skip
    if same:
        who = (
            f"{plain(first['strategy'])} first at books 1 and 3; community against list: {told[0]} "
            f"at book 1, {told[1]} at book 3"
        )
    else:
        who = f"{plain(first['strategy'])} first at book 1, {plain(last['strategy'])} at book 3"
    return Finding(
        f"{_headline(table)}.",
        f"{loyal}; at most {_percent(stay)} % end on the list or as members.",
        f"{who}.",
        "stages hold different people under different strategies; one price, no backlist; "
        "how many readers come back was not fitted.",
    )
