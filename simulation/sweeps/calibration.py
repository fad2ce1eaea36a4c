"""Calibration: which values of chosen parameters could have made an observed weekly funnel?

``calibrate`` draws candidates from the prior, learns from them which numbers of the funnel tell
the parameters (`summaries`), fits these by ABC or by a search (`fitting`), and simulates what the
fit predicts beside the data.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.engine import compile_engine
from simulation.errors import InputError, check_whole, did_you_mean
from simulation.files import check_out_folder, write_all
from simulation.prepare import with_counted_people
from simulation.randomness import analysis_rng, make_key
from simulation.scenario import Scenario
from simulation.stamp import plain, versions
from simulation.statistics import digits_for, number_text
from simulation.strategy import Strategy
from simulation.sweeps.candidates import Candidates, Parameters, Prior, prior_of
from simulation.sweeps.fitting import Fit, fit_abc, fit_point
from simulation.sweeps.observed import SERIES, Observed, read_observed, weeks_of
from simulation.sweeps.optional import need
from simulation.sweeps.sampling import lhs_units
from simulation.sweeps.summaries import Summaries, learn

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["abc", "point"]
METHODS = {"abc": "pyabc", "point": "optuna"}
#: An interval narrower than the prior by less than this share: the data say little.
LITTLE = 0.1
#: More than this share of the draws within a hundredth of an end of the prior: they pile up there.
PILED_UP = 0.25


@dataclass(frozen=True, eq=False)
class Calibration:
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


def calibrate(
    observed: str | Path | Observed,
    scenario: str | Path | Scenario,
    strategy: str | Path | Strategy,
    fitted: Parameters,
    *,
    method: Method = "abc",
    n_particles: int = 150,
    generations: int = 3,
    n_pilot: int = 300,
    budget: int = 40,
    worlds: int = 12,
    n_predictive: int = 200,
    confidence: float = 0.9,
    seed: int = 1,
    same_world: bool = False,
    progress: bool | None = False,
) -> Calibration:
    """Fit parameters to an observed weekly funnel.

    Parameters
    ----------
    observed : path of a CSV file, or Observed
        Followers, subscribers, members, sales by week; any of them, gaps allowed.
    scenario, strategy : name, path of a .toml file, or object
        The world and what the brand did in it; all that is not fitted is taken from here.
    fitted : list of names, or mapping from name to (low, high)
        The parameters and their priors (`prior_of`).
    method : "abc" (posterior, pyABC) or "point" (search, Optuna)
    n_particles, generations : int
        Of "abc". The last generation is the posterior.
    n_pilot : int
        Candidates from the prior, from which the summaries are learned.
    budget, worlds : int
        Of "point": points tried, and the worlds each lives in.
    n_predictive : int
        Worlds simulated from the fit.
    seed : int
        The same seed gives the same fit. Its worlds are those of no `simulate` with this seed.
    same_world : bool
        Give all candidates of "abc" the same luck: wrong, its intervals are too narrow
        (`fitting`); there to show how wrong.
    progress : bool, optional
        Count the runs on stderr; None: only where stderr is a terminal.

    Raises
    ------
    InputError
        One line, before anything is simulated.
    """
    data, candidates = check_calibration(
        observed, scenario, strategy, fitted, method=method, n_particles=n_particles,
        generations=generations, n_pilot=n_pilot, budget=budget, worlds=worlds,
        n_predictive=n_predictive, confidence=confidence, seed=seed,
    )  # fmt: skip
    from tqdm import tqdm

    candidates.same_world = same_world
    need(METHODS[method], f"calibrate --method {method}")
    compile_engine()
    hide = None if progress is None else not progress
    with tqdm(desc="runs", file=sys.stderr, disable=hide, unit="run") as bar:
        candidates.told = bar.update
        values = data.on(weeks_of(candidates.scenario))
        _, pilot_seed, fit_seed, prediction_seed = _seeds(seed)
        summaries, first = _pilot(candidates, values, n_pilot, pilot_seed)
        target = summaries.of(values)
        if method == "abc":
            fit = fit_abc(
                candidates, summaries, target, n_particles=n_particles, generations=generations,
                first_tolerance=first, seed=fit_seed,
            )  # fmt: skip
        else:
            fit = fit_point(
                candidates, summaries, target, budget=budget, worlds=worlds, seed=fit_seed
            )
        candidates.same_world = False
        predictive = _predict(candidates, fit, values, n_predictive, confidence, prediction_seed)
    return Calibration(
        method, candidates.scenario, candidates.strategy, data, candidates.prior, fit, predictive,
        summaries.explained, confidence, seed, candidates.count,
    )  # fmt: skip


def check_calibration(
    observed: Any,
    scenario: Any,
    strategy: Any,
    fitted: Any,
    *,
    method: Any = "abc",
    confidence: Any = 0.9,
    seed: Any = 1,
    **numbers: Any,
) -> tuple[Observed, Candidates]:
    """Check everything `calibrate` is given; nothing is simulated. Raises InputError."""
    if method not in METHODS:
        raise InputError(f'unknown method "{method}"{did_you_mean(str(method), METHODS)}')
    lowest = {"n_particles": 20, "generations": 1, "n_pilot": 50, "budget": 20, "worlds": 4}
    for name, value in numbers.items():
        check_whole(name, value, lowest.get(name, 20), 100 if name == "generations" else 1_000_000)
    number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    if not number or not 0 < confidence < 1:
        raise InputError(
            f"confidence = {confidence!r} is not allowed: a number above 0 and below 1"
        )
    make_key(seed)
    world = with_counted_people(Scenario.load(scenario))
    levers = Strategy.load(strategy)
    prior = prior_of(fitted)
    if method == "point":  # its interval needs some luck to be left over
        check_whole("worlds", numbers.get("worlds", 12), len(prior.spreads) + 3, 1_000_000)
    data = observed if isinstance(observed, Observed) else read_observed(observed)
    data.check(world)
    candidates = Candidates(world, levers, prior, _seeds(seed)[0])
    candidates.check()
    return data, candidates


def _seeds(seed: int) -> list[int]:
    """Return four seeds made of one: worlds (nobody else's), pilot, fit, prediction."""
    return [int(part) for part in analysis_rng(seed).integers(2**63, size=4)]


def _pilot(
    candidates: Candidates, values: np.ndarray, n: int, seed: int
) -> tuple[Summaries, float]:
    """Learn the summaries from the prior; return them and the median distance to the data."""
    units = lhs_units(len(candidates.prior.spreads), n, seed)
    counts = np.stack([candidates(u) for u in units])
    summaries = learn(units, counts, np.isfinite(values))
    away = np.linalg.norm(summaries.of(counts) - summaries.of(values), axis=1)
    return summaries, float(np.median(away))


def _predict(
    candidates: Candidates, fit: Fit, values: np.ndarray, n: int, confidence: float, seed: int
) -> pd.DataFrame:
    """Return bands of the weekly funnel over worlds simulated from the draws of a fit."""
    import pandas as pd

    rng = analysis_rng(seed)
    chosen = rng.choice(len(fit.units), n, p=fit.weights)
    counts = np.stack([candidates(fit.units[i]) for i in chosen])
    tail = (1 - confidence) / 2
    bands = np.quantile(counts, [tail, 0.5, 1 - tail], axis=0)
    frames = [
        pd.DataFrame(
            {
                "series": name,
                "week": np.arange(1, len(values) + 1),
                "observed": values[:, j],
                **dict(zip(("low", "median", "high"), bands[:, :, j], strict=True)),
            }
        )
        for j, name in enumerate(SERIES)
    ]
    return pd.concat(frames, ignore_index=True)


def save_calibration(result: Calibration, folder: str | Path) -> list[Path]:
    """Write posterior.parquet, predictive.parquet, calibration.json, posterior.png, predictive.png.

    All or none. Returns the paths; raises InputError when the folder cannot be written.
    """
    from simulation.sweeps import calibration_figure as figures

    place = check_out_folder(folder)
    text = json.dumps(result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return write_all(
        {
            place / "posterior.parquet": partial(result.posterior.to_parquet, index=False),
            place / "predictive.parquet": partial(result.predictive.to_parquet, index=False),
            place / "calibration.json": partial(Path.write_text, data=text, encoding="utf-8"),
            place / "posterior.png": partial(figures.posterior(result).savefig, format="png"),
            place / "predictive.png": partial(figures.predictive(result).savefig, format="png"),
        }
    )


def quantiles(values: np.ndarray, weights: np.ndarray, at: Any) -> np.ndarray:
    """Return weighted quantiles of every column of `values`: shape (quantiles, columns).

    Linear between the middles of the steps of the weighted distribution.
    """
    found = []
    for column in values.T:
        order = np.argsort(column, kind="stable")
        heights = np.cumsum(weights[order]) - weights[order] / 2
        found.append(np.interp(at, heights / weights.sum(), column[order]))
    return np.array(found).T


def _texts(row: Any) -> list[str]:
    """Return estimate, low and high of a row of the table, with the decimals that show them."""
    digits = digits_for(row["high"] - row["low"], min(abs(row["low"]), abs(row["high"])))
    return [number_text(row[name], digits) for name in ("estimate", "low", "high")]
