"""Figures of the sensitivity of any sample and of where a lead is won; and what all figures share.

They draw a `Sensitivity` and compute nothing new.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulation.analyses.maps_axes import value_text
from simulation.analyses.sensitivity_found import Sensitivity
from simulation.figures import INK, looks, shown, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PALE = 0.22
UNCLEAR = "not told from noise"
GREY = "#666666"


def own_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or new ones outside pyplot, which would keep them for ever."""
    return ax or Figure(figsize=(width, height), layout="constrained").subplots()


def reach(rows: pd.DataFrame, value: str = "value") -> np.ndarray:
    """Return how far intervals reach below and above the values, as errorbar wants it."""
    middle = rows[value].to_numpy(float)
    ends = rows[["low", "high"]].to_numpy(float).T
    return np.nan_to_num(np.abs(ends - middle))


def lighter(colour: str) -> tuple[float, ...]:
    """Return a colour halfway to white, on which the line of an interval is seen."""
    return tuple((1 + channel) / 2 for channel in to_rgb(colour))


def level(result: Sensitivity) -> str:
    """Say what the lines are; with too few worlds there are none."""
    if not np.isfinite(result.table["high"]).any():
        return f"{result.worlds}, no intervals"
    return f"{100 * result.confidence:g} % interval"


@styled
def sampled_bars(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the PAWN index of every parameter, the largest above; what nothing would show is a tick.

    What cannot be told from noise is pale, and a mark beside it says so.
    """
    rows = result.leading.reset_index(drop=True)
    ax = own_axes(ax, 9, 1.9 + 0.55 * len(rows))
    colour = looks([result.strategy])[result.strategy].colour
    for at, row in enumerate(rows.to_dict("records")):
        ax.barh(at, row["value"], 0.56, ec=colour, fc=lighter(colour),
                alpha=1 if row["clear"] else PALE)  # fmt: skip
    for clear in (True, False):
        some = rows[(rows["clear"] == clear) & rows["value"].notna()]
        ax.errorbar(some["value"], some.index, xerr=reach(some), fmt="none", ecolor=INK, lw=1.4,
                    capsize=2, alpha=1 if clear else 0.45)  # fmt: skip
    ax.plot(rows["noise"], rows.index, "|", color=INK, ms=20, mew=2.5)
    for at, name in enumerate(rows["parameter"]):
        if not rows["clear"][at]:
            ax.annotate(
                "never changes it" if name in result.unmoved else UNCLEAR, (1, at), (6, 0),
                xycoords=("axes fraction", "data"), fontsize=10, color=GREY,
                textcoords="offset points", va="center", annotation_clip=False,
            )  # fmt: skip
    ax.set_yticks(range(len(rows)), rows["parameter"])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    furthest = np.nanmax([0.1, *rows["value"], *rows["high"], *rows["noise"]])
    ax.set_xlim(0, 1.02 * furthest)
    ax.set_xlabel(
        f"PAWN: how far knowing it moves the distribution, 0 to 1\n({level(result)}; "
        "tick: what a parameter without effect would show)"
    )
    ax.set_title(textwrap.fill(result.headline, 60))
    return ax


@styled
def rank_points(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw rank and partial rank correlations, in the order of `sampled_bars`: which way."""
    names = result.leading["parameter"].tolist()
    ax = own_axes(ax, 5, 1.9 + 0.55 * len(names))
    colour = looks([result.strategy])[result.strategy].colour
    ax.axvline(0, color=INK, lw=1)
    for index, shift, fill in (("spearman", -0.14, colour), ("partial", 0.14, "white")):
        rows = result.of(index).set_index("parameter").loc[names]
        for at, (clear, value) in enumerate(zip(rows["clear"], rows["value"], strict=True)):
            ax.errorbar(
                value, at + shift, xerr=reach(rows.iloc[[at]]), fmt="o", ms=6, color=colour,
                mfc=fill, lw=1.4, alpha=1 if clear else 2 * PALE,
            )  # fmt: skip
    ax.set_xlim(-1.03, 1.03)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), [""] * len(names))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("rank correlation with the outcome,\n-1 to 1")
    handles = [Line2D([], [], marker="o", ls="", color=colour, label="plain"),
               Line2D([], [], marker="o", ls="", color=colour, mfc="white",
                      label="partial: others taken out")]  # fmt: skip
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2,
              fontsize=10, handletextpad=0.1, columnspacing=0.8)  # fmt: skip
    return ax


@styled
def where_bars(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the mean of every part of the settings with its interval, the best above."""
    found, parts = result.where, result.where.table
    ax = own_axes(ax, 10, 1.8 + 0.8 * len(parts))
    styles = looks([result.strategy] if result.against is None else
                   [result.strategy, result.against])  # fmt: skip
    for at, row in enumerate(parts.to_dict("records")):
        leads = result.against is None or (found.outcome.better or 1) * row["mean"] > 0
        colour = styles[result.strategy if leads else str(result.against)].colour
        ax.barh(at, row["mean"], 0.6, ec=colour, fc=lighter(colour),
                alpha=1 if row["told"] or result.against is None else PALE)  # fmt: skip
    ax.errorbar(parts["mean"], parts.index, xerr=reach(parts, "mean"), fmt="none", ecolor=INK,
                lw=1.6, capsize=3)  # fmt: skip
    ax.axvline(0, color=INK, lw=1)
    labels = [
        f"{textwrap.fill(row['where'], 34)}\n({row['n_settings']:,} settings)"
        for _, row in parts.iterrows()
    ]
    ax.set_yticks(range(len(parts)), labels, fontsize=11)
    ax.set_ylim(len(parts) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_formatter(lambda value, _: value_text(value))
    what = f"{found.outcome.label} [{found.outcome.unit}]"
    if result.against is not None:
        what += f", more than {shown(result.against)}"
    lines = f"{100 * found.confidence:g} % interval" if parts["low"].notna().any() else "one world"
    ax.set_xlabel(
        textwrap.fill(f"mean of {what} ({lines}), in settings that had no say in the split", 70)
    )
    ax.set_title(textwrap.fill(found.sentence, 70))
    return ax
