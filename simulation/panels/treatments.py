"""What is done to some people, and not to others, on the morning of a day.

State is changed between two days; the engine is as it is. An invitation is a mark that a person
carries. A mail or an ad is a contact: `touch` calls the very functions with which the engine lets
contacts be felt, move people and be followed up (model 7.3, 7.4, 7.6), with draws of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from simulation.core.randomness import uniform, whole_uniform
from simulation.core.stages import Channel
from simulation.engine.common import MEMBER, N_CHANNELS, SUBSCRIBER, Chances, D, Given, Now, felt
from simulation.engine.day import new_log, with_bonds
from simulation.engine.look import consider
from simulation.engine.meet import feel
from simulation.engine.move import change_seats, climb, note_move, recount
from simulation.engine.plan import PLAN_DTYPE
from simulation.engine.waking import clock_of_seat, set_mark, set_member_mark, with_room
from simulation.panels.lives import Town
from simulation.people.population import INVITED, State
from simulation.rules import attachment, contact, offers

#: The draws of a treatment are no draws of the day: they have an index of their own.
TREATED = 1
#: What each treatment is: its meaning, and who may be treated unless told.
TREATMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "invitation": ("may join the community from that day on; nobody else may", ("subscriber",)),
    "mail": ("one mail more, to the treated alone", ("subscriber", "member")),
    "ad": ("an ad that the treated meet", ("follower", "subscriber", "member")),
    "discount": ("a mail that carries an offer", ("subscriber", "member")),
    "nothing": ("nothing at all: every effect is 0", ("subscriber", "member")),
}


def treat(town: Town, state: State, day: int, persons: np.ndarray, treatment: str) -> State:
    """Return the state of the morning after these people were treated; what was given stays.

    persons : int64, ascending, each once
    """
    if not persons.size or treatment == "nothing":
        return state
    state = state.copy()
    if treatment == "invitation":
        state.people.lives.marks[persons] |= INVITED
        return state
    channel = Channel.AD if treatment == "ad" else Channel.MAIL
    return touch(town, state, day, persons, int(channel), offer=treatment == "discount")


class Touched(NamedTuple):
    """Somebody who was touched: their stages before and after, and how far ahead their mark is."""

    person: int
    stage: int
    new: int
    ahead: float
    felt: tuple[float, float]


def touch(
    town: Town, state: State, day: int, persons: np.ndarray, channel: int, *, offer: bool = False
) -> State:
    """Let people have one contact by a channel on the morning of a day; the state is changed.

    Who is not on the list gets no mail, and not everybody reads it (`contact.mail_chance`). As in
    the engine nobody reads what another did in the same phase: seats, and what friends know of
    members, change when all have been touched. Returns the state: some tables may be new ones.
    """
    if not persons.size:
        return state
    given = town.given._replace(par=town.scenario.numbers())
    now = _morning(town, given, day, channel, offer)
    left = (float(given.fading[0, 1]), float(given.fading[1, 1]))
    with opened(state, persons) as (seen, brand):
        _scale(brand, left)  # the sums of the stages fade at the beginning of the day
        found = [
            _touched(given, now, seen, brand, int(person), channel)
            for person in persons
            if _meets(given, seen, day, int(person), channel)
        ]
        for one in found:
            if one.new != one.stage:
                recount(brand, one.stage, one.new, *one.felt)
        _scale(brand, [1.0 / share if share > 0.0 else 1.0 for share in left])
    joined = np.array([one.person for one in found if one.stage < one.new == MEMBER], np.int64)
    bonds = change_seats(given, day, state.bonds, state.people, joined, joined.size)
    state = with_room(with_bonds(state, bonds), sum(one.new != one.stage for one in found))
    for one in found:
        if one.new == MEMBER:
            set_member_mark(given, state, one.person, day, one.ahead)
        elif one.new != one.stage:
            life = state.people.lives[one.person]
            set_mark(state.waking, life, one.person, one.new, one.ahead)
    return state


@contextmanager
def opened(state: State, persons: np.ndarray) -> Iterator[tuple[Any, Any]]:
    """Give the state with the rows of some people, and the brand's, as plain objects.

    Python reads and writes those ten times as fast as records of arrays; what was changed is
    written back at the end. Nobody else may be looked at meanwhile.
    """
    people: Any = state.people
    lives, rare = (_objects(rows, persons) for rows in (people.lives, people.rare))
    brand = SimpleNamespace(
        n=state.brand[0].n.tolist(),
        prominence=state.brand[0].prominence.tolist(),
        self_connection=state.brand[0].self_connection.tolist(),
    )
    seen: Any = SimpleNamespace(stage=people.stage, lives=lives, rare=rare)
    yield state._replace(people=seen), brand
    for rows, objects in ((people.lives, lives), (people.rare, rare)):
        for name in rows.dtype.names:
            rows[name][persons] = [getattr(row, name) for row in objects.values()]
    for name, values in vars(brand).items():
        state.brand[name][0] = values


def _objects(rows: Any, persons: np.ndarray) -> dict[int, SimpleNamespace]:
    names = rows.dtype.names
    found = rows.view(np.ndarray)[persons].tolist()
    return {
        int(person): SimpleNamespace(**dict(zip(names, row, strict=True)))
        for person, row in zip(persons, found, strict=True)
    }


def _morning(town: Town, given: Given, day: int, channel: int, offer: bool) -> Now:
    """Return the day as a treatment sees it: the plan, and what the contact speaks of."""
    row = town.days[day]
    page = [page for page in town.pages if page.first <= day][-1]
    speaks = int(page.announced <= day)
    today = SimpleNamespace(**{name: row[name].item() for name in PLAN_DTYPE.names or ()})
    today.announce_ad = today.announce_mail = speaks
    today.offer = int(offer and speaks)
    shows = given.par.price_learning > 0.0 and offers.price_shown(given.par, channel, today) > 0.0
    none = (0.0,) * 4
    chances = Chances(*(0.0,) * 9, speaks << channel, int(shows) << channel, none, none)
    counted = SimpleNamespace(contacts=[0] * N_CHANNELS, moves=[0] * 6, considerations=0)
    return Now(day, today, counted, chances)


def _meets(given: Given, state: State, day: int, person: int, channel: int) -> bool:
    """Say whether somebody has the contact: anyone meets the ad, a reader on the list the mail."""
    if channel != Channel.MAIL:
        return True
    if int(state.people.stage[person]) & 3 < SUBSCRIBER:
        return False
    felt_a = attachment.attachment(given.par, *felt(state.people, given.fading, person, day))
    opens = contact.mail_chance(given.par, 1, felt_a)
    return bool(uniform(given.key, person, day, D.MAIL, TREATED) < opens)


def _touched(
    given: Given, now: Now, state: State, brand: Any, person: int, channel: int
) -> Touched:
    """Let one person feel a contact, move up by it perhaps, and follow it up perhaps."""
    par, people, day = given.par, state.people, now.day
    life, stage, met = people.lives[person], int(people.stage[person]) & 3, 1 << channel
    clock = state.waking.clock
    if stage == MEMBER:
        ahead = life.mark - clock_of_seat(clock, state.bonds, people.rare[person].seat)
    else:
        ahead = life.mark - clock[stage]
    log: Any = new_log(False)
    left = float(given.fading[2, day - int(life.last_contact)])
    morning = felt(people, given.fading, person, day)
    p, c = feel(par, now, left, life, brand, person, stage, met, morning, log)
    felt_a, new = attachment.attachment(par, p, c), stage
    if stage < MEMBER:
        word = whole_uniform(given.key, person, day, D.MOVE, TREATED)
        if climb(par, now.today, now.chances.talk, life, stage, met, felt_a, word) >= 0:
            new = stage + 1
            people.stage[person] += 1  # whether a friend told them stays
            note_move(now, people.rare, person, stage, new, channel, log)
    if now.chances.speaking & met:
        word = whole_uniform(given.key, person, day, D.CLICK, TREATED)
        consider(given, now, state, person, new, met, felt_a, word, log)
    return Touched(person, stage, new, float(ahead), (p, c))


def _scale(brand: Any, shares: Sequence[float]) -> None:
    for name, share in zip(("prominence", "self_connection"), shares, strict=True):
        setattr(brand, name, [share * value for value in getattr(brand, name)])
