"""Serve the page on this machine: a port that is free, assets that are here, no outside host."""

from __future__ import annotations

import importlib
import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulation.tools.errors import InputError, check_whole
from simulation.web.choice import Choice
from simulation.web.pair import KeptWorlds

LOCAL = ("127.0.0.1", "localhost", "::1")
PORT = 8765
INSTALL = 'pip install "continuum-brand[page]"'

#: How long a window that lost its connection (a closed lid) keeps its state on the server.
KEPT = "10m"


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
        listener.listen(128)
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


def quiet_settings() -> None:
    """Tell Solara, before it is imported, to be alone: no telemetry, no outside host."""
    for name, value in {
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_ASSETS_PROXY": "True",  # the browser asks us, and we have the files
        "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # what is missing here is asked of nobody
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_ASSETS_EXTRA_LOCATIONS": "simulation.web.assets",
        "SOLARA_KERNEL_CULL_TIMEOUT": KEPT,
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_TITLE": "Continuum",
        "SOLARA_THEME_FORCE_REFRESH": "True",  # the address holds it all: after a restart, reload
    }.items():
        os.environ[name] = value


def application() -> Any:
    """Return the page as an ASGI application; raise InputError if something is not installed."""
    quiet_settings()
    try:
        starlette = importlib.import_module("solara.server.starlette")
    except ImportError:
        raise InputError(f"continuum serve needs solara: {INSTALL}") from None
    from solara.server import app, settings

    missing = missing_assets(settings.assets.proxy_cache_dir)
    if missing:
        raise InputError(f"continuum serve needs solara-assets ({missing} is missing): {INSTALL}")
    settings.main.mode = "production"
    app.apps["__default__"] = app.AppScript("simulation.web.app")
    return starlette.app


def missing_assets(folder: Path) -> str:
    """Return the first library of the page's frame that is not in the folder; "" if all are."""
    template = Path(importlib.import_module("solara.server").__file__ or "").parent
    text = (template / "templates" / "solara.html.j2").read_text("utf-8")
    for line in text.splitlines():
        if "{{cdn}}/" in line and "vuetify3" not in line and "fontawesome" not in line:
            name = line.split("{{cdn}}/")[1].split('"')[0]
            for version in ("7", "8"):
                path = name.replace("{{ipywidget_major_version}}", version)
                if version == "8" and not (folder / path).exists():
                    return path
    return ""


class OwnPageOnly:
    """Turn away sessions that the page of another website asks for.

    A browser lets any page open a websocket to this machine, and says in `Origin` whose page it is:
    it must be the host that is asked.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on everything but a websocket of another origin."""
        if scope["type"] == "websocket":
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            origin = headers.get(b"origin")
            if origin is not None and urlsplit(origin).netloc != headers.get(b"host"):
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
        await self.app(scope, receive, send)


def guarded(app: Any, host: str) -> Any:
    """Return the application as only our own page, under a name of this machine, reaches it."""
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    names = ["127.0.0.1", "localhost", "[::1]"] if host in LOCAL else ["*"]
    return TrustedHostMiddleware(OwnPageOnly(app), allowed_hosts=names)


def serve(host: str, port: int, *, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C; say where it is, and warn where others could reach it."""
    with free_socket(host, port) as listener:
        app = guarded(application(), host)
        import uvicorn

        KeptWorlds().live(Choice(changes=(("n_people", 100),)))  # what is compiled once, now
        # said at every visit over http, and harmless: the page has no login
        warnings.filterwarnings("ignore", message="Cookies with samesite=none")
        if host not in LOCAL:
            print(
                f"continuum: WARNING: {host} can be reached by other machines. The page asks for "
                "no password: whoever reaches it can make this machine compute. Without --host "
                "only this machine can.",
                file=sys.stderr,
            )
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}/"
        print(f"Continuum is at {url} (Ctrl-C ends it)", flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(url)
        how = uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
        uvicorn.Server(how).run(sockets=[listener])
