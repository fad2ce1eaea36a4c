"""The truth bench: estimators give known answers, and the experiment says what its rows hold.

What needs the tools is run by make test-tools, and skipped without them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import run, truth
from experiments.kit import estimators

pytestmark = pytest.mark.filterwarnings("ignore")  # what the tools warn of is theirs


def needs_tools() -> None:
    """Skip a test where the tools are not installed."""
    lack = run.lacking("truth")
    if lack:
        pytest.skip(f"{lack} is not here: make test-tools runs it")


# ---- estimators ----------------------------------------------------------------------------------


def people(effect, *, chosen=False, n=3000):
    """Return covariates, treatment and outcome; the first covariate raises what is bought."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(n, 3))
    chance = 1 / (1 + np.exp(-2 * x[:, 0])) if chosen else np.full(n, 0.5)
    t = (rng.random(n) < chance).astype(int)
    return x, t, effect(x) * t + x[:, 0] + rng.normal(size=n)


@pytest.mark.parametrize("name", [n for n in estimators.PEOPLE if n != "uplift model"])
def test_by_lot_an_estimator_finds_the_effect(name):
    if name != "difference in means":
        needs_tools()
    x, t, y = people(lambda x: np.full(len(x), 0.5))
    found = estimators.PEOPLE[name](x, t, y, 1)
    assert found.effect == pytest.approx(0.5, abs=0.15)
    assert np.isnan(found.low) or found.low < 0.5 < found.high


@pytest.mark.parametrize("name", [n for n in estimators.PEOPLE if n != "uplift model"])
def test_by_what_is_seen_only_the_difference_in_means_is_far_off(name):
    if name != "difference in means":
        needs_tools()
    x, t, y = people(lambda x: np.full(len(x), 0.5), chosen=True)
    off = abs(estimators.PEOPLE[name](x, t, y, 1).effect - 0.5)
    assert off > 0.8 if name == "difference in means" else off < 0.35


@pytest.mark.parametrize("name", list(estimators.PEOPLE))
def test_who_gains_is_told(name):
    """Those with a high second covariate gain, all others lose as much."""
    needs_tools()
    x, t, y = people(lambda x: np.sign(x[:, 1]))
    each = estimators.PEOPLE[name](x, t, y, 1).each
    if each is None:
        assert name in ("difference in means", "regression", "matching")
    else:
        assert each[x[:, 1] > 0.3].mean() > 0.1 > -0.1 > each[x[:, 1] < -0.3].mean()


@pytest.mark.parametrize("name", list(estimators.SWITCH))
def test_a_switch_is_found_where_nothing_else_happens(name):
    """Sales rise by 2 from week 30 on, in half of the towns; with a common rise of 1 only those
    are right that look at the other towns."""
    if name != "before and after":
        needs_tools()
    assert estimators.SWITCH[name](towns(0.0)).effect == pytest.approx(2, abs=0.3)
    both = estimators.SWITCH[name](towns(1.0)).effect
    alone = name in ("before and after", "interrupted time series")
    assert both == pytest.approx(3 if alone else 2, abs=0.3)


def towns(common):
    """Return the frames of a switch in week 30 of 60, in 6 of 12 towns."""
    rng = np.random.default_rng(3)
    unit, week = np.repeat(np.arange(12), 60), np.tile(np.arange(60), 12)
    group, after = (unit < 6).astype(int), week >= 30
    y = 5 + 2.0 * group * after + common * after + 0.3 * rng.normal(size=unit.size)
    did = pd.DataFrame({"unit": unit, "t": week, "group": group, "post_treatment": after, "y": y})
    actual = did[did["group"] == 1].groupby("t")["y"].mean()
    wide = did[did["group"] == 0].pivot(index="t", columns="unit", values="y")
    wide = wide.rename(columns=lambda one: f"town_{one}").rename_axis(columns=None)
    its = pd.DataFrame({"t": actual.index, "y": actual.to_numpy(),
                        "date": pd.date_range("2021-01-04", periods=60, freq="W-MON")})  # fmt: skip
    return {"did": did, "synthetic": wide.assign(actual=actual), "its": its, "treatment_time": 30}


def test_the_last_click_is_value_over_money():
    names = {f"sales_after_{name}": [1, 2] for both in estimators.CARRIES.values() for name in both}
    places = pd.DataFrame({**names, "money_posting": [30.0, 30.0], "money_content": [5.0, 5.0]})
    found = estimators.last_touch(places, 10.0, ["posting", "content"])
    assert {name: one.effect for name, one in found.items()} == {"posting": 1.0, "content": 3.0}


def test_what_carries_an_activity_is_a_touchpoint_of_its_own():
    from simulation.core.stages import TOUCHPOINTS
    from simulation.inputs.strategy import ACTIVITIES

    carried = [name for both in estimators.CARRIES.values() for name in both]
    assert len(carried) == len(set(carried))
    assert set(carried) == set(TOUCHPOINTS) - {"friend", "gift"}
    assert set(estimators.CARRIES) == set(ACTIVITIES) - {"supporting"}


def test_same_again_and_bg_nbd_know_a_steady_customer():
    """One order in ten days for a year: 365 / 10 are to come; of one who left long ago, none."""
    rfm = pd.DataFrame({"customer_id": range(40), "frequency": [36.0] * 20 + [9.0] * 20,
                        "recency": [360.0] * 20 + [90.0] * 20, "T": 365.0,
                        "monetary_value": 9.0})  # fmt: skip
    each = estimators.same_again(rfm, 365, 1).each
    assert each[0] == 36
    assert each[-1] == 9
    needs_tools()
    each = estimators.bg_nbd(rfm, 365, 1).each
    assert 25 < each[0] < 40
    assert each[-1] < 3


# ---- the experiment ------------------------------------------------------------------------------


def rows(said, true, **more):
    """Return rows of one estimator in some worlds."""
    return pd.DataFrame([
        {"question": truth.LOT, "world": k, "method": "regression", "channel": "", "estimate": a,
         "low": a - 1, "high": a + 1, "truth": b, "pehe": np.nan, "pehe_alike": np.nan,
         "caught": np.nan, "next": np.nan, "rank": np.nan, **more}
        for k, (a, b) in enumerate(zip(said, true, strict=True))
    ])  # fmt: skip


def test_a_table_is_estimate_over_truth_with_its_interval():
    found = truth.table(rows([1.0, 3.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0])).iloc[0]
    assert (found["value"], found["bias"], found["n_worlds"]) == (1.0, 0.0, 4)
    assert found["rmse"] == pytest.approx(np.sqrt(0.5))
    assert found["low"] < 1 < found["high"]
    assert found["covered"] == 1
    assert truth.table(rows([1.0, 4.0], [2.0, 2.0]))["covered"].iloc[0] == 0.5
    none = truth.table(rows([1.0, 3.0], [0.0, 0.0])).iloc[0]
    assert np.isnan(none["value"])
    assert none["bias"] == 2


def told(lot=1.0, nobody=0.0, switch=1.0, content=1.0):
    """Return the table of what the finding reads, with these means over the truth."""
    cells = [
        (truth.LOT, "difference in means", "", lot, 1.0),
        (truth.NO_AD, "difference in means", "", nobody, 0.0),
        (truth.SWITCH, "difference in differences", "", switch, 1.0),
        (truth.AS_SPENT, "last click", "posting", 0.25, 1.0),
        (truth.AS_SPENT, "media mix model", "advertising", 3.0, 1.0),
        (truth.DESIGNED, "media mix model", "content", content, 1.0),
    ]
    luck = (-0.01, 0.0, 0.01)
    return truth.table(pd.concat([
        rows([mean + off for off in luck], [true] * 3, question=question, method=method,
             channel=channel, next=0.25)
        for question, method, channel, mean, true in cells
    ]))  # fmt: skip


def test_what_is_said_follows_the_table():
    """Each reason is given where the numbers show it, and nowhere else."""
    right, wrong = truth.finding(told()), truth.finding(told(0.7, 0.05, 0.5, 0.2))
    assert "judged rightly; last clicks give posts 0.25 of what" in right.answer
    assert "gives ads 3.0 times" in right.answer
    assert "judged wrongly" in wrong.answer
    assert "friends" not in right.carries
    assert "0.70 of its effect, as friends pass it on" in wrong.carries
    assert '"sells" 50 to 1,000 fans' in wrong.carries
    assert right.beyond() == wrong.beyond() == []
    assert "Why: no reason can be told." in truth.extra(told())
    said = truth.extra(told(0.7, 0.05, 0.5, 0.2))
    for reason in ("buy anyway", "friends tell friends", "the next dollar brings, not what all"):
        assert reason in said
    assert "Near the truth: none." in said
    assert "Of each person nothing was said." in said
    each = told().assign(pehe=[0.2, 0.2, 0.2, 0.2, 0.2, 0.2], pehe_alike=0.3, caught=0.45)
    assert "one of the 1 answers is nearer" in truth.extra(each)
    assert "hold at most 45 % of an ad's effect" in truth.extra(each)
    wrong_first = said[said.index("Wrong") :]
    assert wrong_first.index("content") < wrong_first.index("posting")


def test_who_is_named_is_scored():
    """An estimator that names just those who gain catches all, one that knows nothing a share."""
    tau = np.r_[np.ones(3), np.zeros(7)]
    right = truth._row("m", estimators.Estimate(0.3, each=tau), 0.3, tau)
    assert (right["pehe"], right["caught"]) == (0, 1)
    wrong = truth._row("m", estimators.Estimate(0.3, each=-tau), 0.3, tau)
    assert wrong["caught"] == 0
    alike = truth._row("m", estimators.Estimate(0.3, each=np.full(10, 0.3)), 0.3, tau)
    assert alike["pehe"] == pytest.approx(alike["pehe_alike"])


def test_without_the_tools_one_line_says_how(monkeypatch, tmp_path, capsys):
    """Named, it is wrong usage; of all, it is left out with a line."""
    monkeypatch.setattr(run, "lacking", lambda name: "econml" if name == "truth" else "")
    assert run.main(["truth", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert 'truth needs econml: pip install "continuum-brand[tools]"' in said[0]
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(run, "run_many", lambda names, *_, **__: print(*names) or 0)
    monkeypatch.chdir(tmp_path)
    assert run.main(["all"]) == 0
    found = capsys.readouterr()
    assert "left out: truth needs" in found.err
    assert "truth" not in found.out.split()
    assert "recovery" in found.out.split()
