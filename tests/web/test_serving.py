"""``continuum serve`` from the command line: ports, hosts, what is served, how it ends."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from simulation import InputError
from simulation.commands.cli import main
from simulation.web import serving
from simulation.web.page import page_html
from tests.web.browser import chromium, served


@pytest.fixture
def taken():
    """A port that somebody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def url():
    """The address of a page that is served."""
    with served() as (address, _):
        yield address


def test_a_port_in_use_is_said(taken, capsys):
    """Exit code 2 and one line that says what to do; nothing is served."""
    assert main(["serve", "--port", str(taken)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"port {taken} on 127.0.0.1 is in use" in error
    assert "--port 0" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "port = 70000 is not allowed"),
        (["--port", "-1"], "port = -1 is not allowed"),
        (["--port", "x"], "--port"),
        (["--host", "no.such.host.invalid"], "no such address"),
        (["--host", "192.0.2.7", "--port", "0"], "192.0.2.7"),
        (["--lang", "fr"], "--lang fr is not allowed: en or el"),
    ],
)
def test_wrong_addresses_are_one_line(words, said, capsys):
    """What cannot be is named, with exit code 2."""
    assert main(["serve", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_it_serves_here_only_and_ends_quietly():
    """On 127.0.0.1 by default, without a warning; Ctrl-C ends it without a word."""
    with served() as (url, process):
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


def test_listening_anywhere_else_is_warned_of():
    """On all addresses of the machine: a warning on stderr before it listens."""
    with served("--host", "0.0.0.0") as (url, process):
        assert url.startswith("http://0.0.0.0:")
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert said.startswith("continuum: WARNING: 0.0.0.0 can be reached by other machines")
    assert said.count("\n") == 1


def test_two_can_be_served_at_once(url):
    """--port 0 finds a free port each time."""
    with served() as (other, _):
        assert url != other


def test_a_port_of_the_system_is_said(monkeypatch):
    """A port that needs rights: the line says to choose another."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(InputError, match="from 1024 on"):
        serving.free_socket("127.0.0.1", 80)


def test_the_page_is_the_one_that_is_written(url):
    """Byte for byte what `continuum page` writes, packed where the browser takes it."""
    page = page_html(options={"class": False}).encode()
    for path in ("", "index.html", "?from=a-link"):
        with urllib.request.urlopen(url + path) as answer:
            assert answer.read() == page
            assert answer.headers["Content-Encoding"] is None
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(asked) as answer:
        assert gzip.decompress(answer.read()) == page
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
        assert answer.headers["Content-Length"] == str(len(page))
        assert answer.read() == b""


def test_the_headers_are_sensible(url):
    """Nothing kept, nothing guessed, nobody else asked; any host may show it in a frame."""
    with urllib.request.urlopen(url) as answer:
        headers = answer.headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in headers
    assert "Access-Control-Allow-Origin" not in headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors" not in policy
    assert "http" not in policy
    assert "python" not in str(headers).lower()


def raw(url, sent, wait=15):
    """Send bytes as they are; return the status, and what was answered."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=wait) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    found = re.match(rb"HTTP/1\.\d (\d{3})", answer)
    return int(found[1]) if found else None, answer


HOSTILE = {
    b"GET /../../etc/passwd HTTP/1.1\r\n\r\n": 404,
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n\r\n": 404,
    b"GET //[ HTTP/1.1\r\n\r\n": 404,
    b"GET http://[/ HTTP/1.1\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: [::\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: rebound.example.org\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\n\r\n": 400,
    b"GET / HTTP/x\r\n\r\n": 400,
    b"PUT / HTTP/1.1\r\n\r\n": 405,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": 400,
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n": 414,
    b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n": 431,
    b"POST / HTTP/1.1\r\n\r\n": 411,
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n": 411,
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n" + b"a" * 70_000: 413,
    b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}": 405,
    b"GET /class/state HTTP/1.1\r\n\r\n": 404,
    b"POST /class/join HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}": 404,
}


@pytest.mark.parametrize("sent", HOSTILE, ids=lambda sent: sent[:40].decode("latin-1"))
def test_what_is_no_request_is_answered_in_one_line(url, sent):
    """4xx and one line of JSON, whatever is sent; and the page is there as before."""
    status, answer = raw(url, sent)
    assert status == HOSTILE[sent]
    body = answer.split(b"\r\n\r\n", 1)[1]
    assert body.count(b"\n") == 1
    assert json.loads(body)["error"]
    assert urllib.request.urlopen(url).status == 200


def test_who_says_nothing_does_not_keep_others_waiting():
    """A hundred windows that connect and are silent, and one that drips: the page still comes,
    they are let go, and nothing is said of it."""
    with served() as (url, process):
        where = urlsplit(url)
        silent = [socket.create_connection((where.hostname, where.port)) for _ in range(100)]
        silent[0].sendall(b"GET / HTT")
        began = time.monotonic()
        assert urllib.request.urlopen(url, timeout=5).status == 200
        assert time.monotonic() - began < 3
        gone = 0
        for connection in silent:
            connection.settimeout(serving.TO_ARRIVE + 5)
            try:
                gone += connection.recv(1000) == b""
            except ConnectionError:
                gone += 1
            connection.close()
        assert gone == 100
        left = http.client.HTTPConnection(where.hostname, where.port)
        left.request("GET", "/")
        left.close()  # without waiting for the answer
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert process.stderr.read() == ""


#: A worker of a blob, one of a data: address, and a module: what the page needs.
NEEDED = """async () => {
    const seen = {};
    const code = "onmessage = () => postMessage('lives')";
    const blob = URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
    for (const [name, address] of [["blob", blob], ["data", "data:text/javascript," + code]]) {
        seen[name] = await new Promise((done) => {
            const worker = new Worker(address);
            worker.onmessage = (message) => done(message.data);
            worker.onerror = () => done("refused");
            worker.postMessage(0);
        }).catch(String);
    }
    const empty = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]);
    seen.module = (await WebAssembly.instantiate(empty)).module instanceof WebAssembly.Module;
    seen.outside = await fetch("http://127.0.0.1:9/").then(() => "reached", () => "refused");
    return seen;
}"""


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_policy_lets_the_page_live_and_no_more(url, tmp_path):
    """Workers and modules work, other hosts are not asked; a frame of another host shows it."""
    from playwright.sync_api import sync_playwright

    (tmp_path / "elsewhere.html").write_text(f'<iframe src="{url}"></iframe>', encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        window = browser.new_page()
        said: list[str] = []
        window.on("console", lambda message: said.append(message.text))
        window.goto(url + "#step=sandbox")
        window.wait_for_selector("[data-lived]:not([data-lived=''])")
        assert not said
        seen = window.evaluate(NEEDED)
        window.goto((tmp_path / "elsewhere.html").as_uri())
        title = window.frames[1].title()
        browser.close()
    assert seen == {"blob": "lives", "data": "lives", "module": True, "outside": "refused"}
    assert title.startswith("Continuum")
