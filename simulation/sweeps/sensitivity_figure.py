"""Pictures of a sensitivity analysis: bars of indices, Morris's plane, pairs of parameters."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.figures import new_axes, styled
from simulation.figures_data import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulation.sweeps.sensitivity import Sensitivity

TOTAL, FIRST, PALE = "#33638d", "#e3a33f", "#c9ced6"
#: Parameters that one picture shows; the smallest are left out, and said to be.
MOST_BARS = 20


@styled
def sensitivity(result: Sensitivity) -> Figure:
    """Draw what fits the method: bars (and pairs, if there are any), or Morris's plane."""
    from matplotlib.figure import Figure

    shown = min(len(result.names), MOST_BARS)
    pairs = (result.table["index"] == "second").any()
    if result.method == "morris":
        figure = Figure(figsize=(10, 6), layout="constrained")
        plane(result, ax=figure.add_subplot())
        return figure
    height = max(2.8 + 0.5 * shown, 6.0 if pairs else 0.0)
    figure = Figure(figsize=(17 if pairs else 10, height), layout="constrained")
    axes = figure.subplots(1, 2 if pairs else 1, squeeze=False)[0]
    bars(result, ax=axes[0])
    if pairs:
        second_order(result, ax=axes[1])
    return figure


def _title(ax: Axes, result: Sensitivity) -> None:
    """Write what was found over the axes, and below it of what, and how much is luck."""
    rows = result.main
    clear = rows if result.n_worlds == 1 else rows[rows["clear"].astype(bool)]
    if rows["value"].isna().all():
        headline = "Nothing that varied can be told from luck"
    elif clear.empty:
        headline = "No parameter can be told from luck"
    else:
        headline = f"{clear['parameter'].iloc[0]} matters most"
    about = result.about.removesuffix(",")
    lines = textwrap.wrap(f"{about}; {_luck(result)}", 84)
    ax.set_title(headline, loc="left", pad=14 + 15 * len(lines))
    ax.text(0, 1.02, "\n".join(lines), transform=ax.transAxes, va="bottom", fontsize="small",
            color="#444444")  # fmt: skip


def _luck(result: Sensitivity) -> str:
    if result.n_worlds == 1:
        return "one world: what is luck cannot be told"
    luck = result.split["luck"] + result.split["worlds"]
    total = luck + result.split["parameters"]
    share = 100 * luck / total if total > 0 else 100
    return f"{share:.0f} % of the variance of one run is luck ({result.n_worlds} worlds)"


@styled
def bars(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw first-order and total indices with their intervals; pale: not told from luck."""
    main = result.main.head(MOST_BARS)
    ax = new_axes(ax, 10, 2.8 + 0.5 * len(main))
    table = result.table.set_index(["index", "parameter"])
    for offset, kind, colour in ((0.19, "total", TOTAL), (-0.19, "first", FIRST)):
        for place, name in enumerate(main["parameter"]):
            if (kind, name) not in table.index:
                continue
            row = table.loc[(kind, name)]
            row = row[row["other"] == ""].iloc[0] if hasattr(row, "iloc") and row.ndim == 2 else row
            if np.isnan(row["value"]):
                continue
            at, value = len(main) - 1 - place + offset, max(row["value"], 0.0)
            pale = row["clear"] is not None and not row["clear"]
            ax.barh(at, value, 0.34, color=PALE if pale else colour, edgecolor=colour, linewidth=1)
            ax.plot([row["low"], row["high"]], [at, at], color="#222222", linewidth=1.2, zorder=3)
    ax.set_yticks(range(len(main)), list(main["parameter"])[::-1])
    ax.axvline(0, color="#222222", linewidth=0.8)
    percent = f"{100 * result.confidence:g} %"
    ax.set_xlabel(f"share of the variance of the mean response (lines: {percent} intervals)")
    _title(ax, result)
    _legend(ax, result)
    return ax


def _legend(ax: Axes, result: Sensitivity) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=TOTAL, label="total: alone and with others"),
               Patch(color=FIRST, label="first order: alone")]  # fmt: skip
    if result.n_worlds > 1:
        handles.append(Patch(facecolor=PALE, edgecolor=TOTAL, label="not told from luck"))
    ax.legend(handles=handles, loc="lower right", frameon=False)


@styled
def plane(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw Morris's mu_star (size of the effect) against sigma (how much it depends on others)."""
    ax = new_axes(ax, 10, 6)
    wide = result.table.pivot(index="parameter", columns="index", values="value")
    rows = result.table[result.table["index"] == "mu_star"].set_index("parameter")
    for name in rows.index:
        x, y = wide.loc[name, "mu_star"], wide.loc[name].get("sigma", np.nan)
        pale = rows.loc[name, "clear"] is not None and not rows.loc[name, "clear"]
        colour = PALE if pale else TOTAL
        ax.plot([max(rows.loc[name, "low"], 0), rows.loc[name, "high"]], [y, y], color=colour,
                linewidth=1.2, zorder=2)  # fmt: skip
        ax.scatter([x], [y], s=46, color=colour, edgecolor=TOTAL, zorder=3)
    points = [(rows.loc[n, "high"], wide.loc[n].get("sigma", 0), n) for n in rows.index]
    _label_points(ax, points)
    unit = result.scalar.unit
    ax.set_xlabel(f"mu*: mean size of the effect of the whole range [{unit}]")
    ax.set_ylabel(f"sigma: how much the effect varies [{unit}]")
    _title(ax, result)
    if result.n_worlds > 1:
        from matplotlib.lines import Line2D

        unclear = Line2D([], [], marker="o", linestyle="", color=PALE, markeredgecolor=TOTAL)
        ax.legend([unclear], ["not told from luck"], loc="lower right", frameon=False)
    return ax


def _label_points(ax: Axes, points: list[tuple[Any, Any, str]]) -> None:
    """Write the names behind the intervals, moved apart where they would lie on each other."""
    high = max((y for _, y, _ in points), default=1.0) or 1.0
    ax.set_ylim(-0.06 * high, 1.1 * high)
    right = sorted(points, key=lambda p: p[1])
    places = spread([y for _, y, _ in right], 0.05 * high, 0.0, 1.08 * high)
    most = max(x for x, _, _ in points)
    for (x, _, name), at in zip(right, places, strict=True):
        ax.text(x + 0.01 * most, at, name, va="center", fontsize="small", color="#333333")
    ax.set_xlim(0, 1.15 * most)


@styled
def second_order(result: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw the second-order indices as a map: what two parameters do only together."""
    ax = new_axes(ax, 8, 6)
    rows = result.table[result.table["index"] == "second"]
    names = [name for name in result.main["parameter"] if name in result.names][:MOST_BARS]
    values = np.full((len(names), len(names)), np.nan)
    marks = {}
    for row in rows.itertuples():
        if row.parameter in names and row.other in names:
            i, j = sorted((names.index(row.parameter), names.index(row.other)), reverse=True)
            values[i, j] = row.value
            marks[i, j] = row.clear
    most = max(float(np.nanmax(np.abs(values), initial=0.0)), 0.05)
    image = ax.imshow(values, cmap="RdBu_r", vmin=-most, vmax=most)
    for (i, j), clear in marks.items():
        text = f"{values[i, j]:.2f}" if clear or clear is None else f"({values[i, j]:.2f})"
        dark = abs(values[i, j]) > 0.6 * most
        ax.text(j, i, text, ha="center", va="center", fontsize="small",
                color="white" if dark else "#222222")  # fmt: skip
    ax.set_xticks(range(len(names)), names, rotation=35, ha="right")
    ax.set_yticks(range(len(names)), names)
    ax.set_title("Two together, beyond each alone\n(in brackets: not told from luck)", loc="left")
    ax.figure.colorbar(image, ax=ax, label="share of variance", shrink=0.8)
    return ax
