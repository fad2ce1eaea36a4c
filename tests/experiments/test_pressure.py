"""The levers and measures of x08, by hand, and who is kept (x08 and x11)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x08_pressure as x08
from experiments.kit.tables import kept_by_stage
from simulation import STRATEGIES, Scenario
from simulation.core.stages import STAGES
from simulation.engine.plan import plan
from simulation.people.population import TOLD

TOWN = Scenario.load("launch_2025").replace(n_people=1_000, hours_post=x08.HOURS_POST)


@pytest.mark.parametrize("base", x08.BASES)
def test_posts_a_day_are_what_is_asked_and_nothing_else_changes(base):
    before = plan(TOWN, STRATEGIES[base].model_copy(update={"launch_posts": ()}))
    for posts in x08.POSTS:
        days = plan(TOWN, x08.pressing(STRATEGIES[base], posts, TOWN))
        assert (days["posts"] == posts).all()
        for column in ("pieces", "events", "replies", "ad_clicks"):
            assert days[column].tolist() == pytest.approx(before[column].tolist()), column
        assert days["hours"].sum() == pytest.approx(before["hours"].sum())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        x08.pressing(STRATEGIES[x08.CHOSEN], 100, TOWN)


def test_hours_saved_do_nothing_in_support():
    assert not TOWN["can_go_wrong"]
    worlds = x08.worlds_of(TOWN)
    assert worlds[x08.NOBODY]["g_posts"] == 0
    assert worlds[x08.TOUCHY]["g_posts"] == 3 * TOWN["g_posts"]
    assert worlds[x08.TIRED]["wear_after"] == TOWN["wear_after"] / 4
    assert worlds[x08.CHOOSY]["price"] == 25


def test_who_is_kept_by_hand():
    def state(*stages):
        return SimpleNamespace(people=SimpleNamespace(stage=np.array(stages, np.uint8)))

    start = state(0, 1, 1, 1 | TOLD, 2, 2, 3, 3)
    end = state(1, 0, 2 | TOLD, 1, 1, 3, 3, 2)
    assert kept_by_stage(SimpleNamespace(start_stage=start.people.stage & 3, end=end)) == {
        "began_follower": 3, "kept_follower": 2, "began_subscriber": 2, "kept_subscriber": 1,
        "began_member": 2, "kept_member": 1,
    }  # fmt: skip


def test_the_peak_and_what_is_lost_beyond_by_hand():
    """Copies 1, 5, 2 at 1, 4, 16 posts, in every world alike."""
    rows = [
        {"world": "w", "base": "b", "posts": posts, "replication_id": r, "sales": sold,
         **{f"{what}_{stage}": 10.0 for what in ("began", "kept")
            for stage in ("follower", "subscriber", "member")}}
        for posts, sold in ((1, 1.0), (4, 5.0), (16, 2.0))
        for r in range(3)
    ]  # fmt: skip
    table = x08.table(pd.DataFrame(rows))
    peak = table[table["what"] == "peak"].iloc[0]
    assert [peak["value"], peak["low"], peak["high"]] == [4, 4, 4]
    beyond = table[table["what"] == "against the peak"]
    assert beyond[["posts", "value"]].to_numpy().tolist() == [[16, -3]]


def sold(**copies):
    """Return runs of worlds, all strategies alike: {world: copies at 1, 4 and 16 posts}."""
    rows = [
        {"world": world, "base": base, "posts": posts, "replication_id": r, "sales": n + r,
         **{f"began_{stage}": 10.0 for stage in STAGES[1:]},
         **{f"kept_{stage}": 10.0 - k * i for i, stage in enumerate(STAGES[1:])}}
        for world, values in copies.items()
        for base in x08.BASES
        for k, (posts, n) in enumerate(zip((1, 4, 16), values, strict=True))
        for r in range(3)
    ]  # fmt: skip
    return x08.table(pd.DataFrame(rows))


def test_the_words_say_where_copies_are_lost_and_who_leaves():
    up, down, early = (1.0, 50.0, 90.0), (1.0, 50.0, 20.0), (50.0, 20.0, 1.0)
    worlds = {x08.NOBODY: up, x08.ASSUMED: down, x08.TOUCHY: early, x08.CHOOSY: down}
    found = x08.finding(sold(**worlds))
    assert found.answer == (
        "16 posts a day are clearly too many; where people mind three times as much, 4 are."
    )
    assert found.carries == "members leave: of a hundred 100 stay with 1 a day, 60 with 16."
    assert found.flips == (
        "where nobody minds, none is clearly too many; "
        "choosier people bear not clearly fewer (building a community)."
    )
    assert found.beyond() == []
    found = x08.finding(sold(**{**worlds, x08.CHOOSY: early, x08.NOBODY: down}))
    assert "even where nobody minds, 16 are too many" in found.flips
    assert "bear fewer" in found.flips
    found = x08.finding(sold(**dict.fromkeys(worlds, up)))
    assert found.answer == (
        "Up to 16 posts a day none is clearly too many, nor where people mind three times as much."
    )


def test_posts_cost_what_the_page_says():
    assert f"{60 * x08.HOURS_POST:.1f}" == "0.5"
    found = x08.finding(sold(**dict.fromkeys(x08.worlds_of(TOWN), (1.0, 2.0, 3.0))))
    minutes = 60 * Scenario.load("launch_2025")["hours_post"]
    assert f"instead of {minutes:.0f}" in found.limits
