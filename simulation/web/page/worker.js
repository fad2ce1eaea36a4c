// In a Worker: lives what it is asked and answers with plain numbers. One thing after the other; who
// does not want to wait ends the Worker (asking.js).
//
// { module, declared }                                    begin with a compiled engine
// { id, live: { settings, strategies, seed, world, events, days } }   -> { id, sides: [side, ...] }
// { id, diary: { person, live } }                         -> { id, rows: what happened to them }

import Continuum from "../engine.js";

const TIME = 0,
  PERSON = 1,
  EVENT = 2,
  TO_STAGE = 4,
  CAUSE = 5,
  WIDTH = 6; // columns of the log
const STAGE_BITS = 3;
let engine = null,
  about = null;
let kept = { key: "", world: null }; // levers do not change who the people are
let happened = { key: "", log: null }; // to whom, in the last life that was asked for with its events

function prepared({ settings, seed, world }) {
  const key = JSON.stringify([settings, seed, world]);
  if (key !== kept.key) {
    if (kept.world) engine.leave(kept.world);
    kept = { key: "", world: null };
    kept = { key, world: engine.prepare(settings, seed, world) };
  }
  return kept.world;
}

// A table of `width` numbers a day as one list of days for each of them.
function byLabel(days, name, width) {
  const rows = Continuum.column(days, name),
    n = days.length;
  return Array.from({ length: width }, (_, j) =>
    Float64Array.from({ length: n }, (_, day) => rows[day * width + j]),
  );
}

// What the page draws of one side: `start` and `end` are stages by person, `moves` rows of day,
// person, stage; `bought` rows of day, person.
function sideOf(found, { events, days }) {
  const { stages, channels, touchpoints } = about.labels;
  const side = {
    summary: found.summary,
    stages: byLabel(found.days, "n", stages.length),
    sales: Continuum.column(found.days, "sales"),
    contacts: byLabel(found.days, "contacts", channels.length).map(summed),
    touchpoints: byLabel(found.days, "sales_by_touchpoint", touchpoints.length).map(summed),
    days: days ? flatDays(found.days) : null,
    start: found.start.map((bits) => bits & STAGE_BITS),
    end: found.people.stage.map((bits) => bits & STAGE_BITS),
  };
  return events ? { ...side, ...changesIn(found.events) } : side;
}

const summed = (numbers) => numbers.reduce((a, b) => a + b, 0);

// Every outcome of every day by the name of its column, as `run.series` has them.
function flatDays(days) {
  return Object.fromEntries(
    about.dayColumns.flatMap(({ name, columns }) =>
      byLabel(days, name, columns.length).map((list, j) => [columns[j], list]),
    ),
  );
}

function changesIn(log) {
  const { buy, changes } = about.eventCodes;
  const moves = [],
    bought = [];
  for (let at = 0; at < log.length; at += WIDTH) {
    if (log[at + EVENT] === buy) bought.push(log[at + TIME], log[at + PERSON]);
    else if (changes.includes(log[at + EVENT]))
      moves.push(log[at + TIME], log[at + PERSON], log[at + TO_STAGE]);
  }
  return { moves: Int32Array.from(moves), bought: Int32Array.from(bought) };
}

// The rows of the log that a person did, or that were done to them, by day.
function diaryOf({ person, live }) {
  if (happened.key !== JSON.stringify(live)) lived(live); // this Worker is a new one
  const { log } = happened,
    { received } = about.eventCodes,
    rows = [];
  for (let at = 0; at < log.length; at += WIDTH) {
    const row = log.subarray(at, at + WIDTH);
    if (row[PERSON] === person || (received.includes(row[EVENT]) && row[CAUSE] === person))
      rows.push(Array.from(row));
  }
  return rows.sort((a, b) => a[TIME] - b[TIME]);
}

const buffersOf = (value) =>
  ArrayBuffer.isView(value)
    ? [value.buffer]
    : value && typeof value === "object"
      ? Object.values(value).flatMap(buffersOf)
      : [];

function lived(live) {
  const { settings, strategies, seed, world, events } = live;
  const place = prepared({ settings, seed, world });
  return strategies.map((strategy) => {
    const found = engine.live(place, strategy, { events });
    if (events) happened = { key: JSON.stringify(live), log: found.events };
    return sideOf(found, live);
  });
}

self.onmessage = async ({ data }) => {
  if (data.module) {
    about = data.declared;
    engine = Continuum.load(data.module, data.declared);
    return;
  }
  engine = await engine;
  try {
    const answer = data.live ? { sides: lived(data.live) } : { rows: diaryOf(data.diary) };
    self.postMessage({ id: data.id, ...answer }, [...new Set(buffersOf(answer.sides))]);
  } catch (error) {
    kept = { key: "", world: null };
    self.postMessage({ id: data.id, refused: error.message });
  }
};
