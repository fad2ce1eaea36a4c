"""A lesson against the running server: a hundred students at once, hostile messages, the client."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from simulation.web import classroom
from simulation.web.classroom import Asked, Classroom, Rates, Refused, checked_guess, message
from tests import ROOT
from tests.web.browser import chromium, served
from tests.web.test_serving import raw

CLIENT = ROOT / "simulation" / "web" / "page" / "classroom.js"


class Lesson:
    """The addresses a teacher was given, and questions to them."""

    def __init__(self, url, said):
        self.url = url
        where = urlsplit(url)
        self._where = (where.hostname, where.port)
        self.students, self.code, self.teacher = (
            re.search(rf"^{name}:\s+(.+?)(?: \(.*)?$", said, re.M)[1]
            for name in ("for students", "class code", "for you")
        )
        self.token = self.teacher.split("#teacher=")[1]

    def ask(self, question, body=None, token=""):
        """Return the status and the answer; a body is sent as JSON, bytes as they are."""
        connection = http.client.HTTPConnection(*self._where, timeout=30)
        with contextlib.closing(connection):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if body is None:
                connection.request("GET", f"/class/{question}", headers=headers)
            else:
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                headers["Content-Type"] = "application/json"
                connection.request("POST", f"/class/{question}", sent, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert text.count(b"\n") == 1
            return answer.status, json.loads(text)

    def said(self, question, body=None, token=""):
        """Return an answer that must be given."""
        status, answer = self.ask(question, body, token)
        assert status == 200, answer
        return answer

    def lead(self, question, **said):
        """Ask as the teacher."""
        return self.said(question, {"token": self.token, **said})

    def join(self):
        """Return the ticket of a new student."""
        return self.said("join", {"code": self.code})["ticket"]


@pytest.fixture
def lesson():
    """A lesson that is held: ``continuum serve --class``."""
    with held() as one:
        yield one


@contextlib.contextmanager
def held():
    with served("--class") as (url, process):
        said = "".join(process.stdout.readline() for _ in range(4))
        yield Lesson(url, said)


def test_the_two_addresses(lesson):
    """Students get no secret; the host is named, and that nobody else reaches it."""
    assert lesson.students == lesson.url
    assert lesson.teacher.startswith(f"{lesson.url}#teacher=")
    assert len(lesson.token) >= 40
    assert re.fullmatch(r"\d{4} \d{4}", lesson.code)


def test_a_lesson(lesson):
    """Join, guess, see nothing of others until it is revealed, then all of it."""
    one, two = lesson.join(), lesson.join()
    state = lesson.said(f"state?ticket={one}")
    assert state == {"step": "", "open": False, "revealed": False, "n_students": 2,
                     "n_guesses": 0, "mine": None}  # fmt: skip
    assert lesson.ask("guess", {"ticket": one, "step": "", "guess": 3})[0] == 409
    lesson.lead("step", step="post")
    assert lesson.ask("guess", {"ticket": one, "step": "post", "guess": 3})[0] == 409
    lesson.lead("open")
    lesson.said("guess", {"ticket": one, "step": "post", "guess": 3})
    told = lesson.said("guess", {"ticket": one, "step": "post", "guess": 700.5})
    assert told["mine"] == 700.5
    assert "guesses" not in told
    lesson.said("guess", {"ticket": two, "step": "post", "guess": -2})
    assert lesson.ask("guess", {"ticket": two, "step": "duel", "guess": 1})[0] == 409
    teacher = lesson.said("state", token=lesson.token)
    assert teacher["guesses"] == [-2, 700.5]
    assert teacher["code"] == lesson.code
    lesson.lead("reveal")
    told = lesson.said(f"state?ticket={two}")
    assert told["guesses"] == [-2, 700.5]
    assert (told["mine"], told["revealed"], told["open"]) == (-2, True, False)
    assert "code" not in told
    assert lesson.ask("guess", {"ticket": two, "step": "post", "guess": 5})[0] == 409
    assert lesson.lead("open")["open"] is False
    lesson.lead("step", step="parts")
    lesson.lead("open")
    lesson.said("guess", {"ticket": one, "step": "parts", "guess": "relationships"})
    assert lesson.lead("open", open=False)["open"] is False
    assert lesson.lead("step", step="post")["guesses"] == [-2, 700.5]
    assert lesson.lead("step", step="parts")["guesses"] == ["relationships"]


def test_a_hundred_students_at_once(lesson):
    """All join in one breath, ask once a second, guess, and are told; nobody waits for long."""
    n, together = 100, threading.Barrier(101)
    waits: list[float] = []

    def student(i):
        def timed(question, body=None):
            began = time.monotonic()
            answer = lesson.said(question, body)
            waits.append(time.monotonic() - began)
            return answer

        together.wait(60)
        ticket = timed("join", {"code": lesson.code})["ticket"]
        guessed = False
        until = time.monotonic() + 60
        while time.monotonic() < until:
            state = timed(f"state?ticket={ticket}")
            if state["open"] and not guessed:
                timed("guess", {"ticket": ticket, "step": "duel", "guess": i})
                guessed = True
            if state["revealed"]:
                return state
            time.sleep(1)
        raise AssertionError("never revealed")

    with ThreadPoolExecutor(n) as pool:
        found = [pool.submit(student, i) for i in range(n)]
        together.wait(60)
        lesson.lead("step", step="duel")
        lesson.lead("open")
        until = time.monotonic() + 60
        while lesson.said("state", token=lesson.token)["n_guesses"] < n:
            assert time.monotonic() < until
            time.sleep(0.2)
        state = lesson.lead("reveal")
        told = [answer.result() for answer in found]
    assert state["n_students"] == n
    assert all(answer["guesses"] == list(range(n)) for answer in told)
    assert sorted(answer["mine"] for answer in told) == list(range(n))
    waits.sort()
    assert waits[len(waits) // 2] < 1, "half of all questions are answered in a second"
    assert waits[-1] < 20


HOSTILE = [
    ("join", b"", 400), ("join", b"null", 400), ("join", b"[1]", 400), ("join", b"{", 400),
    ("join", b"[" * 2000, 400), ("join", b"\xff\xfe{}", 400), ("join", b'{"code": NaN}', 400),
    ("join", {}, 403), ("join", {"code": None}, 403), ("join", {"code": "0"}, 403),
    ("join", {"code": ["x"]}, 403), ("join", {"code": "\ud800"}, 403), ("join", {"code": 7}, 403),
    ("join", b" " * 3000, 413), ("join", None, 405),
    ("guess", {"step": "post", "guess": 1}, 403),
    ("guess", {"ticket": "x", "step": "post", "guess": 1}, 403),
    ("guess", {"ticket": {"$ne": ""}, "step": "post", "guess": 1}, 403),
    ("state", None, 403), ("state?ticket=", None, 403), ("state?ticket=" + "x" * 900, None, 403),
    ("state?" + "&".join("a=b" for _ in range(40)), None, 400), ("state", {}, 405),
    ("step", {"step": "duel"}, 403), ("step", {"token": "x", "step": "duel"}, 403),
    ("step", {"token": 1, "step": "duel"}, 403), ("open", {}, 403), ("reveal", {"token": ""}, 403),
    ("", {}, 404), ("../class/join", {}, 404), ("join/", {}, 404), ("__init__", {}, 404),
    ("answer", {}, 404),
]  # fmt: skip
NO_GUESSES = [None, True, [], {}, "", "x" * 41, "<b>", "a b", "\x00", "é", 1e16, 10**400, -1e99]


def test_hostile_messages_are_refused_in_one_line(lesson):
    """4xx each, and the class goes on as if nothing had been."""
    ticket = lesson.join()
    lesson.lead("step", step="post")
    lesson.lead("open")
    for question, body, wanted in HOSTILE:
        status, answer = lesson.ask(question, body)
        assert status == wanted, (question, body, answer)
        assert set(answer) == {"error"}
    for guess in NO_GUESSES:
        status, answer = lesson.ask("guess", {"ticket": ticket, "step": "post", "guess": guess})
        assert status == 400, guess
    for number in (b"NaN", b"Infinity", b"1e999", b"-1e400"):
        sent = b'{"ticket": "%s", "step": "post", "guess": %s}' % (ticket.encode(), number)
        assert lesson.ask("guess", sent)[0] == 400
    for step in (None, 3, "", "Post", "a" * 41, "../x", "post\n"):
        assert lesson.ask("step", {"token": lesson.token, "step": step})[0] == 400
    assert lesson.ask("open", {"token": lesson.token, "open": "no"})[0] == 400
    for token in (lesson.token[:-1], lesson.token + "x", lesson.token.swapcase(), lesson.code):
        assert lesson.ask("state", token=token)[0] == 403
    assert lesson.said("state", token=lesson.token)["guesses"] == []
    assert lesson.said("guess", {"ticket": ticket, "step": "post", "guess": 1})["mine"] == 1


def test_another_hosts_page_cannot_ask(lesson):
    """A form of another page sends no JSON, and its scripts are told nothing they may read."""
    sent = json.dumps({"code": lesson.code}).encode()
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b""):
        status, _ = raw(
            lesson.url,
            b"POST /class/join HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (kind, len(sent), sent),
        )
        assert status == 415
    status, answer = raw(
        lesson.url, b"OPTIONS /class/join HTTP/1.1\r\nOrigin: http://example.org\r\n\r\n"
    )
    assert status == 405
    assert b"access-control" not in answer.lower()


def test_who_sends_less_than_promised_is_let_go(lesson):
    """A message that never comes whole ends after a while, and nobody else waits for it."""
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(
            raw, lesson.url, b"POST /class/join HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", 30
        )
        assert lesson.join()
        assert time.monotonic() - began < 3
        status, _ = slow.result()
    assert status in (None, 400, 408)


def test_codes_cannot_be_guessed(lesson):
    """After twenty wrong codes the right one is refused, too; who is in goes on, and so does the
    teacher."""
    ticket = lesson.join()
    answers = [lesson.ask("join", {"code": f"{i:08d}"})[0] for i in range(40)]
    assert answers.count(403) <= 25
    assert answers[-1] == 429
    assert lesson.ask("join", {"code": lesson.code})[0] == 429
    assert lesson.said(f"state?ticket={ticket}")
    assert lesson.said("state", token=lesson.token)


def test_a_window_that_asks_too_often_is_slowed(lesson):
    """Its ticket alone: others are answered."""
    loud, quiet = lesson.join(), lesson.join()
    answers = [lesson.ask(f"state?ticket={loud}")[0] for _ in range(60)]
    assert set(answers) == {200, 429}
    assert lesson.ask(f"state?ticket={quiet}")[0] == 200


def test_no_class_is_held_without_being_asked():
    """`continuum serve` alone knows no class."""
    with served() as (url, _):
        status, _ = raw(url, b"GET /class/state HTTP/1.1\r\n\r\n")
    assert status == 404


# ---- without a server ----------------------------------------------------------------------------


class Clock:
    """Time that stands until it is told to go on."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def post(room, question, address="a", **said):
    return room.answer(Asked("POST", question, address, body=json.dumps(said).encode()))


def test_the_class_is_full_and_forgets_who_left():
    """No more than MOST_STUDENTS; who guessed is never forgotten, who was only there is."""
    clock = Clock()
    room = Classroom(clock)
    post(room, "step", token=room.token, step="post")
    post(room, "open", token=room.token)
    first = post(room, "join", code=room.code)["ticket"]
    post(room, "guess", ticket=first, step="post", guess=1)
    for i in range(classroom.MOST_STUDENTS - 1):
        post(room, "join", str(i), code=room.code.replace(" ", ""))
    with pytest.raises(Refused, match="full") as refused:
        post(room, "join", code=room.code)
    assert refused.value.code == 429
    clock.now += classroom.GONE + 1
    post(room, "join", code=f" {room.code} ")
    state = room.answer(Asked("GET", "state", "t", token=room.token))
    assert (state["n_students"], state["guesses"]) == (2, [1])
    assert room.answer(Asked("GET", "state", "a", ticket=first))["mine"] == 1


def test_a_lesson_has_so_many_steps():
    room = Classroom()
    for i in range(classroom.MOST_STEPS):
        post(room, "step", token=room.token, step=f"s{i}")
    with pytest.raises(Refused, match="at most"):
        post(room, "step", token=room.token, step="one_more")
    post(room, "step", token=room.token, step="s0")


def test_every_class_has_a_code_and_a_token_of_its_own():
    rooms = [Classroom() for _ in range(50)]
    assert len({room.code for room in rooms}) == len({room.token for room in rooms}) == 50


def test_rates_come_back_and_are_forgotten():
    """So many at once, so many a second; the book of them does not grow."""
    clock = Clock()
    rates = Rates(3, 0.5, clock)
    assert [rates.spend("x") for _ in range(5)] == [True, True, True, False, False]
    clock.now += 2
    assert [rates.spend("x") for _ in range(2)] == [True, False]
    for i in range(20_000):
        rates.spend(str(i))
    assert len(rates._left) <= 5_000
    assert rates.left("x") == 3


def test_messages_are_tables_and_guesses_short():
    assert message(b'{"a": 1}') == {"a": 1}
    assert [checked_guess(g) for g in (0, -3.5, 1e15, "duel.b-2")] == [0, -3.5, 1e15, "duel.b-2"]


# ---- the client ----------------------------------------------------------------------------------

#: A module from its text, as the page's own bundle holds it.
IMPORT = """text => import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})))
    .then((module) => { window.client = module; })"""


def until(page, condition):
    """Wait until something holds in a page whose policy allows no eval (nor playwright's own)."""
    end = time.monotonic() + 15
    while not page.evaluate(condition):
        assert time.monotonic() < end, (condition, page.evaluate("JSON.stringify(window.seen)"))
        page.wait_for_timeout(50)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_client_in_a_browser(lesson):
    """Teacher and students in windows of their own: join, reload, guess, reveal, a wrong code."""
    from playwright.sync_api import sync_playwright

    text = CLIENT.read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])

        def window(url):
            page = browser.new_context().new_page()
            page.goto(url)
            page.evaluate(IMPORT, text)
            return page

        teacher = window(lesson.teacher + "&lang=el")
        watch = """() => { window.seen = [];
            window.stop = window.me.watch((state) => window.seen.push(state),
                {gone: (error) => window.seen.push(error.message)}); }"""
        assert teacher.evaluate("client.takeToken()") == lesson.token
        assert teacher.evaluate("location.hash") == "#lang=el", "a class could read it"
        assert teacher.evaluate("client.takeToken()") == lesson.token
        teacher.evaluate("t => { window.me = client.teachClass('', t); }", lesson.token)
        teacher.evaluate(watch)
        until(teacher, "window.seen.at(-1)?.code")
        code = teacher.evaluate("window.seen.at(-1).code")

        student, other = window(lesson.students), window(lesson.students)
        assert student.evaluate("client.takeToken()") == ""
        refused = student.evaluate(
            "client.joinClass('', '1').catch((e) => [e.name, e.message, e.status])"
        )
        assert refused == ["ClassError", "that is not the code of this class", 403]
        join = "code => client.joinClass('', code).then((me) => { window.me = me; })"
        for page in (student, other):
            page.evaluate(join, code)
            page.evaluate(watch)
        ticket = student.evaluate("me.ticket")
        teacher.evaluate("me.step('duel').then(() => me.open())")
        until(student, "window.seen.at(-1)?.open")
        student.evaluate("me.guess('duel', -12.5)")
        student.reload()
        student.evaluate(IMPORT, text)
        student.evaluate("client.rejoinClass('').then((me) => { window.me = me; })")
        assert student.evaluate("me.ticket") == ticket
        student.evaluate(watch)
        until(student, "window.seen.at(-1)?.mine === -12.5")
        other.evaluate("me.guess('duel', 40)")
        until(teacher, "window.seen.at(-1)?.n_guesses === 2")
        assert teacher.evaluate("window.seen.at(-1).guesses") == [-12.5, 40]
        assert other.evaluate("window.seen.every((state) => !state.guesses)")
        teacher.evaluate("me.reveal()")
        until(other, "window.seen.at(-1)?.guesses?.length === 2")
        late = other.evaluate("me.guess('duel', 1).catch((e) => [e.message, e.status])")
        assert late == ["guessing is not open at this step", 409]
        gone = other.evaluate(
            """() => new Promise((done) => client.teachClass("", "wrong")
                .watch(() => done("told"), {gone: (error) => done(error.status)}))"""
        )
        assert gone == 403
        n = other.evaluate("window.stop(), window.seen.length")
        teacher.evaluate("me.step('flip')")
        other.wait_for_timeout(1500)
        assert other.evaluate("window.seen.length") == n, "it was told to stop"
        assert other.evaluate("client.joinClass('http://127.0.0.1:9', '1').catch((e) => e.status)"
                              ) == 0  # fmt: skip
        browser.close()
