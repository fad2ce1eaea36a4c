"""`explore`: the page in a notebook, opened with a world and two strategies, or a comparison."""

from __future__ import annotations

import json

import nbformat
import networkx as nx
import numpy as np
import pytest

from simulation import InputError, Scenario, Strategy, compare, explore, with_friends
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from simulation.web.controls import at_page_size
from simulation.web.declared import levers_of, settings_of
from tests.web.browser import chromium
from tests.web.test_state_js import state_js

TOWN = Scenario.load("launch_2025").replace(n_people=30_000, p_buy=0.055, relationships=False)
PLAIN = {"name": "plain", "posting": 0.5, "content": 0.25, "hosting": 0.25}
LATER = STRATEGIES["balanced"].phases[0].model_copy(update={"from_day": 200})


def own(named, *phases):
    """Return a named strategy with a split of its own."""
    return STRATEGIES[named].model_copy(update={"name": "own", "phases": phases})


HALF = own("community_building", Strategy.load(PLAIN).phases[0])
TURN = own("posting_only", STRATEGIES["posting_only"].phases[0], LATER)
SAID = [
    (("launch_2025",), ""),
    (("launch_2025", "audience_building", "posting_only"),
     "a=audience_building&b=posting_only"),
    (("classroom", "do_nothing", "balanced"), "scenario=classroom&a=do_nothing&b=balanced"),
    ((Scenario.load("launch_2025"),), "n_people=100000"),
    ((TOWN,), "n_people=30000&p_buy=0.055&relationships=false"),
    ((TOWN, "posting_only", HALF),
     "n_people=30000&p_buy=0.055&relationships=false&b_shares=50,0,25,25,0,0"),
    # a table without a launch plan: of the named strategies that which does nothing has none
    (("classroom", PLAIN), "scenario=classroom&a=do_nothing&a_shares=50,0,25,25,0,0"),
    (("launch_2025", TURN), "a_then=balanced&a_then_day=200"),
    (("case_study", "posting_only", "deal_driven"), "scenario=case_study&b=deal_driven"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "state"), SAID, ids=lambda x: x if isinstance(x, str) else "")
def test_what_was_asked_stands_in_the_address(asked, state):
    """Only what differs from the page as it opens."""
    assert explore(*asked).state == state


def test_a_seed_and_a_height():
    shown = explore("classroom", seed=7, height=500)
    assert shown.state == "scenario=classroom&seed=7"
    assert 'height="500"' in shown._repr_html_()
    assert repr(shown) == "Continuum: scenario=classroom&seed=7 (a notebook shows it alive)"


def test_a_world_of_ones_own_is_said_by_its_changes(tmp_path):
    """A file has no name that the page knows: the nearest preset, and what differs from it."""
    own = Scenario.load("warm_room").model_copy(update={"name": "my_room"}).replace(p_join=0.031)
    assert explore(own).state == "scenario=warm_room&p_join=0.031"
    file = tmp_path / "town.toml"
    file.write_text("n_people = 4000\nlaunch_day = 300\n", encoding="utf-8")
    state = explore(str(file)).state
    assert "n_people=4000" in state
    assert "launch_day=300" in state


def test_a_comparison_brings_its_world_strategies_and_seed():
    """The first two strategies; what else was given would contradict it."""
    names = ["audience_building", HALF, "posting_only"]
    world = Scenario.load("classroom").replace(p_buy=0.1)
    result = compare(world, names, replications=2, seed=3, jobs=1)
    wanted = "scenario=classroom&p_buy=0.1&a=audience_building&b_shares=50,0,25,25,0,0&seed=3"
    assert explore(result).state == wanted
    with pytest.raises(InputError, match="give it alone"):
        explore(result, "balanced")
    luck = compare(world, names, replications=2, seed=np.random.SeedSequence(1), jobs=1)
    with pytest.raises(InputError, match="a whole number can"):
        explore(luck)


REFUSED = {
    "no such scenario": (["lunch_2025"], {}, 'did you mean "launch_2025"'),
    "no such strategy": (["classroom", "postingonly"], {}, 'did you mean "posting_only"'),
    "friends": ([with_friends("classroom", nx.karate_club_graph())], {}, "makes its own friends"),
    "a graph": ([TOWN.replace(graph="random")], {}, "graph = 'random' cannot be said on the page"),
    "people": ([TOWN.replace(n_people=300_000)], {}, "n_people = 300,000 is too much"),
    "its own size": ([Scenario.load("case_study")], {}, "a preset by its name has the size"),
    "days": ([TOWN.replace(n_people=150_000, n_days=1_400)], {}, "at most 150 million person-days"),
    "fractions": (["classroom", {"posting": 1 / 3, "content": 2 / 3}], {}, "whole per cent"),
    "other levers": (["classroom", {**PLAIN, "ask_reviews": False}], {}, "plain cannot be said"),
    "channels": (["classroom", {**PLAIN, "announce": ["mail"]}], {}, "plain cannot be said"),
    "effort": (["classroom", {"name": "none"}, "posting_only"], {}, "none"),
    "seed": (["classroom"], {"seed": -1}, "seed = -1 is not allowed"),
    "text": (["classroom"], {"seed": "x"}, "seed = 'x' is not allowed"),
    "height": (["classroom"], {"height": 10}, "height = 10 is not allowed"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_page_cannot_say_is_said_in_one_line(case):
    asked, more, line = REFUSED[case]
    with pytest.raises(InputError) as caught:
        explore(*asked, **more)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- what the page makes of it -------------------------------------------------------------------


def test_the_page_asks_the_engine_for_what_was_meant():
    """Every preset, every strategy, splits, a change of course: state.js reads what we wrote, and
    asks for the world and the strategies, lever by lever."""
    cases = [(name, "posting_only", "community_building") for name in presets()]
    cases += [("classroom", name, "posting_only") for name in STRATEGIES if name != "do_nothing"]
    cases += [case for case, _ in SAID]
    with state_js() as ask:
        for case in cases:
            world, a, b = (*case, *("posting_only", "community_building")[len(case) - 1 :])
            state = explore(world, a, b, seed=5).state
            found = ask({"hash": state})
            assert found["wrong"] == [], state
            assert found["again"] == state
            assert found["seed"] == 5
            scenario = at_page_size(world) if isinstance(world, str) else world
            assert found["settings"] == settings_of(scenario), state
            for side, strategy in zip(found["strategies"], (a, b), strict=True):
                wanted = json.loads(json.dumps(levers_of(Strategy.load(strategy))))
                close(side, wanted)


def close(found, wanted):
    """Assert that two nested values are the same, numbers to the rounding of a per cent."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name in wanted:
            close(found[name], wanted[name])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            close(one, other)
    else:
        assert found == pytest.approx(wanted, abs=1e-12)


# ---- where it is shown ---------------------------------------------------------------------------

#: Whether the frame can read what it stands in.
PEEK = "(() => { try { return parent.document.title } catch { return 'refused' } })()"

#: What VS Code allows in the frame in which it shows outputs.
VS_CODE = (
    "default-src 'none'; script-src https: 'unsafe-inline' 'unsafe-eval'; "
    "style-src https: 'unsafe-inline'; img-src https: http: data:; font-src https:; "
    "connect-src https:; child-src https: data:"
)


def exported(tmp_path, code):
    """Return an HTML export of a notebook with what a cell shows."""
    from nbconvert import HTMLExporter

    shown = {"text/html": code._repr_html_(), "text/plain": repr(code)}
    cell = nbformat.v4.new_code_cell("explore()", id="shown")
    cell.outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=1)]
    file = tmp_path / "export.html"
    nb = nbformat.v4.new_notebook(cells=[cell])
    file.write_text(HTMLExporter().from_notebook_node(nb)[0], encoding="utf-8")
    return file


def in_vs_code(tmp_path, code):
    """Return a page with the policy that VS Code gives outputs."""
    file = tmp_path / "output.html"
    head = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{VS_CODE}">'
    file.write_text(f"{head}<body>{code._repr_html_()}</body>", encoding="utf-8")
    return file


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("place", [exported, in_vs_code])
def test_it_is_there_and_alive(tmp_path, place):
    """In an export and under the policy of VS Code, with every host out of reach: the page lives
    with the state that was asked for, as wide as the cell, and reads nothing around it."""
    from playwright.sync_api import sync_playwright

    file = place(tmp_path, explore("classroom", b="balanced", height=600))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        asked = []
        window.on("request", lambda request: asked.append(request.url))
        window.route("http*://**", lambda route: route.abort())
        window.goto(file.as_uri(), wait_until="domcontentloaded")
        frame = window.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector("#continuum", state="attached")
        data = json.loads(frame.evaluate("document.getElementById('continuum').textContent"))
        assert data["options"]["state"] == "scenario=classroom&b=balanced"
        box = window.query_selector("iframe").bounding_box()
        assert box["height"] >= 600
        assert box["width"] > 700
        assert frame.evaluate(PEEK) == "refused"
        alive(frame)
        window.wait_for_timeout(500)
        ours = "file:", "data:", "blob:", "about:"
        outside = [url for url in asked if not url.startswith(ours)]
        browser.close()
    assert not [url for url in outside if "mathjax" not in url.lower() and "require" not in url]


def alive(frame):
    """Wait until the page has drawn what it lived."""
    frame.wait_for_selector("[data-lived]:not([data-lived=''])", timeout=20_000)
