"""The readable model: the same day as the engine, with one Mesa agent a person.

`BrandModel.step` reads like the list of phases in engine/day.py, and calls the same rules with the
same keyed dice, so both agree exactly. Subclass `Person` to add a rule of your own::

    class Sceptic(Person):
        def move(self):
            if self.relevance > 0:      # sceptics never move, whatever they meet
                super().move()

    model = BrandModel("classroom", "community_building", rng=1, person_class=Sceptic)
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import mesa
import numpy as np

from simulation.agents.arrays import introduce, state_of
from simulation.agents.ledger import Ledger
from simulation.agents.numbered import NumberedModel
from simulation.agents.person import Person
from simulation.core import chance
from simulation.core.outcomes import DAY_DTYPE, LOG_COLUMNS, Event
from simulation.core.randomness import Decision, make_key, whole_seed
from simulation.core.stages import Channel, Complaint, Stage, Touchpoint
from simulation.core.ways import chosen, running
from simulation.engine.plan import plan, warm_up_plan
from simulation.engine.prepare import prepare, settled
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import Strategy
from simulation.people.population import State
from simulation.people.waking import COMMON, EVENTS, VISITS
from simulation.rules import (
    advocacy,
    community,
    contact,
    effort,
    ladder,
    offers,
    rivalry,
    waking,
)
from simulation.tools.errors import InputError, did_you_mean


def _count_of(stage: Stage) -> Any:
    return property(lambda model: model.n_at[stage], doc=f"People who are {stage.name.lower()}s.")


class BrandModel(NumberedModel):
    """A brand and its people, day by day: model.md in objects.

    Parameters
    ----------
    scenario, strategy : name, path of a .toml file, or object
    rng : int, numpy SeedSequence or None
        The seed. None takes a fresh one, kept in `model.seed_used`.
    replication : int
        Which world under this seed.
    person_class : subclass of Person
    friends : path, networkx.Graph or igraph.Graph: a real friendship graph (`with_friends`)
    kwargs : single parameters of the scenario by name, e.g. ``p_follow=0.02``
        (Mesa's page asks for every argument in its sliders unless it is called `kwargs`.)

    A Mesa user finds what they expect: `model.agents`, `model.datacollector`, `model.step()`,
    `model.running`; `mesa.batch_run` and SolaraViz work on it. Between two days it can be pickled
    and deep-copied, and goes on to the same numbers (numbered.py).
    """

    n_stranger, n_follower, n_subscriber, n_member = map(_count_of, Stage)

    def __init__(
        self,
        scenario: Any = "classroom",
        strategy: Any = "community_building",
        *,
        rng: Any = None,
        replication: int = 0,
        person_class: type[Person] = Person,
        friends: Any = None,
        **kwargs: Any,
    ) -> None:
        _check_names(kwargs)
        seed = whole_seed(rng)
        make_key(seed, replication)  # refuses what is not a seed before Mesa sees it
        super().__init__(rng=seed)
        self.seed_used = seed
        scenario = Scenario.load(scenario)
        world = prepare(
            settled(scenario.replace(**kwargs) if kwargs else scenario, friends),
            seed=seed,
            replication=replication,
        )
        self._begin(world.scenario, Strategy.load(strategy), world.engine.key, world.friends)
        self._populate(world.start, person_class)

    @classmethod
    def of(cls, world: Any, strategy: Strategy, person_class: type[Person] = Person) -> BrandModel:
        """Return the model of a world already prepared (run.prepare), to share its start."""
        model = cls.__new__(cls)
        mesa.Model.__init__(model, rng=0)  # Mesa's own generator: the model never draws from it
        model.seed_used = world.seed
        model._begin(world.scenario, strategy, world.engine.key, world.friends)
        model._populate(world.start, person_class)
        return model

    def _begin(self, scenario: Scenario, strategy: Strategy, key: Any, friends: Any) -> None:
        self.scenario_used = scenario
        self.strategy, self.key = strategy, key
        self.par = scenario.numbers()
        self.plan = plan(scenario, strategy, key=key)
        self.table = np.zeros(self.plan.size, DAY_DTYPE).view(np.recarray)
        self.friends_graph = friends
        self.day, self.held, self.running = -1, False, True
        self.log: list[tuple[int, ...]] | None = None
        self.datacollector = mesa.DataCollector(
            model_reporters={
                name: name for name in (*(f"n_{stage.name.lower()}" for stage in Stage), "sales")
            }
        )

    def _populate(self, start: State, person_class: type[Person]) -> None:
        """Make the persons of a starting state, and introduce them to friends and bonds."""
        people, brand, friends = start.people, start.brand[0], self.friends_graph
        self.start = start
        self.own_meet = person_class.meet is not Person.meet  # then nobody may be skipped
        self.clock = start.waking.clock.tolist()
        self.everyone = [person_class(self, number, people) for number in self._order(people)]
        self.by_number = sorted(self.everyone, key=lambda person: person.number)
        introduce(self.by_number, friends, start, self.day)
        self.n_at = [int(count) for count in brand.n]
        self.member_numbers = {p.number for p in self.everyone if p.stage == Stage.MEMBER}
        self.ledger = Ledger(brand)
        self.novelty, self.archive = float(brand.novelty), float(brand.archive)
        self.reviews = self.stars = 0
        self.waiting: list[Person] = []  # for their visit to the product page
        self.complaints: list[tuple[int, Person]] = []  # (day, who), in order of waiting

    @property
    def sales(self) -> int:
        """Copies sold so far."""
        return int(self.table.sales[: self.day + 1].sum())

    def _order(self, people: Any) -> Iterable[int]:
        """Return the order in which persons are made; it changes no result (a test says so)."""
        return range(people.stage.size)

    # ---- a day -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Live the next day, if there is one left, and collect data."""
        if self.day + 1 >= self.plan.size:
            self.running = False
            return
        self.day, self.midday = self.day + 1, True
        with running(chosen()):  # asked once a day, not for every die
            self.live(self.plan[self.day], self.table[self.day])
        self.datacollector.collect(self)
        self.running, self.midday = self.day + 1 < self.plan.size, False

    def live(self, today: Any, row: Any) -> None:
        """Live one day: the phases of engine.live_a_day, in the same order.

        `today` is what the brand does (a row of the plan), `row` takes what happens.
        """
        self.today, self.row = today, row
        self.plan_day()  # 1
        awake = self.meet()  # 2
        self.ledger.fade(self.par)
        for person in awake:  # 3
            person.feel()
        self.move(awake)  # 4
        self.mingle(awake)  # 5
        buyers = self.consider(awake)  # 6
        self.speak(awake, buyers)  # 7
        self.complain(buyers)  # 8
        self.switch(awake)  # 9
        self.sleep(buyers)
        self.record()  # 10

    def warm_up(self) -> None:
        """Live the warm-up here instead of in the engine: stages held, the common routine."""
        routine = warm_up_plan(self.scenario_used, self.key)
        rows = np.zeros(routine.size, DAY_DTYPE).view(np.recarray)
        self.held = True
        for t in range(routine.size):
            self.day = t - routine.size
            self.live(routine[t], rows[t])
        self.held = False

    def plan_day(self) -> None:
        """Phase 1: what the brand does today, and the chances of contact that follow."""
        if self.today.new_page:
            self.turn_page()
        par, today, n_people = self.par, self.today, len(self.everyone)
        fans = float(sum(self.n_at[1:]))
        rho = contact.reach(par, fans)
        expected = fans * contact.post_chance(rho, today.posts)
        self.talk = contact.talk_share(today.replies, today.posts, expected)
        rho = contact.reach_in_talk(par, rho, self.talk)
        self.p_discovery = contact.discovery_chance(par, rho, today.posts, fans, n_people)
        self.p_post = contact.post_chance(rho, today.posts)
        self.p_ad = contact.ad_chance(today.ad_clicks, n_people)
        self.expected = fans * self.p_post
        self.p_reply = contact.reply_chance(today.replies, self.expected)
        self.p_mail_most = contact.mail_chance(par, today.pieces, 1.0)
        self.p_rival = rivalry.rival_chance(par, self.day)
        self.archive = contact.archive_after(par, self.archive, today.pieces)
        self.p_search = contact.search_chance(par, self.archive)

    def turn_page(self) -> None:
        """Phase 1: the product page begins anew, for the next product."""
        for person in self.everyone:
            person.turn_page()
        self.waiting, self.reviews, self.stars = [], 0, 0

    def advance(self) -> None:
        """Let the clocks of the stages go on for a day: the more may happen, the faster."""
        par = self.par
        self.last_night, self.clock = self.clock, list(self.clock)
        for stage in Stage:
            self.clock[COMMON if stage == Stage.MEMBER else stage] += waking.stage_hazard(
                par, stage, self.p_discovery, self.p_post, self.p_ad, self.p_mail_most,
                self.lapse_bound(stage), advocacy.tell_rate(par, stage), self.p_rival,
                self.p_search,
            )  # fmt: skip
        self.clock[VISITS] += contact.visit_hazard(par, 1.0, 0, self.novelty)
        self.clock[EVENTS] += contact.visit_hazard(par, 0.0, self.today.events, self.novelty)

    def lapse_bound(self, stage: Stage) -> float:
        """Return the largest hazard of lapsing today at a stage (0 while stages are held)."""
        return 0.0 if self.held else ladder.lapse_bound(self.par, stage, self.today.posts)

    def meet(self) -> list[Person]:
        """Phase 2: the clocks go on; return those who wake, or were told, and meet something.

        To anyone else nothing can happen today, so nobody asks them.
        """
        self.advance()
        self.called = [
            person for person in self.everyone if person.told or person.wakes() or self.own_meet
        ]
        awake = [person for person in self.called if person.meet(person.begin_day())]
        for person in awake:
            for channel in person.contacts:
                self.row.contacts[channel] += 1
        return awake

    def sleep(self, buyers: list[Person]) -> None:
        """In the evening everyone who was awake sets the next mark; buyers may be drawn back more.

        What they use draws members, so that what is left of their wait runs faster.
        """
        for person in self.called:
            person.sleep()
        for person in buyers if self.par.k_product else []:
            if person.stage == Stage.MEMBER:
                person.sleep_on(person.mark - person.clock(self.clock, Stage.MEMBER))

    def move(self, awake: list[Person]) -> None:
        """Phase 4: people move or lapse; then friends learn who joined or left the community."""
        self._joined_or_left: list[Person] = []
        for person in [] if self.held else awake:
            person.move()
        self.tell_friends()

    def tell_friends(self) -> None:
        """Let friends know who joined or left the community; end the bonds of those who left."""
        for person in self._joined_or_left:
            joined = person.stage == Stage.MEMBER
            for friend in person.friends:
                friend.member_friends += 1 if joined else -1
            for other in person.bonds:
                other.bonds.pop(person, None)
            person.bonds = {}

    def moved(self, person: Person, stage: Stage, channel: int) -> None:
        """Move a person up, or let them lapse, and count it."""
        old, up = person.stage, stage > person.stage
        self.restage(person, stage)
        if stage == Stage.MEMBER and person.joined_on is None:
            person.joined_on = self.day
        for flow in range(old, stage) if up else [3 + stage]:  # straight to the list: both steps
            self.row.moves[flow] += 1
        self.note(person, Event.MOVE if up else Event.LAPSE, from_stage=old, cause=channel)

    def restage(self, person: Person, stage: Stage) -> None:
        """Put a person on another stage, and keep the counts and sums by stage."""
        old = person.stage
        prominence, connection = person.felt()
        person.stage = stage
        self.n_at[old] -= 1
        self.n_at[stage] += 1
        self.ledger.add(old, -prominence, -connection)
        self.ledger.add(stage, prominence, connection)
        if Stage.MEMBER in (old, stage):
            self.member_numbers ^= {person.number}
            self._joined_or_left.append(person)
            person.member_days += self.day if old == Stage.MEMBER else -self.day

    def mingle(self, awake: list[Person]) -> None:
        """Phase 5: today's visitors talk in order of number; then bonds are made."""
        par, today, before = self.par, self.today, int(self.row.messages)
        visitors = [p for p in awake if Channel.VISIT in p.contacts and p.stage == Stage.MEMBER]
        visitors.sort(key=lambda person: person.number)
        self.unanswered: list[Person] = []
        ties = [(person, person.talk(visitors), Decision.BOND_LIFE) for person in visitors]
        self.host_answers()
        if today.events > 0 and par.relationships:
            life = Decision.MEET_LIFE
            ties += [(person, person.meet_someone(visitors), life) for person in visitors]
        for person, other, life in ties:
            if other is not None:
                person.bond_with(other, life)
        members = [self.by_number[number] for number in self.member_numbers]
        if par.purpose and members:
            total = sum(chance.fixed_point(person.purpose_fit) for person in members)
            mean = chance.from_fixed_point(total) / float(len(members))
            for person in members:
                person.purpose_fit = community.fit_after(par, person.purpose_fit, mean)
        written = int(self.row.messages) - before
        self.novelty = community.novelty_after(
            par, self.novelty, today.events, written, float(len(members))
        )

    def host_answers(self) -> None:
        """Phase 5: the host answers as many as there is time for, of whom no fan answered."""
        helped = contact.reply_chance(self.today.host_answers, float(len(self.unanswered)))
        for person in self.unanswered if helped > 0.0 else []:
            if person.draw(Decision.HOST) < helped:
                self.row.host_answers += 1
                self.note(person, Event.ANSWERED, cause=-1)
                person.be_answered()

    def consider(self, awake: list[Person]) -> list[Person]:
        """Phase 6: contacts are followed up; whose visit is due decides. Returns the buyers."""
        for person in awake:
            person.consider()
        due = [person for person in self.waiting if person.consider_on == self.day]
        self.waiting = [person for person in self.waiting if person.consider_on != self.day]
        self.expected_sales = 0
        bought = [person for person in due if person.decides()]
        self.row.expected_sales = chance.from_fixed_point(self.expected_sales)
        if self.day < self.today.launch_on:  # they order, and buy on the launch day
            for person in bought:
                person.ordered = True
            return []
        if self.day == self.today.launch_on:
            bought += [person for person in self.everyone if person.ordered]
        buyers = sorted(bought, key=lambda person: person.number)
        for person in buyers:
            person.owns, person.bought_on, person.ordered = True, self.day, False
            person.complaint, paid = Complaint.NONE, self.par.price
            if offers.still_holds(person.by_offer, self.today.offer_holds):
                paid = offers.price_paid(self.par, self.today.offer_depth, True)
                self.row.sales_discounted += 1
                self.row.margin_lost += self.par.price - paid
            self.sold(person, person.bought_by, paid)
            for other in (*person.friends, *person.bonded()):
                other.buyer_friends += 1
            self.note(person, Event.BUY, cause=person.bought_by)
        return buyers

    def sold(self, buyer: Person, touchpoint: Touchpoint, paid: float) -> None:
        """Count one copy."""
        buyer.copies += 1
        buyer.spent = float(np.float32(buyer.spent + paid))  # as the engine keeps it
        self.row.sales += 1
        self.row.sales_by_touchpoint[touchpoint] += 1
        self.row.sales_by_stage[buyer.stage] += 1

    def reviewed(self, person: Person, stars: int) -> None:
        """Count a review: the page shows it from tomorrow."""
        self.row.reviews += 1
        self.row.stars += stars
        self.reviews += 1
        self.stars += stars
        self.note(person, Event.REVIEW, cause=stars)

    def speak(self, awake: list[Person], buyers: list[Person]) -> None:
        """Phase 7: fans tell a friend; today's buyers review, recommend and give."""
        for person in awake:
            person.tell()
        for person in buyers:
            person.speak()

    def complain(self, buyers: list[Person]) -> None:
        """Phase 8: purchases go wrong; complaints are answered in order of waiting, or ignored."""
        if not self.par.can_go_wrong:
            return
        row = self.row
        opened = [person for person in buyers if person.goes_wrong()]
        for person in opened:
            person.settle(Complaint.OPEN, Event.COMPLAIN)
        self.complaints += [(self.day, person) for person in opened]
        n_answered = min(int(self.today.cases), len(self.complaints))
        answered, self.complaints = self.complaints[:n_answered], self.complaints[n_answered:]
        for _, person in answered:
            person.is_answered()
        patient = self.day - int(self.par.days_patience)
        ignored = [person for since, person in self.complaints if since <= patient]
        self.complaints = self.complaints[len(ignored) :]
        for person in ignored:
            person.is_ignored()
        row.complaints, row.complaints_answered = len(opened), n_answered
        row.complaints_ignored = len(ignored)

    def switch(self, awake: list[Person]) -> None:
        """Phase 9: fans who met the rival decide; then friends learn which members are gone."""
        self._joined_or_left = []
        for person in awake:
            person.switch()
        self.tell_friends()

    def lost(self, person: Person) -> None:
        """Make a person who left for the rival a stranger, and count it."""
        old, bonds = person.stage, person.n_bonds
        self.restage(person, Stage.STRANGER)
        self.row.switched[old] += 1
        self.row.switched_bonds += bonds
        self.note(person, Event.SWITCH, from_stage=old, cause=bonds)

    def record(self) -> None:
        """Phase 10: the stocks at the end of the day."""
        row, ledger = self.row, self.ledger
        for stage in Stage:
            row.n[stage] = self.n_at[stage]
            row.attachment[stage] = np.nan
            if self.n_at[stage]:
                total = ledger.prominence[stage] + ledger.self_connection[stage]
                row.attachment[stage] = max(0.0, 0.5 * total / self.n_at[stage])
        if self.par.geometric_attachment or self.par.power_forgetting:
            row.attachment *= 0.0
            for person in self.by_number:
                row.attachment[person.stage] += person.attachment / self.n_at[person.stage]
        row.complaints_open = len(self.complaints)
        row.novelty, row.hours = self.novelty, self.today.hours
        row.hours_unused = effort.hours_unused(
            self.par, self.today.cases, row.complaints_answered, self.today.replies,
            self.expected, self.today.waiting, self.today.host_answers,
            float(row.messages - row.answers),
        )  # fmt: skip
        bonds = [self.by_number[number].n_bonds for number in self.member_numbers]
        row.n_bonds, row.n_bonded = sum(bonds) // 2, sum(n > 0 for n in bonds)

    def note(
        self, person: Person, event: Event, *, cause: int, from_stage: Stage | None = None
    ) -> None:
        """Append to the event log, when one is kept (``model.log = []``)."""
        if self.log is not None:
            before = person.stage if from_stage is None else from_stage
            row = (self.day, person.number, event, before, person.stage, cause)
            self.log.append(tuple(int(value) for value in row))

    def to_state(self) -> State:
        """Return the people as the engine's arrays, to compare or to tabulate."""
        return state_of(self)


def run_mesa(world: Any, strategy: Strategy, events: bool) -> tuple[State, np.recarray, np.ndarray]:
    """Live the horizon of a prepared world; return (state, days, event log) as the engine does."""
    model = BrandModel.of(world, strategy)
    model.log = [] if events else None
    while model.running:
        model.step()
    log = np.array(model.log or [], np.int32).reshape(-1, len(LOG_COLUMNS))
    return model.to_state(), model.table, log


def _check_names(names: Mapping[str, Any]) -> None:
    """Raise InputError for a name that BrandModel does not take."""
    own = [name for name in inspect.signature(BrandModel).parameters if name != "kwargs"]
    for name, value in names.items():
        if name == "seed":
            raise InputError(f"BrandModel: seed is called rng, as in Mesa: rng={value!r}")
        if name not in parameters():
            guess = did_you_mean(name, [*own, *parameters()])
            raise InputError(f'BrandModel: unknown name "{name}"{guess}')
