"""The measures of x14, by hand, and the pairing it rests on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x14_complaints as x14
from experiments.kit.cells import Cell, Cells, run_cells
from simulation import STRATEGIES, Scenario
from simulation.core.outcomes import DAY_DTYPE, Event
from simulation.people.population import LIFE_DTYPE

TOWN = Scenario.load("classroom").replace(n_people=400, n_days=100, can_go_wrong=True, p_buy=0.5)


def test_who_complained_and_was_kept_by_hand():
    log = np.array(
        [
            (20, 0, Event.COMPLAIN, 2, 2, -1),  # a subscriber, who ends as a follower
            (21, 1, Event.COMPLAIN, 2, 2, -1),  # a subscriber, who ends as a member
            (22, 2, Event.COMPLAIN, 0, 0, -1),  # a stranger is no fan
            (27, 0, Event.COMPLAINT_IGNORED, 2, 2, -1),
        ],
        np.int32,
    )
    lives = np.zeros(3, LIFE_DTYPE).view(np.recarray)
    lives["prominence"], lives["self_connection"] = [0.5, 0.0, 1.0], [0.3, 0.6, 1.0]
    lives["last_contact"] = TOWN["n_days"] - 1  # today: nothing has faded
    table = np.zeros(TOWN["n_days"], DAY_DTYPE).view(np.recarray)
    table["warned"][[27, 28]], table["n"][-1] = 2, [390, 5, 3, 2]
    people = SimpleNamespace(stage=np.array([1, 3, 0], np.uint8), lives=lives)
    run = SimpleNamespace(log=log, table=table, scenario=TOWN, end=SimpleNamespace(people=people))
    found = x14.measure(run)
    assert found["felt"] == pytest.approx(0.4 + 0.3)
    del found["felt"]
    assert found == {"warned": 4, "listed": 5, "fans_complained": 2, "kept": 1}


def test_when_all_are_answered_in_full_complaints_change_nothing():
    """Where nobody minds before, and an answer repairs everything."""
    arms = {"never": 0.0, "often": 0.5}
    mild = TOWN.replace(loss_wrong=0.0, answer_repairs=1.0, hours_case=0.05)
    cells = [
        Cell(mild.replace(p_wrong=p), STRATEGIES["service_first"], {"world": world})
        for world, p in arms.items()
    ]
    frame = run_cells(Cells(cells, 3, measure=x14.measure, events=True), jobs=1)
    never, often = (frame[frame["world"] == world].reset_index() for world in arms)
    assert often["complaints"].min() > 0
    assert (often["complaints_answered"] == often["complaints"]).all()
    assert often["warned"].sum() == 0
    for outcome in ("sales", "listed", "attachment_subscriber"):
        pd.testing.assert_series_equal(never[outcome], often[outcome])


def test_the_gap_between_plenty_and_none_by_hand():
    frame = pd.DataFrame(
        [
            {"share": share, "replication_id": r, "kept": kept, "fans_complained": 10.0}
            for share, kept in ((0.0, 4.0), (x14.PLENTY, 9.0))
            for r in range(3)
        ]
    )
    row = x14._gap(frame, "kept")
    assert [row["value"], row["low"], row["high"]] == pytest.approx([0.5, 0.5, 0.5])
