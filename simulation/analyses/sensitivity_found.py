"""What a sensitivity analysis found: indices, parts of the variance, and the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses.sensitivity_indices import FEWEST_WORLDS, PARTS
from simulation.analyses.sensitivity_where import Where
from simulation.core.outcomes import Scalar
from simulation.runs.statistics import digits_for, number_text
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain

if TYPE_CHECKING:
    import pandas as pd

#: The index of each method that says how much a parameter matters in all.
LEADING = {"sobol": "total", "morris": "mu_star", "lhs": "pawn", "list": "pawn", "grid": "pawn"}
#: What is done with a sample of each kind.
RANKS = "PAWN, rank and partial rank correlation (Sobol and Morris need designs of their own)"
DONE = {
    "sobol": "a Sobol design: first and total indices, luck taken out",
    "morris": "Morris' trajectories: elementary effects, luck kept apart",
    "lhs": f"a Latin hypercube: {RANKS}; intervals over settings and worlds",
    "list": f"a list of settings: {RANKS}; intervals over settings and worlds",
    "grid": f"a grid: {RANKS}; it has all its settings, intervals are over worlds",
}


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Shown):
    """What `sensitivity` found.

    Attributes
    ----------
    method, names, outcome, strategy, against, confidence, n_worlds, n_settings
        What was analysed; `method` is that of the design, `outcome` with its unit and label.
    table : DataFrame
        One row an index: parameter, other (the second parameter of "second", else ""), index,
        value (freed of luck; mu_star is not, hold it against noise), low and high (the interval,
        over settings and worlds; nan with too few worlds, see `fewest`), noise (how large it would
        typically be by luck alone: the standard error over worlds; of mu_star and sigma, which are
        never below 0, what pure luck shows), clear (told from noise: an interval without 0, mu_star
        above what pure luck seldom passes; of 20 parameters without any effect one may be, by
        accident), n_worlds, with_luck (what SALib says of the mean over worlds; Sobol and Morris).
        nan: not known. Of a sample of another kind the indices are pawn, spearman and partial
        (`sensitivity_pawn`), noise is what a parameter that does nothing would show.
    variance : DataFrame
        One row a part (the index): parameters, luck (the same in all settings: a lucky world),
        luck x parameters (luck that differs between settings; with one run of each setting in each
        world it holds all the rest). Columns: variance [unit of the outcome, squared; unbiased, so
        that it may fall below 0], share of the variance of one run, and its interval low .. high.
    unmoved : list of str
        Parameters with which the outcome (or difference) never changed, in any setting and world.
    where : Where
        Where in the settings the outcome is high and low, or the lead won and lost.
    warning : str
        Why the indices are not to be trusted, "" where nothing speaks against them.
    left_out : str
        Settings without all of their worlds, in words; "" for none.
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
    where: Where
    warning: str = ""
    left_out: str = ""

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
    def done(self) -> str:
        """What was done, in words: it follows from how the sample was made."""
        return DONE[self.method]

    @property
    def sampled(self) -> bool:
        """Whether the indices are those of any sample, not of a design made for its own."""
        return LEADING[self.method] == "pawn"

    @property
    def fewest(self) -> int:
        """Fewer worlds than this cannot tell parameters from luck."""
        return 2 if self.method == "morris" else FEWEST_WORLDS

    @property
    def headline(self) -> str:
        """What was found in a few words."""
        rows = self.leading
        clear = rows[rows["clear"]]
        if self.warning:
            return f"not to be trusted: {self.warning.split(':')[0]}"
        if self.n_worlds < self.fewest and not self.sampled:
            return f"{self.worlds}: too few to tell parameters from luck"
        if clear.empty:
            return f"no parameter is told from noise in {self.worlds}"
        largest = clear["parameter"].iloc[0]
        return f"{len(clear)} of {len(rows)} parameters told from noise, the largest: {largest}"

    @property
    def sentence(self) -> str:
        """The result in one plain sentence."""
        said = [f"beware: {self.warning}" if self.warning else "", self._whence(), self._largest()]
        clear = self.leading.loc[self.leading["clear"], "parameter"].tolist()
        nothing = self.unmoved
        unclear = [name for name in self.names if name not in [*clear, *nothing]]
        few = f"at least {self.fewest} replications are wanted, better 10"
        if self.n_worlds < self.fewest and not self.sampled:
            said.append(f"{self.worlds} cannot tell parameters from luck: {few}")
        elif not clear:
            said.append(f"no parameter can be told from noise in {self.worlds}")
        elif unclear:
            said.append(f"not told from noise in {self.worlds}: {', '.join(unclear)}")
        elif not nothing:
            said.append(f"all are told from noise in {self.worlds}")
        if nothing and len(nothing) < len(self.names):
            said.append(f"it never changes with {', '.join(nothing)}")
        if self.n_worlds < self.fewest and self.sampled:
            said.append(f"luck that all settings share is not known from {self.worlds}: {few}")
        if self.left_out:
            said.append(self.left_out)
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
        unit = f" {self.outcome.unit}" if self.method == "morris" else ""
        name = {"total": "total index", "pawn": "PAWN index"}.get(row["index"], row["index"])
        text = f"largest {name}: {row['parameter']} {number_text(value, digits)}{unit}"
        more = [f"{number_text(row['noise'], digits)} by luck alone"] if self.sampled else []
        if known:
            between = f"{number_text(low, digits)} to {number_text(high, digits)}"
            more.insert(0, f"{100 * self.confidence:g} % interval {between}")
        if self.sampled:
            rank = self.of("spearman").set_index("parameter").loc[row["parameter"], "value"]
            more += [f"rank correlation {rank:+.2f}"] if np.isfinite(rank) else []
        return f"{text} ({', '.join(more)})" if more else text

    def _says(self) -> tuple[str, str]:
        return f"{self.method}, {self.n_settings:,} settings in {self.worlds}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        return self.leading[["parameter", "index", "value", "low", "high", "clear"]]

    def to_dict(self) -> dict[str, Any]:
        """Return what was analysed and found, ready for JSON (nan becomes None)."""
        return plain(
            {
                "sentence": self.sentence,
                "warning": self.warning,
                "method": self.method,
                "done": self.done,
                "outcome": self.outcome._asdict(),
                "strategy": self.strategy,
                "against": self.against,
                "confidence": self.confidence,
                "n_worlds": self.n_worlds,
                "n_settings": self.n_settings,
                "table": self.table.to_dict("records"),
                "variance": self.variance.reset_index().to_dict("records"),
                "unmoved": self.unmoved,
                "left_out": self.left_out,
                "where": self.where.to_dict(),
            }
        )
