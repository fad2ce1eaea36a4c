"""The words of the page: one file a language, with the same keys and the same {placeholders}.

`texts()` is all of it, ready for JSON; `problems()` says in what two languages do not agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simulation.tools.toml_table import read_toml

#: The languages of the page, the one it opens with first. Each has a file, folder/<language>.toml.
LANGUAGES = ("en", "el")

#: Sections that English does not have: it says what the model declares of itself.
NOT_IN_ENGLISH = ("outcomes",)

FOLDER = Path(__file__).parent / "texts"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@cache
def _read(language: str) -> dict[str, Any]:
    return read_toml(FOLDER / f"{language}.toml")


def texts() -> dict[str, dict[str, Any]]:
    """Return every word of the page by language, section and key, ready for JSON."""
    return {language: _read(language) for language in LANGUAGES}


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a text: what the page puts there."""
    return set(_PLACEHOLDER.findall(text))


def flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every text of a table with its full key: ("diary.after.post", "after a post")."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def problems(by_language: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for every text that a language lacks or that has other placeholders there."""
    first, *others = by_language
    wanted, found = dict(flat(by_language[first])), []
    for language in others:
        has = dict(flat(by_language[language]))
        found += [f"{language}: {key} is missing" for key in wanted if key not in has]
        for key, text in has.items():
            if key not in wanted:
                if key.split(".")[0] not in NOT_IN_ENGLISH:
                    found.append(f"{language}: {key} is not in {first}")
            elif (mine := placeholders(str(text))) != (theirs := placeholders(str(wanted[key]))):
                found.append(f"{language}: {key} has {_braces(mine)}, {first} {_braces(theirs)}")
    for language, table in by_language.items():
        for key, text in flat(table):
            if not isinstance(text, str) or not text.strip():
                found.append(f"{language}: {key} is no text")
    return found


def _braces(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "no placeholder"
