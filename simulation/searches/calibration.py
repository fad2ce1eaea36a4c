"""Calibration: which values of chosen parameters could have made an observed weekly funnel?

``calibrate`` draws candidates from the prior, learns from them which numbers of the funnel tell
the parameters (`summaries`), fits these by ABC or by a search (`fitting`), and simulates what the
fit predicts beside the data.
"""

from __future__ import annotations

import sys
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.core.randomness import analysis_rng, make_key
from simulation.core.ways import chosen, running
from simulation.engine.day import compile_engine
from simulation.engine.prepare import settled
from simulation.inputs.strategy import Strategy
from simulation.runs.worlds import person_days
from simulation.searches import calibration_output  # noqa: F401  (the files of a Calibration)
from simulation.searches.calibration_candidates import Candidates, Prior, prior_of
from simulation.searches.calibration_fitting import Fit, fit_abc, fit_point
from simulation.searches.calibration_found import Calibration
from simulation.searches.calibration_observed import SERIES, Observed, read_observed, weeks_of
from simulation.searches.calibration_summaries import Summaries, learn
from simulation.sweeps.sampling import lhs_units
from simulation.tools.errors import InputError, check_confidence, check_whole, did_you_mean
from simulation.tools.optional import need
from simulation.tools.requests import Settled, carried_out, face_of, settle, settle_numbers

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["abc", "point"]
METHODS: dict[str, str | None] = {"abc": None, "point": "optuna"}  # and what it needs
#: The least that makes sense of each number that may be set.
_LOWEST = {"n_particles": 20, "generations": 1, "n_pilot": 50, "budget": 20, "worlds": 4,
           "n_predictive": 20}  # fmt: skip


@dataclass(frozen=True)
class CalibrateRequest:
    """What `calibrate` is asked, checked: frozen, and ready to `run`.

    Raises InputError with one line when it is made; nothing is simulated.
    """

    observed: Settled
    scenario: Settled
    strategy: Settled
    fitted: Settled
    _: KW_ONLY
    method: Method = "abc"
    n_particles: int = 150
    generations: int = 3
    n_pilot: int = 300
    budget: int = 40
    worlds: int = 12
    n_predictive: int = 200
    confidence: float = 0.9
    seed: int = 1
    same_world: bool = False
    prior: Prior = field(init=False)

    def __post_init__(self) -> None:
        settle_numbers(self)
        if self.method not in METHODS:
            near = did_you_mean(str(self.method), METHODS)
            raise InputError(f'unknown method "{self.method}"{near}')
        for name, low in _LOWEST.items():
            most = 100 if name == "generations" else 1_000_000
            check_whole(name, getattr(self, name), low, most)
        check_confidence(self.confidence)
        make_key(self.seed)
        world = settled(self.scenario)
        prior = prior_of(self.fitted)
        if self.method == "point":  # its interval needs some luck to be left over
            check_whole("worlds", self.worlds, len(prior.spreads) + 3, 1_000_000)
        data = self.observed
        if not isinstance(data, Observed):
            data = read_observed(data)
        data.check(world)
        settle(self, observed=data, scenario=world, strategy=Strategy.load(self.strategy),
               fitted=tuple(prior.names), prior=prior)  # fmt: skip
        self.candidates().check()

    def candidates(self, jobs: int = 1) -> Candidates:
        """Return what simulates candidates."""
        seed = _seeds(self.seed)[0]
        return Candidates(self.scenario, self.strategy, self.prior, seed, jobs, self.same_world)

    def run(self, *, jobs: int | None = None, progress: bool | None = False) -> Calibration:
        """Learn the summaries, fit, and simulate what the fit predicts; see `calibrate`."""
        from joblib import cpu_count
        from tqdm import tqdm

        if jobs is not None:
            check_whole("jobs", jobs, 1, 1024)
        if (library := METHODS[self.method]) is not None:
            need(library, f"calibrate --method {self.method}")
        n_runs = self.n_pilot + self.n_particles * self.generations + self.n_predictive
        way = chosen(person_days=person_days(self.scenario, n_runs))
        compile_engine(way)
        candidates = self.candidates(jobs or cpu_count())
        hide = None if progress is None else not progress
        bar = tqdm(desc="runs", file=sys.stderr, disable=hide, unit="run")
        with running(way), bar:
            candidates.told = bar.update
            values = self.observed.on(weeks_of(self.scenario))
            _, pilot_seed, fit_seed, prediction_seed = _seeds(self.seed)
            summaries, first = _pilot(candidates, values, self.n_pilot, pilot_seed)
            fit = self._fit(candidates, summaries, summaries.of(values), first, fit_seed)
            candidates.same_world = False
            predictive = _predict(
                candidates, fit, values, self.n_predictive, self.confidence, prediction_seed
            )
        return Calibration(
            self.method, self.scenario, self.strategy, self.observed, self.prior, fit, predictive,
            summaries.explained, self.confidence, self.seed, candidates.count,
        )  # fmt: skip

    def _fit(
        self, candidates: Candidates, summaries: Summaries, target: np.ndarray, first: float,
        seed: int,
    ) -> Fit:  # fmt: skip
        if self.method == "abc":
            return fit_abc(
                candidates, summaries, target, n_particles=self.n_particles,
                generations=self.generations, first_tolerance=first, seed=seed,
            )  # fmt: skip
        return fit_point(
            candidates, summaries, target, budget=self.budget, worlds=self.worlds, seed=seed
        )


@face_of(CalibrateRequest)
def calibrate(*args: Any, **asked: Any) -> Calibration:
    """Fit parameters to an observed weekly funnel.

    Parameters
    ----------
    observed : path of a CSV file, or Observed
        Followers, subscribers, members, sales by week; any of them, gaps allowed.
    scenario, strategy : name, path of a .toml file, or object
        The world and what the brand did in it; all that is not fitted is taken from here.
    fitted : list of names, or mapping from name to (low, high)
        The parameters and their priors (`prior_of`).
    method : "abc" (posterior) or "point" (search, Optuna)
    n_particles, generations : int
        Of "abc". The last generation is the posterior.
    n_pilot : int
        Candidates from the prior, from which the summaries are learned.
    budget, worlds : int
        Of "point": points tried, and the worlds each lives in.
    n_predictive : int
        Worlds simulated from the fit.
    confidence : float
        Of the intervals and of the predictive bands.
    seed : int
        The same seed gives the same fit. Its worlds are those of no `simulate` with this seed.
    same_world : bool
        Give all candidates of "abc" the same luck: wrong, its intervals are too narrow
        (`fitting`); there to show how wrong.
    jobs : int, optional
        Processes (None: one per core; 1: this one). The fit does not depend on it, bit for bit.
    progress : bool, optional
        Count the runs on stderr; None: only where stderr is a terminal.

    Raises
    ------
    InputError
        One line, before anything is simulated.
    """
    return carried_out(CalibrateRequest, *args, **asked)


def _seeds(seed: int) -> list[int]:
    """Return four seeds made of one: worlds (nobody else's), pilot, fit, prediction."""
    return [int(part) for part in analysis_rng(seed).integers(2**63, size=4)]


def _pilot(
    candidates: Candidates, values: np.ndarray, n: int, seed: int
) -> tuple[Summaries, float]:
    """Learn the summaries from the prior; return them and the median distance to the data."""
    units = lhs_units(len(candidates.prior.spreads), n, seed)
    counts = candidates.next(list(units))
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
    counts = candidates.next([fit.units[i] for i in chosen])
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
