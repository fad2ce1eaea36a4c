// Call a kernel of engine.wasm in any JavaScript: node, or a page. `sent` is a table with its
// arrays behind it, in base64; `addresses` are [entry, offset] of what lies there. Returns where it
// lay in the memory, the status, the size of the memory, and its pages that are not all zeros.
function callModule(module, kernel, sent, addresses) {
  const engine = new WebAssembly.Instance(module, {}).exports;
  const given = bytesOf(sent);
  const base = engine.reserve(given.length) >>> 0;
  new Uint8Array(engine.memory.buffer).set(given, base);
  const table = new DataView(engine.memory.buffer, base);
  for (const [entry, offset] of addresses) {
    table.setBigInt64(8 * entry, BigInt(base + offset), true);
  }
  const status = engine[kernel](base);
  const memory = new Uint8Array(engine.memory.buffer);
  const pages = [];
  for (let place = 0; place < memory.length; place += 8192) {
    const page = memory.subarray(place, place + 8192);
    if (page.some((byte) => byte)) pages.push([place, btoa(String.fromCharCode(...page))]);
  }
  return [base, status, memory.length, pages];
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// In node: every line that comes in is a call, every line that goes out its answer.
if (typeof process !== "undefined") {
  const module = new WebAssembly.Module(require("fs").readFileSync(process.argv[2]));
  const lines = require("readline").createInterface({ input: process.stdin });
  lines.on("line", (line) => console.log(JSON.stringify(callModule(module, ...JSON.parse(line)))));
}
