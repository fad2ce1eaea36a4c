"""Which parameters matter to an outcome, or to the difference of two strategies, and where.

How it is told follows from how the sample was made: Sobol and Morris of their designs
(`sensitivity_indices`), PAWN and rank correlations of any other (`sensitivity_pawn`); of all of
them a small tree says where the outcome is high, or the lead won and lost (`sensitivity_where`).
What the worlds' luck does is taken apart from what the parameters do, and every index comes with
an interval and a mark that says whether it can be told from noise: luck, and which settings were
drawn.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.analyses import sensitivity_figure  # noqa: F401  (the files of a Sensitivity)
from simulation.analyses.sensitivity_doubt import doubt
from simulation.analyses.sensitivity_found import Sensitivity
from simulation.analyses.sensitivity_indices import (
    NOTHING,
    elementary_effects,
    morris_indices,
    sobol_indices,
    split,
)
from simulation.analyses.sensitivity_sample import (
    indices_table,
    of_a_sample,
    values_of,
    variance_table,
)
from simulation.analyses.sensitivity_where import where
from simulation.core.outcomes import Scalar, outcome_named
from simulation.core.randomness import analysis_rng, make_key
from simulation.sweeps.sampling import salib_problem
from simulation.tools.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from simulation.sweeps.design import Design


class MissingRuns(InputError):
    """Runs that the analysis needs failed or were never made.

    `retry` lists them: setting_id, strategy, replication_id, status (FAILED or MISSING).
    """

    def __init__(self, retry: pd.DataFrame, total: int, store: str = "STORE"):
        self.retry, self.total = retry, total
        first = "; ".join(_placed(row) for row in retry.head(5).to_dict("records"))
        more = f"; and {len(retry) - 5:,} more" if len(retry) > 5 else ""
        super().__init__(
            f"{len(retry):,} of {total:,} runs failed or are missing ({first}{more}): "
            f"retry them with continuum resume {store} --retry-failed"
        )


def _placed(row: dict[Any, Any]) -> str:
    where = f"setting {row['setting_id']}, {row['strategy']}, replication {row['replication_id']}"
    return f"{where} {row['status']}" if "status" in row else where


def sensitivity(
    design: Design,
    runs: pd.DataFrame,
    *,
    outcome: str = "sales",
    strategy: str | None = None,
    against: str | None = None,
    confidence: float = 0.95,
    seed: int | np.random.SeedSequence = 1,
) -> Sensitivity:
    """Return how much each varied parameter matters to an outcome.

    Parameters
    ----------
    design : Design
        Of any method; grids and lists are analysed as any sample is.
    runs : DataFrame
        One row a run, as `Store.runs` returns them.
    outcome : str
        An outcome of ``outcomes.SUMMARY``.
    strategy : str, optional
        Whose outcome; may be left out where there is no choice.
    against : str, optional
        Analyse the paired difference, strategy minus this one, of the same setting and replication.
    confidence : float
        Of the intervals.
    seed : int or SeedSequence
        Of the draws of pure luck that indices are held against, of resamples, and of the halves of
        the settings that grow and judge the tree.

    Raises
    ------
    MissingRuns
        When runs of a Sobol or Morris design failed or are missing: the index arithmetic needs
        all. Its `retry` lists them. Of any other sample settings without all worlds are left out,
        and counted.
    InputError
        For a design, outcome or strategy that cannot be analysed.

    Notes
    -----
    Sobol (2001): "first" is the share of the variance of the mean outcome f(x) that knowing the
    parameter alone would remove, "total" the share that would be left if all others were known,
    "second" what two do together beyond both alone. Morris (1991): "mu_star" is the mean absolute,
    "mu" the mean, "sigma" the spread of the effect of moving a parameter alone, in units of the
    outcome per whole range of the parameter (of its distribution: place 0 to 1).
    The estimators are SALib's; sensitivity_indices.py says how luck is kept out of them, and
    sensitivity_pawn.py what is said of other samples. A Sobol design that is too small for its
    indices says so in `warning` (sensitivity_doubt.py).
    """
    scalar = outcome_named(outcome)
    make_key(seed)  # refuses what is no seed
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise InputError(f"confidence = {confidence!r} is not allowed: above 0 and below 1")
    names = _chosen([s.name for s in design.strategies], strategy, against)
    rng = analysis_rng(seed)
    if design.method in ("sobol", "morris"):
        return _of_a_design(design, _outcomes(design, runs, scalar.name, names), scalar, names,
                            confidence, rng)  # fmt: skip
    return of_a_sample(design, runs, scalar, names, confidence, rng)


def _of_a_design(
    design: Design, y: np.ndarray, scalar: Scalar, names: list[str], confidence: float, rng: Any
) -> Sensitivity:
    """Return the analysis of outcomes (settings, worlds) of a Sobol or Morris design."""
    raw = y.copy()
    y -= y.flat[0]  # no index cares where 0 is; without this rounding would vary what does not
    units, k, warning = design.settings.units, len(design.names), ""
    assert units is not None, design.method
    if design.method == "sobol":
        points = 2 * k + 2 if design.options.get("second_order") else k + 2
        rows = y.reshape(-1, points, y.shape[1])
        indices = sobol_indices(rows, k, confidence)
        moved = [(rows[:, 1 + j] != rows[:, 0]).any() for j in range(k)]
        if points == 2 * k + 2:
            moved = [m or (rows[:, 1 + k + j] != rows[:, -1]).any() for j, m in enumerate(moved)]
        sampled = rows[:, [0, -1]]  # the points that are drawn, each on its own
        if np.ptp(y.mean(axis=1)) == 0:
            indices = dict.fromkeys(indices, NOTHING)
        else:
            warning = doubt(design, rows, indices, confidence)
    else:
        points = k + 1
        if len(units) < 2 * points:
            raise InputError("n = 1 is not enough to analyse morris: at least 2 trajectories")
        effects = elementary_effects(units, y)
        indices = morris_indices(effects, confidence, rng)
        moved = [bool(effect.any()) for effect in effects]
        sampled = y.reshape(-1, points, y.shape[1])
    mixed = _with_luck(design, units, y.mean(axis=1), rng)
    return Sensitivity(
        design.method, list(design.names), scalar, names[0], (*names, None)[1], confidence,
        y.shape[1], y.shape[0], indices_table(design.names, indices, y.shape[1], mixed),
        variance_table(split(sampled, confidence)),
        [name for name, some in zip(design.names, moved, strict=True) if not some],
        where(values_of(design), raw, np.arange(len(raw)) // points, outcome=scalar,
              strategy=names[0], against=(*names, None)[1], confidence=confidence, rng=rng),
        warning,
    )  # fmt: skip


def _chosen(known: list[str], strategy: str | None, against: str | None) -> list[str]:
    """Return the strategies to analyse: one, or two to subtract."""
    for name in (strategy, against):
        if name is not None and name not in known:
            raise InputError(f'the sweep has no strategy "{name}"{did_you_mean(name, known)}')
    if strategy is None:
        left = [name for name in known if name != against]
        if len(left) != 1:
            raise InputError(f"strategy: say which of {', '.join(left or known)}")
        strategy = left[0]
    if strategy == against:
        raise InputError(f"strategy and against are both {strategy}: two different ones are wanted")
    return [strategy] if against is None else [strategy, against]


def _outcomes(design: Design, runs: pd.DataFrame, outcome: str, names: list[str]) -> np.ndarray:
    """Return the outcome, or the difference of two strategies, shape (settings, replications)."""
    import pandas as pd

    keys = ["strategy", "setting_id", "replication_id"]
    axes = [names, range(len(design.settings)), range(design.replications)]
    wanted = pd.MultiIndex.from_product(axes, names=keys)
    here = runs.astype({"strategy": str}).set_index(keys).reindex(columns=["status", outcome])
    if (twice := here.index.duplicated()).any():
        raise InputError(f"runs: {twice.sum():,} rows are of a run that is there already")
    here = here.reindex(wanted)
    missing = here["status"] != "SUCCEEDED"
    if missing.any():
        retry = here[missing].fillna({"status": "MISSING"}).reset_index()
        order = ["setting_id", "strategy", "replication_id"]
        retry = retry.sort_values(order, ignore_index=True)[[*order, "status"]]
        raise MissingRuns(retry, len(here))
    values = here[outcome].to_numpy(float)
    if (empty := ~np.isfinite(values)).any():
        first = _placed(dict(zip(keys, wanted[empty.argmax()], strict=True)))
        raise InputError(
            f"{outcome} has no value in {empty.sum():,} of {len(here):,} runs (first: {first}): "
            "another outcome is wanted"
        )
    cube = values.reshape([len(axis) for axis in axes])
    return cube[0] - cube[1] if len(names) == 2 else cube[0].copy()


def _with_luck(design: Design, units: np.ndarray, mean: np.ndarray, rng: Any) -> dict[Any, float]:
    """Return SALib's own indices of the mean over worlds: parameters and luck together."""
    from SALib.analyze import morris, sobol

    k, problem = len(design.names), salib_problem(design.names)
    if np.ptp(mean) == 0:
        return {}
    if design.method == "morris":
        found = morris.analyze(
            problem, units, mean, num_resamples=2, num_levels=design.options["levels"], seed=rng
        )
        return {(i, j): float(found[i][j]) for i in ("mu_star", "sigma", "mu") for j in range(k)}
    second = bool(design.options.get("second_order"))
    with warnings.catch_warnings():
        # of SALib's resamples, which are not used and may by chance be all one row
        warnings.filterwarnings("ignore", "Constant values encountered")
        found = sobol.analyze(
            problem, mean, second, num_resamples=2, seed=int(rng.integers(1, 2**31))
        )  # fmt: skip
    values: dict[Any, float] = {("first", j): float(found["S1"][j]) for j in range(k)}
    values |= {("total", j): float(found["ST"][j]) for j in range(k)}
    if second:
        pairs = [(j, other) for j in range(k) for other in range(j + 1, k)]
        values |= {("second", *pair): float(found["S2"][pair]) for pair in pairs}
    return values
