"""``continuum serve``: the page, two strategies side by side."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option("--host", help="where to listen")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0: one that is free")] = 8765,
    open_: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
) -> None:
    """Serve the page: two strategies side by side, replayed at every move of a slider."""
    from simulation.web.serving import serve as serve_page

    serve_page(host, port, open_browser=open_)
