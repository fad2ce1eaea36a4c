"""The page for everybody: by keyboard alone, and axe finds nothing, in both sizes and languages."""

from __future__ import annotations

import pytest

from tests.web.opened import SIZES, steps

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom&p_buy=0.2"


def assert_clean(window, where: str) -> None:
    """Hold what is on the screen against axe."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(window.page).response["violations"]
    said = [(v["id"], [node["html"][:160] for node in v["nodes"]][:4]) for v in found]
    assert said == [], where


@pytest.mark.parametrize("lang", ["en", "el"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(open_window, size, lang):
    """The first step before and after the guess, each step after it, the sandbox in each tab."""
    window = open_window(f"lang={lang}", size=size)
    page = window.page
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] .stage :is(canvas, svg)")
        if step["kind"] == "sandbox":
            break
        if step["kind"] == "guess":
            assert_clean(window, f"{name}, before")
        window.reveal()
        if step["kind"] == "duel":
            page.click(".after button.main")
        page.wait_for_selector(".verdict")
        window.open_all()
        assert_clean(window, f"{name}, after")
        page.click(".turn .next")
    window.worlds()
    page.click("[data-control] button[aria-expanded]")
    for tab in page.locator("[role=tab]").all():
        tab.click()
        if tab.get_attribute("id") == "tab-diary":
            page.click(".crowds canvas >> nth=1", position={"x": 100, "y": 60})
            page.wait_for_selector("[data-diary]")
        window.open_all()
        assert_clean(window, f"sandbox, {tab.inner_text()}")


WHERE = """() => {
  const e = document.activeElement;
  return e === document.body ? "" : e.id || e.dataset.step || e.getAttribute("aria-label") || e.textContent.trim() || e.tagName;
}"""  # noqa: E501


def reached(window, most: int = 250) -> list[str]:
    """Return what Tab comes to, from the top of the page until it leaves it."""
    window.page.evaluate("document.activeElement.blur()")
    found: list[str] = []
    for _ in range(most):
        window.page.keyboard.press("Tab")
        here = window.page.evaluate(WHERE)
        if not here:
            return found
        found.append(here)
    raise AssertionError(f"Tab never leaves the page: {found[-5:]}")


def test_tab_comes_to_everything(open_window):
    """All that a mouse can press or drag in the sandbox is reached, and nothing hidden is."""
    window = open_window(CLASS)
    window.settle()
    window.open_all()
    found = reached(window)
    assert len(found) > 50
    controls = window.page.evaluate("continuum.controls.list.map(({ name }) => name)")
    activities = window.page.evaluate("continuum.controls.activities")
    assert {f"control-{name}" for name in controls} <= set(found)
    assert {f"{side}-{activity}" for side in "ab" for activity in activities} <= set(found)
    assert {"tab-sold", "Share", "Projector mode", "Play", "New luck", "Print", "Back"} <= set(
        found
    )
    assert len([here for here in found if here.startswith("The crowd with")]) == 2
    sliders = window.page.locator("input[type=range]:visible").count()
    assert sliders >= len(controls) - 4  # all but the switches are sliders


def test_the_story_by_keyboard_alone(open_window):
    """From the first step to the sandbox: every guess is made and shown without a mouse."""
    window = open_window()
    page = window.page
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] .stage :is(canvas, svg)")
        if step["kind"] == "sandbox":
            break
        to(window, "input")
        if step["kind"] == "parts":
            page.keyboard.press("Space")
            first = page.evaluate("document.activeElement.value")
            page.keyboard.press("ArrowDown")
            assert page.evaluate("document.activeElement.value") != first
            assert page.evaluate("document.activeElement.checked")
        else:
            before = page.evaluate("document.activeElement.value")
            page.keyboard.press("ArrowRight")
            assert page.evaluate("document.activeElement.value") != before
        to(window, "button.main")
        page.keyboard.press("Enter")
        if step["kind"] == "duel":
            page.wait_for_selector(".after button.main")
            to(window, ".after button.main")
            page.keyboard.press("Space")
        page.wait_for_selector(".verdict")
        if step["kind"] == "flip":
            to(window, ".against input")
            page.keyboard.press("ArrowDown")
            assert page.locator(".against input").nth(1).is_checked()
            page.wait_for_selector(".verdict")
        to(window, ".next")
        page.keyboard.press("Enter")
    assert page.locator("[data-step='sandbox']").count() == 1
    assert set(page.evaluate("Object.keys(continuum.guesses.value)")) == set(steps()) - {"sandbox"}


def to(window, selector: str) -> None:
    """Press Tab until the focus is on something of that kind."""
    for _ in range(80):
        window.page.keyboard.press("Tab")
        if window.page.evaluate("(s) => document.activeElement.matches(s)", selector):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert window.page.evaluate(outline) != "none"  # one sees where one is
            return
    raise AssertionError(f"Tab does not come to {selector}")


def test_tabs_turn_by_arrows(open_window):
    """One of the tabs is in the order of Tab; arrows go round; the panel is that of the tab."""
    window = open_window(CLASS)
    window.settle()
    page = window.page
    names = page.eval_on_selector_all("[role=tab]", "all => all.map((e) => e.id)")
    to(window, "[role=tab]")
    for key, order in (("ArrowRight", [*names[1:], names[0]]), ("ArrowLeft", names[::-1])):
        for name in order:
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == name
            assert page.get_attribute(f"#{name}", "aria-selected") == "true"
            assert page.locator("[role=tab][tabindex='0']").count() == 1
            assert page.get_attribute("[role=tabpanel]", "aria-labelledby") == name
    window.tab("numbers")
    assert page.locator("[role=tabpanel] table").count() == 1


def test_every_picture_has_words_and_a_table(open_window):
    """What a picture shows is told in words, and its numbers stand in a table behind it."""
    window = open_window(CLASS)
    window.worlds()
    page = window.page
    for tab in ("sold", "people", "funnel", "worlds"):
        window.tab(tab)
        for picture in page.locator(".panel [role=img]").all():
            assert len(picture.get_attribute("aria-label")) > 20, tab
        if tab != "people":
            assert page.locator(".panel details table tbody tr").count() >= 3, tab
    canvases = page.eval_on_selector_all("canvas", "all => all.map((e) => e.ariaLabel)")
    assert len(canvases) == 2
    assert all("members" in text for text in canvases)
    assert page.locator("[aria-live=polite]").count() >= 1
    for selector in ("main", "header", "nav", "h1"):
        assert page.locator(selector).count() >= 1, selector
