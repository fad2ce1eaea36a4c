"""The notebooks for students: where they are, and copies of them to work in."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from simulation.tools import PACKAGE
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that came with the project.

    In the package where it was installed (setup.py puts them there), beside it in a clone. Raises
    InputError where they are missing.
    """
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if any(folder.glob("*.ipynb")):
            return folder
    raise InputError("the notebooks did not come with this installation: install it again")


def notebook_files(folder: Path) -> list[Path]:
    """Return what belongs to the notebooks of a folder, relative to it: they, plans, README."""
    patterns = ("*.ipynb", "README.md", "lesson_plans/*.md")
    return sorted(file.relative_to(folder) for p in patterns for file in folder.glob(p))


def copy_notebooks(folder: str | Path, *, force: bool = False) -> list[Path]:
    """Copy notebooks and lesson plans into a folder, made if need be, and return their paths.

    Parameters
    ----------
    folder : path
    force : bool
        Replace files that differ; unless told they are somebody's work, and nothing is copied.

    Raises
    ------
    InputError
        When files differ, or the folder cannot be written.
    """
    source = notebooks_folder()
    target = check_out_folder(folder, make=False)
    copies = {target / name: source / name for name in notebook_files(source)}
    taken = [path for path in copies if path.is_dir()]
    if taken:
        raise InputError(f"{taken[0]}: is a folder; a file is wanted there")
    changed = [p for p, own in copies.items() if p.is_file() and p.read_bytes() != own.read_bytes()]
    if changed and not force:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise InputError(
            f"{changed[0]}{more}: changed since it was copied; nothing was copied: "
            "another folder, or --force to replace"
        )
    for place in {path.parent for path in copies}:
        check_out_folder(place)
    return write_all({path: partial(shutil.copyfile, own) for path, own in copies.items()})
