"""The tests, in the folders of the package."""

from pathlib import Path

#: The project's folder.
ROOT = Path(__file__).resolve().parent.parent
