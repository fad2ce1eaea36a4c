"""Calibration: which values of chosen parameters could have made an observed weekly funnel?

``calibrate`` draws candidates from the prior, learns from them which numbers of the funnel tell
the parameters (`summaries`), fits these by ABC or by a search (`fitting`), and simulates what the
fit predicts beside the data.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.core.randomness import analysis_rng, make_key
from simulation.engine.day import compile_engine
from simulation.engine.prepare import with_counted_people
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.searches import calibration_output  # noqa: F401  (the files of a Calibration)
from simulation.searches.calibration_candidates import Candidates, Parameters, prior_of
from simulation.searches.calibration_fitting import Fit, fit_abc, fit_point
from simulation.searches.calibration_found import Calibration
from simulation.searches.calibration_observed import SERIES, Observed, read_observed, weeks_of
from simulation.searches.calibration_summaries import Summaries, learn
from simulation.sweeps.sampling import lhs_units
from simulation.tools.errors import InputError, check_whole, did_you_mean
from simulation.tools.optional import need

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["abc", "point"]
METHODS: dict[str, str | None] = {"abc": None, "point": "optuna"}  # and what it needs


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
    n_jobs: int | None = None,
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
    method : "abc" (posterior) or "point" (search, Optuna)
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
    n_jobs : int, optional
        Processes (None: one per core). The fit does not depend on it, bit for bit.
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
        n_predictive=n_predictive, confidence=confidence, seed=seed, n_jobs=n_jobs,
    )  # fmt: skip
    from tqdm import tqdm

    candidates.same_world = same_world
    if (library := METHODS[method]) is not None:
        need(library, f"calibrate --method {method}")
    compile_engine()
    hide = None if progress is None else not progress
    with candidates, tqdm(desc="runs", file=sys.stderr, disable=hide, unit="run") as bar:
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
    n_jobs: Any = None,
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
    if n_jobs is not None:
        check_whole("n_jobs", n_jobs, 1, 1024)
    world = with_counted_people(Scenario.load(scenario))
    levers = Strategy.load(strategy)
    prior = prior_of(fitted)
    if method == "point":  # its interval needs some luck to be left over
        check_whole("worlds", numbers.get("worlds", 12), len(prior.spreads) + 3, 1_000_000)
    data = observed if isinstance(observed, Observed) else read_observed(observed)
    data.check(world)
    from joblib import cpu_count

    candidates = Candidates(world, levers, prior, _seeds(seed)[0], n_jobs or cpu_count())
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
