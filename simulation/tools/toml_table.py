"""Read a TOML file that somebody made: every way in which it can be wrong is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from simulation.tools.errors import InputError


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; every way in which that can fail is one line that names the file."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, a .toml file is wanted") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:  # TOML's own errors are ValueErrors
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a valid TOML file ({reason})") from None
