"""What the figures of the experiments share: size, style, colours, points with intervals.

A figure is made by ``new_figure`` inside a function decorated with ``styled`` (simulation.figures),
and is 1600 x 1000 pixels, to be projected. Colours are those of simulation.figures; markers and
line styles say the same once more.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.kit.finding import short
from simulation.figures import INK, STAGE_COLOURS, STRATEGY_COLOURS, Look, darker, looks, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = [
    "INK",
    "STAGE_COLOURS",
    "STAGE_MARKERS",
    "STRATEGY_COLOURS",
    "TOUCHPOINT_COLOURS",
    "Look",
    "bars",
    "darker",
    "looks",
    "name_ends",
    "new_figure",
    "plain_log",
    "points",
    "styled",
]

#: A marker for every stage beside its colour.
STAGE_MARKERS = {"stranger": "x", "follower": "o", "subscriber": "s", "member": "D"}

#: What carried a sale; neighbours of the list differ in lightness too.
TOUCHPOINT_COLOURS = {
    "discovery": "#F0E442",
    "post": "#E69F00",
    "ad": "#CC79A7",
    "reply": "#999999",
    "mail": "#009E73",
    "visit": "#0072B2",
    "friend": "#56B4E9",
    "gift": "#3A3A3A",
}

SIZE = (10.0, 6.25)
DPI = 160


def new_figure(
    title: str, rows: int = 1, columns: int = 1, *, size: tuple[float, float] = SIZE, **more: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure with its headline, and its axes as an array of shape (rows, columns).

    `more` goes to ``Figure.subplots`` (sharey, width_ratios ...).
    """
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)  # type: ignore[union-attr,call-arg]
    width = int(8.2 * size[0])  # letters of the headline that fit into a line
    figure.suptitle(textwrap.fill(title, width), fontsize=14, fontweight="bold", x=0.01, ha="left")
    return figure, figure.subplots(rows, columns, squeeze=False, **more)


def points(
    ax: Axes, x: Any, table: pd.DataFrame, look: Look, label: str | None = None, **more: Any
) -> None:
    """Draw values with their intervals (columns value, low, high) at places x."""
    value = table["value"].to_numpy(float)
    reach = np.abs(table[["low", "high"]].to_numpy(float).T - value)
    reach = np.where(np.isfinite(reach), reach, 0.0)
    style: dict[str, Any] = {"ls": "none", "ms": 8, "lw": 1.8, "capsize": 3, "clip_on": True}
    ax.errorbar(
        np.asarray(x, float), value, yerr=reach, marker=look.marker,
        color=look.colour, label=label, **(style | more),
    )  # fmt: skip


def name_ends(ax: Axes, ends: Mapping[str, tuple[float, float, str]], gap: float = 0.055) -> None:
    """Write the names of lines beside their ends {name: (x, y, colour)}, apart from each other.

    The limits and scales of the axes must have been set. `gap` is a share of their height.
    """
    places = ax.transScale + ax.transLimits
    order = sorted(ends, key=lambda name: ends[name][1])
    found = np.array([places.transform(ends[name][:2]) for name in order]).reshape(-1, 2)
    height = found[:, 1].copy()
    for _ in range(100):  # neighbours push each other, half the way each
        push = np.maximum(0.0, gap - np.diff(height)) / 2
        height[:-1] -= push
        height[1:] += push
    for name, x, y in zip(order, found[:, 0], height, strict=True):
        ax.text(x + 0.03, y, name, transform=ax.transAxes, va="center",
                color=darker(ends[name][2]), fontweight="bold")  # fmt: skip


def bars(
    ax: Axes,
    labels: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    colours: Sequence[str],
    *,
    scale: float = 1,
    unit: str = "",
) -> None:
    """Draw values as bars across, from top to bottom, each with its interval and its number."""
    shown = [{end: scale * float(row[end]) for end in ("value", "low", "high")} for row in rows]
    value, low, high = (np.array([row[end] for row in shown]) for end in ("value", "low", "high"))
    y = np.arange(len(shown))
    ax.barh(y, value, 0.62, color=colours)
    reach = np.nan_to_num(np.abs([low - value, high - value]))
    ax.errorbar(value, y, xerr=reach, fmt="none", ecolor="black", lw=1.5, capsize=4)
    ends = np.concatenate([[0.0], value, np.nan_to_num(low), np.nan_to_num(high)])
    least, most = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.02 * ((most - least) or 1.0)
    for at, row in zip(y.tolist(), shown, strict=True):
        end = np.nanmax([0.0, row["value"], row["high"]])
        ax.text(end + room, at, short(row, signed=True) + unit, va="center", fontsize=13)
    ax.set_xlim(least - (10 * room if least < 0 else 0), most + 12 * room)
    ax.set_yticks(y, labels, fontsize=13)
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.axvline(0, color=INK, lw=1)


def plain_log(axis: Axis, low: float, high: float) -> None:
    """Label a log axis with plain numbers, and let it end at whole decades around low .. high."""
    decades = np.floor(np.log10(low)), np.ceil(np.log10(high))
    ends = 10.0 ** np.array([decades[0], max(decades[1], decades[0] + 1)])
    name: Literal["x", "y"] = "x" if axis is axis.axes.xaxis else "y"
    axis.axes.set(**{f"{name}scale": "log", f"{name}lim": tuple(ends)})
    axis.set_major_locator(LogLocator(numticks=5))
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_formatter(NullFormatter())
    axis.axes.grid(axis=name, color="#E4E4E4")
