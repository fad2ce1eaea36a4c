"""A picture of convergence: estimate and interval as worlds are added, and where it was enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simulation.figures import INK, looks, new_axes, shown, styled
from simulation.runs.statistics import interval_width, number_text
from simulation.searches.precision_found import Precise, shortfall, width_digits
from simulation.tools.files import Writers, files_of, to_json, to_parquet, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes


BAND = "#9A9A9A"


@styled
def convergence(
    result: Precise, *, strategy: str | None = None, ax: Axes | None = None, legend: bool = True
) -> Axes:
    """Draw the mean difference of a strategy and its interval after every world.

    The line runs over the worlds in the order of their numbers, the coloured shade is Student's
    interval, a ring is a look, the filled one the last; the grey band is the width asked for
    around the last mean. Without `strategy` the one furthest from its aim is drawn.
    """
    ax = new_axes(ax, 10, 5.6)
    c, last = result.comparison, result.last(strategy)
    name = last["strategy"]
    colour = looks(c.names)[name].colour
    differences = c.differences[name].dropna()
    ax.set_title(f"{_headline(result, last)}\n", loc="left")
    ax.text(
        0, 1.02, f"{shown(name)} minus {shown(c.names[0])}: {c.scalar.label}, "
        f"{shown(c.scenario.name)}", transform=ax.transAxes, va="bottom", color=INK,
        fontsize=11,
    )  # fmt: skip
    unit = "" if c.scalar.unit == "0-1" else f" [{c.scalar.unit}]"
    ax.set(xlabel="worlds (log scale)", ylabel=f"difference{unit}")
    if len(differences) < 2:
        ax.set(xticks=[], yticks=[])
        ax.text(0.5, 0.5, "no interval: too few worlds have a value", transform=ax.transAxes,
                ha="center")  # fmt: skip
        return ax
    x = differences.index.to_numpy()[1:] + 1  # worlds lived when the value was there
    mean, half = running(differences.to_numpy(float), c.confidence)
    ends = last["difference"] - last["aim"] / 2, last["difference"] + last["aim"] / 2
    asked = ax.axhspan(*ends, color=BAND, alpha=0.3, lw=0, zorder=0.5)
    shade = ax.fill_between(x, mean - half, mean + half, color=colour, alpha=0.25, lw=0)
    (line,) = ax.plot(x, mean, color=colour, lw=2)
    rows = result.history[result.history["strategy"] == name]
    (rings,) = ax.plot(rows["n_worlds"], rows["difference"], "o", color=colour, mfc="white",
                       clip_on=False, zorder=4)  # fmt: skip
    ax.plot([last["n_worlds"]], [last["difference"]], "o", color=colour, clip_on=False, zorder=5)
    ax.axhline(0, color=INK, lw=0.8, zorder=0.8)
    ax.set_ylim(_heights(mean, half, *ends))
    _log_worlds(ax, int(rows["n_worlds"].iloc[0]), result.n_worlds)
    if legend:
        ax.legend(
            [line, shade, rings, asked],
            ["mean", f"Student's {100 * c.confidence:g} % interval", "look (filled: the last)",
             "width asked for"],
            loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=4,
        )  # fmt: skip
    return ax


@styled
def convergences(result: Precise) -> Figure:
    """Draw `convergence` for every strategy but the baseline, one panel each."""
    import matplotlib.pyplot as plt

    names = result.comparison.names[1:]
    figure, axes = plt.subplots(
        len(names), figsize=(10, 1.8 + 3.8 * len(names)), layout="constrained", squeeze=False
    )
    for name, ax in zip(names, axes[:, 0], strict=True):
        convergence(result, strategy=name, ax=ax, legend=name == names[-1])
    return figure


def running(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and half Student's interval of the first 2, 3, .. n values; shape (n - 1,)."""
    n = np.arange(2, values.size + 1)
    middle = values.mean()  # taken off first: squares of large numbers would lose their digits
    mean = np.cumsum(values - middle)[1:] / n
    squares = np.cumsum((values - middle) ** 2)[1:]
    sd = np.sqrt(np.maximum(squares - n * mean**2, 0) / (n - 1))
    return mean + middle, interval_width(sd, n, confidence) / 2


def _headline(result: Precise, last: dict) -> str:
    """Return in words whether the interval of a strategy is narrow enough."""
    worlds, width, aim = f"After {last['n_worlds']:,} worlds", last["width"], last["aim"]
    if last["n_pairs"] < 2:
        return f"{worlds} there is no interval"
    if width == 0:
        return f"{worlds} all {last['n_pairs']:,} differences are the same"
    ended = "narrow enough" if shortfall(last) <= 1 else "still too wide"
    if result.relative is not None and last["difference"] != 0:
        share, most = 50 * width / abs(last["difference"]), 100 * result.relative
        digits = width_digits({"width": share, "aim": most})
        return (
            f"{worlds} half the interval is {number_text(share, digits)} % of the mean: {ended} "
            f"({most:g} % asked)"
        )
    unit = "" if result.comparison.scalar.unit == "0-1" else f" {result.comparison.scalar.unit}"
    size = number_text(width, width_digits(last))
    return f"{worlds} the interval is {size}{unit} wide: {ended} ({aim:,g} asked)"


def _heights(mean: np.ndarray, half: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Return heights between which the interval from ten worlds on and the aim are both seen."""
    late = slice(min(8, mean.size - 1), None)
    low = min(float((mean - half)[late].min()), low)
    high = max(float((mean + half)[late].max()), high)
    room = 0.06 * (high - low) or max(1.0, abs(high))
    return low - room, high + room


def _log_worlds(ax: Axes, first: int, last: int) -> None:
    """Make a log axis of worlds from a little before the first look, marked at 1, 2 and 5."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_xscale("log")
    ax.set_xlim(max(1.9, first / 4), max(2.2, last))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


@files_of.register
def _files(result: Precise) -> Writers:
    return {
        "precision.json": to_json(result.to_dict()),
        "runs.parquet": to_parquet(result.comparison.runs),
        "convergence.png": to_png(lambda: convergences(result)),
    }
