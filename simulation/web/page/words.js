// Sentences that several places say.

// A side in words: the name of its strategy, its change of course, and whether its split was moved.
export function sideName(app, side) {
  const say = app.say.value,
    named = (strategy) => say(`strategies.${strategy}.name`);
  const name = side.then
    ? say("page.then", { name: named(side.strategy), then: named(side.then) })
    : named(side.strategy);
  return side.shares ? `${name} (${say("page.changed")})` : name;
}

// The days on which something is launched.
export function launchDays({ launch_day, launches, days_between_launches }) {
  return Array.from({ length: launches }, (_, i) => launch_day + i * days_between_launches);
}

// The plain sentence about all worlds: who sells more, how much, how often.
export function headline(app, [a, b], { lead, mean, n, ahead }) {
  const say = app.say.value,
    names = { a: `A: ${a}`, b: `B: ${b}` };
  if (lead === "equal" || lead === "untold") return say("page.headline_untold", { ...names, n });
  const [first, second] = lead === "a" ? [names.a, names.b] : [names.b, names.a];
  return say("page.headline_ahead", {
    first,
    second,
    copies: say.amount("sales", Math.abs(mean)),
    better: ahead[lead],
    n,
  });
}

const SOME = 10; // worlds from which on one of them may be called lucky
const MOST = 0.8; // of them, than which it is luckier

// In one world: who sells more, and whether that is luck beside the gaps (B less A) of other worlds.
export function inThisWorld(app, [a, b], gaps = []) {
  const say = app.say.value,
    n = gaps.length;
  if (a === b) return say("page.this_world_same", { a });
  const text = say("page.this_world_ahead", {
    side: a > b ? "A" : "B",
    copies: say.count("copies", Math.abs(a - b)),
    a,
    b,
  });
  const below = gaps.filter((gap) => gap < b - a).length,
    above = gaps.filter((gap) => gap > b - a).length;
  if (n < SOME || Math.max(below, above) <= MOST * n) return text;
  return `${text} ${say("page.this_world_lucky", { side: below > above ? "B" : "A", more: Math.max(below, above), n })}`;
}

// What is wrong, in words.
export function problem(app, { key, values, where }) {
  const say = app.say.value,
    { low, high, whole } = values;
  const read = values.name === "year" ? say.year : say.number;
  const allowed =
    low === undefined
      ? ""
      : say(whole ? "errors.whole_number" : "errors.number", { low: read(low), high: read(high) });
  const text = say(`errors.${key}`, { ...values, allowed });
  return where === "link" ? say("errors.in_the_link", { problem: text }) : text;
}
