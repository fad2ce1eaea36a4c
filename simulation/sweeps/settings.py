"""The settings of a sweep: a plain table, one row a setting, a column for everything that varies.

What varies is a parameter of the world or a lever of the strategies, by its name. A grid is every
combination of listed values and is never written out; all other methods make a `Table`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.inputs.declare import allowed, as_declared, field_bounds
from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES, Phase, Strategy
from simulation.inputs.ties import check_tie, is_tie
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.values import bare, listed

if TYPE_CHECKING:
    import pandas as pd

#: What may vary in a strategy: the shares of effort and the offers of its one phase, and the rest.
LEVERS = (*ACTIVITIES, "days_between_offers", "offer_depth", "ask_reviews")
DISTRIBUTIONS = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "triangular": ("low", "mode", "high"),
    "values": ("values",),
}


def declared(name: str, where: str) -> Any:
    """Return the declaration of a parameter or lever; raise InputError for an unknown name."""
    if name in parameters():
        return parameters()[name]
    if name in LEVERS:
        return Phase.model_fields.get(name) or Strategy.model_fields[name]
    near = did_you_mean(name, [*parameters(), *LEVERS])
    raise InputError(f'{where}: unknown parameter or lever "{name}"{near}')


def fields() -> dict[str, Any]:
    """Return the declarations of all that may vary: parameters and levers."""
    return {**parameters(), **{name: declared(name, "levers") for name in LEVERS}}


def checked_tie(name: str, text: str, where: str) -> str:
    """Return a tie as it stands, its arithmetic and names checked; raise InputError else.

    A lever may follow parameters and levers; a parameter follows parameters alone, as the world is
    the same for all strategies.
    """
    known = fields() if name in LEVERS else parameters()
    return check_tie(name, text, known, where).text


def checked(name: str, value: Any, where: str, *, ties: bool = False) -> Any:
    """Return a value as its declaration wants it: type, bounds, no nan; raise InputError else.

    With `ties`, a text for a number is left as it is, when it is a tie.
    """
    wanted = declared(name, where)
    value = as_declared(wanted, value)
    if ties and is_tie(wanted, value):
        return checked_tie(name, value, where)
    kind, bounds = wanted.annotation, field_bounds(wanted)
    good = isinstance(value, kind) if isinstance(kind, type) else isinstance(value, str)
    if kind in (int, float):
        good = good and not isinstance(value, bool) and math.isfinite(value)
        good = good and (bounds is None or bounds[0] <= value <= bounds[1])
    elif not isinstance(kind, type) and hasattr(kind, "__args__"):
        good = value in kind.__args__
    if not good:
        raise InputError(f"{where}: {name} = {shortened(value)} is not allowed: {allowed(wanted)}")
    return value


@dataclass(frozen=True)
class Grid:
    """Every combination of the listed values; the last name varies fastest."""

    axes: Mapping[str, Sequence[Any]]
    method: str = "grid"
    units: None = None

    @property
    def names(self) -> list[str]:
        """What varies."""
        return list(self.axes)

    def __len__(self) -> int:
        return math.prod(len(values) for values in self.axes.values())

    def values(self, setting: int) -> dict[str, Any]:
        """Return one setting."""
        found = {}
        for name, axis in reversed(list(self.axes.items())):
            setting, place = divmod(setting, len(axis))
            found[name] = axis[place]
        return {name: found[name] for name in self.axes}

    def frame(self) -> pd.DataFrame:
        """Return the table of settings, one row a setting (the index, `setting_id`)."""
        import pandas as pd

        rows = [self.values(i) for i in range(len(self))]
        return pd.DataFrame(rows, pd.RangeIndex(len(self), name="setting_id"), self.names)


@dataclass(frozen=True, eq=False)
class Table:
    """Settings written out, a column for everything that varies.

    `units`, shape (settings, names): where each value lies in its distribution, 0 to 1, for the
    methods that sample; None for a list.
    """

    method: str
    columns: Mapping[str, Sequence[Any]]
    units: np.ndarray | None = field(default=None, repr=False)

    @property
    def names(self) -> list[str]:
        """What varies."""
        return list(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def values(self, setting: int) -> dict[str, Any]:
        """Return one setting."""
        return {name: column[setting] for name, column in self.columns.items()}

    def frame(self) -> pd.DataFrame:
        """Return the table of settings, one row a setting (the index, `setting_id`)."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns), pd.RangeIndex(len(self), name="setting_id"))


Settings = Grid | Table


@dataclass(frozen=True)
class Spread:
    """How one parameter varies in a design that samples."""

    name: str
    kind: str
    numbers: Mapping[str, Any]

    def at(self, u: np.ndarray) -> list[Any]:
        """Return the values at the quantiles u (0 to 1), within the bounds, whole where declared.

        A whole parameter under a uniform spread takes every whole number from low to high alike.
        """
        n, field_ = self.numbers, declared(self.name, "design")
        whole = field_.annotation is int
        if self.kind == "values":
            choices = list(n["values"])
            return [choices[min(int(x * len(choices)), len(choices) - 1)] for x in u]
        if self.kind == "uniform" and whole:
            found = np.floor(n["low"] + u * (n["high"] - n["low"] + 1))
            return [int(x) for x in np.minimum(found, n["high"])]
        low, high = self._ends(field_)
        values = np.clip(self._quantiles(u, low, high), low, high)
        return [round(x) for x in values.tolist()] if whole else values.tolist()

    def _ends(self, field_: Any) -> tuple[float, float]:
        bounds = field_bounds(field_) or (-math.inf, math.inf)
        low, high = self.numbers.get("low", bounds[0]), self.numbers.get("high", bounds[1])
        return max(low, bounds[0]), min(high, bounds[1])

    def _quantiles(self, u: np.ndarray, low: float, high: float) -> np.ndarray:
        from scipy import stats

        n = self.numbers
        if self.kind == "uniform":
            return low + u * (high - low)
        if self.kind == "loguniform":
            return low * (high / low) ** u
        if self.kind == "triangular":
            mode = (n["mode"] - low) / (high - low)
            return np.asarray(stats.triang.ppf(u, mode, loc=low, scale=high - low))
        a, b = (low - n["mean"]) / n["sd"], (high - n["mean"]) / n["sd"]
        return np.asarray(stats.truncnorm.ppf(u, a, b, loc=n["mean"], scale=n["sd"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the spread as it stands in a design file."""
        return {"distribution": self.kind, **self.numbers}


def spread_of(name: str, value: Any, where: str) -> Spread:
    """Return how a parameter varies, from what a design file says of it.

    ``[low, high]``: uniform; ``"bounds"`` or an empty table: over the declared bounds;
    ``"likely"``: over the declared range of the evidence; or a table that names a distribution,
    e.g. ``{distribution = "loguniform", low = 0.001, high = 0.1}``. Raises InputError.
    """
    wanted, here = declared(name, where), f"{where}: {name}"
    bounds = field_bounds(wanted)
    value = value if listed(value) is None else listed(value)
    if value in ("bounds", {}, None):
        if bounds is None:
            raise InputError(f"{here} has no bounds to vary over: give it values")
        value = list(bounds)
    elif value == "likely":
        likely = (wanted.json_schema_extra or {}).get("likely")
        if likely is None:
            raise InputError(f"{here} has no likely range in the evidence: give [low, high]")
        value = list(likely)
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise InputError(
                f"{here} = {shortened(value)} is not allowed: [low, high], or a table with a "
                'distribution, or {distribution = "values", values = [...]}'
            )
        value = {"distribution": "uniform", "low": value[0], "high": value[1]}
    if not isinstance(value, Mapping):
        raise InputError(
            f"{here} = {shortened(value)} is not allowed: [low, high], a table with a "
            'distribution, "bounds" or "likely"'
        )
    return _checked_spread(name, dict(value), where)


def _checked_spread(name: str, table: dict[str, Any], where: str) -> Spread:
    """Return the spread a table describes, every number of it checked."""
    here, kind = f"{where}: {name}", str(table.pop("distribution", "uniform"))
    if kind not in DISTRIBUTIONS:
        raise InputError(
            f'{here}: unknown distribution "{kind}"{did_you_mean(kind, DISTRIBUTIONS)}'
        )
    needed, optional = DISTRIBUTIONS[kind], ("low", "high") if kind == "normal" else ()
    missing = [key for key in needed if key not in table]
    unknown = [key for key in table if key not in (*needed, *optional)]
    if missing or unknown:
        names = ", ".join((*needed, *(f"{key} (optional)" for key in optional)))
        raise InputError(f'{here}: distribution "{kind}" takes {names}')
    if kind == "values":
        values = listed(table["values"])
        if not values:
            raise InputError(f"{here}: values is a list of at least one value")
        return Spread(name, kind, {"values": [checked(name, v, where) for v in values]})
    if declared(name, where).annotation not in (int, float):
        raise InputError(f'{here} is not a number: use {{distribution = "values", values = [...]}}')
    numbers = {k: bare(v) if k == "sd" else checked(name, v, where) for k, v in table.items()}
    return _ordered_spread(Spread(name, kind, numbers), here)


def _ordered_spread(spread: Spread, here: str) -> Spread:
    """Return the spread when its numbers go together; raise InputError otherwise."""
    n = spread.numbers
    low, high = n.get("low"), n.get("high")
    if low is not None and high is not None and not low < high:
        raise InputError(f"{here}: low = {low:g} must be below high = {high:g}")
    if spread.kind == "loguniform" and not n["low"] > 0:
        raise InputError(f"{here}: loguniform wants low above 0, not {n['low']:g}")
    if spread.kind == "triangular" and not n["low"] <= n["mode"] <= n["high"]:
        raise InputError(f"{here}: mode = {n['mode']:g} must lie from {low:g} to {high:g}")
    if spread.kind == "normal":
        sd = n["sd"]
        number = isinstance(sd, (int, float)) and not isinstance(sd, bool)
        if not number or not 0 < sd < math.inf:
            raise InputError(f"{here}: sd = {shortened(sd)} is not allowed: a number above 0")
    return spread
