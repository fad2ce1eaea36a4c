"""Several launches (model 7.1): the page begins anew, and people remember what they bought."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import Scenario, simulate
from simulation.engine.plan import pages, plan
from simulation.inputs.strategy import from_table
from simulation.people.population import CONSIDERED, OWNS, PENDING, TOLD_PRODUCT
from simulation.rules import advocacy, service
from simulation.runs.run import prepare
from simulation.tools.errors import InputError
from tests.agents.test_agreement import assert_days_agree
from tests.inputs.test_world import ALL_LEVERS, LIVELY

#: Three products in a lively world; the page turns six days before each launch (ALL_LEVERS).
CAREER = LIVELY.replace(launches=3, days_between_launches=30, days_window=15, n_people=1500)
TURNS = (54, 84)
NO_SUPPORT = from_table({"name": "none", "posting": 0.5, "content": 0.5})
SUPPORT = from_table({"name": "helped", "posting": 0.5, "supporting": 0.5})


@pytest.fixture(scope="module")
def career():
    return simulate(CAREER, ALL_LEVERS, seed=1, events=True)


def test_a_career_agrees_in_both_drivers():
    """Day by day, everyone: with support short, so that complaints are open when a page turns."""
    strong = CAREER.replace(
        n_people=300, k_product=0.5, buy_experience=3.0, decay_experience=0.02, days_patience=20,
        days_between_launches=16, n_days=70, p_buy=0.5, hours_case=8.0,
    )  # fmt: skip
    assert_days_agree(strong, ALL_LEVERS, seed=2)
    assert_days_agree(strong.replace(power_forgetting=True), ALL_LEVERS, seed=3)


# ---- the plan ------------------------------------------------------------------------------------


def test_the_plan_of_one_launch_comes_again_with_every_launch():
    """Announcements, mails, posts, last call, the purse: around each launch day as around one."""
    days = plan(CAREER, ALL_LEVERS)
    launches = [30, 60, 90]
    assert days.new_page.nonzero()[0].tolist() == list(TURNS)
    assert sorted(set(days.launch_on.tolist())) == launches
    assert (days.launch_on == np.repeat(launches, [54, 30, 16])).all()
    announced = [day for launch in launches for day in range(launch - 6, launch + 15) if day < 100]
    assert days.announce_mail.nonzero()[0].tolist() == announced
    calls = [day for launch in launches for day in (launch + 7, launch + 8)]
    assert days.last_call.nonzero()[0].tolist() == calls
    for launch in launches:
        assert days.posts[launch] >= 3  # launch_posts
        assert (days.pieces[[launch - 6, launch - 1, launch, launch + 1, launch + 7]] > 0).all()
    one = plan(CAREER.replace(launches=1, days_between_launches=365), ALL_LEVERS)
    np.testing.assert_array_equal(days.hours, one.hours)
    assert days.posts.sum() == one.posts.sum()  # moved, not added
    assert days.pieces.sum() == one.pieces.sum()


def test_the_purse_is_spent_in_every_window_and_nothing_is_lost():
    """At a fixed price the clicks are those of a plan that saves nothing, moved to the windows."""
    scenario = CAREER.replace(ads_exponent=1.0, n_days=120)
    saving = from_table({"name": "saves", "advertising": 1.0, "ads_saved": 0.5})
    even = from_table({"name": "even", "advertising": 1.0})
    saved, spent = (plan(scenario, levers).ad_clicks for levers in (saving, even))
    np.testing.assert_allclose(saved.sum(), spent.sum())
    daily = spent[0]
    expected = np.full(120, daily)
    for launch, days in ((30, 30), (60, 15), (90, 15)):  # saved on so many days before
        expected[launch - days : launch] = 0.5 * daily
        expected[launch : launch + 15] = daily + 0.5 * daily * days / 15
    np.testing.assert_allclose(saved, expected)


def test_an_offer_that_ends_comes_again_with_the_next_product():
    levers = from_table(
        {"name": "ends", "posting": 1.0, "offer_depth": 0.2, "days_ahead": 2, "deadline": 5,
         "deadline_ends": "offer"}
    )  # fmt: skip
    days = plan(CAREER, levers)
    held = [day for launch in (30, 60, 90) for day in range(launch - 2, launch + 5)]
    assert days.offer.nonzero()[0].tolist() == held
    ended = [*range(35, 58), *range(65, 88), *range(95, 100)]
    assert (days.offer_holds == 0).nonzero()[0].tolist() == ended


def test_a_page_never_begins_before_the_last_window_has_ended():
    early = from_table({"name": "early", "posting": 1.0, "days_ahead": 300})
    turns = pages(CAREER, early)
    assert [page.first for page in turns] == [0, 45, 75]
    assert [page.announced for page in turns] == [0, 45, 75]


def test_launches_must_fit_into_the_horizon_and_beside_each_other():
    with pytest.raises(InputError, match=r"last of launches = 4 is on day 120.*n_days = 100"):
        CAREER.replace(launches=4)
    with pytest.raises(InputError, match=r"days_between_launches = 14: at least days_window = 15"):
        CAREER.replace(days_between_launches=14)


# ---- the page ------------------------------------------------------------------------------------


def test_the_page_begins_anew_and_what_is_remembered_stays():
    world = prepare(CAREER, seed=4)
    days, state = plan(world.scenario, ALL_LEVERS, key=world.engine.key), world.start.copy()
    for day in range(TURNS[0]):
        state = world.engine.run_day(state, days, day)
    before = state.copy()
    of_product = OWNS | PENDING | CONSIDERED | TOLD_PRODUCT
    assert (before.people.lives.marks & of_product != 0).mean() > 0.3
    quiet = days.copy()
    for name in ("posts", "pieces", "events", "ad_clicks"):  # nobody meets anything: a bare turn
        quiet[name][TURNS[0]] = 0
    state = world.engine.run_day(state, quiet, TURNS[0])
    people, was = state.people, before.people
    assert (people.lives.marks & of_product != 0).mean() < 0.1  # who meets the next one today
    assert (people.lives.buyer_friends == 0).all()
    assert (people.lives.heard <= 1).all()  # visits of today announce the next
    assert (people.lives.marks & PENDING != 0).sum() < 0.5 * (was.lives.marks & PENDING != 0).sum()
    assert state.brand[0].reviews < 0.2 * before.brand[0].reviews  # one star of the ignored, today
    bought = was.rare.bought_on >= 0
    for name in ("bought_on", "copies", "spent"):  # nothing is sold before the launch day
        np.testing.assert_array_equal(people.rare[name], was.rare[name])
    assert (people.rare.bad_words > 0).sum() >= (was.rare.bad_words > 0).sum() > 0
    settled = was.rare.complaint != 1
    np.testing.assert_array_equal(people.rare.experience[settled], was.rare.experience[settled])
    assert (was.rare.experience[bought] != 0).all()


def test_everyone_owns_at_most_one_of_each_product(career):
    """Own purchases and gifts received, cut by the days on which the page turns."""
    events = career.events
    bought = events[events.event == "buy"][["time", "person"]]
    given = events[events.event == "gift"][["time", "cause"]].set_axis(["time", "person"], axis=1)
    assert len(given) > 20
    for owned in (bought, given):
        owned["product"] = np.searchsorted(TURNS, owned.time, side="right")
    assert bought.groupby("person").size().max() == 3
    both = [*bought[["person", "product"]].itertuples(index=False), *given[
        ["person", "product"]].itertuples(index=False)]  # fmt: skip
    assert len(set(both)) == len(both)
    for launch, turn in zip((60, 90), TURNS, strict=True):  # nothing is sold of what is not out
        assert not bought.time.between(turn, launch - 1).any()


def test_the_books_of_persons_and_of_products_balance(career):
    table, people, products = career.table, career.people, career.products
    assert people.copies.sum() == table.sales.sum() == products.sales.sum()
    assert people.revenue.sum() == pytest.approx(career.summary["revenue"], rel=1e-6)
    assert products.revenue.sum() == pytest.approx(career.summary["revenue"])
    assert products.launch_day.tolist() == [30, 60, 90]
    assert products.sales.iloc[0] == career.summary["sales_first_product"] > 0
    assert products.sales.iloc[2] == career.summary["sales_last_product"] > 0
    np.testing.assert_allclose(
        products.sales, [table.sales[a:b].sum() for a, b in ((0, 60), (60, 90), (90, 100))]
    )
    assert products.page_visits.sum() == table.page_visits.sum()
    assert people.member_days.sum() == table.n[:, 3].sum()
    assert (people.member_days[people.stage == "member"] > 0).all()


def test_complaints_are_settled_once_though_the_page_turns(career):
    """A queue that outlives the page: everyone complained is answered or ignored or open, once."""
    table = simulate(
        CAREER.replace(days_patience=40, hours_case=2.0, p_wrong=0.9), ALL_LEVERS, seed=5
    ).table
    assert table.complaints_open[TURNS[0]] > 20
    settled = np.cumsum(table.complaints - table.complaints_answered - table.complaints_ignored)
    np.testing.assert_array_equal(settled, table.complaints_open)
    assert (table.complaints_open >= 0).all()
    events = career.events
    opened, ended = (events[events.event.isin(names)] for names in (
        ["complain"], ["complaint_answered", "complaint_ignored"]))  # fmt: skip
    assert opened.groupby("person").size().max() > 1
    more = ended.groupby("person").size() - opened.groupby("person").size()
    assert more.max() <= 0


# ---- what is remembered --------------------------------------------------------------------------


def test_experience_by_hand_from_the_log():
    """x = s - .7 with s of the day of purchase; once answered or ignored as the rule says."""
    world = CAREER.replace(
        launches=1, days_between_launches=365, satisfaction_spread=0.0, match=0.0, quality=0.7,
        loss_wrong=2.0, n_people=3000, p_wrong=0.5, p_buy=0.6, answer_repairs=0.8,
    )  # fmt: skip
    run = simulate(world, SUPPORT, seed=6, events=True)
    people, events = run.people, run.events
    wrong = advocacy.satisfaction(world.numbers(), 0.4, 0.0, True)
    assert wrong == pytest.approx(0.239995872)
    expected = np.zeros(3000)
    complained = events[events.event == "complain"].person
    expected[complained] = wrong - 0.7
    answered = events[events.event == "complaint_answered"].set_index("person").time
    waited = answered - people.bought_on[answered.index].astype(int)
    expected[answered.index] += 0.8 ** (1.0 + waited) * (0.7 - wrong)
    ignored = events[events.event == "complaint_ignored"].person
    expected[ignored] -= 0.7 - wrong
    assert min(len(answered), len(ignored)) > 10
    np.testing.assert_allclose(people.experience, expected, atol=1e-6)


def later(scenario, strategy, seed):
    """Return the copies of the second product, by those who bought the first and by others."""
    run = simulate(scenario, strategy, seed=seed, events=True)
    bought = run.events[run.events.event == "buy"]
    second = scenario["launch_day"] + scenario["days_between_launches"]
    first = bought[bought.time < second].person
    again = bought[bought.time >= second].person.isin(first)
    return int(again.sum()), int((~again).sum())


TWICE = LIVELY.replace(
    launches=2, days_between_launches=35, n_people=4000, p_buy=0.2, k_product=0.0, p_rival=0.0,
    p_consider_friend=0.0, p_consider_member=0.0, buy_buyer_friends=0.0, buy_no_reviews=0.0,
    buy_stars=0.0, can_go_wrong=False, decay_experience=0.0,
)  # fmt: skip


@pytest.mark.parametrize("quality", [0.4, 0.9])
def test_a_good_experience_sells_the_next_and_a_bad_one_costs_it(quality):
    """A product better than .7 is bought again more, a worse one less; the others do not mind."""
    sold = [
        later(TWICE.replace(quality=quality, buy_experience=b), NO_SUPPORT, 7) for b in (0.0, 4.0)
    ]
    assert sold[0][0] > 100
    assert abs(sold[1][1] / sold[0][1] - 1.0) < 0.05
    change = sold[1][0] / sold[0][0]
    assert change > 1.15 if quality > 0.7 else change < 0.75


def test_what_has_faded_sells_nothing():
    fresh, faded, none = (
        later(TWICE.replace(quality=0.9, **change), NO_SUPPORT, 8)
        for change in ({"buy_experience": 4.0}, {"buy_experience": 4.0, "decay_experience": 1.0},
                       {"buy_experience": 0.0})
    )  # fmt: skip
    assert faded == none
    assert fresh[0] > faded[0]


def test_complaints_ignored_cost_the_next_launch():
    """The same complaints: ignored, answered late, answered at once; who had none buy most."""
    wrong = TWICE.replace(
        can_go_wrong=True, p_wrong=1.0, loss_heard=0.0, p_review_ignored=0.0, loss_ignored=0.0,
        g_complaint=0.0, buy_bad_words=0.0, days_patience=10, buy_experience=2.0,
    )  # fmt: skip
    ignored = later(wrong.replace(hours_case=1000.0), SUPPORT, 9)[0]
    answered = later(wrong.replace(hours_case=0.001), SUPPORT, 9)[0]
    half = later(wrong.replace(hours_case=0.001, answer_repairs=0.5), SUPPORT, 9)[0]
    none = later(wrong.replace(can_go_wrong=False), SUPPORT, 9)[0]
    assert ignored < half < answered < none
    assert ignored < 0.8 * none, (ignored, none)


# ---- the product builds attachment ---------------------------------------------------------------


def test_using_the_product_builds_self_connection_by_hand():
    """With nothing else that moves C and no fading: C = f k s for everyone who bought, else 0."""
    still = LIVELY.replace(
        k_parasocial=0.0, k_tie=0.0, k_ritual=0.0, k_purpose=0.0, rate_purpose_drift=0.0,
        decay_self_connection=0.0, can_go_wrong=False, satisfaction_spread=0.0, match=0.0,
        k_product=0.3,
    )  # fmt: skip
    people = simulate(still, ALL_LEVERS, seed=10).people
    bought = people.bought_on.notna()
    assert bought.sum() > 100
    np.testing.assert_allclose(people.self_connection, 0.21 * people.purpose_fit * bought)


def test_with_one_launch_nothing_but_the_product_itself_moves_a_number():
    """buy_experience and its fading have nothing to act on; k_product has."""
    one = LIVELY.replace(k_product=0.0)
    tables = [
        simulate(one.replace(**change), ALL_LEVERS, seed=11).table.tobytes()
        for change in ({}, {"buy_experience": 20.0, "decay_experience": 1.0}, {"k_product": 0.1})
    ]
    assert tables[0] == tables[1] != tables[2]


def test_members_who_use_the_product_are_drawn_back():
    """More C, more visits: what a purchase builds counts from the next day, asleep or not."""
    town = LIVELY.replace(b_identity=3.0, p_buy=0.9, visit_rate_median=0.05, n_days=200)
    visits = [
        simulate(town.replace(k_product=k), ALL_LEVERS, seed=12).table.contacts[40:, 5].sum()
        for k in (0.0, 0.5, 1.0)
    ]
    assert visits[0] < visits[1] < visits[2]


@pytest.mark.parametrize("name", ["author_career", "product_drops"])
def test_the_presets_of_several_launches_sell_every_product(name):
    scenario = Scenario.load(name).replace(n_people=5_000, days_warm_up=30)
    products = simulate(scenario, "advertising", seed=13).products
    assert len(products) == scenario["launches"]
    assert (products.page_visits > 0).all()
    assert products.sales.sum() > 0


def test_settling_a_complaint_never_makes_up_more_than_was_lost():
    par = LIVELY.replace(loss_wrong=2.0).numbers()
    for satisfied in (0.0, 0.1, 0.5, 0.99, 1.0):
        x = advocacy.experience(satisfied)
        whole = service.experience_settled(par, x, 1.0)
        assert x <= whole <= 0.3 + 1e-12
        assert service.experience_settled(par, x, 0.0) == x
        assert service.experience_settled(par, x, -1.0) == pytest.approx(2 * x - whole)
