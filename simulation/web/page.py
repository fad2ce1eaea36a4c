"""The page as one self-contained HTML file: here a place holder of the same shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def page_html(
    *,
    story: Path | None = None,
    state: str = "",
    embed: str = "",
    options: Mapping[str, Any] | None = None,
) -> str:
    """Return the one file.

    story : a story of one's own; None: ours
    state, embed : the hash it opens with, and the one picture it shows
    options : what else is special about this file: lang, scorm, class
    """
    own = {"state": state, "embed": embed, "scorm": False, "class": False, **(options or {})}
    if story is not None:
        story.read_text(encoding="utf-8")
    data = json.dumps({"options": own}).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Continuum</title>'
        f'<script type="application/json" id="continuum">{data}</script></head>\n'
        "<body><h1>Continuum</h1></body></html>\n"
    )
