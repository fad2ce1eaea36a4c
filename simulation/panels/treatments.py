"""What is done to some people, and not to others, on the morning of a day.

State is changed between two days; the engine is as it is. An invitation is a mark that a person
carries. A mail or an ad is a contact: `touch` calls the very functions with which the engine lets
contacts be felt, move people and be followed up (model 7.3, 7.4, 7.6), with draws of their own.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from simulation.core.randomness import uniform, whole_uniform
from simulation.core.stages import Channel
from simulation.engine.common import MEMBER, N_CHANNELS, SUBSCRIBER, Chances, D, Given, Now, felt
from simulation.engine.day import new_log, with_bonds
from simulation.engine.look import consider
from simulation.engine.meet import feel
from simulation.engine.move import change_seats, climb, note_move
from simulation.engine.plan import PLAN_DTYPE
from simulation.engine.waking import clock_of_seat, set_mark, set_member_mark, with_room
from simulation.panels.lives import Town
from simulation.people.population import INVITED, PENDING, State
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
    return touch(town, state, day, persons, *contact_of(treatment))


def contact_of(treatment: str) -> tuple[int, bool]:
    """Return the channel of a treatment that is a contact, and whether it carries an offer."""
    channel = Channel.AD if treatment == "ad" else Channel.MAIL
    return int(channel), treatment == "discount"


class Touches(NamedTuple):
    """What one contact on a morning does to each of some people, an entry a person.

    Nobody's depends on who else is touched, so that they are worked out once and then done to
    these people or to those.
    """

    persons: np.ndarray  # int64, ascending: who meets the contact
    lives: np.ndarray  # their rows of `population.LIFE_DTYPE` after it
    rare: np.ndarray  # and of `population.RARE_DTYPE`
    stage: np.ndarray  # int64: before
    new: np.ndarray  # int64: after
    ahead: np.ndarray  # float64: how far their mark lies ahead of the clock
    felt: np.ndarray  # float64, (n, 4): P, C before, and after
    slot: np.ndarray  # int64: of the calendar, in which a visit to the page is entered; -1: none


def touch(
    town: Town, state: State, day: int, persons: np.ndarray, channel: int, offer: bool = False
) -> State:
    """Let people have one contact by a channel on the morning of a day; the state is changed.

    Who is not on the list gets no mail, and not everybody reads it (`contact.mail_chance`).
    Returns the state: some tables may be new ones.
    """
    return done_to(town, state, day, touches(town, state, day, persons, channel, offer), persons)


def touches(
    town: Town, state: State, day: int, persons: np.ndarray, channel: int, offer: bool
) -> Touches:
    """Work out what a contact does to each of these people, if they meet it; nothing is changed."""
    given = town.given._replace(par=town.scenario.numbers())
    now, people = _morning(town, given, day, channel, offer), state.people
    lives, rare = (_objects(rows, persons) for rows in (people.lives, people.rare))
    calendar = np.full(state.calendar.size, -1, np.int64)
    plain: Any = SimpleNamespace(stage=people.stage, lives=lives, rare=rare)
    seen = state._replace(people=plain, calendar=calendar)
    who = [int(p) for p in persons if _meets(given, seen, day, int(p), channel)]
    found = [_touched(given, now, seen, person, channel) for person in who]
    met = np.array(who, np.int64)
    columns = np.array(found, float).reshape(-1, 8)
    stage, new, slot = (columns[:, j].astype(np.int64) for j in (0, 1, 7))
    after = [
        _rows(rows, met, [objects[person] for person in who])
        for rows, objects in ((people.lives, lives), (people.rare, rare))
    ]
    return Touches(met, after[0], after[1], stage, new, columns[:, 2], columns[:, 3:7], slot)


def done_to(town: Town, state: State, day: int, all_: Touches, persons: np.ndarray) -> State:
    """Do to these people what was worked out for them and others; the state is changed.

    As in the engine nobody reads what another did in the same phase: seats, and what friends know
    of members, change when all have been touched.
    """
    mine = np.isin(all_.persons, persons)
    met, given, people = all_.persons[mine], town.given, state.people
    people.lives.view(np.ndarray)[met] = all_.lives[mine]
    people.rare.view(np.ndarray)[met] = all_.rare[mine]
    for person, slot in zip(met, all_.slot[mine], strict=True):
        if slot >= 0:
            people.rare.next_in_calendar[person] = state.calendar[slot]
            state.calendar[slot] = person
    stage, new, felt_ = all_.stage[mine], all_.new[mine], all_.felt[mine]
    brand, step = state.brand[0], (new - stage).astype(np.uint8)
    people.stage[met] += step  # whether a friend told them stays
    np.subtract.at(brand.n, stage, 1)
    np.add.at(brand.n, new, 1)
    for j, name in enumerate(("prominence", "self_connection")):
        sums, left = getattr(brand, name), given.fading[j, 1]
        if left > 0.0:  # they fade at the beginning of the day, and these are of the morning
            np.subtract.at(sums, stage, felt_[:, j] / left)
            np.add.at(sums, new, felt_[:, 2 + j] / left)
    joined = met[(stage < new) & (new == MEMBER)]
    bonds = change_seats(given, day, state.bonds, people, joined, joined.size)
    state = with_room(with_bonds(state, bonds), int(step.sum()))
    for j in np.flatnonzero((new == MEMBER) | (new != stage)).tolist():
        person, ahead = int(met[j]), float(all_.ahead[mine][j])
        if new[j] == MEMBER:
            set_member_mark(given, state, person, day, ahead)
        else:
            set_mark(state.waking, state.people.lives[person], person, int(new[j]), ahead)
    return state


def _objects(rows: Any, persons: np.ndarray) -> dict[int, SimpleNamespace]:
    """Return rows as plain objects, which Python reads ten times as fast as records."""
    names = rows.dtype.names
    found = rows.view(np.ndarray)[persons].tolist()
    return {
        int(person): SimpleNamespace(**dict(zip(names, row, strict=True)))
        for person, row in zip(persons, found, strict=True)
    }


def _rows(rows: Any, persons: np.ndarray, objects: list[SimpleNamespace]) -> np.ndarray:
    """Return the rows of some people as `_objects` left them."""
    found = rows.view(np.ndarray)[persons]
    for name in rows.dtype.names if objects else ():
        found[name] = [getattr(one, name) for one in objects]
    return found


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


def _touched(given: Given, now: Now, state: State, person: int, channel: int) -> tuple[float, ...]:
    """Let one person feel a contact, move up by it perhaps, and follow it up perhaps.

    Returns the columns of `Touches` from `stage` on.
    """
    par, people, day = given.par, state.people, now.day
    life, rare = people.lives[person], people.rare[person]
    stage, met = int(people.stage[person]) & 3, 1 << channel
    clock, log = state.waking.clock, new_log(False)
    if stage == MEMBER:
        ahead = life.mark - clock_of_seat(clock, state.bonds, rare.seat)
    else:
        ahead = life.mark - clock[stage]
    left = float(given.fading[2, day - int(life.last_contact)])
    morning = felt(people, given.fading, person, day)
    sums: Any = SimpleNamespace(prominence=[0.0] * 4, self_connection=[0.0] * 4)
    p, c = feel(par, now, left, life, sums, person, stage, met, morning, log)
    felt_a, new, slot = attachment.attachment(par, p, c), stage, -1
    if stage < MEMBER:
        word = whole_uniform(given.key, person, day, D.MOVE, TREATED)
        if climb(par, now, life, stage, met, felt_a, word) >= 0:
            new = stage + 1
            note_move(now, people.rare, person, stage, new, channel, log)
    if now.chances.speaking & met:
        waited = life.marks & PENDING
        word = whole_uniform(given.key, person, day, D.CLICK, TREATED)
        consider(given, now, state, person, new, met, felt_a, word, log)
        if life.marks & PENDING and not waited:  # its place in the calendar is not yet taken
            slot = int(np.flatnonzero(state.calendar == person)[0])
            state.calendar[slot] = -1
    return stage, new, float(ahead), *morning, p, c, slot
