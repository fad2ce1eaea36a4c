"""Read a TOML file that somebody made: every way in which it can be wrong is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from simulation.tools.errors import InputError
from simulation.tools.text_file import read_text


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, whatever mark its text begins with (`read_text`).

    Every way in which that can fail is one line that names the file.
    """
    text = read_text(path, ".toml")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOML's own errors are ValueErrors
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a valid TOML file ({reason})") from None


def is_file(text: str) -> bool:
    """Return whether a text given for a scenario or strategy is a path, and not a name."""
    return text.endswith(".toml") or "/" in text or "\\" in text


def beside(folder: Path, text: str) -> str:
    """Return a path as a file in `folder` means it: from that folder; "" stays "" (none)."""
    return str((folder / text).resolve()) if text else text
