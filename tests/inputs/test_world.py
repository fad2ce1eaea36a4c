"""Scenarios and strategies: declared once, frozen, strict, and every parameter alive."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from simulation import Scenario, Strategy, simulate
from simulation.engine.plan import check_equal_effort, plan
from simulation.inputs.declare import allowed, field_bounds
from simulation.inputs.parameters import GROUPS
from simulation.inputs.scenario import parameters, presets
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, from_table
from simulation.rules import contact
from simulation.runs.run import prepare, run_prepared
from simulation.tools.errors import InputError

LIVELY = Scenario().replace(
    n_people=600,
    n_days=100,
    launch_day=30,
    days_warm_up=40,
    share_followers=0.3,
    share_subscribers=0.2,
    share_members=0.2,
    hours_per_week=60.0,
    visit_rate_median=0.3,
    p_follow=0.1,
    p_join=0.1,
    p_buy=0.2,
    p_curious_post=0.2,
    reach_talk=0.5,
    search_rate=0.002,
    p_straight=0.3,
    odds_talk=2.0,
    rate_lapse_follower=0.02,
    rate_lapse_subscriber=0.02,
    rate_lapse_member=0.02,
    rate_tell_follower=0.02,
    rate_tell_subscriber=0.05,
    rate_tell_member=0.05,
    rate_bond_end=0.02,
    p_message=0.8,
    p_bond=0.5,
    more_friends=2.0,
    p_consider_friend=0.3,
    p_consider_member=0.6,
    gifts_base=0.2,
    gifts_per_attachment=1.0,
    gifts_speak=True,
    days_owner_tells=20,
    p_review_public=0.3,
    p_review_asked=0.5,
    click_discovery=0.3,
    click_post=0.3,
    wear_after=2.0,
    reach_followers=500.0,
    price=30.0,
    price_learning=0.1,
    price_loss=1.5,
    p_rival=0.02,
    rival_day=20,
    p_switch=0.5,
    can_go_wrong=True,
    p_wrong=0.4,
    days_patience=3,
    hours_case=3.0,
    open_attachment=0.5,
    click_attachment=0.5,
    click_relevance=0.2,
    click_wear=0.8,
    click_again=0.6,
    p_same_day=0.5,
    urgency=0.5,
    calendar_luck=True,
    loss_wrong=1.0,
    answer_repairs=0.8,
    p_review_ignored=0.3,
    buy_bad_words=0.7,
    decay_grudge=0.02,
)
ALL_LEVERS = from_table(
    {"name": "all", "posting": 0.3, "replying": 0.1, "content": 0.2, "hosting": 0.2,
     "supporting": 0.1, "advertising": 0.1, "offer_depth": 0.3, "days_between_offers": 2,
     "launch_mails": [-6, -1, 0, 1, 7], "launch_posts": [-3, 0, 0, 0, 1, 8], "days_ahead": 6,
     "ads_saved": 0.5, "deadline": 9}
)  # fmt: skip

#: Whatever bends a law that can be written down is off: clicks cost the same, all open mails and
#: follow them up alike, again and again, every click waits its lag, nobody learns or is given one.
PLAIN = {
    "ads_exponent": 1.0, "calendar_luck": False, "reach_talk": 0.0, "odds_talk": 1.0,
    "search_rate": 0.0, "p_straight": 0.0, "open_attachment": 0.0, "click_attachment": 0.0,
    "click_relevance": 0.0, "click_wear": 1.0, "click_again": 1.0, "p_same_day": 0.0,
    "urgency": 0.0, "price_learning": 0.0, "price_loss": 1.0, "gifts_base": 0.0,
    "gifts_per_attachment": 0.0, "gifts_speak": False, "days_owner_tells": 0,
}  # fmt: skip

#: Changes beside the rule "half as much again, within the bounds".
OTHER_VALUES = {
    "graph": "scale_free",
    "year": 2012.0,
    "selection": 0.0,
    "share_invited": 0.3,
    "days_lag_max": 5,
    "n_blocks": 3,
    "days_window": 20,
    "days_going_on": 1,
    "reach_size_exponent": 0.0,
    "relationships": False,
    "joining_open": True,
    "evolving": False,
    "selection_only": True,
    "equal_impact": True,
    "matched_list": True,
    "can_go_wrong": False,
    "calendar_luck": False,
    "gifts_speak": False,
    "launches": 2,
    "days_between_launches": 50,
    "join_threshold": 1,
    "threshold_joining": True,
    "geometric_attachment": True,
    "power_forgetting": True,
}
#: What a parameter needs beside itself to matter.
TOGETHER_WITH = {
    "n_blocks": {"graph": "block"},
    "share_within": {"graph": "block"},
    "ads_reference": {"ads_exponent": 0.73},
    "eta_equal": {"equal_impact": True},
    "join_threshold": {"threshold_joining": True},
    "launches": {"days_between_launches": 35},
    "days_between_launches": {"launches": 2, "days_between_launches": 35},
    "buy_experience": {"launches": 2, "days_between_launches": 35},
    "decay_experience": {"launches": 2, "days_between_launches": 35},
    "joining_open": {"days_going_on": 1, "share_host_answers": 0.0},
}
ELSEWHERE = {
    "friends_file": "read in test_friends_file.py and test_cli.py",
    "friends_columns": "read in test_friends_file.py and test_cli.py",
    "usd_per_hour": "moves clicks, shown in the plan below",
}


def other_value(name):
    """Return an allowed value of the parameter that differs from the lively world's."""
    if name in OTHER_VALUES:
        return OTHER_VALUES[name]
    low, high = field_bounds(parameters()[name])
    now = LIVELY[name]
    value = min(high, 1.5 * now) if 1.5 * now != now else min(high, 1.0)
    if value == now:
        value = max(low, 0.5 * now)
    return type(now)(value)


@pytest.mark.parametrize("name", [name for name in parameters() if name not in ELSEWHERE])
def test_no_dead_parameter(name):
    """Changing any one parameter changes something in one of two lively worlds."""
    base = LIVELY.replace(**TOGETHER_WITH.get(name, {}))
    other = base.replace(**{name: other_value(name)})
    assert other[name] != base[name]
    for seed in range(2):
        ours, theirs = (simulate(s, ALL_LEVERS, seed=seed) for s in (base, other))
        same = (
            ours.table.tobytes() == theirs.table.tobytes()
            and ours.end.people.lives.tobytes() == theirs.end.people.lives.tobytes()
            and str(ours.summary) == str(theirs.summary)
        )
        if not same:
            return
    pytest.fail(f"{name}: {base[name]} -> {other[name]} changed nothing: a dead parameter")


def test_the_dead_parameter_test_can_fail():
    """Negative control: the same world twice is the same, so the test above has to find life."""
    ours, theirs = (simulate(LIVELY, ALL_LEVERS, seed=0) for _ in range(2))
    assert ours.table.tobytes() == theirs.table.tobytes()


def test_ads_saturate():
    """Known answers: twice the money buys 2^.73 times the clicks, in twice the town just twice."""
    world = LIVELY.replace(ads_exponent=0.73)
    unsaved = ALL_LEVERS.model_copy(update={"ads_saved": 0.0})

    def clicks(**changes):
        return plan(world.replace(**changes), unsaved).ad_clicks

    once = clicks()
    np.testing.assert_allclose(clicks(usd_per_hour=80.0), 2**0.73 * once)
    np.testing.assert_allclose(clicks(usd_per_hour=80.0, n_people=1200), 2 * once)
    money = 60 * 0.1 / 7 * 40  # a day, on 600 people
    np.testing.assert_allclose(clicks(ads_reference=money / 600), money / 0.7)  # no dearer there
    assert (clicks(ads_reference=money / 1200) < money / 0.7).all()
    assert (clicks(ads_exponent=1.0, ads_reference=money / 1200) == money / 0.7).all()


def test_a_towns_size_at_equal_effort_a_head_changes_no_chance():
    """Hours and people ten times as many: the same chance of a click, and a free lunch before."""
    small = LIVELY.replace(ads_exponent=0.73)
    large = small.replace(n_people=6000, hours_per_week=600.0)
    chances = [
        contact.ad_chance(plan(world, ALL_LEVERS)[0].ad_clicks, float(world["n_people"]))
        for world in (small, large, small.replace(hours_per_week=600.0))
    ]
    assert chances[0] == pytest.approx(chances[1])
    assert chances[2] == pytest.approx(10**0.73 * chances[0])


def test_money_buys_clicks():
    """usd_per_hour and usd_per_click set the daily clicks: 60 h/week * .1 / 7 * 40 / .7.

    Half of it is saved before the launch day, 30, and spent in the 30 days of the window.
    """
    world = LIVELY.replace(ads_exponent=1.0, launch_day=30, days_window=30)
    clicks = plan(world, ALL_LEVERS).ad_clicks
    a_day = 60 * 0.1 / 7 * 40 / 0.7
    np.testing.assert_allclose(clicks, np.repeat([0.5 * a_day, 1.5 * a_day, a_day], [30, 30, 40]))
    np.testing.assert_allclose(
        plan(world.replace(usd_per_hour=80.0), ALL_LEVERS).ad_clicks, 2 * clicks
    )


def test_every_parameter_is_declared_in_full():
    """Unit, meaning, source and bounds; defaults inside bounds and inside the evidence's range."""
    for name, field in parameters().items():
        extra = field.json_schema_extra
        assert extra["unit"], name
        assert extra["source"], name
        assert field.description, name
        if field.annotation in (int, float):
            low, high = field_bounds(field)
            assert low <= field.default <= high, name
            if extra["likely"]:
                least, most = extra["likely"]
                assert low <= least <= most <= high, name
                assert least <= field.default <= most, name
        assert allowed(field)


def test_names_are_unique_over_groups():
    """Flat names work because no two groups share one."""
    assert sum(len(group.model_fields) for group in GROUPS.values()) == len(parameters())


def test_presets_load_and_say_what_they_are():
    """The four presets of the project; the default comes first; the classroom warns."""
    assert presets()[0] == "launch_2025"
    assert set(presets()) == {
        "launch_2025", "launch_2012", "case_study", "classroom", "hollow_forum", "warm_room",
        "author_career", "product_drops",
    }  # fmt: skip
    for name in presets():
        assert Scenario.load(name).description
    assert "exaggerated" in Scenario.load("classroom").description
    new, old = Scenario.load("launch_2025").flat(), Scenario.load("launch_2012").flat()
    assert {key for key in new if new[key] != old[key]} == {"year"}


def test_case_study_has_its_numbers():
    """2,000,000 people; 500,000 followers, a list of 20,000, a community of 500."""
    scenario = Scenario.load("case_study").replace(graph="none", days_warm_up=0)
    brand = prepare(scenario, seed=0).start.brand[0]
    assert brand.n.tolist() == [1_479_500, 500_000, 20_000, 500]


def test_scenario_and_strategy_are_frozen():
    """Nobody changes a world in place."""
    with pytest.raises(ValidationError):
        Scenario().world.n_people = 5
    with pytest.raises(ValidationError):
        STRATEGIES["balanced"].name = "x"


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=str)
class TestEveryStrategy:
    """The battery that every strategy inherits."""

    def test_same_effort_as_the_others(self, strategy):
        """All spend hours_per_week, do_nothing nothing."""
        scenario = Scenario.load("classroom")
        hours = plan(scenario, strategy).hours.sum()
        wanted = 0 if strategy.name == "do_nothing" else 10 * 120 / 7
        assert hours == pytest.approx(wanted)
        check_equal_effort(scenario, [strategy, STRATEGIES["balanced"]])

    def test_things_done_cost_their_hours(self, strategy):
        """Posts, pieces, events, replies and clicks at their price are the effort, to one piece."""
        scenario = Scenario.load("launch_2025").replace(ads_exponent=1.0)  # clicks at one price
        par, days = scenario.numbers(), plan(scenario, strategy)
        spent = (
            days.posts.sum() * par.hours_post
            + days.pieces.sum() * par.hours_piece
            + days.events.sum() * par.hours_event
            + days.replies.sum() * par.hours_reply
            + days.host_answers.sum() * par.hours_reply
            + days.cases.sum() * par.hours_case
            + days.ad_clicks.sum() * par.usd_per_click / par.usd_per_hour
        )
        largest = (
            par.hours_post + par.hours_piece + par.hours_event + par.hours_case + 2
        )  # replies not yet due
        assert abs(spent - days.hours.sum()) <= largest

    def test_no_more_replies_than_the_effort_allows(self, strategy):
        """What is delivered stays within what was paid for: capacity, and 5 sigma of luck."""
        run = simulate("launch_2025", strategy, seed=2)
        capacity = plan(run.scenario, strategy).replies.sum()
        delivered = run.table.contacts[:, 3].sum()
        assert delivered <= capacity + 5 * np.sqrt(capacity)

    def test_people_are_conserved(self, strategy):
        """Stages sum to everyone; stocks change by the moves; sales add up, every day."""
        run = simulate(LIVELY, strategy, seed=3)
        check_bookkeeping(run)

    def test_same_luck_twice(self, strategy):
        """The same call again gives the same numbers; another replication gives others."""
        a, b = (simulate("classroom", strategy, seed=4) for _ in range(2))
        other = simulate("classroom", strategy, seed=4, replication=1)
        assert a.table.tobytes() == b.table.tobytes()
        assert a.end.people.lives.tobytes() != other.end.people.lives.tobytes()


def check_bookkeeping(run):
    """Assert what must hold in any run, day by day and person by person."""
    t = run.table
    n = run.end.people.stage.size
    assert (t.n.sum(axis=1) == n).all()
    assert (t.n >= 0).all()
    before = np.vstack([np.bincount(run.start_stage, minlength=4), t.n[:-1]])
    up, down = t.moves[:, :3], t.moves[:, 3:]
    change = np.zeros_like(t.n)
    change[:, :3] += down - up
    change[:, 1:] += up - down
    change -= t.switched
    change[:, 0] += t.switched.sum(axis=1)
    np.testing.assert_array_equal(t.n - before, change)
    np.testing.assert_array_equal(t.sales, t.sales_by_touchpoint.sum(axis=1))
    np.testing.assert_array_equal(t.sales, t.sales_by_stage.sum(axis=1))
    np.testing.assert_array_equal(t.gifts, t.sales_by_touchpoint[:, 7])
    assert t.page_visits.sum() <= t.considerations.sum()
    assert t.reviews.sum() <= t.sales.sum() + t.complaints_ignored.sum()
    assert (t.answers <= t.messages).all()
    assert (t.messages <= t.contacts[:, 5]).all()
    settled = t.complaints_answered + t.complaints_ignored
    np.testing.assert_array_equal(np.cumsum(t.complaints - settled), t.complaints_open)
    assert (t.sales_discounted <= t.sales - t.gifts).all()
    people = run.people
    once = run.scenario["launches"] == 1  # later launches make much of a person anew
    for name in ("open", "answered", "ignored") if once else ():
        last = t.complaints_open[-1] if name == "open" else t[f"complaints_{name}"].sum()
        assert (people.complaint == name).sum() == last
    assert people.bought_on[people.complaint != "none"].notna().all()
    assert people.switched.sum() == t.switched.sum()
    assert (people.stage[people.switched] == "stranger").all()
    bought = people.bought_on.notna()
    assert people.copies.sum() == t.sales.sum()  # bought, and given
    if once:
        assert people.considered[bought].all()
        assert bought.sum() == t.sales.sum() - t.gifts.sum()
        assert people.owns.sum() == t.sales.sum()
    assert (people[~people.reached].attachment == 0).all()
    in_unit = people[["attachment", "prominence", "self_connection", "purpose_fit"]]
    assert ((in_unit >= 0) & (in_unit <= 1)).all().all()
    for s, stage in enumerate(["stranger", "follower", "subscriber", "member"]):
        here = people[people.stage == stage]
        assert len(here) == t.n[-1, s]
        if len(here):
            np.testing.assert_allclose(
                here.attachment.mean(), t.attachment[-1, s], rtol=1e-9, atol=1e-12
            )
    assert (people.n_bonds[people.stage != "member"] == 0).all()
    assert people.n_bonds.sum() == 2 * t.n_bonds[-1]


def test_phases_change_the_effort_on_their_day():
    """A strategy may change its split; the effort stays the same."""
    strategy = from_table(
        {"name": "later", "phases": [{"from_day": 0, "posting": 1.0},
                                     {"from_day": 50, "content": 0.5, "hosting": 0.5}]}
    )  # fmt: skip
    days = plan(LIVELY, strategy)
    assert days.posts[:50].sum() == 857  # 60 h/week, 50 days, half an hour each: 857.1
    assert days.posts[51:].sum() == 0
    assert not days.hosting[:50].any()
    assert days.hosting[50:].all()
    np.testing.assert_allclose(days.hours, 60 / 7)


def test_announcements_only_in_the_window():
    """Only announcing channels, only from launch_day (or days_ahead of it) for days_window."""
    for ahead in (0, 7):
        table = {"name": "quiet", "posting": 1.0, "announce": ["mail"], "days_ahead": ahead}
        days = plan(LIVELY.replace(days_window=10), from_table(table))
        assert days.announce_mail.nonzero()[0].tolist() == list(range(30 - ahead, 40))
        assert not days.announce_post.any()


def test_strategies_must_spend_the_same():
    """Unequal effort is refused, and says how unequal."""
    lazy = from_table(
        {"name": "lazy", "phases": [{"from_day": 0}, {"from_day": 50, "posting": 1.0}]}
    )
    with pytest.raises(InputError, match=r"same effort.*lazy 428\.6 h.*balanced 857\.1 h"):
        check_equal_effort(LIVELY, [lazy, STRATEGIES["balanced"]])


def test_strategy_files(tmp_path):
    """A strategy from a TOML file, with one phase at the top or several in a list."""
    file = tmp_path / "mine.toml"
    file.write_text('posting = 0.5\ncontent = 0.5\nannounce = ["mail"]\n')
    assert Strategy.load(file).phases[0].content == 0.5
    assert Strategy.load(str(file)).name == "mine"
    shares = dict.fromkeys(ACTIVITIES, 1 / 6)
    lines = "\n".join(f"{key} = {value}" for key, value in shares.items())
    file.write_text(f"[[phases]]\n{lines}\n[[phases]]\nfrom_day = 9\nposting = 1\n")
    assert [phase.from_day for phase in Strategy.load(file).phases] == [0, 9]


def test_scenario_files(tmp_path):
    """A scenario from a TOML file, flat or in groups."""
    file = tmp_path / "town.toml"
    file.write_text("n_people = 50\n[ladder]\np_follow = 0.02\n")
    scenario = Scenario.load(file)
    assert (scenario.name, scenario["n_people"], scenario["p_follow"]) == ("town", 50, 0.02)


def test_null_arms_set_numbers():
    """selection_only silences attachment; equal_impact makes every contact alike."""
    par = LIVELY.replace(selection_only=True, equal_impact=True, eta_equal=0.25).numbers()
    assert par.b_attachment == par.buy_attachment == 0
    assert {par.eta_post, par.eta_ad, par.eta_reply, par.eta_mail, par.eta_visit} == {0.25}


def test_nobody_uninvited_joins():
    """Randomised invitation: the uninvited half never joins; the others do."""
    world = prepare(LIVELY.replace(share_invited=0.5), seed=6)
    people = run_prepared(world, ALL_LEVERS).people
    joined = people[(people.start_stage != "member") & (people.stage == "member")]
    assert len(joined) > 10
    assert joined.invited.all()
    assert 0.4 < people.invited.mean() < 0.6  # 600 people: 4.9 sigma


def test_matched_list_has_contacts_and_no_ties():
    """Subscribers are visited upon like members, but have no bonds and are not answered."""
    scenario = LIVELY.replace(share_members=0.0, share_invited=0.0)
    plain, matched = (
        simulate(scenario.replace(matched_list=flag), ALL_LEVERS, seed=1) for flag in (False, True)
    )
    assert plain.table.contacts[:, 5].sum() == 0
    assert matched.table.contacts[:, 5].sum() > 0
    assert matched.table.messages.sum() == matched.table.n_bonds.sum() == 0
