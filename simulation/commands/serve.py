"""``continuum serve``: the page on this machine, and a lesson in which guesses are gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from simulation.commands.page import LanguageOption, StoryOption, page_options


def serve(
    host: Annotated[str, typer.Option("--host", help="where to listen")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0: one that is free")] = 8765,
    open_: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
    story: StoryOption = None,
    lang: LanguageOption = None,
    class_: Annotated[
        bool, typer.Option("--class", help="a lesson: students guess, you reveal for all")
    ] = False,
) -> None:
    """Serve the page, the same file that continuum page writes, until Ctrl-C.

    With --class you are given two addresses: one for students, who enter the code on your screen,
    and one for you alone. Others reach them only where --host says so.
    """
    from simulation.web.page import page_html
    from simulation.web.serving import serve as serve_page

    page = page_html(story=story, options={**page_options(lang), "class": class_})
    serve_page(host, port, page, open_browser=open_, classroom=class_)
