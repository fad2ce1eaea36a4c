"""Which of the tools that look for causes find the true one?

Fixed: towns of the model whose causes are known (simulation/TRUTH.md), the tools as they come.
Varies: the question, the estimator, the luck of the worlds. People: an ad on launch day is met by
half of all fans of a town of 5,000, by lot, by a rule (rather those with many contacts) or by
choice (rather those who are fond of the brand); a discount by choice; and, as a control, no ad at
all is "met" by choice. Truth is the mean effect on all fans of all of them being treated, their
friends' talk included. Towns: ads are switched on after a year in half of 20 towns. Channels: three
years of five activities in a town of 40,000, budgets drawn by lot or raised at launches as brands
do; truth is the return of a channel: sales less sales without it, over its money. Customers: three
years of orders of books that come out each month, and the fourth, lived on in many worlds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from operator import truediv
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit import estimators
from experiments.kit.drawing import INK, new_figure, styled
from experiments.kit.estimators import Estimate
from experiments.kit.finding import Finding, in_words
from experiments.kit.tables import of_sums
from simulation.panels.exports import export
from simulation.panels.making import Panel, panel
from simulation.runs.statistics import mean_interval, number_text
from simulation.runs.worlds import each

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

NEEDS = ("causalml", "econml", "sklift", "causalpy", "pymc_marketing")
TOWN = {"n_people": 5000, "share_subscribers": 0.3, "p_buy": 0.1}
FANS = ("follower", "subscriber", "member")
LOT, RULE, CHOICE = "ad by lot", "ad by rule", "ad by choice"
NO_AD, DISCOUNT = "no ad at all", "discount by choice"
#: Who meets the ad.
PEOPLE: dict[str, dict[str, Any]] = {
    LOT: {"treatment": "ad", "assignment": "lot"},
    RULE: {"treatment": "ad", "assignment": "rule", "on": "contacts", "selection": 0.7},
    CHOICE: {"treatment": "ad", "assignment": "choice"},
    NO_AD: {"treatment": "nothing", "assignment": "choice"},
    DISCOUNT: {"treatment": "discount", "assignment": "choice", "who": FANS[1:]},
}
MONTHLY = {"n_people": 2000, "launch_day": 28, "days_between_launches": 28, "days_window": 28}
SWITCH, AHEAD = "ads switched on", "customers"
DESIGNED, AS_SPENT = "budgets by lot", "budgets as spent"
#: No gifts: a BG/NBD model counts orders of a customer's own.
BOOKS = {"n_people": 5000, "gifts_base": 0.0, "gifts_per_attachment": 0.0}
#: One large town for what is told by week: no average over towns hides what is spent when.
CITY = {**MONTHLY, "n_people": 40_000, "hours_per_week": 60}
#: Worlds of each question; a media mix model takes minutes.
WORLDS = {**dict.fromkeys(PEOPLE, 16), SWITCH: 40, DESIGNED: 5, AS_SPENT: 5, AHEAD: 6}
SMOKE = dict.fromkeys(WORLDS, 2)
#: Of all whom an estimator could name: so many are treated if only some can be.
TOP = 0.3
#: Of an estimate besides its error, where they are known (`study`).
SCORES = ("pehe", "pehe_alike", "caught", "next", "rank")


# ---- rows ----------------------------------------------------------------------------------------


def study(smoke: bool, jobs: int | None, progress: bool | None) -> pd.DataFrame:
    """Return a row a question, world, estimator and channel: what it says, and the truth.

    Columns: question, world, method, channel; estimate, low, high, truth [copies a head, copies a
    week, USD/USD, copies a customer]; pehe, the root mean square error of the effect on each, and
    pehe_alike, that of saying the true mean of everybody; caught, the share of the effect among
    the TOP it names; next, what as much money again would have brought a dollar of it; rank, the
    rank correlation over channels.
    """
    import pandas as pd

    n = SMOKE if smoke else WORLDS
    tasks = [(question, world) for question, worlds in n.items() for world in range(worlds)]
    tasks.sort(key=lambda task: n[task[0]])  # the long ones first
    found = each(partial(answers, smoke), tasks, jobs=jobs, progress=progress)
    frame = pd.DataFrame([row for rows in found for row in rows])
    return frame.sort_values(["question", "world"], kind="stable", ignore_index=True)


def answers(smoke: bool, task: tuple[str, int]) -> list[dict[str, Any]]:
    """Return what every estimator says of one question in one world."""
    import warnings

    from threadpoolctl import threadpool_limits

    question, world = task
    with warnings.catch_warnings(), threadpool_limits(1):  # the worlds share the cores
        warnings.simplefilter("ignore")  # what the tools warn of is theirs
        if question in PEOPLE:
            rows = _of_people(question, world)
        elif question == SWITCH:
            rows = _of_switch(world, smoke)
        elif question == AHEAD:
            rows = _of_customers(world, smoke)
        else:
            rows = _of_channels(question, world, smoke)
    return [{"question": question, "world": world, **row} for row in rows]


def _made(world: int, **parts: Any) -> Panel:
    return panel({"seed": 1 + world, **parts}, jobs=1, progress=False)


def _of_people(question: str, world: int) -> list[dict[str, Any]]:
    made = _made(world, people={"scenario": "classroom", "set": TOWN, "who": FANS, "sample": 0,
                                **PEOPLE[question]})  # fmt: skip
    frames = export(made, "causalml")
    x, t, y = (np.asarray(frames[name], float) for name in ("X", "treatment", "y"))
    copies, bought = true_effects(made)
    rows = []
    for name, estimator in estimators.PEOPLE.items():
        tau = bought if name == "uplift model" else copies
        rows.append(_row(name, estimator(x, t.astype(int), y, 1 + world), tau.mean(), tau))
    return rows


def true_effects(made: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Return the effect on everybody who may be treated: in copies, and on buying at all."""
    may = made.tables["data/people"]["may_be_treated"].to_numpy()
    y0, y1 = (made.tables["truth/people"][name].to_numpy(float)[may] for name in ("y0", "y1"))
    return y1 - y0, (y1 > 0) * 1.0 - (y0 > 0)


def _of_switch(world: int, smoke: bool) -> list[dict[str, Any]]:
    weeks = 16 if smoke else 104
    made = _made(world, places={"set": MONTHLY, "budgets": "switched", "activity": "advertising",
                                "towns": 4 if smoke else 20, "weeks": weeks})  # fmt: skip
    frames, truth = export(made, "causalpy"), made.tables["truth/places"]
    did = frames["did"]
    switched = did.loc[did["group"] == 1, "unit"].unique()
    after = truth["town"].isin(switched) & (truth["week"] >= frames["treatment_time"])
    caused = truth.loc[after & (truth["activity"] == "advertising"), "caused"].mean()
    return [_row(name, estimator(frames), caused) for name, estimator in estimators.SWITCH.items()]


def _of_channels(question: str, world: int, smoke: bool) -> list[dict[str, Any]]:
    from scipy.stats import spearmanr

    budgets = "designed" if question == DESIGNED else "as_spent"
    made = _made(world, places={"set": CITY, "budgets": budgets, "towns": 1, "block": 2,
                                "step": 1.0, "weeks": 26 if smoke else 156})  # fmt: skip
    assert made.design.places is not None
    price = float(made.design.places.scenario.product.price)
    frames, true = export(made, "pymc_mmm"), made.tables["truth/returns"].set_index("activity")
    found = {
        "last click": estimators.last_touch(made.tables["data/places"], price, list(true.index)),
        "media mix model": estimators.media_mix_model(frames, price, 1 + world,
                                                      20 if smoke else 500),
    }  # fmt: skip
    rows = []
    for method, by_channel in found.items():
        said = [by_channel[channel].effect for channel in true.index]
        rank = float(spearmanr(said, true["roi"]).statistic)
        rows += [
            {**_row(method, by_channel[channel], true.loc[channel, "roi"]), "channel": channel,
             "next": true.loc[channel, "marginal_roi"], "rank": rank}
            for channel in true.index
        ]  # fmt: skip
    return rows


def _of_customers(world: int, smoke: bool) -> list[dict[str, Any]]:
    made = _made(world, customers={"set": BOOKS, "day": 365 if smoke else 1095,
                                   "worlds": 4 if smoke else 50})  # fmt: skip
    assert made.design.customers is not None
    rfm = export(made, "pymc_clv")["rfm"]
    truth = made.tables["truth/customers"].set_index("person").loc[rfm["customer_id"]]
    copies, ahead = truth["expected_copies"].to_numpy(float), made.design.customers.days_ahead
    return [
        _row(name, estimator(rfm, ahead, 1 + world), copies.mean(), copies)
        for name, estimator in estimators.CUSTOMERS.items()
    ]


def _row(
    method: str, found: Estimate, truth: float, tau: np.ndarray | None = None
) -> dict[str, Any]:
    """Return one row: the estimate beside the truth; of each unit where both are known."""
    row: dict[str, Any] = {"method": method, "channel": "", "estimate": found.effect}
    row |= {"low": found.low, "high": found.high, "truth": float(truth)}
    row |= dict.fromkeys(SCORES, math.nan)
    if found.each is not None and tau is not None:
        row["pehe"] = float(np.sqrt(np.mean((found.each - tau) ** 2)))
        row["pehe_alike"] = float(tau.std())
        top = np.argsort(-found.each, kind="stable")[: round(TOP * tau.size)]
        if tau.sum() > 0:
            row["caught"] = float(tau[top].sum() / tau.sum())
    return row


# ---- table ---------------------------------------------------------------------------------------


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row a question, estimator and channel.

    value, low, high: the mean of the estimates over the mean truth (1: right), with its interval
    over worlds; empty where the truth is 0. bias (with its interval), rmse: in the estimates' unit.
    covered: the share of worlds whose 95 % interval held the truth.
    """
    import pandas as pd

    rows = []
    for question in WORLDS:
        mine = frame[frame["question"] == question]
        for (method, channel), part in mine.groupby(["method", "channel"], sort=False):
            truth, said = part["truth"].to_numpy(float), part["estimate"].to_numpy(float)
            row: dict[str, Any] = {"question": question, "method": method, "channel": channel}
            row |= of_sums((said, truth), truediv) if truth.any() else {
                "value": math.nan, "low": math.nan, "high": math.nan, "n_worlds": len(part)
            }  # fmt: skip
            bias, low, high, _ = (float(x) for x in mean_interval(said - truth))
            row |= {"estimate": said.mean(), "truth": truth.mean()}
            row |= {"bias": bias, "bias_low": low, "bias_high": high}
            row["rmse"] = math.sqrt(((said - truth) ** 2).mean())
            row["covered"] = _covered(part)
            row |= {name: part[name].mean() for name in SCORES}
            rows.append(row)
    return pd.DataFrame(rows)


def _covered(part: pd.DataFrame) -> float:
    """Return the share of worlds whose interval holds the truth; nan where there are none."""
    there = part[part["low"].notna() & part["high"].notna()]
    if there.empty:
        return math.nan
    return float(((there["low"] <= there["truth"]) & (there["truth"] <= there["high"])).mean())


# ---- finding -------------------------------------------------------------------------------------


def finding(table: pd.DataFrame) -> Finding:
    """Say what finds the truth, and by how much the best known ways miss it."""
    switch = _cell(table, SWITCH, "difference in differences")
    posts = _cell(table, AS_SPENT, "last click", "posting")
    mix = _cell(table, AS_SPENT, "media mix model", "advertising")
    content = _cell(table, DESIGNED, "media mix model", "content")
    lot, nobody = (_cell(table, q, "difference in means") for q in (LOT, NO_AD))
    judged = "rightly" if _near(switch) else "wrongly"
    friends = ", as friends pass it on" if lot["high"] < 1 else ""
    return Finding(
        f"Ads switched on by lot are judged {judged}; last clicks give posts {_times(posts)} what "
        f"they brought, a media mix model of usual budgets gives ads {_times(mix)} theirs.",
        f'by lot an ad is put at {_times(lot)} its effect{friends}; an ad nobody saw "sells" '
        f"{number_text(1000 * nobody['estimate'], 0)} to 1,000 fans.",
        f"with budgets by lot the media mix model gives content {_times(content)} what it brought"
        f"{', nearer to what the next dollar brings' if _of_next(content) else ''}.",
        "towns of this model, tools as they come, few worlds; who knows the product would set the "
        "tools better.",
    )


def extra(table: pd.DataFrame) -> str:
    """Return which ways are right, which are wrong by how much, and why; and of each person."""
    rows = [dict(row) for row in table[table["value"] > 0].to_dict("records")]
    rows.sort(key=_far, reverse=True)
    near = [_called(row) for row in rows if _near(row)]
    wrong: dict[Any, dict[Any, Any]] = {}
    for row in rows:  # the farthest of each question, and of each way where these differ
        if not (_near(row) or _held(row)):
            one = row["question"] if row["question"] in PEOPLE else _called({**row, "channel": ""})
            wrong.setdefault(one, row)
    first = list(wrong.values())[:8]
    said = ", ".join(f"{_called(row)} {number_text(row['value'], 2)}" for row in first)
    why = []
    nobody, lot = (_cell(table, q, "difference in means") for q in (NO_AD, LOT))
    content = _cell(table, DESIGNED, "media mix model", "content")
    if nobody["bias_low"] > 0:
        why.append("who likes a brand takes its ads and would buy anyway")
    if lot["high"] < 1:
        why.append("friends tell friends, treated or not, so that even a lot misses a part; where "
                   "both act they cancel in part, and some are right by two wrongs")  # fmt: skip
    if content["high"] < 1 and _of_next(content):
        why.append("budgets that vary tell what the next dollar brings, not what all of them "
                   "brought: the first hours do most")  # fmt: skip
    return "\n".join([
        "## Which are right, which are wrong, and why", "",
        f"Near the truth: {', '.join(near) or 'none'}.", "",
        f"Wrong, farthest first, in times the truth: {said or 'none'}.", "",
        f"Why: {'; '.join(why) or 'no reason can be told'}.", "",
        _of_each(table),
    ])  # fmt: skip


def _of_each(table: pd.DataFrame) -> str:
    """Say how much of the effect on each person is known, where there is one."""
    mine = table[table["question"].isin([LOT, RULE, CHOICE]) & table["pehe"].notna()]
    if mine.empty:
        return "Of each person nothing was said."
    nearer = int((mine["pehe"] < mine["pehe_alike"]).sum())
    return (
        f"Of each person: {in_words(nearer)} of the {len(mine)} answers is nearer than the true "
        f"mean of everybody; the {100 * TOP:g} % of people they name hold at most "
        f"{100 * mine['caught'].max():.0f} % of an ad's effect."
    )


def _called(row: Mapping[Any, Any]) -> str:
    """Return an estimator as it is told from the others."""
    channel = row["channel"] if isinstance(row["channel"], str) else ""
    of = f"{channel}, {row['question']}" if channel else row["question"]
    return f"{row['method']} ({of})"


def _held(row: Mapping[Any, Any]) -> bool:
    """Return whether the interval over worlds holds the truth."""
    return bool(row["low"] <= 1 <= row["high"])


def _near(row: Mapping[Any, Any]) -> bool:
    """Return whether the mean is within a tenth of the truth, or a quarter where luck allows it."""
    return bool(0.9 <= row["value"] <= 1.1 or (_held(row) and 0.8 <= row["value"] <= 1.25))


def _of_next(row: Mapping[Any, Any]) -> bool:
    """Return whether an estimate is nearer to the return of the next dollar than to that of all."""
    return bool(abs(row["estimate"] - row["next"]) < abs(row["estimate"] - row["truth"]))


def _far(row: Mapping[Any, Any]) -> float:
    """Return how far a value is from the truth, many times too much and too little alike."""
    return abs(math.log(row["value"])) if row["value"] > 0 else math.inf


def _times(row: Mapping[Any, Any]) -> str:
    """Return a value as a multiple of the truth: "0.25 of" or "3.0 times"."""
    value = float(row["value"])
    return f"{number_text(value, 2)} of" if value < 0.95 else f"{number_text(value, 1)} times"


def _cell(table: pd.DataFrame, question: str, method: str, channel: str = "") -> dict[Any, Any]:
    """Return the row of a question, an estimator and a channel."""
    there = table[(table["question"] == question) & (table["method"] == method)]
    return dict(there[there["channel"].fillna("") == channel].iloc[0])


# ---- figure --------------------------------------------------------------------------------------

#: A question's colour, marker and place beside its neighbours in a row.
LOOKS = {LOT: ("#0072B2", "o", -0.2), RULE: ("#B87400", "s", 0.0), CHOICE: ("#C43D00", "D", 0.2)}
#: Rows of the other picture: question, method, channel, as it is said.
OTHERS = (
    (SWITCH, "before and after", "", "before and after"),
    (SWITCH, "interrupted time series", "", "interrupted\ntime series"),
    (SWITCH, "difference in differences", "", "difference in\ndifferences"),
    (SWITCH, "synthetic control", "", "synthetic control"),
    (AS_SPENT, "last click", "posting", "last click: posts"),
    (AS_SPENT, "last click", "advertising", "last click: ads"),
    (AS_SPENT, "media mix model", "advertising", "media mix model,\nusual budgets: ads"),
    (DESIGNED, "media mix model", "advertising", "media mix model,\nbudgets by lot: ads"),
    (AHEAD, "same again", "", "customers:\nsame again"),
    (AHEAD, "BG/NBD", "", "customers: BG/NBD"),
)
TICKS, ENDS = (0.25, 0.5, 1, 2, 4), (0.15, 4.5)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw every estimate over the truth: of people, and of towns, channels and customers."""
    drawn, (panels,) = new_figure(finding(table).answer.rstrip("."), 1, 2, width_ratios=(1, 1.05))
    methods = list(estimators.PEOPLE)
    for question, (colour, marker, aside) in LOOKS.items():
        rows = [_cell(table, question, method) for method in methods]
        _drawn(panels[0], np.arange(len(methods)) + aside, rows, colour, marker)
        said = question.removeprefix("ad ")
        panels[0].text(ENDS[1], 5 + 2.5 * aside, said, color=colour, ha="right", fontweight="bold")
    _axes(panels[0], methods, "People: an ad on launch day")
    rows = [_cell(table, *place) for *place, _ in OTHERS]
    _drawn(panels[1], np.arange(len(OTHERS)), rows, "#0072B2", "o")
    _axes(panels[1], [said for *_, said in OTHERS], "Towns, channels, customers")
    return drawn


def _drawn(ax: Any, y: np.ndarray, rows: list[dict[Any, Any]], colour: str, marker: str) -> None:
    """Draw points with their intervals; what lies beyond the picture stands at its edge."""
    low, value, high = (np.clip([row[end] for row in rows], *ENDS) for end in
                        ("low", "value", "high"))  # fmt: skip
    ax.errorbar(value, y, xerr=[value - low, high - value], fmt=marker, color=colour, ms=7,
                lw=1.8, capsize=3, ls="none")  # fmt: skip


def _axes(ax: Any, names: list[str], title: str) -> None:
    ax.axvline(1, color=INK, lw=1.2)
    ax.set(xscale="log", xlim=ENDS, title=title, ylim=(len(names) - 0.5, -0.9),
           xlabel="what it says, in times the truth")  # fmt: skip
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.minorticks_off()
    ax.set_yticks(range(len(names)), names, fontsize=12)
    ax.text(1, -0.6, "the truth", ha="center", va="center", color=INK,
            bbox={"fc": "white", "ec": "none", "pad": 1.5})  # fmt: skip
