"""What varied as an axis of a figure: numbers, plain or logarithmic, or names, in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.sweeps.settings import declared
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Axes with more values than this are never drawn as cells or steps.
MOST_VALUES = 60
#: Values as far apart as this, and more even in their logarithms, get a logarithmic axis.
LOG_RATIO = 4.0
#: So much of every combination has to be there for a figure in cells.
ENOUGH_CELLS = 0.75


#: More ticks than this would be written over each other.
FEW_TICKS = 6


class Axis(NamedTuple):
    """One thing that varied.

    Attributes
    ----------
    values : array
        The different values, in order.
    numeric : bool
        Whether they are numbers (true and false are names).
    log : bool
        Whether they are spread so that a logarithmic axis shows them evenly.
    """

    name: str
    values: np.ndarray
    numeric: bool
    log: bool

    @property
    def label(self) -> str:
        """Name, unit and meaning."""
        field = declared(self.name, "figure")
        unit = (field.json_schema_extra or {}).get("unit", "-")
        text = self.name if unit in ("-", "") else f"{self.name} [{unit}]"
        return f"{text}: {field.description}" if field.description else text

    def texts(self) -> list[str]:
        """Return the values as they are written."""
        return [value_text(value) for value in self.values]

    def at(self, column: Any) -> np.ndarray:
        """Return where values lie: numbers at themselves, names at 0, 1, 2 ..."""
        if self.numeric:
            return np.asarray(column, float)
        places = {str(value): i for i, value in enumerate(self.values)}
        return np.array([places[str(value)] for value in column], float)


def axis_of(table: pd.DataFrame, name: str) -> Axis:
    """Return the axis of a column; raise InputError when all its values are the same."""
    import pandas as pd

    column = table[name].dropna()
    values = np.array(sorted(column.unique()), dtype=object)
    if values.size < 2:
        raise InputError(f"{name} has one value only in this sweep: it cannot be an axis")
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return Axis(name, values, bool(numeric), bool(numeric) and spread_by_factors(values))


def spread_by_factors(values: Any) -> bool:
    """Return whether positive numbers are spread more evenly in their logarithms."""
    x = np.unique(np.asarray(values, float))
    if x.size < 3 or x[0] <= 0 or x[-1] / x[0] < LOG_RATIO:
        return False
    even = np.linspace(0, 1, x.size)

    def uneven(y: np.ndarray) -> float:
        return float(np.abs((y - y[0]) / (y[-1] - y[0]) - even).max())

    return uneven(np.log(x)) < uneven(x)


def value_text(value: Any, most: int = 14) -> str:
    """Return a value as a figure writes it: 0.005, 2,000, true, a name (cut when long)."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float, np.number)):
        x = float(value)
        return f"{int(x):,}" if abs(x) >= 1000 and x.is_integer() else f"{x:.3g}"
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def in_cells(settings: pd.DataFrame, x: Axis, y: Axis) -> bool:
    """Return whether (nearly) every combination of two axes is there, so that cells show all."""
    if max(x.values.size, y.values.size) > MOST_VALUES:
        return False
    pairs = settings.drop_duplicates([x.name, y.name])
    return len(pairs) >= ENOUGH_CELLS * x.values.size * y.values.size


def is_grid(settings: pd.DataFrame, names: list[str]) -> bool:
    """Return whether the settings are (nearly) every combination of what varied."""
    combinations = float(np.prod([float(settings[name].nunique()) for name in names]))
    return len(settings) >= ENOUGH_CELLS * combinations


def name_axis(ax: Axes, which: str, axis: Axis, width: int, *, cells: bool = False) -> None:
    """Label an axis ("x" or "y") and give it its scale and ticks."""
    getattr(ax, f"set_{which}label")(textwrap.fill(axis.label, width))
    ticks = getattr(ax, f"set_{which}ticks")
    if cells or not axis.numeric:
        texts = axis.texts()
        step = -(-len(texts) // (10 if which == "x" else 16))
        places = range(0, len(texts), step)
        ticks(list(places), [texts[i] for i in places])
        longest = max(len(texts[i]) for i in places)
        if which == "x" and longest * len(places) > 50:
            ax.tick_params(axis="x", labelrotation=40)
    elif axis.log:
        getattr(ax, f"set_{which}scale")("log")
        _log_ticks(ax, which, axis)
    elif axis.values.size <= FEW_TICKS:
        ticks([float(v) for v in axis.values], axis.texts())
    else:
        getattr(ax, f"{which}axis").get_major_locator().set_params(nbins=FEW_TICKS - 1)


def _log_ticks(ax: Axes, which: str, axis: Axis) -> None:
    """Write plain numbers at 1, 2, 5 of each power of ten, or at few values themselves."""
    from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

    line = getattr(ax, f"{which}axis")
    wide = float(axis.values[-1]) / float(axis.values[0]) > 300
    few = axis.values.size <= 8
    line.set_major_locator(
        FixedLocator([float(v) for v in axis.values])
        if few
        else LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0))
    )
    line.set_major_formatter(lambda value, _: value_text(value))
    line.set_minor_formatter(NullFormatter())
