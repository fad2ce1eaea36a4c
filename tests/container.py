"""What the Containerfile says, for the tests."""

from __future__ import annotations

from tests import ROOT


def lines(word: str) -> list[str]:
    """Return what stands behind a word of the Containerfile, line by line."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    return [line.removeprefix(f"{word} ") for line in text.splitlines() if line.startswith(word)]


def copied() -> list[str]:
    """Return the files and folders that go into the container."""
    return [name for line in lines("COPY") for name in line.split()[:-1]]
