"""The case study: 500,000 followers, a list, a community, one book: who buys when told alone?

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
from experiments.kit.drawing import (
    STAGE_COLOURS,
    STAGE_MARKERS,
    Look,
    new_figure,
    plain_log,
    points,
    styled,
)
from experiments.kit.tables import (
    heads_at_launch,
    logged,
    means,
    of_sums,
    paired,
    per_head,
    pick,
    ratios,
    say,
    say_paired,
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
    from matplotlib.axes import Axes
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
SHORT = {NOWHERE: "no one", FOLLOWERS: "posts", LIST: "mails", COMMUNITY: "visits", ALL: "all"}
#: How each of these is told.
HOW = {FOLLOWERS: "posts", LIST: "mails", COMMUNITY: "visits"}
#: The contacts that an announcing channel makes.
CONTACTS = {
    "post": (Channel.POST, Channel.DISCOVERY),
    "mail": (Channel.MAIL,),
    "visit": (Channel.VISIT,),
}
ADVOCATES = {"reviewers": "reviewed", "promoters": "promoted", "given": "gifts"}
ADDED = "the three alone, added"
PER = 1_000  # heads, in the figure


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
    """Draw copies by arm, copies per head by stage, and what buyers of each stage said and gave."""
    told = []
    for name, how in HOW.items():
        copies = pick(table, what="sales", strategy=name)["value"]
        told.append(f"{how} to {_audience(table, name)}, {copies:,.0f}")
    figure, axes = new_figure(
        f"Copies sold when told by {'; '.join(told)}", 1, 3, width_ratios=(1.15, 1, 1)
    )
    left, middle, right = axes[0]
    _copies(left, table)
    _heads(middle, table)
    _spoke(right, table)
    figure.legend(
        *middle.get_legend_handles_labels(), loc="outside lower center", ncols=len(STAGES),
        title="stage of the buyer",
    )  # fmt: skip
    return figure


def _copies(ax: Axes, table: pd.DataFrame) -> None:
    """Draw copies of each arm, stacked by the stage of the buyer."""
    sales = table[table["what"] == "sales"].set_index("strategy").loc[list(ANNOUNCE)]
    x, under = np.arange(len(sales)), np.zeros(len(sales))
    for stage in STAGES:
        rows = table[table["what"] == f"sales to {stage}"].set_index("strategy").loc[sales.index]
        value = rows["value"].to_numpy(float)
        ax.bar(x, value, 0.7, under, color=STAGE_COLOURS[stage], ec="white", lw=0.6, label=stage)
        under += value
    reach = np.nan_to_num(np.abs(sales[["low", "high"]].to_numpy(float).T - under))
    ax.errorbar(x, under, yerr=reach, fmt="none", ecolor="black", lw=1.5, capsize=4)
    top = max(1.0, float(sales["high"].max()))
    for at, copies, high in zip(x.tolist(), under, sales["high"], strict=True):
        ax.text(at, high + 0.02 * top, f"{copies:,.0f}", ha="center")
    ax.set_ylim(0, 1.1 * top)
    ax.set_xticks(x, [SHORT[str(name)] for name in sales.index])
    ax.tick_params(axis="x", labelsize=10)
    ax.set(title="Copies sold", ylabel="copies a world (mean, 95 % interval)",
           xlabel="what speaks of the book")  # fmt: skip


def _heads(ax: Axes, table: pd.DataFrame) -> None:
    """Draw copies per head of each stage on a log axis; who bought nothing has no mark."""
    heads = table[(table["what"] == "copies per head") & (table["strategy"] != NOWHERE)]
    heads = heads[heads["value"] > 0].copy()
    names = [name for name in ANNOUNCE if name != NOWHERE]
    columns = ["value", "low", "high"]
    heads[columns] *= PER
    heads["low"] = heads["low"].clip(lower=0.001 * heads["value"])  # 0 has no place on a log axis
    for i, stage in enumerate(STAGES):  # a stage without buyers is drawn too, for the legend
        rows = heads[heads["stage"] == stage]
        x = [names.index(name) + 0.14 * (i - 1.5) for name in rows["strategy"]]
        points(ax, x, rows, Look(STAGE_COLOURS[stage], "-", STAGE_MARKERS[stage]), stage)
    plain_log(ax.yaxis, *((heads["value"].min(), heads["value"].max()) if len(heads) else (1, 10)))
    ax.set_xticks(range(len(names)), [SHORT[name] for name in names])
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.tick_params(axis="x", labelsize=10)
    ax.set(title=f"Copies per {PER:,} heads", ylabel=f"copies per {PER:,} heads (log)",
           xlabel="what speaks of the book")  # fmt: skip


def _spoke(ax: Axes, table: pd.DataFrame) -> None:
    """Draw reviews, recommenders and gifts per 100 buyers of each stage, all told."""
    told = table[table["strategy"] == ALL].copy()
    told[["value", "low", "high"]] *= 100
    for i, stage in enumerate(STAGES):
        rows = told[told["what"].isin([f"{name} among {stage}s" for name in ADVOCATES])]
        look = Look(STAGE_COLOURS[stage], "-", STAGE_MARKERS[stage])
        points(ax, np.arange(len(ADVOCATES)) + 0.14 * (i - 1.5), rows, look, stage)
    ax.set_xticks(range(len(ADVOCATES)), [*ADVOCATES.values()])
    ax.set_xlim(-0.5, len(ADVOCATES) - 0.5)
    ax.tick_params(axis="x", labelsize=10)
    ax.set_ylim(bottom=0)
    ax.set(title="Of 100 buyers, all told", ylabel="per 100 buyers of the stage")


def _audience(table: pd.DataFrame, name: str) -> str:
    """Return how many stood in the stage an arm is about on launch day: "17,902 subscribers"."""
    stage = ABOUT[name]
    return f"{pick(table, what=f'heads_{stage}', strategy=name)['value']:,.0f} {stage}s"


def _per(row: dict[str, Any], n: int) -> dict[str, float]:
    """Return a value and its interval times n."""
    return {key: n * row[key] for key in ("value", "low", "high")}


def finding(table: pd.DataFrame) -> str:
    """Say what each announcement sold, per head; who bought, spoke and gave; what all added."""
    sold = []
    for name, how in HOW.items():
        head = pick(table, what="copies per head", strategy=name, stage=ABOUT[name])
        sold.append(
            f"by {how} to {_audience(table, name)} "
            f"{say(pick(table, what=f'{name} against none'), 'more copies than silence')}, "
            f"{say(_per(head, PER))} per {PER:,} {ABOUT[name]}s"
        )
    times = [
        f"a {ABOUT[name]} bought {say(row)} times as much as a {ABOUT[other]}"
        for name, other in ((LIST, FOLLOWERS), (COMMUNITY, LIST))
        if np.isfinite((row := pick(table, what="times", strategy=name))["value"])
    ]
    every = pick(table, what="members who bought", strategy=COMMUNITY)
    word = "nearly every member" if every["low"] > 0.9 else "not every member"
    times.append(f"{word} bought one: {say(every, percent=True)}")
    spoke = []
    for name, what in ADVOCATES.items():
        member, follower = (
            say(_per(pick(table, what=f"{name} among {stage}s", strategy=ALL), 100))
            for stage in ("member", "follower")
        )
        spoke.append(f"{what} {member} against {follower}")
    return (
        f"Told alone, the book sold {'; '.join(sold)}. Each told alone, {', '.join(times)}. All "
        f"told, of 100 buyers among members, against 100 among followers, {'; '.join(spoke)}. "
        f"{say_paired(pick(table, what='all against added'))}."
    )
