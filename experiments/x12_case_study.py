"""Half a million followers, a list, a community, one book: who buys it when told alone?

Fixed: the world of case_study (an audience of half a million, a list and a small community at the
start, nine months of a balanced strategy before launch day), the effort and what it is spent on.
Varies: only which contacts speak of the book in the thirty days of its launch: none, posts (and
discovery), mails, visits to the community, or all three. By design mails are read by members as
well as subscribers, and posts are met by all three stages; what buyers then recommend and give goes
on to their friends under every arm. Ads speak of the book in none. Hours on posts and on mails are
the same, on the community half of that. A buyer's stage is that on the day of the purchase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import STAGE_COLOURS, bars, new_figure, styled
from experiments.kit.finding import Finding, clear, short, upper
from experiments.kit.tables import (
    heads_at_launch,
    logged,
    means,
    of_sums,
    paired,
    per_head,
    pick,
    ratios,
    stacked,
)
from simulation.core.outcomes import Event
from simulation.core.randomness import make_key
from simulation.core.stages import STAGES, Channel
from simulation.engine.plan import plan
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

NOWHERE, FOLLOWERS, LIST, COMMUNITY, ALL = (
    "told_nowhere", "told_followers", "told_list", "told_community", "told_all",
)  # fmt: skip
ANNOUNCE: dict[str, tuple[Any, ...]] = {
    NOWHERE: (),
    FOLLOWERS: ("post",),
    LIST: ("mail",),
    COMMUNITY: ("visit",),
    ALL: ("post", "mail", "visit"),
}
#: The stage each arm that tells one stage alone is about.
ABOUT = {FOLLOWERS: "follower", LIST: "subscriber", COMMUNITY: "member"}
#: Who that is, and how they are told.
WHO = {FOLLOWERS: "the followers", LIST: "the list", COMMUNITY: "the community"}
HOW = {FOLLOWERS: "posts", LIST: "mail", COMMUNITY: "visits"}
#: The contacts that an announcing channel makes.
CONTACTS = {
    "post": (Channel.POST, Channel.DISCOVERY),
    "mail": (Channel.MAIL,),
    "visit": (Channel.VISIT,),
}
ADVOCATES = {"reviewers": "reviewed", "promoters": "promoted", "given": "gifts"}
ADDED = "the three alone, added"
PER = 1_000  # people, in the figure

BEFORE = (
    "the list led with 337 copies, and a member told by visits bought a little more than a "
    "subscriber told by mail. Launches now send extra mails, and most members visit rarely."
)


def measure(run: Run) -> dict[str, float]:
    """Count heads on launch day, whom the announcement reached, and who bought, spoke and gave.

    By stage: heads, buyers (of a copy for themselves), reviewers and promoters among them, copies
    given. told: people who had at least one announcing contact; posts and mails of the launch, from
    the first day on which it can be ordered.
    """
    bought, told = logged(run, Event.BUY), logged(run, Event.RECOMMEND)
    counts = {
        "buyers": bought.from_stage,
        "reviewers": logged(run, Event.REVIEW).from_stage,
        "promoters": told.from_stage[np.unique(told.person, return_index=True)[1]],
        "given": logged(run, Event.GIFT).from_stage,
    }
    found = heads_at_launch(run)
    for name, stages in counts.items():
        by_stage = np.bincount(stages, minlength=len(STAGES))
        found |= {f"{name}_{stage}": n for stage, n in zip(STAGES, by_stage, strict=True)}
    product = run.scenario.product
    first = max(0, product.launch_day - run.strategy.days_ahead)
    window = slice(first, product.launch_day + product.days_window)
    met = logged(run, Event.CONTACT)
    channels = [c for channel in run.strategy.announce for c in CONTACTS[channel]]
    launch = (met.time >= window.start) & (met.time < window.stop) & np.isin(met.cause, channels)
    days = plan(run.scenario, run.strategy, key=make_key(run.seed, run.replication))[window]
    return found | {
        "told": np.unique(met.person[launch]).size,
        "posts": days["posts"].sum(),
        "mails": days["pieces"].sum(),
    }


def design(smoke: bool = False) -> Cells:
    """Return the five announcements in 20 worlds of the case study."""
    scenario = Scenario.load("case_study")
    if smoke:
        scenario = scenario.replace(n_people=40_000)
    balanced = STRATEGIES["balanced"]
    arms = [
        balanced.model_copy(update={"name": name, "announce": channels})
        for name, channels in ANNOUNCE.items()
    ]
    return Cells(
        grid([({}, scenario)], arms), replications=3 if smoke else 20, measure=measure, events=True
    )


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies, copies per head by stage, whom each arm reached, who spoke, differences."""
    import pandas as pd

    tables = {"sales": means(frame, "sales"), "copies per head": per_head(frame)}
    for name in ANNOUNCE:
        if name != NOWHERE:
            tables[f"{name} against none"] = paired(frame, "sales", name, NOWHERE)
    told = frame[frame["strategy"] != NOWHERE]
    for name in ("told", "posts", "mails", *(f"heads_{stage}" for stage in STAGES)):
        tables[name] = means(told, name)
    tables["copies per person told"] = ratios(told, "sales", "told")
    for stage in STAGES:
        tables[f"sales to {stage}"] = means(frame, f"sales_to_{stage}").assign(stage=stage)
        bought = ratios(told, f"buyers_{stage}", f"heads_{stage}")
        tables[f"{stage}s who bought"] = bought.assign(stage=stage)
        for name in ADVOCATES:
            spoke = ratios(told, f"{name}_{stage}", f"buyers_{stage}")
            tables[f"{name} among {stage}s"] = spoke.assign(stage=stage)
    alone = frame[frame["strategy"].isin([*ABOUT])].groupby("replication_id")["sales"]
    added = alone.sum(min_count=len(ABOUT)).reset_index().assign(strategy=ADDED)
    both = pd.concat([frame[frame["strategy"] == ALL][[*added]], added])
    tables["all against added"] = paired(both, "sales", ALL, ADDED)
    tables["times"] = pd.DataFrame([_times(frame, LIST, FOLLOWERS), _times(frame, COMMUNITY, LIST)])
    return stacked(tables)


def _times(frame: pd.DataFrame, name: str, other: str) -> dict[str, Any]:
    """Return how many times as much a head told alone bought as one of another stage."""
    columns = []
    for arm in (name, other):
        here = frame[frame["strategy"] == arm].set_index("replication_id").sort_index()
        columns += [here[f"{what}_{ABOUT[arm]}"] for what in ("sales_to", "heads")]
    found = of_sums(columns, lambda a, m, b, n: np.asarray(a * n) / np.asarray(b * m))
    return {"outcome": "copies per head, times", "strategy": name, "baseline": other, **found}


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw the copies each telling adds to silence, and what a thousand people of each bought."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 2, sharey=True)
    colours = [STAGE_COLOURS[stage] for stage in ABOUT.values()]
    heads = [pick(table, what=f"heads_{stage}", strategy=name) for name, stage in ABOUT.items()]
    labels = [
        f"{HOW[name]} to {row['value']:,.0f}\n{ABOUT[name]}s"
        for name, row in zip(ABOUT, heads, strict=True)
    ]
    bars(axes[0], labels, _gains(table).values(), colours)
    axes[0].set_title("Copies more than when nothing is said")
    rows = [pick(table, what="copies per head", strategy=name, stage=stage)
            for name, stage in ABOUT.items()]  # fmt: skip
    bars(axes[1], labels, rows, colours, scale=PER)
    axes[1].set_title(f"Copies per {PER:,} of these people")
    return figure


def _gains(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what telling each alone adds to silence."""
    return {name: pick(table, what=f"{name} against none") for name in ABOUT}


def _answer(table: pd.DataFrame) -> str:
    gains = _gains(table)
    first, second, _ = sorted(gains, key=lambda name: gains[name]["value"], reverse=True)
    if clear(gains[first]) < 1:
        return (
            "Nobody that can be told: neither posts nor mail nor visits alone beat saying nothing"
        )
    bought = f"bought {short(gains[first])} more copies than when nothing was said"
    if gains[first]["low"] <= gains[second]["high"]:
        return (
            f"{upper(WHO[first])} or {WHO[second]}, which cannot be told apart: told alone, one "
            f"{bought}"
        )
    other = second if first == FOLLOWERS else FOLLOWERS
    more = f"{short(gains[other])} more" if clear(gains[other]) > 0 else "no more that can be told"
    return (
        f"{upper(WHO[first])}, told alone by {HOW[first]}, {bought}; "
        f"{WHO[other]}, told alone by {HOW[other]}, {more}"
    )


def _mail_or_visits(table: pd.DataFrame) -> str:
    """Say what members buy when told by mail, and when told by visits."""
    mail, visits = (pick(table, what="members who bought", strategy=arm)
                    for arm in (LIST, COMMUNITY))  # fmt: skip
    if mail["low"] > visits["high"] or mail["high"] < visits["low"]:
        how = "the mail" if mail["value"] > visits["value"] else "the room"
        return (
            f"{how} more than who is told: of {PER:,} members {PER * mail['value']:.0f} bought "
            f"when told by mail, {PER * visits['value']:.0f} when told by visits."
        )
    return "who is told: members bought alike, as far as can be told, by mail and by visits."


def finding(table: pd.DataFrame) -> Finding:
    """Say who buys when told alone, in all and per person."""
    times = pick(table, what="times", strategy=LIST)
    a_head = "a subscriber and a follower cannot be told apart"
    if times["low"] > 1:
        a_head = f"a subscriber bought {short(times)} times as much as a follower"
    elif times["high"] < 1:
        a_head = "a subscriber bought less than a follower"
    every = clear(pick(table, what="all against added"))
    more = {1: "more than", 0: "as much as", -1: "less than"}[every]
    return Finding(
        f"{_answer(table)}.",
        _mail_or_visits(table),
        f"per person, {a_head}; all told at once, the book sold {more} the three added.",
        "one brand with its followers, list and hours fixed; nobody has published sales told "
        "channel by channel; more mails or visits were not tried.",
    )
