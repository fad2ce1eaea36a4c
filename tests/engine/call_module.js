// Call a kernel of engine.wasm in any JavaScript: node, or a page. `sent` is a table with its
// arrays behind it; `addresses` are [entry, offset] of what lies there. Returns where it lay in the
// memory, the status, and the whole memory.
function callModule(code, kernel, sent, addresses) {
  const module = new WebAssembly.Module(code);
  const engine = new WebAssembly.Instance(module, {}).exports;
  const base = engine.reserve(sent.length) >>> 0;
  new Uint8Array(engine.memory.buffer).set(sent, base);
  const table = new DataView(engine.memory.buffer, base);
  for (const [entry, offset] of addresses) {
    table.setBigInt64(8 * entry, BigInt(base + offset), true);
  }
  const status = engine[kernel](base);
  return { base, status, memory: new Uint8Array(engine.memory.buffer) };
}

if (typeof process !== "undefined") {
  const fs = require("fs");
  const [code, kernel, sent, addresses, memory] = process.argv.slice(2);
  const found = callModule(
    fs.readFileSync(code), kernel, fs.readFileSync(sent), JSON.parse(addresses));
  fs.writeFileSync(memory, found.memory);
  console.log(JSON.stringify([found.base, found.status]));
}
