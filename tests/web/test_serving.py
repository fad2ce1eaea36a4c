"""``continuum serve`` from the command line: ports, hosts, what is missing, how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from simulation import InputError
from simulation.commands.cli import main
from simulation.web import serving
from tests.web.browser import served


@pytest.fixture
def taken():
    """A port that somebody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


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
    ],
)
def test_wrong_addresses_are_one_line(words, said, capsys):
    """A port or host that cannot be is named, with exit code 2."""
    assert main(["serve", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_it_serves_here_only_and_ends_quietly():
    """On 127.0.0.1 by default, without a warning; Ctrl-C ends it without a traceback."""
    with served() as (url, process):
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)
        assert "Traceback" not in process.stderr.read()


def test_listening_anywhere_else_is_warned_of():
    """On all addresses of the machine: a warning on stderr before it listens."""
    with served("--host", "0.0.0.0") as (url, process):
        assert url.startswith("http://0.0.0.0:")
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert said.startswith("continuum: WARNING: 0.0.0.0 can be reached by other machines")
    assert "no password" in said


def test_other_websites_are_turned_away():
    """A page of another origin can open no session, and another name for us is not answered."""
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    with served() as (url, _):
        socket_url = url.replace("http", "ws") + "jupyter/api/kernels/k/channels?session_id=s"
        with connect(socket_url, origin=url.rstrip("/")):
            pass
        for origin in ("https://example.org", "http://127.0.0.1:1", "null"):
            with pytest.raises(InvalidStatus, match="403"), connect(socket_url, origin=origin):
                pass
        asked = urllib.request.Request(url, headers={"Host": "rebound.example.org"})
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(asked)


def test_two_can_be_served_at_once():
    """--port 0 finds a free port each time."""
    with served() as (one, _), served() as (two, _):
        assert one != two


def test_what_is_missing_is_said(tmp_path, monkeypatch, capsys):
    """Without solara, or without its assets: one line that names the extra."""
    assert serving.missing_assets(tmp_path).startswith("@widgetti/")
    code = "import sys; sys.modules['solara.server'] = None; " \
           "from simulation.commands.cli import main; " \
           "sys.exit(main(['serve', '--port', '0']))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "continuum-brand[page]" in done.stderr


def test_a_port_of_the_system_is_said(monkeypatch):
    """A port that needs rights: the line says to choose another."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(InputError, match="from 1024 on"):
        serving.free_socket("127.0.0.1", 80)
