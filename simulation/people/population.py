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
lives.touchpoint        uint8     what carried the purchase, or the pending consideration
rare.bought_on          int16     day of the purchase, -1 if none
rare.joined_on          int16     day of first joining the community, -1 if none (or before day 0)
rare.next_in_calendar   int32     the next person whose page visit falls on the same day, or who
                                  complained on the same day, -1: none (who complains has bought)
rare.seat               int32     row of the bonds table, -1 if not a member
rare.deal_habit         float32   D, 0-1
rare.complaint          uint8     0-3 (Complaint)
rare.by_offer           uint8     1 when an offer brought the pending visit, or the purchase
======================  ========  =================================================================

Each has one entry a person; together 67 bytes. Members take a row of the bonds table beside that.

What a contact touches (`lives`) lies together in memory, 48 bytes a person, so that looking at one
person costs one visit to memory and not eleven; so does what seldom changes (`rare`). `stage`,
which is read for everybody every day, stands alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import compiled
from simulation.core.elementary import exps
from simulation.core.randomness import Decision, Key, normals, uniforms
from simulation.core.stages import STAGES, Stage, Touchpoint
from simulation.inputs.scenario import Scenario
from simulation.rules.attachment import fit_at_birth
from simulation.rules.community import MAX_BONDS
from simulation.tools.shown import in_short

#: In `stage`, beside the two bits of the stage itself: both are read for everybody every day.
TOLD = 4

OWNS, PENDING, CONSIDERED, TOLD_PRODUCT, TOLD_BY_MEMBER, REACHED, INVITED, SWITCHED = (
    1 << bit for bit in range(8)
)


#: What a contact touches: one row of 48 bytes a person.
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
        ("touchpoint", np.uint8),
    ]
)

#: What changes a few times in a life: 18 bytes a person.
RARE_DTYPE = np.dtype(
    [
        ("next_in_calendar", np.int32),
        ("seat", np.int32),
        ("deal_habit", np.float32),
        ("bought_on", np.int16),
        ("joined_on", np.int16),
        ("complaint", np.uint8),
        ("by_offer", np.uint8),
    ]
)

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


#: What belongs to the brand, not to a person: one row, kept from day to day.
BRAND_DTYPE = np.dtype(
    [
        ("n", np.int64, (4,)),  # people by stage
        ("prominence", np.float64, (4,)),  # sum over the people of a stage
        ("self_connection", np.float64, (4,)),
        ("novelty", np.float64),  # of the community, 0-1
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

    def __repr__(self) -> str:
        heads = np.bincount(self.people.stage & 3, minlength=len(STAGES))
        found = [f"{n:,} {stage}" for n, stage in zip(heads, STAGES, strict=True)]
        return in_short("State", f"of {self.people.stage.size:,} people", ", ".join(found))

    def copy(self) -> State:
        """Return an independent copy (strategies start from the same state)."""
        return State(
            People._make(array.copy() for array in self.people),
            Bonds._make(array.copy() for array in self.bonds),
            self.brand.copy(),
            self.calendar.copy(),
            self.complaints.copy(),
        )


def empty_bonds(n_seats: int) -> Bonds:
    """Return a bonds table with all seats free; the lowest seat is taken first."""
    free = np.empty(n_seats + 1, np.int32)
    free[:n_seats] = np.arange(n_seats - 1, -1, -1)
    free[n_seats] = n_seats
    return Bonds(
        np.full((n_seats, MAX_BONDS), -1, np.int32),
        np.full((n_seats, MAX_BONDS), EMPTY, np.int32),
        np.full(n_seats, -1, np.int32),
        free,
    )


@compiled
def _fits_at_birth(relevance, noise):
    fits = np.empty(relevance.size)
    for i in range(relevance.size):
        fits[i] = fit_at_birth(float(relevance[i]), noise[i])
    return fits


def born(scenario: Scenario, key: Key, n_people: int, first_day: int) -> State:
    """Return the people on their first day, placed on the continuum, with no attachment yet.

    relevance theta ~ N(0, 1); purpose fit by `fit_at_birth`; visit rate log-normal. Who starts at
    which stage: people are ranked by selection theta + sqrt(1 - selection^2) noise, and the top
    shares are members, then subscribers, then followers, in exactly the numbers asked for.
    """
    par = scenario.numbers()
    relevance = normals(key, n_people, int(Decision.RELEVANCE)).astype(np.float32)
    fit = _fits_at_birth(relevance, normals(key, n_people, int(Decision.FIT)))
    spread = par.visit_rate_sigma * normals(key, n_people, int(Decision.VISIT_RATE))
    visit_rate = (par.visit_rate_median * exps(spread)).astype(np.float32)
    invited = uniforms(key, n_people, int(Decision.INVITED)) < par.share_invited
    stage = _starting_stages(par, key, relevance)

    lives = np.zeros(n_people, LIFE_DTYPE).view(np.recarray)
    lives.marks[:] = np.where(invited, INVITED, 0)
    lives.purpose_fit[:] = fit
    lives.relevance[:] = relevance
    lives.visit_rate[:] = visit_rate
    lives.last_contact[:] = first_day
    lives.touchpoint[:] = Touchpoint.NONE
    rare = np.zeros(n_people, RARE_DTYPE).view(np.recarray)
    for name in ("next_in_calendar", "seat", "bought_on", "joined_on"):
        rare[name][:] = -1
    people = People(
        stage=stage,
        lives=lives,
        rare=rare,
    )
    members = np.flatnonzero(stage == Stage.MEMBER)
    bonds = empty_bonds(max(16, 2 * len(members)))
    people.rare.seat[members] = np.arange(len(members))
    bonds.owner[: len(members)] = members
    bonds.free[-1] -= len(members)

    brand = np.zeros(1, BRAND_DTYPE).view(np.recarray)
    brand[0].n[:] = np.bincount(stage, minlength=4)
    brand[0].novelty = 1.0
    calendar = np.full(scenario.purchase.days_lag_max, -1, np.int32)
    complaints = np.full(scenario.service.days_patience + 1, -1, np.int32)
    return State(people, bonds, brand, calendar, complaints)


def _starting_stages(par, key: Key, relevance: np.ndarray) -> np.ndarray:
    """Return the stage each person starts in (uint8), by rank of a score; ties go by person."""
    n = relevance.size
    noise = normals(key, n, int(Decision.START))
    score = par.selection * relevance + np.sqrt(1.0 - par.selection**2) * noise
    stage = np.zeros(n, np.uint8)
    counts = [round(share * n) for share in (par.share_followers, par.share_subscribers)]
    counts.append(round(par.share_members * n))
    total = min(n, sum(counts))
    if total == 0:
        return stage
    best = np.argpartition(-score, total - 1)[:total]
    best = best[np.lexsort((best, -score[best]))]
    n_members, n_subscribers = counts[2], counts[1]
    stage[best] = Stage.FOLLOWER
    stage[best[: n_members + n_subscribers]] = Stage.SUBSCRIBER
    stage[best[:n_members]] = Stage.MEMBER
    return stage
