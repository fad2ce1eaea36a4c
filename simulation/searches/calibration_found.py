"""What a calibration found: draws, table and sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.statistics import digits_for, number_text
from simulation.searches.calibration_candidates import Prior
from simulation.searches.calibration_fitting import Fit, quantiles
from simulation.searches.calibration_observed import Observed
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain, versions

if TYPE_CHECKING:
    import pandas as pd

#: An interval narrower than the prior by less than this share: the data say little.
LITTLE = 0.1
#: More than this share of the draws within a hundredth of an end of the prior: they pile up there.
PILED_UP = 0.25


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Shown):
    """Parameters fitted to an observed weekly funnel.

    Attributes
    ----------
    fit : Fit
        Weighted draws in the unit cube of the prior. `posterior` has them as values.
    predictive : DataFrame
        One row an observed or unobserved week and series: series, week, observed, low, median,
        high (of worlds simulated from the draws, at `confidence`).
    explained : array
        Of each parameter's prior variance the share the summaries predict (`Summaries`).
    n_simulations : int
        Runs simulated in all.
    """

    method: str
    scenario: Scenario
    strategy: Strategy
    observed: Observed
    prior: Prior
    fit: Fit
    predictive: pd.DataFrame
    explained: np.ndarray
    confidence: float
    seed: int
    n_simulations: int

    @cached_property
    def posterior(self) -> pd.DataFrame:
        """One row a draw: a column for each parameter, then `weight` (they sum to 1).

        Under "abc" draws of the approximate posterior; under "point" draws of the rough
        uncertainty of `fit_point`, which is no posterior.
        """
        import pandas as pd

        return pd.DataFrame({**self.prior.at(self.fit.units), "weight": self.fit.weights})

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a parameter (the index).

        Columns: prior (uniform or loguniform), prior_low, prior_high; estimate (the median of the
        draws; under "point" the best point); low, high (the central interval); narrower (1 - the
        interval's width over that of the prior, on the scale on which the prior is uniform);
        explained (`Summaries`).
        """
        import pandas as pd

        ends = self._ends()
        low, middle, high = (self.prior.one(row) for row in (ends[0], self._best(), ends[2]))
        rows = []
        for j, spread in enumerate(self.prior.spreads):
            rows.append(
                {
                    "prior": spread.kind,
                    "prior_low": spread.numbers["low"],
                    "prior_high": spread.numbers["high"],
                    "estimate": middle[spread.name],
                    "low": low[spread.name],
                    "high": high[spread.name],
                    "narrower": 1 - (ends[2, j] - ends[0, j]) / self.confidence,
                    "explained": self.explained[j],
                }
            )
        return pd.DataFrame(rows, pd.Index(self.prior.names, name="parameter"))

    def _ends(self) -> np.ndarray:
        """Return low end, median and high end of the draws, shape (3, parameters)."""
        tail = (1 - self.confidence) / 2
        return quantiles(self.fit.units, self.fit.weights, [tail, 0.5, 1 - tail])

    def _best(self) -> np.ndarray:
        return self._ends()[1] if self.fit.best is None else self.fit.best

    @property
    def fitted(self) -> Scenario:
        """The scenario with every fitted parameter at its estimate."""
        return self.scenario.replace(**self.prior.one(self._best()))

    @property
    def at_ends(self) -> list[str]:
        """The parameters whose draws pile up at an end of the prior: their intervals mean nothing.

        It happens when the data ask for a value beyond the prior; `calibrate` cannot go there.
        """
        near = np.abs(self.fit.units - 0.5) > 0.49
        share = self.fit.weights @ near
        return [n for n, piled in zip(self.prior.names, share > PILED_UP, strict=True) if piled]

    @property
    def inside(self) -> tuple[int, int]:
        """How many observed values lie in their predictive band, and how many there are."""
        seen = self.predictive.dropna(subset="observed")
        return int(seen["observed"].between(seen["low"], seen["high"]).sum()), len(seen)

    @property
    def sentence(self) -> str:
        """The fit in plain words: every parameter, and whether the data look like it."""
        level = f"{100 * self.confidence:g} %"
        kind = "interval" if self.method == "abc" else "rough interval"
        parts = []
        for name, row in self.table.iterrows():
            text = _texts(row)
            said = f"{name} is {text[0]}, {level} {kind} {text[1]} to {text[2]}"
            if name in self.at_ends:
                said += " (at an end of its prior: it may lie beyond, give a wider range)"
            elif row["narrower"] < LITTLE:
                said += " (hardly narrower than the prior: these data do not tell)"
            else:
                said += f" ({100 * row['narrower']:.0f} % narrower than the prior)"
            parts.append(said)
        inside, n = self.inside
        fits = f"{inside} of {n} observed values lie in the {level} band of what it predicts"
        if inside < n / 2:
            fits += ": the model does not look like these data"
        return "; ".join([*parts, fits])

    def _says(self) -> tuple[str, str]:
        how = f"{self.method}, {self.n_simulations:,} simulations, seed {self.seed}"
        return f"{self.scenario.name}, {self.strategy.name}, {how}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        columns = ["parameter", "estimate", "low", "high", "prior_low", "prior_high", "narrower"]
        return self.table.reset_index()[columns]

    def to_dict(self) -> dict[str, Any]:
        """Return what was fitted to what, and what came out, ready for JSON."""
        return plain(
            {
                "sentence": self.sentence,
                "scenario": self.scenario.name,
                "strategy": self.strategy.model_dump(),
                "data": Path(self.observed.source).name,
                "method": self.method,
                "confidence": self.confidence,
                "seed": str(self.seed),
                "n_simulations": self.n_simulations,
                "distance": self.fit.distance,
                "generations": self.fit.generations,
                "table": self.table.reset_index().to_dict("records"),
                "at_an_end_of_the_prior": self.at_ends,
                "inside_band": dict(zip(("inside", "observed"), self.inside, strict=True)),
                "parameters": self.scenario.flat(),
                "versions": versions(),
            }
        )


def _texts(row: Any) -> list[str]:
    """Return estimate, low and high of a row of the table, with the decimals that show them."""
    digits = digits_for(row["high"] - row["low"], min(abs(row["low"]), abs(row["high"])))
    return [number_text(row[name], digits) for name in ("estimate", "low", "high")]
