// The engine in a page: engine.wasm lives a world, and this only carries numbers to it and back.
// It holds no arithmetic of the model and no number of it: layouts, parameters, strategies and
// outcomes are what `declared` says (simulation/web/declared.py), all else the module computes.
// A classic script without dependencies: for a page, a Worker made from a Blob, and node.

const Continuum = (() => {
  const LITTLE = true; // the order of bytes in a module
  const TOO_LARGE = "this world needs more memory than a page can have: take fewer people";

  function refuse(text) {
    throw new Error(text);
  }

  // ---- the memory of a module ----------------------------------------------------------------------

  const READ = {
    "<f8": (view, at) => view.getFloat64(at, LITTLE),
    "<f4": (view, at) => view.getFloat32(at, LITTLE),
    "<i8": (view, at) => Number(view.getBigInt64(at, LITTLE)),
    "<u8": (view, at) => Number(view.getBigUint64(at, LITTLE)),
    "<i4": (view, at) => view.getInt32(at, LITTLE),
    "<u4": (view, at) => view.getUint32(at, LITTLE),
    "<i2": (view, at) => view.getInt16(at, LITTLE),
    "<u2": (view, at) => view.getUint16(at, LITTLE),
    "|i1": (view, at) => view.getInt8(at),
    "|u1": (view, at) => view.getUint8(at),
    "|b1": (view, at) => view.getUint8(at) !== 0,
  };
  const WRITE = {
    "<f8": (view, at, value) => view.setFloat64(at, value, LITTLE),
    "<i8": (view, at, value) => view.setBigInt64(at, BigInt(value), LITTLE),
    "<u8": (view, at, value) => view.setBigUint64(at, BigInt(value), LITTLE),
    "<i4": (view, at, value) => view.setInt32(at, value, LITTLE),
    "|u1": (view, at, value) => view.setUint8(at, value),
  };
  const ENTRY = 8; // bytes of an entry of a table

  const sizeOf = (dtype) => dtype.itemsize ?? Number(dtype.slice(2));
  const product = (shape) => shape.reduce((n, length) => n * length, 1);

  // An array that lies in the module; `owner` is 0 where the room was reserved from here.
  class Held {
    constructor(dtype, shape, address, owner = 0) {
      Object.assign(this, { dtype, shape, address, owner });
    }
    get nBytes() {
      return product(this.shape) * sizeOf(this.dtype);
    }
  }

  class Memory {
    constructor(exports) {
      this.exports = exports;
      this.broken = false;
      this.alive = new Set(); // every array that is held
    }

    // Growing replaces the buffer, so that views are made when they are needed.
    view() {
      return new DataView(this.exports.memory.buffer);
    }
    bytes() {
      return new Uint8Array(this.exports.memory.buffer);
    }

    reserve(nBytes) {
      const address = nBytes < 2 ** 32 ? this.exports.reserve(nBytes) >>> 0 : 0;
      return address || refuse(TOO_LARGE);
    }

    zeros(dtype, shape) {
      const held = this.hold(new Held(dtype, shape, this.reserve(product(shape) * sizeOf(dtype))));
      this.bytes().fill(0, held.address, held.address + held.nBytes);
      return held;
    }

    copy(held) {
      const copy = this.hold(new Held(held.dtype, held.shape, this.reserve(held.nBytes)));
      this.bytes().copyWithin(copy.address, held.address, held.address + held.nBytes);
      return copy;
    }

    hold(held) {
      this.alive.add(held);
      return held;
    }

    free(held) {
      if (this.broken || !this.alive.delete(held)) return;
      if (held.owner) this.exports.let_go(held.owner);
      else this.exports.release(held.address);
    }

    // Do something; where that fails nothing it held is left behind.
    safely(work) {
      const before = new Set(this.alive);
      try {
        return work();
      } catch (error) {
        for (const held of this.alive) if (!before.has(held)) this.free(held);
        throw error;
      }
    }

    // The bytes of an array, to keep: a copy.
    taken(held) {
      return this.bytes().slice(held.address, held.address + held.nBytes);
    }

    // Call an exported kernel; what it raises is an error of one line. (A kernel that raises in the
    // middle leaves what it had made itself in the memory, as numba does: it is not seen again.)
    run(kernel, table) {
      if (this.broken) refuse("the engine stopped before: load it again");
      let why;
      try {
        why = this.exports[kernel](table) >>> 0;
      } catch (error) {
        this.broken = true;
        refuse(`${kernel} stopped inside the engine: ${error.message}`);
      }
      if (!why) return;
      const text = this.text(why);
      refuse(text.startsWith("MemoryError") ? TOO_LARGE : text);
    }

    text(why) {
      const view = this.view();
      const address = view.getUint32(why, LITTLE);
      const length = view.getInt32(why + 4, LITTLE);
      return new TextDecoder().decode(this.bytes().slice(address, address + length));
    }
  }

  // ---- one call: nested values into a table, and back ----------------------------------------------

  class Call {
    constructor(memory, layout) {
      this.memory = memory;
      this.layout = layout;
      this.passing = []; // arrays that live as long as the call
      this.given = new Map(); // address: the array that was given
      this.table = memory.zeros("<i8", [layout.entries]);
      this.passing.push(this.table);
      this.next = 0;
    }

    entry() {
      return this.table.address + ENTRY * this.next++;
    }

    put(layout, value) {
      if (layout.kind === "number") this.putNumber(layout.dtype, value);
      else if (layout.kind === "record") this.putAddress(this.asRecord(layout.dtype, value));
      else if (layout.kind === "array") this.putArray(layout, value);
      else if (layout.kind === "tuple") layout.items.forEach((item, i) => this.put(item, itemOf(layout, value, i)));
    }

    putNumber(dtype, value) {
      const wide = dtype[1] === "f" ? dtype : dtype[1] === "i" ? "<i8" : "<u8";
      WRITE[wide](this.memory.view(), this.entry(), value);
    }

    putAddress(held) {
      WRITE["<i8"](this.memory.view(), this.entry(), held.address);
    }

    putArray(layout, value) {
      const held = value instanceof Held ? value : this.asArray(layout, value);
      if (held.shape.length !== layout.ndim) refuse(`an array of ${layout.ndim} dimensions is wanted`);
      this.given.set(held.address, held);
      this.putAddress(held);
      this.entry(); // no owner: the caller holds it
      for (const length of held.shape) WRITE["<i8"](this.memory.view(), this.entry(), length);
    }

    // Numbers, or rows of numbers, as an array in the module.
    asArray(layout, rows) {
      const shape = layout.ndim === 2 ? [rows.length, rows[0].length] : [rows.length];
      const held = this.memory.zeros(layout.dtype, shape);
      this.passing.push(held);
      const view = this.memory.view();
      const size = sizeOf(layout.dtype);
      rows.flat().forEach((value, j) => WRITE[layout.dtype](view, held.address + j * size, value));
      return held;
    }

    // Numbers by name as a record in the module.
    asRecord(dtype, values) {
      const held = this.memory.zeros(dtype, []);
      this.passing.push(held);
      const view = this.memory.view();
      for (const [name, type, offset] of dtype.fields) WRITE[type](view, held.address + offset, values[name]);
      return held;
    }

    get(layout) {
      if (layout.kind === "number") return this.getNumber(layout.dtype);
      if (layout.kind === "array") return this.getArray(layout);
      if (layout.kind !== "tuple") return null;
      const items = layout.items.map((item) => this.get(item));
      return layout.fields ? Object.fromEntries(layout.fields.map((name, i) => [name, items[i]])) : items;
    }

    getNumber(dtype) {
      return READ[dtype](this.memory.view(), this.entry());
    }

    // An array the kernel made, or the caller's own where the kernel returned that.
    getArray(layout) {
      const address = this.getNumber("<i8");
      const owner = this.getNumber("<i8");
      const shape = Array.from({ length: layout.ndim }, () => this.getNumber("<i8"));
      return owner ? this.memory.hold(new Held(layout.dtype, shape, address, owner)) : this.given.get(address);
    }

    end() {
      for (const held of this.passing) this.memory.free(held);
    }
  }

  const itemOf = (layout, value, i) => (layout.fields ? value[layout.fields[i]] : value[i]);

  // Call a kernel with its arguments by name.
  function call(engine, kernel, values) {
    const layout = engine.declared.kernels[kernel];
    const one = new Call(engine.memory, layout);
    layout.arguments.forEach((argument, i) => one.put(argument, values[layout.names[i]]));
    engine.memory.run(kernel, one.table.address);
    const results = one.get(layout.results);
    one.end();
    return results;
  }

  // The layout of one argument of a kernel.
  function argument(engine, kernel, name) {
    const layout = engine.declared.kernels[kernel];
    return layout.arguments[layout.names.indexOf(name)];
  }

  const zeros = (engine, kernel, name, length) =>
    engine.memory.zeros(argument(engine, kernel, name).dtype, [length]);

  // Every array in a nested value.
  const arraysIn = (value) =>
    value instanceof Held ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(arraysIn) : [];

  // The same nested value with every array copied inside the module.
  const copied = (engine, value) =>
    value instanceof Held
      ? engine.memory.copy(value)
      : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copied(engine, inner)]));

  // ---- keys: those of simulation/core/randomness.py -------------------------------------------------

  const ALL_32 = 0xffffffffn;

  // The words of whole numbers as NumPy's SeedSequence takes them, the lowest first.
  function wordsOf(numbers) {
    const words = [];
    for (let rest of numbers.map(BigInt)) {
      do {
        words.push(Number(rest & ALL_32));
        rest >>= 32n;
      } while (rest > 0n);
    }
    return words;
  }

  // NumPy's SeedSequence(entropy, spawn_key=spawnKey).generate_state(1, uint64): O'Neill's seed_seq_fe.
  function seedSequence(entropy, spawnKey = []) {
    const words = wordsOf([entropy].flat());
    const spawned = wordsOf(spawnKey);
    while (spawned.length && words.length < 4) words.push(0);
    words.push(...spawned);
    let hash = 0x43b0d7e5;
    const stirred = (value, times) => {
      value ^= hash;
      hash = Math.imul(hash, times);
      value = Math.imul(value, hash);
      return (value ^ (value >>> 16)) >>> 0;
    };
    const mixed = (x, y) => {
      const both = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
      return (both ^ (both >>> 16)) >>> 0;
    };
    const stir = (value) => stirred(value, 0x931e8875);
    const pool = [0, 1, 2, 3].map((i) => stir(words[i] ?? 0));
    for (let from = 0; from < 4; from++) {
      for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], stir(pool[from]));
    }
    for (const word of words.slice(4)) for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], stir(word));
    hash = 0x8b51f9dd;
    const [low, high] = [0, 1].map((i) => stirred(pool[i], 0x58f38ded));
    return (BigInt(high) << 32n) | BigInt(low);
  }

  // The key of one replication of a seed: a whole number, or { entropy, spawnKey }.
  function keyOf(seed, replication = 0) {
    const whole = wholeSeed(seed);
    const world = wholeNumber("replication", replication, 32n);
    return { low: whole & ALL_32, replication: world, high: whole >> 32n };
  }

  function wholeSeed(seed) {
    if (seed === null || typeof seed !== "object") return wholeNumber("seed", seed, 64n);
    const { entropy, spawnKey = [] } = seed;
    const bare = !spawnKey.length && !Array.isArray(entropy) && BigInt(entropy) >> 64n === 0n;
    return bare ? BigInt(entropy) : seedSequence(entropy, spawnKey);
  }

  function wholeNumber(name, value, bits) {
    const whole = /^\d+$/.test(String(value)) ? BigInt(String(value)) : -1n;
    const exact = typeof value !== "number" || Number.isSafeInteger(value);
    if (!exact || whole < 0n || whole >> bits) {
      refuse(`${name} = ${value} is not allowed: a whole number from 0 to 2**${bits} - 1`);
    }
    return whole;
  }

  // ---- what is asked for, checked ------------------------------------------------------------------

  function onlyKnown(what, given, known) {
    for (const name of Object.keys(given)) if (!known.includes(name)) refuse(`unknown ${what} "${name}"`);
  }

  function within(name, value, { bounds, whole }) {
    const right = typeof value === "number" && Number.isFinite(value) && (!whole || Number.isInteger(value));
    const [low, high] = bounds ?? [-Infinity, Infinity];
    if (right && low <= value && value <= high) return value;
    return refuse(`${name} = ${value} is not allowed: a ${whole ? "whole " : ""}number from ${low} to ${high}`);
  }

  // The numbers of a world by name: those given, all others as declared, then what null arms set.
  function numbersOf(declared, settings) {
    const { graph, ...given } = settings;
    const { parameters } = declared;
    onlyKnown("parameter", given, Object.keys(parameters));
    const found = {};
    for (const [name, about] of Object.entries(parameters)) {
      found[name] = within(name, Number(given[name] ?? about.default), about);
    }
    for (const [arm, changes] of Object.entries(declared.arms)) {
      if (found[arm]) for (const [name, to] of Object.entries(changes)) found[name] = found[to] ?? to;
    }
    return found;
  }

  function graphOf(declared, settings) {
    const graph = declared.graphs.indexOf(settings.graph ?? declared.graphs[0]);
    return graph >= 0 ? graph : refuse(`unknown graph "${settings.graph}": ${declared.graphs.join(", ")}`);
  }

  // A strategy by the names of its levers, as the module takes it (`Terms` of simulation/engine/plan.py).
  function termsOf(declared, strategy) {
    const { levers, strategy: fields, announcing } = declared;
    onlyKnown("lever", strategy, fields);
    for (const name of fields) if (!(name in strategy)) refuse(`the strategy has no ${name}`);
    for (const phase of strategy.phases) onlyKnown("lever", phase, levers);
    onlyKnown("channel", strategy.announce, announcing);
    const lever = (name, value) => within(name, Number(value), declared.aboutLevers[name]);
    for (const [name, value] of Object.entries(strategy)) if (declared.aboutLevers[name]?.bounds) lever(name, value);
    if (!strategy.phases.length) refuse("the strategy has no phase");
    return {
      ...strategy,
      levers: strategy.phases.map((phase) => levers.map((name) => lever(name, phase[name]))),
      announce: announcing.map((channel) => (strategy.announce[channel] ? 1 : 0)),
    };
  }

  // ---- a world, and its days -----------------------------------------------------------------------

  const LOG_ROWS = 1024; // to begin with: the engine makes room for more

  // Live the days of a strategy (its terms) from `state`, which is used up; `log` holds what happened
  // to whom, where that is asked for.
  function lived(engine, world, state, terms, { first, length, launch, held, ask, events = false }) {
    const { key, par } = world;
    const days = zeros(engine, "fill_plan", "days", length);
    const table = zeros(engine, "run_days", "table", length);
    const shape = [events ? LOG_ROWS : 0, engine.declared.logColumns];
    const empty = engine.memory.zeros(argument(engine, "run_days", "log").dtype, shape);
    call(engine, "fill_plan", { key, lucky: 1, par, terms, first_day: first, launch, days });
    const given = { key, par, around: world.around, fading: world.fading, room: world.room };
    const asked = { given, state, days, table, first_day: first, held, ask, log: empty };
    const [end, log] = call(engine, "run_days", asked);
    const kept = [...arraysIn(end), log];
    for (const array of [...arraysIn(state), days, empty]) if (!kept.includes(array)) engine.memory.free(array);
    return { end, table, log };
  }

  // The people and friends of one replication, after the warm-up.
  function prepare(engine, settings, seed = 1, replication = 0) {
    const par = numbersOf(engine.declared, settings);
    const { n_people: n, days_warm_up: before, mean_degree, rewiring } = par;
    const key = keyOf(seed, replication);
    const graph = graphOf(engine.declared, settings);
    const around = call(engine, "around_of", { key, graph, n, mean_degree, rewiring });
    const [fading, room] = call(engine, "tables", { par, around });
    const world = { key, par, around, fading, room };
    const lives = zeros(engine, "_born", "lives", n);
    const rare = zeros(engine, "_born", "rare", n);
    const brand = zeros(engine, "_born", "brand", 1);
    const people = call(engine, "_born", { key, par, first_day: -before, lives, rare, brand });
    call(engine, "begin", { given: world, state: people });
    const warmUp = { first: -before, length: before, launch: 0, held: 1, ask: 0 };
    const { end, table, log } = lived(engine, world, people, termsOf(engine.declared, engine.declared.routine), warmUp);
    for (const array of [table, log]) engine.memory.free(array);
    return { ...world, state: end };
  }

  // Live the horizon of a world under a strategy; the world stays as it is. With `events` the log of
  // what happened comes out too: rows of whole numbers, a column for each of declared.logColumns.
  function live(engine, world, strategy, { events = false } = {}) {
    const terms = termsOf(engine.declared, strategy);
    const ask = strategy.ask_reviews ? 1 : 0;
    const horizon = { first: 0, length: world.par.n_days, launch: 1, held: 0, ask, events };
    const { end, table, log } = lived(engine, world, copied(engine, world.state), terms, horizon);
    const parameters = engine.declared.summaryParameters.map((name) => world.par[name]);
    const summed = call(engine, "summary_of", { table, parameters });
    const values = new Float64Array(engine.memory.taken(summed).buffer);
    const summary = Object.fromEntries(engine.declared.outcomes.map(({ name }, i) => [name, values[i]]));
    const { stage, lives, rare } = end.people;
    const found = {
      days: records(engine, table),
      summary,
      people: { stage: engine.memory.taken(stage), lives: records(engine, lives), rare: records(engine, rare) },
      start: engine.memory.taken(world.state.people.stage),
      events: events ? eventsOf(engine, log) : null,
    };
    for (const array of [...arraysIn(end), table, summed, log]) engine.memory.free(array);
    return found;
  }

  // Give back the room of a world that is not needed any more.
  function leave(engine, world) {
    for (const array of arraysIn(world)) engine.memory.free(array);
  }

  // The rows of a log, without row 0, which counts them.
  function eventsOf(engine, log) {
    const rows = new Int32Array(engine.memory.taken(log).buffer);
    return rows.subarray(engine.declared.logColumns, (rows[0] + 1) * engine.declared.logColumns);
  }

  // ---- records: a table of days or people ----------------------------------------------------------

  const records = (engine, held) => ({ dtype: held.dtype, length: held.shape[0], bytes: engine.memory.taken(held) });

  // One column of records as numbers, row after row where it has a dimension.
  function column({ dtype, length, bytes }, name) {
    const field = dtype.fields.find(([other]) => other === name) ?? refuse(`unknown column "${name}"`);
    const [, type, offset, shape] = field;
    const width = product(shape);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = (j) => Math.floor(j / width) * dtype.itemsize + offset + (j % width) * sizeOf(type);
    return Float64Array.from({ length: length * width }, (_, j) => READ[type](view, at(j)));
  }

  // ---- the engine ----------------------------------------------------------------------------------

  // An engine from engine.wasm (its bytes, or compiled before) and what declared.py says.
  async function load(wasm, declared) {
    const compiled = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm);
    const { exports } = await WebAssembly.instantiate(compiled, {});
    const memory = new Memory(exports);
    const engine = { declared, memory };
    return {
      prepare: (settings, seed, replication) => memory.safely(() => prepare(engine, settings, seed, replication)),
      live: (world, strategy, asked) => memory.safely(() => live(engine, world, strategy, asked)),
      leave: (world) => leave(engine, world),
      bytesInUse: () => exports.in_use() >>> 0,
    };
  }

  return { load, keyOf, seedSequence, column };
})();

if (typeof module !== "undefined") module.exports = Continuum;
