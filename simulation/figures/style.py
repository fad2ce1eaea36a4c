"""How every figure looks: colours, lines, markers, style; what all of them are drawn with.

Colours are fixed, one for each stage and strategy, and can be told apart by colour-blind people;
markers, line styles or labels say the same once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import matplotlib as mpl
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: From light to dark as the connection grows, so that they also print in grey.
STAGE_COLOURS = {
    "stranger": "#B4B4B4",
    "follower": "#DD8F06",
    "subscriber": "#14808A",
    "member": "#4A1A6B",
}

#: The palette of Okabe and Ito (2008); a strategy of another name takes the next of FREE_COLOURS.
STRATEGY_COLOURS = {
    "posting_only": "#E69F00",
    "community_building": "#0072B2",
    "audience_building": "#009E73",
    "advertising": "#CC79A7",
    "balanced": "#56B4E9",
    "deal_driven": "#D55E00",
    "service_first": "#8855FF",
    "do_nothing": "#4A4A4A",
}
FREE_COLOURS = ("#000000", "#5B3A8E", "#7A3B12", "#3F6F6A", "#B5325C", "#6B8E23")
_MARKERS = "osD^vPX*<>hp"
STAGE_LINES = dict(zip(STAGE_COLOURS, (":", "-.", "--", "-"), strict=True))
_LINES: tuple[Any, ...] = ("--", "-", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 2)))

STYLE: Any = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 12,
    "savefig.bbox": None,
    "text.parse_math": False,
}
INK = "#333333"
Drawing = TypeVar("Drawing", bound=Callable[..., Any])


class Look(NamedTuple):
    """How a strategy is drawn."""

    colour: str
    line: Any
    marker: str


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Return colour, line and marker of every strategy: fixed for the known ones.

    Others take the free colours in the order given, whatever known strategies stand between.
    """
    known = list(STRATEGY_COLOURS)
    found: dict[str, Look] = {}
    for name in names:
        if name in STRATEGY_COLOURS:
            i, colour = known.index(name), STRATEGY_COLOURS[name]
        else:
            j = sum(other not in STRATEGY_COLOURS for other in found)
            i, colour = len(known) + j, FREE_COLOURS[j % len(FREE_COLOURS)]
        found[name] = Look(colour, _LINES[i % len(_LINES)], _MARKERS[i % len(_MARKERS)])
    return found


def shown(name: str) -> str:
    """Return the name of a strategy as figures write it: long ones are cut."""
    return name if len(name) <= 20 else name[:19] + "…"


def styled(figure: Drawing) -> Drawing:
    """Draw in our style and leave the rcParams of the session alone."""

    @wraps(figure)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        with mpl.rc_context(STYLE):
            return figure(*args, **kwargs)

    return cast(Drawing, drawn)


def new_axes(ax: Axes | None, width: float = 9.0, height: float = 5.0) -> Axes:
    """Return the axes given, or those of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def darker(colour: str) -> tuple[float, ...]:
    """Return the colour dark enough to be read as text on white."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    return tuple(rgb * min(1.0, 0.45 / max(1e-9, float(rgb @ [0.299, 0.587, 0.114]))))
