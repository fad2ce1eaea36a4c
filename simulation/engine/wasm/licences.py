"""What others wrote that ends up in engine.wasm, and under which licence: the text of NOTICE."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

#: (name, licence, text) of a part.
Part = tuple[str, str, str]

_LLVM = """\
Some routines of Zig's compiler-rt are ports of those of LLVM's, which are under the Apache License
v2.0 with LLVM Exceptions; its exception lets compiled code carry them without further notice.
"""


def parts_of(elementary: set[str]) -> list[Part]:
    """Return the parts of a module; `elementary` are the functions taken from the C library."""
    parts = [("numba", "BSD-2-Clause", _licence_of("numba"))]
    if elementary:
        zig = Path(str(distribution("ziglang").locate_file("ziglang")))
        libc = zig / "lib" / "libc"
        parts.append(("Zig compiler-rt", "MIT", f"{_LLVM}\n{_text(zig / 'LICENSE')}"))
        parts.append(("musl", "MIT", _text(libc / "musl" / "COPYRIGHT")))
        parts.append(("wasi-libc", "MIT", _text(libc / "wasi" / "LICENSE-MIT")))
    return parts


def _licence_of(package: str) -> str:
    """Return the licence that a package of Python brings."""
    for file in distribution(package).files or ():
        if file.name == "LICENSE":
            return _text(Path(str(file.locate())))
    raise FileNotFoundError(f"{package} brings no LICENSE")


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() + "\n"


def notice(parts: list[Part]) -> str:
    """Return the text that goes with engine.wasm."""
    head = "engine.wasm is made of this project's sources (LICENSE) and of the parts below.\n"
    rule = "-" * 78
    for name, kind, text in parts:
        head += f"\n{rule}\n{name} ({kind})\n{rule}\n\n{text}"
    return head
