"""Figures of a sensitivity analysis: they draw a `Sensitivity` and compute nothing new."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from simulation.analyses.sensitivity_figure_sampled import (
    PALE,
    UNCLEAR,
    level,
    lighter,
    own_axes,
    rank_points,
    reach,
    sampled_bars,
    where_bars,
)
from simulation.analyses.sensitivity_found import Sensitivity
from simulation.figures import INK, darker, looks, shown, styled
from simulation.figures.numbers import spread
from simulation.tools.errors import InputError
from simulation.tools.files import Writers, files_of, to_csv, to_json, to_png

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def sobol_bars(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the first and total index of every parameter with its interval, the largest above.

    What cannot be told from noise is pale, and a mark beside it says so.
    """
    if result.method != "sobol":
        raise InputError(f"sobol_bars draws an analysis of sobol, not of {result.method}")
    names = result.leading["parameter"].tolist()
    ax = own_axes(ax, 9, 1.9 + 0.55 * len(names))
    colour = looks([result.strategy])[result.strategy].colour
    fill = lighter(colour)
    furthest = 0.0
    for index, offset, hatch in (("total", -0.2, None), ("first", 0.2, "////")):
        rows = result.of(index).set_index("parameter").loc[names]
        for at, (value, clear) in enumerate(zip(rows["value"], rows["clear"], strict=True)):
            ax.barh(
                at + offset, value, 0.36, ec=colour, fc="white" if hatch else fill, hatch=hatch,
                alpha=1 if clear else PALE,
            )  # fmt: skip
        for clear in (True, False):
            some = (rows["clear"] == clear).to_numpy() & rows["value"].notna().to_numpy()
            ax.errorbar(
                rows["value"][some], np.arange(len(names))[some] + offset,
                xerr=reach(rows[some]), fmt="none", ecolor=INK, lw=1.4, capsize=2,
                alpha=1 if clear else 0.45,
            )  # fmt: skip
        highs = rows[["value", "high"]].to_numpy(float)
        furthest = max(furthest, float(np.nanmax(highs)) if np.isfinite(highs).any() else 0.0)
    _mark_unclear(ax, result, names)
    ax.axvline(0, color=INK, lw=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(right=1.02 * max(furthest, 0.1))
    ax.set_xlabel(f"share of the variance the parameters make ({level(result)})")
    _legend_sobol(ax, colour, fill)
    ax.set_title(textwrap.fill(result.headline, 60))
    if not np.isfinite(result.leading["value"]).any():
        ax.text(0.5, 0.5, "no variance that is the parameters'", transform=ax.transAxes,
                ha="center", va="center")  # fmt: skip
    return ax


def _mark_unclear(ax: Axes, result: Sensitivity, names: list[str]) -> None:
    """Write at the right which of the bars of each parameter are not told from noise."""
    marks = {
        index: result.of(index).set_index("parameter")["clear"] for index in ("total", "first")
    }
    for at, name in enumerate(names):
        unclear = [index for index, clear in marks.items() if not clear[name]]
        if name in result.unmoved:
            text = "never changes it"
        elif unclear:
            text = UNCLEAR if len(unclear) == 2 else f"{unclear[0]} {UNCLEAR}"
        else:
            continue
        ax.annotate(
            text, (1, at), (6, 0), xycoords=("axes fraction", "data"), fontsize=10, color="#666666",
            textcoords="offset points", va="center", annotation_clip=False,
        )  # fmt: skip


def _legend_sobol(ax: Axes, colour: str, fill: tuple[float, ...]) -> None:
    handles = [
        Patch(fc=fill, ec=colour, label="total: with all it does together with others"),
        Patch(fc="white", ec=colour, hatch="////", label="first: alone"),
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, -0.9 / _inches(ax)), ncols=2)


def _inches(ax: Axes) -> float:
    """Return about how high the axes will be, so that a legend below clears the axis label."""
    figure: Any = ax.get_figure()
    return float(ax.get_position().height * figure.get_size_inches()[1])


@styled
def morris_plane(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw mu_star (how much) against sigma (how unevenly) with intervals.

    Parameters told from noise have their names at the right; the others are pale, without names.
    """
    if result.method != "morris":
        raise InputError(f"morris_plane draws an analysis of morris, not of {result.method}")
    ax = own_axes(ax, 9, 6)
    colour = looks([result.strategy])[result.strategy].colour
    star = result.of("mu_star").set_index("parameter")
    sigma = result.of("sigma").set_index("parameter")
    for clear in (False, True):
        some = star["clear"] == clear
        ax.errorbar(
            star.loc[some, "value"], sigma.loc[some, "value"], xerr=reach(star[some]),
            yerr=reach(sigma[some]), fmt="o", ms=8 if clear else 6, color=colour, ecolor=colour,
            lw=1.2, alpha=0.95 if clear else 2 * PALE, mfc=colour if clear else "white",
        )  # fmt: skip
    highs = [float(np.nanmax([1e-12, *t[["value", "high"]].to_numpy(float).ravel()]))
             for t in (star, sigma)]  # fmt: skip
    ax.set(xlim=(-0.03 * highs[0], 1.05 * highs[0]), ylim=(-0.04 * highs[1], 1.05 * highs[1]))
    _name_points(ax, star[star["clear"]], sigma, colour)
    unit = result.outcome.unit
    ax.set_xlabel(
        f"mu_star: mean size of the effect [{unit} over the whole range]\n{_below(result)}"
    )
    ax.set_ylabel(f"sigma: how it differs with the others [{unit}]")
    ax.set_title(textwrap.fill(result.headline, 60))
    return ax


def _name_points(ax: Axes, clear: pd.DataFrame, sigma: pd.DataFrame, colour: str) -> None:
    """Write the names of points in a column at the right, in order of height, with lines."""
    if clear.empty:
        return
    clear = clear.sort_values("value")  # of points of one height the left one lower: no crossing
    bottom, top = ax.get_ylim()
    heights = [(sigma.loc[name, "value"] - bottom) / (top - bottom) for name in clear.index]
    places = spread(heights, 0.055, 0.0, 1.0)
    line = {"arrowstyle": "-", "lw": 0.6, "color": "#999999", "relpos": (0, 0.5)}
    for name, place in zip(clear.index, places, strict=True):
        ax.annotate(
            str(name), (clear.loc[name, "value"], sigma.loc[name, "value"]), (1.02, place),
            textcoords="axes fraction", va="center", color=darker(colour), fontsize=11,
            annotation_clip=False, arrowprops=line,
        )  # fmt: skip


def _below(result: Sensitivity) -> str:
    """Return the note below the plane: the intervals, and which points have no name."""
    rows = result.of("mu_star")
    unclear = [name for name in rows.loc[~rows["clear"], "parameter"]
               if name not in result.unmoved]  # fmt: skip
    notes = [level(result)]
    if np.isfinite(rows["high"]).any():
        notes = [f"lines: {notes[0]}"]
    if unclear:
        notes.append(f"pale, {UNCLEAR}: {', '.join(unclear)}")
    if result.unmoved:
        notes.append(f"at 0, never change it: {', '.join(result.unmoved)}")
    return textwrap.fill("; ".join(notes), 84)


@styled
def second_order(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw what every two parameters do together beyond both alone; the unclear ones are pale."""
    rows = result.of("second")
    if rows.empty:
        raise InputError("second_order: the design was made without second_order = true")
    names = list(result.names)
    k = len(names)
    ax = own_axes(ax, 2.5 + 0.9 * k, 1.8 + 0.7 * k)
    place = {name: at for at, name in enumerate(names)}
    largest = max(0.05, float(np.nanmax([0.0, *rows["value"]])))
    cells = np.full((k, k), np.nan)
    for row in rows.to_dict("records"):
        i, j = sorted((place[row["parameter"]], place[row["other"]]))
        text = "-" if np.isnan(row["value"]) else f"{row['value'] + 0.0:.2f}"
        dark = row["clear"] and row["value"] > 0.6 * largest
        cells[j, i] = row["value"] if row["clear"] else 0.0
        ax.text(
            i, j, "0.00" if text == "-0.00" else text, ha="center", va="center", fontsize=11,
            color="white" if dark else INK if row["clear"] else "#999999",
            fontweight="bold" if row["clear"] else "normal",
        )  # fmt: skip
    ax.pcolormesh(
        np.arange(k), np.arange(k), cells, cmap="Purples", vmin=0, vmax=largest,
        edgecolors="#CCCCCC", lw=0.4,
    )  # fmt: skip
    ax.set_xticks(range(k - 1), names[:-1], rotation=30, ha="right")
    ax.set_yticks(range(1, k), names[1:])
    ax.set(xlim=(-0.5, k - 1.5), ylim=(k - 0.5, 0.5))
    ax.set_title(_together(rows))
    return ax


def _together(rows: pd.DataFrame) -> str:
    """Say in words which two act together the most, if that is told from noise."""
    clear = rows[rows["clear"]].sort_values("value", ascending=False)
    if clear.empty:
        return "Together beyond both alone:\nno two are told from noise (grey)"
    two = f"{clear['parameter'].iloc[0]} and {clear['other'].iloc[0]}"
    told = f"{len(clear)} of {len(rows)} pairs told from noise"
    return f"Together beyond both alone:\n{told}, {two} most"


@styled
def sensitivity_figure(result: Sensitivity) -> Figure:
    """Return the one picture of an analysis: what matters, and what acts together or which way."""
    k = len(result.names)
    both = result.sampled or not result.of("second").empty
    right = 3.5 if result.sampled else 1.5 + 0.75 * k
    height = 7.0 if result.method == "morris" else max(5.0, 2.6 + 0.55 * k)
    width = 12.0 if result.sampled else 10.5 + (1.0 + right if both else 0)
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    panels = figure.subplots(
        1, 1 + both, squeeze=False, width_ratios=[8.5, right] if both else None
    )[0]
    if result.sampled:
        sampled_bars(result, ax=panels[0])
        rank_points(result, ax=panels[1])
    elif result.method == "sobol":
        sobol_bars(result, ax=panels[0])
        if both:
            second_order(result, ax=panels[1])
    else:
        morris_plane(result, ax=panels[0])
    _above(figure, f"What moves {_what(result)}", width)
    return figure


@styled
def where_figure(result: Sensitivity) -> Figure:
    """Return the picture of where an outcome is high, or the lead won and lost."""
    parts = len(result.where.table)
    width = 10.5
    figure = Figure(figsize=(width, 2.9 + 0.8 * parts), dpi=120, layout="constrained")
    where_bars(result, ax=figure.subplots())
    _above(figure, f"Where: {_what(result)}", width)
    return figure


def _what(result: Sensitivity) -> str:
    what, name = result.outcome.name, shown(result.strategy)
    if result.against is None:
        return f"{what} under {name}, {result.worlds}"
    return f"the difference in {what}: {name} minus {shown(result.against)}, {result.worlds}"


def _above(figure: Figure, title: str, width: float) -> None:
    figure.suptitle(
        textwrap.fill(title, int(8.5 * width)),
        fontsize=14, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip


@files_of.register
def _files(result: Sensitivity) -> Writers:
    writers = {
        "sensitivity.csv": to_csv(result.table),
        "sensitivity.json": to_json(result.to_dict()),
        "sensitivity.png": to_png(lambda: sensitivity_figure(result)),
    }
    if result.where.told:
        writers["where.csv"] = to_csv(result.where.table)
        writers["where.png"] = to_png(lambda: where_figure(result))
    return writers
