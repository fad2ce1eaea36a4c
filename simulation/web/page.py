"""The page: one HTML file that needs nothing else.

``page_html()`` puts together the bundle (page/, built/), what the model declares, the controls,
the story and the texts, and the engine in base64. ``python -m simulation.web.page`` writes the page
as it stands in the repository, for whoever has no Python: built/continuum.html.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simulation.core.module_about import WASM
from simulation.inputs.strategy import ACTIVITIES
from simulation.web.controls import controls, limits
from simulation.web.declared import declared
from simulation.web.story import read_story
from simulation.web.texts import texts

HERE = Path(__file__).parent
BUILT = HERE / "built"
#: The licences of what is linked into the engine; those of the page's libraries are in built/.
NOTICE = WASM.with_name("NOTICE")
#: Sections of the texts that come with the steps of the story.
TOLD = ("story", "examples", "parts")
WHOLE = BUILT / "continuum.html"
SHELL = HERE / "page" / "shell.html"


def page_html(
    *,
    story: Path | None = None,
    state: str = "",
    embed: str = "",
    options: Mapping[str, Any] | None = None,
) -> str:
    """Return the page as the text of one HTML file.

    story : a file of steps (STORY.md) instead of the page's own
    state : what it opens with, as the address has it after "#"
    embed : "crowd", "lead", "funnel" or "story": only that
    options : further ones, as README.md lists them: lang, scorm, class

    Raises InputError where the story is wrong.
    """
    said = {
        "story": read_story(story),
        "options": {"state": state, "embed": embed, **(options or {})},
    }
    about = {**_always(), **said}
    parts = {
        "/*style*/": _built("page.css"),
        'id="continuum">': f'id="continuum">{_json(about)}',
        'id="engine">': f'id="engine">{base64.b64encode(WASM.read_bytes()).decode()}',
        'id="worker">': f'id="worker">{_script(_built("worker.js"))}',
        'id="licences">': f'id="licences">{_script(_built("NOTICE") + NOTICE.read_text("utf-8"))}',
        "<script></script>": f"<script>{_script(_built('page.js'))}</script>",
    }
    page = SHELL.read_text(encoding="utf-8")
    for place, text in parts.items():
        before, found, after = page.partition(place)
        assert found, place
        page = f"{before}{text}{after}"
    return page


@cache
def _always() -> dict[str, Any]:
    said = {
        language: {section: words for section, words in sections.items() if section not in TOLD}
        for language, sections in texts().items()
    }
    moved = {"list": controls(), "activities": list(ACTIVITIES), **limits()}
    return {"declared": declared(), "controls": moved, "texts": said}


def _built(name: str) -> str:
    return (BUILT / name).read_text(encoding="utf-8")


def _script(text: str) -> str:
    """Return JavaScript that no "</script>" inside it ends."""
    return text.replace("</script", "<\\/script")


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")  # so that nothing in it is read as HTML


if __name__ == "__main__":
    WHOLE.write_text(page_html(), encoding="utf-8")
