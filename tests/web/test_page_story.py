"""The story of the page: what is guessed, what is then lived, and what is told of it."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import simulate
from simulation.core.stages import TOUCHPOINTS
from simulation.runs.statistics import mean_interval, minus
from simulation.web.texts import texts
from tests.web.opened import (
    amount,
    lives_of,
    nothing_is_told,
    now,
    say,
    steps,
    whole,
    words,
    world_of,
)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom"


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
