"""What is written beside results so that they can be traced: seed, versions, plain values."""

from __future__ import annotations

import ast
import hashlib
import io
import math
import os
import platform
import socket
import subprocess
import sys
import tokenize
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from simulation.tools import PACKAGE, VERSION


def seed_text(seed: Any) -> str:
    """Return the seed as text: whole numbers up to 2**64 fit no column of every reader."""
    if isinstance(seed, np.random.SeedSequence):
        return f"SeedSequence(entropy={seed.entropy}, spawn_key={tuple(seed.spawn_key)})"
    return str(int(seed))


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NumPy, no nan."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions() -> dict[str, str | None]:
    """Return the versions of everything the numbers depend on."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in ("continuum-brand", "mesa", "numba", "wasmtime", "numpy", "scipy", "pandas"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    if found["continuum-brand"] is None:  # run from a folder, not installed
        found["continuum-brand"] = VERSION
    return found


#: The folders whose text decides what a run gives, given its parameters.
MODEL_FOLDERS = ("core", "inputs", "rules", "people", "engine")


@cache
def fingerprint(*folders: str) -> str:
    """Return 16 hexadecimal digits that change with the text of any module in these folders.

    Folders, never files: a module that moves in or out changes the digits by itself. Raises
    FileNotFoundError where a folder of the package has no modules, so that a careless move cannot
    go unnoticed.
    """
    digest = hashlib.sha256()
    for folder in folders:
        files = sorted((PACKAGE / folder).rglob("*.py"))
        if not files:
            raise FileNotFoundError(f"{PACKAGE / folder}: no modules to fingerprint")
        for file in files:
            digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\n")
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def code_fingerprint(file: Path) -> str:
    """Return 16 hexadecimal digits that change with the code of a module of Python.

    Unlike `fingerprint`, not with its comments, docstrings and empty lines.
    """
    text = bare(file.read_text(encoding="utf-8"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def bare(source: str) -> str:
    """Return Python source without comments, docstrings and empty lines."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for row in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[row] = ""
    return "".join(f"{line.rstrip()}\n" for line in lines if line.strip())


def model_fingerprint() -> str:
    """Return 16 hexadecimal digits that change with the code that decides what a run gives."""
    return fingerprint(*MODEL_FOLDERS)


@cache
def commit() -> str | None:
    """Return the commit of the project's folder, "+" added when files differ; None outside git."""

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(PACKAGE), *words], capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    found = git("rev-parse", "HEAD")
    # a copy inside somebody else's repository is not ours to name
    if not found or git("ls-files", "--error-unmatch", "tools/stamp.py") is None:
        return None
    return found + ("+" if git("status", "--porcelain", "--", ".") else "")


def machine() -> dict[str, Any]:
    """Return what machine this is: name, system, processors."""
    return {
        "host": socket.gethostname(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
    }


def seed_parts(seed: Any) -> dict[str, Any]:
    """Return entropy (text: it may have 128 bits) and spawn key of a seed."""
    entropy: Any = seed.entropy if isinstance(seed, np.random.SeedSequence) else seed
    spawned = seed.spawn_key if isinstance(seed, np.random.SeedSequence) else ()
    many = isinstance(entropy, (list, tuple, np.ndarray))
    return {
        "entropy": [str(int(e)) for e in entropy] if many else str(int(entropy)),
        "spawn_key": [int(key) for key in spawned],
    }
