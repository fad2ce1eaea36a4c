"""One person as a Mesa agent: the day of model.md, read aloud.

`BrandModel` (model.py) calls these methods phase by phase; the equations are in
`simulation/rules/`, the dice in randomness.py. Subclass `Person` to add a rule of your own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.agents.carried import Carried
from simulation.core import chance
from simulation.core.outcomes import Event
from simulation.core.randomness import Decision, draw, draw_normal, next_slice, whole_below
from simulation.core.stages import Channel, Complaint, Stage, Touchpoint
from simulation.people.waking import COMMON, EVENTS, VISITS
from simulation.rules import (
    advocacy,
    attachment,
    community,
    contact,
    ladder,
    offers,
    purchase,
    rivalry,
    service,
    waking,
)
from simulation.rules.community import MAX_BONDS

D = Decision


class Person(Carried):
    """One person, and what they do on a day: meet, feel, move, talk, consider, buy and speak.

    Attributes are those of model.md section 2 (carried.py); `friends` and the keys of `bonds` are
    persons. `contacts` are the channels met today, in the order in which they are weighed.
    """

    friends: list[Person]
    bonds: dict[Person, int]

    def clock(self, clocks: list[float], stage: Stage) -> float:
        """Return how far the clock of this person is, at a stage."""
        if stage == Stage.MEMBER:
            pace = self.drawn * self.visit_rate
            return waking.member_clock(
                pace, self.drawn, clocks[VISITS], clocks[EVENTS], clocks[COMMON]
            )
        return clocks[stage]

    def wakes(self) -> bool:
        """Return whether the clock has come as far as this person's mark."""
        return self.mark <= self.clock(self.model.clock, self.stage)

    def begin_day(self) -> float:
        """Return the die of the day; 1, above everything, for who was told but does not wake."""
        self._was, self._die = self.stage, 1.0
        if self.wakes():
            ahead = self.mark - self.clock(self.model.last_night, self.stage)
            self._die = waking.die_of(ahead)
        return self._die

    def sleep(self) -> None:
        """Set the next mark: after waking a new wait, after a move what was left of the old one."""
        if self._die < 1.0:
            self.woken += 1
            ahead = waking.wait(draw(self.model.key, self.number, self.woken, int(D.WAIT), 0))
        elif self.stage != self._was:
            ahead = self.mark - self.clock(self.model.clock, self._was)
        else:
            return
        self.sleep_on(ahead)

    def sleep_on(self, ahead: float) -> None:
        """Set the mark so far ahead of the clock, as it goes for who is drawn back as tonight."""
        if self.stage == Stage.MEMBER:
            self.drawn = self.drawn_back()
        self.mark = self.clock(self.model.clock, self.stage) + ahead

    def meet(self, die: float) -> bool:
        """Phase 2: find today's contacts, telling and lapse bell; say whether anything happened."""
        model = self.model
        low = 0.0

        def happens(decision: Decision, p: float) -> bool:
            nonlocal low
            if low > 1.0:  # something happened already: from then on dice of their own
                return self.draw(decision) < p
            yes, low = next_slice(die, low, p)
            return yes

        self._bell = self._tells = self._met_rival = False
        met = []
        if self.stage == Stage.STRANGER:
            if happens(D.DISCOVERY_OR_POST, model.p_discovery):
                met.append(Channel.DISCOVERY)
        else:
            self._bell, low = next_slice(die, low, model.lapse_bound(self.stage))
            self._tells = happens(D.TELL, advocacy.tell_rate(model.par, self.stage))
            if happens(D.DISCOVERY_OR_POST, model.p_post):
                met.append(Channel.POST)
        if happens(D.AD, model.p_ad):
            met.append(Channel.AD)
        searched = self.stage <= Stage.FOLLOWER and happens(D.SEARCH, model.p_search)
        if Channel.POST in met and model.p_reply > 0 and self.draw(D.REPLY) < model.p_reply:
            met.append(Channel.REPLY)
        if self.stage >= Stage.SUBSCRIBER:
            p = model.p_mail_most
            if p > 0 and model.par.open_attachment > 0:
                p = contact.mail_chance(model.par, model.today.pieces, self.attachment)
            if happens(D.MAIL, p):
                met.append(Channel.MAIL)
            visiting = self.stage == Stage.MEMBER or model.par.matched_list > 0
            if visiting and happens(D.VISIT, self.visits()):
                met.append(Channel.VISIT)
        if self.stage != Stage.STRANGER and model.p_rival > 0:
            self._met_rival = happens(D.RIVAL, model.p_rival)
        if self.told:
            met.append(Channel.FRIEND)
        if searched:
            met.append(Channel.SEARCH)
        self.told = False
        self.contacts = met
        return bool(met) or self._bell or self._tells or self._met_rival

    def visits(self) -> float:
        """Return the chance of a visit today (under `matched_list` subscribers visit, too)."""
        model, member = self.model, self.stage == Stage.MEMBER
        return contact.visit_chance(
            model.par, self.visit_rate, model.today.events,
            model.novelty if member else 1.0, self.drawn_back() if member else 1.0,
        )  # fmt: skip

    def feel(self) -> None:
        """Phase 3: let today's contacts build prominence and self-connection."""
        if not self.contacts:
            return
        model, par = self.model, self.model.par
        before = prominence, connection = self.felt()
        days = model.day - self.last_contact
        exposure = self.exposure * attachment.exposure_left(par, days)
        visiting = (2 if model.today.events > 0 else 1) if self.stage == Stage.MEMBER else 0
        for channel in self.contacts:
            prominence = attachment.prominence_after(par, prominence, exposure, channel)
            k = attachment.own_content(par, channel, visiting, model.today.offer)
            connection = attachment.self_connection_after(connection, self.purpose_fit, k)
            exposure += 1.0
            shown = offers.price_shown(par, channel, model.today)
            if shown > 0.0:
                expected = offers.price_remembered(par, self.reference_price, shown)
                self.reference_price = float(np.float32(expected))  # as the engine keeps it
            model.note(self, Event.CONTACT, cause=channel)
        self.prominence, self.self_connection, self.exposure = prominence, connection, exposure
        self.last_contact = model.day
        self._moved_by = attachment.attachment(par, prominence, connection)
        self.reached = True
        model.ledger.add(self.stage, prominence - before[0], connection - before[1])

    def move(self) -> None:
        """Phase 4: up one stage by today's contacts, or down one by lapse; at most one move."""
        if self.stage < Stage.MEMBER and self.contacts:
            channel = self.climbs()
            if channel is not None:
                self.model.moved(self, self.landing(channel), channel)
                return
        if self._bell:
            hazard = ladder.lapse_chance(
                self.model.par, self.stage, self.attachment, float(self.n_bonds),
                self.model.today.posts, self.grudge(),
            )  # fmt: skip
            if self._die < hazard:
                self.model.moved(self, Stage(self.stage - 1), -1)

    def climbs(self) -> Channel | None:
        """Return the channel that moves this person up today, None if none does."""
        if self.switched:
            return None
        today = self.model.today
        may_join = bool(today.hosting or self.model.par.joining_open) and self.invited
        felt = self.attachment

        def chance_of(channel: Channel) -> float:
            return ladder.move_chance(
                self.model.par, self.stage, channel, self.relevance, felt, self.purpose_fit,
                float(self.member_friends), bool(today.making_content), may_join, self.model.talk,
            )  # fmt: skip

        return self.first_of(D.MOVE, chance_of)

    def landing(self, channel: Channel) -> Stage:
        """Return where a contact moves this person: to the next stage, or straight to the list."""
        if self.stage == Stage.STRANGER:
            making = bool(self.model.today.making_content)
            p = ladder.straight_chance(self.model.par, channel, self.purpose_fit, making)
            if self.draw(D.STRAIGHT) < p:
                return Stage.SUBSCRIBER
        return Stage(self.stage + 1)

    def first_of(self, decision: Decision, chance_of: Any) -> Channel | None:
        """Return which of today's contacts acts first, by one die; None if none does."""
        sure = 0.0
        for channel in self.contacts:
            p = chance_of(channel)
            if p > 0.0:
                sure = chance.either(sure, p)
                if self.draw(decision) < sure:
                    return channel
        return None

    def talk(self, visitors: list[Person]) -> Person | None:
        """Phase 5: write, perhaps be answered; return the member to bond with, None if none."""
        model, par = self.model, self.model.par
        if self.draw(D.MESSAGE) >= community.write_chance(par, self.visit_rate):
            return None
        model.row.messages += 1
        model.note(self, Event.MESSAGE, cause=-1)
        others = [visitor for visitor in visitors if visitor is not self]
        answered = community.answer_chance(par, len(others)) if others else 0.0
        if not par.relationships or self.draw(D.ANSWER) >= answered:
            model.unanswered.append(self)
            return None
        model.row.answers += 1
        other = self.who_answers(others)
        model.note(self, Event.ANSWERED, cause=other.number)
        self.be_answered()
        other.gain()
        return other if self.may_bond(other, D.BOND) else None

    def who_answers(self, others: list[Person]) -> Person:
        """Phase 5: one of today's visitors; of those with a bond if the die says so."""
        known = [other for other in others if self.bonds.get(other, 0) > self.model.day]
        if known and self.draw(D.KNOWN) < self.model.par.p_known:
            others = known
        return others[whole_below(self.draw(D.ANSWERER), len(others))]

    def be_answered(self) -> None:
        """Phase 5: an answer, by a fan or by the host."""
        self.answered_on = self.model.day
        self.gain()

    def gain(self) -> None:
        """Phase 5: an exchange builds self-connection."""
        before = self.self_connection
        k_tie = self.model.par.k_tie
        self.self_connection = attachment.self_connection_after(before, self.purpose_fit, k_tie)
        self.model.ledger.add(self.stage, 0.0, self.self_connection - before)

    def meet_someone(self, visitors: list[Person]) -> Person | None:
        """Phase 5, at an event: meet one other; return them to bond with, or None."""
        others = [visitor for visitor in visitors if visitor is not self]
        if not others:
            return None
        other = others[whole_below(self.draw(D.MEET_WHOM), len(others))]
        return other if self.may_bond(other, D.MEET_BOND) else None

    def may_bond(self, other: Person, decision: Decision) -> bool:
        """Say whether two who exchanged or met leave with a bond: made anew, or renewed."""
        model = self.model
        if self.bonds.get(other, 0) > model.day:
            return True
        shared = any(
            end > model.day and other.bonds.get(third, 0) > model.day
            for third, end in self.bonds.items()
        )
        members = float(model.n_at[Stage.MEMBER])
        p = community.bond_chance(model.par, self.relevance, other.relevance, shared, members)
        return self.draw(decision) < p

    def bond_with(self, other: Person, life: Decision) -> None:
        """Make a bond, unless one of them has no place left; renew the one they have."""
        model = self.model
        end = model.day + community.bond_days(model.par, self.draw(life))
        if self.bonds.get(other, 0) > model.day:
            self.bonds[other] = other.bonds[self] = max(end, self.bonds[other])
            return
        if MAX_BONDS in (self.n_bonds, other.n_bonds):
            return
        self.bonds[other] = other.bonds[self] = end
        model.row.bonds_formed += 1
        model.note(self, Event.BOND, cause=other.number)
        model.note(other, Event.BOND, cause=self.number)

    def consider(self) -> None:
        """Phase 6: follow up one of today's contacts; the page visit comes after a lag."""
        model, par = self.model, self.model.par

        def chance_of(channel: Channel) -> float:
            if channel == Channel.FRIEND:
                told = self.told_product
                return purchase.recommended_chance(par, self.told_by_member) if told else 0.0
            return purchase.click_chance(
                par, channel, model.today, self._moved_by, self.relevance, self.heard,
                self.considered,
            )  # fmt: skip

        if not (self.owns or self.switched or self.pending):
            channel = self.first_of(D.CLICK, chance_of)
            if channel is not None:
                self.consider_on = model.day + purchase.lag_days(par, self.draw(D.LAG))
                self.bought_by = Touchpoint(channel)
                self.by_offer = bool(offers.carries_offer(channel, model.today.offer))
                self.considered = True
                model.waiting.append(self)
                model.row.considerations += 1
                model.note(self, Event.CONSIDER, cause=channel)
        mailed, visited = Channel.MAIL in self.contacts, Channel.VISIT in self.contacts
        self.heard = purchase.heard_after(self.heard, mailed, visited, model.today)
        if Channel.FRIEND in self.contacts:
            self.told_product = self.told_by_member = False

    def decides(self) -> bool:
        """Phase 6: on the product page, buy or leave it."""
        model = self.model
        self.consider_on = None
        if self.complaint == Complaint.OPEN and not self.owns:
            self.bought_by, self.by_offer = Touchpoint.NONE, False
            return False
        if self.owns or self.switched:
            return False
        model.row.page_visits += 1
        by_offer = offers.still_holds(self.by_offer, model.today.offer_holds)
        p = purchase.buy_chance(
            model.par, self.attachment, self.relevance, float(self.buyer_friends),
            float(model.reviews), float(model.stars) / max(1.0, float(model.reviews)),
            self.bought_by == Touchpoint.FRIEND,
            offers.price_shift(
                model.par,
                offers.price_paid(model.par, model.today.offer_depth, by_offer),
                self.reference_price,
            ),
            service.word_shift(model.par, self.words_left()) + self.experience_shift(),
            bool(model.today.last_call),
        )  # fmt: skip
        model.expected_sales += chance.fixed_point(p)
        if self.draw(D.BUY) < p:
            return True
        self.bought_by, self.by_offer = Touchpoint.NONE, False
        return False

    def tell(self) -> None:
        """Phase 7: tell one friend of the brand; they meet it tomorrow."""
        if self._tells and self.friends:
            friend = self.friends[whole_below(self.draw(D.TELL_WHOM), len(self.friends))]
            friend.told = True
            self.model.row.tells += 1
            self.model.note(self, Event.TELL, cause=friend.number)
            bought_on = -1 if self.bought_on is None else self.bought_on
            launched, day = int(self.model.today.launch_on), self.model.day
            if advocacy.tells_of_product(self.model.par, bought_on, launched, day):
                self.tell_of_product(friend)

    def tell_of_product(self, friend: Person) -> None:
        """Phase 7: have a friend hear of the product, too."""
        friend.told = friend.told_product = True
        friend.told_by_member |= self.stage == Stage.MEMBER
        self.model.row.recommendations += 1
        self.model.note(self, Event.RECOMMEND, cause=friend.number)

    def speak(self) -> None:
        """Phase 7: after buying, perhaps review, recommend and give."""
        model, par, felt = self.model, self.model.par, self.attachment
        satisfied = self.review(self.goes_wrong())
        if self.draw(D.RECOMMEND) < advocacy.recommend_chance(par, self.stage, felt, satisfied):
            more = chance.poisson(par.more_friends, self.draw(D.HOW_MANY_FRIENDS))
            for friend in self.some_friends(D.RECOMMEND_TO, 1 + more):
                friend.told = True
                self.tell_of_product(friend)
            bonded = self.bonded()
            if bonded:
                other = bonded[whole_below(self.draw(D.RECOMMEND_BOND), len(bonded))]
                other.told = True
                self.tell_of_product(other)
        gifts = chance.poisson(advocacy.gifts_mean(par, felt), self.draw(D.GIFTS))
        for friend in self.some_friends(D.GIFT_TO, gifts):
            if not friend.owns:
                friend.owns, friend.bought_by = True, Touchpoint.GIFT
                model.row.gifts += 1
                model.sold(self, Touchpoint.GIFT, par.price)
                model.note(self, Event.GIFT, cause=friend.number)
                if par.gifts_speak:
                    friend.told = True
                    friend.review(False)
        self.use(satisfied)

    def use(self, satisfied: float) -> None:
        """Phase 7: remember what the purchase was like; using the product builds attachment."""
        par, days = self.model.par, self.model.day - self.last_contact
        self.remember(advocacy.experience(satisfied))
        k = attachment.own_product(par, satisfied)
        if k > 0.0:
            self.prominence, before = self.felt()
            self.exposure *= attachment.exposure_left(par, days)
            fit, self.last_contact = self.purpose_fit, self.model.day
            self.self_connection = attachment.self_connection_after(before, fit, k)
            self.model.ledger.add(self.stage, 0.0, self.self_connection - before)

    def review(self, wrong: bool) -> float:
        """Phase 7: having got a copy today, perhaps review it; return how satisfied one is."""
        model, par = self.model, self.model.par
        noise = draw_normal(model.key, self.number, model.day, int(D.SATISFACTION))
        satisfied = advocacy.satisfaction(par, self.purpose_fit, noise, wrong)
        p = advocacy.review_chance(par, self.stage, self.attachment, model.strategy.ask_reviews)
        if self.draw(D.REVIEW) < p:
            model.reviewed(self, advocacy.stars_given(satisfied))
        return satisfied

    def goes_wrong(self) -> bool:
        """Having bought today, say whether the purchase goes wrong (phases 7 and 8)."""
        return self.draw(D.WRONG) < service.wrong_chance(self.model.par)

    def settle(self, complaint: Complaint, event: Event) -> None:
        """Phase 8: note what became of a complaint."""
        self.complaint = complaint
        self.model.note(self, event, cause=-1)

    def is_answered(self) -> None:
        """Phase 8: an answer repairs most of the harm, less the later it comes."""
        model = self.model
        self.settle(Complaint.ANSWERED, Event.COMPLAINT_ANSWERED)
        assert self.bought_on is not None
        mended = service.repaired(model.par, float(model.day - self.bought_on))
        self.keep(1.0, service.kept_after_complaint(model.par, mended))
        self.remember(service.experience_settled(model.par, self.experience, mended))

    def is_ignored(self) -> None:
        """Phase 8: out of patience: lose self-connection, and speak badly, aloud and to friends."""
        model, par = self.model, self.model.par
        self.settle(Complaint.IGNORED, Event.COMPLAINT_IGNORED)
        self.keep(1.0, service.kept_after_complaint(par, 0.0))
        self.remember(service.experience_settled(par, self.experience, -1.0))
        if self.draw(D.REVIEW_IGNORED) < service.one_star_chance(par):
            model.reviewed(self, 1)
        left = service.kept_after_bad_word(par)
        more = chance.poisson(par.more_friends, self.draw(D.HOW_MANY_WARNED))
        for friend in self.some_friends(D.WARN_WHOM, 1 + more):
            friend.keep(left, left)
            friend.bad_words = float(np.float32(friend.words_left() + 1.0))
            friend.warned_on = model.day
            model.row.warned += 1
            model.note(self, Event.WARN, cause=friend.number)

    def switch(self) -> None:
        """Phase 9: having met the rival, perhaps leave for good."""
        if not self._met_rival or self.stage == Stage.STRANGER:
            return
        p = rivalry.switch_chance(self.model.par, self.attachment, float(self.n_bonds))
        if self.draw(D.SWITCH) < p:
            self.switched = True
            self.model.lost(self)
