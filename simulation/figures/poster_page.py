"""A comparison on one page: a poster of A2 size, to hang up or to hand in (PDF, PNG).

Drawn from a comparison, and from one run a strategy where the funnels are wanted; nothing is
simulated.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from simulation.core.outcomes import NEITHER
from simulation.core.stages import STAGES
from simulation.figures.numbers import wants
from simulation.figures.panels import (
    cumulative_difference,
    funnel,
    paired_difference,
    sales_by_stage,
    sales_by_touchpoint,
)
from simulation.figures.style import INK, STAGE_COLOURS, darker, looks, shown, styled
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.runs.comparison import Comparison
from simulation.runs.run import Run
from simulation.tools.errors import InputError
from simulation.tools.stamp import commit, seed_text, versions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A2, on its side [inches].
SIZE = (23.4, 16.5)
#: How much larger than in the other figures everything is: 11 points become 16.5.
LARGER = 1.5
#: The muted palette of Tol (2021): none of them is the colour of a strategy or a stage.
ACTIVITY_COLOURS = dict(
    zip(ACTIVITIES, ("#332288", "#88CCEE", "#44AA99", "#117733", "#DDCC77", "#CC6677"), strict=True)
)


@styled
def poster(comparison: Comparison, runs: Sequence[Run] | None = None) -> Figure:
    """Return a comparison as one page of A2: question, people, effort, answer, who and why.

    Parameters
    ----------
    comparison : Comparison
        Panels that need its days are left out when these were not kept.
    runs : two Runs, optional
        Of the same world under two of its strategies, to draw their funnels; None leaves them out.
    """
    wants(comparison, Comparison)
    drawn = _checked(comparison, runs)
    figure = Figure(figsize=SIZE, dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.16, h_pad=0.14)  # type: ignore[union-attr,call-arg]
    panels = _panels(figure, comparison, drawn)
    few = len(comparison.names) == 2
    _people(comparison, panels["people"])
    _effort(comparison, panels["effort"])
    ax = paired_difference(comparison, ax=panels["difference"])
    ax.set_xlabel("\n".join(textwrap.wrap(ax.get_xlabel(), 32)))
    sales_by_stage(comparison, ax=panels["stage"], legend=False, numbers=few)
    if comparison.series is not None:
        cumulative_difference(comparison, ax=panels["lead"], legend=False)
        panels["lead"].set_title(_lead(comparison))
        sales_by_touchpoint(
            comparison, ax=panels["touchpoint"], legend=False, numbers=len(comparison.names) == 2
        )
        panels["touchpoint"].set_title("What carried the sales")
    for side, run in zip(("left", "right"), drawn, strict=False):
        funnel(run, ax=panels[side])
        panels[side].set_title(f"Who moved under {shown(run.strategy.name)}\n")
    _enlarge(figure)
    for name in {"stage", "touchpoint"} & set(panels):
        for number in panels[name].texts:  # two bars to a row leave no more room
            number.set_fontsize(14)
    _write_note(comparison, panels["note"], 510 if len(panels) > 5 else 900)
    title = "\n".join(textwrap.wrap(comparison.sentences[0], 68))
    figure.suptitle(title, fontsize=38, fontweight="bold", x=0.012, ha="left")
    handles, labels = panels["stage"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)),
                  fontsize=20)  # fmt: skip
    return figure


def _panels(figure: Figure, comparison: Comparison, runs: list[Run]) -> dict[str, Axes]:
    """Return the panels by name; each has its own part of the page, so that none pushes another."""
    days = comparison.series is not None
    left = [["people", "effort"], ["difference", "lead" if days else "stage"]]
    below = ([["stage", "touchpoint"]] if runs else [["stage"], ["touchpoint"]]) if days else []
    below += [["left"], ["right"]] if runs else []
    halves: Any = [figure.subfigures()]
    if below:
        halves = figure.subfigures(2, 1, height_ratios=[1.08, 1])
    upper = halves[0].subfigures(1, 2, width_ratios=[2, 1])
    found = {"note": upper[1].subplots()}
    for row, parts in zip(left, upper[0].subfigures(2, 2, height_ratios=[1.35, 1]), strict=True):
        found |= {name: part.subplots() for name, part in zip(row, parts, strict=True)}
    if below:
        columns = halves[1].subfigures(1, len(below), squeeze=False)[0]
        for names, column in zip(below, columns, strict=True):
            ratios = [1, 1.25][: len(names)]
            parts = column.subfigures(len(names), 1, squeeze=False, height_ratios=ratios)[:, 0]
            found |= {name: part.subplots() for name, part in zip(names, parts, strict=True)}
    return found


def _checked(comparison: Comparison, runs: Sequence[Run] | None) -> list[Run]:
    """Return the runs whose funnels are drawn, or raise InputError where they are of others."""
    found = list(runs or [])
    if not found:
        return found
    for run in found:
        wants(run, Run)
    names = [run.strategy.name for run in found]
    if len(found) != 2 or names[0] == names[1]:
        raise InputError(f"runs: two are wanted, under two strategies, not {len(found)}: {names}")
    worlds = {(run.scenario.name, seed_text(run.seed), run.replication) for run in found}
    of_it = {(name, seed) for name, seed, _ in worlds}
    if len(worlds) > 1 or of_it != {(comparison.scenario.name, seed_text(comparison.seed))}:
        raise InputError("runs: they are not of one world of the comparison (scenario, seed)")
    if not set(names) <= set(comparison.names):
        raise InputError(f"runs: {names} are not all among {comparison.names}")
    return found


def _people(comparison: Comparison, ax: Axes) -> None:
    """Draw how many people are in each stage at the start, and at the end in the mean."""
    world = comparison.scenario.world
    start: list[float] = [round(share * world.n_people) for share in
             (world.share_followers, world.share_subscribers, world.share_members)]  # fmt: skip
    start = [world.n_people - sum(start), *start]
    marks: list[tuple[list[float], str, str, str]] = [(start, "D", "white", "at the start")]
    for name, look in looks(comparison.names).items():
        rows = comparison.runs[comparison.runs["strategy"].astype("str") == name]
        ends = [float(rows[f"n_{stage}"].mean()) for stage in STAGES]
        marks.append((ends, look.marker, look.colour, shown(name)))
    heights = np.linspace(-0.34, 0.34, len(marks))
    few = len(marks) <= 3
    for dy, (people, marker, colour, _) in zip(heights, marks, strict=True):
        y = np.arange(len(STAGES)) + dy
        ax.plot(people, y, marker, color=colour, mec=INK, ms=8, clip_on=False, zorder=3)
        for x, at in zip(people, y, strict=True):
            ax.annotate(f"{x:,.0f}" if few else "", (x, at), (11, 0), fontsize=11, va="center",
                        textcoords="offset points")  # fmt: skip
    for edge in np.arange(len(STAGES) - 1) + 0.5:
        ax.axhline(edge, color="#DDDDDD", lw=0.8)
    ax.set_xscale("symlog", linthresh=1, linscale=0.3)
    ax.set(xlim=(0, 6 * world.n_people), ylim=(len(STAGES) - 0.5, -0.5))
    ax.set_xticks([0, *(10.0**k for k in range(1, 9, 2) if 10**k <= 6 * world.n_people)])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_yticks(range(len(STAGES)), STAGES)
    for label, stage in zip(ax.get_yticklabels(), STAGES, strict=True):
        label.set(color=darker(STAGE_COLOURS[stage]), fontweight="bold")
    ax.set_xlabel("people (log scale); white: at the start; colours: at the end, mean")
    ax.set_title(f"The {world.n_people:,} people")


def shares_of_effort(strategy: Strategy, scenario: Scenario) -> dict[str, float]:
    """Return the share of each activity in the effort over the horizon, phases by their days."""
    n_days = scenario.world.n_days
    starts = [min(phase.from_day, n_days) for phase in strategy.phases]
    lasts = np.diff([*starts, n_days])
    return {
        name: float(lasts @ [getattr(phase, name) for phase in strategy.phases]) / n_days
        for name in ACTIVITIES
    }


def _effort(comparison: Comparison, ax: Axes) -> None:
    """Draw how each strategy splits its hours."""
    hours = comparison.scenario.world.hours_per_week
    splits = [shares_of_effort(s, comparison.scenario) for s in comparison.strategies]
    size = 12 if len(splits) < 5 else 10
    used = [name for name in ACTIVITIES if any(split[name] > 0 for split in splits)]
    left = np.zeros(len(splits))
    for name in used:
        share = np.array([split[name] for split in splits])
        ax.barh(range(len(splits)), share * hours, 0.62, left, color=ACTIVITY_COLOURS[name],
                label=name)  # fmt: skip
        dark = name in ("posting", "hosting", "advertising", "content")
        for y, (x, part) in enumerate(zip(left + share * hours / 2, share, strict=True)):
            if part > 0.19:  # else the words have no room
                ax.text(x, y, f"{100 * part:.0f} %", ha="center", va="center", fontsize=size,
                        color="white" if dark else "black", fontweight="bold")  # fmt: skip
        left += share * hours
    ax.set_yticks(range(len(splits)), [shown(name) for name in comparison.names])
    ax.set_ylim(len(splits) - 0.4, -0.6)
    ax.set(xlim=(0, max(1e-9, hours)), xlabel="effort [h/week], means over the horizon")
    if used:
        ax.legend(loc="lower right", bbox_to_anchor=(1.02, 1.0), ncols=3, borderaxespad=0.2,
                  handlelength=1.0, columnspacing=1.0)  # fmt: skip
    ax.set_title("The effort", pad=58 if len(used) > 3 else 36)


def _lead(comparison: Comparison) -> str:
    leads = comparison.table["leads_from_day"].dropna().astype(int).to_dict()
    if not leads:
        return "Copies sold so far: no lasting lead"
    if len(comparison.names) == 2:
        return f"Copies sold so far: ahead from day {min(leads.values())}"
    return "Copies sold so far; mark: ahead for good"


def question(comparison: Comparison) -> str:
    """Return what the comparison asks, in one sentence."""
    world, what = comparison.scenario.world, comparison.scalar.label
    effort = f"the same {world.hours_per_week:g} hours a week for {world.n_days} days"
    if len(comparison.names) == 2:
        base, other = comparison.names
        return f"With {effort}: does {other} lead to more than {base}, in {what}?"
    names = ", ".join(comparison.names[1:])
    does = "differs from" if comparison.scalar.better == NEITHER else "does better than"
    return f"With {effort}: which of {names} {does} {comparison.names[0]}, in {what}?"


def note(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what stands in the box: headings and sentences, every number computed."""
    world, found = comparison.scenario.world, versions()
    n = comparison.replications
    sources = [str(f.json_schema_extra["source"]) for f in parameters().values()]  # type: ignore[index]
    assumed = sum(text.startswith("assumption") for text in sources)
    usual, flat = Scenario().flat(), comparison.scenario.flat()
    apart = [f"{name} {value}" for name, value in flat.items() if value != usual[name]]
    tools = ", ".join(f"{name} {found[name]}" for name in ("python", "numpy", "numba"))
    code = commit()
    made = f"Continuum {found['continuum-brand']}" + (f", commit {code[:10]}" if code else "")
    return [
        ("The question", question(comparison)),
        (
            "The experiment",
            f"{n:,} worlds of {comparison.scenario.name} (year {world.year:g}), seed "
            f"{seed_text(comparison.seed)}: in each the same people live with the same luck under "
            "every strategy, and we subtract. Intervals: "
            f"{100 * comparison.confidence:g} % (Student's t).",
        ),
        (
            "How to read it",
            "Each world: a dot is what the same world gives more under one strategy than under "
            f"{comparison.names[0]}; the mark below is the mean. Who moved: in one of the worlds.",
        ),
        (
            "What is assumption",
            f"Of the {len(sources)} parameters {assumed} are assumptions, which nobody measured; "
            f"{len(sources) - assumed} have a published source (PARAMETERS.md). This says what "
            "follows from them, not what will happen.",
        ),
        ("Other than the defaults", ", ".join(apart) or "nothing"),
        ("Made with", f"{made}; {tools}."),
    ]


def _write_note(comparison: Comparison, ax: Axes, room: float) -> None:
    """Write the box of words, as large as `room` [points] allows, 17 to 14; long ones are cut."""
    ax.axis("off")
    parts = note(comparison)
    for size in (17, 16, 15, 14):
        wrapped = [
            textwrap.wrap(words, 884 // size, max_lines=5, placeholder=" …") for _, words in parts
        ]
        line, gap = 1.3 * size, 0.45 * size
        if sum(line * (1 + len(lines)) + gap for lines in wrapped) <= room:
            break
    down = 0.0
    for (head, _), lines in zip(parts, wrapped, strict=True):
        for i, words in enumerate([head, *lines]):
            ax.annotate(
                words, (0, 1), (0, -down), xycoords="axes fraction", textcoords="offset points",
                va="top", fontsize=size, color=INK, fontweight="normal" if i else "bold",
            )  # fmt: skip
            down += line
        down += gap


def _enlarge(figure: Figure) -> None:
    """Make letters, lines and marks as much larger as the page is."""
    for text in figure.findobj(Text):
        text.set_fontsize(float(text.get_fontsize()) * LARGER)
    for mark in figure.findobj(Line2D):
        mark.set(lw=mark.get_linewidth() * LARGER, ms=mark.get_markersize() * LARGER)
    for ax in figure.axes:
        ax.tick_params(labelsize=12 * LARGER, width=0.8 * LARGER, length=3.5 * LARGER)


def best_of(comparison: Comparison) -> str:
    """Return the strategy that did best against the baseline, in the mean.

    Where neither more nor less is better, the one that differs most.
    """
    differences = comparison.table["difference"].iloc[1:]
    better = comparison.scalar.better
    return str((differences.abs() if better == NEITHER else better * differences).idxmax())
