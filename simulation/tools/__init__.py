"""Tools that know nothing of brands: errors, stamps, tables of CSV, files written whole."""

from pathlib import Path

#: The package's own folder.
PACKAGE = Path(__file__).parent.parent

VERSION = "0.1.0"
