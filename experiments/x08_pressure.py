"""How many posts a day are too many?

Fixed: a town of launch_2025 of 15,000, a brand that is new on day 0 (no routine before it), ten
hours a week, all of a strategy's hours but those of its posts. Varies: the posts a day, from 1 to
32, three strategies, and how much people mind: beyond posts_tolerated a day every post adds g_posts
to the log-hazard of lapsing, not at all, as assumed, or three times as much. In two more worlds the
people of community_building are choosier: they tire of contacts four times as soon (wear-out), or
do that, bear half the posts and find a dear book dearer (price elasticity and price at the high
ends of their likely ranges); as the model knows no taste of members alone, this holds for all. A
post is taken to cost half a minute, as if a machine wrote it, so that any number fits into the
hours of posting; hours saved go to support, which does nothing while nothing goes wrong. Mails and
events never annoy in this model. Kept: of those in a stage on day 0, there or higher at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.kit.cells import Cell, Cells
from experiments.kit.drawing import looks, name_ends, new_figure, points, styled
from experiments.kit.finding import Finding, plain
from experiments.kit.tables import (
    CONFIDENCE,
    in_worlds,
    kept_by_stage,
    means,
    paired,
    pick,
    ratios,
    resampled_means,
    stacked,
)
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import STRATEGIES, Strategy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BASES = ("posting_only", "audience_building", "community_building")
CHOSEN = BASES[-1]  # the strategy whose people are also choosier
POSTS = (1, 2, 4, 8, 12, 16, 24, 32)
FEW = POSTS[::2]  # where nobody minds, runs are long and nothing happens in between
HOURS_POST = 0.0085
TIMES = 3.0
SOONER = 4.0  # times as soon do choosier people tire
NOBODY, ASSUMED, TOUCHY = "nobody minds", "as assumed", f"{TIMES:g} times as touchy"
TIRED, CHOOSY = f"tire {SOONER:g} times as soon", "choosier in all"
MINDING = (NOBODY, ASSUMED, TOUCHY)
WORDS = {NOBODY: NOBODY, ASSUMED: ASSUMED, TOUCHY: "mind three times as much"}


def worlds_of(town: Scenario) -> dict[str, Scenario]:
    """Return the worlds by how much people mind and how choosy they are."""
    wear = {name: town[name] / SOONER for name in ("wear_after", "wear_scale")}
    dear: dict[str, Any] = {"posts_tolerated": town["posts_tolerated"] / 2}
    for name in ("price_elasticity", "price"):
        extra: Any = parameters()[name].json_schema_extra
        dear[name] = float(extra["likely"][1])
    return {
        NOBODY: town.replace(g_posts=0.0),
        ASSUMED: town,
        TOUCHY: town.replace(g_posts=TIMES * town["g_posts"]),
        TIRED: town.replace(**wear),
        CHOOSY: town.replace(**wear, **dear),
    }


def pressing(strategy: Strategy, posts: int, town: Scenario) -> Strategy:
    """Return a strategy that makes so many posts a day; the hours of posting left go to support.

    No post is kept back for the launch: every day has as many. Raises ValueError when
    they do not fit into its hours of posting.
    """
    phase = strategy.phases[0]
    share = posts * 7 * town["hours_post"] / town["hours_per_week"] * (1 + 1e-9)
    if share > phase.posting:
        raise ValueError(f"{posts} posts a day do not fit into {strategy.name}")
    shares = {"posting": share, "supporting": phase.supporting + phase.posting - share}
    return strategy.model_copy(
        update={
            "name": f"{strategy.name}_{posts}_posts_a_day",
            "phases": (phase.model_copy(update=shares),),
            "launch_posts": (),
        }
    )


def design(smoke: bool = False) -> Cells:
    """Return posts x strategies x how much people mind, and choosier people, in 10 worlds each."""
    town = Scenario.load("launch_2025").replace(
        n_people=1_500 if smoke else 15_000, days_warm_up=0, hours_post=HOURS_POST
    )
    cells = [
        Cell(scenario, pressing(STRATEGIES[base], posts, town),
             {"world": world, "base": base, "posts": posts})
        for world, scenario in worlds_of(town).items()
        for base in (BASES if world in MINDING else (CHOSEN,))
        for posts in ((4, 32) if smoke else FEW if world == NOBODY else POSTS)
    ]  # fmt: skip
    return Cells(cells, replications=3 if smoke else 10, measure=kept_by_stage)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return copies and who is kept by posts, where copies peak, and what is lost beyond."""
    by = ["world", "base"]
    tables = {"sales": means(frame, "sales", [*by, "posts"])}
    for stage in STAGES[1:]:
        kept = ratios(frame, f"kept_{stage}", f"began_{stage}", [*by, "posts"])
        tables[f"kept {stage}"] = kept.assign(stage=stage)
    peaks, beyond = [], []
    for (world, base), part in frame.groupby(by, sort=False):
        place = {"world": world, "base": base}
        peak = peak_of(part)
        peaks.append(place | peak)
        for posts in sorted(p for p in set(part["posts"]) if p > peak["value"]):
            gap = paired(part, "sales", posts, peak["value"], by=by, column="posts")
            beyond.append(gap.assign(posts=posts))
    tables["peak"] = pd.DataFrame(peaks)
    if beyond:
        tables["against the peak"] = pd.concat(beyond, ignore_index=True)
    return stacked(tables)


def peak_of(part: pd.DataFrame) -> dict[str, Any]:
    """Return the posts a day at which the mean of copies is highest: value, low, high.

    The interval is a percentile one over resampled worlds; all lie on the posts that were tried.
    """
    wide = in_worlds(part, "sales", ["posts"])
    tried = wide.columns.to_numpy(float)
    best = np.sort(tried[resampled_means(wide).argmax(axis=1)])
    low, high = np.quantile(best, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2), method="nearest")
    value = tried[wide.mean().to_numpy().argmax()]
    return {"outcome": "posts a day of most copies", "value": value, "low": low, "high": high,
            "n_worlds": len(wide)}  # fmt: skip


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies by posts where people mind more and more."""
    figure, axes = new_figure(_too_many(table), 1, 3, sharey=True)
    sales = table[table["what"] == "sales"]
    top = max(1.0, 1.08 * sales.loc[sales["world"].isin(MINDING), "high"].max())
    for ax, world in zip(axes[0], MINDING, strict=True):
        ends = {}
        for name, look in looks(BASES).items():
            rows = sales[(sales["world"] == world) & (sales["base"] == name)].sort_values("posts")
            points(ax, rows["posts"], rows, look, ls=look.line, ms=7)
            ends[plain(name).replace("building a ", "")] = rows.iloc[-1][["posts", "value"]], look
        ax.set(title=WORDS[world], xscale="log", xlim=(0.85, 38), ylim=(0, top))
        ax.set_xticks((1, 2, 4, 8, 16, 32), ("1", "2", "4", "8", "16", "32"), minor=False)
        ax.set_xticks((), minor=True)
        if world == NOBODY:
            name_ends(ax, {n: (e["posts"], e["value"], k.colour) for n, (e, k) in ends.items()})
    axes[0, 0].set_ylabel("copies sold (whiskers: luck)")
    axes[0, 1].set_xlabel("posts a day")
    return figure


def _first(table: pd.DataFrame, world: str) -> float | None:
    """Return the fewest posts with which a strategy sells clearly fewer copies than at its peak."""
    rows = table[(table["what"] == "against the peak") & (table["world"] == world)]
    posts = rows.loc[rows["high"] < 0, "posts"]
    return float(posts.min()) if len(posts) else None


def _too_many(table: pd.DataFrame) -> str:
    """Say how many posts a day cost copies, as assumed and where people are touchier."""
    usual, touchy = (_first(table, world) for world in (ASSUMED, TOUCHY))
    first = (
        f"Up to {table['posts'].max():.0f} posts a day none is clearly too many"
        if usual is None
        else f"{usual:.0f} posts a day are clearly too many"
    )
    if touchy is None:
        return f"{first}, nor where people mind three times as much" if usual is None else first
    return f"{first}; where people mind three times as much, {touchy:.0f} are"


def finding(table: pd.DataFrame) -> Finding:
    """Say how many posts are too many, whom they drive away, and who minds."""
    town = Scenario.load("launch_2025")
    return Finding(
        f"{_too_many(table)}.",
        _leaving(table),
        f"{_nobody(table)}; {_choosier(table)}.",
        f"posts take half a minute here, as if a machine wrote them, instead of "
        f"{60 * town['hours_post']:.0f}; nobody has measured whom posts drive away.",
    )


def _leaving(table: pd.DataFrame) -> str:
    """Say which stage loses most from the fewest to the most posts, as assumed."""
    rows = table[(table["world"] == ASSUMED) & (table["base"] == CHOSEN)]
    tried = rows.loc[rows["what"] == "sales", "posts"]
    first, last = float(tried.min()), float(tried.max())
    kept = {
        stage: [
            100 * pick(rows, what=f"kept {stage}", posts=posts)["value"] for posts in (first, last)
        ]
        for stage in STAGES[1:]
    }
    kept = {stage: ends for stage, ends in kept.items() if ends[0] > ends[1]}
    if not kept:
        return "sales alone: no stage keeps fewer people."
    stage = min(kept, key=lambda name: kept[name][1] / kept[name][0])
    few, many = kept[stage]
    return (
        f"{stage}s leave: of a hundred {few:.0f} stay with {first:.0f} a day, {many:.0f} with "
        f"{last:.0f}."
    )


def _nobody(table: pd.DataFrame) -> str:
    """Say what happens where nobody minds."""
    many = _first(table, NOBODY)
    if many is None:
        return "where nobody minds, none is clearly too many"
    return f"even where nobody minds, {many:.0f} are too many"


def _choosier(table: pd.DataFrame) -> str:
    """Say whether choosier people bear fewer posts under the strategy they were tried with."""
    usual, tired = (
        pick(table, what="peak", world=world, base=CHOSEN) for world in (ASSUMED, CHOOSY)
    )
    fewer = tired["high"] < usual["low"]
    return f"choosier people bear {'fewer' if fewer else 'not clearly fewer'} ({CHOSEN})".replace(
        CHOSEN, plain(CHOSEN)
    )
