"""Build engine.wasm and engine.json: `python -m simulation.engine.wasm.build [--check]`.

numba lowers the kernels (lowered.py) behind one address each (table.py), llvmlite optimises and
writes code for WebAssembly, and clang, as PyPI's ziglang brings it, adds the small runtime.c and
links. All tools are pinned in requirements.txt: the same sources give the same bytes on every
machine. With ``--check`` nothing is written: the exit code says whether the bytes are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WASM = HERE.parent / "engine.wasm"
LAYOUT = HERE.parent / "engine.json"

#: Extensions of WebAssembly that every browser and runtime of the last years has.
FEATURES = (
    "+bulk-memory,+bulk-memory-opt,+sign-ext,+nontrapping-fptoint,+mutable-globals,+simd128"
)
TARGET = "wasm32-unknown-unknown"
#: Room for local variables; it lies below the data, so that an overflow is a trap.
STACK = 1 << 20
PYTHON = (3, 11)


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
        name, types, found = function.__name__, numba.typeof(arguments), {}
        module = lowered(behind_one_address(function, types, found), f"kernel_{name}")
        layouts[name] = kernel_layout(types, found["results"])
        if whole is None:
            whole = module
        else:
            whole.link_in(module)
    return whole, layouts, numbers()


def object_code(module: Any, keep: set[str], features: str = FEATURES) -> bytes:
    """Return the object file of a module for WebAssembly."""
    from llvmlite import binding

    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple(TARGET).create_target_machine(
        cpu="generic", features=features, opt=3, reloc="static", codemodel="default"
    )
    text = re.sub(r"^target (triple|datalayout).*$", "", str(module), flags=re.M)
    head = f'target datalayout = "{machine.target_data}"\ntarget triple = "{TARGET}"\n'
    module = binding.parse_assembly(head + text)
    module.verify()
    for inner in (*module.functions, *module.global_variables):
        if not inner.is_declaration and inner.name not in keep:
            inner.linkage = "internal"
    _optimise(module, machine, "+simd128" in features)
    return machine.emit_object(module)


def _optimise(module: Any, machine: Any, vectors: bool) -> None:
    """Optimise, drop counts of references that cancel, optimise again: the order of numba."""
    from llvmlite import binding

    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = vectors
    passes = binding.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    prune = binding.create_new_module_pass_manager()
    prune.add_refprune_pass()
    prune.run(module, passes)
    passes.getModulePassManager().run(module, passes)


def linked(code: bytes, names: list[str], features: str = "") -> bytes:
    """Return the module: object code and runtime.c, linked, names of functions stripped."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "engine.wasm")
        Path(folder, "kernels.o").write_bytes(code)
        Path(folder, "kernels.h").write_text("".join(f"KERNEL({name})\n" for name in names))
        Path(folder, "runtime.c").write_bytes((HERE / "runtime.c").read_bytes())
        words = [
            *(sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-O2"),
            *("-mbulk-memory", "-fno-builtin", "-mexec-model=reactor", "runtime.c", "kernels.o"),
            *("-Wl,--strip-all", "-Wl,--gc-sections"),
            *(f"-Wl,-z,stack-size={STACK}", "-o", made.name),
        ]
        caches = {f"ZIG_{kind}_CACHE_DIR": f"{folder}/cache" for kind in ("LOCAL", "GLOBAL")}
        caches = {name: os.environ.get(name, usual) for name, usual in caches.items()}
        done = subprocess.run(
            words, cwd=folder, env=os.environ | caches, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"linking failed:\n{done.stderr}")
        return made.read_bytes()


def built() -> tuple[bytes, str]:
    """Return the bytes of engine.wasm and the text of engine.json."""
    found = tools()
    module, layouts, numbers = lower_all()
    code = object_code(module, {f"kernel_{name}" for name in layouts})
    wasm = linked(code, list(layouts))
    from simulation.core.compiled import COMPILED_FOLDERS
    from simulation.tools.stamp import code_fingerprint

    about = {
        "sha256": hashlib.sha256(wasm).hexdigest(),
        "sources": code_fingerprint(*COMPILED_FOLDERS),
        "tools": found,
        "numbers": list(numbers),
        "kernels": layouts,
    }
    return wasm, json.dumps(about, indent=1) + "\n"


def main() -> None:
    """Build; write the files, or with --check compare them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONTINUUM_CACHE_DIR"] = folder  # nothing lowered may reach anybody's cache
        wasm, about = built()
    digest = hashlib.sha256(wasm).hexdigest()
    print(f"engine.wasm {len(wasm):,} bytes, SHA-256 {digest}")
    if "--check" in sys.argv[1:]:
        same = WASM.read_bytes() == wasm and LAYOUT.read_text(encoding="utf-8") == about
        sys.exit(0 if same else "differs from the file in simulation/engine: build it anew")
    WASM.write_bytes(wasm)
    LAYOUT.write_text(about, encoding="utf-8")


if __name__ == "__main__":
    main()
