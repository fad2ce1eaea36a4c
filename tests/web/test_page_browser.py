"""The page in a real Chromium: every control moved, its numbers held against `simulate`."""

from __future__ import annotations

import io
import json
import re
import socket
import time
import urllib.request
from dataclasses import replace

import pandas as pd
import psutil
import pytest

from simulation import compare, simulate
from simulation.core.outcomes import SUMMARY
from simulation.figures.diary import diary
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import ACTIVITIES
from simulation.web.choice import Choice, Side, moved_share
from simulation.web.controls import CONTROLS
from simulation.web.query import from_query, to_query
from simulation.web.shown import places
from simulation.web.stories import STORIES
from tests.web.browser import Window, chromium, served

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "?scenario=classroom"


@pytest.fixture(scope="module")
def server():
    """One server for all tests of this file."""
    pytest.importorskip("solara", reason="the page is an optional extra")
    with served() as (url, process):
        yield url, process


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests of this file."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_window(server, browser):
    """Open windows of the page, each of a browser that knows nothing of the others."""
    windows = []

    def new(query="", **context):
        context.setdefault("viewport", {"width": 1280, "height": 720})
        page = browser.new_context(accept_downloads=True, **context).new_page()
        windows.append(Window(page, server[0], query))
        return windows[-1]

    yield new
    for window in windows:
        window.page.context.close()
        assert window.problems == []


def expect(window: Window, choice: Choice) -> None:
    """Hold every number of the table against `simulate`, and the address against the choice."""
    shown = window.numbers()
    for side, strategy in zip("ab", choice.strategies(), strict=True):
        run = simulate(
            choice.build_scenario(), strategy, seed=choice.seed, replication=choice.world
        )
        for scalar in SUMMARY:
            value = run.summary[scalar.name]
            assert shown[scalar.name, side] == (None if value != value else value), scalar.name
    assert window.page.url.partition("?")[2] == to_query(choice)


def test_every_slider_and_switch_of_the_world(open_window):
    """Each is moved by the keyboard; the numbers are those of its world; reset undoes it."""
    window = open_window(CLASS)
    plain = Choice(scenario="classroom")
    expect(window, plain)
    for control in CONTROLS:
        here = f"#c-{control.name}"
        if control.kind == "switch":
            window.page.click(here)
            window.settle()
            value = not plain.value(control.name)
        else:
            stops = places(control, plain)
            at = stops.index(plain.value(control.name))
            keys = -3 if at >= 3 else 3
            window.slide(here, keys)
            value = stops[at + keys]
        moved = plain.with_value(control.name, value)
        expect(window, moved)
        window.page.click(f"[data-control='{control.name}'] button[title='back to the preset']")
        window.settle()
        expect(window, plain)


def test_every_lever_of_both_sides(open_window):
    """Strategies, shares and changes of course are lived as chosen, on each side."""
    window = open_window(CLASS)
    choice = Choice(scenario="classroom")
    for name, strategy in (("a", "balanced"), ("b", "deal_driven")):
        window.page.select_option(f"#strategy-{name}", strategy)
        window.settle()
        choice = choice.with_side(name, Side(strategy))
        expect(window, choice)
        for activity in ACTIVITIES:
            window.slide(f"[data-share='{name}-{activity}']", 4)
            side = choice.side(name)
            at = side.per_cent[ACTIVITIES.index(activity)]
            choice = choice.with_side(name, moved_share(side, activity, at + 4))
            expect(window, choice)
        window.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        window.page.select_option(f"#then-{name}", "posting_only")
        window.settle()
        window.slide(f"#then-day-{name}", 5)
        choice = choice.with_side(
            name, replace(choice.side(name), then="posting_only", then_day=round(119 / 4) + 5)
        )
        expect(window, choice)
    for name in "ab":
        window.page.click(f"button:text-is('reset {name.upper()}')")
        window.settle()
        choice = choice.with_side(name, replace(choice.side(name), shares=None))
        expect(window, choice)
    window.page.click("button:text-is('reset all')")
    window.settle()
    expect(window, Choice())


def test_luck(open_window):
    """New luck is another world; the same luck changes not one number, and the page says so."""
    window = open_window(CLASS)
    choice = Choice(scenario="classroom")
    for world in (1, 2):
        window.page.click("button:text-is('New luck')")
        window.settle()
        choice = replace(choice, world=world)
        expect(window, choice)
    window.page.click("button:text-is('Same luck')")
    window.settle()
    window.page.wait_for_selector("text=not one number changed")
    expect(window, choice)


def test_typical_luck(open_window):
    """Of fifty worlds the one nearest to the average is a press away; a lucky one is called so."""
    window = open_window(CLASS)
    window.page.wait_for_selector(".ct[data-worlds='50']", timeout=60_000)
    compared = compare("classroom", ["posting_only", "community_building"], replications=50)
    gaps = compared.differences["community_building"]
    window.page.click("button:text-is('Typical luck')")
    window.settle()
    typical = int((gaps - gaps.mean()).abs().idxmin())
    expect(window, replace(Choice(scenario="classroom"), world=typical))
    assert "luckier" not in window.page.inner_text(".also")
    best = int(gaps.idxmax())
    window.page.goto(window.page.url.partition("?")[0] + f"{CLASS}&world={best}")
    window.settle(0)
    window.page.wait_for_selector(".ct[data-worlds='50']", timeout=60_000)
    below = int((gaps < gaps.max()).sum())
    assert f"luckier for B than {below} of 50 worlds" in window.page.inner_text(".also")


def test_same_luck_raises_no_false_alarm(open_window):
    """Pressed while something newer is being lived, it does nothing rather than compare the two."""
    window = open_window("?n_people=100000")
    window.page.focus("#c-p_buy")
    for _ in range(3):
        window.page.keyboard.press("ArrowRight")
    window.page.click("button:text-is('Same luck')")
    window.settle()
    window.page.wait_for_timeout(300)
    assert window.page.query_selector(".alarm") is None


def test_a_story_stays_while_its_sliders_move(open_window):
    """The question that says which slider to move is still there when it is moved."""
    window = open_window(CLASS)
    window.page.click(".chip:text-is('bought followers')")
    window.settle()
    window.slide("#c-selection", 1)
    assert window.page.inner_text(".told").startswith("started from bought followers. ")
    assert window.page.query_selector(".chip.on") is None


def test_the_page_comes_back_after_the_server_was_started_again(browser):
    """The address holds it all: when the server is there again the page opens itself anew."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    context = browser.new_context()
    with served("--port", port) as (url, _):
        window = Window(context.new_page(), url, CLASS)
        window.slide("#c-p_buy", 2)
        query = window.page.url.partition("?")[2]
    with served("--port", port):
        window.page.wait_for_selector(".ct[data-lived='0']", timeout=60_000)
        expect(window, from_query(query)[0])
        window.slide("#c-p_buy", 1)
    context.close()


def test_every_card(open_window):
    """A card opens its world, whatever was open before; it is lived by `simulate`, and marked."""
    window = open_window(CLASS)
    cards = {name: f"scenario={name}" for name in presets()}
    for name, query in (cards | {story.name: story.query for story in STORIES}).items():
        window.page.click(f".chip:text-is('{name}')")
        window.settle()
        expect(window, from_query(query)[0])
        assert window.page.inner_text(".chip.on") == name
        assert window.page.inner_text(".told").startswith(f"{name}. ")


def test_the_drawings_show_the_numbers(open_window):
    """Labels of the stages, the funnel and the touchpoints are the run's; drawings tell it too."""
    window = open_window(CLASS)
    a, b = (simulate("classroom", s) for s in ("posting_only", "community_building"))
    ends = window.page.eval_on_selector_all("text.label.end", "all => all.map(t => t.textContent)")
    stages = ("stranger", "follower", "subscriber", "member")
    assert ends == [f"{s} {run.summary[f'n_{s}']:,.0f}" for run in (a, b) for s in stages]
    text = window.page.text_content(".grid")
    for run, letter in ((a, "A"), (b, "B")):
        assert f"{letter}: {run.summary['sales']:.0f} cop" in text
    told = window.page.eval_on_selector_all("figure[role=img]", "all => all.map(f => f.ariaLabel)")
    mails = int(b.series["sales_by_mail"].sum())
    sold = f"B sold {b.summary['sales']:.0f} copies"
    assert any(sold in text and f"{mails} by mail" in text for text in told)
    gap = b.summary["sales"] - a.summary["sales"]
    assert f"{'B' if gap > 0 else 'A'} sells {abs(gap):.0f} more cop" in window.page.inner_text(
        "header"
    )


def test_the_fan_fills_while_the_sliders_answer(open_window):
    """Worlds are added one by one; a move made meanwhile is lived before they are all there."""
    window = open_window()
    window.page.wait_for_function("+document.querySelector('.ct').dataset.worlds >= 2")
    window.slide("#c-p_buy", 1)
    assert int(window.page.get_attribute(".ct", "data-worlds")) < 50
    window.page.wait_for_selector(".ct[data-worlds='50']", timeout=120_000)
    assert "50 worlds" in window.page.inner_text(".said")
    expect(window, from_query(window.page.url.partition("?")[2])[0])


def test_no_control_goes_dead_and_only_the_newest_is_lived(open_window):
    """While a large world is lived, sliders move on; few of the moves are lived, the last is."""
    window = open_window("?n_people=200000")
    window.page.evaluate("""() => {
        window.lived = new Set();
        const ct = document.querySelector('.ct');
        new MutationObserver(() => window.lived.add(ct.dataset.lived))
          .observe(ct, { attributes: true, attributeFilter: ['data-lived'] });
    }""")
    at = int(window.page.input_value("#c-p_buy"))
    for k in range(1, 11):
        window.page.focus("#c-p_buy")
        window.page.keyboard.press("ArrowRight")
        assert int(window.page.input_value("#c-p_buy")) == at + k  # it followed the hand
        assert window.page.is_enabled("#c-p_buy")
    window.settle()
    assert window.page.evaluate("window.lived.size") < 10
    expect(window, from_query(window.page.url.partition("?")[2])[0])
    assert int(window.page.input_value("#c-p_buy")) == at + 10


def test_reload_back_and_forward_keep_what_was_chosen(open_window):
    """The address is the state: a reload, the back button and the forward button all keep it."""
    window = open_window(CLASS)
    window.slide("#c-p_join", 2)
    window.page.select_option("#strategy-a", "balanced")
    window.settle()
    after = from_query(window.page.url.partition("?")[2])[0]
    expect(window, after)
    window.page.reload()
    window.settle(0)
    expect(window, after)
    window.back()
    before = from_query(window.page.url.partition("?")[2])[0]
    assert before == after.with_side("a", Side("posting_only"))
    expect(window, before)
    window.forward()
    expect(window, after)


def test_one_stroke_of_a_slider_is_one_step_back(open_window):
    """Dragging over twenty places and letting go is undone by one press of the back button."""
    window = open_window(CLASS)
    window.page.locator("#c-p_buy").scroll_into_view_if_needed()
    box = window.page.locator("#c-p_buy").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    window.page.mouse.move(x, y)
    window.page.mouse.down()
    for step in range(20):
        window.page.mouse.move(x + 4 * step, y)
        window.page.wait_for_timeout(20)
    window.page.mouse.up()
    window.page.wait_for_url("**p_buy**")  # on a busy machine the address follows a little later
    window.settle()
    moved = from_query(window.page.url.partition("?")[2])[0]
    assert moved.value("p_buy") > 0.05
    expect(window, moved)
    window.back()
    expect(window, Choice(scenario="classroom"))


def test_two_windows_do_not_mix(open_window):
    """What is moved in one window leaves the other as it was."""
    one, two = open_window(CLASS), open_window(CLASS + "&b=balanced")
    one.slide("#c-p_buy", 3)
    two.slide("#c-p_follow", -3)
    for window in (one, two):
        expect(window, from_query(window.page.url.partition("?")[2])[0])
    assert "p_buy" in one.page.url
    assert "p_follow" not in one.page.url
    assert "p_follow" in two.page.url
    assert "p_buy" not in two.page.url


@pytest.mark.parametrize(
    "query",
    [
        "?p_buy=%3Cscript%3Ewindow.hacked=1%3C/script%3E",
        "?a=%3Cimg%20src=x%20onerror=window.hacked=1%3E",
        "?b_then=javascript:alert(1)&zzz=%7B%7Bconstructor.constructor('window.hacked=1')()%7D%7D",
        "?friends_file=/etc/passwd&graph=file",
        "?n_people=99999999999&n_days=-3",
    ],
)
def test_a_hostile_address_is_said_and_falls_back(open_window, query):
    """What is wrong is shown as text, nothing of it is executed, the rest is as it opens."""
    window = open_window(query)
    assert window.page.inner_text(".problems")
    assert window.page.evaluate("window.hacked") is None
    assert window.page.query_selector(".problems img, .problems script") is None
    window.slide("#c-p_buy", 1)
    assert window.page.query_selector(".problems") is None
    expect(window, Choice().with_value("p_buy", places(CONTROLS[7], Choice())[32]))


def test_the_crowd_plays_and_a_person_can_be_followed(open_window):
    """Play moves the day, pause stops it, scrubbing sets it; the diary is that of the run."""
    window = open_window(CLASS)
    page = window.page
    page.wait_for_selector(".crowd canvas")
    page.click("button:has-text('Play')")
    page.wait_for_function("+document.querySelector('#day').value > 5")
    page.click("button:has-text('Pause')")
    stopped = page.input_value("#day")
    page.wait_for_timeout(300)
    assert page.input_value("#day") == stopped
    page.select_option("[aria-label='days a second']", "120")
    page.click("button:has-text('Play')")
    page.wait_for_function("+document.querySelector('#day').value === 119")
    run = simulate("classroom", "community_building", events=True)
    for day in (119, 60):
        page.fill("#day", str(day))
        stages = page.inner_text(".crowd.b .bands").split()
        counts = [int(t.replace(",", "")) for t in stages if t.replace(",", "").isdigit()]
        assert counts == [run.series.loc[day, f"n_{s}"] for s in
                          ("stranger", "follower", "subscriber", "member")]  # fmt: skip
    buyer = int(run.people.index[run.people["owns"]][0])
    page.fill("[aria-label='number of a person']", str(buyer))
    page.keyboard.press("Tab")
    page.wait_for_selector("[data-diary='b']")
    lines = page.eval_on_selector_all("[data-diary='b'] li", "all => all.map(x => x.textContent)")
    assert lines[1:-1] == [str(entry) for entry in diary(run, buyer)]
    assert any("bought" in line or "gave" in line for line in lines)
    page.click(".crowd.a canvas", position={"x": 350, "y": 100})
    page.wait_for_function(
        f"!document.querySelector('.diaries h4').textContent.includes(' {buyer} ')"
    )
    page.focus(".crowd.a canvas")
    before = page.inner_text(".diaries h4")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "t => document.querySelector('.diaries h4').textContent !== t", arg=before
    )


def test_what_is_taken_away_is_what_is_shown(open_window):
    """Files are downloaded by the browser, and hold the run on the screen."""
    window = open_window(CLASS + "&p_buy=0.2")
    choice = from_query("scenario=classroom&p_buy=0.2")[0]
    files = {}
    for kind in (
        "PNG",
        "SVG",
        "CSV",
        "XLSX",
        "scenario.toml",
        "strategy_a.toml",
        "strategy_b.toml",
    ):
        with window.page.expect_download() as download:
            window.page.click(f"footer button:text-is('{kind}')")
        files[download.value.suggested_filename] = download.value.path().read_bytes()
    assert files["continuum.png"].startswith(b"\x89PNG")
    assert b"</svg>" in files["continuum.svg"]
    assert b"p_buy = 0.2" in files["scenario.toml"]
    assert b'name = "community_building"' in files["strategy_b.toml"]
    days = pd.read_csv(io.BytesIO(files["days.csv"]))
    run = simulate(choice.build_scenario(), "community_building")
    assert days[days["side"] == "B"]["sales"].tolist() == run.series["sales"].tolist()
    book = pd.read_excel(io.BytesIO(files["continuum.xlsx"]), "summary").set_index("outcome")
    assert book.loc["sales", "B"] == run.summary["sales"]


def test_it_can_be_read_by_everybody(open_window):
    """axe finds nothing (contrast, names, roles) in either size; the keyboard reaches it all."""
    from axe_playwright_python.sync_playwright import Axe

    for size in ({"width": 1280, "height": 720}, {"width": 400, "height": 800}):
        window = open_window(CLASS, viewport=size)
        window.page.wait_for_selector(".crowd canvas")
        window.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(window.page, context=".ct").response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    window = open_window(CLASS)
    window.page.wait_for_selector(".crowd canvas")
    reached = set()
    window.page.focus(".skip")
    for _ in range(140):
        window.page.keyboard.press("Tab")
        name = "(e => e.id || e.dataset.share || e.className || e.textContent)"
        reached.add(window.page.evaluate(f"{name}(document.activeElement)"))
    assert {f"c-{control.name}" for control in CONTROLS} <= reached
    assert {f"{side}-{activity}" for side in "ab" for activity in ACTIVITIES} <= reached
    assert {"strategy-a", "strategy-b", "day", "play"} <= reached


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (400, 800)])
def test_it_fits(open_window, width, height):
    """Nothing is wider than the window; on a projector the answer and both sides are in view."""
    window = open_window(CLASS, viewport={"width": width, "height": height})
    page = window.page
    page.wait_for_selector(".crowd canvas")
    assert page.evaluate("document.querySelector('.ct').scrollWidth") <= width
    too_wide = page.evaluate("""w => [...document.querySelectorAll('.ct *')]
        .filter(e => !e.closest('.sr, .skip, details:not([open])'))
        .filter(e => e.getBoundingClientRect().right > w + 1).map(e => e.outerHTML.slice(0, 90))""",
        width)  # fmt: skip
    assert too_wide == []
    if width == 1280:
        for place in (
            ".said",
            "#strategy-b",
            "[data-share='b-hosting']",
            "section.mid",
            "section.b",
        ):
            box = page.locator(place).first.bounding_box()
            assert box["y"] + box["height"] <= height, place
    else:
        assert not page.is_visible("#c-p_buy")
        page.click("text=Show the sliders")
        window.slide("#c-p_buy", 2)
        assert page.locator("section.mid").first.bounding_box()["width"] > 330


def test_no_outside_host_is_asked(server, browser):
    """With all other hosts blocked, the page is whole, and nothing was even tried."""
    url, process = server
    context = browser.new_context()
    asked = []

    def decide(route):
        asked.append(route.request.url)
        here = route.request.url.startswith((url, "data:", "blob:"))
        (route.continue_ if here else route.abort)()

    context.route("**/*", decide)
    window = Window(context.new_page(), url, CLASS)
    window.page.wait_for_selector(".crowd canvas")
    assert window.problems == []
    assert [u for u in asked if not u.startswith((url, "data:", "blob:"))] == []
    remote = [c.raddr.ip for c in psutil.Process(process.pid).net_connections() if c.raddr]
    assert set(remote) <= {"127.0.0.1"}
    context.close()


def test_sessions_leave_memory_where_it_was(browser):
    """Windows opened and closed leave no sessions, no threads and little memory behind.

    After five the server is as large as it gets: the next ten add less than 2 MB in all.
    """
    with served() as (url, process):
        me = psutil.Process(process.pid)

        def open_and_close(n):
            for _ in range(n):
                context = browser.new_context()
                window = Window(context.new_page(), url, CLASS)
                window.slide("#c-p_buy", 1)
                window.page.close(run_before_unload=True)  # as a hand closes it
                deadline = time.monotonic() + 30
                while (kept := kernels(url)) and time.monotonic() < deadline:
                    time.sleep(0.05)
                context.close()
            return me.memory_info().rss, me.num_threads(), kept

        before, threads, _ = open_and_close(6)  # with what is loaded at first use
        after, threads_after, kept = open_and_close(8)
    assert kept == 0
    assert threads_after <= threads + 3  # the pool of the server comes and goes
    assert after - before < 8e6, f"{before / 1e6:.0f} MB became {after / 1e6:.0f}"


def kernels(url):
    """Return how many sessions the server keeps."""
    with urllib.request.urlopen(url + "resourcez") as answer:
        return json.load(answer)["kernels"]["total"]


def test_the_frame_names_no_other_host(server):
    """The page is served under our title, and names no file of another host."""
    with urllib.request.urlopen(server[0]) as answer:
        text = answer.read().decode()
    assert "<title>Continuum</title>" in text
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*https?://(?!127\.0\.0\.1)", text)
