"""The engine against answers that can be written down (model description, section 8).

Tolerances: means are compared at 5 standard errors, distributions by chi-square at p > 1e-6 (about
5 sigma). Seeds are not chosen: seed 0, replications 0, 1, 2 ... in order. Each comparison is also
fed an answer that is wrong by a tenth (friends' words: three tenths) and must refuse it, so that
it is known to see such an error.
Parameters that matter are given here, so that other central values change nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from simulation import theory
from simulation.core.chance import shifted
from simulation.core.outcomes import Event
from simulation.core.randomness import make_key
from simulation.core.stages import Channel, Stage
from simulation.engine.day import Engine
from simulation.engine.waking import set_mark, with_room
from simulation.inputs.declare import InputError
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES, Strategy, from_table
from simulation.people.around import stored
from simulation.people.friends import no_friends
from simulation.runs.run import prepare, run_prepared, simulate
from tests.inputs.test_world import PLAIN

SIGMA = 5.0
SMALLEST_P = 1e-6

#: A world in which people of one stage are all alike and reach does not depend on the audience.
ALIKE = PLAIN | {
    "graph": "none", "days_warm_up": 0, "year": 2012.0, "launch_day": 0,
    "reach_2012": 0.16, "reach_size_exponent": 0.0, "p_open": 0.3,
    "usd_per_hour": 40.0, "usd_per_click": 0.70,
    "share_followers": 0.0, "share_subscribers": 0.0, "share_members": 0.0,
    "b_relevance": 0.0, "b_attachment": 0.0, "b_fit": 0.0, "b_member_friends": 0.0,
    "g_attachment": 0.0, "g_bonds": 0.0, "g_posts": 0.0, "odds_friend": 2.5,
}  # fmt: skip
NO_LAPSE = dict.fromkeys(("rate_lapse_follower", "rate_lapse_subscriber", "rate_lapse_member"), 0.0)
SILENT = dict.fromkeys(("rate_tell_follower", "rate_tell_subscriber", "rate_tell_member"), 0.0)

#: Ten hours a day, of which: one post of 2 h, one piece of 4 h, one event of 1 h.
FULL_DAY = {
    "hours_per_week": 70.0, "hours_post": 2.0, "hours_reply": 0.001, "hours_piece": 4.0,
    "hours_event": 1.0,
}  # fmt: skip


def world(**changes) -> Scenario:
    """Return a world of people all alike, with some parameters changed."""
    return Scenario().replace(**{**ALIKE, **changes})


def effort(announce=(), **shares: float) -> Strategy:
    """Return a strategy that splits the effort so and speaks of the product by `announce`."""
    return from_table({"name": "test", "announce": tuple(announce), **shares})


ALL_DAY = effort(posting=0.2, replying=0.1, content=0.4, hosting=0.1, advertising=0.2)
ADS = effort(advertising=1.0)
REST = effort()


def ladder_world(**changes) -> Scenario:
    """Return a world in which every move and lapse happens, with constant chances."""
    rates = {
        "n_people": 5000, "n_days": 120, "discovery": 0.0,
        "share_followers": 0.3, "share_subscribers": 0.2, "share_members": 0.1,
        "p_follow": 0.5, "p_curious_post": 0.3, "p_curious_reply": 0.5, "p_optin": 0.3,
        "p_join": 0.1, "rate_lapse_follower": 0.01, "rate_lapse_subscriber": 0.015,
        "rate_lapse_member": 0.02,
    }  # fmt: skip
    return world(**{**FULL_DAY, **rates, **changes})


def ladder_rates(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Return the chances up and down of `ladder_world` by hand, from the model's equations."""
    s = scenario
    ad = 70 / 7 * 0.2 * s["usd_per_hour"] / s["usd_per_click"] / s["n_people"]
    rho, look = s["reach_2012"], s["p_optin"]
    stay = (1 - s["p_curious_post"] * look) * (1 - s["p_curious_reply"] * look)
    by_reply = rho * s["p_join"]  # everyone who meets a post is answered
    up = [
        ad * s["p_follow"],
        rho * (1 - stay),
        1 - (1 - by_reply) * (1 - s["p_open"] * s["p_join"]),
    ]
    down = [s["rate_lapse_follower"], s["rate_lapse_subscriber"], s["rate_lapse_member"]]
    return np.array(up), np.array(down)


def stocks(scenario: Scenario, strategy: Strategy, replications: int) -> np.ndarray:
    """Return people by stage, shape (replications, n_days, 4), under seed 0."""
    runs = (simulate(scenario, strategy, seed=0, replication=r) for r in range(replications))
    return np.array([run.table.n for run in runs])


def mean_z(samples: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return (mean - expected) / standard error over the first axis."""
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    return (samples.mean(axis=0) - expected) / error


def chi_square_p(observed: np.ndarray, expected: np.ndarray) -> float:
    """Return the p-value of counts; neighbouring classes are joined until each expects ten."""
    groups, room = np.zeros(len(expected), int), 0.0
    for j in range(1, len(expected)):
        room += expected[j - 1]
        groups[j] = groups[j - 1] + (room >= 10.0)
        room = 0.0 if room >= 10.0 else room
    if expected[groups == groups[-1]].sum() < 10.0:
        groups[groups == groups[-1]] -= 1
    o, e = np.bincount(groups, observed), np.bincount(groups, expected)
    return float(stats.chisquare(o, e * o.sum() / e.sum()).pvalue)


# -- 1 the ladder is a Markov chain ---------------------------------------------------------------


def chain_z(runs: np.ndarray, scenario: Scenario, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return z of the mean stocks at the end of days 1, 5, 20, 60 and 120 (exact variance)."""
    start = scenario["n_people"] * np.array([0.4, 0.3, 0.2, 0.1])
    chain = theory.stage_chain(up, down)
    found = []
    for days in (1, 5, 20, 60, 120):
        power = np.linalg.matrix_power(chain, days)
        variance = start @ (power * (1 - power)) / len(runs)
        found.append((runs[:, days - 1].mean(axis=0) - start @ power) / np.sqrt(variance))
    return np.array(found)


@pytest.fixture(scope="module")
def ladder_runs() -> np.ndarray:
    """40 replications of 5,000 people over 120 days."""
    return stocks(ladder_world(), ALL_DAY, 40)


def test_constant_hazards_make_a_markov_chain(ladder_runs):
    scenario = ladder_world()
    z = chain_z(ladder_runs, scenario, *ladder_rates(scenario))
    assert np.abs(z).max() < SIGMA, z


@pytest.mark.parametrize("wrong", range(6))
def test_the_chain_refuses_a_hazard_a_tenth_off(ladder_runs, wrong):
    scenario = ladder_world()
    rates = np.concatenate(ladder_rates(scenario))
    rates[wrong] *= 1.1
    z = chain_z(ladder_runs, scenario, rates[:3], rates[3:])
    assert np.abs(z).max() > SIGMA, z


def test_the_chain_moves_up_first_and_one_stage_at_most():
    chain = theory.stage_chain([0.5, 0.2, 0.1], [0.1, 0.5, 1.0])
    by_hand = [[0.5, 0.5, 0, 0], [0.08, 0.72, 0.2, 0], [0, 0.45, 0.45, 0.1], [0, 0, 1, 0]]
    np.testing.assert_allclose(chain, by_hand, atol=1e-15)
    for up in ([0.5, 0.2], [0.5, 0.2, 1.1]):
        with pytest.raises(ValueError, match="up"):
            theory.stage_chain(up, [0, 0, 0])


def test_mean_field_is_the_chain_when_hazards_are_constant():
    scenario = ladder_world()
    start = 5000 * np.array([0.4, 0.3, 0.2, 0.1])
    expected = theory.occupancy(theory.stage_chain(*ladder_rates(scenario)), start, 120)
    np.testing.assert_allclose(theory.mean_field(scenario, ALL_DAY), expected, rtol=1e-12)


def feedback_world(**changes) -> Scenario:
    """Return a world whose reach, discovery and replies depend on how many follow."""
    more = {
        "n_people": 10_000, "n_days": 150, "discovery": 1.0, "reach_followers": 5000.0,
        "reach_size_exponent": 0.4,
        "hours_reply": 0.01,  # 100 replies a day: not enough for all
        "hours_piece": 11.0,  # a piece every third day or so
        "g_posts": 0.3, "posts_tolerated": 0.0,
    }  # fmt: skip
    return ladder_world(**{**more, **changes})


def test_mean_field_follows_reach_discovery_and_replies():
    """40 replications of 10,000 people, standard errors from the replications."""
    runs = stocks(feedback_world(), ALL_DAY, 40)
    expected = theory.mean_field(feedback_world(), ALL_DAY)[1:]
    days = [0, 4, 19, 59, 149]
    z = mean_z(runs, expected)[days]
    assert np.abs(z).max() < SIGMA, z
    for name, value in (("discovery", 1.1), ("p_optin", 0.33), ("g_posts", 0.33)):
        wrong = theory.mean_field(feedback_world(**{name: value}), ALL_DAY)[1:]
        assert np.abs(mean_z(runs, wrong)[days]).max() > SIGMA, name


def test_mean_field_follows_friends_words_at_every_stage():
    """60 replications of 800 people who all know each other, fans of all stages telling."""
    telling = {"rate_tell_follower": 0.05, "rate_tell_subscriber": 0.1, "rate_tell_member": 0.2}
    words = {"graph": "complete", "n_people": 800, "p_curious_friend": 0.4, **telling}
    runs = stocks(ladder_world(**words), ALL_DAY, 60)
    days = [1, 4, 19, 59, 119]
    z = mean_z(runs, theory.mean_field(ladder_world(**words), ALL_DAY)[1:])[days]
    assert np.abs(z).max() < SIGMA, z
    for name, value in (("odds_friend", 3.25), ("rate_tell_member", 0.26)):
        wrong = theory.mean_field(ladder_world(**{**words, name: value}), ALL_DAY)[1:]
        assert np.abs(mean_z(runs, wrong)[days]).max() > SIGMA, name


def test_mean_field_refuses_worlds_it_cannot_answer():
    cases = [
        (world(b_relevance=0.5), REST),
        (world(graph="random"), REST),
        (world(graph="complete", n_people=50), STRATEGIES["balanced"]),
        (world(days_warm_up=3), REST),
        (world(share_invited=0.5), REST),
    ]
    for scenario, strategy in cases:
        with pytest.raises(InputError, match="mean field") as error:
            theory.mean_field(scenario, strategy)
        assert "\n" not in str(error.value)


# -- 2 the time to follow is geometric ------------------------------------------------------------


def test_time_to_follow_is_geometric_when_attachment_is_frozen():
    """20,000 strangers, ads only, a chance of .02 a day, the moves of 60 days from the events."""
    frozen = {name: 0.0 for name in Scenario().flat() if name.startswith(("eta_", "k_"))}
    scenario = world(
        **NO_LAPSE, **frozen, n_people=20_000, n_days=60, p_follow=0.4, hours_per_week=122.5,
        b_attachment=2.0,
    )  # fmt: skip
    p = 122.5 / 7 * 40 / 0.70 / 20_000 * 0.4
    run = simulate(scenario, ADS, events=True)
    moves = run.events.query("event == 'move'")
    assert (moves.to_stage == "follower").all()
    assert moves.person.is_unique
    days = np.bincount(moves.time, minlength=60)
    observed = np.append(days, 20_000 - len(moves))
    assert chi_square_p(observed, 20_000 * theory.geometric_times(p, 60)) > SMALLEST_P
    assert chi_square_p(observed, 20_000 * theory.geometric_times(1.1 * p, 60)) < SMALLEST_P


# -- 3 word of mouth on the complete graph: logistic growth and Bass ------------------------------


def test_the_closed_form_solves_bass_equation():
    t = np.linspace(0, 300, 31)
    for p, q, start in ((0.003, 0.05, 0.0), (0.0, 0.04, 0.1), (0.01, 0.0, 0.2), (0.0, 0.0, 0.3)):
        solved = integrate.solve_ivp(
            lambda _, f, p=p, q=q: (p + q * f) * (1 - f), (0, 300), [start], "DOP853", t,
            rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        np.testing.assert_allclose(theory.bass(p, q, t, start), solved.y[0], atol=1e-9)
    p, q = 0.003, 0.05
    fade = np.exp(-(p + q) * t)
    np.testing.assert_allclose(theory.bass(p, q, t), (1 - fade) / (1 + q / p * fade), atol=1e-12)


def adoption_world(**changes) -> Scenario:
    """Return 1,500 people who all know each other; only followers speak, nobody lapses."""
    more = {"graph": "complete", "n_people": 1500, "n_days": 1200, **NO_LAPSE, **SILENT}
    return world(**{**more, **changes})


LOGISTIC = {"share_followers": 0.1, "p_follow": 1.0, "rate_tell_follower": 0.005}
BASS = {"p_follow": 0.2, "rate_tell_follower": 0.013, "hours_per_week": 1.0}
CASES = {"logistic": (adoption_world(**LOGISTIC), REST), "bass": (adoption_world(**BASS), ADS)}


@pytest.mark.parametrize("case", CASES)
def test_adoption_on_the_complete_graph(case):
    """60 replications: 5 sigma of the daily recursion, 2 % of the people of the closed form.

    The closed form is continuous in time and lets words arrive at once: with q = .005 a day the
    lag slows growth by about 3 q / 2, less than 1 %.
    """
    scenario, strategy = CASES[case]
    rates = theory.bass_rates(scenario, strategy)
    n, start = scenario["n_people"], scenario["share_followers"]
    daily = theory.bass_daily(rates, n, 1200, start * n)
    np.testing.assert_allclose(theory.mean_field(scenario, strategy)[:, 1], daily, rtol=1e-9)

    runs = stocks(scenario, strategy, 60)
    assert (runs[:, :, 2:] == 0).all()
    days = np.array([50, 200, 400, 600, 800, 1100])
    share = runs[:, days - 1, 1] / n
    z = mean_z(share, daily[days] / n)
    assert np.abs(z).max() < SIGMA, z
    closed = theory.bass(rates.p, rates.q, days, start)
    assert np.abs(share.mean(axis=0) - closed).max() < 0.02

    for wrong in (rates._replace(tell=1.1 * rates.tell), rates._replace(p=1.1 * rates.p + 1e-4)):
        off = theory.bass_daily(wrong, n, 1200, start * n)[days] / n
        assert np.abs(mean_z(share, off)).max() > SIGMA
        closed_off = theory.bass(wrong.p, wrong.q, days, start)
        assert np.abs(share.mean(axis=0) - closed_off).max() > 0.02


def test_bass_rates_are_the_parameters():
    rates = theory.bass_rates(*CASES["bass"])
    assert rates.p == pytest.approx(1 / 7 * 40 / 0.70 / 1500 * 0.2)
    odds = 0.2 / 0.8 * 2.5
    assert rates.q == pytest.approx(0.013 * odds / (1 + odds))
    assert rates.accept == shifted(0.2, 0.0, 2.5)


# -- 4 chances of 0 and of 1 ----------------------------------------------------------------------

EVERYTHING = effort(
    ("post", "ad", "mail", "visit"),
    posting=0.3, replying=0.1, content=0.3, hosting=0.15, advertising=0.15,
)  # fmt: skip


def test_with_chances_of_zero_nothing_happens():
    never = {"p_follow": 0.0, "p_optin": 0.0, "p_join": 0.0, "p_buy": 0.0, **NO_LAPSE}
    tried = {"search_rate": 0.001, "p_straight": 1.0}
    run = simulate(Scenario.load("classroom").replace(**never, **tried), EVERYTHING)
    assert run.table.contacts.sum(axis=0).min() > 0, "every channel must have been tried"
    assert run.table.page_visits.sum() > 0
    assert (run.table.moves == 0).all()
    assert (run.table.sales == 0).all()
    assert (run.table.n == run.table.n[0]).all()
    np.testing.assert_array_equal(run.people.stage, run.people.start_stage)


def test_with_chances_of_one_everyone_moves_on_the_first_contact():
    names = ("p_follow", "p_curious_post", "p_curious_reply", "p_curious_friend", "p_optin",
             "p_curious_search")  # fmt: skip
    daily = {"hours_piece": 0.1, "hours_event": 0.1}  # content and hosting from the first day on
    daily |= {"search_rate": 1e-4}
    always = {**dict.fromkeys((*names, "p_join"), 1.0), **NO_LAPSE, **daily}
    run = simulate(Scenario.load("classroom").replace(**always), EVERYTHING, events=True)
    carriers = {
        "stranger": ("DISCOVERY", "AD", "FRIEND", "SEARCH"),
        "follower": ("POST", "REPLY", "FRIEND", "SEARCH"),
        "subscriber": ("MAIL", "REPLY", "FRIEND"),
    }
    contacts = run.events.query("event == 'contact'")
    able = np.zeros(len(contacts), bool)
    for stage, channels in carriers.items():
        ids = [Channel[name] for name in channels]
        able |= ((contacts.from_stage == stage) & contacts.cause.isin(ids)).to_numpy()
    moved = run.events.query("event == 'move'")
    touched = contacts[able].drop_duplicates(["time", "person"])
    assert len(moved) > 3000
    pairs = [set(zip(frame.time, frame.person, strict=True)) for frame in (moved, touched)]
    assert pairs[0] == pairs[1]


# -- 5 and 6 pairs of runs ------------------------------------------------------------------------


def assert_same_table(a: np.recarray, b: np.recarray) -> None:
    """Compare two tables of days exactly."""
    for name in a.dtype.names:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_strategies_that_are_the_same_differ_nowhere():
    prepared = prepare(Scenario.load("classroom"))
    plain = effort(("mail",), posting=0.2, replying=0.1, content=0.4, hosting=0.3)
    row = plain.phases[0].model_dump(exclude={"from_day"})
    twice = from_table(
        {"name": "x", "announce": ("mail",), "phases": [row, {"from_day": 50, **row}]}
    )
    first, second = (run_prepared(prepared, s, events=True) for s in (plain, twice))
    assert_same_table(first.table, second.table)
    np.testing.assert_array_equal(first.log, second.log)
    pd.testing.assert_frame_equal(first.people, second.people)


def test_strategies_do_not_differ_before_they_differ():
    prepared = prepare(Scenario.load("classroom"))
    row = {"posting": 0.2, "replying": 0.1, "content": 0.4, "hosting": 0.3}
    changed = {"name": "x", "phases": [row, {"from_day": 40, "advertising": 1.0}]}
    first = run_prepared(prepared, effort(("post", "ad", "mail", "visit"), **row))
    second = run_prepared(prepared, from_table(changed))
    assert_same_table(first.table[:40], second.table[:40])
    assert (first.table.n[41:] != second.table.n[41:]).any()


@pytest.mark.parametrize("graph", ["none", "small_world"])
def test_who_was_never_reached_is_the_same_under_every_strategy(graph):
    """What friends are and give, and the members' mean purpose, are not the person's own doing."""
    scenario = Scenario.load("classroom").replace(
        **PLAIN | {"graph": graph}, days_warm_up=0, purpose=0.0, g_posts=0.0,
        rate_lapse_follower=0.01, rate_lapse_member=0.02, hours_per_week=2.0,
    )  # fmt: skip
    prepared = prepare(scenario)
    names = [n for n in STRATEGIES if n != "balanced"]
    people = [run_prepared(prepared, STRATEGIES[name]).people for name in names]
    unreached = np.logical_and.reduce([~frame.reached for frame in people])
    assert unreached.sum() > 100
    assert people[0].reached.sum() != people[1].reached.sum()
    by_friends = [] if graph == "none" else ["member_friends", "buyer_friends"]
    kept = [frame[unreached].drop(columns=by_friends) for frame in people]
    for frame in kept[1:]:
        pd.testing.assert_frame_equal(frame, kept[0])
    assert not kept[0].owns.any()
    assert (kept[0].attachment == 0).all()
    assert (kept[0].stage != kept[0].start_stage).any(), "some lapsed, the same ones"


# -- 7 several events of one day (who wakes: tests/engine/test_waking.py) -------------------------


def patterns_p(patterns: np.ndarray, chances: list[float]) -> float:
    """Return the p-value of patterns (one bit an event) against independent events."""
    n_events = len(chances)
    bits = (np.arange(2**n_events)[:, None] >> np.arange(n_events)) & 1
    law = np.prod(np.where(bits, chances, 1.0 - np.array(chances)), axis=1)
    observed = np.bincount(patterns, minlength=2**n_events)
    keep = law > 0
    assert (observed[~keep] == 0).all()
    return chi_square_p(observed[keep], law[keep] * len(patterns))


def test_contacts_of_a_day_are_independent_in_the_engine():
    """40,000 members, one day: post, ad, mail and visit with their own chances."""
    scenario = world(
        **FULL_DAY, **SILENT, n_people=40_000, n_days=1, share_members=1.0,
        visit_rate_median=0.4, visit_rate_sigma=0.0, usd_per_click=0.01, rate_visit_event=0.0,
    )  # fmt: skip
    run = simulate(scenario, ALL_DAY, events=True)
    contacts = run.events.query("event == 'contact'")
    ad = 2 * 40 / 0.01 / 40_000
    chances = {"POST": 0.16, "AD": ad, "MAIL": 0.3, "VISIT": 1 - np.exp(-0.4)}
    patterns = np.zeros(40_000, int)
    for j, name in enumerate(chances):
        patterns[contacts.person[contacts.cause == Channel[name]]] |= 1 << j
    assert patterns_p(patterns, list(chances.values())) > SMALLEST_P
    assert patterns_p(patterns, [0.176, *list(chances.values())[1:]]) < SMALLEST_P


# -- 9 following by itself ------------------------------------------------------------------------


def made_followers(prepared, people: np.ndarray):
    """Return a world in which some strangers start as followers, as in an experiment."""
    start = prepared.start.copy()
    assert (start.people.stage[people] == Stage.STRANGER).all()
    start.people.stage[people] = Stage.FOLLOWER  # no one has met the brand: nobody feels anything
    start.brand[0].n[:2] += np.array([-len(people), len(people)])
    start = with_room(start, len(people))
    for person in people.tolist():  # the rest of the wait goes along, as in any move
        ahead = start.people.lives.mark[person] - start.waking.clock[Stage.STRANGER]
        life = start.people.lives[person]
        set_mark(start.waking, life, person, int(Stage.FOLLOWER), ahead)
    return replace(prepared, start=start)


@pytest.mark.parametrize("name", ["do_nothing", "posting_only"])
def test_following_with_no_later_contact_changes_nothing(name):
    """P13: 500 strangers made followers, against the same people left as they were."""
    rare = {"graph": "none", "days_warm_up": 0, "hours_per_week": 0.5}
    prepared = prepare(Scenario.load("classroom").replace(**rare))
    strangers = np.flatnonzero(prepared.start.people.stage == Stage.STRANGER)[:500]
    worlds = (prepared, made_followers(prepared, strangers))
    before, after = (run_prepared(w, STRATEGIES[name]).people.iloc[strangers] for w in worlds)
    assert (after.start_stage == "follower").all()
    quiet = ~(before.reached | after.reached)
    assert quiet.sum() > (50 if name == "posting_only" else 499)
    same = before.columns.drop(["start_stage", "stage"])
    pd.testing.assert_frame_equal(before.loc[quiet, same], after.loc[quiet, same])
    assert (after.attachment[quiet] == 0).all()
    assert not after.owns[quiet].any()


# -- 10 sales -------------------------------------------------------------------------------------


def sales_world(**changes) -> Scenario:
    """Return a list of subscribers who get a mail a day and buy with known chances."""
    more = {
        **FULL_DAY, **NO_LAPSE, **SILENT,
        **dict.fromkeys(("buy_attachment", "buy_relevance", "buy_no_reviews", "buy_stars"), 0.0),
        "n_people": 30_000, "n_days": 120, "share_subscribers": 1.0, "launch_day": 10,
        "days_window": 40, "click_mail": 0.20, "lag_shape": 0.375, "lag_scale": 39.0,
        "days_lag_max": 60, "p_join": 0.0, "p_buy": 0.3, "p_recommend_public": 0.0,
        "price": 15.0, "price_reference": 15.0,
    }  # fmt: skip
    return world(**{**more, **changes})


MAILS = effort(("mail",), posting=0.2, content=0.4, hosting=0.1, advertising=0.3)


def test_sales_by_mail_are_as_expected():
    """60,000 people; copies on the way at five times, variance of independent people."""
    run = simulate(sales_world(n_people=60_000), MAILS)
    lag = theory.lag_shares(0.375, 39.0, 60)

    def z(p_open: float, p_buy: float) -> np.ndarray:
        clicks = np.zeros(120)
        clicks[10:50] = p_open * 0.20
        share = np.cumsum(theory.page_sales(clicks, lag, p_buy))[[10, 15, 30, 60, 119]]
        copies = np.cumsum(run.table.sales)[[10, 15, 30, 60, 119]]
        return (copies - 60_000 * share) / np.sqrt(60_000 * share * (1 - share))

    assert np.abs(z(0.3, 0.3)).max() < SIGMA, z(0.3, 0.3)
    assert np.abs(z(0.33, 0.3)).max() > SIGMA
    assert np.abs(z(0.3, 0.33)).max() > SIGMA
    assert (run.table.sales_by_touchpoint.sum(axis=0)[[*range(4), *range(5, 8)]] == 0).all()
    assert (run.table.sales[:10] == 0).all()


def test_the_lag_from_click_to_purchase():
    """Who clicks once buys at once on the page: chi-square of the lags, and pattern P8."""
    run = simulate(sales_world(p_buy=1.0, days_window=30, n_days=100), MAILS, events=True)
    clicked = run.events.query("event == 'consider'").set_index("person").time
    bought = run.events.query("event == 'buy'").set_index("person").time
    lags = (bought - clicked).to_numpy()
    assert len(lags) > 20_000
    lag = theory.lag_shares(0.375, 39.0, 60)
    assert chi_square_p(np.bincount(lags, minlength=60), lag * len(lags)) > SMALLEST_P
    wrong = theory.lag_shares(0.375 * 1.1, 39.0, 60)
    assert chi_square_p(np.bincount(lags, minlength=60), wrong * len(lags)) < SMALLEST_P
    for days, low, high in ((1, 0.25, 0.40), (7, 0.50, 0.65), (30, 0.80, 0.92)):
        weibull = stats.weibull_min(0.375, scale=39)
        expected = weibull.cdf(days) / weibull.cdf(60)
        assert low < expected < high
        assert np.cumsum(lag)[days - 1] == pytest.approx(expected)
        error = np.sqrt(expected * (1 - expected) / len(lags))
        assert abs((lags < days).mean() - expected) < SIGMA * error


# -- 11 counts and bonds --------------------------------------------------------------------------


def test_recommendations_are_one_and_a_poisson_count():
    """Some 5,500 buyers, each with friends: 1 + Poisson(1.2) recommendations."""
    scenario = sales_world(
        graph="random", n_people=6000, mean_degree=12.0, p_buy=1.0, n_days=100,
        p_recommend_public=1.0, more_friends=1.2, p_consider_friend=0.0, p_consider_member=0.0,
    )  # fmt: skip
    run = simulate(scenario, MAILS, events=True)
    said = run.events.query("event == 'recommend'").groupby("person").size()
    assert len(said) > 5000
    counts = np.bincount(said - 1, minlength=15)
    law = stats.poisson.pmf(np.arange(len(counts)), 1.2)
    assert chi_square_p(counts, law * len(said)) > SMALLEST_P
    wrong = stats.poisson.pmf(np.arange(len(counts)), 1.32)
    assert chi_square_p(counts, wrong * len(said)) < SMALLEST_P


def test_bonds_live_geometric_lives():
    """20 replications of 20,000 members, some 45 new bonds a day, each ending at .05 a day.

    No pair exchanges again (an answer to a bond would renew it): `a_bond_that_is_used_lasts`.
    """
    scenario = world(
        **FULL_DAY, **NO_LAPSE, **SILENT, n_people=20_000, n_days=200, share_members=1.0,
        visit_rate_median=0.1, visit_rate_sigma=0.0, decay_novelty=0.0, p_message=0.03,
        p_answer=1.0, p_known=0.0, k_answer=0.0, k_bonds=0.0, b_identity=0.0, members_known=1e9,
        p_bond=0.8, p_triangle=0.0, bond_distance=100.0, rate_bond_end=0.05,
    )  # fmt: skip
    tables = [simulate(scenario, REST, replication=r).table for r in range(20)]
    formed = np.sum([table.bonds_formed for table in tables], axis=0)
    there = np.sum([table.n_bonds for table in tables], axis=0)

    def z(rate: float) -> np.ndarray:
        mean, variance = theory.bonds_left(formed, rate)
        return ((there - mean) / np.sqrt(np.maximum(variance, 1.0)))[[1, 5, 20, 50, 100, 199]]

    assert np.abs(z(0.05)).max() < SIGMA, z(0.05)
    assert np.abs(z(0.055)).max() > SIGMA
    assert np.abs(z(0.045)).max() > SIGMA
    settled = formed[100:].mean() / 0.05  # as many end as are formed
    assert there[100:].mean() == pytest.approx(settled, rel=0.05)


def test_bonds_hold_members_back():
    """8,000 members or so with each number of bonds 0 .. 15, one day: hazard .3 (1 + bonds)^-.5."""
    sizes = np.concatenate([np.full(8000 // (k + 1), k + 1) for k in range(16)])
    n = int(sizes.sum())
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)  # the first person of everyone's circle
    bonds_each = np.repeat(sizes - 1, sizes)
    scenario = world(
        **SILENT, n_people=n, n_days=1, share_members=1.0, g_bonds=0.5, rate_lapse_member=0.3,
        visit_rate_median=0.0,
    )  # fmt: skip
    engine = Engine(scenario, make_key(0), stored(no_friends(n)))
    state = engine.start()
    persons = np.arange(n)
    for place in range(15):
        bonded = place < bonds_each
        partner = first + (persons - first + 1 + place) % (bonds_each + 1)
        state.bonds.partner[state.people.rare.seat[bonded], place] = partner[bonded]
        state.bonds.end[state.people.rare.seat[bonded], place] = 1000
    state, _, log = engine.run(state, REST, events=True)
    left = np.zeros(n, bool)
    left[log[log[:, 2] == Event.LAPSE, 1]] = True

    def chi_square(g_bonds: float) -> float:
        hazard = 0.3 * (1.0 + np.arange(16)) ** -g_bonds
        people = np.bincount(bonds_each)
        lapsed = np.bincount(bonds_each, left)
        z = (lapsed - people * hazard) / np.sqrt(people * hazard * (1 - hazard))
        return float(stats.chi2.sf((z**2).sum(), 16))

    assert chi_square(0.5) > SMALLEST_P
    assert chi_square(0.55) < SMALLEST_P
    assert chi_square(0.45) < SMALLEST_P
