"""A picture of convergence: estimate and interval as worlds are added, and where it was enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.figures import looks, new_axes, shown, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulation.sweeps.precision import Precise


@styled
def convergence(result: Precise, *, ax: Axes | None = None) -> Axes:
    """Draw the mean difference and its interval after every world, looks marked, with the aim.

    The lines run over the worlds in the order of their numbers; the shaded band is the aim around
    the last mean; a ring marks every look, a filled one the last.
    """
    from scipy.stats import t

    ax = new_axes(ax, 10, 5.6)
    c = result.comparison
    styles, heights = looks(c.names), []
    for name in c.names[1:]:
        values = c.differences[name].dropna().to_numpy()
        n = np.arange(2, values.size + 1)
        mean = np.cumsum(values)[1:] / n
        variance = (np.cumsum(values**2)[1:] - n * mean**2) / (n - 1)
        half = t.ppf(0.5 + c.confidence / 2, n - 1) * np.sqrt(np.maximum(variance, 0) / n)
        colour = styles[name].colour
        ax.fill_between(n, mean - half, mean + half, color=colour, alpha=0.18, linewidth=0)
        ax.plot(
            n, mean, color=colour, linewidth=2, label=f"{shown(name)} minus {shown(c.names[0])}"
        )
        rows = result.history[result.history["strategy"] == name]
        ax.plot(rows["n_worlds"], rows["difference"], "o", color=colour, markerfacecolor="white")
        last = rows.iloc[-1]
        ax.plot([last["n_worlds"]], [last["difference"]], "o", color=colour)
        for side in (-1, 1):
            ax.axhline(last["difference"] + side * last["aim"] / 2, color=colour, linewidth=1,
                       linestyle=(0, (4, 3)))  # fmt: skip
        heights.append(_heights(mean, half, last["difference"], last["aim"]))
    ax.axhline(0, color="#222222", linewidth=0.8)
    ax.set_ylim(min(low for low, _ in heights), max(high for _, high in heights))
    ax.set_xscale("log")
    ticks = sorted(set(result.history["n_worlds"]))
    ax.set_xticks(ticks, [f"{n:,}" for n in ticks])
    ax.minorticks_off()
    ax.set_xlim(max(2, ticks[0] / 4), ticks[-1] * 1.1)
    ax.set_xlabel("worlds (rings: looks)")
    ax.set_ylabel(f"difference [{c.scalar.unit}]")
    level = f"{100 * c.confidence:g} %"
    ended = "are enough" if result.reached else "are not enough"
    ax.set_title(f"{result.n_worlds:,} worlds {ended}", loc="left", pad=24)
    ax.text(0, 1.02, f"{c.scalar.label}, {c.scenario.name}; band: Student's {level} interval; "
            "dashes: the width asked for", transform=ax.transAxes, va="bottom", fontsize="small",
            color="#444444")  # fmt: skip
    ax.legend(loc="upper right", frameon=False)
    return ax


def _heights(mean: np.ndarray, half: np.ndarray, last: float, aim: float) -> tuple[float, float]:
    """Return heights between which the band from ten worlds on and the aim are both seen."""
    late = slice(min(8, mean.size - 1), None)
    low = min(float((mean - half)[late].min()), last - aim)
    high = max(float((mean + half)[late].max()), last + aim)
    room = 0.06 * (high - low)
    return low - room, high + room
