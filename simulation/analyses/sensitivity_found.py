"""What a sensitivity analysis found: indices, parts of the variance, and the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses.sensitivity_indices import FEWEST_WORLDS, PARTS
from simulation.core.outcomes import Scalar
from simulation.runs.statistics import digits_for, number_text
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain

if TYPE_CHECKING:
    import pandas as pd

#: The index of each method that says how much a parameter matters in all.
LEADING = {"sobol": "total", "morris": "mu_star"}


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Shown):
    """What `sensitivity` found.

    Attributes
    ----------
    method, names, outcome, strategy, against, confidence, n_worlds, n_settings
        What was analysed; `outcome` with its unit and label.
    table : DataFrame
        One row an index: parameter, other (the second parameter of "second", else ""), index,
        value (freed of luck; mu_star is not, hold it against noise), low and high (the interval,
        over settings and worlds; nan with too few worlds, see `fewest`), noise (how large it would
        typically be by luck alone: the standard error over worlds; of mu_star and sigma, which are
        never below 0, what pure luck shows), clear (told from noise: an interval without 0, mu_star
        above what pure luck seldom passes; of 20 parameters without any effect one may be, by
        accident), n_worlds, with_luck (what SALib says of the mean over worlds). nan: not known.
    variance : DataFrame
        One row a part (the index): parameters, luck (the same in all settings: a lucky world),
        luck x parameters (luck that differs between settings; with one run of each setting in each
        world it holds all the rest). Columns: variance [unit of the outcome, squared; unbiased, so
        that it may fall below 0], share of the variance of one run, and its interval low .. high.
    unmoved : list of str
        Parameters with which the outcome (or difference) never changed, in any setting and world.
    """

    method: str
    names: list[str]
    outcome: Scalar
    strategy: str
    against: str | None
    confidence: float
    n_worlds: int
    n_settings: int
    table: pd.DataFrame
    variance: pd.DataFrame
    unmoved: list[str]

    def of(self, index: str) -> pd.DataFrame:
        """Return the rows of one index."""
        return self.table[self.table["index"] == index]

    @property
    def leading(self) -> pd.DataFrame:
        """The rows of total or mu_star, the largest first."""
        rows = self.of(LEADING[self.method])
        return rows.sort_values("value", ascending=False, kind="stable", na_position="last")

    @property
    def subject(self) -> str:
        """What was analysed, in words."""
        if self.against is None:
            return f"{self.outcome.name} under {self.strategy}"
        return f"difference in {self.outcome.name}, {self.strategy} minus {self.against}"

    @property
    def worlds(self) -> str:
        """In how many worlds, in words."""
        return f"{self.n_worlds:,} world{'s' if self.n_worlds != 1 else ''}"

    @property
    def fewest(self) -> int:
        """Fewer worlds than this cannot tell parameters from luck."""
        return FEWEST_WORLDS if self.method == "sobol" else 2

    @property
    def headline(self) -> str:
        """What was found in a few words."""
        rows = self.leading
        clear = rows[rows["clear"]]
        if self.n_worlds < self.fewest:
            return f"{self.worlds}: too few to tell parameters from luck"
        if clear.empty:
            return f"no parameter is told from noise in {self.worlds}"
        largest = clear["parameter"].iloc[0]
        return f"{len(clear)} of {len(rows)} parameters told from noise, the largest: {largest}"

    @property
    def sentence(self) -> str:
        """The result in one plain sentence."""
        said = [self._whence(), self._largest()]
        clear = self.leading.loc[self.leading["clear"], "parameter"].tolist()
        nothing = self.unmoved
        unclear = [name for name in self.names if name not in [*clear, *nothing]]
        if self.n_worlds < self.fewest:
            said.append(
                f"{self.worlds} cannot tell parameters from luck: at least {self.fewest} "
                "replications are wanted, better 10"
            )
        elif not clear:
            said.append(f"no parameter can be told from noise in {self.worlds}")
        elif unclear:
            said.append(f"not told from noise in {self.worlds}: {', '.join(unclear)}")
        elif not nothing:
            said.append(f"all are told from noise in {self.worlds}")
        if nothing and len(nothing) < len(self.names):
            said.append(f"it never changes with {', '.join(nothing)}")
        return f"{self.subject}: " + "; ".join(text for text in said if text)

    def _whence(self) -> str:
        """Say how much of the variance is the parameters'."""
        if not (self.variance["variance"].fillna(0) > 0).any():
            return "the same in all settings and worlds"
        row = self.variance.loc[PARTS[0]]
        if not np.isfinite(row["low"]):
            return ""
        level = f"{100 * self.confidence:g} % interval"
        return (
            f"{100 * row['share']:.0f} % of the variance between runs is the parameters' ({level} "
            f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %), the rest luck"
        )

    def _largest(self) -> str:
        """Name the largest index, with its interval."""
        row = self.leading.iloc[0]
        if not row["value"] > 0:
            return ""
        value, low, high = row["value"], row["low"], row["high"]
        known = np.isfinite(high)
        digits = digits_for(high - low, min(abs(low), value)) if known else digits_for(value, value)
        what = f"largest {row['index']} index: " if self.method == "sobol" else "largest mu_star: "
        unit = "" if self.method == "sobol" else f" {self.outcome.unit}"
        text = f"{what}{row['parameter']} {number_text(value, digits)}{unit}"
        if not known:
            return text
        between = f"{number_text(low, digits)} to {number_text(high, digits)}"
        return f"{text} ({100 * self.confidence:g} % interval {between})"

    def _says(self) -> tuple[str, str]:
        return f"{self.method}, {self.n_settings:,} settings in {self.worlds}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        return self.leading[["parameter", "index", "value", "low", "high", "clear"]]

    def to_dict(self) -> dict[str, Any]:
        """Return what was analysed and found, ready for JSON (nan becomes None)."""
        return plain(
            {
                "sentence": self.sentence,
                "method": self.method,
                "outcome": self.outcome._asdict(),
                "strategy": self.strategy,
                "against": self.against,
                "confidence": self.confidence,
                "n_worlds": self.n_worlds,
                "n_settings": self.n_settings,
                "table": self.table.to_dict("records"),
                "variance": self.variance.reset_index().to_dict("records"),
                "unmoved": self.unmoved,
            }
        )
