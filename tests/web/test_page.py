"""The page in a real Chromium: one file, its address, languages, frames, what is taken away."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulation import simulate
from tests.web.opened import drag, lives_of, nothing_is_told, now, say, steps, windows
from tests.web.parts import OPENING, choices, hash_of, scenario_of, side, strategy_of
from tests.web.test_choices_js import refused

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom"


# ---- one file ------------------------------------------------------------------------------------


def test_it_is_one_small_file_that_asks_nobody(open_window, files):
    """At most 1.5 MB; opened from a file, with no host in the world, it lives its first step."""
    assert files["page"].stat().st_size <= 1.5e6
    window = open_window(file="page")
    window.page.wait_for_selector("canvas")
    assert window.page.evaluate("performance.getEntriesByType('resource').map(e => e.name)") == []
    assert window.page.title()
    assert window.page.locator("h1").inner_text() == "One post"
    text = files["page"].read_text("utf-8")
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", text)


LIVE = """async (hash) => {
  const { choices } = continuum, { choice, problems } = choices.fromHash(hash);
  const sides = await (await continuum.lives).pair({ ...choices.asked(choice), days: true });
  const text = (bytes) => {
    let all = "";
    for (let at = 0; at < bytes.length; at += 8192) all += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(all);
  };
  const inOne = (columns) => {
    const all = new Float64Array(columns.length * columns[0].length);
    columns.forEach((column, i) => all.set(column, i * column.length));
    return text(new Uint8Array(all.buffer));
  };
  return { problems: problems.length, sides: sides.map(({ summary, days }) => ({
    names: Object.keys(summary), summary: inOne([Object.values(summary)]),
    columns: Object.keys(days), days: inOne(Object.values(days)) })) };
}"""  # noqa: E501


@pytest.fixture(scope="module")
def living(browser, files):
    """A window whose engine lives one choice after the other."""
    with windows(browser, files) as opened:
        window = opened("step=sandbox&scenario=classroom&n_people=100")
        window.settle()
        yield window


@st.composite
def small(draw: st.DrawFn) -> dict[str, Any]:
    """A choice that is soon lived: few people, some months."""
    choice = draw(choices(8))
    changes = choice["changes"] | {
        "n_people": draw(st.integers(1, 2500)), "n_days": draw(st.integers(2, 160)),
        "days_warm_up": draw(st.sampled_from([0, 30, 120])), "launches": 1,
    }  # fmt: skip
    changes["launch_day"] = draw(st.integers(0, changes["n_days"] - 1))
    for letter in "ab":
        if choice[letter]["then"]:
            choice[letter]["thenDay"] = draw(st.integers(1, changes["n_days"] - 1))
    return {**choice, "changes": changes}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(choice=small().filter(lambda one: not refused(one)))
@example(choice=OPENING)
@example(choice={**OPENING, "scenario": "product_drops", "a": side("deal_driven")})
def test_it_lives_what_python_lives(living, choice):
    """A hundred settings: every outcome of every day, and the summaries, to the last bit."""
    found = living.page.evaluate(LIVE, hash_of(choice))
    assert found["problems"] == 0
    for letter, there in zip("ab", found["sides"], strict=True):
        run = simulate(
            scenario_of(choice),
            strategy_of(choice[letter]),
            seed=choice["seed"],
            replication=choice["world"],
        )
        summary = np.frombuffer(base64.b64decode(there["summary"]))
        here = [run.summary[name] for name in there["names"]]
        np.testing.assert_array_equal(summary, np.array(here, float))
        assert set(there["names"]) == set(run.summary)
        days = np.frombuffer(base64.b64decode(there["days"])).reshape(len(there["columns"]), -1)
        np.testing.assert_array_equal(days.T, run.series[there["columns"]].to_numpy(float))
        assert set(run.series) - set(there["columns"]) == {"time", "cumulative_sales"}


def test_only_the_newest_is_lived(open_window):
    """What begins is the newest setting, what never ends is ended, and the last one shows."""
    window = open_window("step=sandbox&scenario=classroom")
    window.settle()
    window.page.evaluate("""async () => {
      const lives = await continuum.lives, { soon } = lives;
      const changed = (asked) => JSON.stringify(asked);
      window.counted = { begun: 0, ended: 0, old: 0, atOnce: 0, newest: [null, null] };
      lives.soon = (i, asked) => ((counted.newest[i] = changed(asked)), soon.call(lives, i, asked));
      lives.lanes.forEach((lane, i) => {
        const { start, end } = lane;
        lane.worker.postMessage = () => {}; // the life that begins first takes for ever
        lane.start = (job) => {
          if (job.other) return start.call(lane, job);
          counted.begun++;
          if (lane.job) counted.atOnce++;
          if (changed(job.asked) !== counted.newest[i]) counted.old++;
          return start.call(lane, job);
        };
        lane.end = () => (lane.job && !lane.job.other && counted.ended++, end.call(lane));
      });
    }""")
    window.page.evaluate("""async () => {
      const slider = document.querySelector("#control-p_buy"), at = Number(slider.value);
      for (let k = 1; k <= 20; k++) {
        slider.value = at + k;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => setTimeout(done, 5));
        if (Number(slider.value) !== at + k) throw new Error("the slider does not follow the hand");
      }
    }""")
    window.settle()
    counted = window.page.evaluate("counted")
    assert counted["old"] == counted["atOnce"] == 0
    assert counted["begun"] >= 4  # the one that hung and the last, on both sides
    assert counted["ended"] >= 2
    window.expect()
    assert window.choice()["changes"]["p_buy"] > 0.03


# ---- the address ---------------------------------------------------------------------------------


def test_back_forward_and_reload(open_window):
    """The address is the state; one stroke of a hand is one step back."""
    window = open_window(CLASS)
    window.settle()
    start = window.choice()
    drag(window, "#control-p_buy", [0.6, 0.7, 0.8])
    window.page.mouse.up()
    window.settle()
    dragged = window.choice()
    assert set(dragged["changes"]) == {"p_buy"}
    window.page.select_option(".hands .side-a > select", "balanced")
    window.settle()
    window.press("New luck")
    window.settle()
    window.page.go_back()
    window.settle()
    after, numbers = window.choice(), window.numbers()
    window.page.reload()
    window.settle()
    assert window.choice() == after
    assert window.numbers() == numbers
    window.page.go_back()
    window.expect(dragged)
    window.page.go_back()
    window.expect(start)
    window.page.go_forward()
    window.expect(dragged)
    window.press("Back")
    assert window.page.get_attribute("[data-step]", "data-step") == "flip"
    window.page.go_back()
    window.expect(dragged)


def test_a_link_gives_another_window_the_same(open_window):
    """What is shared opens the same world, strategies, luck and numbers elsewhere."""
    window = open_window(CLASS)
    window.settle()
    window.keys("#control-p_follow", "ArrowRight", 3)
    window.page.click(".side-b summary")
    window.keys("#b-hosting", "ArrowLeft", 5)
    window.press("New luck")
    window.settle()
    numbers, choice = window.numbers(), window.choice()
    window.page.evaluate("() => void (navigator.clipboard.writeText = () => Promise.reject())")
    window.press("Share")
    link = window.page.input_value("input.link")
    assert link.startswith("#")  # of a file nobody else has: it is to be sent along, which is said
    assert "send the file" in window.page.inner_text(".shared")
    other = open_window(link[1:])
    other.settle()
    assert other.choice() == choice
    assert other.numbers() == numbers
    other.expect()


@pytest.mark.parametrize(
    "hash",
    [
        "p_buy=%3Cscript%3Ewindow.hacked=1%3C/script%3E",
        "a=%3Cimg%20src=x%20onerror=window.hacked=1%3E",
        "b_then=javascript:alert(1)&zzz=%7B%7Bconstructor.constructor('window.hacked=1')()%7D%7D",
        "friends_file=/etc/passwd&graph=file",
        "n_people=99999999999&n_days=-3",
    ],
)
def test_a_hostile_address_is_said_and_left_out(open_window, hash):
    """What is wrong is shown as text, nothing of it is run, and the page works as it opens."""
    window = open_window(f"{CLASS}&{hash}")
    window.settle()
    said = window.page.locator(".problem")
    assert said.count() >= 1
    assert all(text.strip() for text in said.all_inner_texts())
    assert window.page.evaluate("window.hacked") is None
    assert window.page.locator(".problem img, .problem script").count() == 0
    assert window.choice() == {**OPENING, "scenario": "classroom"}
    window.keys("#control-p_buy", "ArrowRight")
    window.settle()
    assert window.page.locator(".problem").count() == 0


# ---- languages -----------------------------------------------------------------------------------

#: Text on the screen that is not marked as English, with what it stands in.
SHOWN = """() => {
  const found = [], walk = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: at, textContent: text } = walk.currentNode;
    if (!text.trim() || at.closest("[lang]:not([lang=el]), code, pre, style") || !at.checkVisibility()) continue;
    found.push(text.trim());
  }
  for (const e of document.querySelectorAll("#page [aria-label], #page [aria-valuetext], #page [title]"))
    if (!e.closest("[lang]:not([lang=el]), [aria-hidden=true]"))
      found.push(...["aria-label", "aria-valuetext", "title"].map((n) => e.getAttribute(n)).filter(Boolean));
  return found;
}"""  # noqa: E501


def assert_greek(window: Any) -> None:
    """Nothing on the screen is in Latin letters but names of files and of the page itself."""
    latin = [
        text for text in window.page.evaluate(SHOWN)
        if re.search(r"[A-Za-z]{3,}", re.sub(r"Continuum|Python|CSV|email|mail|SCORM", "", text))
    ]  # fmt: skip
    assert latin == []
    shown = " ".join(window.page.evaluate(SHOWN))
    assert "{" not in shown
    assert "undefined" not in shown
    assert "NaN" not in shown


def test_every_step_in_greek(open_window):
    """Every word is there, before and after the guess, in every tab and beside every control."""
    window = open_window("lang=el")
    page = window.page
    assert page.get_attribute("html", "lang") == "el"
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] :is(canvas, svg)")
        assert re.search(r"[\u0370-\u03ff]", page.inner_text("h1"))
        if step["kind"] != "sandbox":
            assert_greek(window)
            window.reveal()
            page.wait_for_selector(".verdict" if step["kind"] != "duel" else ".after button.main")
            if step["kind"] == "duel":
                page.click(".after button.main")
                page.wait_for_selector(".verdict")
            window.open_all()
            assert_greek(window)
            page.click(".turn .next")
    window.open_all()
    for button in page.locator(".control button[aria-expanded]").all():
        button.click()
    page.click("#tab-diary")
    page.click(".crowds canvas >> nth=1", position={"x": 350, "y": 90})
    page.wait_for_selector("[data-diary='b'] li:nth-child(3)")
    window.worlds()
    for tab in page.locator("[role=tab]").all():
        tab.click()
        window.open_all()
        assert_greek(window)


def test_the_language_changes_and_all_else_stays(open_window):
    """The guess under the hand, the world, the numbers: only the words are others."""
    window = open_window("step=posts")
    nothing_is_told(window)
    window.keys(".guess input", "ArrowRight", 30)
    guess = now(window)
    window.press("Ελληνικά")
    assert window.page.get_attribute("html", "lang") == "el"
    assert now(window) == guess
    window.reveal()
    result = window.page.wait_for_selector(".verdict").get_attribute("data-result")
    window.press("English")
    verdict = window.page.wait_for_selector(".verdict")
    assert verdict.get_attribute("data-result") == result
    assert "You guessed" in verdict.inner_text() or "It was" in verdict.inner_text()
    window = open_window(f"{CLASS}&p_buy=0.2")
    window.settle()
    numbers, choice = window.numbers(), window.choice()
    window.press("Ελληνικά")
    window.settle()
    assert window.choice() == choice
    assert window.numbers() == numbers
    assert "lang=el" in window.hash()


# ---- what is taken away --------------------------------------------------------------------------


def test_the_days_that_are_downloaded(open_window):
    """The file is that of what is on the screen, column by column what run.series holds."""
    window = open_window(f"{CLASS}&b=deal_driven")
    window.settle()
    window.keys("#control-p_buy", "ArrowRight", 4)
    window.settle()
    with window.page.expect_download() as download:
        window.press("Download the days (CSV)")
    assert download.value.suggested_filename == "continuum_days.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    choice = window.choice()
    assert choice["changes"]
    for letter in "ab":
        run = simulate(scenario_of(choice), strategy_of(choice[letter]))
        mine = [row for row in rows if row["side"] == letter.upper()]
        assert {row["strategy"] for row in mine} == {choice[letter]["strategy"]}
        assert set(mine[0]) - {"side", "strategy"} == set(run.series)
        for name, column in run.series.items():
            there = [float(row[name]) for row in mine]
            np.testing.assert_array_equal(there, column.to_numpy(float), name)


def test_the_same_in_python(open_window):
    """What is shown there is what pythonOf gives, which test_lived_js.py runs."""
    window = open_window(f"{CLASS}&p_buy=0.2&seed=4")
    window.settle()
    window.press("The same in Python")
    text = window.page.inner_text(".taking pre")
    assert 'Scenario.load("classroom").replace(p_buy=0.2)' in text
    assert "seed=4" in text
    compile(text, "page", "exec")


def test_on_paper_it_is_a_handout(open_window, tmp_path):
    """Printed: what was chosen, the pictures and all numbers are there, on several pages."""
    window = open_window(f"{CLASS}&p_buy=0.2&b_shares=20,10,40,20,10,0")
    window.worlds()
    file = tmp_path / "page.pdf"
    window.page.pdf(path=file, format="A4", print_background=True)
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
        ).stdout
    else:
        window.page.emulate_media(media="print")
        window.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        window.page.wait_for_selector(".printed table")
        text = window.page.inner_text("body")
    said = " ".join(text.split())
    choice = window.choice()
    runs = [simulate(scenario_of(choice), strategy_of(choice[x])) for x in "ab"]
    assert "Small and fast" in said
    assert "Chance to buy: 20%" in said
    assert "Hosting the community 20%" in said
    assert "p_buy=0.2" in said
    for picture in ("copies sold so far", "Followers", "What carried the copies", "B less A"):
        assert picture.lower() in said.lower(), picture
    for name in ("sales", "n_member", "gifts", "hours"):
        a, b = (say(window, "{n}", n=float(run.summary[name])) for run in runs)
        assert re.search(rf" {name}\s+{re.escape(a)}\s+{re.escape(b)}\b", said), name
    assert "Share" not in said.split()  # no buttons on paper
    pages = len(re.findall(rb"/Type\s*/Page\b", file.read_bytes()))
    assert 2 <= pages <= 6


# ---- in a frame of somebody else -----------------------------------------------------------------


@pytest.fixture
def framed(browser, files, tmp_path):
    """Open a page of somebody else that holds ours in a frame of another origin."""
    opened = []

    def new(hash: str = "", options: dict[str, Any] | None = None) -> Any:
        html = files["small"].read_text("utf-8")
        for name, value in (options or {"state": hash}).items():
            html = html.replace(f'"{name}":""', f'"{name}":{json.dumps(value)}', 1)
        holder = tmp_path / "holder.html"
        inside = json.dumps(html).replace("</", r"<\/")
        holder.write_text(
            "<!doctype html><meta charset='utf-8'><script>window.heard = [];"
            "addEventListener('message', (e) => heard.push([e.origin, e.data]));</script>"
            "<iframe sandbox='allow-scripts' width='1100' height='700'></iframe><script>"
            f"document.querySelector('iframe').srcdoc = {inside};"
            "</script>",
            encoding="utf-8",
        )
        page = browser.new_context(reduced_motion="reduce", locale="en-US").new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
        page.goto(holder.as_uri())
        opened.append((page, problems))
        return page, page.frame_locator("iframe")

    yield new
    for page, problems in opened:
        page.context.close()
        assert problems == []


def test_it_works_in_a_frame_of_another_origin(framed):
    """No address, no storage, no origin: the story goes on, and who holds the frame is told."""
    page, frame = framed("")
    frame.locator("canvas").wait_for()
    frame.locator(".guess input").focus()
    page.keyboard.press("End")
    frame.get_by_role("button", name="Show what happens").click()
    frame.locator(".verdict").wait_for()
    result = float(frame.locator(".verdict").get_attribute("data-result"))
    step = steps()["posts"]
    assert [result] == lives_of(step, step["a"], 1, "sales")
    frame.get_by_role("button", name="Next").click()
    frame.locator("[data-step='duel']").wait_for()
    page.wait_for_function("heard.some(([, d]) => d.continuum.state === 'step=duel')")
    heard = page.evaluate("heard")
    assert {origin for origin, _ in heard} == {"null"}
    guesses = [data["continuum"] for _, data in heard if "guess" in data["continuum"]]
    assert [(g["step"], g["guess"], g["result"]) for g in guesses] == [("posts", 2000, result)]
    frame.get_by_role("button", name="Share").click()


def test_a_frame_opens_with_its_state(framed):
    """The state that is written into the file is the one it opens with, and moves are told."""
    page, frame = framed("step=sandbox&scenario=classroom&p_buy=0.2")
    frame.locator("[data-lived*=p_buy]").wait_for()
    assert frame.locator("[data-control='p_buy']").get_attribute("data-value") == "0.2"
    frame.locator("#control-p_buy").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("heard.length > 1")
    last = page.evaluate("heard.at(-1)[1].continuum.state")
    assert re.fullmatch(r"step=sandbox&scenario=classroom&p_buy=0\.\d+", last)
    assert "p_buy=0.2" not in last.split("&")


@pytest.mark.parametrize("embed", ["crowd", "lead", "funnel"])
def test_an_embedded_picture(open_window, embed):
    """One picture and one control, nothing else of the page; the control moves the picture."""
    window = open_window(f"scenario=classroom&embed={embed}&control=p_buy")
    page = window.page
    page.wait_for_selector(".embedded :is(canvas, svg)")
    if embed == "lead":
        window.worlds()
    assert page.locator(".crowds").count() == (embed == "crowd")
    assert page.locator(".picture").count() == (embed != "crowd")
    assert page.locator(".control").count() == 1
    assert page.locator(".head, .hands, .tabs, .turn, h1").count() == 0
    told = "document.querySelector('canvas, [role=img]').ariaLabel"
    before = page.evaluate(told)
    window.keys("#control-p_buy", "End")
    page.wait_for_function(f"(t) => {told} !== t", arg=before)
    run = simulate(scenario_of(window.choice()), "community_building")
    if embed == "crowd":
        assert int(page.get_attribute(".side-b [data-sold]", "data-sold")) == run.summary["sales"]
    if embed == "lead":
        window.worlds()
        assert f"B {run.summary['sales']:,.0f})" in page.inner_text(".said")
    if embed == "funnel":
        page.wait_for_function(f"(n) => {told}.includes(n)", arg=f"{run.summary['n_member']:,.0f}")


def test_an_embedded_story(open_window):
    """One step, one picture, one question, and the way on; what is wrong is said."""
    window = open_window("embed=story&step=duel")
    nothing_is_told(window)
    assert window.page.locator(".guess input").count() == 1
    assert window.page.locator(".head, .hands").count() == 0
    window.reveal()
    window.page.wait_for_selector("text=Was that luck?")
    window = open_window("embed=everything")
    assert "everything" in window.page.inner_text(".problem")
