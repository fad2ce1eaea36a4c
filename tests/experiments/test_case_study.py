"""The measures of x12, by hand on a log of a few events."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x12_case_study as x12
from experiments.kit import tables as common
from simulation import STRATEGIES, Scenario
from simulation.core.outcomes import DAY_DTYPE, Event
from simulation.core.stages import Channel
from simulation.tools.errors import InputError

SCENARIO = Scenario().replace(n_people=100, n_days=90, launch_day=30, days_window=10)
FOLLOWER, MEMBER = 1, 3


def run_of(rows, announce=("post",)):
    """Return what a measure reads of a run: log, table, scenario, strategy."""
    table = np.zeros(SCENARIO["n_days"], DAY_DTYPE).view(np.recarray)
    table["n"][30] = [60, 30, 8, 2]
    logged = [(day, who, event, at, at, cause) for day, who, event, at, cause in rows]
    log = np.array(logged, np.int32).reshape(-1, 6)
    strategy = STRATEGIES["balanced"].model_copy(update={"announce": announce})
    return SimpleNamespace(
        log=log, table=table, scenario=SCENARIO, strategy=strategy, seed=0, replication=0
    )


ROWS = [
    (24, 1, Event.CONTACT, FOLLOWER, Channel.POST),  # the day before it can be ordered
    (25, 2, Event.CONTACT, FOLLOWER, Channel.POST),
    (30, 2, Event.CONTACT, FOLLOWER, Channel.POST),
    (31, 2, Event.CONTACT, FOLLOWER, Channel.POST),
    (39, 3, Event.CONTACT, 0, Channel.DISCOVERY),
    (39, 4, Event.CONTACT, MEMBER, Channel.VISIT),
    (40, 5, Event.CONTACT, FOLLOWER, Channel.POST),  # the day after it
    (33, 2, Event.BUY, FOLLOWER, 1),
    (33, 4, Event.BUY, MEMBER, 1),
    (33, 4, Event.RECOMMEND, MEMBER, 7),
    (33, 4, Event.RECOMMEND, MEMBER, 8),  # two friends, one who recommends
    (33, 4, Event.REVIEW, MEMBER, 5),
    (33, 4, Event.GIFT, MEMBER, 7),
    (33, 4, Event.GIFT, MEMBER, 9),
]


def test_who_bought_spoke_and_was_told_by_hand():
    found = x12.measure(run_of(ROWS))
    assert (found["heads_stranger"], found["heads_member"]) == (60, 2)
    assert (found["buyers_follower"], found["buyers_member"], found["buyers_stranger"]) == (1, 1, 0)
    assert (found["promoters_member"], found["reviewers_member"], found["given_member"]) == (
        1,
        1,
        2,
    )
    assert found["promoters_follower"] == 0
    assert found["told"] == 2  # persons 2 and 3, in the window, by posts
    assert x12.measure(run_of(ROWS, ("visit",)))["told"] == 1
    assert x12.measure(run_of(ROWS, ()))["told"] == 0
    assert found["posts"] > found["mails"] > 0
    empty = x12.measure(run_of([]))
    assert empty["buyers_member"] == empty["told"] == 0


def test_without_a_log_the_measure_says_so():
    run = SimpleNamespace(log=None)
    with pytest.raises(InputError, match="events=True"):
        common.logged(run, Event.BUY)


def test_the_arms_differ_in_the_announcement_only():
    strategies = [cell.strategy for cell in x12.design(smoke=True).cells]
    assert len({strategy.announce for strategy in strategies}) == 5
    bare = [strategy.model_dump(exclude={"name", "announce"}) for strategy in strategies]
    assert all(one == bare[0] for one in bare)


def test_how_many_times_as_much_a_head_bought():
    frame = pd.DataFrame(
        [
            {"strategy": x12.FOLLOWERS, "replication_id": r, "sales_to_follower": 2.0,
             "heads_follower": 100.0, "sales_to_subscriber": 0.0, "heads_subscriber": 10.0}
            for r in range(3)
        ] + [
            {"strategy": x12.LIST, "replication_id": r, "sales_to_follower": 0.0,
             "heads_follower": 100.0, "sales_to_subscriber": 4.0, "heads_subscriber": 10.0}
            for r in range(3)
        ]
    )  # fmt: skip
    row = x12._times(frame, x12.LIST, x12.FOLLOWERS)
    assert [row["value"], row["low"], row["high"]] == pytest.approx([20, 20, 20])
