"""What was found by adding worlds: the looks, the last of them, and the sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.runs.comparison import Comparison
from simulation.runs.statistics import digits_for, number_text
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.shown import Shown
from simulation.tools.stamp import seed_text, versions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Precise(Shown):
    """Worlds lived until an interval was narrow enough.

    Attributes
    ----------
    comparison : Comparison
        Of all worlds lived; the same as ``compare(..., replications=n)``.
    history : DataFrame
        One row a look and strategy: n_worlds, n_pairs (worlds that have a value under both),
        strategy, difference, low, high (the interval of ``comparison.table``), width, aim (the
        width asked for).
    reached : bool
        Whether the aim was reached within `most` worlds.
    """

    comparison: Comparison
    history: pd.DataFrame
    reached: bool
    start: int
    most: int
    width: float | None
    relative: float | None

    def last(self, strategy: str | None = None) -> dict[str, Any]:
        """Return the last look at a strategy; of the one furthest from its aim unless told."""
        rows: list[Any] = self.history[self.history["n_worlds"] == self.n_worlds].to_dict("records")
        rows = [row for row in rows if strategy in (None, row["strategy"])]
        if not rows:
            names = self.comparison.names[1:]
            raise InputError(f'unknown strategy "{strategy}"{did_you_mean(str(strategy), names)}')
        return max(rows, key=shortfall)

    @property
    def sentence(self) -> str:
        """The sentence for a methods section."""
        c, row = self.comparison, self.last()
        unit = "" if c.scalar.unit == "0-1" else c.scalar.unit
        looks = self.history["n_worlds"].nunique()
        together = f"{looks} look{'s' if looks > 1 else ''}"
        rule = (
            f"half of it is at most {100 * self.relative:g} % of the mean"
            if self.relative is not None
            else f"its width{f', in {unit},' if unit else ''} is at most {self.width:,g}"
        )
        which = "" if len(c.names) == 2 else ", for every strategy"
        ended = (
            f"was reached, at look {looks}"
            if self.reached
            else f"was not reached within {self.most:,} replications ({together})"
        )
        return (
            f"Strategies were compared by paired differences in {c.scalar.label} over "
            f"{self.n_worlds:,} replications (seed {seed_text(c.seed)}, replications 0 to "
            f"{self.n_worlds - 1:,}; the same people and luck under every strategy). Replications "
            f"were added by half, from {self.start:,}, until Student's {100 * c.confidence:g} % "
            f"interval of the mean met the rule that {rule}{which}; this {ended}: "
            f"{row['strategy']} minus {c.names[0]}, {_said(row, unit, c.confidence)}. The interval "
            f"is not adjusted for the looks (Continuum {versions()['continuum-brand']})."
        )

    @property
    def n_worlds(self) -> int:
        """Number of worlds lived."""
        return self.comparison.replications

    def _says(self) -> tuple[str, str]:
        c, row = self.comparison, self.last()
        unit = "" if c.scalar.unit == "0-1" else c.scalar.unit
        found = f"{row['strategy']} minus {c.names[0]}, {_said(row, unit, c.confidence)}"
        ended = "precise enough" if self.reached else "not precise enough"
        where = f"{c.scenario.name}, {self.n_worlds:,} worlds, seed {seed_text(c.seed)}"
        return where, f"{ended}: {c.outcome}, {found}"

    def _tabled(self) -> pd.DataFrame:
        columns = ["n_worlds", "strategy", "difference", "low", "high", "width", "aim"]
        return self.history[columns].iloc[::-1]  # the last look first

    def to_dict(self) -> dict[str, Any]:
        """Return looks and result, ready for JSON."""
        return {"sentence": self.sentence, "reached": self.reached, "start": self.start,
                "most": self.most, "width": self.width, "relative": self.relative,
                "looks": self.history.to_dict("records"),
                "comparison": self.comparison.to_dict()}  # fmt: skip


def _said(row: dict[str, Any], unit: str, confidence: float) -> str:
    """Return a look in words: the mean difference, its interval, and what they leave open."""
    n, width = row["n_pairs"], row["width"]
    after = f"{unit and ' '}{unit}"
    if n < row["n_worlds"]:
        after += f" in the {n:,} worlds that have a value under both"
    if n < 2:
        return f"no difference can be told: {n} of the worlds have a value under both"
    digits = digits_for(width, abs(row["difference"]))
    mean, low, high = (number_text(row[part], digits) for part in ("difference", "low", "high"))
    if width > 0:
        return f"{mean} ({low} to {high}, width {number_text(width, width_digits(row))}){after}"
    rare = 1 - (1 - confidence) ** (1 / n)
    return (
        f"{mean}{after}, the same in all {n:,}, which leaves open "
        f"({100 * confidence:g} %) that up to {100 * rare:.2g} % of worlds differ"
    )


def width_digits(row: dict[str, Any]) -> int:
    """Return the decimals that show the width of a look, and that it is not the one asked for."""
    width, aim = row["width"], row["aim"]
    digits = digits_for(width, aim) + 1
    while width != aim and round(width, digits) == round(aim, digits) and digits < 9:
        digits += 1
    return digits


def shortfall(row: dict[str, Any]) -> float:
    """Return how many times too wide the interval of a look is; up to 1 it is narrow enough."""
    if math.isnan(row["width"]):
        return math.inf
    if row["aim"] > 0:
        return row["width"] / row["aim"]
    return math.inf if row["width"] > 0 else 0.0
