"""A sweep as data are shipped: a crate (RO-Crate 1.1, a Process Run Crate) that can be lived again.

::

    ro-crate-metadata.json   what is here, by whom, under which licence, made by which code
    manifest.json, settings.parquet, runs/ ...   the store, as it is
    engine.wasm, engine.json the engine it was lived with; NOTICE, its licences
    report.html              the report

The same store gives the same bytes, with the same versions: nothing is taken from the clock.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.analyses.maps import counted
from simulation.analyses.report import report_text
from simulation.core.module_about import LAYOUT, WASM, about
from simulation.sweeps.crate import METADATA, files_of_store
from simulation.sweeps.store import FAILED, MANIFEST, SETTINGS, SUCCEEDED, Store
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.files import check_new_folder, hash_of, made_beside, to_json, to_text
from simulation.tools.project import FOUNDERS, LICENCE, TITLE

REPORT, NOTICE = "report.html", "NOTICE"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
MIT = "https://spdx.org/licenses/MIT"
#: Under which licence results may be given away, and where it stands.
LICENSES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
}
#: What each file of a crate is; of a table, what a row of it is.
MEANINGS = {
    MANIFEST: "the design, seeds, versions and commands of the sweep",
    SETTINGS: "the settings that were lived, one a row",
    WASM.name: "the engine the runs were lived with: a WebAssembly module without imports",
    LAYOUT.name: "how that module is called, and its hash",
    NOTICE: "the licences of the module",
    REPORT: "figures, tables and methods, to be read in a browser",
    "runs": "one row a run: ids, parameters, outcomes",
    "series": "one row a run and day",
    "events": "one row an event of a run",
    "people": "one row a person of a run, at its end",
}
FORMATS = {
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".wasm": "application/wasm",
    ".html": "text/html",
    "": "text/plain",
}
_AUTHOR = re.compile(r"([^<>]+?)(?:\s+<(https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX])>)?")


@dataclass(frozen=True)
class Publishing:
    """Who gives the results away, and how: "NAME" or "NAME <https://orcid.org/...>"; a licence.

    Raises InputError for an author or a licence that cannot be.
    """

    authors: Sequence[str] = ()
    license: str = "CC0-1.0"

    def __post_init__(self) -> None:
        for author in self.authors:
            if not _AUTHOR.fullmatch(author.strip()):
                raise InputError(
                    f"author {shortened(author)} is not allowed: NAME, or "
                    "NAME <https://orcid.org/0000-0000-0000-0000>"
                )
        if self.license not in LICENSES:
            near = did_you_mean(self.license, LICENSES)
            raise InputError(f"unknown licence {shortened(self.license)}{near}")

    def people(self) -> list[dict[str, Any]]:
        """Return the authors as entities of the metadata."""
        found = {}
        for i, author in enumerate(dict.fromkeys(self.authors)):
            name, orcid = _AUTHOR.fullmatch(author.strip()).groups()  # type: ignore[union-attr]
            key = orcid or f"#author-{i + 1}"
            found[key] = {"@id": key, "@type": "Person", "name": name}
        return list(found.values())


def publish(
    store: Store,
    folder: str | Path,
    *,
    authors: Sequence[str] = (),
    license: str = "CC0-1.0",  # the name that RO-Crate and CITATION.cff give it
) -> list[Path]:
    """Write the crate of a sweep into a new folder, all or nothing; return its files.

    Parameters
    ----------
    store : Store
        A sweep that has ended.
    folder : path
        New, or empty.
    authors : list of str
        Of the results: "NAME", or "NAME <https://orcid.org/...>".
    license : str
        Of the results: CC0-1.0, CC-BY-4.0 or CC-BY-SA-4.0. The engine is MIT.

    Raises
    ------
    InputError
        Where the sweep is not whole or cannot be lived again, or the folder cannot be written.
    """
    asked = Publishing(tuple(authors), license)
    folder = check_new_folder(folder, "a crate")
    check_publishable(store)
    files = {path.relative_to(store.folder).as_posix(): path for path in files_of_store(store)}
    texts = {REPORT: report_text(store), NOTICE: _notice()}
    with made_beside(folder) as part:
        for name, path in files.items():
            (part / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, part / name)
        for name, text in texts.items():
            to_text(text)(part / name)
        names = [*files, *texts]
        to_json(metadata(store, asked, part, names))(part / METADATA)
    return [folder / name for name in (METADATA, *names)]


def check_publishable(store: Store) -> None:
    """Raise InputError unless a store is whole and somebody else can live it again."""
    where, manifest = store.folder, store.manifest
    if "part" in manifest:
        raise InputError(f"{where}: is a part of a sweep: gather the parts, and publish the whole")
    if broken := store.damaged():
        store.check_whole(broken)
    counts = store.counts()
    if counts["PENDING"] or not counts[SUCCEEDED]:
        what = (
            f"{counts['PENDING']:,} runs are missing" if counts["PENDING"] else "no run succeeded"
        )
        raise InputError(f"{where}: is not finished: {what}: continuum resume {where}")
    if manifest["design"].get("friends") or "friends_file" in store.design.names:
        raise InputError(
            f"{where}: its people have the friendships of a file, which a store does not hold: "
            "nobody else could live it again"
        )
    engine = manifest.get("engine")
    wasm, layout = (where / file.name for file in (WASM, LAYOUT))
    if not engine or not wasm.exists() or not layout.exists():
        raise InputError(
            f"{where}: holds no engine, because the code had changed since its module was built: "
            "make module, and sweep again"
        )
    if {engine} != {hash_of(wasm), about(layout)["sha256"]}:
        raise InputError(f"{where}: damaged: {wasm.name} is not the engine it was made with")


def metadata(store: Store, asked: Publishing, folder: Path, names: list[str]) -> dict[str, Any]:
    """Return what describes a crate: the text of ro-crate-metadata.json."""
    title, description = _words(store)
    people, url = asked.people(), LICENSES[asked.license]
    authors = [{"@id": person["@id"]} for person in people]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": description,
        "datePublished": str(store.manifest["made"])[:10],  # never the clock: the same bytes again
        "license": {"@id": url},
        **({"author": authors if authors[1:] else authors[0]} if authors else {}),
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": name} for name in names],
        "mentions": {"@id": "#sweep"},
    }
    about_it = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    works = {
        PROFILE: ("Process Run Crate", "the profile this crate follows", {"version": "0.5"}),
        url: (asked.license, "the licence of the results", {}),
        MIT: ("MIT", "the licence of the engine and of Continuum", {}),
    }
    licences = [
        {"@id": key, "@type": "CreativeWork", "name": name, "description": what, **more}
        for key, (name, what, more) in works.items()
    ]
    files = [_file(folder, name) for name in names]
    made = [*_software(store.manifest), _action(store.manifest, names)]
    context = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
    return {"@context": context, "@graph": [about_it, root, *people, *licences, *made, *files]}


def _words(store: Store) -> tuple[str, str]:
    """Return title and description of the results."""
    design = store.design
    names = ", ".join(strategy.name for strategy in design.strategies)
    counts = store.counts()
    failed = f", {counts[FAILED]:,} failed" if counts[FAILED] else ""
    return (
        f"{design.name}: {design.scenario.name} under {names}",
        f"A sweep of the agent-based model Continuum: {counted(len(design.settings), 'setting')} "
        f"of {design.scenario.name} under {names}, "
        f"{counted(design.replications, 'replication')}; "
        f"{counts[SUCCEEDED]:,} runs succeeded{failed}. Every number comes again, bit for bit, "
        "with `continuum reproduce FOLDER`, which takes the engine that is in here.",
    )


def _file(folder: Path, name: str) -> dict[str, Any]:
    table = name.partition("/")[0]
    licence = {"license": {"@id": MIT}} if name in (WASM.name, LAYOUT.name, NOTICE) else {}
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": MEANINGS[table],
        "encodingFormat": FORMATS[Path(name).suffix],
        "contentSize": str((folder / name).stat().st_size),
        "sha256": hash_of(folder / name),
        **licence,
    }


def _software(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the code that made the results: version, commit, fingerprint, what it needed."""
    versions = {name: version for name, version in manifest["versions"].items() if version}
    said = {"commit": manifest.get("commit"), "model": manifest["model"]}
    marks = [
        {"@id": f"#{name}", "@type": "PropertyValue", "propertyID": name, "name": name,
         "value": value}
        for name, value in said.items() if value
    ]  # fmt: skip
    software = {
        "@id": "#continuum",
        "@type": ["SoftwareApplication", "SoftwareSourceCode"],
        "name": TITLE,
        "description": "the code the runs were lived with; `model` is the fingerprint of the "
        "sources that decide what a run gives",
        "version": versions["continuum-brand"],
        "identifier": [{"@id": mark["@id"]} for mark in marks],
        "license": {"@id": MIT},
        "author": {"@id": "#founders"},
        "programmingLanguage": {"@id": "#python"},
        "softwareRequirements": [
            f"{name} {version}" for name, version in versions.items()
            if name not in ("continuum-brand", "python")
        ],
        "hasPart": [{"@id": WASM.name}, {"@id": LAYOUT.name}],
    }  # fmt: skip
    founders = {"@id": "#founders", "@type": "Organization", "name": FOUNDERS}
    python = {"@id": "#python", "@type": "ComputerLanguage", "name": "Python",
              "version": versions["python"]}  # fmt: skip
    return [software, founders, python, *marks]


def _action(manifest: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Return what made the results: which software, when, with which commands."""
    commands = [
        str(each["command"]) for each in manifest.get("sessions", []) if each.get("command")
    ]
    inputs = [name for name in (SETTINGS, WASM.name, LAYOUT.name) if name in names]
    results = [name for name in names if name not in (*inputs, NOTICE)]
    return {
        "@id": "#sweep",
        "@type": "CreateAction",
        "name": "the runs of the sweep",
        "description": "; then: ".join(dict.fromkeys(commands)) or "not recorded",
        "startTime": manifest["made"],
        "instrument": {"@id": "#continuum"},
        "object": [{"@id": name} for name in inputs],
        "result": [{"@id": name} for name in results],
    }


def _notice() -> str:
    """Return the licences of the engine: of the project, and of what is in it of others."""
    others = WASM.with_name("NOTICE").read_text(encoding="utf-8")
    return f"engine.wasm and engine.json are parts of Continuum.\n\n{LICENCE}\n{others}"
