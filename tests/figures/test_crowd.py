"""The crowd: stages rebuilt from the events are the run's own counts, and the sample is fair."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.core.outcomes import Event
from simulation.figures import crowd
from simulation.runs.run import Run, simulate
from simulation.tools.errors import InputError
from tests.inputs.test_world import ALL_LEVERS, LIVELY

RIVAL = LIVELY.replace(p_rival=0.1, p_switch=0.5, n_people=800)


@pytest.fixture(scope="module", params=["auto", "mesa"])
def run(request) -> Run:
    """A world in which people move, lapse and leave for the rival, by either engine."""
    few = {"n_people": 150, "n_days": 60} if request.param == "mesa" else {}
    return simulate(RIVAL.replace(**few), ALL_LEVERS, seed=3, engine=request.param, events=True)


def counts(stages: np.ndarray) -> np.ndarray:
    """People in each stage, one row a day."""
    return np.stack([(stages == stage).sum(axis=1) for stage in range(4)], axis=1)


def test_every_day_has_the_counts_of_the_run(run):
    for event in crowd.CHANGES:
        assert (run.log[:, crowd.EVENT] == event).any(), event  # else nothing is put to the test
    stages = crowd.stages_by_day(run)
    assert stages.dtype == np.uint8
    assert stages.shape == (run.scenario.world.n_days + 1, run.scenario.world.n_people)
    np.testing.assert_array_equal(counts(stages[1:]), run.table.n)
    np.testing.assert_array_equal(stages[0], run.start_stage)
    np.testing.assert_array_equal(stages[-1], run.end.people.stage & 3)


@pytest.mark.parametrize("event", crowd.CHANGES)
def test_no_kind_of_change_may_be_forgotten(event, monkeypatch):
    """Negative control: without one kind of event the counts differ."""
    lived = simulate(RIVAL, ALL_LEVERS, seed=3, events=True)
    monkeypatch.setattr(crowd, "CHANGES", tuple(e for e in crowd.CHANGES if e != event))
    assert not np.array_equal(counts(crowd.stages_by_day(lived)[1:]), lived.table.n)


def test_who_moves_and_leaves_on_one_day_has_left():
    """Somebody who moves up and then meets the rival ends that day a stranger."""
    lived = simulate(
        RIVAL.replace(p_rival=1.0, p_switch=1.0, n_people=2000, rival_day=0),
        ALL_LEVERS, seed=3, events=True,
    )  # fmt: skip
    log = lived.log[np.isin(lived.log[:, crowd.EVENT], [Event.MOVE, Event.SWITCH])]
    days = {kind: {(t, p) for t, p, e, *_ in log.tolist() if e == kind} for kind in Event}
    both = days[Event.MOVE] & days[Event.SWITCH]
    assert both
    stages = crowd.stages_by_day(lived)
    assert all(stages[day + 1, person] == 0 for day, person in both)


def test_some_people_alone(run):
    some = np.array([7, 3, 140])
    np.testing.assert_array_equal(
        crowd.stages_by_day(run, some), crowd.stages_by_day(run)[:, [7, 3, 140]]
    )
    assert crowd.stages_by_day(run, np.array([], int)).shape == (run.table.size + 1, 0)


def test_a_run_without_events_is_refused_in_the_words_of_the_run():
    bare = simulate(LIVELY.replace(n_days=31), ALL_LEVERS)
    with pytest.raises(InputError) as ours:
        crowd.stages_by_day(bare)
    with pytest.raises(InputError) as theirs:
        _ = bare.events
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("people", [[-1], [800], [1.5], [[1]], [2, 2]])
def test_persons_who_are_not_there_are_refused(people):
    lived = simulate(RIVAL.replace(n_days=31), ALL_LEVERS, events=True)
    with pytest.raises(InputError, match="people:"):
        crowd.stages_by_day(lived, np.array(people))


def test_the_sample_is_spread_over_everybody_and_the_same_under_every_strategy():
    world = LIVELY.replace(n_days=31)
    ours, theirs = (simulate(world, s) for s in (ALL_LEVERS, "posting_only"))
    for at_most in (1, 7, 599, 600, 10_000):
        sample = crowd.sample_of_people(ours, at_most)
        np.testing.assert_array_equal(sample, crowd.sample_of_people(theirs, at_most))
        assert sample.size == min(at_most, 600)
        gaps = np.diff(sample)
        assert sample[0] == 0
        if sample.size > 1:
            assert gaps.max() - gaps.min() <= 1
            assert 600 - sample[-1] <= gaps.max() + 1
    with pytest.raises(InputError, match="at_most"):
        crowd.sample_of_people(ours, 0)


def test_the_sample_stands_for_all():
    """The shares of the stages in a sample are those of everybody, within 5 sigma."""
    lived = simulate("launch_2025", "community_building", seed=4, events=True)
    sample = crowd.sample_of_people(lived, 5000)
    share = counts(crowd.stages_by_day(lived, sample))[-1] / sample.size
    everybody = lived.table.n[-1] / lived.scenario.world.n_people
    sigma = np.sqrt(everybody * (1 - everybody) / sample.size)
    assert (np.abs(share - everybody) < 5 * sigma).all()


@pytest.mark.parametrize("n", [0, 1, 2, 10, 1000, 5000])
def test_seats_fill_the_square_and_never_change(n):
    places = crowd.seats(n)
    assert places.shape == (n, 2)
    assert ((places > 0) & (places < 1)).all()
    np.testing.assert_array_equal(places, crowd.seats(n + 5)[:n])
    if n >= 1000:
        held = np.histogram2d(*places.T, bins=5, range=[[0, 1], [0, 1]])[0]
        assert held.min() > 0.9 * n / 25  # a random crowd of 1000 would miss that
        assert held.max() < 1.1 * n / 25
        apart = np.sqrt(((places[:300, None] - places[None, :300]) ** 2).sum(axis=2))
        assert apart[~np.eye(300, dtype=bool)].min() > 0.5 / np.sqrt(300)
