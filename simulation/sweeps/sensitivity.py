"""Which parameters matter: Sobol and Morris on an outcome, or on the difference of two strategies.

SALib has the designs and the arithmetic of the indices. What it does not know is luck: every
setting x was lived in the same worlds r = 1 .. R, and

    y(x, r) = f(x) + w(r) + e(x, r)

with f the mean response that the indices are about, w what a world does to all settings alike,
and e the luck that a setting has in a world, with mean 0 over worlds. The mean over worlds still
holds luck, and so its total indices and its mu_star are too large: luck looks like a parameter.
Products of *two different worlds* have no such part, because the luck of two worlds is independent:

    V   = mean over r != q of  cov_x( y(., r), y(., q) )               = Var f
    T_j = mean over r != q of  mean_x 1/2 (a - ab_j)(r) (a - ab_j)(q)   total effect of j
    F_j = mean over r != q of  mean_x b(r) (ab_j - a)(q)                effect of j alone

(a, b, ab_j: the rows of Saltelli's design; estimators of Saltelli et al. 2010 and Jansen 1999). The
indices are F_j / V and T_j / V. With one world, or without luck, they are SALib's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.errors import InputError
from simulation.outcomes import Scalar
from simulation.randomness import analysis_rng
from simulation.sweeps.responses import outcome_of, responses
from simulation.sweeps.sampling import salib_problem

if TYPE_CHECKING:
    import pandas as pd

#: Resamples of rows and worlds behind every interval.
N_RESAMPLES = 500


@dataclass(frozen=True)
class Sensitivity:
    """Indices of every parameter, and what of the variance is luck.

    Attributes
    ----------
    table : DataFrame
        One row an index: parameter, other (of a second-order index, "" otherwise), index (first,
        total, second; mu_star, sigma, mu), value, low, high, salib (the same index of the means
        over worlds, luck and all), noise (what luck alone would give it, nan with one world), clear
        (told from luck and from 0; None with one world), n_worlds.
    split : dict
        Variance of one run: by the parameters, by the world for all settings alike, by luck within
        setting and world; nan with one world.
    """

    method: str
    table: pd.DataFrame
    split: dict[str, float]
    scalar: Scalar
    about: str
    names: list[str]
    n_settings: int
    n_worlds: int
    confidence: float

    @property
    def main(self) -> pd.DataFrame:
        """The rows by which parameters are ranked: total, or mu_star; the largest first."""
        index = "total" if self.method == "sobol" else "mu_star"
        rows = self.table[self.table["index"] == index]
        return rows.sort_values("value", ascending=False, ignore_index=True)

    @property
    def sentence(self) -> str:
        """The answer in words."""
        rows = self.main
        runs = f"{self.n_settings:,} settings in {self.n_worlds} world"
        runs += "s" if self.n_worlds > 1 else ""
        if rows["value"].isna().all():
            return f"{self.about}: nothing that varied can be told from luck ({runs})"
        if self.n_worlds == 1:
            order = ", ".join(rows["parameter"])
            return (
                f"{self.about}, by size: {order}; what of it is luck cannot be told from one "
                f"world ({runs})"
            )
        clear = rows[rows["clear"].astype(bool)]
        if clear.empty:
            return f"{self.about}: no parameter can be told from luck ({runs})"
        what = "total index" if self.method == "sobol" else "mu_star"
        parts = [
            f"{row.parameter} ({what} {row.value:.2g}, {row.low:.2g} to {row.high:.2g})"
            for row in clear.itertuples()
        ]
        rest = [name for name in rows["parameter"] if name not in set(clear["parameter"])]
        text = f"{self.about} depends on {', '.join(parts)}"
        text += f"; not told from luck: {', '.join(rest)}" if rest else ""
        share = self.split["luck"] + self.split["worlds"]
        total = share + self.split["parameters"]
        return f"{text}; {100 * share / total:.0f} % of the variance of one run is luck ({runs})"


def sensitivity(
    design: Any,
    runs: pd.DataFrame,
    *,
    outcome: str = "sales",
    strategy: str | None = None,
    against: str | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Sensitivity:
    """Return sensitivity indices of a sweep of method sobol or morris.

    Parameters
    ----------
    design : Design
    runs : DataFrame
        The rows of its store; every run must have succeeded.
    outcome : str
    strategy, against : str, optional
        One strategy: its outcome. Two: the paired difference, strategy minus against.
    confidence : float
        Of the intervals: twice the normal quantile times the spread over resamples of the rows of
        the design (bootstrap) and of the worlds (Bayesian bootstrap, Rubin 1981) together. For
        Sobol designs, whose rows are evener than chance, this is on the wide side.
    seed : int
        Of the resampling.

    Raises
    ------
    InputError
        For another design, an unknown name, or (MissingRuns) runs missing or failed.
    """
    if design.method not in ("sobol", "morris"):
        raise InputError(
            f'sensitivity wants a design of method "sobol" or "morris", this is "{design.method}"'
        )
    if not 0 < confidence < 1:
        raise InputError(f"confidence = {confidence!r} is not allowed: above 0 and below 1")
    y = responses(design, runs, outcome, strategy, against)
    scalar = outcome_of(outcome)
    who = strategy or design.strategies[0].name
    about = f"{scalar.label} under {who}"
    if against is not None:
        about = f"the difference in {scalar.label}, {who} minus {against},"
    found = indices(
        design.method, list(design.names), design.settings.units, y,
        second_order=bool(design.options.get("second_order")), confidence=confidence, seed=seed,
        levels=int(design.options.get("levels", 4)),
    )  # fmt: skip
    table, split = found
    return Sensitivity(design.method, table, split, scalar, about, list(design.names), len(y),
                       y.shape[1], confidence)  # fmt: skip


def indices(
    method: str,
    names: list[str],
    units: np.ndarray,
    y: np.ndarray,
    *,
    second_order: bool = False,
    levels: int = 4,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the table of indices and the split of the variance.

    `units`: places of the settings, shape (settings, parameters); `y`: responses, shape (settings,
    worlds); rows in SALib's order.
    """
    import pandas as pd

    if np.ptp(y.mean(axis=1)) == 0:  # no setting differs from another
        rows = [_row(name, "total" if method == "sobol" else "mu_star", math.nan) for name in names]
        split = variance_split(y)
    elif method == "sobol":
        rows, split = _sobol(names, y, second_order, confidence, seed)
    else:
        rows, split = _morris(names, units, y, levels, confidence, seed)
    table = pd.DataFrame(rows)
    table["n_worlds"] = y.shape[1]
    return table, split


def _row(name: str, index: str, value: float, **more: Any) -> dict[str, Any]:
    row = {"parameter": name, "other": "", "index": index, "value": value, "low": math.nan,
           "high": math.nan, "salib": math.nan, "noise": math.nan, "clear": False}  # fmt: skip
    return row | more


def variance_split(y: np.ndarray) -> dict[str, float]:
    """Return the variance of one run by its causes, from settings x worlds; unbiased.

    A two-way layout without replication: with mean squares of settings, worlds and the rest,
    parameters = (MS_x - MS_e) / R, worlds = (MS_w - MS_e) / n, luck = MS_e (Searle, Casella and
    McCulloch 1992). An estimate below 0 stands as it is: it says that there is about none.
    """
    n, worlds = y.shape
    if worlds < 2:
        return dict.fromkeys(("parameters", "worlds", "luck"), math.nan)
    of_setting, of_world = y.mean(axis=1), y.mean(axis=0)
    rest = y - of_setting[:, None] - of_world + y.mean()
    ms_e = (rest**2).sum() / ((n - 1) * (worlds - 1))
    return {
        "parameters": float(of_setting.var(ddof=1) - ms_e / worlds),
        "worlds": float(of_world.var(ddof=1) - ms_e / n),
        "luck": float(ms_e),
    }


# ---- Sobol ---------------------------------------------------------------------------------------


class _Saltelli:
    """Responses of Saltelli's design: a, b (rows, worlds), ab, ba (parameters, rows, worlds)."""

    def __init__(self, y: np.ndarray, k: int, second_order: bool):
        block = 2 * k + 2 if second_order else k + 2
        cube = y.reshape(-1, block, y.shape[1])
        base = np.concatenate([cube[:, 0], cube[:, -1]])
        cube = cube - base.mean(axis=0)  # what a world does to all settings is no effect
        self.a, self.b = cube[:, 0], cube[:, -1]
        self.ab = cube[:, 1 : k + 1].transpose(1, 0, 2)
        self.ba = cube[:, k + 1 : 2 * k + 1].transpose(1, 0, 2) if second_order else None
        self.n_rows, self.n_worlds = self.a.shape

    def estimates(self, rows: np.ndarray, w: np.ndarray) -> dict[str, np.ndarray]:
        """Return V, F_j, T_j and S_jk of chosen rows, with weights of the worlds."""
        a, b = self.a[rows], self.b[rows]
        ab = self.ab[:, rows]
        both = np.concatenate([a, b])
        both = both - both.mean(axis=0)
        found: dict[str, Any] = {
            "V": _cross(both, both, w),
            "first": np.array([_cross(b, c - a, w) for c in ab]),
            "total": np.array([0.5 * _cross(a - c, a - c, w) for c in ab]),
        }
        if self.ba is not None:
            ba = self.ba[:, rows]
            k = len(ab)
            second = np.full((k, k), np.nan)
            for i in range(k):
                for j in range(i + 1, k):
                    pair = _cross(ba[i], ab[j], w) - _cross(a, b, w)
                    second[i, j] = pair - found["first"][i] - found["first"][j]
            found["second"] = second
        return found


def _world_weights(rng: Any, worlds: int) -> np.ndarray:
    """Return the weights of one Bayesian resample of the worlds."""
    return np.asarray(rng.exponential(size=worlds)) if worlds > 1 else np.ones(1)


def _cross(u: np.ndarray, v: np.ndarray, w: np.ndarray) -> float:
    """Return the mean over rows of u v, over pairs of different worlds; one world: over itself.

    sum over r != q of w_r w_q u_r v_q = (sum_r w_r u_r)(sum_q w_q v_q) - sum_r w_r^2 u_r v_r.
    """
    if w.size == 1:
        return float((u * v).mean())
    own = (w**2 * (u * v)).sum(axis=1)
    pairs = (u @ w) * (v @ w) - own
    return float(pairs.mean() / (w.sum() ** 2 - (w**2).sum()))


def _sobol(
    names: list[str], y: np.ndarray, second_order: bool, confidence: float, seed: int
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Return the rows of first, total and second-order indices, and the split of the variance."""
    k, design = len(names), _Saltelli(y, len(names), second_order)
    whole = design.estimates(np.arange(design.n_rows), np.ones(design.n_worlds))
    kinds = ["first", "total", *(["second"] if second_order else [])]
    draws: dict[str, list[np.ndarray]] = {kind: [] for kind in (*kinds, "V")}
    rng = analysis_rng(seed)
    for _ in range(N_RESAMPLES):
        rows = rng.integers(design.n_rows, size=design.n_rows)
        w = _world_weights(rng, design.n_worlds)
        found = design.estimates(rows, w)
        draws["V"].append(np.asarray(found["V"]))
        for kind in kinds:
            draws[kind].append(found[kind] / found["V"] if found["V"] > 0 else np.nan * found[kind])
    z = _quantile(confidence)
    base = np.concatenate([design.a, design.b])
    split = variance_split(base)
    # the variance itself must be told from luck before it can be shared out
    nothing = design.n_worlds > 1 and whole["V"] - z * np.std(draws["V"], ddof=1) <= 0
    salib = _salib_sobol(names, y.mean(axis=1), second_order)
    # what luck alone adds to the means: their variance, and as much to every total effect
    added = split["luck"] / design.n_worlds
    mean_v = np.concatenate([design.a, design.b]).mean(axis=1).var()
    noise = {"first": 0.0, "total": added / mean_v if mean_v > 0 else math.nan, "second": 0.0}
    rows_out = []
    for kind in kinds:
        drawn = np.array([d for d in draws[kind] if not np.isnan(d).all()])
        places: list[tuple[int, ...]] = [(i,) for i in range(k)] if kind != "second" else [
            (i, j) for i in range(k) for j in range(i + 1, k)
        ]  # fmt: skip
        for place in places:
            value = float(whole[kind][place] / whole["V"]) if whole["V"] > 0 else math.nan
            half = (
                z * float(np.std([d[place] for d in drawn], ddof=1)) if len(drawn) > 1 else math.nan
            )
            value = math.nan if nothing else value
            clear = None if design.n_worlds == 1 else bool(value - half > 0)
            rows_out.append(_row(
                names[place[0]], kind, value, low=value - half, high=value + half,
                salib=float(salib[kind][place]), clear=clear,
                noise=noise[kind] if design.n_worlds > 1 else math.nan,
                other=names[place[1]] if kind == "second" else "",
            ))  # fmt: skip
    return rows_out, split


def _salib_sobol(names: list[str], mean: np.ndarray, second_order: bool) -> dict[str, np.ndarray]:
    """Return SALib's own indices of the means over worlds."""
    from SALib.analyze import sobol

    # its resampling is not used, and its global seeding is avoided: 0 would be no seed
    found = sobol.analyze(
        salib_problem(names), mean, calc_second_order=second_order, num_resamples=2, seed=1
    )
    return {"first": found["S1"], "total": found["ST"], "second": found.get("S2", np.zeros((0, 0)))}


# ---- Morris --------------------------------------------------------------------------------------


def elementary_effects(units: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the effects of Morris's steps, shape (trajectories, parameters, worlds).

    Each step of a trajectory changes one parameter: effect = change of y over change of its place.
    """
    k = units.shape[1]
    paths, values = units.reshape(-1, k + 1, k), y.reshape(-1, k + 1, y.shape[1])
    steps, changes = np.diff(paths, axis=1), np.diff(values, axis=1)
    moved = np.abs(steps).argmax(axis=2)  # which parameter, (trajectories, k)
    size = np.take_along_axis(steps, moved[:, :, None], axis=2)
    effects = np.empty_like(changes)
    np.put_along_axis(effects, moved[:, :, None], changes / size, axis=1)
    return effects


def _morris(
    names: list[str], units: np.ndarray, y: np.ndarray, levels: int, confidence: float, seed: int
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Return the rows of mu_star, sigma and mu, and the split of the variance.

    Luck alone would give an effect of mean 0 and of variance s^2, the variance over worlds over R;
    its mu_star would be s sqrt(2 / pi) on average, with sd s sqrt((1 - 2 / pi) / trajectories).
    Clear: beyond that by the quantile of `confidence`, and with an interval that leaves 0 out: in
    one world the luck of two trajectories is not independent.
    """
    from SALib.analyze import morris

    effects = elementary_effects(units, y)
    n, _, worlds = effects.shape
    mean = effects.mean(axis=2)
    salib = morris.analyze(salib_problem(names), units, y.mean(axis=1), num_levels=levels,
                           num_resamples=2, seed=1)  # fmt: skip
    rng, z = analysis_rng(seed), _quantile(confidence)
    draws: dict[str, list[np.ndarray]] = {"mu_star": [], "sigma": [], "mu": []}
    for _ in range(N_RESAMPLES):
        rows = rng.integers(n, size=n)
        w = _world_weights(rng, worlds)
        for kind, found in _moments(effects[rows] @ (w / w.sum())).items():
            draws[kind].append(found)
    whole = _moments(mean)
    s = np.full(len(names), np.nan)
    if worlds > 1:
        s = np.sqrt(np.var(effects, axis=2, ddof=1).mean(axis=0) / worlds)
    most = s * (math.sqrt(2 / math.pi) + z * math.sqrt((1 - 2 / math.pi) / n))
    noise = {"mu_star": s * math.sqrt(2 / math.pi), "sigma": s, "mu": 0 * s}
    rows_out, marks = [], {}
    for kind, values in whole.items():
        half = z * np.std(draws[kind], axis=0, ddof=1)
        for j, name in enumerate(names):
            value = float(values[j])
            if kind == "mu_star":  # beyond luck, and in most resamples of the worlds
                told = bool(value > most[j] and value > half[j])
                marks[name] = None if worlds == 1 else told
            rows_out.append(_row(
                name, kind, value, low=value - half[j], high=value + half[j],
                salib=float(salib[kind][j]), noise=float(noise[kind][j]), clear=marks[name],
            ))  # fmt: skip
    return rows_out, variance_split(y)


def _moments(effects: np.ndarray) -> dict[str, np.ndarray]:
    sigma = effects.std(axis=0, ddof=1) if len(effects) > 1 else np.full(effects.shape[1], np.nan)
    return {"mu_star": np.abs(effects).mean(axis=0), "sigma": sigma, "mu": effects.mean(axis=0)}


def _quantile(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + confidence / 2))
