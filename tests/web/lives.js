// Behind engine.js: lives what is asked for and tells everything that came out, in base64.
// In node every line that comes in is a question; in a Worker every message is.

const inBase64 = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// A world and its strategies, or how long they took; the message of what is refused.
function answer(engine, { settings, seed, replication, strategies, keys, timed, events }) {
  if (keys) return keys.map((one) => Object.values(Continuum.keyOf(one.seed, one.replication)).map(String));
  const before = engine.bytesInUse();
  let world;
  try {
    const began = performance.now();
    world = engine.prepare(settings, seed, replication);
    const prepared = performance.now();
    const found = strategies.map((strategy) => engine.live(world, strategy, { events }));
    const ended = performance.now();
    engine.leave(world);
    if (timed) return { prepared: prepared - began, lived: ended - prepared };
    return { lives: found.map(told), left: engine.bytesInUse() - before };
  } catch (error) {
    if (world) engine.leave(world);
    return { refused: error.message, left: engine.bytesInUse() - before };
  }
}

function told({ days, summary, people, start, events }) {
  const values = Float64Array.from(Object.values(summary));
  return {
    table: inBase64(days.bytes),
    summary: inBase64(new Uint8Array(values.buffer)),
    names: Object.keys(summary),
    stage: inBase64(people.stage),
    lives: inBase64(people.lives.bytes),
    rare: inBase64(people.rare.bytes),
    start: inBase64(start),
    events: events && inBase64(new Uint8Array(events.buffer, events.byteOffset, events.byteLength)),
    sales: Array.from(Continuum.column(days, "sales")),
    pace: Array.from(Continuum.column(people.lives, "visit_rate")),
  };
}

if (typeof process !== "undefined" && typeof window === "undefined") {
  const fs = require("fs");
  globalThis.Continuum = require(process.argv[2]);
  const wasm = fs.readFileSync(process.argv[3]);
  const declared = JSON.parse(fs.readFileSync(process.argv[4], "utf8"));
  const engine = Continuum.load(wasm, declared);
  require("readline")
    .createInterface({ input: process.stdin })
    .on("line", async (line) => console.log(JSON.stringify(answer(await engine, JSON.parse(line)))));
} else if (typeof WorkerGlobalScope !== "undefined") {
  let engine;
  self.onmessage = async ({ data }) => {
    if (data.wasm) engine = await Continuum.load(fromBase64(data.wasm), data.declared);
    self.postMessage(data.wasm ? "ready" : answer(engine, data));
  };
}
