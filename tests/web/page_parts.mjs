// Behind the modules of the page, in node: one line with a question of JSON, one with its answer.
// Given: the folder of the page, the engine, and the data a page is made of.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const [folder, wasm, data] = process.argv.slice(2);
const of = (name) => import(path.join(folder, name));
const { Choices, Wrong, namedSide } = await of("state.js");
const lived = await of("lived.js");
const { pythonOf, daysCsv } = await of("taking.js");
const { diaryOf } = await of("told.js");
const { speaker } = await of("texts.js");

const { declared, controls, texts } = JSON.parse(fs.readFileSync(data, "utf8"));
const choices = new Choices({ declared, controls });
const { student, labels } = declared;

// The Worker of the page, without a browser: what it is asked, and what it answers.
let answered;
globalThis.self = { postMessage: (answer) => answered(answer) };
await of("worker.js");
await globalThis.self.onmessage({ data: { module: await WebAssembly.compile(fs.readFileSync(wasm)), declared } });
async function worker(asked) {
  const answer = new Promise((done) => (answered = done));
  await globalThis.self.onmessage({ data: { id: 1, ...asked } });
  const { refused, ...found } = await answer;
  if (refused) throw new Error(refused);
  return found;
}

// What is asked on one side, as asking.js asks it.
const one = ({ strategies, ...asked }, i) => ({ ...asked, strategies: [strategies[i]], events: true, days: true });
const sidesOf = async (asked) => {
  const sides = [];
  for (const i of asked.strategies.keys()) sides.push((await worker({ live: one(asked, i) })).sides[0]);
  return sides;
};
const plain = (value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
const said = ({ problems, ...rest }) => ({ ...rest, problems: problems.map(({ key, values }) => ({ key, values })) });
const hashed = (hash) => choices.fromHash(hash).choice;
const appOf = (choice) => ({ choices, controls, declared, labels, choice: { value: choice }, say: { value: speaker(texts, "en", declared) } });

const answers = {
  read({ hash }) {
    const found = said(choices.fromHash(hash)), { settings, strategies } = choices.asked(found.choice);
    const again = choices.toHash(found.choice);
    return { ...found, settings, strategies, again, back: said(choices.fromHash(again)) };
  },
  moves({ strategy, moves }) {
    let side = namedSide(strategy);
    return moves.map(([activity, perCent]) => choices.shares((side = choices.withShare(side, activity, perCent))));
  },
  moved({ hash, name, value }) {
    try {
      return { choice: choices.with(hashed(hash), name, value) };
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      return { wrong: error.key };
    }
  },
  async live({ hash }) {
    const asked = choices.asked(hashed(hash)), sides = await sidesOf(asked), { crowd, lead, sides: drawn } = lived.drawnOf(sides);
    return {
      summaries: sides.map(({ summary }) => summary),
      visits: sides.map((side) => lived.outcomeOf(side, "contacts_visit", labels)),
      sold: drawn.map(({ sold }) => plain(sold)),
      lead: plain(lead),
      flows: sides.map((side) => lived.flowsOf(side)),
      crowd: { ...crowd, sides: crowd.sides.map(({ tracks, bought }) => ({ tracks, bought: [...bought] })) },
      csv: daysCsv(appOf(hashed(hash)), { sides: drawn }),
    };
  },
  async diaries({ hash, people, side }) {
    const asked = choices.asked(hashed(hash));
    const found = [];
    for (const person of people) {
      const { rows } = await worker({ diary: { person, live: one(asked, side) } });
      found.push(diaryOf(appOf(hashed(hash)), rows, person));
    }
    return found;
  },
  soFar: ({ numbers }) => plain(lived.soFar(numbers)),
  crowd: ({ sides }) => lived.crowdOf(sides),
  told: ({ a, b }) => lived.told(student, b, a),
  turn: ({ leads }) => lived.turnOf(leads.map((lead, at) => ({ lead, at: at + 2000 }))),
  mattersMost({ values }) {
    const rows = values.slice(1).map((list, i) => ({ name: `part ${i}`, ...lived.told(student, list, values[0]) }));
    return lived.mattersMost(rows, values, student)?.name ?? null;
  },
  python: ({ hash, worlds }) => pythonOf(appOf(hashed(hash)), worlds),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { found: await answers[ask](question) };
  } catch (error) {
    answer = { failed: error.stack };
  }
  console.log(JSON.stringify(answer, (_, value) => plain(value)));
}
