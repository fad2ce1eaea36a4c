"""The launch: attention, wear-out, what a plan moves, orders ahead, deadlines, expected sales."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulation import Scenario, simulate
from simulation.core.outcomes import Event
from simulation.core.randomness import make_key
from simulation.core.stages import Channel
from simulation.engine.plan import DAYS_LAST_CALL, check_equal_effort, plan
from simulation.inputs.strategy import STRATEGIES, Strategy, from_table
from simulation.inputs.toml_text import strategy_toml
from simulation.rules import purchase
from simulation.runs.run import prepare, run_prepared
from simulation.tools.errors import InputError
from tests.inputs.test_world import ALL_LEVERS, LIVELY, PLAIN

MAIL, VISIT = int(Channel.MAIL), int(Channel.VISIT)

#: A launch as it is told to a list: announced and ordered from the fifth day before, then the day,
#: a mail every three days, a last call. What presets without a piece, a post or an ad have none
#: of is not there for them; who has ads keeps a quarter of the money.
LAUNCH = {
    "launch_mails": (-5, 0, 3, 6, 9, 13),
    "launch_posts": (-5, -3, -1, 0, 0, 0, 0, 3, 6, 9, 13, 13),
    "days_ahead": 5,
    "ads_saved": 0.25,
}
NO_LAUNCH = {"launch_mails": (), "launch_posts": (), "days_ahead": 0, "ads_saved": 0.0}


def with_launch(strategy: Strategy, **levers) -> Strategy:
    """Return the strategy with a launch plan."""
    return strategy.model_copy(update={**LAUNCH, **levers})


def without_launch(strategy: Strategy) -> Strategy:
    """Return the strategy without its launch plan."""
    return strategy.model_copy(update=NO_LAUNCH)


#: Nothing but a list, mails and the page: what can be reckoned by hand.
LIST = Scenario().replace(**PLAIN).replace(
    n_people=20_000, n_days=60, launch_day=20, days_window=30, days_warm_up=0, graph="none",
    share_followers=0.0, share_subscribers=1.0, share_members=0.0, hours_per_week=28.0,
    hours_piece=4.0, rate_lapse_subscriber=0.0, p_join=0.0, p_buy=0.0, eta_mail=0.0,
    k_parasocial=0.0, click_mail=0.2, p_open=0.5, p_same_day=1.0,
)  # fmt: skip
MAILS = from_table({"name": "mails", "content": 1.0, "announce": ["mail"]})


# -- what a plan moves ----------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=str)
@pytest.mark.parametrize("name", ["launch_2025", "classroom"])
def test_a_launch_moves_and_adds_nothing(strategy, name):
    """As many posts, pieces, events and clicks, none before it is paid for; the same hours a day.

    So the effort of every strategy is the same to the minute with a launch plan and without.
    """
    scenario = Scenario.load(name).replace(ads_exponent=1.0)  # a click costs the same on all days
    planned = with_launch(strategy)
    plain, moved = plan(scenario, without_launch(strategy)), plan(scenario, planned)
    for made in ("posts", "pieces"):
        assert moved[made].sum() == plain[made].sum()
        assert (moved[made] >= 0).all()
        assert (np.cumsum(moved[made]) <= np.cumsum(plain[made])).all()  # saved up before
    np.testing.assert_array_equal(moved.events, plain.events)
    np.testing.assert_array_equal(moved.hours, plain.hours)
    assert moved.ad_clicks.sum() == pytest.approx(plain.ad_clicks.sum(), rel=1e-12)
    assert (np.cumsum(moved.ad_clicks) <= np.cumsum(plain.ad_clicks) + 1e-6).all()
    assert moved.replies.sum() + moved.waiting[-1] == pytest.approx(
        plain.replies.sum() + plain.waiting[-1]
    )
    check_equal_effort(scenario, [planned, STRATEGIES["balanced"]])


def test_the_planned_days_have_what_they_want():
    """One piece on each day asked for and the posts asked for, kept from the last ones before."""
    scenario = Scenario.load("launch_2025")
    levers, day = with_launch(STRATEGIES["audience_building"]), scenario["launch_day"]
    plain, moved = plan(scenario, without_launch(levers)), plan(scenario, levers)
    assert plain.tobytes() != moved.tobytes()
    assert (moved.pieces[[day + d for d in LAUNCH["launch_mails"]]] == 1).all()
    wanted = np.bincount([day + d for d in LAUNCH["launch_posts"]], minlength=730)
    assert (moved.posts >= wanted).all()
    before = slice(0, day - 60)
    np.testing.assert_array_equal(moved.posts[before], plain.posts[before])
    np.testing.assert_array_equal(moved.pieces[before], plain.pieces[before])


def test_a_plan_goes_without_what_was_not_paid_for():
    """Ten mails on the first days of the horizon: there are only the pieces finished by then."""
    levers = MAILS.model_copy(update={"launch_mails": tuple(range(10))})
    days = plan(LIST.replace(launch_day=0, hours_per_week=14.0), levers)
    assert days.pieces[:11].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]  # one every other day
    out = MAILS.model_copy(update={"launch_mails": (-500, 500)})
    np.testing.assert_array_equal(plan(LIST, out).pieces, plan(LIST, MAILS).pieces)


def test_money_is_saved_for_the_window():
    """All the money of 20 days, spent evenly over 30 beside their own; none is left over."""
    levers = from_table({"name": "ads", "advertising": 1.0, "ads_saved": 1.0})
    days, even = plan(LIST, levers), plan(LIST, without_launch(levers)).ad_clicks[0]
    assert not days.ad_clicks[:20].any()
    np.testing.assert_allclose(days.ad_clicks[20:50], even * (1 + 20 / 30))
    np.testing.assert_allclose(days.ad_clicks[50:], even)
    cut = plan(LIST.replace(days_window=2000), levers)  # the window ends with the horizon
    np.testing.assert_allclose(cut.ad_clicks[20:], even * (1 + 20 / 40))


def test_nothing_is_launched_in_the_warm_up():
    """A common routine with a launch plan would warm people up as one without."""
    planned = with_launch(STRATEGIES["balanced"])
    plain = plan(LIVELY, without_launch(planned), launch=False)
    assert plan(LIVELY, planned, launch=False).tobytes() == plain.tobytes()


def test_plans_in_files_come_back_as_they_were(tmp_path):
    """What is written as TOML reads back equal; days may stand in any order."""
    levers = with_launch(STRATEGIES["audience_building"], name="launch")
    file = tmp_path / "launch.toml"
    file.write_text(strategy_toml(levers))
    assert Strategy.load(file) == levers
    table = {"name": "x", "posting": 1.0, "launch_posts": [3, 0.0, -2, 0]}
    assert from_table(table).launch_posts == (-2, 0, 0, 3)
    assert "launch posts on days -2, 0, 0, 3" in from_table(table)._says()[1]


@pytest.mark.parametrize(
    ("levers", "said"),
    [({"launch_mails": [0.5]}, "launch_mails is a list of whole days"),
     ({"launch_mails": "0"}, "launch_mails is a list of whole days"),
     ({"launch_posts": [2001]}, "launch_posts: days from -2,000 to 2,000"),
     ({"days_ahead": -1}, "days_ahead = -1 is not allowed"),
     ({"deadline": 5, "deadline_ends": "offer"}, "offer_depth and days_between_offers go together"),
     ({"deadline": 5, "deadline_ends": "offer", "offer_depth": 0.2, "days_between_offers": 3},
      "an offer ends or comes again"),
     ({"deadline_ends": "all"}, "one of bonus, offer")],
)  # fmt: skip
def test_wrong_plans_are_one_line(levers, said):
    with pytest.raises(InputError) as error:
        from_table({"name": "x", "posting": 1.0, **levers})
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


# -- the calendar ---------------------------------------------------------------------------------


def test_calendars_are_drawn_by_world_and_activity():
    """The same for every strategy of a world, another in another; on average as much is made."""
    scenario = Scenario.load("launch_2025").replace(calendar_luck=True)
    half = from_table({"name": "half", "posting": 0.5, "content": 0.3, "hosting": 0.2})
    plans = [plan(scenario, half, key=make_key(1, r)) for r in range(60)]
    firsts = {name: [int(np.argmax(p[name] > 0)) for p in plans] for name in ("pieces", "events")}
    assert len(set(firsts["pieces"])) > 5  # a piece takes nine days
    assert np.corrcoef(firsts["pieces"], firsts["events"])[0, 1] < 0.5  # their own luck
    made = np.array([p.pieces.sum() for p in plans])
    assert abs(made.mean() - 730 / 7 * 10 * 0.3 / 4) < 5 * 0.5 / np.sqrt(60)
    more = half.model_copy(update={"phases": STRATEGIES["audience_building"].phases})
    double = from_table({"name": "more", "posting": 0.0, "content": 0.3, "hosting": 0.7})
    for r in range(3):
        same = plan(scenario, double, key=make_key(1, r)).pieces
        np.testing.assert_array_equal(same, plans[r].pieces)
        assert (plan(scenario, more, key=make_key(1, r)).hours == plans[r].hours).all()


def test_plans_are_made_in_the_way_that_was_asked_for(monkeypatch):
    """Where plain Python is asked for, plan and calendar are plain Python, too."""
    small = LIVELY.replace(n_people=20, days_warm_up=2, n_days=2, launch_day=0)

    def refuse():
        raise AssertionError("a kernel ran outside the way that was asked for")

    monkeypatch.setattr("simulation.core.ways.chosen", refuse)
    assert simulate(small, ALL_LEVERS, engine="python").engine == "python"


def test_without_calendar_luck_all_worlds_have_one_plan():
    """Off, the key is not asked."""
    scenario = Scenario.load("launch_2025").replace(calendar_luck=False)
    one, other = (plan(scenario, ALL_LEVERS, key=make_key(1, r)) for r in range(2))
    assert one.tobytes() == other.tobytes() == plan(scenario, ALL_LEVERS).tobytes()


# -- attention ------------------------------------------------------------------------------------


def test_who_is_attached_opens_more():
    """Open rates by attachment: each half as the rule has it for its own attachment.

    Attachment stays as it was drawn: nothing fades, nothing builds.
    """
    world = LIST.replace(
        open_attachment=2.0, decay_prominence=0.0, decay_self_connection=0.0, n_people=4000,
    )  # fmt: skip
    ready = prepare(world, seed=1)
    lives = ready.start.people.lives
    lives.prominence[::2], lives.self_connection[::2] = 0.8, 0.4
    run = run_prepared(ready, MAILS, events=True)
    read = run.events[(run.events.event == "contact") & (run.events.cause == MAIL)]
    n_mails = plan(world, MAILS).pieces.sum()
    odds = 0.5 / 0.5 * np.exp(2.0 * 0.6)
    for part, p in ((0, odds / (1 + odds)), (1, 0.5)):
        found = (read.person % 2 == part).sum() / (2000 * n_mails)
        assert abs(found - p) < 5 * np.sqrt(p * (1 - p) / (2000 * n_mails))


def clicks_by_heard(run):
    """Return (mails read, clicks on them) by the announcements attended before, while free."""
    tried, clicked = np.zeros(30), np.zeros(30)
    window = run.events[run.events.time.between(20, 49)]
    mails = window[(window.event == "contact") & (window.cause == MAIL)]
    looks = window[window.event == "consider"].groupby("person").time.first()
    heard = mails.groupby("person").cumcount().to_numpy()
    first = looks.reindex(mails.person).to_numpy()
    free = ~(first < mails.time.to_numpy())
    np.add.at(tried, heard[free], 1)
    np.add.at(clicked, heard[free], (first == mails.time.to_numpy())[free])
    return tried, clicked


def test_announcements_wear_out():
    """The k-th mail read is clicked with .2 rho^k by those who have not looked yet; 1: no wear."""
    for rho in (0.5, 1.0):
        run = simulate(LIST.replace(click_wear=rho), MAILS, seed=1, events=True)
        tried, clicked = clicks_by_heard(run)
        for k in range(4):
            p = 0.2 * rho**k
            assert abs(clicked[k] - tried[k] * p) < 5 * np.sqrt(tried[k] * p)
        heard = run.end.people.lives.heard
        assert heard.max() > 8
        mails = run.events[(run.events.event == "contact") & (run.events.time.between(20, 49))]
        np.testing.assert_array_equal(heard, np.bincount(mails.person, minlength=LIST["n_people"]))


def test_who_looked_and_did_not_buy_looks_again_rarely():
    """Nobody buys and all is seen at once: every click after the first comes .3 times as often."""
    again = {}
    for share in (0.0, 0.3, 1.0):
        run = simulate(LIST.replace(click_again=share), MAILS, seed=2)
        again[share] = run.summary["considerations"] - (run.people.considered).sum()
    assert again[0.0] == 0
    assert 0.25 * again[1.0] < again[0.3] < 0.5 * again[1.0]


def test_a_click_may_lead_to_the_page_at_once():
    """With p_same_day .7 that share of visits, and lag 0 of the others, is on the day."""
    run = simulate(LIST.replace(p_same_day=0.7, click_again=0.0), MAILS, seed=1)
    first = run.table.considerations[20], run.table.page_visits[20]
    at_once = (np.array([purchase.lag_days(LIST.replace(p_same_day=0.0).numbers(), u)
                         for u in (np.arange(2000) + 0.5) / 2000]) == 0).mean()  # fmt: skip
    p = 0.7 + 0.3 * at_once
    assert abs(first[1] - p * first[0]) < 5 * np.sqrt(first[0] * p * (1 - p))


def test_more_attention_sells_more_and_wear_sells_less():
    """Which way each moves the sales of a lively town."""
    base = LIVELY.replace(n_people=3000, click_wear=1.0, click_again=1.0)
    sold = {"base": simulate(base, ALL_LEVERS, seed=3).summary["expected_sales"]}
    for name, value in (
        ("open_attachment", 4.0), ("click_attachment", 5.0), ("click_wear", 0.2),
        ("click_again", 0.0), ("urgency", 3.0),
    ):  # fmt: skip
        run = simulate(base.replace(**{name: value}), ALL_LEVERS, seed=3)
        sold[name] = run.summary["expected_sales"]
    assert min(sold["open_attachment"], sold["click_attachment"], sold["urgency"]) > sold["base"]
    assert max(sold["click_wear"], sold["click_again"]) < sold["base"]


# -- orders ahead, deadlines ----------------------------------------------------------------------


def test_orders_ahead_are_sales_of_the_launch_day():
    """Nothing is sold before it; who decided by then owns one that day; orders add up."""
    world = LIVELY.replace(n_people=3000, can_go_wrong=False, p_rival=0.05)
    run = simulate(world, ALL_LEVERS, seed=1, events=True)
    table, day = run.table, world["launch_day"]
    assert table.page_visits[:day].sum() > 50
    assert not table.sales[:day].any()
    assert not table.reviews[:day].any()
    assert table.sales[day] > 2 * table.sales[day + 1]
    bought = run.events[run.events.event == "buy"]
    assert (bought.time >= day).all()
    assert not bought.person.duplicated().any()
    assert len(bought) == run.summary["sales"] - run.summary["gifts"]
    early = bought[bought.time == day].person
    looks = run.events[(run.events.event == "consider")].groupby("person").time.min()
    assert (looks[early] < day).mean() > 0.5
    assert not (run.end.people.rare.by_offer & 2).any()  # all are delivered


def test_who_ordered_gets_it_whatever_comes():
    """An order stands: everybody who visits the page buys, and has it, switched or not."""
    world = LIVELY.replace(p_buy=1.0, p_rival=0.3, p_switch=1.0, rival_day=0, n_people=4000)
    run = simulate(world, ALL_LEVERS, seed=1)
    ahead = run.table.page_visits[: world["launch_day"]].sum()
    today = run.table.page_visits[world["launch_day"]]
    assert ahead > 20
    own = run.table.sales[world["launch_day"]] - run.table.gifts[world["launch_day"]]
    assert own == ahead + today


def test_the_last_call_is_the_two_days_before_the_deadline():
    """Marked in the plan, and the only days on which urgency works."""
    levers = MAILS.model_copy(update={"deadline": 7})
    days = plan(LIST, levers)
    assert days.last_call.nonzero()[0].tolist() == [25, 26]
    assert DAYS_LAST_CALL == 2
    world = LIST.replace(p_buy=0.05, click_again=0.0)
    calm, urged = (simulate(world.replace(urgency=u), levers, seed=1).table for u in (0.0, 2.0))
    np.testing.assert_array_equal(calm.sales[:25], urged.sales[:25])
    assert urged.sales[25:27].sum() > 3 * calm.sales[25:27].sum()
    assert simulate(world.replace(urgency=2.0), MAILS, seed=1).table.tobytes() == simulate(
        world, MAILS, seed=1).table.tobytes()  # fmt: skip


def test_an_offer_ends_with_its_deadline():
    """Until then every mail carries it; after it nobody pays less, whenever they clicked."""
    levers = MAILS.model_copy(
        update={"deadline": 7, "deadline_ends": "offer", "offer_depth": 0.4, "days_ahead": 3}
    )
    days = plan(LIST, levers)
    assert days.offer.nonzero()[0].tolist() == list(range(17, 27))
    assert days.offer_holds.nonzero()[0].tolist() == list(range(27))
    run = simulate(LIST.replace(p_buy=0.2, p_same_day=0.3), levers, seed=1)
    table = run.table
    np.testing.assert_array_equal(table.sales_discounted[:27], (table.sales - table.gifts)[:27])
    assert table.sales[27:].sum() > 20
    assert not table.sales_discounted[27:].any()
    assert run.summary["margin_lost"] == pytest.approx(8.0 * run.summary["sales_discounted"])


def test_a_plan_makes_a_launch_of_it():
    """With a plan the first day and week carry more of the first month than the same pieces do."""
    world = Scenario.load("launch_2025").replace(n_people=30_000)
    day, levers = world["launch_day"], STRATEGIES["audience_building"]
    sold = np.zeros((2, 30))
    for r in range(6):
        ready = prepare(world, seed=1, replication=r)
        for j, strategy in enumerate((without_launch(levers), levers)):
            sold[j] += run_prepared(ready, strategy).table.expected_sales[day : day + 30]
            ahead = run_prepared(ready, strategy).table.expected_sales[:day].sum()
            sold[j, 0] += ahead
    share = sold / sold.sum(axis=1, keepdims=True)
    assert share[1, 0] > 2 * share[0, 0]
    assert share[1, :7].sum() > share[0, :7].sum() + 0.1
    assert share[1, 7:14].sum() < share[1, :7].sum()


# -- what is counted ------------------------------------------------------------------------------


def test_expected_sales_are_right_on_average_and_nearly_without_luck():
    """The mean over worlds is that of own purchases; each world's varies much less."""
    world = LIVELY.replace(n_people=400, n_days=70)
    own, expected = [], []
    for r in range(60):
        s = simulate(world, ALL_LEVERS, seed=5, replication=r).summary
        own.append(s["sales"] - s["gifts"])
        expected.append(s["expected_sales"])
    difference = np.array(own) - expected
    assert abs(difference.mean()) < 5 * difference.std(ddof=1) / np.sqrt(60)
    assert difference.std() > 1
    assert stats.ttest_1samp(1.1 * np.array(own) - expected, 0.0).pvalue < 1e-3  # it would be seen


def test_expected_sales_are_counted_at_page_visits():
    """With p_buy 1 every visit is a copy expected; it is a number of the summary."""
    run = simulate(LIVELY.replace(p_buy=1.0), ALL_LEVERS, seed=1)
    np.testing.assert_array_equal(run.table.expected_sales, run.table.page_visits)
    assert run.summary["expected_sales"] == run.summary["sales"] - run.summary["gifts"]


def test_unused_hours_are_what_nobody_asked_for():
    """Cases nobody had, replies beyond who meets a post or that no post comes for, idle hosts."""
    quiet = Scenario.load("classroom").replace(n_people=100, can_go_wrong=False)
    cases = from_table({"name": "cases", "supporting": 1.0})
    run = simulate(quiet, cases, seed=1)
    assert run.summary["hours_unused"] == pytest.approx(run.summary["hours"], abs=0.25)
    mute = simulate(quiet, {"name": "mute", "replying": 1.0}, seed=1).summary
    assert mute["hours_unused"] == pytest.approx(mute["hours"])
    crowd = Scenario.load("classroom").replace(year=2012.0)
    busy = simulate(crowd, {"name": "busy", "posting": 0.9, "replying": 0.1}, seed=1).summary
    assert busy["hours_unused"] == pytest.approx(0.0, abs=0.5)
    idle = simulate(quiet, {"name": "idle", "posting": 0.2, "replying": 0.8}, seed=1).summary
    assert 0.5 * idle["hours"] < idle["hours_unused"] < 0.8 * idle["hours"]
    host = {"name": "host", "hosting": 1.0}
    nobody = {f"share_{stage}": 0.0 for stage in ("followers", "subscribers", "members")}
    answering = quiet.replace(share_host_answers=0.5, p_join=0.0, **nobody)
    empty = simulate(answering, host, seed=1).summary
    assert empty["hours_unused"] == pytest.approx(0.5 * empty["hours"])
    full = answering.replace(share_members=1.0, p_message=1.0, visit_rate_median=9.0)
    assert simulate(full.replace(p_answer=0.0), host, seed=1).summary["hours_unused"] == 0.0
    fans = simulate(full.replace(p_answer=1.0), host, seed=1).summary  # they answer everybody
    assert fans["hours_unused"] == pytest.approx(0.5 * fans["hours"])


# -- neutral --------------------------------------------------------------------------------------


def test_levers_and_parameters_that_are_off_change_nothing():
    """Without a deadline urgency is silent; without a plan the calendar is; and so on."""
    plain = LIVELY.replace(
        open_attachment=0.0, click_attachment=0.0, click_relevance=0.0, click_wear=1.0,
        click_again=1.0, p_same_day=0.0, urgency=0.0, calendar_luck=False,
    )  # fmt: skip
    levers = without_launch(STRATEGIES["balanced"])
    runs = [
        simulate(plain, levers, seed=2),
        simulate(plain.replace(urgency=3.0), levers, seed=2),
        simulate(plain, levers.model_copy(update={"deadline": 9, "ads_saved": 0.0}), seed=2),
    ]
    assert len({run.table.tobytes() for run in runs}) == 1
    assert len(Event) == 17  # nothing of this is an event of its own
