"""Figures: ``f(result, *, ax=None) -> Axes``. They draw a Run or a Comparison and simulate nothing.

Colours are fixed, one for each stage and strategy, and can be told apart by colour-blind people;
markers, line styles or labels say the same once more. `data` returns the numbers of any figure.
Without `ax` a figure is made; axes given should stand in one with ``layout="constrained"``, which
leaves room for the labels beside them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from simulation import figures_data
from simulation.comparison import Comparison
from simulation.errors import InputError, did_you_mean
from simulation.figures_data import spread, stacked
from simulation.run import Run
from simulation.stages import STAGES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: From light to dark as the connection grows, so that they also print in grey.
STAGE_COLOURS = {
    "stranger": "#B4B4B4",
    "follower": "#DD8F06",
    "subscriber": "#14808A",
    "member": "#4A1A6B",
}

#: The palette of Okabe and Ito (2008); a strategy of another name takes the next of FREE_COLOURS.
STRATEGY_COLOURS = {
    "posting_only": "#E69F00",
    "community_building": "#0072B2",
    "audience_building": "#009E73",
    "advertising": "#CC79A7",
    "balanced": "#56B4E9",
    "deal_driven": "#D55E00",
    "service_first": "#8855FF",
    "do_nothing": "#4A4A4A",
}
FREE_COLOURS = ("#000000", "#5B3A8E", "#7A3B12", "#3F6F6A", "#B5325C", "#6B8E23")
_MARKERS = "osD^vPX*<>hp"
_STAGE_LINES = dict(zip(STAGE_COLOURS, (":", "-.", "--", "-"), strict=True))
_LINES: tuple[Any, ...] = ("--", "-", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 2)))

STYLE: Any = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 12,
    "savefig.bbox": None,
    "text.parse_math": False,
}
INK = "#333333"
Drawing = TypeVar("Drawing", bound=Callable[..., Any])


class Look(NamedTuple):
    """How a strategy is drawn."""

    colour: str
    line: Any
    marker: str


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Return colour, line and marker of every strategy: fixed for the known ones.

    Others take the free colours in the order given, whatever known strategies stand between.
    """
    known = list(STRATEGY_COLOURS)
    found: dict[str, Look] = {}
    for name in names:
        if name in STRATEGY_COLOURS:
            i, colour = known.index(name), STRATEGY_COLOURS[name]
        else:
            j = sum(other not in STRATEGY_COLOURS for other in found)
            i, colour = len(known) + j, FREE_COLOURS[j % len(FREE_COLOURS)]
        found[name] = Look(colour, _LINES[i % len(_LINES)], _MARKERS[i % len(_MARKERS)])
    return found


def shown(name: str) -> str:
    """Return the name of a strategy as figures write it: long ones are cut."""
    return name if len(name) <= 20 else name[:19] + "…"


def data(figure: str | Callable, result: Run | Comparison) -> pd.DataFrame:
    """Return the numbers behind a figure, named or given: ``data("funnel", run)``."""
    name = figure if isinstance(figure, str) else figure.__name__
    if name not in FIGURES:
        raise InputError(f'unknown figure "{name}"{did_you_mean(name, FIGURES)}')
    return getattr(figures_data, name)(result)


def styled(figure: Drawing) -> Drawing:
    """Draw in our style and leave the rcParams of the session alone."""

    @wraps(figure)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        with mpl.rc_context(STYLE):
            return figure(*args, **kwargs)

    return cast(Drawing, drawn)


def new_axes(ax: Axes | None, width: float = 9.0, height: float = 5.0) -> Axes:
    """Return the axes given, or those of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


@styled
def stages_over_time(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw the people in each stage over the days, on a log axis; the launch is marked.

    Where a stage is empty on some day the axis is linear from 0 to 1, so that this can be seen.
    """
    frame = figures_data.stages_over_time(run)
    ax = new_axes(ax)
    fewest = frame[list(STAGES)].to_numpy().min()
    if fewest > 0:
        ax.set_yscale("log")
    else:
        ax.set_yscale("symlog", linthresh=1, linscale=0.3)
    for stage, colour in STAGE_COLOURS.items():
        ax.plot(frame["time"], frame[stage], color=colour, ls=_STAGE_LINES[stage], lw=2.5)
    n_people = run.scenario.world.n_people
    ax.set_ylim(10 ** np.floor(np.log10(fewest)) if fewest > 0 else 0, 2 * n_people)
    ax.set_xlim(0, len(frame))
    ends = {stage: float(frame[stage].iloc[-1]) for stage in STAGES}
    _label_ends(ax, {f"{s} {n:,.0f}": (n, STAGE_COLOURS[s]) for s, n in ends.items()})
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    launch = _mark_launch(ax, run)
    ax.set(xlabel=f"time [days]; launch on day {launch} (dashed)", ylabel="people (log scale)")
    ax.set_title(f"People by stage under {shown(run.strategy.name)}")
    return ax


def _mark_launch(ax: Axes, result: Run | Comparison) -> int:
    """Draw a dashed line on the launch day and return that day."""
    day = result.scenario.product.launch_day
    ax.axvline(day, color=INK, lw=1, ls=(0, (4, 3)), zorder=1)
    return day


def _label_ends(ax: Axes, labels: dict[str, tuple[float, str]]) -> None:
    """Write labels to the right of the axes at the height of their values, kept apart."""
    heights = [ax.transData.transform((0, value))[1] for value, _ in labels.values()]
    low, high = ax.transAxes.transform([(0, 0), (0, 1)])[:, 1]
    places = spread([(h - low) / (high - low) for h in heights], 0.07, 0.0, 1.0)
    for (text, (_, colour)), place in zip(labels.items(), places, strict=True):
        ax.annotate(
            text, (1, place), (6, 0), xycoords="axes fraction", textcoords="offset points",
            va="center", color=darker(colour), fontweight="bold", annotation_clip=False,
        )  # fmt: skip


def darker(colour: str) -> tuple[float, ...]:
    """Return the colour dark enough to be read as text on white."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    return tuple(rgb * min(1.0, 0.45 / max(1e-9, float(rgb @ [0.299, 0.587, 0.114]))))


@styled
def funnel(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw who moved where: stage on day 0 at the left, at the end of the horizon at the right.

    Ribbons are as wide as their people are many. Strangers who end as strangers are most of the
    world; they are left out, and the figure says how many.
    """
    frame = figures_data.funnel(run)
    ax = new_axes(ax, 9, 6)
    idle = (frame["start_stage"] == "stranger") & (frame["stage"] == "stranger")
    left_out = int(frame.loc[idle, "people"].sum())
    flows = frame[~idle & (frame["people"] > 0)]
    total = max(1, int(flows["people"].sum()))
    left = stacked(flows.groupby("start_stage")["people"].sum(), total)
    right = stacked(flows.groupby("stage")["people"].sum(), total)
    arrivals, x0, x1 = [], 0.03, 0.97
    from_y = {stage: low for stage, (low, _) in left.items()}
    to_y = {stage: low for stage, (low, _) in right.items()}
    for start, end, people in zip(*(flows[name] for name in flows), strict=True):
        width, a, b = people / total, from_y[start], to_y[end]
        ax.add_patch(_ribbon(x0, x1, a, b, width, STAGE_COLOURS[start]))
        from_y[start], to_y[end] = a + width, b + width
        arrivals.append((b + width / 2, people, start, end))
    for x, blocks in ((0, left), (x1, right)):
        for stage, (low, high) in blocks.items():
            ax.add_patch(Rectangle((x, low), 0.03, high - low, fc=STAGE_COLOURS[stage], ec="white"))
    top = max([high for _, high in [*left.values(), *right.values()]], default=1.0)
    places = spread([(low + high) / 2 for low, high in left.values()], 0.11 * top, 0, top)
    for stage, place in zip(left, places, strict=True):
        people = flows.loc[flows["start_stage"] == stage, "people"].sum()
        moved = " moved" if stage == "stranger" else ""
        ax.text(-0.02, place, f"{stage}\n{people:,}{moved}", ha="right", va="center",
                color=darker(STAGE_COLOURS[stage]), fontweight="bold")  # fmt: skip
    _label_arrivals(ax, arrivals, top)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, top + 0.02))
    ax.axis("off")
    last = run.scenario.world.n_days - 1
    ax.set_title(f"People from day 0 to day {last} under {shown(run.strategy.name)}\n")
    if flows.empty:
        ax.text(0.5, 0.5, "nobody moved", transform=ax.transAxes, ha="center")
    ax.text(0.5, -0.04, f"not drawn: {left_out:,} strangers who stayed strangers", ha="center",
            transform=ax.transAxes, va="top", fontsize=11, color=INK)  # fmt: skip
    return ax


def _ribbon(x0: float, x1: float, a: float, b: float, width: float, colour: str) -> PathPatch:
    middle = (x0 + x1) / 2
    points = [
        (x0, a), (middle, a), (middle, b), (x1, b),
        (x1, b + width), (middle, b + width), (middle, a + width), (x0, a + width), (x0, a),
    ]  # fmt: skip
    curve = [Outline.CURVE4] * 3
    codes = [Outline.MOVETO, *curve, Outline.LINETO, *curve, Outline.CLOSEPOLY]
    return PathPatch(Outline(points, codes), fc=colour, alpha=0.55, lw=0.4, ec=colour)


def _label_arrivals(ax: Axes, arrivals: list[tuple[float, int, str, str]], top: float) -> None:
    """Write at the right which stage how many reached, and where they came from."""
    rows: list[tuple[float, str, str, bool]] = []
    for stage in STAGES:
        here = [row for row in arrivals if row[3] == stage]
        if here:
            people = sum(row[1] for row in here)
            rows += [(y, f"{n:,} from {start}", start, False) for y, n, start, _ in here]
            new = " new" if stage == "stranger" else ""
            rows.append((here[-1][0] + 1e-3, f"{stage} {people:,}{new}", stage, True))
    places = spread([row[0] for row in rows], 0.045 * top, 0, top)
    line = {"arrowstyle": "-", "lw": 0.6, "color": "#999999", "relpos": (0, 0.5)}
    for (y, text, stage, head), place in zip(rows, places, strict=True):
        ax.annotate(
            text, (1.0, y), (1.07, place), va="center", fontsize=12 if head else 11,
            color=darker(STAGE_COLOURS[stage]), fontweight="bold" if head else "normal",
            annotation_clip=False,
            arrowprops=None if head else line,
        )  # fmt: skip


@styled
def sales_by_touchpoint(
    result: Run | Comparison, *, ax: Axes | None = None, legend: bool = True, numbers: bool = True
) -> Axes:
    """Draw the copies sold by what carried them; of a comparison, means with their intervals.

    Touchpoints that carried nothing are left out.
    """
    frame = figures_data.sales_by_touchpoint(result)
    sold = frame.groupby("touchpoint", sort=False)["copies"].sum()
    frame = frame[frame["touchpoint"].isin(sold.index[sold > 0])]
    ax = _bars(new_axes(ax), frame, "touchpoint", numbers)
    return _name_bars(ax, "What carried the sales", result, legend)


@styled
def sales_by_stage(
    result: Run | Comparison, *, ax: Axes | None = None, legend: bool = True, numbers: bool = True
) -> Axes:
    """Draw the copies sold by the stage of the buyer; of a comparison, means with intervals."""
    frame = figures_data.sales_by_stage(result)
    ax = _bars(new_axes(ax), frame, "stage", numbers)
    return _name_bars(ax, "Who bought", result, legend)


def _bars(ax: Axes, frame: pd.DataFrame, dim: str, numbers: bool) -> Axes:
    """Draw horizontal bars, grouped by strategy; of more than three strategies, points."""
    labels = list(dict.fromkeys(frame[dim]))
    names = list(dict.fromkeys(frame["strategy"]))
    whole = bool((frame["copies"] == frame["copies"].round()).all())
    height, furthest = 0.8 / max(1, len(names)), frame[["copies", "high"]].max().max()
    for i, (name, look) in enumerate(looks(names).items()):
        rows = frame[frame["strategy"] == name].set_index(dim).loc[labels]
        y = np.arange(len(labels)) - 0.4 + (i + 0.5) * height
        copies = rows["copies"].to_numpy(float)
        reach = np.abs(rows[["low", "high"]].to_numpy(float).T - copies)
        if len(names) > 3:
            ax.errorbar(copies, y, xerr=reach, fmt=look.marker, ms=6, color=look.colour, lw=1.5,
                        label=shown(name), clip_on=False)  # fmt: skip
            continue
        ax.barh(y, copies, height * 0.92, xerr=reach, color=look.colour, ecolor=INK,
                label=shown(name))  # fmt: skip
        for at, value, end in zip(y, copies, copies + np.nan_to_num(reach[1]), strict=True):
            text = f"{value:,.0f}" if whole or value >= 9.95 else f"{value:.1f}"
            if numbers:
                ax.annotate(text, (end, at), (4, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(max(1, len(labels)) - 0.5, -0.5)
    ax.set_xlim(0, 1.12 * furthest if furthest > 0 else 1)
    if not labels or not furthest > 0:
        ax.text(0.5, 0.5, "no sales", transform=ax.transAxes, ha="center", va="center")
    for edge in np.arange(len(labels) - 1) + 0.5:
        ax.axhline(edge, color="#DDDDDD", lw=0.8)
    return ax


def _name_bars(ax: Axes, title: str, result: Run | Comparison, legend: bool) -> Axes:
    if isinstance(result, Run):
        ax.set(title=f"{title} under {shown(result.strategy.name)}", xlabel="copies")
        return ax
    ax.set(title=title, xlabel=f"copies (mean, {100 * result.confidence:g} % interval)")
    if legend:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    return ax


@styled
def paired_difference(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw each world's difference to the baseline, with the mean and its interval.

    One dot a world, one row a strategy. Where inside its row a dot stands means nothing.
    """
    frame = figures_data.paired_difference(comparison)
    table = comparison.table
    names = comparison.names[1:]
    ax = new_axes(ax, 9, 2.2 + 0.8 * len(names))
    styles = looks(comparison.names)
    ax.axvline(0, color=INK, lw=1.2)
    for i, name in enumerate(names):
        values = frame.loc[frame["strategy"] == name, "difference"].to_numpy()
        jitter = (np.arange(values.size) * 0.6180339887) % 1 - 0.7
        look, alpha = styles[name], min(0.8, max(0.05, 40 / max(1, values.size)))
        ax.plot(values, i + 0.55 * jitter, look.marker, ms=5, color=look.colour, mec="none",
                alpha=alpha, label=shown(name), rasterized=values.size > 2000)  # fmt: skip
        mean, low, high = table.loc[name, ["difference", "low", "high"]].to_numpy(float)
        ax.errorbar([mean], [i + 0.3], xerr=[[mean - low], [high - mean]], fmt="D", ms=6, mew=1.5,
                    mfc="white", color="black", elinewidth=2, capsize=5, capthick=2,
                    zorder=4)  # fmt: skip
    ax.set_yticks(range(len(names)), [shown(name) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_title(f"Each world, mean, {100 * comparison.confidence:g} % interval")
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    scalar, baseline = comparison.scalar, comparison.names[0]
    what = "copies" if scalar.name == "sales" else f"{scalar.label} [{scalar.unit}]"
    ax.set_xlabel(textwrap.fill(f"{what}, more than {shown(baseline)}", 42))
    return ax


@styled
def cumulative_difference(
    comparison: Comparison, *, ax: Axes | None = None, legend: bool = True
) -> Axes:
    """Draw the mean lead over the baseline in copies sold so far, with its pointwise interval.

    The day from which the mean stays above 0 is marked on the line of 0. Days before the launch
    are left out.
    """
    frame = figures_data.cumulative_difference(comparison)
    ax = new_axes(ax)
    styles = looks(comparison.names)
    leads = comparison.table["leads_from_day"].dropna().astype(int).to_dict()
    ax.axhline(0, color=INK, lw=1.2)
    for name in comparison.names[1:]:
        rows, look = frame[frame["strategy"] == name], styles[name]
        label = shown(name)
        if name in leads:
            label = f"{label}\n(leads from day {leads[name]})"
            ax.plot([leads[name]], [0], look.marker, color=look.colour, mec="black", ms=8,
                    zorder=5)  # fmt: skip
        days, colour = rows["time"], look.colour
        ax.fill_between(days, rows["low"], rows["high"], color=colour, alpha=0.2, lw=0)
        ax.plot(days, rows["difference"], color=colour, ls=look.line, lw=2.5, label=label)
    launch, last = _mark_launch(ax, comparison), int(frame["time"].max())
    ax.set_xlim(launch - 0.08 * (last - launch + 1), last + 1)
    ax.set_xlabel(f"time [days]; launch on day {launch} (dashed)")
    ax.set_ylabel(f"copies more than\n{shown(comparison.names[0])}")
    ax.set_title("Copies sold so far, against the baseline")
    if legend:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    return ax


@styled
def attachment_by_stage(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw how attachment is spread over the people of each stage at the end of the horizon.

    One ridge a stage, each scaled to its own highest bin; a line marks the median.
    """
    frame = figures_data.attachment_by_stage(run)
    people = run.people
    ax = new_axes(ax)
    labels = []
    for i, stage in enumerate(STAGES):
        rows = frame[frame["stage"] == stage]
        values = people.loc[people["stage"] == stage, "attachment"]
        labels.append(f"{stage}\n{values.size:,} people")
        ax.axhline(i, color="#BBBBBB", lw=0.8)
        if values.empty:
            continue
        edges = np.append(rows["low"], rows["high"].iloc[-1])
        ax.stairs(i + 0.8 * rows["share"] / rows["share"].max(), edges, baseline=i, fill=True,
                  color=STAGE_COLOURS[stage])  # fmt: skip
        median = float(values.median())
        ax.plot([median, median], [i, i + 0.85], color="black", lw=2)
        ax.annotate(f"median {median:.2f}", (median, i + 0.85), (4, 0), va="center",
                    textcoords="offset points", fontsize=11)  # fmt: skip
    ax.set_yticks(np.arange(len(STAGES)) + 0.3, labels)
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, 1), ylim=(-0.05, len(STAGES)), xlabel="attachment [0-1]")
    ax.set_title(f"Attachment at the end, by stage, under {shown(run.strategy.name)}")
    return ax


@styled
def comparison(comparison: Comparison) -> Figure:
    """Return the one picture of a comparison (10 x 6.25 inches, 1600 x 1000 pixels).

    The best strategy's plain sentence is the title; panels that need the days are left out when
    these were not kept.
    """
    figure = Figure(figsize=(10, 6.25), dpi=160, layout="constrained")
    days, few = comparison.series is not None, len(comparison.names) == 2
    panels = figure.subplots(2 if days else 1, 2, squeeze=False)
    paired_difference(comparison, ax=panels[0, 0])
    sales_by_stage(comparison, ax=panels[-1, 1], legend=False, numbers=few)
    if days:
        cumulative_difference(comparison, ax=panels[0, 1], legend=False)
        panels[0, 1].set_title(_lead(comparison))
        sales_by_touchpoint(comparison, ax=panels[1, 0], legend=False, numbers=False)
    sentence = textwrap.fill(comparison.sentences[0], 76)
    figure.suptitle(sentence, fontsize=14, fontweight="bold", x=0.01, ha="left")
    note = f"{comparison.scenario.name}: the same people with the same luck under every strategy"
    handles, labels = panels[-1, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels)),
                  title=note, title_fontsize=11)  # fmt: skip
    return figure


@styled
def run(run: Run) -> Figure:
    """Return the one picture of a run: stages, moves, sales and attachment (1820 x 1190 pixels)."""
    figure = Figure(figsize=(13, 8.5), dpi=140, layout="constrained")
    panels = figure.subplot_mosaic(
        [["stages", "moves"], ["sales", "moves"], ["attachment", "moves"]],
        height_ratios=[1.1, 0.9, 1.2],
    )
    for name, draw, title in (
        ("stages", stages_over_time, "People by stage"),
        ("moves", funnel, "Who moved, from the first day to the last"),
        ("sales", sales_by_touchpoint, "What carried the copies sold"),
        ("attachment", attachment_by_stage, "Attachment at the end"),
    ):
        draw(run, ax=panels[name])
        panels[name].set_title(title)
    total = f"{run.summary['sales']:,.0f} copies sold"
    figure.suptitle(
        f"{shown(run.strategy.name)} in {run.scenario.name}: {total}",
        fontsize=14, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    return figure


def _lead(comparison: Comparison) -> str:
    """Say in a few words from when on the mean lead is kept."""
    leads = comparison.table["leads_from_day"].dropna().astype(int).tolist()
    if not leads:
        return "No lasting lead in copies sold"
    if len(comparison.names) == 2:
        return f"Ahead for good from day {leads[0]}"
    return "Lead in copies; mark: ahead for good"


FIGURES = (
    "stages_over_time",
    "funnel",
    "sales_by_touchpoint",
    "sales_by_stage",
    "paired_difference",
    "cumulative_difference",
    "attachment_by_stage",
    "comparison",
)
