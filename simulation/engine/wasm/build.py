"""Build engine.wasm and engine.json: `python -m simulation.engine.wasm.build [--check]`.

numba lowers the kernels (lowered.py) behind one address each (table.py), llvmlite optimises and
writes code for WebAssembly, and clang, as PyPI's ziglang brings it, adds the small runtime.c and
links. All tools are pinned in requirements.txt: the same sources give the same bytes on every
machine. With ``--check`` nothing is written: the exit code says whether the bytes are the same.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulation.core.module_about import text_of
from simulation.engine.wasm.licences import notice, parts_of
from simulation.tools import PACKAGE
from simulation.tools.stamp import code_fingerprint

HERE = Path(__file__).parent
WASM = HERE.parent / "engine.wasm"
LAYOUT = HERE.parent / "engine.json"
NOTICE = HERE.parent / "NOTICE"

#: Extensions of WebAssembly that every browser and runtime of the last years has.
FEATURES = "+bulk-memory,+bulk-memory-opt,+sign-ext,+nontrapping-fptoint,+mutable-globals,+simd128"
TARGET = "wasm32-unknown-unknown"
#: Room for local variables; it lies below the data, so that an overflow is a trap.
STACK = 1 << 20
PYTHON = (3, 11)
#: Loops that are quicker without vectors: products of 64 bits are slow in those of WebAssembly.
SCALAR = ("throw_block", "throw_waits")
#: What rules may take from a C library: two libraries may differ in the last bit.
ELEMENTARY = {
    *("acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "erf", "erfc", "exp", "exp2"),
    *("expm1", "fmod", "lgamma", "log", "log10", "log1p", "log2", "pow", "sin", "sinh", "tan"),
    *("tanh", "tgamma"),
}


def tools() -> dict[str, str]:
    """Return the pinned tools and their versions; raise SystemExit unless they are installed."""
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    wrong = [f"{name} {version(name)}" for name in pinned if version(name) != pinned[name]]
    if sys.version_info[:2] != PYTHON:
        wrong.append(f"Python {sys.version.split()[0]}")
    if wrong:
        sys.exit(f"{', '.join(wrong)}: requirements.txt, and Python 3.11, are wanted to the byte")
    return {"python": "3.11", **pinned}


def lower_all() -> tuple[Any, dict[str, Any], tuple[str, ...]]:
    """Return one LLVM module with every kernel, their layouts, and the scenario's numbers."""
    from simulation.engine.wasm.lowered import lowered, only_lower

    only_lower()  # before the kernels are imported
    import numba

    from simulation.engine.wasm.kernels import kernels, numbers
    from simulation.engine.wasm.table import behind_one_address, kernel_layout

    whole, layouts = None, {}
    for function, arguments in kernels():
        name, types = function.__name__, numba.typeof(arguments)
        found: dict[str, Any] = {}
        module = lowered(behind_one_address(function, types, found), f"kernel_{name}")
        names = list(inspect.signature(function).parameters)
        layouts[name] = {"names": names, **kernel_layout(types, found["results"])}
        if whole is None:
            whole = module
        else:
            whole.link_in(module)
    return whole, layouts, numbers()


def object_code(module: Any, keep: set[str]) -> tuple[bytes, set[str]]:
    """Return the object file of a module for WebAssembly, and what it takes from a C library."""
    from llvmlite import binding

    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple(TARGET).create_target_machine(
        cpu="generic", features=FEATURES, opt=3, reloc="static", codemodel="default"
    )
    text = re.sub(r"^target (triple|datalayout).*$", "", str(module), flags=re.M)
    head = f'target datalayout = "{machine.target_data}"\ntarget triple = "{TARGET}"\n'
    module = binding.parse_assembly(head + text)
    module.verify()
    for inner in (*module.functions, *module.global_variables):
        if not inner.is_declaration and inner.name not in keep:
            inner.linkage = "internal"
    for function in module.functions:
        if any(name in function.name for name in SCALAR) and not function.is_declaration:
            function.add_function_attribute("noinline")
            function.add_function_attribute("noimplicitfloat")  # a loop in it gets no vectors
    _optimise(module, machine)
    called = {function.name for function in module.functions if function.is_declaration}
    called = {re.sub(r"^llvm\.(\w+)\.f64$", r"\1", name) for name in called}
    return machine.emit_object(module), called & ELEMENTARY


def _optimise(module: Any, machine: Any) -> None:
    """Optimise, drop counts of references that cancel, optimise again: the order of numba."""
    from llvmlite import binding

    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = True
    passes = binding.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    prune = binding.create_new_module_pass_manager()
    prune.add_refprune_pass()
    prune.run(module, passes)
    passes.getModulePassManager().run(module, passes)


def linked(code: bytes, names: list[str], elementary: set[str]) -> bytes:
    """Return the module: object code and runtime.c, linked, names of functions stripped.

    A C library is linked only when the kernels take elementary functions from it.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "engine.wasm")
        Path(folder, "kernels.o").write_bytes(code)
        Path(folder, "kernels.h").write_text("".join(f"KERNEL({name})\n" for name in names))
        Path(folder, "runtime.c").write_bytes((HERE / "runtime.c").read_bytes())
        library = ["wasm32-wasi", "-mexec-model=reactor"]
        if not elementary:
            library = ["wasm32-freestanding", "-nostdlib", "-Wl,--no-entry"]
        words = [
            *(sys.executable, "-m", "ziglang", "cc", "-target", *library, "-O2", "-mbulk-memory"),
            *("-fno-builtin", "runtime.c", "kernels.o", "-Wl,--strip-all", "-Wl,--gc-sections"),
            *(f"-Wl,-z,stack-size={STACK}", "-o", made.name),
        ]
        caches = {f"ZIG_{kind}_CACHE_DIR": f"{folder}/cache" for kind in ("LOCAL", "GLOBAL")}
        done = subprocess.run(
            words, cwd=folder, env=caches | os.environ, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"linking failed:\n{done.stderr}")
        wasm = made.read_bytes()
    if 2 in sections(wasm):
        sys.exit("the module imports functions that nobody brings: what do the kernels call?")
    return wasm


def sections(wasm: bytes) -> list[int]:
    """Return the kinds of the sections of a module; 2 is that of imports."""
    kinds, place = [], 8  # after the magic word and the version
    while place < len(wasm):
        kinds.append(wasm[place])
        size = shift = 0
        while True:  # seven bits a byte, the lowest first
            place += 1
            size |= (wasm[place] & 127) << shift
            shift += 7
            if wasm[place] < 128:
                break
        place += 1 + size
    return kinds


def built() -> dict[Path, bytes]:
    """Return the files: engine.wasm, engine.json and NOTICE."""
    found = tools()
    module, layouts, numbers = lower_all()
    code, elementary = object_code(module, {f"kernel_{name}" for name in layouts})
    wasm = linked(code, list(layouts), elementary)
    parts, of = parts_of(elementary), sources()
    about = {
        "sha256": hashlib.sha256(wasm).hexdigest(),
        "sources": of,
        "text": text_of(of),
        "tools": found,
        "elementary": sorted(elementary),
        "licences": {name: licence for name, licence, _ in parts},
        "numbers": list(numbers),
    }
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in about.items()]
    kernels = [f"  {json.dumps(name)}: {json.dumps(how)}" for name, how in layouts.items()]
    lines.append(' "kernels": {\n' + ",\n".join(kernels) + "\n }")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    return {WASM: wasm, LAYOUT: text.encode(), NOTICE: notice(parts).encode()}


def sources() -> dict[str, str]:
    """Return a fingerprint of every module that the kernels stand in or take constants from."""
    from simulation.core.compiler import COMPILED_FOLDERS

    found = {}
    for module in list(sys.modules.values()):
        file = Path(getattr(module, "__file__", None) or ".")
        if file.is_relative_to(PACKAGE):
            name = file.relative_to(PACKAGE).as_posix()
            if name.split("/")[0] in COMPILED_FOLDERS:
                found[name] = code_fingerprint(file)
    return dict(sorted(found.items()))


def main() -> None:
    """Build; write the files, or with --check compare them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONTINUUM_CACHE_DIR"] = folder  # nothing lowered may reach anybody's cache
        files = built()
    digest = hashlib.sha256(files[WASM]).hexdigest()
    print(f"engine.wasm: {len(files[WASM]):,} bytes, SHA-256 {digest}")
    check = "--check" in sys.argv[1:]
    told = but_text if check else bytes
    differ = [file for file, made in files.items() if told(read(file)) != told(made)]
    names = ", ".join(file.name for file in differ)
    if check and differ:
        sys.exit(f"not what these sources give: {names}; make module builds it anew")
    for file in differ:
        file.write_bytes(files[file])
    print(f"new: {names}" if differ else "the same as before")


def read(file: Path) -> bytes:
    """Return a file as it was built: git may have changed the ends of lines of a text."""
    if not file.exists():
        return b""
    return file.read_bytes() if file == WASM else file.read_bytes().replace(b"\r\n", b"\n")


def but_text(made: bytes) -> bytes:
    """Return a file without the digest of the sources' text: comments need no new module."""
    return re.sub(rb'^ "text": .*\n', b"", made, flags=re.M)


if __name__ == "__main__":
    main()
