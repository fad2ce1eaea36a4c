// What is chosen: a world, two strategies A and B, and the luck; and the same as text after the "#" of
// the address. A choice is a plain object that is never changed, only replaced:
//
//   { scenario, changes: { parameter: value }, a: side, b: side, seed, world }
//   side: { strategy, shares, then, thenDay }   shares: per cent by activity, null: as named
//
// Nothing in an address is run or opened: every part is checked, what is wrong is said and left out.

export const SIDES = ["a", "b"];
const LONGEST = 4000; // letters of an address: no choice needs as many
export const MOST_LUCK = 1e9; // seed and world

export const namedSide = (strategy) => ({ strategy, shares: null, then: null, thenDay: 0 });

export const OPENING = {
  scenario: "launch_2025",
  changes: {},
  a: namedSide("posting_only"),
  b: namedSide("community_building"),
  seed: 1,
  world: 0,
};

// What is wrong, as the key of a text and what stands in it (words.js says it).
export class Wrong extends Error {
  constructor(key, values = {}) {
    super(key);
    Object.assign(this, { key, values });
  }
}

export class Choices {
  constructor({ declared, controls }) {
    Object.assign(this, { declared, controls });
  }

  // ---- the world ---------------------------------------------------------------------------------

  // The settings of a preset at the size it has in the page.
  preset(scenario) {
    const { settings } = this.declared.presets[scenario];
    return { ...settings, n_people: this.controls.sizes[scenario] ?? settings.n_people };
  }

  settings(choice) {
    return { ...this.preset(choice.scenario), ...choice.changes };
  }

  value(choice, name) {
    return choice.changes[name] ?? this.preset(choice.scenario)[name];
  }

  // The choice with a parameter moved; the preset's own value is no change.
  with(choice, name, value) {
    const { [name]: _, ...changes } = choice.changes;
    if (value !== this.preset(choice.scenario)[name]) changes[name] = value;
    const moved = { ...choice, changes };
    this.check(moved);
    return moved;
  }

  // ---- the strategies ----------------------------------------------------------------------------

  namedShares(strategy) {
    const [phase] = this.declared.strategies[strategy].levers.phases;
    return this.controls.activities.map((name) => Math.round(100 * phase[name]));
  }

  shares(side) {
    return side.shares ?? this.namedShares(side.strategy);
  }

  // The side with one share moved: the others keep their proportions, and all make 100.
  withShare(side, activity, perCent) {
    const i = this.controls.activities.indexOf(activity);
    const others = (list) => list.map((w, j) => (j === i ? 0 : w));
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    let weights = others(this.shares(side));
    if (!sum(weights)) weights = others(this.namedShares(side.strategy));
    if (!sum(weights)) weights = others(weights.map(() => 1));
    const exact = weights.map((w) => (w * (100 - perCent)) / sum(weights));
    const shares = exact.map(Math.trunc);
    const missing = 100 - perCent - sum(shares);
    const order = shares.map((_, j) => j).sort((x, y) => shares[x] - exact[x] - (shares[y] - exact[y]));
    for (const j of order.slice(0, missing)) shares[j] += 1; // the largest remainders are rounded up
    shares[i] = perCent;
    return { ...side, shares: this.plain(side.strategy, shares) };
  }

  plain(strategy, shares) {
    const named = this.namedShares(strategy);
    return shares.every((share, j) => share === named[j]) ? null : shares;
  }

  // A side as the engine takes it.
  strategy(side) {
    const { levers } = this.declared.strategies[side.strategy];
    const split =
      side.shares &&
      Object.fromEntries(this.controls.activities.map((name, j) => [name, side.shares[j] / 100]));
    const phases = levers.phases.map((phase) => ({ ...phase, ...split }));
    if (!side.then) return { ...levers, phases };
    const after = this.declared.strategies[side.then].levers;
    const later = { ...after.phases[0], from_day: side.thenDay };
    return { ...levers, phases: [...phases, later], offer_depth: levers.offer_depth || after.offer_depth };
  }

  // What is asked of the engine.
  asked(choice) {
    const { seed, world } = choice;
    return {
      settings: this.settings(choice),
      strategies: SIDES.map((s) => this.strategy(choice[s])),
      seed,
      world,
    };
  }

  // ---- what is allowed ---------------------------------------------------------------------------

  checkValue(name, value) {
    const about = this.declared.parameters[name];
    if (!about) throw new Wrong("unknown_name", { name: name.slice(0, 40) });
    const [low, high] = about.bounds ?? [-Infinity, Infinity];
    const most = Math.min(high, this.controls.most[name] ?? Infinity);
    const right =
      typeof value === "number" && Number.isFinite(value) && (!about.whole || Number.isInteger(value));
    if (!right || value < low || value > most)
      throw new Wrong("not_allowed", {
        name,
        value: String(value).slice(0, 40),
        low,
        high: most,
        whole: about.whole,
      });
  }

  check(choice) {
    for (const [name, value] of Object.entries(choice.changes)) this.checkValue(name, value);
    const now = this.settings(choice),
      { n_people, n_days, launch_day, launches, days_between_launches } = now;
    const started = now.share_followers + now.share_subscribers + now.share_members;
    if (started > 1 + 1e-12) throw new Wrong("shares_of_people", { sum: started });
    const last = launch_day + (launches - 1) * days_between_launches;
    if (last >= n_days) throw new Wrong("launch_too_late", { day: last, days: n_days });
    if (launches > 1 && days_between_launches < now.days_window)
      throw new Wrong("launches_too_close", { days: now.days_window });
    if (n_people * n_days > this.controls.person_days)
      throw new Wrong("too_large", { people: n_people, days: n_days, most: this.controls.person_days / 1e6 });
    for (const side of SIDES) {
      const { then, thenDay } = choice[side];
      if (then && !(thenDay >= 1 && thenDay < n_days))
        throw new Wrong("then_day", { name: side, day: thenDay, last: n_days - 1 });
    }
  }

  // ---- the address -------------------------------------------------------------------------------

  toHash(choice) {
    const pairs = [];
    if (choice.scenario !== OPENING.scenario) pairs.push(["scenario", choice.scenario]);
    for (const name of Object.keys(choice.changes).sort())
      pairs.push([name, this.toText(name, choice.changes[name])]);
    for (const name of SIDES) {
      const side = choice[name];
      if (side.strategy !== OPENING[name].strategy) pairs.push([name, side.strategy]);
      if (side.shares) pairs.push([`${name}_shares`, side.shares.join(",")]);
      if (side.then) pairs.push([`${name}_then`, side.then], [`${name}_then_day`, side.thenDay]);
    }
    for (const name of ["seed", "world"])
      if (choice[name] !== OPENING[name]) pairs.push([name, choice[name]]);
    return new URLSearchParams(pairs).toString().replaceAll("%2C", ",");
  }

  toText(name, value) {
    return this.declared.parameters[name].bool ? (value ? "true" : "false") : String(value);
  }

  // The choice an address describes, and what is wrong in it.
  fromHash(text) {
    if (text.length > LONGEST)
      return { choice: OPENING, problems: [new Wrong("too_long", { n: text.length, most: LONGEST })] };
    let choice = OPENING;
    const problems = [],
      seen = new Set();
    const rank = ([name]) =>
      name === "scenario" ? 0 : SIDES.includes(name) ? 1 : name.endsWith("_then_day") ? 3 : 2;
    const pairs = [...new URLSearchParams(text)].sort((x, y) => rank(x) - rank(y));
    for (const [name, value] of pairs) {
      try {
        if (seen.has(name)) throw new Wrong("given_twice", { name: name.slice(0, 40) });
        seen.add(name);
        choice = this.withPart(choice, name, value);
      } catch (error) {
        problems.push(wrong(error));
      }
    }
    try {
      this.check(choice);
    } catch (error) {
      problems.push(wrong(error));
      choice = this.fitting(choice);
    }
    return { choice, problems };
  }

  // The choice without its changes, and without a change of course if that does not fit.
  fitting(choice) {
    const plain = { ...choice, changes: {} };
    try {
      this.check(plain);
      return plain;
    } catch {
      return { ...OPENING, scenario: choice.scenario, seed: choice.seed, world: choice.world };
    }
  }

  withPart(choice, name, text) {
    const { presets, strategies, parameters } = this.declared;
    const one = (known) =>
      Object.hasOwn(known, text) ? text : wrongly("unknown_value", { name, value: text.slice(0, 40) });
    if (name === "scenario") return { ...choice, scenario: one(presets) };
    if (name === "seed" || name === "world") return { ...choice, [name]: whole(name, text, 0, MOST_LUCK) };
    const [, letter, part] = /^([ab])(?:_(shares|then|then_day))?$/.exec(name) ?? [];
    if (letter)
      return {
        ...choice,
        [letter]: this.sideWith(choice[letter], part, name, text, one(part ? { [text]: 1 } : strategies)),
      };
    if (!Object.hasOwn(parameters, name)) throw new Wrong("unknown_name", { name: name.slice(0, 40) });
    const value = parameters[name].bool
      ? { true: 1, false: 0, 1: 1, 0: 0 }[text.toLowerCase()]
      : text.trim()
        ? Number(text)
        : NaN;
    this.checkValue(name, value);
    return value === this.preset(choice.scenario)[name]
      ? choice
      : { ...choice, changes: { ...choice.changes, [name]: value } };
  }

  sideWith(side, part, name, text, strategy) {
    if (!part) return namedSide(strategy);
    if (part === "then") {
      if (!Object.hasOwn(this.declared.strategies, text))
        throw new Wrong("unknown_value", { name, value: text.slice(0, 40) });
      return { ...side, then: text, thenDay: side.thenDay || 1 };
    }
    if (part === "then_day") {
      if (!side.then) throw new Wrong("without_its", { name, other: name.replace("_day", "") });
      return { ...side, thenDay: whole(name, text, 1, this.controls.most.n_days) };
    }
    const n = this.controls.activities.length;
    const shares = text.split(",").map((share) => (/^\d{1,3}$/.test(share) ? Number(share) : NaN));
    const sum = shares.reduce((a, b) => a + b, 0);
    if (shares.length !== n || sum !== 100)
      throw new Wrong("shares", { name, n, activities: this.controls.activities.join(", ") });
    return { ...side, shares: this.plain(side.strategy, shares) };
  }
}

function wrongly(key, values) {
  throw new Wrong(key, values);
}

function wrong(error) {
  if (error instanceof Wrong) return error;
  throw error;
}

function whole(name, text, low, high) {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(low <= value && value <= high))
    throw new Wrong("not_allowed", { name, value: text.slice(0, 40), low, high, whole: true });
  return value;
}
