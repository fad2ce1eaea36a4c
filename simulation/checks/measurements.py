"""What is measured of one run, for the patterns: from its days, its events and its people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simulation.core.stages import Channel, Stage, Touchpoint

if TYPE_CHECKING:
    import pandas as pd

    from simulation.runs.run import Run

MONTH = 30  # days


# ---- in the community ----------------------------------------------------------------------------


def share_writing(run: Run) -> float:
    """Return the share of the members at the end who wrote at least once in the last 30 days."""
    last = run.scenario.world.n_days - 1
    members = run.people.loc[run.people["stage"] == "member", "person"]
    events = run.events
    wrote = events.loc[(events["event"] == "message") & (events["time"] > last - 30), "person"]
    return float(members.isin(wrote).mean()) if len(members) else float("nan")


def odds_again(run: Run, within: int) -> float:
    """Return how a fan's answer to newcomers' first messages moves the odds of writing again.

    Newcomers were no members on day 0. The odds of those answered over those not, of writing within
    so many days after the first message; each of the four counts has a half added, so that none is
    nothing. Who wrote too late to be watched so long is left out. Nan where all were answered, or
    none was. An answer by the brand has no other person, and does not count.
    """
    events = run.events
    wrote = events.loc[events["event"] == "message", ["time", "person"]]
    wrote = wrote[run.start_stage[wrote["person"]] != Stage.MEMBER]
    first = wrote.groupby("person")["time"].min()
    first = first[first + within < run.scenario.world.n_days]
    since = wrote["time"] - wrote["person"].map(first)
    again = first.index.isin(wrote.loc[(since > 0) & (since <= within), "person"])
    heard = events.loc[(events["event"] == "answered") & (events["cause"] >= 0)]
    on_that_day = heard["time"] == heard["person"].map(first)
    answered = first.index.isin(heard.loc[on_that_day, "person"])
    if answered.all() or not answered.any():
        return math.nan
    (a, b), (c, d) = (
        ((again & who).sum() + 0.5, (~again & who).sum() + 0.5) for who in (answered, ~answered)
    )
    return float(a * d / (b * c))


def message_shares(run: Run, tops: Iterable[float]) -> list[float]:
    """Return the shares of all messages that the busiest such shares of ever-members wrote."""
    people, events = run.people, run.events
    ever = (people["start_stage"] == "member") | people["joined_on"].notna()
    writers = events.loc[events["event"] == "message", "person"]
    written = np.sort(np.bincount(writers, minlength=len(people))[ever.to_numpy()])[::-1]
    total = written.sum()
    return [
        ratio(float(written[: max(1, round(top * written.size))].sum()), float(total))
        for top in tops
    ]


def pairs_again(run: Run) -> float:
    """Return the share of the pairs that exchanged in a month which did so in the next, too."""
    events = run.events
    answers = events.loc[(events["event"] == "answered") & (events["cause"] >= 0)]
    low, high = np.sort(answers[["person", "cause"]].to_numpy(np.int64), axis=1).T
    month = answers["time"].to_numpy() // MONTH
    met: dict[int, set[tuple[int, int]]] = {}
    for m, *pair in zip(month.tolist(), low.tolist(), high.tolist(), strict=True):
        met.setdefault(m, set()).add((pair[0], pair[1]))
    whole = run.scenario.world.n_days // MONTH  # months: what is left over has no next one
    asked = [met.get(m, set()) for m in range(whole)]
    both = sum(len(now & then) for now, then in pairwise(asked))
    return ratio(float(both), float(sum(map(len, asked[:-1]))))


def visits_a_member(table: np.ndarray) -> float:
    """Return the visits a member makes a day, over all these days."""
    visits, members = table["contacts"][:, Channel.VISIT], table["n"][:, Stage.MEMBER]
    return ratio(float(visits.sum()), float(members.sum()))


def change_a_month(table: np.ndarray, day: int) -> float:
    """Return the change a month in the log of visits a member, over the whole months from a day.

    A month counts by its visits, as their luck asks for; half a visit is added to each.
    """
    months = (table.size - day) // MONTH
    parts = [table[day + m * MONTH : day + (m + 1) * MONTH] for m in range(months)]
    visits = np.array([part["contacts"][:, Channel.VISIT].sum() + 0.5 for part in parts])
    members = np.array([max(part["n"][:, Stage.MEMBER].sum(), 1) for part in parts])
    logs = np.log(visits / members)
    return float(np.polyfit(np.arange(months), logs, 1, w=np.sqrt(visits))[0])


# ---- at the launch -------------------------------------------------------------------------------


def launch_shape(run: Run) -> dict[str, float]:
    """Return the sales of day 0 and week 1 over those of 30 days, and of week 2 over week 1."""
    since = np.asarray(run.table["sales"][run.scenario["launch_day"] :], float)
    month = float(since[:MONTH].sum())
    return {
        "p19_day_0": ratio(float(since[0]), month),
        "p19_week_1": ratio(float(since[:7].sum()), month),
        "p19_week_2": ratio(float(since[7:14].sum()), float(since[:7].sum())),
    }


def by_friends(run: Run) -> dict[str, float]:
    """Return gifts over copies, and the shares of copies and new subscribers friends brought."""
    sales, events = float(run.table["sales"].sum()), run.events
    carried = float(run.table["sales_by_touchpoint"][:, Touchpoint.FRIEND].sum())
    new = events.loc[(events["event"] == "move") & (events["to_stage"] == "subscriber"), "cause"]
    return {
        "p11_gifts": ratio(float(run.table["gifts"].sum()), sales),
        "p20_friend": ratio(carried, sales),
        "p21_friend": ratio(float((new == Channel.FRIEND).sum()), float(len(new))),
    }


FAST = 1  # days from the complaint to the answer


def after_complaints(run: Run, until: float = math.inf) -> dict[str, float]:
    """Return the steps in the share that buys again, by what became of the first purchase.

    Counted are those whose first purchase was before day `until`. Nothing went wrong, the complaint
    was answered within a day (fast) or later, or ignored. Nan
    where nobody ever buys twice, or nobody belongs to one of the four.
    """
    events = run.events
    bought = events.loc[events["event"] == "buy", ["time", "person"]]
    first = bought.groupby("person")["time"].min()
    first = first[first < until]
    again = first.index.isin(bought.loc[bought["time"] > bought["person"].map(first), "person"])
    days = {}
    for what in ("complain", "complaint_answered", "complaint_ignored"):
        when = events.loc[events["event"] == what].groupby("person")["time"].min()
        days[what] = (when.reindex(first.index) - first).to_numpy(float)
    troubled, answered, ignored = days["complain"] == 0, *list(days.values())[1:]
    heard = troubled & (answered == np.fmin(answered, ignored))  # else of a later purchase
    groups = (~troubled, heard & (answered <= FAST), heard & (answered > FAST),
              troubled & ~heard & (ignored >= 0))  # fmt: skip
    if not again.any() or not all(who.any() for who in groups):
        return {"p24_fast": math.nan, "p24_order": math.nan}
    none, fast, late, never = (float(again[who].mean()) for who in groups)
    return {"p24_fast": none - fast, "p24_order": min(fast - late, late - never)}


def _own_purchases(run: Run) -> pd.DataFrame:
    """Return one row a buyer: person, time, cause (channel), clicked (day of the click)."""
    events = run.events
    bought = events.loc[events["event"] == "buy", ["person", "time", "cause"]]
    clicks = events.loc[events["event"] == "consider", ["person", "time"]]
    last = clicks.groupby("person")["time"].max().rename("clicked")
    return bought.join(last, on="person")


def word_of_mouth(run: Run) -> dict[str, float]:
    """Return the share of referred purchases one step from a seed, and buyers caused per buyer.

    A referred buyer's step is one more than that of the friend who spoke to them last.
    """
    bought = _own_purchases(run).sort_values("time", kind="stable")
    told = run.events[run.events["event"] == "recommend"]
    steps: dict[int, int] = {}
    for person, _, cause, clicked in bought.itertuples(index=False):
        step = 0
        if cause == Channel.FRIEND:
            heard = told[(told["cause"] == person) & (told["time"] == clicked - 1)]
            step = 1 + min(steps.get(int(friend), 0) for friend in heard["person"])
        steps[int(person)] = step
    depth = np.array([step for step in steps.values() if step > 0])
    return {
        "p7_one_step": float((depth == 1).mean()) if depth.size else float("nan"),
        "p7_branching": depth.size / len(steps) if steps else float("nan"),
    }


def lags(run: Run) -> dict[str, float]:
    """Return the shares of purchases within 1, 7 and 30 days of the click."""
    bought = _own_purchases(run)
    days = (bought["time"] - bought["clicked"]).to_numpy()
    return {
        f"p8_day_{n}": float((days < n).mean()) if days.size else float("nan") for n in (1, 7, 30)
    }


def skewed(run: Run) -> float:
    """Return the skewness of attachment over those who ever had contact."""
    from scipy import stats

    return float(stats.skew(run.people.loc[run.people["reached"], "attachment"]))


def reviews(run: Run, stages: list[str]) -> float:
    """Return reviews per buyer among the buyers of these stages."""
    here = run.events.loc[run.events["from_stage"].isin(stages), "event"]
    return ratio(float((here == "review").sum()), float((here == "buy").sum()))


def ratio(above: float, below: float) -> float:
    """Return a quotient; nan where it is of nothing."""
    return above / below if below else float("nan")
