"""``continuum notebooks``: the notebooks for students, copied to work in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FOLDER = Path("continuum_notebooks")


def notebooks(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="where to; made if need be")
    ] = FOLDER,
    force: Annotated[bool, typer.Option("--force", help="replace files that were changed")] = False,
) -> None:
    """Copy the notebooks and their lesson plans to a folder, and say how to open them.

    Files that were changed are kept, and nothing is copied, unless --force is given.
    """
    import shlex

    from simulation.commands.teaching import copy_notebooks

    copied = copy_notebooks(folder, force=force)
    books = [path.name for path in copied if path.suffix == ".ipynb"]
    print(f"{len(books)} notebooks and their lesson plans are in {folder}:")
    print("\n".join(f"  {name}" for name in books))
    print("to open them:")
    print("  pip install 'continuum-brand[notebooks]'")
    print(f"  jupyter lab {shlex.quote(str(folder))}")
