"""Best of each kind: the splits are what their kinds allow, and planted truths are found."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import x16_best_of_kind as best
from simulation.engine.plan import check_equal_effort
from simulation.inputs.scenario import Scenario


def test_every_split_is_of_its_kind_and_costs_the_same():
    town = Scenario.load("launch_2025")
    for kind in best.KINDS:
        splits = best.lattice(kind, 4)
        near = [other for split in splits for other in best.beside(kind, split)]
        assert all(best.may(kind, split) for split in [*splits, *near])
        check_equal_effort(town, splits + near[:20])
        assert len({split.name for split in splits}) == len(splits)
        for split in splits + near:
            assert best._named(split.name) == split
    assert not best.may(best.LIST, best.lattice(best.COMMUNITY, 4)[0])
    assert all(split.phases[0].hosting >= 0.05 for split in best.lattice(best.COMMUNITY, 4))
    assert all(
        split.phases[0].content > 0
        for kind in (best.LIST, "deal_driven")
        for split in best.lattice(kind, 4)
    )


def planted(splits, stage, sold, place):
    """Return runs of splits in the worlds of a stage that sell what `sold` says."""
    return pd.DataFrame([
        {"stage": stage.name, "place": place, "later": later, "strategy": split.name,
         "replication_id": world, "status": "SUCCEEDED",
         "expected_sales": sold(split) + 3 * world + later / 100}
        for split in splits for later in best.QUARTERS for world in range(2)
    ])  # fmt: skip


def lived(sold):
    """Return the runs of a whole search where a split sells what `sold` says, as in the smoke."""
    frame, stages = pd.DataFrame(), [best.SEARCH, best.CHOOSE, best.REPORT]
    declared = best.design(smoke=True)
    for stage in stages:
        cells = declared[0].cells
        parts = [frame]
        for place in dict.fromkeys(cell.labels["place"] for cell in cells):
            splits = {c.strategy.name: c.strategy for c in cells if c.labels["place"] == place}
            parts.append(planted(splits.values(), stage, sold, place))
        frame = pd.concat(parts, ignore_index=True)
        declared = best.follow_up(frame, smoke=True)
    assert declared == []
    return frame


@pytest.mark.parametrize("host", [0.05, 0.35])
def test_the_search_climbs_to_what_was_planted(host):
    """Sales fall with the distance to one split: the search comes within a step of it."""
    truth = {"posting": 0.4, "content": 0.6 - host, "hosting": host}

    def sold(split):
        phase = split.phases[0]
        gaps = [abs(getattr(phase, a) - truth.get(a, 0.0)) for a in best.KINDS["balanced"]]
        return 100 - 50 * sum(gaps) - 200 * (phase.days_between_offers > 0)

    table = best.table(lived(sold))
    row = table[(table["what"] == "best") & (table["strategy"] == best.COMMUNITY)].iloc[0]
    assert row["hosting"] == pytest.approx(host, abs=0.051)
    assert row["content"] == pytest.approx(0.6 - host, abs=0.11)
    found = best.finding(table)
    assert found.answer.endswith(" more copies than building a list.")
    assert found.beyond() == []


def test_what_is_reported_was_not_chosen_for_its_luck():
    """Where every split sells alike but luck, the report shows no lead."""
    import zlib

    frame = lived(lambda split: 50.0)
    luck = [zlib.crc32(f"{r.stage}{r.place}{r.later}{r.strategy}{r.replication_id}".encode())
            for r in frame.itertuples()]  # fmt: skip
    frame["expected_sales"] += [(number / 2**32 - 0.5) * 20 for number in luck]
    searched = frame[frame["stage"] == "search"].groupby("strategy")["expected_sales"].mean()
    assert searched.max() > frame["expected_sales"].mean() + 2  # the winner's curse, if one looked
    table = best.table(frame)
    gaps = table[(table["what"] == "lead") & (table["strategy"] == best.COMMUNITY)]
    assert (gaps["low"] < 0).all()
    assert (gaps["high"] > 0).all()
    assert "no difference can be told between building a community" in best.finding(table).answer
