"""The answer keys of the notebooks, computed in another way from the same seed.

By the other engine, from events and people instead of summaries, with plain NumPy, in closed form:
each function returns the same names as the `answers` of its notebook.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from simulation import STRATEGIES, BrandModel, Person, Scenario, Stage, Strategy, simulate
from simulation.core.compiler import compiled_before
from simulation.core.outcomes import Event
from simulation.core.randomness import Decision
from simulation.core.stages import Channel, Touchpoint
from simulation.engine.plan import LEVERS, plan
from simulation.engine.prepare import prepare
from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES
from simulation.panels.assignment import assigned
from simulation.panels.covariates import hidden
from simulation.panels.design import read_panel
from simulation.panels.lives import town_of
from simulation.panels.places import factors
from simulation.panels.treatments import treat
from simulation.people.population import OWNS
from simulation.runs.run import run_prepared
from simulation.sweeps.reading import read_design


def copies(world, strategy):
    """Return the copies sold, counted as the people who own one at the end."""
    end = run_prepared(world, Strategy.load(strategy)).end
    return int((end.people.lives.marks & OWNS != 0).sum())


def worlds_of(scenario, replications, engine="auto"):
    """Yield the prepared worlds of seed 1."""
    for replication in range(replications):
        yield prepare(scenario, seed=1, replication=replication, engine=engine)


def ended(run, stage):
    """Return who is at a stage at the end, as an array of true and false."""
    return run.end.people.stage & 3 == stage


def key_1():
    """From the log of the Mesa model and in closed form."""
    answers = {}
    run = simulate("classroom", "community_building", seed=1, engine="mesa", events=True)
    _, person, event, _, _, cause = run.log.T
    n_people = run.start_stage.size
    answers["no_contact"] = n_people - np.unique(person[event == Event.CONTACT]).size
    mailed = (event == Event.BUY) & (cause == Touchpoint.MAIL)
    answers["after_a_mail"] = mailed.sum()
    odds = 0.03 / 0.97 * 3.5  # p_follow of the classroom, odds_friend
    assert run.scenario["p_follow"] == 0.03
    answers["friend_chance"] = odds / (1 + odds)
    totals = {name: int(run.table[name].sum()) for name in ("messages", "answers", "bonds_formed")}
    answers["messages"] = totals["messages"]
    answers["answered"] = totals["answers"] + int(run.table["host_answers"].sum())
    answers["bonds"] = totals["bonds_formed"]
    ups = steps_up(run.log)
    for key, deaf_to in (
        ("lost_by_loners", {Channel.FRIEND}),
        ("lost_without_posts", {Channel.POST, Channel.DISCOVERY}),
    ):
        answers[key] = ups - moves_up_when_deaf(deaf_to)
    return answers


def moves_up_when_deaf(channels):
    """Return how many moves up are left when none is by these channels, from the log."""

    class Deaf(Person):
        def first_of(self, decision, chance_of):
            found = super().first_of(decision, chance_of)
            return None if decision == Decision.MOVE and found in channels else found

    model = BrandModel("classroom", "community_building", rng=1, person_class=Deaf)
    model.log = []
    while model.running:
        model.step()
    return steps_up(model.log)


def steps_up(log):
    """Return the steps up of a log; straight to the list are two."""
    return sum(int(to - at) for _, _, event, at, to, _ in log if event == Event.MOVE)


def key_2():
    """From the states at both ends, the log, and in closed form."""
    answers = {}
    town = Scenario.load("launch_2025").replace(n_people=20_000)
    run = simulate(town, "community_building", seed=1, events=True)
    before, after = run.start_stage, run.end.people.stage & 3
    followed = before == Stage.FOLLOWER
    for key, stage in (("members", Stage.MEMBER), ("strangers", Stage.STRANGER)):
        share = (after[followed] == stage).mean()
        answers[f"followers_to_{key}"] = share
    lapsed = run.log[run.log[:, 2] == Event.LAPSE]
    for stage in (Stage.FOLLOWER, Stage.SUBSCRIBER, Stage.MEMBER):
        leak = 1000 * (lapsed[:, 3] == stage).sum() / run.table.n[:, stage].sum()
        answers[f"leak_{stage.name.lower()}"] = leak
    rates = [parameters()[f"rate_lapse_{name}"].default for name in ("follower", "member")]
    answers["days_half"] = math.ceil(math.log(0.5) / math.log1p(-rates[0]))
    answers["member_over_follower"] = rates[1] / rates[0]

    def members(**changes):
        world = town.replace(**changes)
        runs = [simulate(world, "community_building", seed=1, replication=r) for r in range(5)]
        return np.mean([ended(one, Stage.MEMBER).sum() for one in runs])

    as_it_is = members()
    more = members(p_join=2 * town["p_join"]) - as_it_is
    answers["more_by_joining"] = more
    names = [f"rate_lapse_{name}" for name in ("follower", "subscriber", "member")]
    held = members(**{name: town[name] / 2 for name in names}) - as_it_is
    answers["more_by_holding"] = held
    return answers


def key_3():
    """From who owns a copy, the hours of the plan, and attachment made powerless by hand."""
    answers = {}
    names = ["posting_only", "community_building", "audience_building"]
    classroom = Scenario.load("classroom")
    worlds = list(worlds_of(classroom, 100))
    owned = np.array([[copies(world, name) for name in names] for world in worlds])
    gap = owned[:, 1] - owned[:, 0]
    answers["worlds_posting_as_good"] = (gap <= 0).sum()
    answers["list_over_community"] = (owned[:, 2] - owned[:, 1]).mean()
    for j, name in enumerate(names):
        hours = plan(classroom, STRATEGIES[name]).hours.sum()
        cost = hours * classroom["usd_per_hour"] / owned[:, j].mean()
        answers[f"cost_{name}"] = cost
    follow = [
        [ended(run_prepared(world, STRATEGIES[name]), Stage.FOLLOWER).sum() for name in names[:2]]
        for world in worlds
    ]
    answers["more_followers"] = -np.diff(follow).mean()
    null = classroom.replace(b_attachment=0.0, buy_attachment=0.0)
    left = [[copies(world, name) for name in names[:2]] for world in worlds_of(null, 100)]
    answers["share_left"] = np.diff(left).mean() / gap.mean()
    return answers


def key_4():
    """With plain NumPy on who owns a copy; the number of worlds by trying one after the other."""
    answers = {}
    names = ("posting_only", "community_building")
    worlds = worlds_of(Scenario.load("classroom"), 200)
    owned = np.array([[copies(world, name) for name in names] for world in worlds], float)
    gap = owned[:, 1] - owned[:, 0]
    answers["posting_as_good"] = np.count_nonzero(owned[:, 0] >= owned[:, 1])
    fresh = np.array([owned[r, 1] - owned[(r + 1) % 200, 0] for r in range(200)])
    ratio = ((fresh - fresh.mean()) ** 2).sum() / ((gap - gap.mean()) ** 2).sum()
    answers["fresh_luck"] = ratio
    n = np.arange(2, 5000)
    width = 2 * stats.t.ppf(0.975, n - 1) * gap.std(ddof=1) / np.sqrt(n)
    answers["worlds_for_one_copy"] = n[width <= 1.0][0]
    answers["worlds_for_half_a_copy"] = n[width <= 0.5][0]
    answers["luckiest"] = gap.max() / gap.mean()
    tens = [gap[first : first + 10] for first in range(0, 200, 10)]
    told = [stats.ttest_1samp(ten, 0).pvalue < 0.05 for ten in tens]
    answers["tens_that_tell"] = np.mean(told)
    return answers


def key_5():
    """Every setting lived again, one by one; elementary effects and variances by hand."""
    answers = {}
    names = ["posting_only", "audience_building", "community_building"]
    classroom = Scenario.load("classroom")
    none_told, leads = 0, {}
    for p_join in (0.0125, 0.05, 0.2):
        for visit in (0.05, 0.1, 0.2, 0.4, 0.8):
            world = classroom.replace(p_join=p_join, click_visit=visit)
            owned = np.array([[copies(w, s) for s in names] for w in worlds_of(world, 100)])
            best = owned.mean(axis=0).argmax()
            others = [owned[:, best] - owned[:, j] for j in range(3) if j != best]
            # one chance in 40 for each of the two that it leads: 1 - 0.05 / 2, two-sided
            sure = [stats.ttest_1samp(other, 0).pvalue < 0.025 for other in others]
            none_told += not all(sure)
            leads.setdefault(visit, []).append((owned[:, 2] - owned[:, 0]).mean())
    answers["no_winner_told"] = none_told
    answers["won_by_visits"] = np.mean(leads[0.8]) - np.mean(leads[0.05])
    guesses = ["p_join", "p_buy", "click_mail", "click_post", "buy_attachment", "k_ritual"]
    design = read_design(
        {
            "scenario": "classroom",
            "strategies": ["posting_only", "community_building"],
            "seed": 1,
            "replications": 8,
            "method": "morris",
            "n": 12,
            "parameters": dict.fromkeys(guesses, "likely") | {"p_switch": [0.0, 0.2]},
        }
    )
    settings = range(len(design.settings))
    lead = np.array(
        [
            [copies(w, names[2]) - copies(w, names[0]) for w in worlds_of(design.world(i), 8)]
            for i in settings
        ],
        float,
    )
    effects = {name: [] for name in design.names}
    for i in settings[1:]:
        if i % 8:  # not the first of a trajectory of seven steps
            step = design.settings.units[i] - design.settings.units[i - 1]
            (j,) = np.flatnonzero(step)
            effects[design.names[j]].append((lead[i] - lead[i - 1]) / step[j])
    star = {name: np.abs(np.mean(rows, axis=1)).mean() for name, rows in effects.items()}
    answers["largest_mu_star"] = max(star.values())
    answers["lead_made_smaller"] = sum(clearly_below(np.array(v)) for v in effects.values())
    answers["unmoved"] = sum(not np.any(values) for values in effects.values())
    answers["luck"] = luck_of(lead)
    return answers


def clearly_below(y):
    """Return whether the mean of y (trajectories, worlds) is below 0, told from luck of both."""
    n, r = y.shape
    worlds, rows = ((y.mean(axis=axis) - y.mean()) for axis in (0, 1))
    between, across = r * (rows**2).sum() / (n - 1), n * (worlds**2).sum() / (r - 1)
    rest = y.var() * n * r - between * (n - 1) - across * (r - 1)
    rest /= (n - 1) * (r - 1)
    whole = max(between, across, between + across - rest)
    parts = between**2 / (n - 1) + across**2 / (r - 1) + rest**2 / ((n - 1) * (r - 1))
    if parts == 0:
        return False
    return y.mean() + stats.t.ppf(0.975, whole**2 / parts) * np.sqrt(whole / (n * r)) < 0


def luck_of(y):
    """Return the share of luck in the variance of y (settings, worlds), by sums of squares."""
    s, r = y.shape
    whole = ((y - y.mean()) ** 2).sum()
    between = r * ((y.mean(axis=1) - y.mean()) ** 2).sum()
    across = s * ((y.mean(axis=0) - y.mean()) ** 2).sum()
    rest = (whole - between - across) / ((s - 1) * (r - 1))
    settings, worlds = (between / (s - 1) - rest) / r, (across / (r - 1) - rest) / s
    return (worlds + rest) / (settings + worlds + rest)


def key_6():
    """From the log of every run: who bought, at which stage, and who was given a copy.

    In machine code where it is made already: two million people live faster in it.
    """
    answers = {}
    town = Scenario.load("case_study").replace(launch_day=30, n_days=121)
    ways = {"nobody": (), "followers": ("post",), "list": ("mail",), "community": ("visit",),
            "everybody": ("post", "mail", "visit")}  # fmt: skip
    phases = STRATEGIES["balanced"].phases  # without the plan of a launch
    arms = {name: Strategy(name=name, phases=phases, announce=way) for name, way in ways.items()}
    sold = np.zeros((5, 4, len(Stage)))
    heads = np.zeros((4, len(Stage)))
    engine = "native" if compiled_before("run_days") else "auto"
    for r, world in enumerate(worlds_of(town, 4, engine)):
        for i, arm in enumerate(arms.values()):
            run = run_prepared(world, arm, events=True)
            carried = np.isin(run.log[:, 2], [Event.BUY, Event.GIFT])
            sold[i, r] = np.bincount(run.log[carried, 3], minlength=len(Stage))
            if i == 0:
                heads[r] = run.table.n[30]
        if r == 0:  # the last arm tells everybody
            bought, given = run.log[:, 2] == Event.BUY, run.log[:, 2] == Event.GIFT
            owners = np.union1d(run.log[bought, 1], run.log[given, 5])
            owning = np.isin(np.flatnonzero(ended(run, Stage.MEMBER)), owners).mean()
    nobody, followers, mails, community, everybody = sold.sum(axis=2)
    heads = heads.mean(axis=0)
    answers["by_posts"] = (followers - nobody).mean()
    per_subscriber = sold[2, :, Stage.SUBSCRIBER].mean() / heads[Stage.SUBSCRIBER]
    per_follower = sold[1, :, Stage.FOLLOWER].mean() / heads[Stage.FOLLOWER]
    answers["subscriber_over_follower"] = per_subscriber / per_follower
    needed = (mails - nobody).mean() / (followers - nobody).mean() * heads[Stage.FOLLOWER]
    answers["followers_needed"] = needed
    answers["then_over_now"] = math.exp(13 * town["reach_decay"])
    together = everybody + 2 * nobody - followers - mails - community
    answers["together"] = together.mean()
    answers["members_owning"] = owning
    return answers


def key_7():
    """From the log of towns and fans lived by hand; the fit by normal equations."""
    answers = {}
    drops = {"n_people": 20_000, "hours_per_week": 60, "launch_day": 28,
             "days_between_launches": 28, "days_window": 28}  # fmt: skip
    design = read_panel({"places": {"set": drops, "weeks": 104, "budgets": "designed", "block": 2}})
    part, split = design.places, STRATEGIES["balanced"].phases[0]
    shares = np.array([getattr(split, name) for name in ACTIVITIES])

    def lived(times, town):
        """Return the copies of every week, and those bought by the touchpoint before."""
        levers = np.zeros((104, len(LEVERS)))
        levers[:, 0], levers[:, 1 : 1 + shares.size] = 7 * np.arange(104), times * shares
        place = town_of(part.scenario, part.strategy, seed=1, replication=town, levers=levers)
        log = place.live(place.start, 0, 7 * 104, events=True).log
        bought, given = (log[:, 2] == event for event in (Event.BUY, Event.GIFT))
        sold = np.bincount(log[bought | given, 0] // 7, minlength=104).astype(float)
        return sold, np.bincount(log[bought, 5], minlength=len(Touchpoint))

    season = np.r_[[0.75] * 4, np.tile([2.0, 2.0, 1.25, 1.25], 25)]
    sold, after = lived(season[:, None], 0)
    answers["no_line"] = 1 - after[: Touchpoint.FRIEND].sum() / sold.sum()
    # the five budgets are the same one, but for a factor: so are their claims
    answers["claimed"] = 5 * np.polyfit(season, sold, 1)[0] * season.sum() / sold.sum()
    # copies: what was spent is the same above and below
    credited, caused, paid, others = np.zeros(2), np.zeros(2), [], []
    activity = np.arange(len(ACTIVITIES))
    for town in range(4):
        times = factors(part, town, 1)
        whole, after = lived(times, town)
        credited += after[Touchpoint.POST] + after[Touchpoint.DISCOVERY], after[Touchpoint.AD]
        for i, name in enumerate(("posting", "advertising")):
            caused[i] += (
                whole - lived(times * (activity != ACTIVITIES.index(name)), town)[0]
            ).sum()
        money = times[:, shares > 0] * shares[shares > 0] * 60 * part.scenario["usd_per_hour"]
        sums = np.vstack([np.zeros(5), money.cumsum(axis=0)])
        before = (sums[13:-1] - sums[:-14]) / 13
        paid.append(np.column_stack([money[13:], before, 40 * whole[13:]]))
        others.append(np.eye(4)[np.arange(13, 104) % 4])
    answers["hidden_posting"], answers["hidden_ads"] = 1 - credited / caused
    X = np.vstack([block - block.mean(axis=0) for block in paid])
    D = np.vstack([block - block.mean(axis=0) for block in others])[:, 1:]
    X -= D @ np.linalg.solve(D.T @ D, D.T @ X)  # what town and launch do not explain
    found = np.linalg.solve(X[:, :-1].T @ X[:, :-1], X[:, :-1].T @ X[:, -1])
    answers["posting_13"] = found[0] + found[5]
    return answers | key_7_people()


def key_7_people():
    """Return the answers about the ad: who bought, from the log of the days after it."""
    world = {"n_people": 5000, "share_subscribers": 0.3, "p_buy": 0.1}
    part, found = read_panel({"people": {"scenario": "classroom", "set": world}}).people, []
    for seed in range(1, 7):
        town = town_of(part.scenario, part.strategy, seed=seed)
        morning = town.live(town.start, 0, part.first_day).state
        may = morning.people.stage & 3 != Stage.STRANGER
        unseen, fond = hidden(town, morning, part.first_day)[may], np.zeros(may.size)
        fond[may] = sum(stats.zscore(unseen[name]) for name in ("relevance", "attachment"))
        fondest, lot = (assigned(may, fond, pull, 0.5, seed) for pull in (0.7, 0.0))
        nobody, some, drawn = (
            bought_after(town, morning, part.first_day, who) for who in (may & ~may, fondest, lot)
        )
        ad, nothing = (y[fondest].mean() - y[may & ~fondest].mean() for y in (some, nobody))
        found.append([ad, nothing, (drawn - nobody)[may & ~lot].mean()])
    ad, nothing, heard = np.mean(found, axis=0)
    return {"selection": nothing / ad, "heard": heard}


def bought_after(town, morning, day, shown):
    """Return the copies everybody bought in sixty days, these having been shown an ad."""
    state = treat(town, morning, day, np.flatnonzero(shown), "ad")
    log = town.live(state, day, day + 60, events=True).log
    return np.bincount(log[np.isin(log[:, 2], [Event.BUY, Event.GIFT]), 1], minlength=shown.size)


KEYS = (key_1, key_2, key_3, key_4, key_5, key_6, key_7)
