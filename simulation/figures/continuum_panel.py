"""The emotional continuum as one figure: how strong the connection is, who stands where, who moves.

Drawn from a run; nothing is simulated.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Polygon

from simulation.core.stages import STAGES
from simulation.figures import numbers as behind
from simulation.figures.crowd import seats
from simulation.figures.style import INK, STAGE_COLOURS, darker, new_axes, shown, styled
from simulation.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Dots drawn in a stage at most.
MOST_DOTS = 150
#: Heights (in units of attachment) of the boxes that name the stages, of the arrows up and down.
_BOX, _UP, _DOWN = -0.29, -0.21, -0.37
#: The widest arrow, and where arrows begin and end between two boxes.
_WIDEST, _FROM, _TO = 0.1, 0.27, 0.73


@styled
def continuum(run: Run, *, ax: Axes | None = None) -> Axes:
    """Draw the emotional continuum at the end of a run, from strangers at the left to members.

    Above: attachment [0-1] of the people of each stage, as a ridge scaled to its own highest bin
    with the median marked, and as dots, one a person, for up to `MOST_DOTS` of them. Below: how
    many people are where, and how many moved up or lapsed between stages over the whole horizon;
    arrows are as wide as the square root of their people.
    """
    table = behind.continuum(run).set_index("stage")
    ax = new_axes(ax, 10, 6.25)
    people, ridges = run.people, behind.attachment_by_stage(run)
    _join_medians(ax, table["median"])
    for x, stage in enumerate(STAGES):
        values = people.loc[people["stage"] == stage, "attachment"].to_numpy()
        if values.size:
            _draw_stage(ax, x, stage, values, ridges[ridges["stage"] == stage])
        ax.text(x, _BOX, f"{stage}\n{values.size:,}", ha="center", va="center", color="white",
                fontweight="bold", linespacing=1.3, zorder=4,
                bbox={"boxstyle": "round,pad=0.45", "fc": darker(STAGE_COLOURS[stage]),
                      "ec": "none"})  # fmt: skip
    _draw_flows(ax, table)
    _name_ends(ax)
    note = f"boxes: people at the end; black: their median; dots: up to {MOST_DOTS} of a stage\n"
    note += "arrows: people over the whole horizon, as wide as their square root"
    left = int(table["switched"].sum())
    if left:
        note += f"; not drawn: {left:,} who left for the rival"
    ax.set_xlabel(note, fontsize=11, color=INK)
    last = run.scenario.world.n_days - 1
    ax.set_title(f"The emotional continuum on day {last} under {shown(run.strategy.name)}")
    return ax


def _draw_stage(ax: Axes, x: int, stage: str, values: np.ndarray, ridge: pd.DataFrame) -> None:
    """Draw the ridge of a stage to the right of x, people as dots to the left, and the median."""
    colour = STAGE_COLOURS[stage]
    edges = np.append(ridge["low"], ridge["high"].iloc[-1])
    ax.stairs(
        x + 0.03 + 0.36 * ridge["share"] / ridge["share"].max(), edges, baseline=x + 0.03,
        orientation="horizontal", fill=True, color=colour,
    )  # fmt: skip
    n = min(values.size, MOST_DOTS)
    chosen = values[np.arange(n) * values.size // n]  # evenly spaced, as `crowd.sample_of_people`
    ax.scatter(x - 0.05 - 0.26 * seats(n)[:, 0], chosen, s=16, color=colour, alpha=0.55, lw=0)
    median = float(np.median(values))
    ax.plot([x - 0.33, x + 0.4], [median, median], color="black", lw=1.6, zorder=3)
    ax.annotate(f"{median:.2f}", (x + 0.4, median), (3, 0), textcoords="offset points",
                va="center", fontweight="bold")  # fmt: skip


def _join_medians(ax: Axes, medians: pd.Series) -> None:
    """Draw the way up the continuum behind everything: a line through the medians."""
    there = medians.notna().to_numpy()
    ax.plot(np.flatnonzero(there), medians[there], color="#DDDDDD", lw=9, zorder=0,
            solid_capstyle="round")  # fmt: skip


def _draw_flows(ax: Axes, table: pd.DataFrame) -> None:
    """Draw an arrow for the people who moved up and one for those who lapsed, between stages."""
    most = max(1, table[["moved_up", "lapsed"]].to_numpy().max())
    for x, (lower, upper) in enumerate(pairwise(STAGES)):
        moved, lapsed = int(table["moved_up"][lower]), int(table["lapsed"][upper])
        above: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 12}
        below = above | {"va": "top"}
        _arrow(ax, x + _FROM, x + _TO, _UP, _WIDEST * np.sqrt(moved / most), STAGE_COLOURS[upper])
        ax.text(x + 0.5, _UP + 0.08, f"{moved:,} up", color=darker(STAGE_COLOURS[upper]),
                fontweight="bold", **above)  # fmt: skip
        _arrow(ax, x + _TO, x + _FROM, _DOWN, _WIDEST * np.sqrt(lapsed / most), "#8A8A8A")
        ax.text(x + 0.5, _DOWN - 0.08, f"{lapsed:,} lapsed", color=INK, **below)


def _arrow(ax: Axes, x0: float, x1: float, y: float, width: float, colour: str) -> None:
    """Draw a flat arrow from x0 to x1, `width` high; nothing where nobody moved."""
    if width == 0:
        return
    half, head = width / 2, 0.13 if x1 > x0 else -0.13
    neck, wing = x1 - head, half + 0.022
    ax.add_patch(Polygon(
        [(x0, y - half), (neck, y - half), (neck, y - wing), (x1, y), (neck, y + wing),
         (neck, y + half), (x0, y + half)],
        fc=colour, ec="none", zorder=2,
    ))  # fmt: skip


def _name_ends(ax: Axes) -> None:
    """Write what the ends of the continuum mean, and let the axis of attachment end at 0 and 1."""
    ax.set(xlim=(-0.5, 3.62), ylim=(-0.54, 1.0))
    ax.set_xticks([])
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.spines["left"].set_bounds(0, 1)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.set_ylabel("attachment [0-1]", y=0.67)
    ax.axhline(0, color="#BBBBBB", lw=0.8, zorder=0)
    ax.annotate("", (3.3, 0.93), (-0.1, 0.93), arrowprops={"arrowstyle": "-|>", "lw": 1.5,
                "color": INK})  # fmt: skip
    for x, side, words in (
        (-0.1, "left", "no connection"),
        (3.3, "right", "it would hurt to leave"),
    ):
        ax.text(x, 0.95, words, ha=side, va="bottom", fontstyle="italic")
