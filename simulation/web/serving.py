"""Serve the page on this machine: one file, from the standard library, until Ctrl-C.

There is nothing to log in to and nothing to compute: whoever reaches the server can read the page.
A lesson (classroom.py) adds a few small questions in JSON, under ``/class/``.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulation.tools.errors import InputError, check_whole
from simulation.web.classroom import LONGEST_MESSAGE, Asked, Classroom, Refused

LOCAL = ("127.0.0.1", "localhost", "::1")
PORT = 8765

#: So many requests are answered at once; the next is closed, and its sender asks again.
AT_ONCE = 600
#: So long a request may take to arrive whole, and so long an answer may take to be sent [s].
TO_ARRIVE, TO_SEND = 10.0, 120.0

#: What the page may do: its own scripts, its module, its workers; ask this server, and nobody else.
#: Nothing is said of frame-ancestors: any host may show the page in a frame.
POLICY = "; ".join([
    "default-src 'none'",
    "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob: data:",
    "worker-src blob: data:",
    "style-src 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src data:",
    "connect-src 'self' blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
])  # fmt: skip


def free_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address, or raise InputError that says what to do."""
    port = check_whole("port", port, 0, 65_535)
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise InputError(f"--host {host[:60]}: no such address on this machine") from None
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except PermissionError:
        listener.close()
        raise InputError(f"port {port} is not for everybody: choose one from 1024 on") from None
    except OSError as error:
        listener.close()
        if error.errno == 98 or "in use" in str(error):
            raise InputError(
                f"port {port} on {host} is in use, perhaps by another continuum serve: "
                "say --port N for another, or --port 0 for one that is free"
            ) from None
        raise InputError(f"--host {host}: {error.strerror or error}") from None
    return listener


class _Timely(io.RawIOBase):
    """What arrives at a socket, as long as all of it arrives in time."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """One request: the page, or a question of a lesson. Every connection serves one."""

    server: PageServer
    server_version, sys_version = "continuum", ""
    default_request_version = "HTTP/1.0"  # so that what is no request is answered with a status

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Timely(self.connection, TO_ARRIVE))

    def do_GET(self) -> None:
        self._answer_to("GET")

    def do_HEAD(self) -> None:
        self._answer_to("HEAD")

    def do_POST(self) -> None:
        self._answer_to("POST")

    def _answer_to(self, method: str) -> None:
        try:
            url = urlsplit(self.path)
            self._check_host()
            if url.path.startswith("/class/"):
                self._tell(self._class(method, url.path.removeprefix("/class/"), url.query))
            elif method == "POST":
                self._read()
                raise Refused(405, "the page is only read")
            elif url.path in ("/", "/index.html"):
                self._page()
            elif url.path == "/favicon.ico":
                self._send(204, b"", "image/x-icon")
            else:
                raise Refused(404, "here is the page alone, at /")
        except Refused as refused:
            self._tell({"error": str(refused)}, refused.code)
        except ValueError:  # an address or a header that cannot be taken apart
            self._tell({"error": "that is no request we understand"}, 400)

    def _check_host(self) -> None:
        """A page of another host that took a name for this machine is not answered."""
        if self.server.here_only:
            name = urlsplit(f"//{self.headers.get('Host', LOCAL[0])}").hostname
            if name not in LOCAL:
                raise Refused(400, "this is another host than you ask for")

    def _class(self, method: str, question: str, query: str) -> dict[str, Any]:
        room = self.server.classroom
        if room is None:
            raise Refused(404, "no class is held here")
        said = parse_qs(query, max_num_fields=10) if len(query) < 500 else {}
        body = self._read() if method == "POST" else b""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        ticket = said.get("ticket", [""])[0]
        return room.answer(Asked(method, question, self.client_address[0], ticket, token, body))

    def _read(self) -> bytes:
        """Return what was sent; raise Refused for what is too long, or no JSON of our page."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 12):
            raise Refused(411, "say how long the message is")
        if int(length) > LONGEST_MESSAGE:
            self.rfile.read(min(int(length), 65_536))  # else the sender would not hear us
            raise Refused(413, f"a message has at most {LONGEST_MESSAGE:,} bytes")
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":  # a form of another host's page
            raise Refused(415, "a message is application/json")
        return body

    def _page(self) -> None:
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Encoding"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = self.server.packed if packed else self.server.page
        self._send(200, body, "text/html; charset=utf-8", headers)

    def _tell(self, told: dict[str, Any], code: int = 200) -> None:
        text = json.dumps(told, allow_nan=False) + "\n"
        self._send(code, text.encode(), "application/json; charset=utf-8")

    def _send(
        self, code: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.connection.settimeout(TO_SEND)
        self.send_response(code)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request we understand in one line of JSON."""
        code = {501: 405, 505: 400}.get(code, code)  # it is the request that is wrong, not we
        self._tell({"error": HTTPStatus(code).phrase.lower()}, code)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is kept of who asked what."""


class PageServer(ThreadingHTTPServer):
    """The page, and a lesson where one is held, at a socket that listens already."""

    daemon_threads = True

    def __init__(
        self, listener: socket.socket, page: str, *, here_only: bool, classroom: Classroom | None
    ) -> None:
        self.address_family = listener.family
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.page = page.encode()
        self.packed = gzip.compress(self.page, 6, mtime=0)
        self.here_only = here_only
        self.classroom = classroom
        self._free = threading.Semaphore(AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, if not too many are answered already."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and let the next one in."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say a defect of ours in one line; somebody who left in the middle is none."""
        error = sys.exception()
        if not isinstance(error, OSError):
            print(f"continuum: {type(error).__name__}: {error}; please report it", file=sys.stderr)


def serve(
    host: str, port: int, page: str, *, open_browser: bool = False, classroom: bool = False
) -> None:
    """Serve the page until Ctrl-C; say where it is, and who can reach it."""
    room = Classroom() if classroom else None
    here_only = host in LOCAL
    with (
        free_socket(host, port) as listener,
        PageServer(listener, page, here_only=here_only, classroom=room) as server,
        contextlib.suppress(KeyboardInterrupt),
    ):
        url = _address(host, listener.getsockname()[1])
        if not here_only:
            print(_warning(host, room), file=sys.stderr, flush=True)
        print(f"Continuum is at {url} (Ctrl-C ends it)", flush=True)
        shown = url
        if room is not None:
            outside = url if here_only else _address(_reached(host), listener.getsockname()[1])
            shown = f"{url if here_only else outside}#teacher={room.token}"
            print(_lesson(outside, shown, room.code, here_only), flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(shown)
        server.serve_forever()


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _reached(host: str) -> str:
    """Return the address by which others reach a server at all addresses of this machine."""
    if host not in ("0.0.0.0", "::", ""):
        return host
    family, far = (
        (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    )
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))  # nothing is sent: the system says which way it would go
            return str(probe.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _warning(host: str, room: Classroom | None) -> str:
    can = "read the page" if room is None else "read the page, and knock at the class"
    return (
        f"continuum: WARNING: {host} can be reached by other machines: they can {can}, "
        "nothing else. Nothing is encrypted. Without --host only this machine can."
    )


def _lesson(students: str, teacher: str, code: str, here_only: bool) -> str:
    who = " (only on this machine: --host ADDRESS lets others in)" if here_only else ""
    return (
        f"for students: {students}{who}\n"
        f"class code:   {code} (your screen shows it, too)\n"
        f"for you:      {teacher}\n"
        "              (whoever has this address leads the class: keep it to yourself)"
    )
