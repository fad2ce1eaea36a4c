"""What the page adds to the days of the engine: crowd, sums, what may be said, diaries, Python."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulation import simulate
from simulation.core.outcomes import EVENT, PERSON, TIME, TO_STAGE, Event
from simulation.core.stages import STAGES
from simulation.figures.crowd import CHANGES
from simulation.figures.diary import diary
from simulation.inputs.scenario import presets
from simulation.runs.statistics import mean_interval, minus
from simulation.runs.statistics import told as can_be_told
from simulation.web.controls import at_page_size
from tests.web.parts import OPENING, hash_of, page_parts, scenario_of, side, strategy_of

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Node with the modules of the page, its Worker among them, loaded once."""
    with page_parts(tmp_path_factory.mktemp("page")) as asked:
        yield asked


def of(scenario: str, a: Any = None, b: Any = None, seed: int = 1, world: int = 0, **changes: Any):
    """Return a choice; sides are names of strategies, or sides."""
    named = {"a": a or "posting_only", "b": b or "community_building"}
    both = {x: side(s) if isinstance(s, str) else s for x, s in named.items()}
    return {
        **OPENING,
        "scenario": scenario,
        "changes": changes,
        "seed": seed,
        "world": world,
        **both,
    }


#: Worlds in which much happens: what is drawn and told is held against Python's in each.
CHOICES = {
    "the page as it opens": OPENING,
    "a class": of("classroom"),
    "a warm room, other luck": of("warm_room", "balanced", "service_first", 7, 5, n_people=3000),
    "offers, and a change of course": of(
        "classroom", side("deal_driven", [10, 20, 30, 40, 0, 0]),
        side("community_building", None, "deal_driven", 40), p_buy=0.3,
    ),
    "complaints and a rival": of(
        "classroom", "service_first", "balanced", 3, n_people=1500, can_go_wrong=1, p_wrong=0.5,
        p_rival=0.2, p_switch=0.5, rival_day=10, p_buy=0.4, p_join=0.3, p_bond=1.0, p_message=1.0,
        rate_lapse_follower=0.05, rate_lapse_member=0.02, gifts_base=1.0,
    ),
    "drops": of("product_drops", "posting_only", "do_nothing", 2, 1, n_people=4000),
}  # fmt: skip


@cache
def runs_of(name: str) -> tuple[Any, Any]:
    """Return both sides as Python lives them, with their events."""
    choice = CHOICES[name]
    return tuple(
        simulate(scenario_of(choice), strategy_of(choice[letter]), seed=choice["seed"],
                 replication=choice["world"], events=True)
        for letter in "ab"
    )  # fmt: skip


def alike(found: dict[str, Any], run: Any) -> bool:
    """Return whether a summary is that of a run; what has no value is null in JSON."""
    wanted = {name: None if v != v else v for name, v in run.summary.items()}
    return {name: found[name] for name in wanted} == wanted


def ended(run: Any) -> np.ndarray:
    """Return the stage of everybody at the end, without what else is kept beside it."""
    return run.end.people.stage & 3


@pytest.fixture(scope="module", params=CHOICES)
def lived(request, ask):
    """One of the worlds: how the page lives and draws it, and both runs of Python."""
    return ask("live", hash=hash_of(CHOICES[request.param])), runs_of(request.param)


# ---- sums of days and people --------------------------------------------------------------------


def test_outcomes_and_sums_of_days(lived):
    """Summaries, copies so far, the lead, visits, who moved where, and the table of days."""
    found, runs = lived
    sold = [run.series["sales"].cumsum().tolist() for run in runs]
    assert found["sold"] == sold
    assert found["lead"] == [b - a for a, b in zip(*sold, strict=True)]
    days = list(csv.DictReader(io.StringIO(found["csv"])))
    for i, run in enumerate(runs):
        assert alike(found["summaries"][i], run)
        assert found["visits"][i] == run.series["contacts_visit"].sum()
        flows = np.zeros((4, 4), int)
        np.add.at(flows, (run.start_stage, ended(run)), 1)
        assert found["flows"][i] == flows.tolist()
        mine = [row for row in days if row["side"] == "AB"[i]]
        assert [int(row["time"]) for row in mine] == run.series.index.tolist()
        for name, column in run.series.items():
            there = [float(row[name]) for row in mine]
            np.testing.assert_array_equal(there, column.to_numpy(float), name)
    assert set(days[0]) == {"side", "strategy", "time", *runs[0].series}


@often
@given(numbers=st.lists(st.integers(0, 10**6)))
def test_sums_so_far(ask, numbers):
    assert ask("soFar", numbers=numbers) == np.cumsum(numbers).tolist()


# ---- who is drawn -------------------------------------------------------------------------------


def moves_of(run: Any) -> np.ndarray:
    """Return the events in which somebody came into another stage."""
    log = np.asarray(run.log)
    return log[np.isin(log[:, EVENT], list(CHANGES))]


def buyers_of(run: Any) -> np.ndarray:
    """Return who bought, and on which day first."""
    log = np.asarray(run.log)
    return log[log[:, EVENT] == Event.BUY][:, [PERSON, TIME]]


def assert_accounted_for(crowd: dict[str, Any], kind: np.ndarray) -> None:
    """Hold who is drawn against who there is: 0 strangers who stay, 1 others, 2 buyers."""
    people, one_in = np.array(crowd["people"], int), crowd["oneIn"]
    assert crowd["nPeople"] == kind.size
    assert people.size <= 6000
    assert (np.diff(people) > 0).all()
    for k, every in enumerate(one_in):
        alike = np.flatnonzero(kind == k)
        np.testing.assert_array_equal(people[kind[people] == k], alike[::every])
    if (kind == 2).sum() <= 2000:
        assert one_in[2] == 1  # all buyers are there
    if kind.size <= 4000:
        assert one_in == [1, 1, 1]  # everybody is


def test_the_crowd_is_that_of_the_runs(lived):
    """Who is drawn, their stages on every day, and the day on which they bought."""
    found, runs = lived
    crowd, kind = found["crowd"], np.zeros(runs[0].start_stage.size, int)
    for run in runs:
        kind[run.start_stage > 0] = 1
        kind[moves_of(run)[:, PERSON]] = 1
    for run in runs:
        kind[buyers_of(run)[:, 0]] = 2
    assert_accounted_for(crowd, kind)
    for run, drawn in zip(runs, crowd["sides"], strict=True):
        first: dict[int, int] = {}
        for person, day in buyers_of(run).tolist():
            first.setdefault(person, day)
        bought = {crowd["people"][dot]: day for dot, day in drawn["bought"]}
        assert bought == {
            person: day for person, day in first.items() if person in set(crowd["people"])
        }
        stages = {p: [(-1e9, int(run.start_stage[p]))] for p in crowd["people"]}
        for row in moves_of(run):
            if int(row[PERSON]) in stages:
                stages[int(row[PERSON])].append((int(row[TIME]), int(row[TO_STAGE])))
        assert [[tuple(step) for step in track] for track in drawn["tracks"]] == list(
            stages.values()
        )
        ends = [track[-1][1] for track in drawn["tracks"]]
        assert ends == ended(run)[crowd["people"]].tolist()
        if crowd["oneIn"] != [1, 1, 1]:
            continue
        for day in (0, len(run.series) // 2, len(run.series) - 1):
            on = Counter([s for d, s in track if d <= day][-1] for track in drawn["tracks"])
            assert [on[s] for s in range(4)] == run.series.loc[
                day, [f"n_{s}" for s in STAGES]
            ].tolist()


@pytest.mark.parametrize(
    ("n", "movers", "buyers"),
    [(1, 0, 0), (5, 5, 5), (4000, 4000, 0), (6001, 0, 0), (20_000, 9000, 2000),
     (20_000, 0, 2001), (200_000, 150_000, 60_000), (200_000, 100, 199_900)],
)  # fmt: skip
def test_a_crowd_of_any_size_has_room(ask, n, movers, buyers):
    """At most 6,000 dots, buyers first; one in so many of each kind stands for all of them."""
    rng = np.random.default_rng(n + buyers)
    order = rng.permutation(n)
    kind = np.zeros(n, int)
    kind[order[:movers]] = 1
    kind[order[:buyers]] = 2
    bought = [x for person in order[:buyers] for x in (3, int(person))]
    moves = [x for person in order[: movers // 2] for x in (2, int(person), 1)]
    starts = np.zeros(n, int)
    starts[order[movers // 2 : movers]] = 2
    one = {"start": starts.tolist(), "moves": [], "bought": []}
    two = {"start": [0] * n, "moves": moves, "bought": bought}
    for sides in ([one, two], [two, one]):
        assert_accounted_for(ask("crowd", sides=sides), kind)


# ---- what may be said ---------------------------------------------------------------------------


def said(a: list[float], b: list[float]) -> dict[str, Any]:
    """Return what may be said of B less A, by Python's statistics."""
    gaps = minus(b, a)
    mean, low, high, n = (float(x) for x in mean_interval(gaps))
    sure = bool(can_be_told(low, high, n, 0.95))
    lead = "equal" if not gaps.any() else "untold" if not sure else "b" if mean > 0 else "a"
    numbers = {"mean": mean, "low": low, "high": high}
    return {
        **{name: None if x != x else x for name, x in numbers.items()}, "n": int(n),
        "gaps": gaps.tolist(), "lead": lead,
        "ahead": {"a": int((gaps < 0).sum()), "b": int((gaps > 0).sum())},
    }  # fmt: skip


COPIES = st.integers(0, 60)


@often
@given(pairs=st.lists(st.tuples(COPIES, COPIES), min_size=1, max_size=80), shift=st.integers(-9, 9))
@example(pairs=[(3, 3)], shift=0)
@example(pairs=[(3, 4)], shift=0)
@example(pairs=[(3, 5)] * 5, shift=0)
@example(pairs=[(3, 5)] * 6, shift=0)
@example(pairs=[(2, 2)] * 50, shift=0)
def test_what_is_told_of_worlds(ask, pairs, shift):
    """Mean, interval, who leads and how often are those of Python, to the last bit."""
    a, b = (
        [float(x + max(shift, 0)) for x, _ in pairs],
        [float(y - min(shift, 0)) for _, y in pairs],
    )
    assert ask("told", a=a, b=b) == said(a, b)


@often
@given(leads=st.lists(st.sampled_from(["a", "b", "untold", "equal"]), min_size=1, max_size=8))
@example(leads=["b", "b"])
@example(leads=["a", "untold", "b", "b"])
@example(leads=["a", "untold"])
@example(leads=["equal"])
def test_where_it_flips(ask, leads):
    """The first place at which B is clearly ahead, the last at which A is, and what that is."""
    found = ask("turn", leads=leads)
    b = [2000 + j for j, lead in enumerate(leads) if lead == "b"]
    a = [2000 + j for j, lead in enumerate(leads) if lead == "a"]
    verdict = "always" if len(b) == len(leads) else "flips" if b else "never" if a else "untold"
    assert found == {
        "verdict": verdict,
        "first": min(b, default=None),
        "last": max(a, default=None),
    }


@often
@given(
    seed=st.integers(0, 10**6), lost=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    n=st.integers(2, 30), noise=st.sampled_from([0, 1, 10, 40]),
)  # fmt: skip
@example(seed=0, lost=[30, 0, 0], n=20, noise=1)
@example(seed=0, lost=[30, 30], n=20, noise=10)
@example(seed=0, lost=[0, 0], n=20, noise=10)
@example(seed=0, lost=[7], n=20, noise=0)
def test_which_part_matters_most(ask, seed, lost, n, noise):
    """The one without which most is lost, clearly more than nothing and than the next; or none."""
    rng = np.random.default_rng(seed)
    whole = rng.integers(100, 140, n).astype(float)
    values = [whole, *(whole - x - rng.integers(-noise, noise + 1, n) for x in lost)]
    told = [said(whole.tolist(), list_.tolist()) for list_ in values[1:]]
    order = sorted(range(len(lost)), key=lambda i: told[i]["mean"])
    sure = told[order[0]]["lead"] == "a"
    if len(order) > 1:
        first, second = (values[1 + i].tolist() for i in order[:2])
        sure = sure and said(first, second)["lead"] == "b"
    wanted = f"part {order[0]}" if sure else None
    assert ask("mattersMost", values=[list_.tolist() for list_ in values]) == wanted


# ---- diaries ------------------------------------------------------------------------------------

#: Worlds for diaries, beside those above: every preset, small, and what only longer lives show.
LIVES = {
    **{f"{name}, small": of(name, "deal_driven", "community_building", 4, n_people=800)
       for name in presets() if at_page_size(name)["n_days"] < 1000},
    "complaints and a rival": CHOICES["complaints and a rival"],
    "every day a visit": of(
        "classroom", n_people=200, n_days=1400, visit_rate_median=1.0, attention=50, p_join=1.0,
        launch_day=1390, p_message=1.0, rate_lapse_member=0.0, p_bond=0.0, search_rate=0.2,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def diaries(ask):
    """For every world and side: runs of Python, and the people whose diaries were asked for."""
    found = []
    for choice in LIVES.values():
        for i, letter in enumerate("ab"):
            run = simulate(
                scenario_of(choice), strategy_of(choice[letter]), seed=choice["seed"], events=True
            )
            log = np.asarray(run.log)
            busy = Counter(log[:, PERSON].tolist())
            rare = [log[log[:, EVENT] == event][:3, PERSON].tolist() for event in Event]
            people = [p for p, _ in busy.most_common(8)] + [p for some in rare for p in some]
            people = sorted(
                {*people, *range(0, run.start_stage.size, 97)} & {*range(run.start_stage.size)}
            )
            told = ask("diaries", hash=hash_of(choice), side=i, people=people)
            found += [(run, person, lines) for person, lines in zip(people, told, strict=True)]
    return found


def test_diaries_are_those_of_python(diaries):
    """Of the busiest, of some of everything that happens, and of people picked blindly."""
    for run, person, lines in diaries:
        wanted = [entry._asdict() for entry in diary(run, person)]
        for entry in wanted:
            entry["last"] = entry.pop("last_day")
        assert lines == wanted, (run.scenario.name, run.strategy.name, person)


def test_everything_that_can_happen_is_in_a_diary(diaries):
    """So that the test above cannot pass by leaving something out."""
    kinds = {line["kind"] for _, _, lines in diaries for line in lines}
    gathered = {"contact", "message", "answered"}
    wanted = {event.name.lower() for event in Event} - gathered | {"contact"}
    assert kinds == wanted
    text = " ".join(line["text"] for _, _, lines in diaries for line in lines)
    for words in ("answered by the host", "answered by other members", "wrote in the community"):
        assert words in text


# ---- the same in Python -------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHOICES)
def test_the_lines_of_python_give_the_same_numbers(ask, name):
    """What "The same in Python" says runs, and its world and strategies are those on the screen."""
    choice = CHOICES[name]
    text = ask("python", hash=hash_of(choice), worlds=2)
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(text, names)
    assert said.getvalue().strip()
    page = ask("live", hash=hash_of(choice))
    for strategy, found in zip(names["strategies"], page["summaries"], strict=True):
        run = simulate(
            names["scenario"], strategy, seed=choice["seed"], replication=choice["world"]
        )
        assert alike(found, run)


def test_the_lines_of_python_compare_the_worlds_of_the_page(ask):
    """Its sentence is about just these worlds: the same mean of the same differences."""
    choice = of("classroom", "posting_only", side("balanced", [20, 20, 20, 20, 10, 10]), seed=5)
    text = ask("python", hash=hash_of(choice), worlds=6)
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(text.replace("print(", "found = (").replace(".sentence)", ")"), names)
    gaps = []
    for world in range(6):
        a, b = ask("live", hash=hash_of({**choice, "world": world}))["summaries"]
        gaps.append(b["sales"] - a["sales"])
    assert names["found"].differences.iloc[:, -1].tolist() == gaps


def test_the_lines_of_python_where_both_sides_are_the_same(ask):
    """A and B may be one strategy on the page: what it says in Python runs all the same."""
    text = ask("python", hash="scenario=classroom&a=balanced&b=balanced", worlds=2)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(text, {})
    assert said.getvalue().strip()
