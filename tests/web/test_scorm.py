"""The package for learning platforms, and its client in Chromium against a runtime of SCORM 1.2."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import json
import os
import re
import threading
import zipfile
from xml.etree import ElementTree

import pytest

from simulation.web import scorm
from tests import ROOT
from tests.web.browser import chromium

PAGE = ROOT / "simulation" / "web" / "page"
RUNTIME = PAGE / "node_modules" / "scorm-again" / "dist" / "scorm12.min.js"

IMS = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
ADL = "{http://www.adlnet.org/xsd/adlcp_rootv1p2}"


def test_the_package_is_one_page_and_its_manifest():
    """What SCORM 1.2 asks of a package: the manifest at the root names every file there is."""
    data = scorm.package("<!doctype html><p>ü", "Brands & people")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["imsmanifest.xml", "index.html"]
        assert archive.read("index.html").decode() == "<!doctype html><p>ü"
        root = ElementTree.fromstring(archive.read("imsmanifest.xml"))
    assert root.tag == f"{IMS}manifest"
    assert [child.tag for child in root] == [
        f"{IMS}{name}" for name in ("metadata", "organizations", "resources")
    ]
    assert root.findtext(f"{IMS}metadata/{IMS}schema") == "ADL SCORM"
    assert root.findtext(f"{IMS}metadata/{IMS}schemaversion") == "1.2"
    organizations = root.find(f"{IMS}organizations")
    (organization,) = organizations
    assert organizations.get("default") == organization.get("identifier")
    item = organization.find(f"{IMS}item")
    assert item.findtext(f"{IMS}title") == organization.findtext(f"{IMS}title") == "Brands & people"
    (resource,) = root.find(f"{IMS}resources")
    assert item.get("identifierref") == resource.get("identifier")
    assert resource.get("type") == "webcontent"
    assert resource.get(f"{ADL}scormtype") == "sco"
    assert resource.get("href") == "index.html"
    assert [file.get("href") for file in resource] == ["index.html"]
    names = [e.get("identifier") for e in root.iter() if e.get("identifier")]
    assert len(set(names)) == len(names)


def test_the_same_page_is_the_same_package():
    """No date, no machine: a package can be compared."""
    assert scorm.package("x") == scorm.package("x")


# ---- the client in a runtime ---------------------------------------------------------------------

#: The platform: a runtime that keeps what it is told, and the lesson in a frame of it.
PLATFORM = """<!doctype html><meta charset="utf-8">
<script src="scorm12.min.js"></script>
<script>
  const Api = window.Scorm12API ?? window.Scorm12API.default;
  window.start = (before) => {
    window.API = new Api({autocommit: false, logLevel: 5});
    if (before) window.API.loadFromJSON(before);
    window.finished = 0;
    window.API.on("LMSFinish", () => { window.finished += 1; });
    document.body.innerHTML = '<iframe src="lesson.html"></iframe>';
  };
</script><body></body>"""
LESSON = """<!doctype html><meta charset="utf-8"><script type="module">
  import { openLesson } from "./scorm.js";
  window.lesson = openLesson({steps: ["post", "duel", "parts"]});
</script>"""
FRAMED = '<!doctype html><iframe src="lesson.html"></iframe>'


@contextlib.contextmanager
def hosted(folder):
    """Serve a folder on this machine; give its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def site(tmp_path):
    """A folder with the client, a lesson that uses it, and the platform where it is installed."""
    for name, text in {"lesson.html": LESSON, "platform.html": PLATFORM, "framed.html": FRAMED,
                       "scorm.js": (PAGE / "scorm.js").read_text("utf-8")}.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    if RUNTIME.exists():
        (tmp_path / RUNTIME.name).write_bytes(RUNTIME.read_bytes())
    with hosted(tmp_path) as url:
        yield url


@pytest.fixture
def window():
    """A window of Chromium; a script that fails in it is an error."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        browser.close()
    assert not problems


def runtime_there():
    """Skip without the runtime, but never in CI."""
    if not RUNTIME.exists():
        why = "scorm-again is not installed: npm ci in simulation/web/page"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def lesson_of(window):
    """Return the frame of the lesson once its script has run."""
    window.wait_for_selector("iframe")
    frame = window.frames[-1]
    frame.wait_for_function("window.lesson")
    return frame


def told(window):
    """Return what the platform holds, as it would be kept for the next visit."""
    return window.evaluate("JSON.parse(JSON.stringify(API.cmi))")


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes


def test_a_lesson_is_reported_and_taken_up_again(site, window):
    """Guesses, scores, place and end, each in the form of SCORM 1.2; the runtime refuses none."""
    runtime_there()
    window.goto(site + "platform.html")
    window.evaluate("start()")
    frame = lesson_of(window)
    assert frame.evaluate("[lesson.there, lesson.location, lesson.guesses]") == [True, "", {}]
    assert told(window)["core"]["lesson_status"] == "incomplete"
    frame.evaluate("""() => {
        lesson.place("post");
        const post = {step: "post", result: 123456.789};
        lesson.report({...post, guess: 1e-7, score: 0.25, latency: 3723.5});
        lesson.report({...post, guess: 123000, score: 0.9, latency: 1});
        lesson.place("duel");
    }""")
    assert window.evaluate("API.LMSGetLastError()") in ("0", 0)
    one, two = told(window)["interactions"].values()
    assert (one["id"], one["type"], one["result"]) == ("post", "numeric", "25")
    assert (one["student_response"], one["latency"]) == ("0", "01:02:03.5")
    assert one["correct_responses"]["0"]["pattern"] == "123456.789"
    assert re.fullmatch(r"\d\d:\d\d:\d\d", one["time"])
    assert two["student_response"] == "123000"
    core = told(window)["core"]
    assert core["score"]["raw"] == "8.3", "the first guess counts: a quarter of a third"
    assert (core["score"]["min"], core["score"]["max"]) == ("0", "100")
    assert (core["lesson_location"], core["lesson_status"]) == ("duel", "incomplete")
    window.evaluate("document.querySelector('iframe').remove()")
    window.wait_for_function("finished === 1")
    core = told(window)["core"]
    assert core["exit"] == "suspend"
    kept = told(window)
    window.goto(site + "platform.html")
    before = {"core": {"lesson_location": core["lesson_location"], "lesson_status": "incomplete"},
              "suspend_data": kept["suspend_data"]}  # fmt: skip
    window.evaluate("before => start(before)", before)
    frame = lesson_of(window)
    assert frame.evaluate("lesson.location") == "duel"
    assert frame.evaluate("lesson.guesses") == {"post": [1e-7, 0.25]}
    frame.evaluate("""() => {
        lesson.report({step: "duel", guess: -40, result: -38.25, score: 1, latency: 0});
        lesson.report({step: "parts", guess: "purpose", result: "evolving", score: 0,
                       choices: ["relationships", "purpose", "evolving"]});
    }""")
    duel, parts = told(window)["interactions"].values()
    assert (duel["student_response"], duel["result"]) == ("-40", "100")
    assert (parts["type"], parts["student_response"], parts["result"]) == ("choice", "b", "wrong")
    assert parts["correct_responses"]["0"]["pattern"] == "c"
    core = told(window)["core"]
    assert (core["score"]["raw"], core["lesson_status"]) == ("41.7", "completed")
    frame.evaluate("lesson.close()")
    assert window.evaluate("finished") == 1
    assert told(window)["core"]["exit"] == ""
    frame.evaluate("lesson.close()")
    assert window.evaluate("finished") == 1, "an end once"


def test_names_and_long_lessons_fit(site, window):
    """A name without its choices is a fill-in; fifty steps stay within what is kept."""
    runtime_there()
    window.goto(site + "platform.html")
    window.evaluate("start()")
    frame = lesson_of(window)
    frame.evaluate("""() => {
        for (let i = 0; i < 120; i += 1) {
            lesson.report({step: "a_step_with_a_long_name_number_" + i, guess: "x".repeat(300),
                           result: "y", score: NaN, latency: -1});
        }
    }""")
    found = told(window)
    first = found["interactions"]["0"]
    assert (first["type"], len(first["student_response"])) == ("fill-in", 250)
    assert len(found["interactions"]) == 120
    assert 1000 < len(found["suspend_data"]) <= 4096
    assert json.loads(found["suspend_data"])["a_step_with_a_long_name_number_0"] == [None, 0]


@pytest.mark.parametrize("page", ["lesson.html", "framed.html"])
def test_without_a_platform_it_is_silent(site, window, page):
    """Alone, in a frame of this host or of another: nothing is said, and guesses are still kept."""
    window.goto(site + page)
    frame = window.frames[-1]
    frame.wait_for_function("window.lesson")
    told = frame.evaluate("""() => {
        lesson.place("post");
        lesson.report({step: "post", guess: 3, result: 4, score: 0.5});
        lesson.close();
        return [lesson.there, lesson.location, lesson.guesses];
    }""")
    assert told == [False, "post", {"post": [3, 0.5]}]


def test_a_frame_of_another_host_is_silent(site, window, tmp_path):
    """Whatever stands above us may not be looked at: we go on without."""
    elsewhere = tmp_path / "elsewhere.html"
    elsewhere.write_text(FRAMED.replace("lesson.html", site + "lesson.html"), encoding="utf-8")
    window.goto(elsewhere.as_uri())
    assert lesson_of(window).evaluate("lesson.there") is False


def test_a_platform_that_fails_takes_nothing_from_the_reader(site, window):
    """An API that throws, or refuses to begin."""
    window.goto(site + "lesson.html")
    seen = window.evaluate("""async () => {
        const { openLesson } = await import("./scorm.js");
        const seen = [];
        const fails = () => { throw Error("x"); };
        for (const API of [{}, {LMSInitialize: () => "false"},
                           {LMSInitialize: () => "true", LMSSetValue: fails}]) {
            const win = {API, addEventListener() {}};
            const lesson = openLesson({steps: ["a"], win});
            lesson.report({step: "a", guess: 1, result: 1, score: 1});
            lesson.close();
            seen.push(lesson.guesses);
        }
        return seen;
    }""")
    assert seen == [{"a": [1, 1]}] * 3
