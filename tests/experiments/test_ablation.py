"""The factorial of what a community adds: effects by hand, and switches that switch."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from experiments import x05_ablation
from experiments.x05_ablation import EFFECTS, FACTORS, contrast
from simulation import Scenario, simulate

PLACES = np.array(list(product((1, 0), repeat=3)))


def test_effects_are_those_put_in():
    """y = 10 + 3 r - 2 p + 5 e + 4 r e, with factors 0 or 1: an effect is a difference of means."""
    r, p, e = PLACES.T
    y = 10 + 3 * r - 2 * p + 5 * e + 4 * r * e
    found = {effect: float(y @ contrast(effect, PLACES)) for effect in EFFECTS}
    assert found["relationships"] == pytest.approx(3 + 4 / 2)
    assert found["purpose"] == pytest.approx(-2)
    assert found["evolving"] == pytest.approx(5 + 4 / 2)
    assert found["relationships x evolving"] == pytest.approx(4 / 2)
    for effect in ("relationships x purpose", "purpose x evolving", " x ".join(FACTORS)):
        assert found[effect] == pytest.approx(0)


def test_the_table_pairs_worlds():
    """The luck of a world is the same in all eight, and falls out of every effect."""
    rng = np.random.Generator(np.random.Philox(1))
    rows = []
    for world in range(5):
        luck = rng.normal(0, 100)
        for place in PLACES:
            row = dict(zip(FACTORS, place, strict=True)) | {"replication_id": world}
            row |= {"strategy": "community_building", "status": "SUCCEEDED"}
            row |= dict.fromkeys(x05_ablation.OUTCOMES, luck + 7 * place[2])
            rows.append(row)
    table = x05_ablation.table(pd.DataFrame(rows)).set_index(["what", "outcome", "name"])
    row = table.loc[("effect", "sales", "evolving")]
    assert row["value"] == pytest.approx(7)
    assert row["low"] == pytest.approx(7)
    assert table.loc[("effect", "sales", "purpose"), "value"] == pytest.approx(0)


def test_measures_are_those_of_the_run():
    run = simulate(Scenario.load("classroom"), "community_building", seed=2)
    found = x05_ablation.measure(run)
    members = run.people[run.people["stage"] == "member"]
    assert found["self_connection_member"] == pytest.approx(members["self_connection"].mean())
    days = run.series["n_member"].sum()
    assert found["visits_per_member_day"] == pytest.approx(
        run.series["contacts_visit"].sum() / days
    )
    lapses = run.series["lapses_to_subscriber"].sum()
    assert found["lapses_per_member_year"] == pytest.approx(365 * lapses / days)


def effects(**rows):
    """Return a table of main effects of 0 to 2 (not clear) but those given, and a mean of 10."""
    places = {
        (outcome, name): (1.0, -1.0, 2.0) for outcome in x05_ablation.OUTCOMES for name in EFFECTS
    }
    places |= {tuple(where.split("__")): ends for where, ends in rows.items()}
    found = [
        {"what": "effect", "outcome": outcome, "name": name.replace("_x_", " x ")}
        | dict(zip(("value", "low", "high"), ends, strict=True))
        for (outcome, name), ends in places.items()
    ]
    found += [{"what": "mean", "outcome": o, "name": "none", "value": 10.0} for o, _ in places]
    return pd.DataFrame(found).drop_duplicates(["what", "outcome", "name"], keep="last")


def test_the_words_name_who_leads_and_only_what_is_clear():
    lead = {"visits_per_member_day__purpose": (10, 9, 11), "sales__relationships": (4, 3, 5)}
    found = x05_ablation.finding(effects(**lead))
    assert found.answer == (
        "A shared purpose matters most: members visit 3.0 times as often with it; "
        "only friendship clearly adds copies: 4.0."
    )
    assert found.carries.startswith("visits alone")
    assert found.flips == (
        "nowhere: none of the three clearly harms. No two clearly help or hinder each other."
    )
    assert found.beyond() == []
    close = effects(**lead, visits_per_member_day__evolving=(9.5, 8, 11))
    assert "not clearly more than news" in x05_ablation.finding(close).answer


def test_the_words_say_when_nothing_can_be_told_and_what_harms():
    found = x05_ablation.finding(effects())
    assert found.answer == (
        "None of the three clearly brings members to visit more often; none clearly adds copies."
    )
    bad = {"sales__evolving": (-4, -5, -3), "lapses_per_member_year__purpose": (2, 1, 3)}
    pair = {"visits_per_member_day__relationships_x_evolving": (-2, -3, -1)}
    kept = {"lapses_per_member_year__relationships": (-5, -6, -4)}
    found = x05_ablation.finding(effects(**bad, **pair, **kept))
    assert found.flips == (
        "News costs copies; A shared purpose makes members leave. "
        "Friendship and news bring fewer visits together."
    )
    assert found.carries == "members also leave less often: by 40 % with friendship."
    assert found.beyond() == []
