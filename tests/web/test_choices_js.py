"""state.js: what is chosen on the page, and its address, are what Python takes and refuses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulation.inputs.strategy import ACTIVITIES, STRATEGIES
from simulation.tools.errors import InputError
from simulation.web.controls import LIMITS, MOST_PERSON_DAYS, NOT_ON_THE_PAGE, at_page_size
from simulation.web.declared import levers_of
from tests.web.parts import (
    NUMBERS,
    OPENING,
    choices,
    hash_of,
    page_parts,
    pairs_of,
    scenario_of,
    shares,
    side,
    strategy_of,
)

often = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Node with the modules of the page loaded once for all questions."""
    with page_parts(tmp_path_factory.mktemp("page")) as asked:
        yield asked


def changed(**changes: Any) -> dict[str, Any]:
    """Return the choice the page opens with, with other parts."""
    return {**OPENING, **changes}


def refused(choice: dict[str, Any]) -> bool:
    """Return whether Python, or a limit of the page, refuses the world or a strategy of it."""
    try:
        scenario_of(choice)
    except InputError:
        return True
    return False


@often
@given(choice=choices())
@example(choice=OPENING)
@example(choice=changed(a=side("deal_driven", None, "do_nothing", 729)))
@example(choice=changed(a=side("posting_only", None, "balanced", 730)))
@example(choice=changed(changes={"share_followers": 0.999, "share_members": 0.001}))
@example(choice=changed(changes={"share_followers": 0.999, "share_members": 0.0011}))
@example(choice=changed(changes={"n_people": 200_000, "n_days": 750}))
@example(choice=changed(changes={"n_people": 200_000, "n_days": 751}))
@example(choice=changed(changes={"launches": 2, "days_between_launches": 29}))
@example(choice=changed(changes={"launches": 3, "days_between_launches": 400}))
@example(choice=changed(changes={"n_people": 0.5}))
def test_an_address_is_taken_exactly_where_python_takes_it(ask, choice):
    """What is taken is the world and the strategies that Python builds, to the last bit."""
    found = ask("read", hash=hash_of(choice))
    assert bool(found["problems"]) == refused(choice), found["problems"]
    if found["problems"]:
        return
    scenario = scenario_of(choice)
    assert {name: found["settings"][name] for name in NUMBERS} == {
        name: float(scenario[name]) for name in NUMBERS
    }
    assert set(found["settings"]) == {*NUMBERS, "graph"}
    assert found["settings"]["graph"] == scenario["graph"]
    for letter, strategy in zip("ab", found["strategies"], strict=True):
        assert strategy == levers_of(strategy_of(choice[letter])), letter
    assert (found["choice"]["seed"], found["choice"]["world"]) == (choice["seed"], choice["world"])


@often
@given(choice=choices())
def test_what_was_chosen_comes_back_from_its_address(ask, choice):
    """From an address of any kind, good or bad: its own address opens the same choice."""
    found = ask("read", hash=hash_of(choice))
    assert found["back"] == {"choice": found["choice"], "problems": []}
    names = [part.partition("=")[0] for part in found["again"].split("&") if part]
    preset = at_page_size(found["choice"]["scenario"])
    for name, value in found["choice"]["changes"].items():
        assert float(value) != float(preset[name]), name  # nothing that changes nothing
    assert set(found["choice"]["changes"]) == {name for name in names if name in NUMBERS}
    assert ("seed" in names) == (found["choice"]["seed"] != 1)


def test_the_choice_the_page_opens_with_needs_no_address(ask):
    found = ask("read", hash="")
    assert found["choice"] == OPENING
    assert found["again"] == ""
    phase = STRATEGIES["posting_only"].phases[0]
    shares = ",".join(f"{100 * getattr(phase, name):.0f}" for name in ACTIVITIES)
    plain = f"a=posting_only&a_shares={shares}&seed=1&world=0&scenario=launch_2025"
    assert ask("read", hash=plain)["choice"] == OPENING


# ---- what is wrong ------------------------------------------------------------------------------

#: A part of an address that is wrong whatever else is in it, and what is said of it.
WRONG = {
    "prise=3": "unknown_name",
    "__proto__=1": "unknown_name",
    "constructor=1": "unknown_name",
    "%3Cscript%3E=1": "unknown_name",
    "price=": "not_allowed",
    "price=cheap": "not_allowed",
    "price=0": "not_allowed",
    "price=NaN": "not_allowed",
    "price=Infinity": "not_allowed",
    "rival_day=1.5": "not_allowed",
    "joining_open=perhaps": "not_allowed",
    "seed=-1": "not_allowed",
    "seed=1e3": "not_allowed",
    "world=10000000000": "not_allowed",
    "scenario=launch_2026": "unknown_value",
    "scenario=toString": "unknown_value",
    "a=valueOf": "unknown_value",
    "b_then=javascript:alert(1)": "unknown_value",
    "b_then_day=9": "without_its",
    "a_shares=50,51,0,0,0,0": "shares",
    "a_shares=100": "shares",
    "a_shares=150,-50,0,0,0,0": "shares",
    "a_shares=": "shares",
    "friends_file=/etc/passwd": "unknown_name",
    "graph=complete": "unknown_name",
}


@often
@given(
    choice=choices(most_changes=2).filter(lambda choice: not refused(choice)),
    wrong=st.lists(
        st.sampled_from(sorted(WRONG)), min_size=1, max_size=5, unique_by=lambda w: w.split("=")[0]
    ),
    data=st.data(),
)
def test_what_is_wrong_is_said_and_the_rest_is_kept(ask, choice, wrong, data):
    """Wrong parts anywhere among right ones: each is named, and only they are left out."""
    names = {part.split("=")[0] for part in wrong}
    right = [f"{name}={value}" for name, value in pairs_of(choice) if name not in names]
    if "b_then_day=9" in wrong or "b_then=javascript:alert(1)" in wrong:
        right = [part for part in right if not part.startswith("b_then")]
    kept = ask("read", hash="&".join(right))
    if kept["problems"]:
        return  # what was left without its own parts does not fit together
    mixed = data.draw(st.permutations([*right, *wrong]))
    found = ask("read", hash="&".join(mixed))
    assert found["choice"] == kept["choice"]
    assert sorted(p["key"] for p in found["problems"]) == sorted(WRONG[part] for part in wrong)
    for problem in found["problems"]:
        assert all(len(str(value)) <= 150 for value in problem["values"].values())


@often
@given(choice=choices(2).filter(lambda one: not refused(one)), data=st.data())
def test_a_part_given_twice_counts_once(ask, choice, data):
    pairs = [f"{name}={value}" for name, value in pairs_of(choice)]
    twice = data.draw(st.sampled_from(pairs))
    found = ask("read", hash="&".join([*pairs, twice]))
    assert found["choice"] == ask("read", hash="&".join(pairs))["choice"]
    assert [problem["key"] for problem in found["problems"]] == ["given_twice"]


def test_parts_that_do_not_fit_together_leave_the_luck_and_the_strategies(ask):
    """A world that cannot be is said; it is taken as it is, the rest of the address stays."""
    found = ask("read", hash="scenario=classroom&launch_day=119&n_days=100&seed=7&b=balanced")
    assert [problem["key"] for problem in found["problems"]] == ["launch_too_late"]
    assert found["choice"] == changed(scenario="classroom", seed=7, b=side("balanced"))
    found = ask("read", hash="scenario=classroom&a_then=balanced&a_then_day=120&world=3")
    assert [problem["key"] for problem in found["problems"]] == ["then_day"]
    assert found["choice"] == changed(scenario="classroom", world=3)
    found = ask("read", hash="x" * 4001)
    assert [problem["key"] for problem in found["problems"]] == ["too_long"]
    assert found["choice"] == OPENING


def test_limits_are_those_of_python(ask):
    """At the limit it is taken, one step above it is not; files have no name in an address."""
    for name, most in LIMITS.items():
        parts = {"n_days": 600, "n_people": 1000, "days_warm_up": 10} | {name: most}
        at = "&".join(f"{key}={value:g}" for key, value in parts.items())
        assert ask("read", hash=at)["problems"] == [], name
        above = at.replace(f"{name}={most:g}", f"{name}={most + 1:g}")
        (problem,) = ask("read", hash=above)["problems"]
        assert (problem["key"], problem["values"]["high"]) == ("not_allowed", most)
    (problem,) = ask("read", hash="n_people=200000&n_days=751")["problems"]
    assert problem["key"] == "too_large"
    assert problem["values"]["most"] == MOST_PERSON_DAYS / 1e6
    for name in NOT_ON_THE_PAGE:
        (problem,) = ask("read", hash=f"{name}=x")["problems"]
        assert problem["key"] == "unknown_name"


def test_a_parameter_that_is_moved(ask):
    """The preset's own value is no change; what does not fit is refused, and says why."""
    moved = ask("moved", hash="scenario=classroom", name="p_buy", value=0.2)
    assert moved["choice"]["changes"] == {"p_buy": 0.2}
    usual = at_page_size("classroom")["p_buy"]
    back = ask("moved", hash="scenario=classroom&p_buy=0.2", name="p_buy", value=usual)
    assert back["choice"]["changes"] == {}
    late = ask("moved", hash="scenario=classroom", name="launch_day", value=120)
    assert late == {"wrong": "launch_too_late"}
    assert ask("moved", hash="", name="p_buy", value=1.1) == {"wrong": "not_allowed"}


# ---- shares -------------------------------------------------------------------------------------


def named_shares(strategy: str) -> list[int]:
    """Return the split of a named strategy in whole per cent."""
    return [round(100 * getattr(STRATEGIES[strategy].phases[0], name)) for name in ACTIVITIES]


def assert_in_proportion(
    before: list[int], after: list[int], moved: int, to: int, named: list[int]
) -> None:
    """Hold one move against what it should be: largest remainders of exact proportions."""
    assert after[moved] == to
    assert sum(after) == 100
    others = [j for j in range(len(after)) if j != moved]
    weights = [before, named, [1] * len(after)]
    held = next(list_ for list_ in weights if sum(list_[j] for j in others))
    exact = {j: Fraction(held[j] * (100 - to), sum(held[k] for k in others)) for j in others}
    up = [j for j in others if after[j] != exact[j].__floor__()]
    assert all(after[j] == exact[j].__floor__() + 1 for j in up)
    rest = {j: exact[j] - exact[j].__floor__() for j in others}
    down = [j for j in others if j not in up]
    assert all(rest[j] >= rest[k] - Fraction(1, 10**9) for j in up for k in down)


@often
@given(
    strategy=st.sampled_from(sorted(STRATEGIES)),
    moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), min_size=1, max_size=12),
)
@example(strategy="advertising", moves=[(5, 0), (5, 100), (0, 0)])
@example(strategy="do_nothing", moves=[(0, 0), (3, 33), (3, 100), (1, 1)])
@example(strategy="balanced", moves=[(0, 100), (0, 0), (1, 100), (2, 0)])
def test_shares_make_100_after_every_move(ask, strategy, moves):
    """Any order of moves: the moved one is what was asked, the others keep their proportions."""
    asked = [[ACTIVITIES[j], to] for j, to in moves]
    before = named = named_shares(strategy)
    for (moved, to), after in zip(moves, ask("moves", strategy=strategy, moves=asked), strict=True):
        assert_in_proportion(before, after, moved, to, named)
        before = after


@given(split=shares())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_split_in_an_address_is_taken(ask, split):
    found = ask("read", hash=f"b_shares={','.join(map(str, split))}")
    assert found["problems"] == []
    effort = found["strategies"][1]["phases"][0]
    assert [effort[name] for name in ACTIVITIES] == [share / 100 for share in split]
