"""Figures of a calibration: the posterior over the prior, and what it predicts over the data.

They draw a `Calibration` and simulate nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simulation.figures import INK, STAGE_COLOURS, darker, styled
from simulation.searches.calibration_fitting import quantiles
from simulation.searches.calibration_found import Calibration
from simulation.searches.calibration_observed import SERIES
from simulation.tools.files import Writers, files_of, to_json, to_parquet, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulation.sweeps.settings import Spread

COLOURS = {
    "followers": STAGE_COLOURS["follower"],
    "subscribers": STAGE_COLOURS["subscriber"],
    "members": STAGE_COLOURS["member"],
    "sales": "#0072B2",
}
DRAWS, TRUTH = "#0072B2", "#D55E00"
N_BINS = 16
#: With more parameters the pairs are left out: they could not be read.
MOST_PAIRED = 4


def place_of(spread: Spread, value: float) -> float:
    """Return where a value lies in its prior, 0 to 1."""
    low, high = spread.numbers["low"], spread.numbers["high"]
    if spread.kind == "loguniform":
        return float(np.log(value / low) / np.log(high / low))
    return float((value - low) / (high - low))


@styled
def marginal(
    calibration: Calibration, name: str, *, truth: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the draws of one parameter as a histogram, in multiples of the prior's density.

    The x axis is the prior's range, on the scale on which it is uniform; bar: the interval.
    """
    j = calibration.prior.names.index(name)
    spread, fit = calibration.prior.spreads[j], calibration.fit
    ax = Figure(figsize=(6, 4), layout="constrained").subplots() if ax is None else ax
    heights, edges = np.histogram(
        fit.units[:, j], np.linspace(0, 1, N_BINS + 1), weights=fit.weights, density=True
    )
    ax.stairs(heights, edges, fill=True, color=DRAWS, alpha=0.55)
    ax.plot([0, 1], [1, 1], color=INK, lw=1.5, ls="--")
    top = 1.25 * max(1.0, float(heights.max()))
    tail = (1 - calibration.confidence) / 2
    low, high = quantiles(fit.units[:, [j]], fit.weights, [tail, 1 - tail])[:, 0]
    ax.plot([low, high], [0.93 * top] * 2, color="black", lw=3, solid_capstyle="butt")
    estimate = place_of(spread, calibration.table["estimate"][name])
    ax.plot(estimate, 0.93 * top, "D", mfc="white", mec="black", ms=7, clip_on=False)
    if truth is not None:
        ax.axvline(place_of(spread, truth), color=TRUTH, lw=2)
    ax.set(xlim=(0, 1), ylim=(0, top), xlabel=_label(spread), ylabel="density (prior = 1)")
    _ticks(ax, "x", spread)
    ax.set_title(name)
    return ax


@styled
def posterior(calibration: Calibration, *, truth: Mapping[str, float] | None = None) -> Figure:
    """Return marginals on the diagonal and pairs below it (up to four parameters).

    `truth`: the true values, where they are known.
    """
    names = calibration.prior.names
    known = dict(truth or {})
    pairs = len(names) <= MOST_PAIRED
    columns = len(names) if pairs else MOST_PAIRED
    rows = len(names) if pairs else -(-len(names) // columns)
    size = (max(7.0, 3.5 * columns), max(4.2, 2.9 * rows + 1.1))
    figure = Figure(figsize=size, dpi=130, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for i, row in enumerate(panels):
        for j, ax in enumerate(row):
            k = i if pairs else i * columns + j
            if k < len(names) and (i == j or not pairs):
                marginal(calibration, names[k], truth=known.get(names[k]), ax=ax)
            elif pairs and j < i:
                _pair(ax, calibration, j, i, known)
            else:
                ax.set_axis_off()
    level = f"{100 * calibration.confidence:g} %"
    what = "posterior draws" if calibration.method == "abc" else "draws of the rough interval"
    legend = f"blue: {what}; dashed: prior; bar: {level} interval; diamond: estimate"
    if known:
        legend += "; orange: the truth"
    least, most = (calibration.table["narrower"].agg(f) for f in ("idxmin", "idxmax"))
    said = f"The data narrow {most} by {_share(calibration, most)}"
    if most in calibration.at_ends:
        said = "The prior is too narrow for these data"
    elif least != most:
        said += f", {least} by {_share(calibration, least)}"
    for name in calibration.at_ends:
        said += f"; {name} is at an end of its prior and may lie beyond"
    _headline(figure, said, legend, size[0])
    return figure


@styled
def band(calibration: Calibration, series: str, *, ax: Axes | None = None) -> Axes:
    """Draw what the fit predicts of one weekly series, median and band, and the data over it."""
    ax = Figure(figsize=(7, 4), layout="constrained").subplots() if ax is None else ax
    frame = calibration.predictive
    rows, colour = frame[frame["series"] == series], COLOURS[series]
    ax.fill_between(rows["week"], rows["low"], rows["high"], color=colour, alpha=0.3, lw=0)
    ax.plot(rows["week"], rows["median"], color=colour, lw=2)
    seen = rows.dropna(subset="observed")
    if len(seen):  # an empty line that is not clipped has no extent, and the layout collapses
        ax.plot(seen["week"], seen["observed"], "o", color="black", ms=5, clip_on=False, zorder=4)
    highest = np.nanmax(rows[["high", "observed"]].to_numpy())
    ax.set_ylim(0, 1.08 * highest if highest > 0 else 1)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    inside = int(seen["observed"].between(seen["low"], seen["high"]).sum())
    title = f"{series}: {inside} of {len(seen)} in the band" if len(seen) else (
        f"{series}: not observed"
    )  # fmt: skip
    ax.set(xlabel="week", ylabel=f"{SERIES[series]}{' a week' if series == 'sales' else ''}")
    ax.set_title(title, color=darker(colour))
    return ax


@styled
def predictive(calibration: Calibration) -> Figure:
    """Return the four weekly series: the data (points) over what the fit predicts (bands)."""
    figure = Figure(figsize=(10, 6.6), dpi=130, layout="constrained")
    for ax, series in zip(figure.subplots(2, 2).flat, SERIES, strict=True):
        band(calibration, series, ax=ax)
    inside, n = calibration.inside
    level = f"{100 * calibration.confidence:g} %"
    said = f"{inside} of {n} observed values lie in the {level} band of what the fit predicts"
    legend = f"points: observed; line and band: median and {level} of worlds made by the fit"
    _headline(figure, said, legend, 10)
    return figure


def _pair(ax: Any, calibration: Calibration, j: int, i: int, truth: dict[str, float]) -> None:
    """Draw the draws of two parameters against each other; the area of a dot is its weight."""
    fit, spreads = calibration.fit, calibration.prior.spreads
    shown = np.linspace(0, len(fit.units) - 1, min(400, len(fit.units))).astype(int)
    size = 14 * fit.weights[shown] / fit.weights[shown].mean()
    ax.scatter(fit.units[shown, j], fit.units[shown, i], s=size, color=DRAWS, alpha=0.45, lw=0)
    if all(s.name in truth for s in (spreads[i], spreads[j])):
        at = (place_of(s, truth[s.name]) for s in (spreads[j], spreads[i]))
        ax.plot(*at, "+", color=TRUTH, ms=14, mew=2.5)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel=_label(spreads[j]), ylabel=_label(spreads[i]))
    _ticks(ax, "x", spreads[j])
    _ticks(ax, "y", spreads[i])


def _ticks(ax: Any, axis: str, spread: Spread) -> None:
    """Write the values of a parameter at the ends and the middle of its prior."""
    places = np.array([0.0, 0.5, 1.0])
    labels = [f"{value:.3g}" for value in spread.at(places)]
    ax.set(**{f"{axis}ticks": places, f"{axis}ticklabels": labels})
    if axis == "x":  # the outer labels stay within the panel
        for text, side in zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True):
            text.set_ha(side)


def _label(spread: Spread) -> str:
    return f"{spread.name} (log scale)" if spread.kind == "loguniform" else spread.name


def _share(calibration: Calibration, name: Any) -> str:
    return f"{100 * max(0.0, calibration.table.loc[name, 'narrower']):.0f} %"


def _headline(figure: Figure, said: str, legend: str, width: float) -> None:
    """Write the finding in bold, and under it what the marks mean."""
    title = textwrap.fill(said, int(7.6 * width))
    figure.suptitle(title, fontsize=14, fontweight="bold", x=0.01, ha="left")
    figure.supxlabel(textwrap.fill(legend, int(10.5 * width)), fontsize=11, x=0.01, ha="left")


@files_of.register
def _files(result: Calibration) -> Writers:
    return {
        "posterior.parquet": to_parquet(result.posterior),
        "predictive.parquet": to_parquet(result.predictive),
        "calibration.json": to_json(result.to_dict()),
        "posterior.png": to_png(lambda: posterior(result)),
        "predictive.png": to_png(lambda: predictive(result)),
    }
