// Behind statistics.js, in node: one line with a question of JSON, one with its answer. Numbers go as
// text of their bits in base 16, so that nan and infinities, and the last bit, arrive.
const fs = require("fs");
const statistics = require(process.argv[2]);
const student = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));

const view = new DataView(new ArrayBuffer(8));
const fromBits = (text) => (view.setBigUint64(0, BigInt(`0x${text}`)), view.getFloat64(0));
const inBits = (x) => (view.setFloat64(0, x), view.getBigUint64(0).toString(16).padStart(16, "0"));

function answer({ a, b }) {
  try {
    const { mean, low, high, n, told } = statistics.paired(student, a.map(fromBits), b.map(fromBits));
    return { numbers: [mean, low, high].map(inBits), n, told };
  } catch (error) {
    return { refused: error.message };
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => console.log(JSON.stringify(answer(JSON.parse(line)))));
