"""The page in a real Chromium, from a file: what is pressed, and what is then on the screen."""

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
from simulation.core.stages import TOUCHPOINTS
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.statistics import mean_interval, minus
from simulation.web.controls import at_page_size
from simulation.web.texts import texts
from tests.web.opened import SIZES, lives_of, steps, windows, world_of
from tests.web.parts import OPENING, choices, hash_of, scenario_of, side, strategy_of
from tests.web.test_choices_js import refused

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom"


# ---- one file -----------------------------------------------------------------------------------


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


# ---- the story ----------------------------------------------------------------------------------


def say(window: Any, text: str, **values: Any) -> str:
    """Return a text of the page as it says it: its words, with numbers as it writes them."""
    return window.page.evaluate("([t, v]) => continuum.say.value.filled(t, v)", [text, values])


def amount(window: Any, outcome: str, n: float) -> str:
    """Return so much of an outcome as the page says it."""
    return window.page.evaluate("([o, n]) => continuum.say.value.amount(o, n)", [outcome, n])


def words(window: Any, step: str, part: str) -> str:
    """Return the words of a step."""
    return window.page.evaluate(
        "([s, p]) => continuum.story.find((x) => x.name === s).words.en[p]", [step, part]
    )


def nothing_is_told(window: Any) -> None:
    """Before the guess: no verdict, no result, nobody has bought, and the worlds are not lived."""
    page = window.page
    page.wait_for_selector(".stage :is(canvas, svg)")
    assert page.locator(".verdict, [data-result], .guess-line, .headline, tbody tr").count() == 0
    sold = page.eval_on_selector_all("[data-sold]", "all => all.map((e) => e.dataset.sold)")
    if window.page.get_attribute("[data-step]", "data-step") != "parts":
        assert set(sold) <= {"0"}
    assert page.evaluate("continuum.guesses.value") == {}


@pytest.mark.parametrize("by", ["keyboard", "mouse"])
@pytest.mark.parametrize("guess", ["far above", "far below", "near"])
def test_a_number_is_guessed(open_window, by, guess):
    """The result is Python's; who guessed too high, too low, or near is told so, and why."""
    window, step = open_window("step=posts"), steps()["posts"]
    nothing_is_told(window)
    (lived,) = lives_of(step, step["a"], 1, "sales")
    slider = window.page.locator(".guess input")
    if by == "keyboard":
        key = {"far above": "End", "far below": "Home", "near": "ArrowRight"}[guess]
        window.keys(".guess input", key)
        while guess == "near" and abs(now(window) - lived) > 0.2 * lived:
            window.page.keyboard.press("ArrowLeft" if now(window) > lived else "ArrowRight")
        window.page.keyboard.press("Tab")
        window.page.keyboard.press("Enter")
    else:
        notch = np.log1p(lived) / np.log1p(step["most"])
        part = {"far above": 0.99, "far below": 0.01, "near": notch}[guess]
        box = slider.bounding_box()
        window.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        window.page.mouse.down()
        window.page.mouse.move(
            box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2, steps=5
        )
        window.page.mouse.up()
        window.reveal()
    guessed = now(window)
    verdict = window.page.wait_for_selector(".verdict")
    assert verdict.get_attribute("data-verdict") == {
        "far above": "above",
        "far below": "below",
    }.get(guess, "near")
    assert float(verdict.get_attribute("data-result")) == lived
    run = simulate(world_of(step), step["a"])
    heads = run.series.loc[world_of(step)["launch_day"], "n_follower"].item()
    told = say(
        window, words(window, "posts", verdict.get_attribute("data-verdict")),
        guess=amount(window, "sales", guessed), lived=amount(window, "sales", lived), heads=heads,
        per_thousand=amount(window, "sales", 1000 * lived / heads),
    )  # fmt: skip
    assert verdict.inner_text() == told
    line = window.page.get_attribute(".guess-line", "aria-label")
    assert say(window, "{n}", n=lived) in line
    assert say(window, "{n}", n=guessed) in line
    assert slider.is_disabled()
    assert window.page.get_attribute("[data-sold]", "data-sold") == f"{lived:.0f}"
    kept = window.page.evaluate("continuum.guesses.value.posts")
    assert (kept["guess"], kept["result"]) == (guessed, lived)


def now(window: Any) -> float:
    """Return what is guessed at the moment."""
    return float(window.page.get_attribute("[data-guess]", "data-guess"))


@pytest.mark.parametrize("name", ["posts", "list", "community"])
def test_the_first_steps_of_the_story(open_window, name):
    """The page's own story: 625,000 people; what is lived is what Python lives."""
    window, step = open_window(f"step={name}", "page"), steps("page")[name]
    nothing_is_told(window)
    window.reveal()
    verdict = window.page.wait_for_selector(".verdict")
    (lived,) = lives_of(step, step["a"], 1, "sales")
    assert float(verdict.get_attribute("data-result")) == lived
    assert amount(window, "sales", lived) in verdict.inner_text()
    window.press("Next")
    assert window.page.locator(".verdict").count() == 0


#: Keep every headline that was on the screen, with what else was told beside it.
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const line = document.querySelector(".headline");
    if (line) window.seen.push([line.textContent, Number(line.dataset.worlds), Boolean(document.querySelector(".verdict"))]);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""  # noqa: E501


@pytest.mark.parametrize(("file", "n"), [("small", 12), ("page", 50)])
def test_who_sells_more_is_guessed(open_window, file, n):
    """One world, then all: the headline stays quiet until the last; then Python's mean is told."""
    window, step = open_window("step=duel", file), steps(file)["duel"]
    nothing_is_told(window)
    window.keys(".guess input", "ArrowLeft", 40)  # A by some copies: in both stories it is wrong
    guess = now(window)
    assert guess < 0
    window.reveal()
    window.page.wait_for_selector("text=Was that luck?")
    a, b = (lives_of(step, step[letter], n, "sales") for letter in "ab")
    first = window.page.inner_text(".after p")
    assert f"(A {a[0]:.0f}, B {b[0]:.0f})" in first
    assert window.page.locator(".verdict").count() == 0
    window.page.evaluate(WATCH)
    window.press("Was that luck?")
    verdict = window.page.wait_for_selector(".verdict")
    mean, low, *_ = (float(x) for x in mean_interval(minus(b, a)))
    assert low > 0  # B is ahead, so that the words below are those of ahead_b
    assert float(verdict.get_attribute("data-result")) == mean
    assert verdict.get_attribute("data-verdict") == "ahead_b"
    better = int((minus(b, a) > 0).sum())
    told = words(window, "duel", "ahead_b")
    more = amount(window, "sales", mean)
    named = {"guess": "", "low": "", "high": "", "a": "", "b": ""}
    said = say(window, told, n=n, more=more, better=better, **named)
    assert verdict.inner_text().startswith(said)
    worlds = [simulate(world_of(step), step["b"], replication=i) for i in range(n)]
    sums = sum(run.table["sales_by_touchpoint"].sum(axis=0) for run in worlds)
    most = texts()["en"]["touchpoints"][TOUCHPOINTS[int(sums.argmax())]]
    assert f": {most} {sums.max() / sums.sum():.0%}" in verdict.inner_text()
    assert more in window.page.inner_text(".headline")
    quiet = [seen for seen in window.page.evaluate("seen") if seen[1] < n]
    assert len({lived for _, lived, _ in quiet}) >= 3
    for text, lived, judged in quiet:
        assert text == f"Counting: {lived} of {n} worlds"
        assert not judged
    gaps = [whole(x) for x in window.page.eval_on_selector_all(
        ".stage .picture td", "all => all.map((e) => e.textContent)")]  # fmt: skip
    assert gaps == minus(b, a).tolist()


def whole(text: str) -> int:
    """Return a signed number of copies as the page writes it."""
    return int(text.replace("\u2212", "-").replace("+", "").replace(",", ""))


def test_which_part_matters_most_is_guessed(open_window):
    """Every guess in turn: what the bars show is Python's, and the verdict follows from it."""
    step = steps()["parts"]
    n, (_, *parts) = step["worlds"], [{}, *(part["changes"] for part in step["parts"])]
    whole, *without = (lives_of(step, step["a"], n, "contacts_visit", **c) for c in [{}, *parts])
    lost = [mean_interval(minus(list_, whole)) for list_ in without]
    means = [float(mean) for mean, *_ in lost]
    names = [part["name"] for part in step["parts"]]
    most = names[int(np.argmin(means))]
    second = sorted(means)[1]
    apart = mean_interval(minus(without[means.index(second)], without[names.index(most)]))
    assert float(apart[1]) > 0  # clearly: the verdict is right or wrong, not untold
    for guess in names:
        window = open_window("step=parts")
        nothing_is_told(window)
        assert window.page.get_by_role("button", name="Show what happens").is_disabled()
        window.page.focus(".choose input")
        window.page.keyboard.press("Space")
        for _ in range(names.index(guess)):
            window.page.keyboard.press("ArrowDown")
        window.reveal()
        verdict = window.page.wait_for_selector(".verdict")
        assert verdict.get_attribute("data-verdict") == ("right" if guess == most else "wrong")
        label = window.page.evaluate(
            "(name) => continuum.story.flatMap((s) => s.parts ?? [])"
            ".find((part) => part.name === name).label.en",
            most,
        )
        assert f"“{label}”" in verdict.inner_text()
        change = min(means) / np.mean(whole)
        per_cent = window.page.evaluate("(x) => continuum.say.value.signedPerCent(x)", change)
        assert per_cent in verdict.inner_text()
        cells = window.page.eval_on_selector_all(
            ".stage .picture tbody tr",
            "rows => rows.map((r) => [...r.children].map((c) => c.textContent))",
        )
        signed = "(x) => continuum.say.value.signed(x)"
        for row, found in zip(cells, lost, strict=True):
            assert row[1:] == [window.page.evaluate(signed, float(x)) for x in found[:3]]


def test_where_it_flips_is_guessed(open_window):
    """At every place the mean and interval of Python, against each of the two; and the words."""
    window, step = open_window("step=flip"), steps()["flip"]
    nothing_is_told(window)
    window.keys(".guess input", "Home")
    window.reveal()
    for j, rival in enumerate(step["against"]):
        if j:
            window.page.get_by_role("radio").nth(j).check()
        verdict = window.page.wait_for_selector(".verdict")
        leads, rows = [], []
        for place in step["places"]:
            a, b = (
                lives_of(step, one, step["worlds"], "sales", year=place)
                for one in (rival, step["b"])
            )
            mean, low, high, _ = (float(x) for x in mean_interval(minus(b, a)))
            leads.append("b" if low > 0 else "a" if high < 0 else "untold")
            rows.append([mean, low, high])
        cells = window.page.eval_on_selector_all(
            ".stage .picture tbody tr",
            "rows => rows.map((r) => [...r.children].map((c) => c.textContent))",
        )
        signed = "(x) => continuum.say.value.signed(x)"
        assert cells == [
            [str(place), *(window.page.evaluate(signed, x) for x in row)]
            for place, row in zip(step["places"], rows, strict=True)
        ]
        wanted = "always" if set(leads) == {"b"} else "flips" if "b" in leads else "never"
        wanted = "untold" if not {"a", "b"} & set(leads) else wanted
        assert verdict.get_attribute("data-verdict") == wanted
        if wanted == "flips":
            assert str(step["places"][leads.index("b")]) in verdict.inner_text()
        if j == 0:
            first = step["places"][leads.index("b")] if "b" in leads else None
            right = first == step["places"][0]
            said = words(window, "flip", "right" if right else "wrong").split("{")[0]
            assert window.page.locator(".after").inner_text().count(said) == 1


def test_it_plays_where_motion_is_welcome_and_jumps_where_not(open_window):
    """With motion the days pass one after the other; with less of it the last day is there."""
    record = """() => {
      window.days = [];
      const look = () => window.days.push(Number(document.querySelector(".timeline input")?.value ?? -1));
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    }"""  # noqa: E501
    last = world_of(steps()["posts"])["n_days"] - 1
    passed = {}
    for motion in ("no-preference", "reduce"):
        window = open_window("step=posts", reduced_motion=motion)
        nothing_is_told(window)
        window.page.evaluate(record)
        window.reveal()
        window.page.wait_for_selector(".verdict")
        passed[motion] = set(window.page.evaluate("days"))
        assert window.page.evaluate("document.getAnimations().length") == 0
    assert passed["reduce"] <= {-1, last}
    assert len(passed["no-preference"]) > 10


#: Press Play, and once some days have passed Pause, however slow the machine is.
PLAY_AND_PAUSE = """() => new Promise((done) => {
  const day = () => Number(document.querySelector(".timeline input").value);
  const button = () => document.querySelector(".timeline button");
  button().click();
  const look = () => {
    if (day() <= 3 || day() > 115) return requestAnimationFrame(look);
    button().click();
    done();
  };
  requestAnimationFrame(look);
})"""


def test_the_days_of_the_sandbox_play(open_window):
    """It shows the last day; "Play" goes from the start, "Pause" stops where it is."""
    window = open_window(CLASS, reduced_motion="no-preference")
    window.settle()
    day = "Number(document.querySelector('.timeline input').value)"
    assert window.page.evaluate(day) == 119
    window.page.evaluate(PLAY_AND_PAUSE)
    window.page.get_by_role("button", name="Play", exact=True).wait_for()
    stopped = window.page.evaluate(day)
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    window.page.evaluate(frames)
    assert window.page.evaluate(day) == stopped < 119
    sold = simulate("classroom", "community_building").series["cumulative_sales"]
    shown = window.page.get_attribute(".side-b [data-sold]", "data-sold")
    assert float(shown) == sold[stopped]


# ---- hands in the sandbox -----------------------------------------------------------------------

SUMS = """() => {
  window.sums = [];
  const look = () => {
    const all = [...document.querySelectorAll(".side-a .share")];
    const shares = all.filter((e) => e.querySelector("input").max === "100");
    const sum = (list) => list.reduce((x, y) => x + y, 0);
    window.sums.push([sum(shares.map((e) => Number(e.querySelector("input").value))),
                      sum(shares.map((e) => parseInt(e.querySelector("output").textContent)))]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def drag(window: Any, selector: str, parts: list[float], each: Any = None) -> None:
    """Drag the thumb of a slider with the mouse, and keep holding it."""
    slider, mouse = window.page.locator(selector), window.page.mouse
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    low, high, at = (float(slider.get_attribute(n) or 0) for n in ("min", "max", "value"))
    x = lambda part: box["x"] + 8 + part * (box["width"] - 16)  # noqa: E731
    y = box["y"] + box["height"] / 2
    at = float(slider.input_value())
    mouse.move(x((at - low) / (high - low)), y)
    mouse.down()
    for part in parts:
        mouse.move(x(part), y, steps=4)
        if each:
            each()


def test_shares_make_100_in_the_hand(open_window):
    """At every frame of a drag, over all places: what the sliders show and say makes 100."""
    window = open_window(CLASS)
    window.settle()
    window.page.click(".side-a summary")
    window.page.evaluate(SUMS)
    seen = set()
    for activity in ("posting", "hosting", "advertising"):
        drag(
            window, f"#a-{activity}", [0.9, 0.2, 0.0, 1.0, 0.55],
            lambda: seen.add(str(window.choice()["a"]["shares"])),
        )  # fmt: skip
        window.page.mouse.up()
    window.settle()
    sums = window.page.evaluate("sums")
    assert len(sums) > 20
    assert len(seen) > 8  # the drag moved them
    assert set(map(tuple, sums)) == {(100, 100)}
    window.expect()


#: The highest number beside the axis of the copies sold.
TICK = """() => {
  const ticks = [...document.querySelectorAll(".panel [aria-label='y-axis tick label'] text")];
  return Math.max(...ticks.map((e) => parseFloat(e.textContent.replaceAll(",", ""))));
}"""


def top_tick(window: Any) -> float:
    """Return the highest number beside the axis of the copies sold."""
    return window.page.evaluate(TICK)


def test_the_axis_holds_while_a_hand_is_on_a_slider(open_window):
    """Far fewer copies: while it is held the axis stays, so that one sees it; then it fits."""
    window = open_window(f"{CLASS}&p_buy=0.4")
    window.settle()
    before = top_tick(window)
    drag(window, "#control-p_buy", [0.5, 0.05])
    window.settle()
    assert window.choice()["changes"]["p_buy"] < 0.01
    assert top_tick(window) == before
    window.page.mouse.up()
    window.page.wait_for_function(f"(t) => ({TICK})() < t", arg=before)
    assert top_tick(window) < before / 2
    drag(window, "#control-p_buy", [0.95])  # and it grows at once, held or not
    window.settle()
    assert top_tick(window) > before / 2
    window.page.mouse.up()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["en", "el"])
def test_nothing_moves_when_the_headline_changes(open_window, size, lang):
    """Counting, told, told again of another world: the crowds stay where they are."""
    window = open_window(f"{CLASS}&lang={lang}", size=size)
    page = window.page
    page.wait_for_selector(".crowds canvas")
    place = "[...document.querySelectorAll('.crowds, .timeline, .tabs')].map(e => e.offsetTop)"
    page.evaluate(f"""() => {{
      window.places = new Set();
      window.texts = new Set();
      new MutationObserver(() => {{
        window.places.add(JSON.stringify({place}));
        window.texts.add(document.querySelector(".headline").textContent);
      }}).observe(document.body, {{ subtree: true, childList: true, characterData: true }});
    }}""")
    window.worlds()
    window.keys("#control-p_buy", "ArrowRight", 2)
    window.settle()
    window.worlds()
    page.click(".luck button")
    window.settle()
    window.worlds()
    assert len(page.evaluate("[...texts]")) > 4
    assert len(page.evaluate("[...places]")) == 1, page.evaluate("[...places]")


def test_every_control_of_the_world(open_window):
    """Each is moved by the keyboard; the numbers are those of its world; "Reset" undoes it."""
    window = open_window(CLASS)
    window.settle()
    window.open_all()
    plain = window.choice()
    for control in window.page.evaluate("continuum.controls.list"):
        here, name = f"#control-{control['name']}", control["name"]
        if control["kind"] == "switch":
            window.keys(here, "Space")
        else:
            at = int(window.page.input_value(here))
            window.keys(here, "ArrowLeft" if at >= 3 else "ArrowRight", 3)
        moved = window.choice()
        assert set(moved["changes"]) == {name}
        window.expect(moved)
        window.page.click(f"[data-control='{name}'] button.tiny:has-text('Reset')")
        assert window.choice() == plain
    window.expect(plain)


def test_every_lever_of_both_sides(open_window):
    """Strategies, shares and changes of course are lived as chosen, on each side."""
    window = open_window(CLASS)
    window.settle()
    window.open_all()
    for letter, strategy in (("a", "balanced"), ("b", "deal_driven")):
        box = f".hands .side-{letter}"
        window.page.select_option(f"{box} > select", strategy)
        assert window.choice()[letter] == side(strategy)
        for activity, keys in (("posting", 4), ("content", 7), ("advertising", 3)):
            window.keys(f"#{letter}-{activity}", "ArrowRight", keys)
        now = window.choice()[letter]
        assert sum(now["shares"]) == 100
        window.page.select_option(f"{box} .then select", "posting_only")
        window.keys(f"#{letter}-then", "ArrowLeft", 5)
        now = window.choice()[letter]
        assert (now["then"], now["thenDay"]) == ("posting_only", round(119 / 2) - 5)
        window.expect()
    window.page.select_option(".examples select >> nth=0", "bargain_hunters")
    assert window.choice()["a"] == side("deal_driven")
    window.expect()
    for name in presets():
        window.page.select_option(".examples select >> nth=1", name)
        assert window.choice()["scenario"] == name
    window.page.select_option(".examples select >> nth=1", "classroom")
    window.press("New luck")
    assert window.choice()["world"] == 1
    window.page.fill(".luck input", "7")
    window.page.keyboard.press("Tab")
    window.expect({**window.choice(), "seed": 7, "world": 0})


def test_all_worlds_are_those_of_python(open_window):
    """The headline and the picture of fifty worlds: the mean, how often, and every difference."""
    window = open_window(f"{CLASS}&b=balanced")
    window.worlds()
    world = at_page_size("classroom")
    a, b = (
        [simulate(world, name, replication=i).summary["sales"] for i in range(50)]
        for name in ("posting_only", "balanced")
    )
    gaps = minus(b, a)
    mean, low, high, _ = (float(x) for x in mean_interval(gaps))
    assert low > 0 or high < 0
    said = window.page.inner_text(".headline")
    assert amount(window, "sales", abs(mean)) in said
    assert f"{int((gaps > 0).sum() if mean > 0 else (gaps < 0).sum())} of 50 worlds" in said
    window.tab("worlds")
    cells = window.page.eval_on_selector_all(
        ".panel .picture tbody td", "all => all.map((e) => e.textContent)"
    )
    assert [whole(x) for x in cells] == gaps.tolist()
    assert window.page.locator(".panel svg circle").count() == 50


def test_buyers_are_stars_and_the_launch_is_marked(open_window):
    """On day 0 no star; at the end there are, and the copies are counted beside them."""
    window = open_window(f"{CLASS}&p_buy=0.2&share_followers=0.3")
    window.settle()
    page, world = window.page, at_page_size("classroom").replace(p_buy=0.2, share_followers=0.3)
    stars = """() => [...document.querySelectorAll(".crowds canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const hex = getComputedStyle(canvas).getPropertyValue("--star").trim();
      const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
      let n = 0;
      for (let i = 0; i < data.length; i += 4) n += data[i] === r && data[i + 1] === g && data[i + 2] === b;
      return n;
    })"""  # noqa: E501
    runs = [simulate(world, name) for name in ("posting_only", "community_building")]
    sold = [run.summary["sales"] for run in runs]
    assert min(sold) > 10
    shown = page.eval_on_selector_all("[data-sold]", "all => all.map((e) => +e.dataset.sold)")
    assert shown == sold
    at_the_end = page.evaluate(stars)
    assert min(at_the_end) > 100
    left = page.eval_on_selector_all(".launch", "all => all.map((e) => e.style.left)")
    assert [float(re.search(r"[\d.]+(?=%)", x)[0]) for x in left] == [
        pytest.approx(100 * (world["launch_day"] + 1) / world["n_days"], rel=1e-4)
    ]
    assert page.inner_text(".launch") == "launch"
    window.keys(".timeline input", "Home")
    assert page.evaluate(stars) == [0, 0]
    for day in (0, world["launch_day"], world["n_days"] - 1):
        page.fill(".timeline input", str(day))
        told = page.eval_on_selector_all("canvas", "all => all.map((e) => e.ariaLabel)")
        for run, text in zip(runs, told, strict=True):
            row = run.series.loc[day]
            assert f"on day {day}: {row['n_stranger']:,.0f} strangers" in text
            assert f"{row['n_member']:,.0f} members; {row['cumulative_sales']:.0f} cop" in text


#: Whether the lines of a diary, but for the first and the last, are those.
LINES = """([side, wanted]) => {
  const all = [...document.querySelectorAll(`[data-diary='${side}'] li`)];
  const lines = all.map((e) => e.textContent);
  return JSON.stringify(lines.slice(1, -1)) === JSON.stringify(wanted);
}"""


def test_one_person_is_followed(open_window):
    """A dot that is pressed, and the next by an arrow: their days, as figures.diary tells them."""
    from simulation.figures.diary import diary

    window = open_window(f"{CLASS}&p_buy=0.2")
    window.settle()
    page = window.page
    page.click(".crowds .side-b canvas", position={"x": 350, "y": 90})
    world = at_page_size("classroom").replace(p_buy=0.2)
    runs = {
        letter: simulate(world, name, events=True)
        for letter, name in (("a", "posting_only"), ("b", "community_building"))
    }
    seen = set()
    for _ in range(4):
        title = page.wait_for_selector("[data-diary='b'] h2").inner_text()
        person = int(re.search(r"\d+", title)[0])
        for letter, run in runs.items():
            wanted = [str(entry) for entry in diary(run, person)]
            page.wait_for_function(LINES, arg=[letter, wanted])
        seen.add(person)
        window.keys(".crowds .side-b canvas", "ArrowRight")
        page.wait_for_function(
            "(t) => document.querySelector(\"[data-diary='b'] h2\").innerText !== t", arg=title
        )
    assert len(seen) == 4


# ---- the address --------------------------------------------------------------------------------


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


# ---- languages ----------------------------------------------------------------------------------

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


# ---- what is taken away -------------------------------------------------------------------------


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


# ---- in a frame of somebody else ----------------------------------------------------------------


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


# ---- how it looks -------------------------------------------------------------------------------

#: Visible texts whose contrast with what lies behind them is below 4.5 (3 for large ones).
PALE = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const { x, y, width, height } = range.getBoundingClientRect(), [u, v] = [x + width / 2, y + height / 2];
    for (let at = e; at; at = at.parentElement) {
      const { left, right, top, bottom } = at.getBoundingClientRect();
      if (u < left || u > right || v < top || v > bottom) continue; // it stands outside of it
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.5) return colour;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const pale = [], walk = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  let n = 0;
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || !at.checkVisibility() || at.closest("option, :disabled, .sr")) continue;
    const style = getComputedStyle(at);
    const [x, y] = [light(rgb(at.ownerSVGElement ? style.fill : style.color)), light(behind(at))].sort((p, q) => q - p);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    n++;
    if ((x + 0.05) / (y + 0.05) < (large ? 3 : 4.5)) pale.push([text.slice(0, 30), at.className.baseVal ?? at.className, style.color, style.fill, behind(at).join()]);
  }
  return { n, pale };
}"""  # noqa: E501

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced, light": {"forced_colors": "active", "color_scheme": "light"},
    "forced, dark": {"forced_colors": "active", "color_scheme": "dark"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_it_can_be_read_in_every_colour(open_window, look):
    """Light, dark, forced colours: every text stands out, and the crowd is more than one colour."""
    for hash in ("step=posts", "step=duel", CLASS):
        window = open_window(hash, **LOOKS[look])
        page = window.page
        page.wait_for_selector("canvas")
        if "sandbox" not in hash:
            window.reveal()
            page.wait_for_selector(".verdict, .after button.main")
        found = page.evaluate(PALE)
        assert found["n"] > 20
        assert found["pale"] == []
        colours = page.evaluate("""() => {
          const canvas = document.querySelector("canvas"), { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height), seen = new Map();
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] < 255) continue;
            const key = `${data[i]},${data[i + 1]},${data[i + 2]}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
          }
          return [...seen.values()].filter((n) => n > 50).length;
        }""")  # noqa: E501
        assert colours >= 4  # the bands, and people of several stages
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == ("dark" in look)
    for tab in ("people", "funnel", "worlds", "numbers"):
        window.tab(tab)
        page.wait_for_selector(".panel :is(svg, table)")
        assert page.evaluate(PALE)["pale"] == []


SMALL_TEXT = """() => {
  const small = [], walk = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    const size = parseFloat(getComputedStyle(at).fontSize);
    if (text && at.checkVisibility() && !at.closest(".sr, [aria-hidden=true] option") && size < 16 && at.getBoundingClientRect().width)
      small.push([text.slice(0, 30), size]);
  }
  return small;
}"""  # noqa: E501


def test_projector_mode_is_read_in_the_last_row(open_window):
    """No visible text is smaller than 16 pixels, in any step, before and after, in any tab."""
    window = open_window()
    window.page.wait_for_selector("canvas")
    assert window.page.evaluate(SMALL_TEXT) != []  # this is why there is a projector mode
    window.press("Projector mode")
    page = window.page
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] :is(canvas, svg)")
        assert page.evaluate(SMALL_TEXT) == [], name
        if step["kind"] == "sandbox":
            continue
        window.reveal()
        page.wait_for_selector(".verdict, .after button.main")
        assert page.evaluate(SMALL_TEXT) == [], name
        window.press("Next")
    window.settle()
    window.open_all()
    for tab in page.locator("[role=tab]").all():
        tab.click()
        window.open_all()
        assert page.evaluate(SMALL_TEXT) == [], tab.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert "projector=1" in window.hash()


@pytest.mark.parametrize("lang", ["en", "el"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits(open_window, size, lang):
    """Nothing is wider than the window, and the first picture is on the first screen."""
    room = SIZES[size]
    window = open_window(f"lang={lang}", size=size)
    page = window.page
    wide = """() => [...document.querySelectorAll("#page *")]
      .filter((e) => e.checkVisibility() && !e.closest(".sr, .scroll, pre, .tools") && e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => e.outerHTML.slice(0, 90))"""  # noqa: E501
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] .stage :is(canvas, svg)")
        top = page.evaluate(
            "document.querySelector('.stage :is(canvas, svg)').getBoundingClientRect().top"
        )
        assert top + 100 <= room["height"], name
        for when in ("before", "after"):
            if when == "after" and step["kind"] != "sandbox":
                window.reveal()
                page.wait_for_selector(".verdict, .after button.main")
            assert page.evaluate("document.documentElement.scrollWidth") <= room["width"], name
            assert page.evaluate(wide) == [], (name, when)
        if step["kind"] != "sandbox":
            page.click(".turn .next")
    window.open_all()
    assert page.evaluate("document.documentElement.scrollWidth") <= room["width"]


def test_strategies_have_names_a_class_understands(open_window):
    """No name of a program is on the page: strategies, presets and outcomes are called in words."""
    window = open_window(CLASS)
    window.worlds()
    text = window.page.inner_text("#page")
    for name in [*STRATEGIES, *presets()]:
        if "_" in name:
            assert name not in text, name
