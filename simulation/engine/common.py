"""What all phases share: names for the compiler, the chances of a day, lists, the event log."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simulation.core.compiled import leaf, loop
from simulation.core.outcomes import LOG_COLUMNS, Event
from simulation.core.randomness import Decision
from simulation.core.stages import Channel, Complaint, Stage, Touchpoint
from simulation.people.around import Around

STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = (int(s) for s in Stage)
DISCOVERY, POST, AD, REPLY, MAIL, VISIT, FRIEND, SEARCH = (int(c) for c in Channel)
NO_COMPLAINT, OPEN, ANSWERED, IGNORED = (int(c) for c in Complaint)
GIFT, NO_TOUCHPOINT = int(Touchpoint.GIFT), int(Touchpoint.NONE)
N_CHANNELS = len(Channel)
#: Bits of `met` above the channels.
BELL, TELL, RIVAL = (1 << (N_CHANNELS + extra) for extra in range(3))
CONTACTS = (1 << N_CHANNELS) - 1

E_CONTACT, E_MOVE, E_LAPSE, E_ANSWERED, E_BOND = (int(e) for e in list(Event)[:5])
E_TELL, E_CONSIDER, E_BUY, E_REVIEW, E_RECOMMEND = (int(e) for e in list(Event)[5:10])
E_GIFT, E_SWITCH, E_MESSAGE = (int(e) for e in list(Event)[10:13])
E_COMPLAIN, E_COMPLAINT_ANSWERED, E_COMPLAINT_IGNORED, E_WARN = (int(e) for e in list(Event)[13:])
N_LOG = len(LOG_COLUMNS)

D = Decision


class Chances(NamedTuple):
    """What a day holds for everybody at a stage: computed once, read by all."""

    discovery: float
    post: float
    ad: float
    reply: float
    expected: float  # people, to meet a post
    mail: float  # the most that anybody's chance is: of who is fully attached
    rival: float
    search: float
    talk: float  # the share of today's posts that are in conversation
    speaking: int  # channels whose contacts announce the product, one bit each
    priced: int  # channels whose contacts show a price that is remembered
    lapse: tuple[float, float, float, float]
    tell: tuple[float, float, float, float]


class Given(NamedTuple):
    """What is given for a whole run: the same on all days."""

    key: Any  # of the world's luck
    par: Any  # the scenario's numbers
    around: Around
    fading: np.ndarray  # what is left of P, C and exposure after so many days, shape (3, days)
    room: np.ndarray  # int64: for the friends of one person at a time


class Now(NamedTuple):
    """One day."""

    day: int
    today: Any  # a row of the plan: what the brand does
    row: Any  # the row of outcomes
    chances: Chances


class Awake(NamedTuple):
    """Who is looked at today: the first `n` of each array."""

    active: np.ndarray  # persons, ascending
    dice: np.ndarray  # of the day: below the chance of waking; 1 for who was only told
    nth: np.ndarray  # the number of their next wait
    n: int


@leaf
def jot(log, day, person, event, from_stage, to_stage, cause):
    """Append one event where `room_for` has made room; a log of no rows records nothing."""
    if log.shape[0] > 0:
        n = log[0, 0] + 1
        log[n, 0], log[n, 1], log[n, 2] = day, person, event
        log[n, 3], log[n, 4], log[n, 5] = from_stage, to_stage, cause
        log[0, 0] = n


@loop
def room_for(log, n):
    """Return the log with room for n events more; log[0, 0] counts its rows."""
    if log.shape[0] == 0 or log[0, 0] + n < log.shape[0]:
        return log
    larger = np.empty((2 * log.shape[0] + n, N_LOG), np.int32)
    for j in range(log[0, 0] + 1):
        for column in range(N_LOG):
            larger[j, column] = log[j, column]
    return larger


@loop
def pushed(values, n, value):
    """Append to a list held in an array; returns the (possibly larger) array."""
    if n >= values.size:
        larger = np.empty(2 * values.size + 16, np.int64)
        for j in range(n):
            larger[j] = values[j]
        values = larger
    values[n] = value
    return values


@loop
def note(log, day, person, event, from_stage, to_stage, cause):
    """Append one event, making room for it."""
    log = room_for(log, 1)
    jot(log, day, person, event, from_stage, to_stage, cause)
    return log


@loop
def felt(people, fading, person, day):
    """Return (P, C) of someone today, whether or not they had contact."""
    days = day - int(people.lives[person].last_contact)
    return people.lives[person].prominence * fading[0, days], (
        people.lives[person].self_connection * fading[1, days]
    )
