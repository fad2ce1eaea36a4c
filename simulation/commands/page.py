"""``continuum page``: the page as one file that needs nothing, to send, to put up, to hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.tools.errors import InputError

LANGUAGES = ("en", "el")
PAGE = Path("page.html")

StoryOption = Annotated[
    Path | None, typer.Option("--story", metavar="FILE", help="a story of your own (.toml)")
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--lang", metavar="|".join(LANGUAGES), help="it opens in; the browser's"),
]


def page(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="page.html unless told")
    ] = None,
    story: StoryOption = None,
    lang: LanguageOption = None,
    scorm: Annotated[
        Path | None,
        typer.Option("--scorm", metavar="FILE", help="a lesson for Moodle and others (.zip)"),
    ] = None,
) -> None:
    """Write the page as one HTML file: no server, no network, no Python to open it.

    With --scorm a package of SCORM 1.2 is written, and the page beside it only where --out says so.
    """
    from simulation.tools.files import to_text, write_all
    from simulation.web.page import page_html
    from simulation.web.scorm import package

    options = page_options(lang)
    writers = {}
    if out is not None or scorm is None:
        file = checked_file(out or PAGE, "--out", ".html")
        writers[file] = to_text(page_html(story=story, options=options))
    if scorm is not None:
        lesson = package(page_html(story=story, options={**options, "scorm": True}))
        file = checked_file(scorm, "--scorm", ".zip")
        if file in writers:
            raise InputError(f"--out and --scorm are both {file}: two files are written")
        writers[file] = lambda part: part.write_bytes(lesson)
    for path in write_all(writers):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {_how(path)}")


def page_options(lang: str | None) -> dict[str, Any]:
    """Return what the page is told of a language; raise InputError for one it does not speak."""
    if lang is None:
        return {}
    if lang not in LANGUAGES:
        raise InputError(f"--lang {lang[:40]} is not allowed: {' or '.join(LANGUAGES)}")
    return {"lang": lang}


def checked_file(path: Path, option: str, ending: str) -> Path:
    """Return where a file is to be written; raise InputError where it cannot stand."""
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise InputError(f"{option} {path}: {error}") from None
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise InputError(f"{option} {path}: is a folder; say a file, as in {path / 'page'}{ending}")
    return path


def _how(path: Path) -> str:
    if path.suffix == ".zip":
        return "to be uploaded to a course as a SCORM 1.2 package"
    return f"to be opened by a double click, or as {path.resolve().as_uri()}"
