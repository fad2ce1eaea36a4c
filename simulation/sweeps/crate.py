"""A crate: a store as it was published, with what describes it (an RO-Crate), read again.

The folder of a crate is a store; `ro-crate-metadata.json` names every file of it with its hash.
`analyses/publishing.py` makes crates.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulation.core.module_about import LAYOUT, WASM
from simulation.sweeps.store import MANIFEST, SETTINGS, Store, open_store
from simulation.tools.errors import InputError
from simulation.tools.files import hash_of

METADATA = "ro-crate-metadata.json"


def files_of_store(store: Store) -> list[Path]:
    """Return the files a store is read from and lived again with, and no others."""
    about = [store.folder / name for name in (MANIFEST, SETTINGS, WASM.name, LAYOUT.name)]
    parts = [path for batch in store.batches() for path in batch.files()]
    return [path for path in about if path.exists()] + sorted(parts)


@contextmanager
def store_at(path: str | Path) -> Iterator[Store]:
    """Give the store at a path: the folder of a sweep or of a crate, or a crate as a .zip file.

    Every file of a crate is held against its hash first. Raises InputError, naming what is not as
    it was published.
    """
    path = Path(path).expanduser()
    if path.is_file():
        with tempfile.TemporaryDirectory(prefix="continuum-") as place:
            yield _checked(_unpacked(path, Path(place)), path)
    elif (path / METADATA).is_file():
        yield _checked(path, path)
    else:
        yield open_store(path)


def _unpacked(path: Path, place: Path) -> Path:
    """Unpack a .zip file; return the folder of the crate in it: the top, or the one folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(place)
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile,
            zlib.error) as error:  # fmt: skip
        raise InputError(
            f"{path}: cannot be unpacked: it is no whole .zip file ({error})"
        ) from None
    for folder in (place, *sorted(place.iterdir())):
        if (folder / METADATA).is_file():
            return folder
    raise InputError(f"{path}: holds no crate ({METADATA} is not there)")


def _checked(folder: Path, path: Path) -> Store:
    """Return the store of a crate whose files are all as they were published."""
    hashes = _hashes(folder, path)
    missing = [name for name in hashes if not (folder / name).is_file()]
    changed = [name for name in hashes if name not in missing]
    changed = [name for name in changed if hash_of(folder / name) != hashes[name]]
    for what, names in (("not there", missing), ("not as it was published", changed)):
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise InputError(f"{path}: {what}: {', '.join(names[:5])}{more}: take the crate anew")
    store = open_store(folder)
    for file in files_of_store(store):
        if (name := file.relative_to(folder).as_posix()) not in hashes:
            raise InputError(f"{path}: {name} was added since it was published: take it out")
    return store


def _hashes(folder: Path, path: Path) -> dict[str, str]:
    """Return the hash of every file that the metadata of a crate describe."""
    try:
        graph = json.loads((folder / METADATA).read_text(encoding="utf-8"))["@graph"]
        hashes = {str(each["@id"]): str(each["sha256"]) for each in graph if "sha256" in each}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: damaged: {METADATA} cannot be read") from None
    if MANIFEST not in hashes:
        raise InputError(f"{path}: is a crate, but not of a sweep ({METADATA} names no {MANIFEST})")
    return hashes
