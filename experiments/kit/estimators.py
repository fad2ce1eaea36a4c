"""Estimators of marketing, as their tools have them: what each says an activity did.

Each takes the frames that `simulation.panels.exports` gives its tool and returns an `Estimate`. The
settings are the tools' own where they have some. The packages are those of the extra `tools`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Two standard errors of a normal estimate: 95 %.
Z = 1.959964
TREES = 200


class Estimate(NamedTuple):
    """What an estimator says: the mean effect, its 95 % interval, and the effect on each unit.

    low, high : nan where the tool gives no interval
    each : float64, one a unit; None where the estimator speaks of the mean alone
    """

    effect: float
    low: float = math.nan
    high: float = math.nan
    each: np.ndarray | None = None


def _around(effect: float, error: float) -> Estimate:
    return Estimate(float(effect), float(effect - Z * error), float(effect + Z * error))


# ---- people: who was treated, and what they bought -----------------------------------------------
#
# Each takes x (float64, people x covariates), t (int, 0 or 1), y (float64, copies) and the seed of
# its own draws; it returns the mean effect in copies a head (the uplift model: in chance to buy).


def difference_in_means(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """The mean of the treated less that of all others."""
    one, none = y[t == 1], y[t == 0]
    error = math.sqrt(one.var(ddof=1) / one.size + none.var(ddof=1) / none.size)
    return _around(one.mean() - none.mean(), error)


def regression(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """Ordinary least squares of copies on treatment and covariates, robust errors (statsmodels)."""
    import statsmodels.api as sm

    varying = x[:, x.std(axis=0) > 0]
    inputs = sm.add_constant(np.column_stack([t, varying]), has_constant="add")
    found = sm.OLS(y, inputs).fit(cov_type="HC1")
    return _around(found.params[1], found.bse[1])


def matching(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """The treated less their nearest others in propensity, one each (causalml)."""
    import pandas as pd
    from causalml.match import NearestNeighborMatch

    frame = pd.DataFrame({"propensity": _propensity(x, t, seed), "t": t, "y": y})
    match = NearestNeighborMatch(random_state=seed)
    found = match.match(frame, treatment_col="t", score_cols=["propensity"])
    return difference_in_means(x, found["t"].to_numpy(), found["y"].to_numpy(), seed)


def _standardised(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _trees(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(max_depth=3, max_iter=50, random_state=seed)


def s_learner(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """One model of copies, treatment among its inputs (causalml, boosted trees)."""
    from causalml.inference.meta import BaseSRegressor

    each = BaseSRegressor(_trees(seed)).fit_predict(X=x, treatment=t, y=y).ravel()
    return Estimate(float(each.mean()), each=each)


def t_learner(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """Two models, of the treated and of all others (causalml, boosted trees)."""
    from causalml.inference.meta import BaseTRegressor

    return _meta(BaseTRegressor(_trees(seed)), x, t, y)


def x_learner(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """Two models, then two of what they miss, weighted by propensity (causalml, boosted trees)."""
    from causalml.inference.meta import BaseXRegressor

    return _meta(BaseXRegressor(_trees(seed)), x, t, y, p=_propensity(x, t, seed))


def _meta(
    learner: Any, x: np.ndarray, t: np.ndarray, y: np.ndarray, **more: np.ndarray
) -> Estimate:
    mean, low, high = (
        float(np.ravel(part)[0]) for part in learner.estimate_ate(X=x, treatment=t, y=y, **more)
    )
    return Estimate(mean, low, high, learner.predict(X=x, **more).ravel())


def _propensity(x: np.ndarray, t: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=1000, random_state=seed).fit(_standardised(x), t)
    return np.clip(model.predict_proba(_standardised(x))[:, 1], 0.01, 0.99)


def double_machine_learning(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """Effects linear in the covariates, after boosted trees took out what they tell (econml)."""
    from econml.dml import LinearDML

    model = LinearDML(model_y=_trees(seed), model_t=_sorting(seed), discrete_treatment=True,
                      random_state=seed)  # fmt: skip
    x = _standardised(x)
    model.fit(y, t, X=x)
    mean, low, high = (
        float(np.ravel(part)[0]) for part in (model.ate(x), *model.ate_interval(x, alpha=0.05))
    )
    return Estimate(mean, low, high, np.ravel(model.effect(x)))


def causal_forest(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """Trees that split where effects differ (econml)."""
    from econml.dml import CausalForestDML

    model = CausalForestDML(model_y=_trees(seed), model_t=_sorting(seed), random_state=seed,
                            discrete_treatment=True, n_estimators=TREES, n_jobs=1)  # fmt: skip
    model.fit(y, t, X=x)
    mean, error = (float(np.ravel(part)[0]) for part in (model.ate_, model.ate_stderr_))
    return _around(mean, error)._replace(each=np.ravel(model.effect(x)))


def _sorting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_depth=3, max_iter=50, random_state=seed)


def uplift_model(x: np.ndarray, t: np.ndarray, y: np.ndarray, seed: int) -> Estimate:
    """The chance to buy at all, from two models (scikit-uplift): a ranking more than an amount."""
    from sklift.models import TwoModels

    model = TwoModels(_sorting(seed), _sorting(seed + 1), method="vanilla")
    each = model.fit(x, (y > 0).astype(int), t).predict(x)
    return Estimate(float(each.mean()), each=np.asarray(each, float))


PEOPLE: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, int], Estimate]] = {
    "difference in means": difference_in_means,
    "regression": regression,
    "matching": matching,
    "S-learner": s_learner,
    "T-learner": t_learner,
    "X-learner": x_learner,
    "double machine learning": double_machine_learning,
    "causal forest": causal_forest,
    "uplift model": uplift_model,
}


# ---- towns: an activity is switched on in half of them -------------------------------------------
#
# Each takes the frames of `exports.causalpy` and returns the effect in copies a week and town.


def before_and_after(frames: Mapping[str, Any]) -> Estimate:
    """The mean week after the switch less the mean week before it, in the switched towns."""
    did = frames["did"]
    towns = did[did["group"] == 1].groupby(["unit", "post_treatment"])["y"].mean().unstack()
    change = towns[True] - towns[False]
    return _around(change.mean(), change.std(ddof=1) / math.sqrt(len(change)))


def interrupted_time_series(frames: Mapping[str, Any]) -> Estimate:
    """The weeks after the switch less the trend of those before it, carried on (CausalPy)."""
    import causalpy as cp
    from sklearn.linear_model import LinearRegression

    its, at = frames["its"], frames["treatment_time"]
    found = cp.InterruptedTimeSeries(its.set_index("date"), its["date"].iloc[at],
                                     formula="y ~ 1 + t", model=LinearRegression())  # fmt: skip
    return Estimate(float(np.mean(found.post_impact)))


def difference_in_differences(frames: Mapping[str, Any]) -> Estimate:
    """What the switched towns changed more than the others; errors by town (statsmodels)."""
    import statsmodels.formula.api as smf

    did = frames["did"].assign(post=frames["did"]["post_treatment"].astype(int))
    found = smf.ols("y ~ group * post", did).fit(
        cov_type="cluster", cov_kwds={"groups": did["unit"]}
    )
    return _around(found.params["group:post"], found.bse["group:post"])


def synthetic_control(frames: Mapping[str, Any]) -> Estimate:
    """The switched towns less the mixture of others that was like them before (CausalPy)."""
    import causalpy as cp

    wide = frames["synthetic"]
    controls = [name for name in wide if name != "actual"]
    found = cp.SyntheticControl(wide, frames["treatment_time"], control_units=controls,
                                treated_units=["actual"],
                                model=cp.skl_models.WeightedProportion())  # fmt: skip
    return Estimate(float(np.mean(found.post_impact)))


SWITCH: dict[str, Callable[[Mapping[str, Any]], Estimate]] = {
    "before and after": before_and_after,
    "interrupted time series": interrupted_time_series,
    "difference in differences": difference_in_differences,
    "synthetic control": synthetic_control,
}


# ---- channels: what a dollar brought -------------------------------------------------------------

#: What an activity does reaches people by these; the last click before an order is one of them.
CARRIES = {
    "posting": ("post", "discovery"),
    "replying": ("reply",),
    "content": ("mail",),
    "hosting": ("visit",),
    "advertising": ("ad",),
}


def last_touch(places: pd.DataFrame, price: float, channels: list[str]) -> dict[str, Estimate]:
    """The value of orders whose last click came by the channel, over the money spent on it."""
    found = {}
    for channel in channels:
        sold = sum(places[f"sales_after_{name}"].sum() for name in CARRIES[channel])
        found[channel] = Estimate(float(price * sold / places[f"money_{channel}"].sum()))
    return found


def media_mix_model(
    frames: Mapping[str, Any], price: float, seed: int, draws: int
) -> dict[str, Estimate]:
    """ROI by pymc-marketing's media mix model of all towns together: geometric adstock of eight
    weeks, logistic saturation, the tool's own priors; weeks since the launch, and whether it is
    the week of one, as controls."""
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    x, y = frames["X_all"], frames["y_all"]
    x = x.assign(launch_week=(x["weeks_since_launch"] == 0).astype(float))
    channels = list(frames["lift_tests"]["channel"])
    model = MMM(date_column="date", channel_columns=channels, target_column="y",
                control_columns=["weeks_since_launch", "launch_week"],
                adstock=GeometricAdstock(l_max=8), saturation=LogisticSaturation())  # fmt: skip
    model.fit(x, y, draws=draws, tune=draws, chains=4, cores=1, random_seed=seed,
              progressbar=False, target_accept=0.9)  # fmt: skip
    share = model.idata.posterior["channel_contribution"]  # of the largest y
    copies = float(y.max()) * share.sum("date").stack(draw_=("chain", "draw"))
    found = {}
    for channel in channels:
        roi = price * copies.sel(channel=channel).to_numpy() / x[channel].sum()
        low, high = np.quantile(roi, [0.025, 0.975])
        found[channel] = Estimate(float(roi.mean()), float(low), float(high))
    return found


# ---- customers: what they will buy next ----------------------------------------------------------
#
# Each takes rfm, a row a customer (`exports.pymc_clv`); it returns copies a head in days_ahead.


def same_again(rfm: pd.DataFrame, days_ahead: int, seed: int) -> Estimate:
    """Everybody goes on as since the first order: orders after it over days since it."""
    rate = rfm["frequency"] / rfm["T"].clip(lower=1.0)
    each = days_ahead * rate.to_numpy(float)
    return Estimate(float(each.mean()), each=each)


def bg_nbd(rfm: pd.DataFrame, days_ahead: int, seed: int) -> Estimate:
    """Purchases ahead by a BG/NBD model of frequency, recency and T (pymc-marketing, maximum)."""
    from pymc_marketing.clv import BetaGeoModel

    model = BetaGeoModel(rfm)
    model.fit(method="map", progressbar=False)
    ahead = model.expected_purchases(future_t=days_ahead)
    each = ahead.mean(("chain", "draw")).to_numpy()
    return Estimate(float(each.mean()), each=each)


CUSTOMERS: dict[str, Callable[[Any, int, int], Estimate]] = {
    "same again": same_again,
    "BG/NBD": bg_nbd,
}
