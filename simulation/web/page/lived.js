// What is drawn of two lives of one world, and of many worlds: sums and counts, nothing of the model.

import PairedStatistics from "../statistics.js";

const DOTS = 6000; // at most so many people are drawn
const BUYERS = 2000; // and so many of them because they bought

export function soFar(numbers) {
  let sum = 0;
  return Float64Array.from(numbers, (x) => (sum += x));
}

export const minus = (a, b) => a.map((x, i) => x - b[i]);

// What is drawn of the sides of one world: `sold` copies so far by day, `lead` B less A.
export function drawnOf(sides) {
  const lived = sides.map((side) => ({ ...side, sold: soFar(side.sales) }));
  return {
    sides: lived,
    lead: sides.length === 2 ? minus(lived[1].sold, lived[0].sold) : null,
    crowd: crowdOf(sides),
  };
}

// The people who are drawn: all buyers and, of the others, those alike who ever were more than a
// stranger under any side; of strangers who stay so, one in so many. `oneIn` says of how many people
// a dot stands: [strangers who stay, others].
export function crowdOf(sides) {
  const n = sides[0].start.length;
  const kind = new Uint8Array(n); // 0 stays a stranger, 1 moves or is more, 2 buys
  for (const { start, moves, bought } of sides) {
    for (let person = 0; person < n; person++) if (start[person]) kind[person] ||= 1;
    for (let at = 0; at < moves.length; at += 3) kind[moves[at + 1]] ||= 1;
    for (let at = 0; at < bought.length; at += 2) kind[bought[at + 1]] = 2;
  }
  const count = [0, 0, 0];
  for (const k of kind) count[k]++;
  const every = (people, room) => Math.max(1, Math.ceil(people / Math.max(1, room)));
  const buyers = every(count[2], BUYERS);
  const lively = every(count[1], DOTS - Math.min(count[2], BUYERS) - DOTS / 4);
  const left = DOTS - Math.ceil(count[2] / buyers) - Math.ceil(count[1] / lively);
  const oneIn = [every(count[0], left), lively, buyers];
  const seen = [0, 0, 0],
    people = [];
  const dot = new Int32Array(n).fill(-1);
  for (let person = 0; person < n; person++) {
    if (seen[kind[person]]++ % oneIn[kind[person]]) continue;
    dot[person] = people.length;
    people.push(person);
  }
  return { people, oneIn, nPeople: n, sides: sides.map((side) => tracksOf(side, people, dot)) };
}

// For every dot its stages by day, so that any day can be drawn at once, and the day of a purchase.
function tracksOf({ start, moves, bought }, people, dot) {
  const tracks = people.map((person) => [[-1e9, start[person]]]);
  for (let at = 0; at < moves.length; at += 3) {
    const k = dot[moves[at + 1]];
    if (k >= 0) tracks[k].push([moves[at], moves[at + 2]]);
  }
  const bought_ = new Map();
  for (let at = 0; at < bought.length; at += 2) {
    const k = dot[bought[at + 1]];
    if (k >= 0 && !bought_.has(k)) bought_.set(k, bought[at]);
  }
  return { tracks, bought: bought_ };
}

// People by stage on day 0 (rows) and at the end (columns).
export function flowsOf({ start, end }, nStages = 4) {
  const flows = Array.from({ length: nStages }, () => new Array(nStages).fill(0));
  for (let person = 0; person < start.length; person++) flows[start[person]][end[person]]++;
  return flows;
}

// An outcome of a side by its name: of the summary, or contacts by channel ("contacts_visit").
export function outcomeOf(side, name, labels) {
  if (name in side.summary) return side.summary[name];
  return side.contacts[labels.channels.indexOf(name.replace(/^contacts_/, ""))];
}

// What may be said of B less A over worlds: who leads, by how much, how sure, how often. `student` is
// declared.student. lead: "a" or "b", "equal" where no world differs, "untold" where luck may be all.
export function told(student, b, a) {
  const { mean, low, high, n, told: sure } = PairedStatistics.paired(student, b, a);
  const gaps = PairedStatistics.minus(student, b, a);
  const ahead = { b: gaps.filter((gap) => gap > 0).length, a: gaps.filter((gap) => gap < 0).length };
  const lead = gaps.every((gap) => gap === 0) ? "equal" : !sure ? "untold" : mean > 0 ? "b" : "a";
  return { mean, low, high, n, gaps, ahead, lead };
}

// What is told of fewer than two worlds.
export const NOTHING = { mean: NaN, low: NaN, high: NaN, lead: "untold" };

// The part without which most is lost; null where that cannot be told from nothing, or from the next.
export function mattersMost(rows, values, student) {
  const order = rows.map((_, i) => i).sort((x, y) => rows[x].mean - rows[y].mean);
  const [first, next] = order;
  const sure =
    rows[first].lead === "a" &&
    (next === undefined || told(student, values[next + 1], values[first + 1]).lead === "b");
  return sure ? rows[first] : null;
}

// Where B takes the lead: the first place at which it is clearly ahead, the last at which A is.
export function turnOf(rows) {
  const leads = rows.map(({ lead }) => lead),
    at = (j) => rows[j]?.at ?? null;
  const first = at(leads.indexOf("b")),
    last = at(leads.lastIndexOf("a"));
  if (leads.every((lead) => lead === "b")) return { verdict: "always", first, last };
  return { verdict: first !== null ? "flips" : last !== null ? "never" : "untold", first, last };
}
