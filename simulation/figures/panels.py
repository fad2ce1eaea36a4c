"""The figures on one pair of axes: ``f(result, *, ax=None) -> Axes``, drawn from the numbers only.

Without `ax` a figure is made; axes given should stand in one with ``layout="constrained"``, which
leaves room for the labels beside them.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from simulation.core.stages import STAGES
from simulation.figures import numbers as behind
from simulation.figures.numbers import spread, stacked
from simulation.figures.style import (
    INK,
    STAGE_COLOURS,
    STAGE_LINES,
    darker,
    looks,
    new_axes,
    shown,
    styled,
)
from simulation.runs.comparison import Comparison
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def stages_over_time(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw the people in each stage over the days, on a log axis; the launch is marked.

    Where a stage is empty on some day the axis is linear from 0 to 1, so that this can be seen.
    """
    frame = behind.stages_over_time(run)
    ax = new_axes(ax)
    fewest = frame[list(STAGES)].to_numpy().min()
    if fewest > 0:
        ax.set_yscale("log")
    else:
        ax.set_yscale("symlog", linthresh=1, linscale=0.3)
    for stage, colour in STAGE_COLOURS.items():
        ax.plot(frame["time"], frame[stage], color=colour, ls=STAGE_LINES[stage], lw=2.5)
    n_people = run.scenario.world.n_people
    ax.set_ylim(10 ** np.floor(np.log10(fewest)) if fewest > 0 else 0, 2 * n_people)
    ax.set_xlim(0, len(frame))
    ends = {stage: float(frame[stage].iloc[-1]) for stage in STAGES}
    _label_ends(ax, {f"{s} {n:,.0f}": (n, STAGE_COLOURS[s]) for s, n in ends.items()})
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set(xlabel=f"time [days]; {_mark_launches(ax, run)}", ylabel="people (log scale)")
    ax.set_title(f"People by stage under {shown(run.strategy.name)}")
    return ax


def _mark_launches(ax: Axes, result: Run | Comparison) -> str:
    """Draw a dashed line on every launch day, and say so in words."""
    first, *later = result.scenario.launch_days
    for day in (first, *later):
        ax.axvline(day, color=INK, lw=1, ls=(0, (4, 3)), zorder=1)
    return f"{len(later) + 1} launches (dashed)" if later else f"launch on day {first} (dashed)"


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


@styled
def funnel(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw who moved where: stage on day 0 at the left, at the end of the horizon at the right.

    Ribbons are as wide as their people are many. Strangers who end as strangers are most of the
    world; they are left out, and the figure says how many.
    """
    frame = behind.funnel(run)
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
    frame = behind.sales_by_touchpoint(result)
    sold = frame.groupby("touchpoint", sort=False)["copies"].sum()
    frame = frame[frame["touchpoint"].isin(sold.index[sold > 0])]
    ax = _bars(new_axes(ax), frame, "touchpoint", numbers)
    return _name_bars(ax, "What carried the sales", result, legend)


@styled
def sales_by_stage(
    result: Run | Comparison, *, ax: Axes | None = None, legend: bool = True, numbers: bool = True
) -> Axes:
    """Draw the copies sold by the stage of the buyer; of a comparison, means with intervals."""
    frame = behind.sales_by_stage(result)
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
    frame = behind.paired_difference(comparison)
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
    frame = behind.cumulative_difference(comparison)
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
    launches, last = _mark_launches(ax, comparison), int(frame["time"].max())
    launch = comparison.scenario.launch_days[0]
    ax.set_xlim(launch - 0.08 * (last - launch + 1), last + 1)
    ax.set_xlabel(f"time [days]; {launches}")
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
    frame = behind.attachment_by_stage(run)
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
