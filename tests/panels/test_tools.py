"""The real tools load and fit what is exported to them (make test-tools; skipped without them)."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import panel
from simulation.panels.exports import export
from tests.panels.common import WORLD, whole

pytestmark = pytest.mark.filterwarnings("ignore")  # what the tools warn of is theirs


@pytest.fixture(scope="module")
def made():
    """A small panel of all three parts; the treatment is an ad, by lot."""
    people = {"scenario": "classroom", "set": {**WORLD, "n_people": 2000}, "treatment": "ad",
              "sample": 0}  # fmt: skip
    return panel(whole(people=people), jobs=1, progress=False)


def test_causalml_fits(made):
    """A T-learner; its scoring frame is read by the metrics of causalml."""
    meta = pytest.importorskip("causalml.inference.meta")
    metrics = pytest.importorskip("causalml.metrics")
    found = export(made, "causalml")
    learner = meta.LRSRegressor()
    ate = learner.estimate_ate(found["X"].to_numpy(), found["treatment"].to_numpy(),
                               found["y"].to_numpy())  # fmt: skip
    effect, low, high = (float(np.ravel(part)[0]) for part in ate)
    assert low < effect < high
    scoring = found["scoring"].assign(model=np.arange(len(found["y"]), dtype=float))
    gain = metrics.get_cumgain(scoring, outcome_col="y", treatment_col="w",
                               treatment_effect_col="tau")  # fmt: skip
    assert np.isfinite(gain["model"].iloc[-1])


def test_econml_fits(made):
    """Double machine learning; an effect for every person."""
    dml = pytest.importorskip("econml.dml")
    found = export(made, "econml")
    model = dml.LinearDML(discrete_treatment=True, cv=2, random_state=1)
    model.fit(found["Y"], found["T"], X=found["X"], W=found["W"])
    assert np.isfinite(model.effect(found["X"])).all()


def test_scikit_uplift_fits(made):
    """One model with the treatment as a feature."""
    models = pytest.importorskip("sklift.models")
    linear = pytest.importorskip("sklearn.linear_model")
    found = export(made, "scikit_uplift")
    model = models.SoloModel(linear.LogisticRegression(max_iter=1000))
    model.fit(found["X"], found["y"], found["treatment"])
    assert np.isfinite(model.predict(found["X"])).all()


def test_pymc_marketing_sums_customers_up_as_we_do(made):
    """rfm_summary of the raw transactions is our rfm, and BG/NBD fits it."""
    clv = pytest.importorskip("pymc_marketing.clv")
    found = export(made, "pymc_clv")
    last = np.datetime64("2021-01-04") + np.timedelta64(made.design.customers.day - 1, "D")
    theirs = clv.rfm_summary(
        found["transactions"], customer_id_col="customer_id", datetime_col="date",
        monetary_value_col="value", observation_period_end=str(last), time_unit="D",
    ).set_index("customer_id")  # fmt: skip
    ours = found["rfm"].set_index("customer_id")
    for name in ("frequency", "recency", "T", "monetary_value"):
        assert np.allclose(theirs[name], ours.loc[theirs.index, name]), name
    model = clv.BetaGeoModel(found["rfm"])
    model.fit(method="map")
    assert np.isfinite(model.expected_purchases(future_t=40).to_numpy()).all()


def test_pymc_marketing_values_orders(made):
    """Gamma-gamma of those who ordered again says about the price, the only one there is."""
    clv = pytest.importorskip("pymc_marketing.clv")
    rfm = export(made, "pymc_clv")["rfm"]
    again = rfm.loc[rfm["frequency"] > 0, ["customer_id", "frequency", "monetary_value"]]
    assert len(again) >= 3
    model = clv.GammaGammaModel(again)
    model.fit(method="map")
    spent = model.expected_customer_spend(again).mean(("chain", "draw")).to_numpy()
    assert spent == pytest.approx(again["monetary_value"].to_numpy(), rel=0.5)


def test_pymc_marketing_draws_a_curve_of_bass(made):
    """T and observed are what its model of diffusion takes, and what was sold is its curve."""
    bass = pytest.importorskip("pymc_marketing.bass")
    pymc = pytest.importorskip("pymc")
    prior = pytest.importorskip("pymc_extras.prior").Prior
    found = export(made, "bass")
    priors = {
        "m": prior("LogNormal", mu=np.log(2.0 * found["observed"].sum()), sigma=1.0),
        "p": prior("Beta", alpha=2, beta=50),
        "q": prior("Beta", alpha=2, beta=5),
        "likelihood": prior("Poisson", dims="T"),
    }
    model = bass.create_bass_model(found["T"], found["observed"], priors, {"T": found["T"]})
    with model:
        best = pymc.find_MAP(progressbar=False)
    assert best["m"] > 0
    assert best["adopters"].sum() == pytest.approx(found["observed"].sum(), rel=0.5)


def mix(**options):
    """Return a media mix model of pymc-marketing."""
    mmm = pytest.importorskip("pymc_marketing.mmm")
    multi = pytest.importorskip("pymc_marketing.mmm.multidimensional")
    return multi.MMM(
        date_column="date", control_columns=["weeks_since_launch"], target_column="y",
        adstock=mmm.GeometricAdstock(l_max=4), saturation=mmm.LogisticSaturation(), **options,
    )  # fmt: skip


@pytest.mark.long
def test_pymc_marketing_fits_a_media_mix_model(made):
    """All towns together, with the lift tests as further measurements."""
    pytest.importorskip("pymc_marketing.mmm")
    found = export(made, "pymc_mmm")
    tests = found["lift_tests"]
    model = mix(channel_columns=list(tests["channel"]))
    model.build_model(found["X_all"], found["y_all"])
    usable = tests[(tests["delta_y"] > 0) & (tests["delta_x"] > 0)]
    assert len(usable)
    model.add_lift_test_measurements(usable)
    model.fit(found["X_all"], found["y_all"], draws=20, tune=20, chains=1, cores=1,
              random_seed=1, progressbar=False)  # fmt: skip
    assert np.isfinite(model.idata.posterior["channel_contribution"].to_numpy()).all()


def test_pymc_marketing_takes_the_towns_as_a_dimension(made):
    """Dates, channels, control and dimension are taken as they are."""
    pytest.importorskip("pymc_marketing.mmm")
    found = export(made, "pymc_mmm")
    model = mix(channel_columns=list(found["lift_tests"]["channel"]), dims=("town",))
    model.build_model(found["X"], found["y"])
    assert set(model.model.coords["town"]) == set(found["X"]["town"])


def test_causalpy_reads_the_switch():
    """Difference in differences, synthetic control and interrupted time series, by regression."""
    cp = pytest.importorskip("causalpy")
    linear = pytest.importorskip("sklearn.linear_model")
    places = whole()["places"] | {"budgets": "switched", "towns": 8, "weeks": 20}
    found = export(panel({"places": places}, jobs=1, progress=False), "causalpy")
    did = cp.DifferenceInDifferences(
        found["did"], formula="y ~ 1 + group*post_treatment", time_variable_name="t",
        group_variable_name="group", model=linear.LinearRegression(),
    )  # fmt: skip
    assert np.isfinite(float(did.causal_impact))
    controls = [name for name in found["synthetic"] if name != "actual"]
    synthetic = cp.SyntheticControl(
        found["synthetic"], found["treatment_time"], control_units=controls,
        treated_units=["actual"], model=cp.skl_models.WeightedProportion(),
    )  # fmt: skip
    assert synthetic.post_impact.size == 10
    its = cp.InterruptedTimeSeries(
        found["its"].set_index("date"), found["its"]["date"].iloc[found["treatment_time"]],
        formula="y ~ 1 + t", model=linear.LinearRegression(),
    )  # fmt: skip
    assert its.post_impact.size == 10
