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


def test_the_words_set_interactions_beside_main_effects():
    """On sales and all else: evolving adds 8, relationships 4 only where it evolves."""
    rows = [
        dict(zip(FACTORS, map(int, place), strict=True))
        | {"replication_id": world, "strategy": "community_building", "status": "SUCCEEDED"}
        | dict.fromkeys(x05_ablation.OUTCOMES, world + 8 * place[2] + 4 * place[0] * place[2])
        for world in range(4)
        for place in PLACES
    ]
    table = x05_ablation.table(pd.DataFrame(rows))
    finding = x05_ablation.finding(table)  # effects 2, 0 and 10; their interaction 2
    assert "largest interaction on sales is relationships x evolving, 2 copies" in finding
    assert "at most about 20 % of the largest main effect" in finding
    headline = x05_ablation._headline(table)
    assert headline.endswith("evolving 10, relationships 2, purpose 0 (not clear)")
