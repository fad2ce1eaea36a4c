// What can be taken away: a link, the days as CSV, and the same comparison in Python.

import { namedSide } from "./state.js";

// The address of just this, for somebody else; where the page has none that others can open, a file
// or a frame made of a text, only what stands after "#".
export function linkOf(app) {
  const { protocol, href } = globalThis.location,
    hash = `#${app.hash(true)}`;
  return protocol.startsWith("http") ? href.split("#")[0] + hash : hash;
}

export function save(name, text, type) {
  const link = globalThis.document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Every outcome of every day of both sides, one row a day: what `run.series` has in Python.
export function daysCsv(app, drawn) {
  const columns = Object.keys(drawn.sides[0].days);
  const lines = [["side", "strategy", "time", ...columns, "cumulative_sales"].join(",")];
  drawn.sides.forEach(({ days, sold }, i) => {
    const { strategy } = app.choice.value["ab"[i]];
    sold.forEach((so_far, day) =>
      lines.push(["AB"[i], strategy, day, ...columns.map((name) => days[name][day]), so_far].join(",")),
    );
  });
  return `${lines.join("\n")}\n`;
}

// Values as Python writes them.
function python(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (value && typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}

// A strategy as simulation.Strategy takes it: its name, or all of its levers under a name of its own.
function strategyIn(app, side, letter) {
  const { a, b } = app.choice.value,
    as = JSON.stringify;
  if (as(side) === as(namedSide(side.strategy)) && as(a) !== as(b)) return python(side.strategy);
  const { announce, offer_ends, ...levers } = app.choices.strategy(side);
  const told = Object.keys(announce).filter((name) => announce[name]);
  const ends = levers.deadline ? { deadline_ends: offer_ends ? "offer" : "bonus" } : {};
  return python({ name: `${side.strategy} ${letter}`, ...levers, announce: told, ...ends });
}

// The lines of Python that compare the same strategies in the same worlds.
export function pythonOf(app, worlds) {
  const { choices } = app,
    choice = app.choice.value;
  const changes = { ...choice.changes };
  if (app.controls.sizes[choice.scenario]) changes.n_people ??= app.controls.sizes[choice.scenario];
  const value = (name) => (app.declared.parameters[name].bool ? Boolean(changes[name]) : changes[name]);
  const given = Object.keys(changes)
    .map((name) => `${name}=${python(value(name))}`)
    .join(", ");
  const strategies = ["a", "b"].map((side) => strategyIn(app, choice[side], side.toUpperCase()));
  choices.check(choice);
  return [
    "from simulation import Scenario, compare",
    "",
    `scenario = Scenario.load(${python(choice.scenario)})${given && `.replace(${given})`}`,
    "strategies = [",
    ...strategies.map((one) => `    ${one},`),
    "]",
    `print(compare(scenario, strategies, replications=${worlds}, seed=${choice.seed}).sentence)`,
    "",
  ].join("\n");
}
