"""The robustness experiment: ranges, shares, drivers, and an adversary who must find the worst."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import robustness, run
from experiments.kit import ranges
from experiments.kit.adversary import AT, harm, next_corners, worst_corner
from experiments.kit.cells import Cell, Cells, run_cells
from experiments.kit.sensitivity import rank_correlations, shares_ahead
from experiments.kit.tables import differences
from simulation import STRATEGIES, Scenario
from simulation.core.randomness import analysis_rng
from simulation.inputs.scenario import parameters
from simulation.tools.errors import InputError

BASE = Scenario.load("launch_2025")
TOWN = Scenario.load("classroom").replace(n_people=400, n_days=90, launch_day=40, days_warm_up=30)


# ---- ranges --------------------------------------------------------------------------------------


def test_every_evidence_range_is_of_a_parameter_and_in_order():
    for name, (low, high) in ranges.evidence().items():
        assert name in parameters()
        assert low < high


def test_ranges_hold_the_default_and_are_allowed():
    found = ranges.ranges(BASE)
    for name, r in found.items():
        assert r.low <= BASE[name] <= r.high
        assert r.low < r.high
        for u in (0, 1):
            BASE.replace(**{name: r.at(u)})
    assert (found["p_join"].low, found["p_join"].high) == (0.0009, 0.011)
    assert (found["hours_event"].low, found["hours_event"].high) == (1.5, 6.0)
    assert found["click_ad"].high == 1.0  # a probability cannot double from 1
    assert not {"n_people", "year", "p_rival", "p_wrong", "share_invited"} & set(found)


def test_a_default_outside_the_evidence_widens_it():
    wide = ranges.ranges(BASE.replace(p_join=0.02))["p_join"]
    assert (wide.low, wide.high, wide.why) == (0.0009, 0.02, ranges.WIDENED)


def test_places_are_on_the_log_scale_unless_they_begin_at_0():
    assert ranges.Range(0.01, 1.0, "").at(0.5) == pytest.approx(0.1)
    assert ranges.Range(0.0, 5.0, "").at(0.5) == 2.5
    assert ranges.Range(27, 33, "", whole=True).at(0.5) == 30


def test_a_hypercube_has_every_parameter_once_in_each_part():
    within = dict(list(ranges.ranges(BASE).items())[:3])
    places = pd.DataFrame(ranges.latin_hypercube(within, 8, seed=3))
    assert list(places) == list(within)
    for name in places:
        assert sorted((places[name] * 8).astype(int)) == list(range(8))


def test_the_box_is_ten_per_cent_within_the_bounds():
    found = ranges.box(BASE, 0.1)
    assert (found["price"].low, found["price"].high) == pytest.approx((18, 22))
    assert (found["click_ad"].low, found["click_ad"].high) == (0.9, 1.0)
    assert (found["days_going_on"].at(0), found["days_going_on"].at(1)) == (27, 33)


# ---- statistics ----------------------------------------------------------------------------------


def test_shares_by_hand():
    gaps = np.array([[1, 2], [3, -1], [-1, -2], [1, -1], [5, 5]], float)
    found = {row["outcome"]: row for row in shares_ahead(gaps)}
    shares = {name: row["value"] for name, row in found.items() if name != "shared"}
    assert shares == {
        "ahead": 0.6, "equal": 0.2, "behind": 0.2, "ahead always": 0.4, "behind always": 0.2,
    }  # fmt: skip
    # Wilson: (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)
    z2 = 1.959964**2
    half = np.sqrt(z2) * np.sqrt(0.24 / 5 + z2 / 100)
    ends = (0.6 + z2 / 10 + np.array([-half, half])) / (1 + z2 / 5)
    assert [found["ahead"]["low"], found["ahead"]["high"]] == pytest.approx(list(ends), rel=1e-5)


def test_what_luck_decides_is_told_from_what_the_setting_decides():
    rng = analysis_rng(1)
    lead = rng.normal(size=(400, 1))
    noise = rng.normal(size=(400, 2))
    shared = {what: shares_ahead(gaps)[-1]["value"]
              for what, gaps in (("setting", lead + 0 * noise), ("half", lead + noise),
                                 ("luck", noise), ("nothing", 0 * noise))}  # fmt: skip
    assert shared["setting"] == pytest.approx(1)
    assert shared["half"] == pytest.approx(0.48, abs=0.12)
    assert shared["luck"] == pytest.approx(0, abs=0.15)
    assert np.isnan(shared["nothing"])


def test_rank_correlations_by_hand_and_against_chance():
    at = pd.DataFrame({"same": [1.0, 2, 3, 4, 5], "turned": [5.0, 4, 3, 2, 1],
                       "other": [2.0, 1, 4, 3, 5], "fixed": [1.0] * 5})  # fmt: skip
    found = rank_correlations(at, np.array([1.0, 8, 27, 64, 125])).set_index("parameter")
    assert found["value"].tolist()[:3] == pytest.approx([1, -1, 0.8])
    assert np.isnan(found.loc["fixed", "value"])
    rng = analysis_rng(2)
    many = pd.DataFrame(rng.normal(size=(500, 40)), columns=[f"p{i}" for i in range(40)])
    lead = many["p7"].to_numpy() ** 3 + rng.normal(size=500)
    found = rank_correlations(many, lead)
    assert found.loc[found["clear"], "parameter"].tolist() == ["p7"]
    row = found.iloc[7]
    assert row["low"] < row["value"] < row["high"]


# ---- the adversary -------------------------------------------------------------------------------


def lived(corners, gaps, generation=0):
    """Return runs whose leads of "a" over "b" are `gaps`, one a corner."""
    rows = []
    for sample, (corner, gap) in enumerate(zip(corners, gaps, strict=True)):
        at = {f"{AT}p{i}": 1.1 if end else 0.9 for i, end in enumerate(corner)}
        both = {"a": gap, "b": 0.0}
        rows += [
            {"generation": generation, "sample": sample, "strategy": name, "replication_id": 0,
             "sales": value, **at}
            for name, value in both.items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def test_harm_by_hand():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    first = lived(corners, 10 - 6.0 * corners[:, 0] + 2.0 * corners[:, 1])
    other_luck = lived(corners, 90 - 6.0 * corners[:, 0] + 2.0 * corners[:, 1], generation=1)
    found = harm(pd.concat([first, other_luck]), "a", "b", ["p0", "p1"])
    assert found["value"].tolist() == pytest.approx([-6, 2])
    assert worst_corner(found) == {"p0": 1.0, "p1": 0.0}
    never = harm(first[first["sample"] < 2], "a", "b", ["p0", "p1"])
    assert never["value"].tolist() == pytest.approx([0, 2])  # p0 never varied


def test_the_adversary_finds_the_worst_corner_in_spite_of_luck():
    """Twelve parameters, noise as large as the largest effect; the weak ones may be missed."""
    rng = analysis_rng(4)
    names = [f"p{i}" for i in range(12)]
    effect = np.array([3, -3, 2, -2, 2, -2, 1.5, -1.5, 1, -1, 0, 0])
    frame, known = [], None
    for generation in range(8):
        corners = next_corners(known, names, 40, seed=generation)
        gaps = (2 * corners - 1) @ effect + rng.normal(0, 3, 40) + rng.normal(0, 20)
        frame.append(lived(corners, gaps, generation))
        known = harm(pd.concat(frame), "a", "b", names)
    ends = 2 * np.array([*worst_corner(known).values()]) - 1
    assert ends @ effect <= -0.9 * np.abs(effect).sum()
    share_high = next_corners(known, names, 4000, seed=99).mean(axis=0)
    assert share_high[:2] == pytest.approx([0.05, 0.95], abs=0.02)


# ---- the framework -------------------------------------------------------------------------------


def test_a_cell_can_have_luck_of_its_own():
    posting, community = STRATEGIES["posting_only"], STRATEGIES["community_building"]
    cells = [Cell(TOWN, lever, {"i": i}, seed)
             for i, seed in enumerate((None, 1, 2)) for lever in (posting, community)]  # fmt: skip
    frame = run_cells(Cells(cells, 2), jobs=1).drop(columns="seconds")
    parts = [frame[frame["i"] == i].drop(columns="i").reset_index(drop=True) for i in range(3)]
    pd.testing.assert_frame_equal(parts[0], parts[1])  # the design has seed 1
    assert not parts[1].equals(parts[2])
    assert len(differences(frame, "sales", "community_building", "posting_only", by=["i"])) == 6
    with pytest.raises(InputError):
        Cells([Cell(TOWN, posting, {}, -1)], 1)


def test_a_line_about_many_settings_stays_short():
    cells = [Cell(TOWN, STRATEGIES["posting_only"], {"sample": i}, i) for i in range(100)]
    said = Cells(cells, 1).describe()
    assert "sample 0 to 99 (100)" in said
    assert "100 seeds" in said


def test_a_search_goes_on_until_nothing_follows(monkeypatch):
    def one(generation):
        labels = {"generation": generation}
        return Cells([Cell(TOWN, STRATEGIES["posting_only"], labels)], 1)

    def follow_up(frame, smoke):
        last = int(frame["generation"].max())
        assert len(frame) == last + 1
        return [one(last + 1)] if last < 3 else []

    toy = SimpleNamespace(
        __doc__="How long?", design=lambda smoke: one(0), follow_up=follow_up,
        table=lambda frame: frame, figure=lambda table: None, finding=lambda table: "",
    )  # fmt: skip
    monkeypatch.setattr(run, "load", lambda name: toy)
    result = run.run_experiment("toy", jobs=1)
    assert result.frame["generation"].tolist() == [0, 1, 2, 3]
    assert result.folded.count("**Cells.**") == 4


def test_a_search_of_failed_runs_ends():
    """Generations are counted by their labels; when all failed there is nothing to confirm."""
    rows = [
        {**robustness._labels("search", rival, generation), "strategy": name, "sales": np.nan,
         "replication_id": 0, "status": "FAILED"}
        for generation in range(2)
        for rival in robustness.RIVALS
        for name in (rival, "community_building")
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    second = robustness.follow_up(frame[frame["generation"] == 0], smoke=True)
    assert {cell.labels["generation"] for cell in second[0].cells} == {1}
    assert robustness.follow_up(frame, smoke=True) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((5, 9), (1, 4), "holds"),
        ((5, 9), (-1, 4), "is no longer clear"),
        ((5, 9), (-4, -1), "is reversed"),
        ((-1, 2), (-4, -1), "was not clear to begin with"),
        ((-3, -1), (-4, -1), "was none to begin with"),
    ],
)
def test_the_verdict_is_read_off_the_intervals(before, after, said):
    rows = [
        {"what": "community_building against posting_only, fresh", "adversary": name,
         "value": sum(ends) / 2, "low": ends[0], "high": ends[1]}
        for name, ends in (("none", before), ("posting_only", after))
    ]  # fmt: skip
    assert robustness._verdict(pd.DataFrame(rows), "posting_only") == said
