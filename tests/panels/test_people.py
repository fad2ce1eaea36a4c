"""Who was treated, what it did, and to whom: lives under the same luck, held to the copy."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.core.randomness import make_key
from simulation.core.stages import Channel, Stage
from simulation.engine.prepare import Prepared
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy
from simulation.panels.assignment import assigned
from simulation.panels.covariates import tenure
from simulation.panels.lives import town_of
from simulation.panels.people import morning_of, people_tables, worked_out
from simulation.panels.treatments import TREATMENTS, touch, treat
from simulation.people.population import OWNS
from simulation.runs.run import run_prepared, simulate
from simulation.runs.statistics import mean_interval
from tests.panels.common import ALONE, WORLD, people

SEEDS = range(1, 13)


def tables(design, jobs=1):
    """Return the tables of people."""
    return people_tables(design.people, design.seed, jobs=jobs, progress=False)


def difference(data):
    """Return the difference in means between treated and others, and its standard error."""
    some = data[data["may_be_treated"]]
    one, other = (some.loc[some["treated"] == yes, "copies"].to_numpy(float) for yes in (1, 0))
    se = np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size)
    return one.mean() - other.mean(), se


def mean_tau(found):
    """Return the mean total effect of those who may be treated."""
    return found["truth/people"]["tau"][found["data/people"]["may_be_treated"]].mean()


# ---- the lives -----------------------------------------------------------------------------------


def test_a_world_in_stretches_is_the_world_in_one():
    """Stopping on a morning changes nothing: person by person, day by day."""
    world = Scenario.load("classroom").replace(**WORLD)
    town = town_of(world, STRATEGIES["community_building"], seed=4)
    before = town.live(town.start, 0, 50)
    after = town.live(before.state, 50, 120)
    run = simulate(world, "community_building", seed=4)
    table = np.concatenate([before.table, after.table])
    assert table.tobytes() == run.table.tobytes()
    assert after.state.people.rare.tobytes() == run.end.people.rare.tobytes()


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_copies_of_the_people_are_the_sales_of_the_world(treatment):
    """What people are said to have bought is what was sold in these days, to the copy."""
    morning = morning_of(people(treatment=treatment, world={"n_people": 1500}).people, 1,
                         events=False)  # fmt: skip
    day, part, before = morning.part.first_day, morning.part, morning.before
    known = worked_out(morning)
    some = morning.may & (np.arange(morning.may.size) % 3 > 0)
    for mask in (np.zeros_like(morning.may), some, morning.may):
        state = treat(morning.town, before.state, day, np.flatnonzero(mask), treatment)
        lived = morning.town.live(state, day, day + part.days_after)
        assert morning.after(mask).copies.sum() == lived.table["sales"].sum()
        assert (known.after(mask).copies == morning.after(mask).copies).all()


def test_alone_everybody_has_only_the_direct_effect():
    """Where nobody hears of anybody spillover and interaction are 0, and nobody else is changed."""
    design = people(
        treatment="ad", world={**ALONE, "n_people": 1000}, sample=16, strategy="audience_building"
    )
    found = tables(design)
    effects, truth = found["truth/effects"], found["truth/people"]
    assert len(effects) == 16
    assert not effects[["spillover", "interaction"]].to_numpy().any()
    assert (effects["direct"] == effects["total"]).all()
    assert (effects["as_assigned"] == effects["total"]).all()
    assert effects["direct"].any()
    may = found["data/people"]["may_be_treated"]
    assert not truth["tau"][~may].any()
    assert truth["tau"][may].sum() > 0


def test_effects_sum_to_the_copy_where_people_talk():
    """Direct, spillover and interaction sum to y1 - y0, and the others do feel the treatment."""
    found = tables(people(treatment="ad", sample=12, seed=2, world={"n_people": 1000}))
    effects, truth = found["truth/effects"], found["truth/people"]
    total = truth["y1"].to_numpy() - truth["y0"].to_numpy()
    assert (truth["tau"].to_numpy() == total).all()
    parts = effects["direct"] + effects["spillover"] + effects["interaction"]
    assert (parts.to_numpy() == total[effects["person"]]).all()
    assert truth["tau"][~found["data/people"]["may_be_treated"]].any()


def test_nothing_does_nothing():
    """A null treatment has no effect on anybody, whoever gets it."""
    for assignment in ("lot", "rule", "choice"):
        found = tables(people(treatment="nothing", assignment=assignment, sample=2))
        truth, effects = found["truth/people"], found["truth/effects"]
        assert not truth["tau"].any()
        assert not effects.drop(columns="person").to_numpy().any()
        assert (truth["y0"] == found["data/people"]["copies"]).all()


# ---- the estimators ------------------------------------------------------------------------------


def of_worlds(**options):
    """Return, of many worlds, the difference in means less the mean total effect, and its error."""
    rows = []
    for seed in SEEDS:
        found = tables(people(seed=seed, **options))
        estimate, se = difference(found["data/people"])
        rows.append((estimate - mean_tau(found), se))
    return np.array(rows).T


def test_by_lot_the_difference_in_means_is_the_effect():
    """Its 95 % interval holds the true mean in most worlds, and over all worlds it is right."""
    off, se = of_worlds(treatment="ad", world=ALONE, strategy="audience_building")
    assert (np.abs(off) < 1.96 * se).sum() >= len(SEEDS) - 2
    _, low, high, _ = mean_interval(off)
    assert low < 0 < high


def test_where_people_talk_a_lot_misses_the_spillover():
    """The others hear of it too, treated or not: the difference in means is below the total."""
    off, _ = of_worlds(treatment="ad")
    _, _, high, _ = mean_interval(off)
    assert high < 0


@pytest.mark.parametrize("treatment", ["nothing", "discount"])
def test_by_choice_the_difference_in_means_is_too_high(treatment):
    """Who is inclined to be treated buys more anyway: the interval of the bias lies above 0."""
    off, _ = of_worlds(treatment=treatment, assignment="choice")
    _, low, _, _ = mean_interval(off)
    assert low > 0


def test_a_rule_selects_on_what_is_seen():
    """The treated have more of the covariate than anybody who is not."""
    found = tables(people(assignment="rule", on="opens", share=0.3))
    data = found["data/people"]
    some = data[data["may_be_treated"]]
    assert some.loc[some["treated"], "opens"].min() >= some.loc[~some["treated"], "opens"].max()
    assert some["treated"].sum() == round(0.3 * len(some))


def test_a_lot_looks_at_nothing():
    """At selection 0 the driver changes nothing; at 1 luck only breaks ties."""
    may = np.arange(1000) % 2 == 0
    driver = np.arange(1000.0)
    lots = [assigned(may, way * driver, 0.0, 0.4, 9) for way in (1, -1)]
    assert (lots[0] == lots[1]).all()
    assert lots[0].sum() == 200
    assert not lots[0][~may].any()
    best = assigned(may, driver, 1.0, 0.4, 9)
    assert driver[best].min() > driver[may & ~best].max()


# ---- what is done --------------------------------------------------------------------------------


def test_a_touch_is_a_mail_of_the_plan():
    """Where every chance is 0 or 1, a mail to everybody on the list does just what the plan's does:
    attachment, clicks and copies are the same, person by person."""
    sure = ("p_open", "click_mail", "p_same_day", "p_buy")
    never = ("open_attachment", "search_rate", "p_join", "rate_tell_follower", "visit_rate_median",
             "rate_tell_subscriber", "rate_tell_member", "rate_visit_event")  # fmt: skip
    changes = {**WORLD, **ALONE, **dict.fromkeys(sure, 1.0), **dict.fromkeys(never, 0.0)}
    world = Scenario.load("classroom").replace(
        **{**changes, "n_people": 800, "launch_day": 10, "n_days": 20}
    )
    quiet = town_of(world, STRATEGIES["do_nothing"], seed=1)
    morning = quiet.live(quiet.start, 0, 12).state
    persons = np.flatnonzero((morning.people.stage & 3) >= Stage.SUBSCRIBER)
    treated = quiet.live(touch(quiet, morning.copy(), 12, persons, int(Channel.MAIL)), 12, 13)
    quiet.days["pieces"][12] = 1
    mailed = quiet.live(morning, 12, 13)
    for name in ("prominence", "self_connection", "exposure", "heard", "last_contact"):
        mine, plans = (x.state.people.lives[name] for x in (treated, mailed))
        assert (mine == plans).all(), name
    own = [x.state.people.lives.marks & OWNS for x in (treated, mailed)]
    assert (own[0] == own[1]).all()
    assert own[0].sum() == persons.size
    assert (treated.state.people.rare.copies == mailed.state.people.rare.copies).all()
    sums = [np.array(x.state.brand[0].prominence) for x in (treated, mailed)]
    assert np.allclose(*sums, rtol=1e-12)


def test_who_moves_by_a_touch_is_counted_and_seated():
    """After a mail that makes everybody join, counts, seats and what friends know are right."""
    world = Scenario.load("classroom").replace(
        **{**WORLD, "n_people": 800}, p_join=1.0, p_open=1.0, joining_open=True, calendar_luck=False
    )
    town = town_of(world, STRATEGIES["do_nothing"], seed=1)
    state = town.live(town.start, 0, 20).state
    persons = np.flatnonzero((state.people.stage & 3) == Stage.SUBSCRIBER)
    assert persons.size > 100
    after = touch(town, state.copy(), 20, persons, int(Channel.MAIL))
    stage = after.people.stage & 3
    assert (stage[persons] == Stage.MEMBER).all()
    assert (np.bincount(stage, minlength=4) == after.brand[0].n).all()
    members = np.flatnonzero(stage == Stage.MEMBER)
    assert sorted(after.bonds.owner[after.bonds.owner >= 0]) == members.tolist()
    friends = town.prepared.friends
    known = [np.isin(friends.ids[friends.start[p] : friends.start[p + 1]], members).sum()
             for p in range(stage.size)]  # fmt: skip
    assert (after.people.lives.member_friends == known).all()
    lived = town.live(after, 20, 60)  # and the world goes on
    assert (lived.table["n"].sum(axis=1) == 800).all()


def test_an_invitation_agrees_in_both_drivers():
    """Invited before day 0, people live the same life in the engine and in the Mesa model."""
    world = Scenario.load("classroom").replace(
        n_people=300, n_days=70, share_subscribers=0.3, p_join=0.3, share_invited=0.0
    )
    town = town_of(world, STRATEGIES["community_building"], seed=2)
    persons = np.flatnonzero((town.start.people.stage & 3) == Stage.SUBSCRIBER)[::2]
    start = treat(town, town.start, 0, persons, "invitation")
    prepared = Prepared(world, 2, 0, town.prepared.engine, start)
    runs = [run_prepared(prepared, town.strategy, engine=way) for way in ("auto", "mesa")]
    assert runs[0].table.tobytes() == runs[1].table.tobytes()
    joined = np.flatnonzero(runs[0].end.people.rare.joined_on >= 0)
    assert joined.size
    assert set(joined) <= set(persons)


def test_a_discount_is_paid_by_who_came_by_it():
    """With a discount some copies cost less; without, none does."""
    found = tables(people(treatment="discount", depth=0.5))
    truth, price = found["truth/people"], Scenario.load("classroom").product.price
    assert (truth["value0"] == price * truth["y0"]).all()
    less = price * truth["y1"] - truth["value1"]
    assert set(np.unique(less)) == {0.0, price / 2}
    assert (less[~found["data/people"]["may_be_treated"]] == 0).all()


# ---- what is seen --------------------------------------------------------------------------------


def test_noise_hides_and_never_adds():
    """Tracking sees no more than there was; with chance 1 it sees all of it, with 0 nothing."""
    full, half, none = (
        tables(people(seen=dict.fromkeys(("contacts", "opens", "visits", "clicks", "orders"), p)))[
            "data/people"
        ]
        for p in (1, 0.5, 0)
    )
    for name in ("contacts", "opens", "visits", "clicks"):
        assert (half[name] <= full[name]).all()
        assert 0.4 < half[name].sum() / full[name].sum() < 0.6
        assert not none[name].any()
    assert (full["opens"] + full["visits"] <= full["contacts"]).all()
    assert (full["copies"] == half["copies"]).all()  # the world is the same


def test_tenure_is_since_the_last_time():
    """Followed on day 3, left on day 5, came back on day 8: two days on the morning of day 10."""
    move, lapse = 1, 2
    log = np.array(
        [(3, 0, move, 0, 1, 0), (5, 0, lapse, 1, 0, -1), (8, 0, move, 0, 1, 0),
         (4, 1, move, 1, 2, 0), (6, 2, lapse, 1, 0, -1)]
    )  # fmt: skip
    assert tenure(log, 10, np.array([0, 1, 1, 0])).tolist() == [2, 10, 0, 0]


def test_times_repeat_the_treatment():
    """Given three times, ads sell more than once."""
    once, thrice = (mean_tau(tables(people(treatment="ad", times=n, every=5))) for n in (1, 3))
    assert thrice > once > 0


def test_other_luck_keeps_the_friends():
    """A town with other luck has the same people and friends, and another future."""
    world = Scenario.load("classroom").replace(**WORLD)
    town = town_of(world, Strategy.load("balanced"), seed=1)
    other = town.with_luck(make_key(1, 77))
    assert other.given.around is town.given.around
    futures = [x.live(town.start, 0, 60).table.tobytes() for x in (town, town, other)]
    assert futures[0] == futures[1] != futures[2]
