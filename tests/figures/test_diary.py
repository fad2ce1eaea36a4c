"""The diary of one person: all that happened to them, once, in order, in plain words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from simulation import InputError, Scenario, simulate
from simulation.core.outcomes import Event
from simulation.core.stages import STAGES
from simulation.figures.diary import Entry, diary, events_about
from tests.inputs.test_world import ALL_LEVERS, LIVELY


@pytest.fixture(scope="module")
def lively():
    """A small world in which everything can happen, with its events."""
    return simulate(LIVELY, ALL_LEVERS, seed=3, events=True)


def counted(entry: Entry) -> int:
    """Return how many events a line tells."""
    if entry.kind != "contact":
        return 1
    parts = entry.text.split(", ")
    return sum(int(n[0]) if (n := re.findall(r"\b\d+\b", part)) else 1 for part in parts)


def test_every_event_is_told_once(lively):
    """For everybody, the lines tell as many events as the log holds of them, in order of days."""
    kinds = set()
    for person in range(lively.start_stage.size):
        entries = diary(lively, person)
        rows = events_about(lively.log, person)
        assert sum(map(counted, entries)) == len(rows)
        days = [(entry.day, entry.last_day) for entry in entries]
        assert all(first <= last for first, last in days)
        assert [d for d, _ in days] == sorted(d for d, _ in days)
        kinds |= {entry.kind for entry in entries}
    gathered = {"message", "answered"}  # in lines of contacts
    assert kinds == {event.name.lower() for event in Event} - gathered


MOVED = {
    "became a follower": "follower",
    "subscribed": "subscriber",  # some go straight to the list
    "joined the community": "member",
}


def test_moves_and_purchases_are_those_of_the_person(lively):
    """The last move told is where the person ends; who owns a copy bought it or was given one."""
    people = lively.people
    for person, row in people.iterrows():
        stage = row["start_stage"]
        for entry in diary(lively, person):
            if entry.kind == "move":
                assert STAGES.index(MOVED[entry.text]) > STAGES.index(stage)
                stage = MOVED[entry.text]
            elif entry.kind == "lapse":
                stage = STAGES[STAGES.index(stage) - 1]
            elif entry.kind == "switch":
                stage = "stranger"
        assert stage == row["stage"]
    owners = people.index[people["owns"]]
    assert len(owners) > 5
    for person in owners:
        told = " ".join(entry.text for entry in diary(lively, person))
        assert "bought a copy" in told or "gave them a copy" in told


def test_both_sides_of_a_gift_are_told(lively):
    """The giver's diary and the friend's tell the same gift on the same day."""
    gifts = lively.log[lively.log[:, 2] == Event.GIFT]
    assert len(gifts)
    for day, giver, _, _, _, friend in gifts[:10]:
        assert Entry(day, day, "gift", "gave a copy to a friend") in diary(lively, int(giver))
        assert Entry(day, day, "gift", "a friend gave them a copy") in diary(lively, int(friend))


def test_the_mesa_model_writes_the_same_diary():
    """The same person, the same luck, the same words from either engine."""
    small = Scenario.load("classroom").replace(n_people=300)
    one, other = (
        simulate(small, "community_building", engine=engine, events=True)
        for engine in ("auto", "mesa")
    )
    busy = np.unique(one.log[:, 1])[:40]
    assert [diary(one, int(p)) for p in busy] == [diary(other, int(p)) for p in busy]


def test_words():
    """What is gathered is counted; a line of one day names one day."""
    assert str(Entry(3, 3, "buy", "bought a copy")) == "day 3: bought a copy"
    assert str(Entry(3, 9, "contact", "saw 2 posts")) == "day 3 to 9: saw 2 posts"


@pytest.mark.parametrize("person", [-1, 10**9, 1.5, "x", None, True])
def test_nobody_of_that_number(lively, person):
    """One line that says which numbers there are."""
    with pytest.raises(InputError, match="person"):
        diary(lively, person)


def test_without_events_there_is_no_diary():
    """The line says what to call."""
    with pytest.raises(InputError, match="events=True"):
        diary(simulate("classroom"), 0)


def test_an_answer_is_the_hosts_or_a_members():
    """No fan answers here: every answer is the host's, and the diary says so."""
    run = simulate(LIVELY.replace(relationships=False), ALL_LEVERS, seed=3, events=True)
    answered = run.log[run.log[:, 2] == Event.ANSWERED]
    assert len(answered) > 20
    told = [str(entry) for person in set(answered[:, 1].tolist()) for entry in diary(run, person)]
    assert any("was answered by the host" in line for line in told)
    assert not any("another member" in line or "other members" in line for line in told)
