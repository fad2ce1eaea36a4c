"""The claims table: what is measured in a run, and how a verdict is reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import x03_invitation, x04_matched_list, x15_claims
from experiments.kit import claims
from experiments.kit.claims import CLAIMS, DEFAULT
from simulation import Scenario, simulate
from simulation.checks.invitation import COUNTS, effect_of_sums, invitation_effects
from simulation.checks.patterns import CHECKS

TOWN = Scenario.load("classroom").replace(p_buy=0.3, p_rival=0.02, rival_day=100)


@pytest.fixture(scope="module")
def run():
    return simulate(TOWN, "community_building", seed=3, events=True)


def test_owners_are_those_of_the_people(run):
    found, people = claims.owners(run), run.people
    members = people[people["stage"] == "member"]
    assert found == {"members": len(members), "members_owning": int(members["owns"].sum())}
    assert 0 < found["members_owning"] < found["members"]


def test_acts_are_those_of_the_events(run):
    found, events = claims.advocacy(run), run.events
    kinds = events[events["from_stage"] == "member"]["event"].value_counts()
    acts = sum(int(kinds.get(kind, 0)) for kind in ("review", "recommend", "gift"))
    assert found["acts_member"] == acts > 0
    assert found["buyers_member"] == kinds["buy"]


def test_leavers_are_those_who_switched_and_the_days_are_of_the_people(run):
    found = claims.leavers(run)
    assert (
        sum(found[f"left_{s}"] for s in ("follower", "subscriber", "member"))
        == (run.summary["switched"])
    )
    days = run.series.loc[run.series["time"] >= 100, "n_member"].sum()
    assert found["days_member"] == days


def test_statistics_by_hand():
    assert claims.ratio_of_rates(10, 100, 2, 200, 7) == pytest.approx(10.0)
    assert claims.gap_of_rates(10, 100, 2, 200, 7) == pytest.approx(0.09)
    assert claims.gap_per_thousand(10, 100, 2, 200, 7) == pytest.approx(90.0)
    assert claims.mean(10, 4) == 2.5
    counts = dict(zip(COUNTS, (100, 20, 100, 10, 40, 12, 60, 8), strict=True))
    effects = invitation_effects(counts)
    assert claims.joining_causes(*counts.values(), 5) == effects["complier_effect"]
    both = [np.array([value, value]) for value in counts.values()]
    np.testing.assert_allclose(effect_of_sums("naive_gap")(*both), effects["naive_gap"])


def test_a_base_that_is_not_above_0_gives_no_finite_effect():
    counts = dict(zip(COUNTS, (100, 20, 100, 1, 40, 12, 60, 8), strict=True))
    assert invitation_effects(counts)["complier_base"] < 0
    assert invitation_effects(counts)["effect_relative"] == np.inf


@pytest.mark.parametrize(
    ("low", "high", "at_most", "word"),
    [
        (5.1, 9, False, "holds"), (1, 4, False, "fails"), (4, 6, False, "open"),
        (1, 4, True, "holds"), (5, 5, True, "holds"), (5.1, 9, True, "fails"),
        (4, 6, True, "open"), (np.nan, np.nan, False, "open"),
    ],
)  # fmt: skip
def test_a_claim_holds_when_the_whole_interval_is_on_its_side(low, high, at_most, word):
    claim = claims.Claim(
        "k", "t", "n", "", 5.0, "e", "D", "balanced", ("sales",), claims.mean, {}, at_most=at_most
    )
    assert x15_claims.verdict(claim, {"low": low, "high": high}) == word


def test_what_turns_a_claim_is_named():
    table = pd.DataFrame(
        {"claim": "k", "variant": [DEFAULT, "a", "b"], "verdict": ["holds", "holds", "fails"]}
    )
    assert x15_claims.flips(table, "k") == ["b (fails)"]


def test_claims_have_keys_of_their_own_variants_that_are_allowed_and_a_grade():
    assert len({claim.key for claim in CLAIMS}) == len(CLAIMS) >= 8
    base = Scenario.load("launch_2025")
    for claim in CLAIMS:
        assert claim.grade
        for _, changes in claims.variants(claim):
            base.replace(**claim.world).replace(**changes)


def test_the_invitation_is_held_against_the_measured_range_of_the_patterns():
    check = next(c for c in CHECKS if c.name == "p12_effect")
    assert (check.low, check.high) == x03_invitation.MEASURED


def test_the_arms_of_the_matched_list_do_what_they_say():
    small = Scenario.load("classroom").replace(n_days=200, launch_day=150)
    runs = {
        arm: simulate(small.replace(**changes), "community_building", seed=2)
        for arm, changes in x04_matched_list.ARMS.items()
    }
    moves = {arm: run.series["moves_to_member"].sum() for arm, run in runs.items()}
    assert moves[x04_matched_list.FULL] > 0
    assert moves[x04_matched_list.CLOSED] == moves[x04_matched_list.MATCHED] == 0
    visits = {arm: run.series["contacts_visit"].sum() for arm, run in runs.items()}
    assert visits[x04_matched_list.MATCHED] > visits[x04_matched_list.CLOSED]
