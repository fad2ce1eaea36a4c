"""Figures: ``f(result, *, ax=None) -> Axes``. They draw a Run or a Comparison and simulate nothing.

Colours are fixed, one for each stage and strategy, and can be told apart by colour-blind people;
markers, line styles or labels say the same once more. `data` returns the numbers of any figure.
Without `ax` a figure is made; axes given should stand in one with ``layout="constrained"``, which
leaves room for the labels beside them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from simulation.figures import numbers
from simulation.figures.continuum_panel import continuum
from simulation.figures.panels import (
    attachment_by_stage,
    cumulative_difference,
    funnel,
    paired_difference,
    sales_by_stage,
    sales_by_touchpoint,
    stages_over_time,
)
from simulation.figures.poster_page import poster
from simulation.figures.style import (
    FREE_COLOURS,
    INK,
    STAGE_COLOURS,
    STRATEGY_COLOURS,
    STYLE,
    Look,
    darker,
    looks,
    new_axes,
    shown,
    styled,
)
from simulation.runs.comparison import Comparison
from simulation.runs.run import Run
from simulation.tools.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FIGURES",
    "FREE_COLOURS",
    "INK",
    "STAGE_COLOURS",
    "STRATEGY_COLOURS",
    "STYLE",
    "Look",
    "attachment_by_stage",
    "comparison",
    "continuum",
    "cumulative_difference",
    "darker",
    "data",
    "funnel",
    "looks",
    "new_axes",
    "paired_difference",
    "poster",
    "run",
    "sales_by_stage",
    "sales_by_touchpoint",
    "shown",
    "stages_over_time",
    "styled",
]


def data(figure: str | Callable, result: Run | Comparison) -> pd.DataFrame:
    """Return the numbers behind a figure, named or given: ``data("funnel", run)``."""
    name = figure if isinstance(figure, str) else figure.__name__
    if name not in FIGURES:
        raise InputError(f'unknown figure "{name}"{did_you_mean(name, FIGURES)}')
    return getattr(numbers, name)(result)


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
    "continuum",
    "comparison",
)
