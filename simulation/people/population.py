"""The people: a structure of arrays, and how they are born and placed on the continuum.

======================  ========  =================================================================
array                   dtype     meaning
======================  ========  =================================================================
stage                   uint8     0-3 (Stage); plus TOLD when a friend spoke to them yesterday
lives.prominence        float64   P at the last contact, 0-1
lives.self_connection   float64   C at the last contact, 0-1
lives.exposure          float64   decayed count of contacts, at the last contact
lives.purpose_fit       float64   f, 0-1
lives.relevance         float32   theta [SD]
lives.visit_rate        float32   v [1/day]
lives.last_contact      int16     day of the last contact
lives.member_friends    uint16    friends who are members
lives.buyer_friends     uint16    friends who bought
lives.marks             uint8     OWNS, PENDING, CONSIDERED, TOLD_PRODUCT, TOLD_BY_MEMBER, REACHED,
                                  INVITED, SWITCHED
lives.mark              float64   wakes when the clock of the stage has come so far (waking.py)
lives.woken             uint16    how often so far
lives.answered_on       int16     day on which a message of mine was last answered, NEVER
lives.heard             uint8     announcements of the launch attended by mail or visit, up to 255
lives.reference_price   float32   r, the price I expect [USD]
rare.bought_on          int16     day of the purchase, -1 if none
rare.joined_on          int16     day of first joining the community, -1 if none (or before day 0)
rare.next_in_calendar   int32     the next person whose page visit falls on the same day, -1: none
rare.next_complaint     int32     the next person who complained on the same day, -1: none
rare.seat               int32     row of the bonds table, -1 if not a member
rare.touchpoint         uint8     what carried the purchase, or the pending consideration
rare.bad_words          float32   w, bad words heard, as they counted when the last was heard
rare.experience         float32   x, what the last purchase was like, as on the day of it; 0: none
rare.spent              float32   on all products, gifts to others included [USD]
rare.copies             uint16    bought of all products, gifts to others included
rare.member_days        int16     days as a member until the last change; less the day of it for who
                                  is a member now (the first is day 0)
rare.warned_on          int16     the day of that
rare.complaint          uint8     0-3 (Complaint), of the last purchase
rare.by_offer           uint8     BY_OFFER when an offer brought the pending visit, the order or
                                  the purchase; plus ORDERED until an order is delivered
======================  ========  =================================================================

Each has one entry a person; together 105 bytes. Members take a row of the bonds table beside that.

What a contact touches (`lives`) lies together in memory, 64 bytes a person, so that looking at one
person costs one visit to memory and not eleven; so does what seldom changes (`rare`). `stage`,
which says where to look, stands alone.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.elementary import exp
from simulation.core.randomness import Decision, Key, as_uniform, normal_of, throw_block
from simulation.core.stages import STAGES, Stage, Touchpoint
from simulation.inputs.scenario import Scenario, as_record
from simulation.people.waking import Waking, nobody_waits
from simulation.rules.attachment import fit_at_birth
from simulation.rules.community import MAX_BONDS
from simulation.tools.shown import in_short

#: In `stage`, beside the two bits of the stage itself: both are read for everybody every day.
TOLD = 4

OWNS, PENDING, CONSIDERED, TOLD_PRODUCT, TOLD_BY_MEMBER, REACHED, INVITED, SWITCHED = (
    1 << bit for bit in range(8)
)

#: In `by_offer`.
BY_OFFER, ORDERED = 1, 2

#: What a contact touches: one row of 64 bytes a person.
LIFE_DTYPE = np.dtype(
    [
        ("prominence", np.float64),
        ("self_connection", np.float64),
        ("exposure", np.float64),
        ("purpose_fit", np.float64),
        ("relevance", np.float32),
        ("visit_rate", np.float32),
        ("last_contact", np.int16),
        ("member_friends", np.uint16),
        ("buyer_friends", np.uint16),
        ("marks", np.uint8),
        ("heard", np.uint8),
        ("mark", np.float64),
        ("woken", np.uint16),
        ("answered_on", np.int16),
        ("reference_price", np.float32),
    ]
)

#: What changes a few times in a life: 40 bytes a person.
RARE_DTYPE = np.dtype(
    [
        ("next_in_calendar", np.int32),
        ("next_complaint", np.int32),
        ("seat", np.int32),
        ("bad_words", np.float32),
        ("experience", np.float32),
        ("spent", np.float32),
        ("copies", np.uint16),
        ("member_days", np.int16),
        ("bought_on", np.int16),
        ("joined_on", np.int16),
        ("warned_on", np.int16),
        ("complaint", np.uint8),
        ("by_offer", np.uint8),
        ("touchpoint", np.uint8),
        ("spare", np.uint8, (3,)),
    ]
)

MEMBER = int(Stage.MEMBER)

#: Before every day, warm-up days included: nobody has answered yet.
NEVER = -32_000

#: Bins in which people are counted to find the best.
BINS = 2**16

#: The end of a bond that is none: before every day, warm-up days included.
EMPTY = -(2**31)


class People(NamedTuple):
    """The state of every person, one entry a person in each array (see the table above)."""

    stage: np.ndarray
    lives: np.recarray
    rare: np.recarray


class Bonds(NamedTuple):
    """The ties among members: a row (seat) a member, MAX_BONDS places; end EMPTY = no bond."""

    partner: np.ndarray  # int32, (n_seats, MAX_BONDS): the other person
    end: np.ndarray  # int32, (n_seats, MAX_BONDS): the first day on which the bond is gone
    owner: np.ndarray  # int32, (n_seats,): who sits here, -1 if free
    free: np.ndarray  # int32, (n_seats + 1,): free seats as a stack; its height in the last place
    due: np.ndarray  # float64, (n_seats,): the mark of who sits here, inf if free
    pace: np.ndarray  # float64, (n_seats,): the visit rate of who sits here, times `drawn`
    drawn: np.ndarray  # float64, (n_seats,): what drew them back on the evening of the mark
    here: np.ndarray  # int32, (n_seats,): the day of their last visit, EMPTY if none


#: What belongs to the brand, not to a person: one row, kept from day to day.
BRAND_DTYPE = np.dtype(
    [
        ("n", np.int64, (4,)),  # people by stage
        ("prominence", np.float64, (4,)),  # sum over the people of a stage
        ("self_connection", np.float64, (4,)),
        ("novelty", np.float64),  # of the community, 0-1
        ("archive", np.float64),  # pieces that can still be found
        ("reviews", np.int64),
        ("stars", np.int64),
        ("complaints_open", np.int64),
    ]
)


class State(NamedTuple):
    """Everything that changes from day to day."""

    people: People
    bonds: Bonds
    brand: np.recarray  # shape (1,), BRAND_DTYPE
    calendar: np.ndarray  # int32, (days_lag_max,): first person due on day % days_lag_max, -1
    complaints: np.ndarray  # int32, (days_patience + 1,): who complained first on day % size, -1
    waking: Waking

    def __repr__(self) -> str:
        heads = np.bincount(self.people.stage & 3, minlength=len(STAGES))
        found = [f"{n:,} {stage}" for n, stage in zip(heads, STAGES, strict=True)]
        return in_short("State", f"of {self.people.stage.size:,} people", ", ".join(found))

    def copy(self) -> State:
        """Return an independent copy (strategies start from the same state)."""
        return State(
            People(self.people.stage.copy(), copied(self.people.lives), copied(self.people.rare)),
            Bonds._make(array.copy() for array in self.bonds),
            self.brand.copy(),
            self.calendar.copy(),
            self.complaints.copy(),
            self.waking.copy(),
        )

    def locked(self) -> State:
        """Return the same arrays, which may not be written."""
        return State(
            People._make(_locked(array) for array in self.people),
            Bonds._make(_locked(array) for array in self.bonds),
            _locked(self.brand),
            _locked(self.calendar),
            _locked(self.complaints),
            Waking._make(_locked(array) for array in self.waking),
        )


def _locked(array: Any) -> Any:
    view = array[:]
    view.flags.writeable = False
    return view


@loop
def empty_bonds(n_seats):
    """Return a bonds table with all seats free; the lowest seat is taken first."""
    free = np.empty(n_seats + 1, np.int32)
    for j in range(n_seats):
        free[j] = n_seats - 1 - j
    free[n_seats] = n_seats
    return Bonds(
        np.full((n_seats, MAX_BONDS), -1, np.int32),
        np.full((n_seats, MAX_BONDS), EMPTY, np.int32),
        np.full(n_seats, -1, np.int32),
        free,
        np.full(n_seats, np.inf),
        np.zeros(n_seats),
        np.zeros(n_seats),
        np.full(n_seats, EMPTY, np.int32),
    )


def room_for_lives(n_people: int) -> np.recarray:
    """Return zeros that begin at a multiple of 64 bytes: one person, one line of the cache."""
    size = n_people * LIFE_DTYPE.itemsize
    raw = np.zeros(size + 64, np.uint8)
    skip = -raw.ctypes.data % 64  # of nobody, too: 64 bytes more are always there
    return raw[skip : skip + size].view(LIFE_DTYPE).view(np.recarray)


def copied(records: np.recarray) -> np.recarray:
    """Return a copy; of lives, one that begins at a line of the cache as well.

    Byte by byte: NumPy copies records field by field, which takes five times as long.
    """
    lives = records.dtype == LIFE_DTYPE
    new = room_for_lives(records.size) if lives else np.empty_like(records)
    new.view(np.ndarray).view(np.uint8)[:] = records.view(np.ndarray).view(np.uint8)
    return new


@loop
def give_traits(key, par, first_day, lives, rare, score):
    """Give everybody their traits, and a score for the place at which they start."""
    size = 512
    persons, words = np.empty(size, np.int64), np.empty((4, size), np.uint32)
    theta, fit, rate, luck = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    median, sigma = par.visit_rate_median, par.visit_rate_sigma
    selection, share_invited = par.selection, par.share_invited
    around = sqrt(1.0 - selection * selection)
    for low in range(0, lives.size, size):
        n = min(size, lives.size - low)
        for j in range(n):
            persons[j] = low + j
        throw_block(key, 0, Decision.RELEVANCE >> 2, persons, n, words)
        _two_normals(words, n, theta, fit)
        throw_block(key, 0, Decision.VISIT_RATE >> 2, persons, n, words)
        _two_normals(words, n, rate, luck)
        for j in range(n):
            rate[j] = median * exp(sigma * rate[j])
        throw_block(key, 0, Decision.INVITED >> 2, persons, n, words)
        for j in range(n):
            life, other = lives[low + j], rare[low + j]
            relevance = float(np.float32(theta[j]))
            life.relevance = relevance
            life.purpose_fit = fit_at_birth(relevance, fit[j])
            life.visit_rate = rate[j]
            life.marks = INVITED if as_uniform(words[0, j]) < share_invited else 0
            life.last_contact = first_day
            life.answered_on = NEVER
            other.touchpoint = Touchpoint.NONE
            score[low + j] = selection * relevance + around * luck[j]
            other.next_in_calendar = other.next_complaint = other.seat = -1
            other.bought_on = other.joined_on = -1
            life.reference_price = par.price_reference


@leaf
def _two_normals(words, n, one, other):
    """Make two normals of each block: a loop of which the compiler makes vectors."""
    for j in range(n):
        one[j] = normal_of(as_uniform(words[0, j]), as_uniform(words[1, j]))
        other[j] = normal_of(as_uniform(words[2, j]), as_uniform(words[3, j]))


@leaf
def _bin(score):
    """Return the bin of a score; a higher score has no lower bin."""
    return min(BINS - 1, max(0, int((score + 9.0) * (BINS / 18.0))))


@loop
def place(score, limits, stage):
    """Give the best limits[k] people of a score the stage k + 1 (limits descend; ties by person).

    A histogram says in which bin a limit falls; only there people have to be put in order.
    """
    tally = np.zeros(BINS, np.int64)
    for person in range(score.size):
        tally[_bin(score[person])] += 1
    for k in range(limits.size):
        above, at = 0, BINS - 1
        while at > 0 and above + tally[at] < limits[k]:
            above += tally[at]
            at -= 1
        inside, n = np.empty(tally[at], np.int64), 0  # of the bin, the best first
        for person in range(score.size):
            found = _bin(score[person])
            if found > at:
                stage[person] = k + 1
            elif found == at:
                j = n
                while j > 0 and score[inside[j - 1]] < score[person]:
                    inside[j] = inside[j - 1]
                    j -= 1
                inside[j] = person
                n += 1
        for j in range(limits[k] - above):
            stage[inside[j]] = k + 1


@loop
def starting_limits(par, n):
    """Return how many of n people start as followers or above, subscribers or above, members."""
    members = round(par.share_members * n)
    subscribers = members + round(par.share_subscribers * n)
    followers = subscribers + round(par.share_followers * n)
    limits = np.empty(3, np.int64)
    limits[0], limits[1], limits[2] = min(n, followers), min(n, subscribers), min(n, members)
    return limits


@loop
def take_seats(stage, rare):
    """Return the table of bonds in which every member has a seat, in order of person."""
    n = 0
    for person in range(stage.size):
        n += 1 if stage[person] == MEMBER else 0
    bonds = empty_bonds(max(16, 2 * n))
    bonds.free[bonds.free.size - 1] -= n
    seat = 0
    for person in range(stage.size):
        if stage[person] == MEMBER:
            rare[person].seat = seat
            bonds.owner[seat] = person
            seat += 1
    return bonds


@compiled
def _born(key, par, first_day, lives, rare, brand):
    """Return the people of `born`; of `lives`, `rare` and `brand` zeros are given."""
    n = lives.size
    stage, score = np.zeros(n, np.uint8), np.empty(n)
    give_traits(key, par, first_day, lives, rare, score)
    place(score, starting_limits(par, n), stage)
    bonds = take_seats(stage, rare)
    for person in range(n):
        brand[0].n[stage[person]] += 1
    brand[0].novelty = 1.0
    return State(
        People(stage, lives, rare),
        bonds,
        brand,
        np.full(int(par.days_lag_max), -1, np.int32),
        np.full(int(par.days_patience) + 1, -1, np.int32),
        nobody_waits(n, brand[0].n[:3]),
    )


def born(scenario: Scenario, key: Key, n_people: int, first_day: int) -> State:
    """Return the people on their first day, placed on the continuum, with no attachment yet.

    relevance theta ~ N(0, 1); purpose fit by `fit_at_birth`; visit rate log-normal. Who starts at
    which stage: people are ranked by selection theta + sqrt(1 - selection^2) noise, and the top
    shares are members, then subscribers, then followers, in exactly the numbers asked for.
    """
    par = as_record(scenario.numbers())
    rare = np.zeros(n_people, RARE_DTYPE).view(np.recarray)
    brand = np.zeros(1, BRAND_DTYPE).view(np.recarray)
    return _born(key, par, first_day, room_for_lives(n_people), rare, brand)
