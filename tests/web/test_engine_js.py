"""engine.js: a whole replication without Python, in node and in a page from a file, is Python's."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation import Scenario, simulate
from simulation.core.module_about import WASM
from simulation.core.outcomes import SUMMARY
from simulation.core.randomness import make_key
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from simulation.people.around import MADE
from simulation.tools import PACKAGE
from simulation.web.declared import declared, levers_of, settings_of
from tests.agents.test_agreement import scenarios, split_efforts
from tests.web.browser import chromium
from tests.web.node import Ask, node

ENGINE = PACKAGE / "web" / "engine.js"
LIVES = Path(__file__).with_name("lives.js")


@pytest.fixture(scope="module")
def ask(tmp_path_factory) -> Iterator[Ask]:
    """Node with the engine loaded once for all questions."""
    said = tmp_path_factory.mktemp("declared") / "declared.json"
    said.write_text(json.dumps(declared(), allow_nan=False), encoding="utf-8")
    with node(LIVES, ENGINE, WASM, said) as asked:
        yield asked


#: A Worker made from the text of the page: nothing is fetched.
WORKER = """
const worker = new Worker(URL.createObjectURL(new Blob([document.scripts[0].textContent])));
window.ask = (question) =>
  new Promise((done, failed) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (error) => failed(new Error(error.message));
    worker.postMessage(question);
  });
"""


@contextmanager
def in_a_page() -> Iterator[Ask]:
    """Open a page from a file in Chromium; its Worker has the engine."""
    playwright = pytest.importorskip("playwright.sync_api")
    with tempfile.TemporaryDirectory() as folder, playwright.sync_playwright() as driver:
        page = Path(folder, "page.html")
        text = "".join(file.read_text(encoding="utf-8") for file in (ENGINE, LIVES))
        page.write_text(
            f'<meta charset="utf-8"><script type="text/worker">{text}</script>'
            f"<script>{WORKER}</script>",
            encoding="utf-8",
        )
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(page.as_uri())

        def ask(question: dict[str, Any]) -> Any:
            return tab.evaluate("(question) => ask(question)", question)

        wasm = base64.b64encode(WASM.read_bytes()).decode()
        assert ask({"wasm": wasm, "declared": declared()}) == "ready"
        yield ask
        browser.close()


def question_of(scenario, strategies, seed, replication=0) -> dict[str, Any]:
    """Return what is asked of lives.js; a seed as text, as JSON has no whole numbers so large."""
    levers = [levers_of(strategy) for strategy in strategies]
    asked = {"settings": settings_of(scenario), "strategies": levers}
    return {**asked, "seed": str(seed), "replication": replication}


def assert_lived_alike(ask: Ask, scenario, strategies, seed=1, replication=0, events=True) -> None:
    """Live there and here, and compare every byte of days, summary, people and events."""
    there = ask(question_of(scenario, strategies, seed, replication) | {"events": events})
    assert "refused" not in there, there
    assert there["left"] == 0
    for strategy, found in zip(strategies, there["lives"], strict=True):
        run = simulate(
            scenario, strategy, seed=seed, replication=replication, engine="module", events=events
        )
        people = run.end.people
        log = np.frombuffer(base64.b64decode(found["events"] or ""), np.int32)
        np.testing.assert_array_equal(log, run.log.ravel() if events else [])
        assert found["names"] == [scalar.name for scalar in SUMMARY]
        assert found["sales"] == run.table.sales.tolist()
        assert found["pace"] == people.lives.visit_rate.astype(float).tolist()
        here = {"table": run.table, "stage": people.stage, "lives": people.lives}
        here |= {"rare": people.rare, "summary": np.array(list(run.summary.values()))}
        start = np.frombuffer(base64.b64decode(found["start"]), np.uint8)
        np.testing.assert_array_equal(start & 3, run.start_stage)
        for name, array in here.items():
            assert base64.b64decode(found[name]) == array.tobytes(), (name, strategy.name)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    scenario=scenarios(),
    strategies=st.lists(split_efforts(), min_size=1, max_size=2),
    seed=st.integers(0, 2**64 - 1),
    replication=st.integers(0, 2**32 - 1),
    events=st.booleans(),
)
def test_any_world_any_strategy(ask, scenario, strategies, seed, replication, events):
    """Random worlds, strategies, seeds: launches, offers, a rival, complaints, graphs, warm-up."""
    if scenario.world.graph not in MADE:
        scenario = scenario.replace(graph="small_world")
    assert_lived_alike(ask, scenario, strategies, seed, replication, events)


@pytest.mark.parametrize("name", presets())
def test_presets(ask, name):
    """Every preset, smaller, under all strategies, with its whole horizon and calendar."""
    scenario = Scenario.load(name).replace(n_people=1500, days_warm_up=60)
    assert_lived_alike(ask, scenario, list(STRATEGIES.values()), 3, 2)


def test_what_declared_says_is_what_python_lives(ask):
    """A world of defaults and a strategy by its declared levers, no number typed here."""
    said = declared()
    scenario = Scenario().replace(n_people=400, days_warm_up=30)
    question = question_of(scenario, [STRATEGIES["deal_driven"]], 5)
    short = {"n_people": 400, "days_warm_up": 30}
    levers = said["strategies"]["deal_driven"]["levers"]
    assert ask(question) == ask({**question, "settings": short, "strategies": [levers]})
    presets_there = {name: one["settings"] for name, one in said["presets"].items()}
    assert presets_there == {name: settings_of(Scenario.load(name)) for name in presets()}


@pytest.mark.parametrize("arm", ["selection_only", "equal_impact"])
def test_null_arms_set_their_numbers(ask, arm):
    """Settings as a user writes them, the arm beside them, are the numbers that Python makes."""
    scenario = Scenario.load("classroom").replace(n_people=120, days_warm_up=30, **{arm: True})
    question = question_of(scenario, [STRATEGIES["community_building"]], 2)
    written = {name: float(scenario[name]) for name in scenario.numbers()._fields}
    assert any(question["settings"][name] != value for name, value in written.items())
    assert ask({**question, "settings": written}) == ask(question)
    assert_lived_alike(ask, scenario, [STRATEGIES["community_building"]], 2)


def test_two_worlds_do_not_disturb_each_other(ask):
    """The same question gives the same answer, whatever was lived in between; nothing is left."""
    lively = Scenario.load("classroom").replace(n_people=300, days_warm_up=50)
    twice = {"launch_day": 200, "launches": 2, "days_between_launches": 300}
    other = Scenario().replace(n_people=3000, days_warm_up=20, **twice)
    both = [STRATEGIES["community_building"], STRATEGIES["do_nothing"]]
    first = ask(question_of(lively, both, 8))
    second = ask(question_of(other, both, 9))
    assert ask(question_of(lively, both[::-1], 8))["lives"][::-1] == first["lives"]
    assert ask(question_of(other, both, 9)) == second
    assert first["left"] == second["left"] == 0


@given(
    numbers=st.lists(
        st.tuples(
            st.integers(0, 2**64 - 1) | st.integers(0, 9), st.integers(0, 2**32 - 1)
        ),
        min_size=1, max_size=10,
    )
)  # fmt: skip
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_keys_of_whole_numbers(ask, numbers):
    asked = [{"seed": str(seed), "replication": replication} for seed, replication in numbers]
    wanted = [[str(int(part)) for part in make_key(*number)] for number in numbers]
    assert ask({"keys": asked}) == wanted


def test_keys_of_seed_sequences(ask):
    """Of small and large entropy, several words of it, bare and spawned: 200 of them."""
    rng = np.random.default_rng(7)
    asked, wanted = [], []
    for j in range(200):
        size = int(rng.integers(1, 9))
        words = [int(word) for word in rng.integers(0, 2**32, size)]
        entropy: Any = words if j % 4 == 0 else sum(w << 32 * k for k, w in enumerate(words))
        entropy = j if j % 5 == 0 else entropy
        spawned = [int(n) for n in rng.integers(0, 2**33, int(rng.integers(0, 4)))]
        sequence = np.random.SeedSequence(entropy, spawn_key=spawned)
        wanted.append([str(int(part)) for part in make_key(sequence, j)])
        text = [str(word) for word in entropy] if isinstance(entropy, list) else str(entropy)
        seed = {"entropy": text, "spawnKey": [str(n) for n in spawned]}
        asked.append({"seed": seed, "replication": j})
    assert ask({"keys": asked}) == wanted


WRONG = [
    ({"settings": {"n_peple": 5}}, 'unknown parameter "n_peple"'),
    ({"settings": {"n_people": 0.5}}, "n_people = 0.5 is not allowed: a whole number from 1 to"),
    ({"settings": {"price": "cheap"}}, "price = NaN is not allowed: a number from 0.01 to"),
    ({"settings": {"n_people": 9, "graph": "ring"}}, 'unknown graph "ring": small_world, scale_'),
    ({"seed": "-1"}, "seed = -1 is not allowed: a whole number from 0 to 2**64 - 1"),
    ({"replication": 2**32}, "replication = 4294967296 is not allowed"),
    ({"settings": {"n_people": 10**8}}, "this world needs more memory than a page can have"),
    ({"settings": {"n_people": 9, "n_days": 9, "launch_day": 20}}, "IndexError: the days of this"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_what_is_wrong_is_refused_in_one_line(ask, change, message):
    right = question_of(
        Scenario().replace(n_people=50, days_warm_up=0), [STRATEGIES["balanced"]], 1
    )
    found = ask({**right, **change})
    assert found["refused"].startswith(message)
    assert "\n" not in found["refused"]
    assert found["left"] == ask(right)["left"] == 0


def test_a_world_that_fills_the_memory_is_refused_and_the_next_one_lives(ask):
    """The friendships of 100,000 people who all know each other have no room in 4 GiB."""
    right = question_of(
        Scenario().replace(n_people=50, days_warm_up=0), [STRATEGIES["balanced"]], 1
    )
    before = ask(right)
    full = ask({**right, "settings": {"n_people": 10**5, "graph": "complete"}})
    assert full["refused"] == "this world needs more memory than a page can have: take fewer people"
    assert ask(right) == before


def test_a_wrong_lever_is_refused_in_one_line(ask):
    right = question_of(
        Scenario().replace(n_people=50, days_warm_up=0), [STRATEGIES["balanced"]], 1
    )
    for change, message in [
        ({"postings": 1}, 'unknown lever "postings"'),
        ({"phases": [{"postings": 1}]}, 'unknown lever "postings"'),
        ({"phases": []}, "the strategy has no phase"),
        (
            {"phases": [{"posting": 1}]},
            "from_day = NaN is not allowed: a whole number from 0 to 20000",
        ),
        ({"ads_saved": 1.5}, "ads_saved = 1.5 is not allowed: a number from 0 to 1"),
        ({"announce": {"letter": True}}, 'unknown channel "letter"'),
    ]:
        levers = {**right["strategies"][0], **change}
        assert ask({**right, "strategies": [levers]}) == {"refused": message, "left": 0}


def test_a_page_from_a_file():
    """In Chromium, in a Worker made from a Blob: what Python lives."""
    both = [STRATEGIES["posting_only"], STRATEGIES["community_building"]]
    with in_a_page() as ask:
        for name in ("classroom", "launch_2025", "author_career", "product_drops"):
            scenario = Scenario.load(name).replace(n_people=1000, days_warm_up=40)
            assert_lived_alike(ask, scenario, both, 2**60 + 5, 1)
        assert ask({"settings": {"prise": 1}, "seed": 1})["refused"] == 'unknown parameter "prise"'
