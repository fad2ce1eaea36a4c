"""The page as it is written to a file, opened in a real Chromium that can ask no host."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulation import Scenario, Strategy, simulate
from simulation.core.outcomes import SUMMARY
from simulation.tools import PACKAGE
from simulation.web.controls import at_page_size
from simulation.web.page import page_html
from tests.web.browser import chromium
from tests.web.parts import Choice, scenario_of, strategy_of

SMALL = Path(__file__).with_name("small_story.toml")
SIZES = {"screen": {"width": 1280, "height": 720}, "phone": {"width": 400, "height": 800}}

#: What is chosen is lived, and on the screen.
FRESH = """() => {
  const box = document.querySelector('[data-lived]'), { choices, choice } = window.continuum ?? {};
  return choices && box && box.dataset.lived === JSON.stringify(choices.asked(choice.value));
}"""


@contextmanager
def a_browser() -> Iterator[Any]:
    """Open Debian's Chromium, for which no host has an address."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        blocked = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        browser = driver.chromium.launch(executable_path=chromium(), args=blocked)
        yield browser
        browser.close()


def written(folder: Path) -> dict[str, Path]:
    """Write the page with its own story, and with a small one for a class of tests."""
    files = {"page": folder / "page.html", "small": folder / "small.html"}
    files["page"].write_text(page_html(), encoding="utf-8")
    files["small"].write_text(page_html(story=SMALL), encoding="utf-8")
    return files


class Window:
    """One window with the page, and what a reader does in it.

    problems : errors and warnings of the console, and what was thrown
    asked : the addresses that were asked for, but for the file itself and its Workers
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)
        page.context.on("request", self._asked)
        page.goto(url)

    def _heard(self, message: Any) -> None:
        ours = "willReadFrequently" in message.text  # tests look at the pixels of the crowd
        if message.type in ("error", "warning") and not ours:
            self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url.partition("#")[0], "blob:")):
            self.asked.append(request.url)

    def settle(self) -> None:
        """Wait until what is chosen in the sandbox is lived and shown."""
        self.page.wait_for_function(FRESH)

    def worlds(self, n: int = 50) -> None:
        """Wait until so many worlds are lived."""
        self.page.wait_for_selector(f".headline[data-worlds='{n}']")

    def choice(self) -> Choice:
        """Return what is chosen."""
        return self.page.evaluate("continuum.choice.value")

    def hash(self) -> str:
        """Return what stands after the # of the address."""
        return self.page.url.partition("#")[2]

    def press(self, name: str) -> None:
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.painted()

    def reveal(self) -> None:
        """Guess, where nobody has, and let it be shown."""
        hint, choices = self.page.locator("output.hint"), self.page.locator(".choose input")
        if hint.count():
            self.keys(".guess input", "ArrowRight")
        elif choices.count() and not self.page.locator(".choose input:checked").count():
            choices.first.click()
        self.page.click("button.main")

    def keys(self, selector: str, key: str, n: int = 1) -> None:
        """Press a key so many times on an element."""
        self.page.focus(selector)
        for _ in range(n):
            self.page.keyboard.press(key)
        self.painted()

    def painted(self) -> None:
        """Wait until what was pressed had two frames to be shown in."""
        self.page.evaluate(
            "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
        )

    def tab(self, name: str) -> None:
        """Turn to a picture of the sandbox."""
        self.page.click(f"#tab-{name}")

    def open_all(self) -> None:
        """Unfold whatever is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")

    def numbers(self) -> dict[tuple[str, str], float]:
        """Return every number of the table of all numbers, by outcome and side."""
        self.tab("numbers")
        cells = self.page.eval_on_selector_all(
            "[data-outcome]",
            "all => all.map(({ dataset: d }) => [d.outcome, d.side, Number(d.value)])",
        )
        return {(name, side): value for name, side, value in cells}

    def expect(self, choice: Choice | None = None) -> None:
        """Hold every number of the table against Python's life of the choice."""
        self.settle()
        choice = choice or self.choice()
        assert self.choice() == choice
        shown = self.numbers()
        for letter in "ab":
            run = simulate(
                scenario_of(choice),
                strategy_of(choice[letter]),
                seed=choice["seed"],
                replication=choice["world"],
            )
            for scalar in SUMMARY:
                value = run.summary[scalar.name]
                found = shown[scalar.name, letter]
                assert found == value or (found != found and value != value), scalar.name


Open = Callable[..., Window]


@contextmanager
def windows(browser: Any, files: dict[str, Path]) -> Iterator[Open]:
    """Open windows, each of a browser that knows nothing of the others; none may complain."""
    opened: list[Window] = []

    def new(hash: str = "", file: str = "small", size: str = "screen", **context: Any) -> Window:
        about = {"viewport": SIZES[size], "reduced_motion": "reduce", "locale": "en-US", **context}
        page = browser.new_context(accept_downloads=True, **about).new_page()
        page.set_default_timeout(120_000)
        opened.append(Window(page, files[file].as_uri() + (f"#{hash}" if hash else "")))
        return opened[-1]

    yield new
    for window in opened:
        window.page.context.close()
    for window in opened:
        assert window.problems == [], window.problems
        assert window.asked == [], window.asked


# ---- the story, as Python lives it --------------------------------------------------------------


def steps(file: str = "small") -> dict[str, dict[str, Any]]:
    """Return the steps of a story as its file has them."""
    path = SMALL if file == "small" else PACKAGE / "web" / "story.toml"
    return {step["name"]: step for step in tomllib.loads(path.read_text("utf-8"))["steps"]}


def world_of(step: dict[str, Any], **changes: Any) -> Scenario:
    """Return the world of a step, perhaps with a part of it changed."""
    return at_page_size(step["scenario"]).replace(**step.get("changes", {}), **changes)


def lives_of(step: dict[str, Any], strategy: Any, n: int, outcome: str, **changes: Any) -> list:
    """Return an outcome of a strategy in worlds 0 to n - 1 of a step."""
    world, levers = world_of(step, **changes), Strategy.load(strategy)
    runs = [simulate(world, levers, seed=step.get("seed", 1), replication=i) for i in range(n)]
    if outcome in runs[0].summary:
        return [run.summary[outcome] for run in runs]
    return [float(run.series[outcome].sum()) for run in runs]


# ---- what it says, and a hand --------------------------------------------------------------------


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


def now(window: Any) -> float:
    """Return what is guessed at the moment."""
    return float(window.page.get_attribute("[data-guess]", "data-guess"))


def whole(text: str) -> int:
    """Return a signed number of copies as the page writes it."""
    return int(text.replace("\u2212", "-").replace("+", "").replace(",", ""))


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
