"""Figures of a sweep: heat maps, slices, the map of who wins, regret. They simulate nothing.

Two things that varied are drawn in cells where every combination of their values was run, else as
one mark a setting, and nothing is filled in between. What else varied is averaged over, and the
figure says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import CenteredNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from simulation.analyses.maps import counted, means, say_winners, winners
from simulation.analyses.maps_axes import Axis, axis_of, in_cells, name_axis, value_text
from simulation.analyses.maps_worlds import arranged_runs, say_left_out, varied
from simulation.core.outcomes import Scalar
from simulation.figures import INK, looks, new_axes, shown, styled
from simulation.runs.statistics import number_text
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Cells are few enough to write a number into each.
FEW_CELLS = 80
NOT_TOLD = "#D9D9D9"
GREY = "#8A8A8A"
#: Perceptually even and safe for the colour-blind; differences diverge from white at 0.
VALUES, DIFFERENCES = "cividis", "RdBu"


@styled
def heat_map(
    runs: pd.DataFrame,
    x: str,
    y: str,
    outcome: str = "sales",
    strategy: str | None = None,
    against: str | None = None,
    *,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean of an outcome, or of a paired difference, over two things that varied.

    Cells where every combination was run, else a dot a setting. With `against`, white is no
    difference, and what cannot be told from 0 is hatched (a dot: without a dark ring). Raises
    InputError as `maps.means`.
    """
    across, up, table, cells = _map_table(
        means, runs, (x, y), outcome, confidence, strategy=strategy, against=against
    )
    ax = new_axes(ax, 9, 6)
    scalar = table.attrs["outcome"]
    values = table["mean"].to_numpy(float)
    norm, colours = _colours(values, against is not None)
    sure = table["told"].to_numpy(bool) if against is not None else np.ones(len(table), bool)
    if cells:
        _fill(ax, table, across, up, colours(norm(values)), ~sure & np.isfinite(values))
        _write(ax, table, across, up, _numbers(table, scalar, against), colours(norm(values)))
    else:
        _dots(ax, table, across, up, values, norm, colours, sure)
    bar = ax.figure.colorbar(mpl.cm.ScalarMappable(norm, colours), ax=ax, aspect=30)
    what = f"{scalar.label} [{scalar.unit}]"
    if against is not None:
        what += f", {shown(str(table.attrs['strategy']))} more than {shown(against)}"
    bar.set_label(textwrap.fill(what, 46))
    bar.ax.yaxis.set_major_formatter(lambda value, _: value_text(value))
    _finish(ax, runs, table, across, up, cells)
    if not sure.all():
        mark = "hatched: cannot" if cells else "dark ring: can"
        ax.set_xlabel(f"{ax.get_xlabel()}\n{mark} be told from 0")
    ax.set_title(headline(_say_map(table, scalar, across, up, cells)))
    return ax


def _map_table(
    make: Any, runs: pd.DataFrame, names: tuple[str, str], outcome: str, confidence: float,
    **more: Any,
) -> tuple[Axis, Axis, pd.DataFrame, bool]:  # fmt: skip
    """Return both axes, the table of cells or settings, and whether it is cells."""
    x, y = names
    if x == y:
        raise InputError(f"x and y are both {x}: a map wants two things that varied")
    settings = arranged_runs(runs, names, outcome).settings
    across, up = axis_of(settings, x), axis_of(settings, y)
    cells = in_cells(settings, across, up)
    table = make(runs, list(names), outcome, pool=cells, confidence=confidence, **more)
    return across, up, table, cells


def _colours(values: np.ndarray, difference: bool) -> tuple[Any, Any]:
    """Return the scale and the colours; a difference has white at 0 and ends as far both ways."""
    there = values[np.isfinite(values)]
    low, high = (there.min(), there.max()) if there.size else (0.0, 1.0)
    if difference:
        furthest = max(abs(low), abs(high)) or 1.0
        return CenteredNorm(0, furthest), mpl.colormaps[DIFFERENCES]
    return Normalize(low, high if high > low else low + 1), mpl.colormaps[VALUES]


def _fill(ax: Axes, table: pd.DataFrame, x: Axis, y: Axis, colours: Any, hatched: Any) -> None:
    """Draw one rectangle a cell; cells without a value are white with a cross."""
    places = _places(table, x, y)
    image = np.ones((y.values.size, x.values.size, 4))
    have = np.zeros(image.shape[:2], bool)
    empty = _no_value(table)
    for (i, j), colour, nothing in zip(places, colours, empty, strict=True):
        image[j, i] = (1, 1, 1, 1) if nothing else mpl.colors.to_rgba(colour)
        have[j, i] = not nothing
    ax.imshow(image, origin="lower", aspect="auto", interpolation="nearest")
    for border in np.arange(0.5, x.values.size - 1):
        ax.axvline(border, color="white", lw=1)
    for border in np.arange(0.5, y.values.size - 1):
        ax.axhline(border, color="white", lw=1)
    for j, i in np.argwhere(~have):
        ax.plot(i, j, "x", color="#999999", ms=8)
    with mpl.rc_context({"hatch.linewidth": 0.6}):
        for i, j in places[np.asarray(hatched, bool)]:
            ax.add_patch(Rectangle((i - 0.5, j - 0.5), 1, 1, fill=False, hatch="///", ec="#777777",
                                   lw=0))  # fmt: skip


def _no_value(table: pd.DataFrame) -> np.ndarray:
    return (table["n_worlds"] == 0).to_numpy()


def _places(table: pd.DataFrame, x: Axis, y: Axis) -> np.ndarray:
    """Return column and row of every cell of the table, shape (cells, 2)."""
    found = []
    for axis in (x, y):
        order = {value: i for i, value in enumerate(axis.values)}
        found.append([order[value] for value in table[axis.name]])
    return np.array(found).T


def _numbers(table: pd.DataFrame, scalar: Scalar, against: str | None) -> list[str]:
    """Return each cell's number as text, all with the same decimals."""
    values = table["mean"].to_numpy(float)
    digits = _digits(values[np.isfinite(values)])
    texts = [number_text(v, digits) if np.isfinite(v) else "" for v in values]
    if against is None:
        return texts
    return [f"+{text}" if v > 0 else text for text, v in zip(texts, values, strict=True)]


def _digits(values: np.ndarray) -> int:
    """Return decimals that keep three figures of the largest value."""
    largest = np.abs(values).max() if values.size else 0.0
    return min(6, max(0, 2 - int(np.floor(np.log10(largest))))) if largest > 0 else 0


def _write(
    ax: Axes, table: pd.DataFrame, x: Axis, y: Axis, texts: Sequence[str], colours: Any
) -> None:
    """Write a text into every cell where cells are few, dark on light and light on dark."""
    if x.values.size * y.values.size > FEW_CELLS:
        return
    longest = max((len(line) for text in texts for line in text.split("\n")), default=1)
    size = float(np.clip(430 / (x.values.size * max(longest, 3)), 6.5, 12))
    for (i, j), text, colour in zip(_places(table, x, y), texts, colours, strict=True):
        ax.text(i, j, text, ha="center", va="center", fontsize=size,
                color=_ink_on(colour))  # fmt: skip


def _ink_on(colour: Any) -> str:
    """Return black or white, whichever stands out more on a colour (WCAG 2 contrast)."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "white"


def _dots(
    ax: Axes, table: pd.DataFrame, x: Axis, y: Axis, values: Any, norm: Any, colours: Any, sure: Any
) -> None:
    """Draw one dot a setting; a dark ring where it can be told from 0."""
    there = np.isfinite(values)
    at_x, at_y = _scattered(table, x, y)
    for rows, edge, width in ((there & ~sure, "#AAAAAA", 0.5), (there & sure, INK, 1.1)):
        ax.scatter(at_x[rows], at_y[rows], s=_size(len(table)), c=colours(norm(values[rows])),
                   edgecolors=edge, linewidths=width, rasterized=len(table) > 2000)  # fmt: skip
    ax.plot(at_x[~there], at_y[~there], "x", color="#999999", ms=6)


def _scattered(table: pd.DataFrame, x: Axis, y: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Return where the marks stand; among names they are moved apart, which means nothing."""
    apart = 0.6 * ((np.arange(len(table)) * 0.6180339887) % 1 - 0.5)
    at = [axis.at(table[axis.name]) for axis in (x, y)]
    return tuple(a if axis.numeric else a + apart  # type: ignore[return-value]
                 for a, axis in zip(at, (x, y), strict=True))  # fmt: skip


def _size(n: int) -> float:
    return float(np.clip(12_000 / n, 8, 110))


def _finish(
    ax: Axes, runs: pd.DataFrame, table: pd.DataFrame, x: Axis, y: Axis, cells: bool
) -> None:
    """Name the axes and say below what was averaged and left out."""
    name_axis(ax, "x", x, 70, cells=cells)
    name_axis(ax, "y", y, 38, cells=cells)
    note = _note(runs, table, (x.name, y.name), cells)
    ax.set_xlabel(f"{ax.get_xlabel()}\n{textwrap.fill(note, 74)}")
    if cells:
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)


def _note(runs: pd.DataFrame, table: pd.DataFrame, names: Sequence[str], cells: bool) -> str:
    """Say how many worlds a mark stands for, what it is averaged over and what is missing."""
    others = [name for name in varied(runs) if name not in names]
    listed = ", ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
    n = table["n_worlds"].to_numpy()
    worlds_text = counted(int(n.max()), "world") if n.min() == n.max() else (
        f"{n.min():,} to {counted(int(n.max()), 'world')}"
    )  # fmt: skip
    parts = [f"mean of {worlds_text} a {'cell' if cells else 'dot'}"]
    if others:
        parts.append(f"averaged over {listed}" if cells else f"also varied: {listed}")
    if gone := say_left_out(table):
        parts.append(gone)
    return "; ".join(parts)


def headline(text: str, width: int = 78) -> str:
    """Return a title: begun with a capital unless with a name, and wrapped."""
    first = text.split(" ", 1)[0]
    return textwrap.fill(text if "_" in first else text[:1].upper() + text[1:], width)


def _say_map(table: pd.DataFrame, scalar: Scalar, x: Axis, y: Axis, cells: bool) -> str:
    """Return the headline of a heat map, from its numbers."""
    strategy, against = str(table.attrs["strategy"]), table.attrs["against"]
    values = table["mean"].to_numpy(float)
    there = np.isfinite(values)
    if not there.any():
        return f"{scalar.label}: no world has a value"
    noun = "cell" if cells else "setting"
    if against is not None:
        above = int((table["told"] & (values > 0)).sum())
        below = int((table["told"] & (values < 0)).sum())
        rest = int(there.sum()) - above - below
        return (
            f"{scalar.label}: {shown(strategy)} above {shown(against)} in {above:,} of "
            f"{counted(int(there.sum()), noun)}, below in {below:,}, not told in {rest:,}"
        )
    ends = []
    for i in (int(np.nanargmin(values)), int(np.nanargmax(values))):
        row = table.iloc[i]
        where = ", ".join(f"{axis.name} {value_text(row[axis.name])}" for axis in (x, y))
        ends.append(f"{number_text(values[i], _digits(values[there]))} ({where})")
    return f"{scalar.label} under {shown(strategy)}: from {ends[0]} to {ends[1]}"


# ---- who wins ------------------------------------------------------------------------------------


@styled
def who_wins(
    runs: pd.DataFrame,
    x: str,
    y: str,
    outcome: str = "sales",
    *,
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw which strategy is best over two things that varied, and where that cannot be told.

    Cells (or marks) have the colour of the best strategy; grey and hatched (open) where its lead
    over some other cannot be told from 0 (`maps.winners`). Few cells carry the lead over the
    second.
    """
    across, up, table, cells = _map_table(winners, runs, (x, y), outcome, confidence)
    ax = new_axes(ax, 9, 6)
    scalar, names = table.attrs["outcome"], table.attrs["strategies"]
    styles = looks(names)
    sure, empty = table["told"].to_numpy(bool), _no_value(table)
    colours = [styles[b].colour if ok else NOT_TOLD
               for b, ok in zip(table["best"], sure, strict=True)]  # fmt: skip
    if cells:
        _fill(ax, table, across, up, colours, ~sure & ~empty)
        lead = table["lead"].to_numpy(float)
        digits = _digits(lead[np.isfinite(lead)])
        pairs = zip(lead, sure, strict=True)
        texts = [f"+{number_text(v, digits)}" if ok else "" for v, ok in pairs]
        _write(ax, table, across, up, texts, colours)
    else:
        _winning_dots(ax, table, across, up, styles)
    handles = [_key(styles[n], shown(n), cells) for n in names if n in set(table["best"][sure])]
    if (~sure & ~empty).any():
        handles.append(_key(None, "cannot be told", cells))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1), title="best strategy",
              alignment="left")  # fmt: skip
    _finish(ax, runs, table, across, up, cells)
    if cells and len(table) <= FEW_CELLS and sure.any():
        unit = "" if scalar.unit == "0-1" else f" [{scalar.unit}]"
        ax.set_xlabel(f"{ax.get_xlabel()}\nnumbers: lead over the second{unit}")
    ax.set_title(headline(say_winners(table, "cell" if cells else "setting"), 92))
    return ax


def _key(look: Any, name: str, cells: bool) -> Any:
    """Return the entry of a strategy in the legend; None: where none can be told."""
    if cells:
        extra: Any = {"hatch": "///", "ec": "#777777", "lw": 0} if look is None else {}
        return Patch(fc=look.colour if look else NOT_TOLD, label=name, **extra)
    face, edge, marker = (look.colour,) * 2 + (look.marker,) if look else ("white", GREY, "o")
    return Line2D([], [], ls="", marker=marker, mfc=face, mec=edge, label=name)


def _winning_dots(ax: Axes, table: pd.DataFrame, x: Axis, y: Axis, styles: Any) -> None:
    at_x, at_y = _scattered(table, x, y)
    sure, empty = table["told"].to_numpy(bool), _no_value(table)
    size, unsure = _size(len(table)), ~sure & ~empty
    ax.scatter(at_x[unsure], at_y[unsure], s=size, c="white", edgecolors=GREY)
    for name, look in styles.items():
        rows = sure & (table["best"] == name).to_numpy()
        ax.scatter(at_x[rows], at_y[rows], s=size, c=look.colour, marker=look.marker,
                   edgecolors="white", linewidths=0.4)  # fmt: skip
    ax.plot(at_x[empty], at_y[empty], "x", color="#999999", ms=6)
