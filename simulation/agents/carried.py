"""What a person carries from day to day: who they are, what they feel, know and remember.

The attributes are those of model.md section 2. What a person does on a day is in person.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from simulation.agents.numbered import NumberedAgent
from simulation.core.randomness import Decision, draw, whole_below
from simulation.core.stages import Channel, Complaint, Stage, Touchpoint
from simulation.people.population import INVITED, REACHED
from simulation.rules import attachment, community, purchase, service


class Carried(NumberedAgent):
    """The state of one person, and what can be asked of it: what is felt, known and left."""

    model: Any  # the BrandModel, which imports this

    def __init__(self, model: Any, number: int, people: Any) -> None:
        super().__init__(model)
        self.number = number  # 0 .. n_people - 1: the person in the key of every random draw
        flags = int(people.lives.marks[number])
        self.stage = Stage(int(people.stage[number]) & 3)
        self.prominence = float(people.lives.prominence[number])
        self.self_connection = float(people.lives.self_connection[number])
        self.exposure = float(people.lives.exposure[number])
        self.last_contact = int(people.lives.last_contact[number])
        self.relevance = float(people.lives.relevance[number])
        self.purpose_fit = float(people.lives.purpose_fit[number])
        self.visit_rate = float(people.lives.visit_rate[number])
        self.invited = bool(flags & INVITED)
        self.reached = bool(flags & REACHED)
        self.owns = self.considered = False
        self.bought_on: int | None = None
        self.joined_on: int | None = None
        self.bought_by = Touchpoint.NONE
        self.consider_on: int | None = None
        self.by_offer = False  # an offer brought the pending visit, or the purchase
        self.ordered = False  # bought before the launch day, and has no copy yet
        self.heard = 0  # announcements of the launch attended by mail or visit
        self.bad_words, self.warned_on = 0.0, 0  # as they counted on the day of the last
        self.reference_price = float(people.lives.reference_price[number])
        self.complaint = Complaint.NONE  # of the last purchase
        self.experience = 0.0  # what the last purchase was like, as on the day of it
        self.copies, self.spent = 0, 0.0  # bought of all products, gifts to others included
        self.member_days = 0  # until the last change; less the day of it for who is a member now
        self.friends: list[Any] = []
        self.bonds: dict[Any, int] = {}  # to the first day on which the bond is gone
        self.contacts: list[Channel] = []
        self.told = self.told_product = self.told_by_member = False
        self.member_friends = 0
        self.buyer_friends = 0
        self.switched = False  # to the rival, for good
        self.mark = float(people.lives.mark[number])  # wakes when the clock has come so far
        self.woken = int(people.lives.woken[number])  # how often so far
        self.drawn = 1.0  # what drew a member back, on the evening of the mark
        self.answered_on = int(people.lives.answered_on[number])
        self._die, self._was = 1.0, self.stage
        self._moved_by = 0.0  # attachment after today's contacts, before talk in the community
        self._bell = self._tells = self._met_rival = False

    # ---- what the rules want to know -------------------------------------------------------------

    def draw(self, decision: Decision, index: int = 0) -> float:
        """Return today's uniform of one decision of this person."""
        return draw(self.model.key, self.number, self.model.day, int(decision), index)

    @property
    def attachment(self) -> float:
        """Attachment today, 0-1: what is left of prominence and self-connection."""
        return attachment.attachment(self.model.par, *self.felt())

    def felt(self) -> tuple[float, float]:
        """Return (prominence, self-connection) today, after fading since the last contact."""
        par, days = self.model.par, self.model.day - self.last_contact
        return (
            self.prominence * attachment.left_after(par, par.decay_prominence, days),
            self.self_connection * attachment.left_after(par, par.decay_self_connection, days),
        )

    @property
    def pending(self) -> bool:
        """Whether a visit to the product page, or an order, is waiting for its day."""
        return self.consider_on is not None or self.ordered

    @property
    def n_bonds(self) -> int:
        """Bonds with other members today."""
        return sum(end > self.model.day for end in self.bonds.values())

    def bonded(self) -> list[Any]:
        """Return who has a bond with this person today, in order of number."""
        alive = (other for other, end in self.bonds.items() if end > self.model.day)
        return sorted(alive, key=lambda other: other.number)

    def drawn_back(self) -> float:
        """Return what draws this member back today, beside news: answers, bonds, purpose."""
        model = self.model
        days = float(model.day - self.answered_on)
        return community.drawn_back(model.par, days, float(self.n_bonds), self.felt()[1])

    def grudge(self) -> float:
        """Return how much of a complaint still drives this person away, 0-1."""
        since = 0 if self.bought_on is None else self.model.day - self.bought_on
        return service.grudge(self.model.par, self.complaint, since)

    def words_left(self) -> float:
        """Return how many of the bad words heard still count."""
        model = self.model
        return service.words_left(model.par, self.bad_words, model.day - self.warned_on)

    def experience_shift(self) -> float:
        """Phase 6: return what the last purchase does to the log-odds of this one."""
        since = self.model.day - (-1 if self.bought_on is None else self.bought_on)
        return purchase.experience_shift(self.model.par, self.experience, since)

    def some_friends(self, decision: Decision, count: int) -> Iterable[Any]:
        """Yield `count` friends drawn one by one (with replacement); nobody if there are none."""
        for index in range(count if self.friends else 0):
            yield self.friends[whole_below(self.draw(decision, index), len(self.friends))]

    # ---- what is remembered, and what is not -----------------------------------------------------

    def turn_page(self) -> None:
        """Phase 1: there is a new product: nobody has heard of it, looked at it or owns one."""
        self.owns = self.considered = self.told_product = self.told_by_member = False
        self.bought_by, self.by_offer, self.consider_on = Touchpoint.NONE, False, None
        self.heard = self.buyer_friends = 0

    def remember(self, experience: float) -> None:
        """Phases 7 and 8: keep what the last purchase was like, as the engine keeps it."""
        self.experience = float(np.float32(experience))

    def keep(self, of_prominence: float, of_connection: float) -> None:
        """Keep only these shares of the prominence and self-connection felt today."""
        p, c = self.felt()
        self.prominence *= of_prominence
        self.self_connection *= of_connection
        self.model.ledger.add(
            self.stage, -(p * (1.0 - of_prominence)), -(c * (1.0 - of_connection))
        )
