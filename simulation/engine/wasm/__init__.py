"""How engine.wasm is built: the compiled engine as one WebAssembly module without imports.

`python -m simulation.engine.wasm.build` makes it anew (requirements.txt has the tools); nobody
needs this to run a simulation. `simulation/engine/module.py` calls what is built here.
"""
