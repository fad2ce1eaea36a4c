"""The figure of a validation: every check with its range, its worlds and its median."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simulation.figures import INK, styled
from simulation.patterns import CHECKS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = 4
RANGE, MET, MISSED = "#CFE8DF", "#00664B", "#C43D00"


@styled
def patterns(table: pd.DataFrame, worlds: pd.DataFrame) -> Figure:
    """Draw one small panel a check: the range as a band, a dot a world, the median as a line."""
    rows = math.ceil(len(CHECKS) / COLUMNS)
    figure = Figure(figsize=(16, 1.95 * rows + 1.0), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr,call-arg]
    met = table.groupby("pattern", sort=False)["met"].all()
    figure.suptitle(
        f"{int(met.sum())} of {met.size} patterns met in {len(worlds)} worlds: band = range of the "
        "evidence, dot = world, line = median",
        fontsize=15, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for ax, check, row in zip(axes, CHECKS, table.to_dict("records"), strict=False):
        values = worlds[check.name].to_numpy(float)
        values = values[np.isfinite(values)]
        _panel(ax, values, check.low, check.high, row["median"], row["met"])
        word = "met" if row["met"] else "NOT MET"
        title = textwrap.fill(f"{check.pattern}  {check.text} ({check.range_text}): {word}", 48)
        ax.set_title(title, fontsize=10.5, color=MET if row["met"] else MISSED)
    for ax in axes[len(CHECKS) :]:
        ax.axis("off")
    return figure


def _panel(ax: Axes, values: np.ndarray, low: float, high: float, median: float, met: bool) -> None:
    """Draw the worlds of one check; the axis shows all of them and the finite ends of the range."""
    ends = [end for end in (low, high) if math.isfinite(end)]
    shown = np.concatenate([values, ends])
    lowest, highest = float(shown.min()), float(shown.max())
    room = 0.08 * (highest - lowest) or 1.0
    ax.set_xlim(lowest - room, highest + room)
    ax.axvspan(max(low, lowest - room), min(high, highest + room), color=RANGE, lw=0)
    for end in ends:
        ax.axvline(end, color="#7FB8A4", lw=1)
    height = np.arange(values.size) * 0.618 % 1.0  # spread; the height means nothing
    colour = MET if met else MISSED
    ax.plot(values, 0.1 + 0.8 * height, ".", ms=4, color=INK, alpha=0.55)
    ax.axvline(median, color=colour, lw=2.5)
    ax.set(ylim=(0, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=9.5)
    ax.locator_params(axis="x", nbins=5)
