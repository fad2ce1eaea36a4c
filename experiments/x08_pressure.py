"""How hard may a brand press: from how many posts a day on does it lose people and sales?

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
from experiments.kit.drawing import (
    STAGE_COLOURS,
    STAGE_MARKERS,
    Look,
    looks,
    new_figure,
    points,
    styled,
)
from experiments.kit.tables import (
    CONFIDENCE,
    LEVEL,
    in_worlds,
    kept_by_stage,
    listed,
    means,
    paired,
    pick,
    ratios,
    resampled_means,
    say,
    stacked,
)
from simulation.core.stages import STAGES
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import STRATEGIES, Strategy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
MINDING, CHOOSIER = (NOBODY, ASSUMED, TOUCHY), (ASSUMED, TIRED, CHOOSY)
LOOKS = {
    ASSUMED: Look("#0072B2", "-", "o"),
    TIRED: Look("#CC79A7", "--", "s"),
    CHOOSY: Look("#4A4A4A", ":", "^"),
}


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
    """Draw copies by posts where people mind more and more, who is kept, and choosier people."""
    figure, axes = new_figure(_headline(table), 2, 3, size=(10.0, 6.6), sharex=True)
    sales = table[table["what"] == "sales"]
    top = 1.08 * sales.loc[sales["world"].isin(MINDING), "high"].max()
    for ax, world in zip(axes[0], MINDING, strict=True):
        for name, look in looks(BASES).items():
            _line(ax, sales[(sales["world"] == world) & (sales["base"] == name)], look, name)
        ax.set(title=world, ylim=(0, top if top > 0 else 1))
    for ax, world in zip(axes[1], (ASSUMED, TOUCHY), strict=False):
        _kept(ax, table, world)
    last = axes[1, 2]
    for world in CHOOSIER:
        rows = sales[(sales["world"] == world) & (sales["base"] == CHOSEN)]
        _line(last, rows, LOOKS[world], world)
    last.set_ylim(bottom=0)
    last.set_title(f"copies of {CHOSEN},\nchoosier people", fontsize=12)
    axes[0, 0].set_ylabel("copies a world")
    axes[1, 0].set_ylabel("people kept [%]")
    for ax in axes.flat:
        ax.set(xscale="log", xlim=(0.85, 38))
        ax.set_xticks((1, 2, 4, 8, 16, 32), ("1", "2", "4", "8", "16", "32"), minor=False)
        ax.set_xticks((), minor=True)
    named = {axes[1, 0]: "stage on day 0", axes[0, 0]: "strategy (above)", last: "people"}
    for ax, (source, title) in zip(axes[1], named.items(), strict=True):
        ax.set_xlabel("posts a day")
        ax.legend(*source.get_legend_handles_labels(), loc="upper center", fontsize=11,
                  bbox_to_anchor=(0.5, -0.27), borderaxespad=0, title=title)  # fmt: skip
    return figure


def _line(ax: Axes, rows: pd.DataFrame, look: Look, label: str) -> None:
    rows = rows.sort_values("posts")
    points(ax, rows["posts"], rows, look, label, ls=look.line, ms=6)


def _kept(ax: Axes, table: pd.DataFrame, world: str) -> None:
    """Draw the share kept of every stage in one world, in per cent."""
    for stage in STAGES[1:]:
        rows = table[(table["what"] == f"kept {stage}") & (table["world"] == world)]
        rows = rows[rows["base"] == CHOSEN].copy()
        rows[["value", "low", "high"]] *= 100
        _line(ax, rows, Look(STAGE_COLOURS[stage], "-", STAGE_MARKERS[stage]), stage)
    ax.set_ylim(0, 105)
    ax.set_title(f"kept by {CHOSEN},\n{world}", fontsize=12)


def _headline(table: pd.DataFrame) -> str:
    best = []
    for world in (ASSUMED, TOUCHY):
        rows = table[(table["what"] == "peak") & (table["world"] == world)]
        low, high = rows["value"].min(), rows["value"].max()
        best.append(f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}")
    return f"Most copies at {best[0]} posts a day; at {best[1]} if people are {TOUCHY}"


def finding(table: pd.DataFrame) -> str:
    """Say where pressing harder begins to lose sales, whom it drives away, and what is afforded."""
    sentences = []
    for world in MINDING:
        parts = [f"{base} {_peak(table, world, base)}" for base in BASES]
        sentences.append(f"{world[0].upper()}{world[1:]}: {'; '.join(parts)}.")
    parts = [f"{world}, {_peak(table, world, CHOSEN)}" for world in CHOOSIER[1:]]
    sentences.append(f"With choosier people {CHOSEN}: {'; '.join(parts)}.")
    kept = []
    for stage in STAGES[1:]:
        rows = table[(table["what"] == f"kept {stage}") & (table["world"] == ASSUMED)]
        rows = rows[rows["base"] == CHOSEN].sort_values("posts")
        peak = pick(table, what="peak", world=ASSUMED, base=CHOSEN)["value"]
        there = [dict(rows.iloc[0]), pick(rows, posts=peak), dict(rows.iloc[-1])]
        kept.append(f"{stage}s {', '.join(say(row, percent=True) for row in there)}")
    first, last = rows["posts"].min(), rows["posts"].max()
    sentences.append(
        f"Kept under {CHOSEN} with {first:.0f}, {peak:.0f} (where it sold most) and {last:.0f} "
        f"posts a day, as assumed: {'; '.join(kept)}."
    )
    sentences.append(_afforded())
    return " ".join(sentences)


def _afforded() -> str:
    """Say how many posts a day the hours of posting buy at the cost that the town declares."""
    town = Scenario.load("launch_2025")
    bought = {
        base: STRATEGIES[base].phases[0].posting * town["hours_per_week"] / town["hours_post"] / 7
        for base in BASES
    }
    return (
        f"Posts cost {60 * HOURS_POST:.1f} minutes here; at the {60 * town['hours_post']:.0f} "
        f"assumed elsewhere the same hours buy {listed([f'{n:.1f}' for n in bought.values()])} a "
        f"day ({', '.join(bought)}), and {town['posts_tolerated']:g} are borne."
    )


def _peak(table: pd.DataFrame, world: str, base: str) -> str:
    """Say how many posts sold most, and from how many on clearly fewer copies are sold."""
    peak = pick(table, what="peak", world=world, base=base)
    sold = pick(table, what="sales", world=world, base=base, posts=peak["value"])
    text = (
        f"sold most with {peak['value']:.0f} posts a day ({LEVEL} {peak['low']:.0f} to "
        f"{peak['high']:.0f}), {say(sold, 'copies')}"
    )
    rows = table[(table["what"] == "against the peak") & (table["world"] == world)]
    rows = rows[rows["base"] == base].sort_values("posts")
    if rows.empty:
        return f"{text}, the most that was tried"
    fewer = rows[rows["high"] < 0]
    if fewer.empty:
        return f"{text}, and not clearly fewer with more"
    row = dict(fewer.iloc[0])
    lost = {"value": -row["value"], "low": -row["high"], "high": -row["low"]}
    return f"{text}, and {say(lost, 'copies fewer')} with {row['posts']:.0f}"
