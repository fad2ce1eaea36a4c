"""Lessons with the whole page: a class guesses together, a learning platform is told."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from simulation.commands.cli import main
from tests.web.browser import chromium, served
from tests.web.test_scorm import PLATFORM, RUNTIME, hosted, runtime_there

#: A story that is lived in a moment.
STORY = """
[[steps]]
name = "few"
kind = "guess"
scenario = "classroom"
changes = { n_people = 500, days_warm_up = 0 }
a = "posting_only"
outcome = "sales"
most = 500
title = "Few"
text = "500 people, one record."
question = "How many copies?"
near = "It was {lived}: near."
above = "It was {lived}, fewer than {guess}."
below = "It was {lived}, more than {guess}."

[[steps]]
name = "which"
kind = "parts"
scenario = "classroom"
changes = { n_people = 500, days_warm_up = 0 }
a = "community_building"
outcome = "contacts_visit"
worlds = 3
title = "Which"
text = "Take one away."
question = "Which matters most?"
right = "Yes, {part}."
wrong = "{guess} was a fair thought."
untold = "It cannot be told."
parts = [
    { name = "purpose", changes = { purpose = 0.0 } },
    { name = "evolving", changes = { evolving = false } },
]
"""


@pytest.fixture
def story(tmp_path):
    """The file of a short story."""
    file = tmp_path / "story.toml"
    file.write_text(STORY, encoding="utf-8")
    return file


@pytest.fixture
def open_tab():
    """Open windows that know nothing of each other; an error in one is an error here."""
    playwright = pytest.importorskip("playwright.sync_api")
    problems: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])

        def opened(url):
            tab = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            tab.on("pageerror", lambda error: problems.append(str(error)))
            tab.goto(url)
            return tab

        yield opened
        browser.close()
    assert problems == []


def guess_lower(tab, keys):
    """Move the guess down with the keyboard and send it."""
    for _ in range(keys):
        tab.press(".guess input", "ArrowLeft")
    tab.click("button.main")


def test_a_class_guesses_and_the_teacher_reveals(open_tab, story):
    """Two students guess, the teacher alone reads it, all see it at once, and go on together."""
    with served("--class", "--story", str(story)) as (url, server):
        said = "".join(server.stdout.readline() for _ in range(4))
        code = re.search(r"class code:\s+(\d+ \d+)", said)[1]
        teacher = open_tab(re.search(r"for you:\s+(\S+)", said)[1])
        students = [open_tab(url), open_tab(url)]
        for student in students:
            student.fill(".join input", "0000 0000")
            student.click(".join button")
            student.wait_for_selector(".join [role=alert]")
            student.fill(".join input", code)
            student.click(".join button")
            student.wait_for_selector(".step")
            assert (
                student.locator(".steps, .turn button").count() == 0
            )  # the teacher turns the pages
        assert "token" not in teacher.url
        assert "teacher" not in teacher.url
        for student, keys in zip(students, (5, 60), strict=True):
            guess_lower(student, keys)
        sent = [s.locator("output[data-guess]").get_attribute("data-guess") for s in students]
        teacher.locator(".klass", has_text="2 guesses").wait_for()
        assert code in teacher.inner_text(".klass")
        assert all(s.locator("[data-verdict]").count() == 0 for s in students)
        teacher.click("button.main")
        lived = set()
        for tab in (teacher, *students):
            tab.wait_for_selector("[data-verdict]")
            lived.add(tab.get_attribute("[data-verdict]", "data-result"))
            tab.locator(".telling .behind summary").first.click()
            rows = tab.locator(".telling tbody th").all_inner_texts()
            assert sorted(rows, key=int) == sorted(sent, key=int)
        assert len(lived) == 1
        assert "You guessed" not in teacher.inner_text(".verdict")  # who led made no guess
        teacher.click("button.next")
        for student in students:
            student.wait_for_selector("[data-step=which]")
        students[0].click("input[value=purpose]")
        students[0].click("button.main")
        teacher.locator(".klass", has_text="1 guess").wait_for()
        teacher.click("button.main")
        for tab in (teacher, *students):  # who did not guess sees it, too
            tab.wait_for_selector("[data-verdict]")


def test_a_platform_is_told_every_guess(open_tab, story, tmp_path):
    """The package in a runtime of SCORM 1.2: place, guesses, score, completion; and back again."""
    runtime_there()
    package = tmp_path / "lesson.zip"
    assert main(["page", "--scorm", str(package), "--story", str(story)]) == 0
    site = tmp_path / "site"
    site.mkdir()
    with zipfile.ZipFile(io.BytesIO(package.read_bytes())) as archive:
        (site / "lesson.html").write_bytes(archive.read("index.html"))
    (site / "platform.html").write_text(PLATFORM, encoding="utf-8")
    (site / RUNTIME.name).write_bytes(RUNTIME.read_bytes())
    with hosted(site) as url:
        platform = open_tab(f"{url}platform.html")
        platform.evaluate("start(null)")
        lesson = platform.frame_locator("iframe")
        lesson.locator(".guess input").press("ArrowRight")
        lesson.locator("button.main").click()
        lesson.locator("[data-verdict]").wait_for()
        lesson.locator("button.next").click()
        lesson.locator("input[value=evolving]").click()
        lesson.locator("button.main").click()
        lesson.locator("[data-verdict]").wait_for()
        cmi = "API.renderCMIToJSONObject().cmi ?? API.renderCMIToJSONObject()"
        platform.wait_for_function(f"({cmi}).core.lesson_status === 'completed'")  # told once drawn
        told = platform.evaluate(cmi)
        interactions = list(dict(enumerate_of(told["interactions"])).values())
        assert [one["id"] for one in interactions] == ["few", "which"]
        assert [one["type"] for one in interactions] == ["numeric", "choice"]
        assert interactions[1]["student_response"] == "b"
        assert told["core"]["lesson_status"] == "completed"
        assert told["core"]["lesson_location"] == "which"
        assert 0 <= float(told["core"]["score"]["raw"]) <= 100
        platform.evaluate("before => start(before)", told)
        platform.frame_locator("iframe").locator("[data-step=which]").wait_for()


def enumerate_of(listed):
    """Give the interactions in order, whether the runtime has them as a list or by number."""
    return enumerate(listed) if isinstance(listed, list) else sorted(listed.items())
