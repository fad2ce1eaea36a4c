// Words and numbers in the language of the reader.

const LOCALES = { en: "en-US", el: "el-GR" };
// Units of outcomes, as the texts call them.
const UNITS = {
  copies: "copies",
  people: "people",
  reviews: "reviews",
  bonds: "bonds",
  stars: "stars",
  h: "hours",
  USD: "usd",
  "copies/head": "copies_per_head",
  "0-1": "from_0_to_1",
};
export const LANGUAGES = Object.keys(LOCALES);

export function speaker(texts, lang, declared) {
  const locale = LOCALES[lang];
  const found = (key) => key.split(".").reduce((at, part) => at?.[part], texts[lang]);

  // The text of a key, with what stands in its braces.
  function say(key, values = {}) {
    const text = found(key);
    if (typeof text !== "string") throw new Error(`no text "${key}" in ${lang}`);
    return filled(text, values);
  }

  const filled = (text, values) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => {
      if (values[name] === undefined) throw new Error(`${whole} of "${text}" is not known`);
      return typeof values[name] === "number" ? number(values[name]) : values[name];
    });

  // So many of something: "1 copy", "37 copies".
  const count = (unit, n) => say(`units.${unit}_${Math.abs(n) === 1 ? "one" : "many"}`, { n });
  const whole = (x) => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(x);

  // As many digits as a reader needs: whole from 10 on, two figures below.
  function number(x) {
    if (x === null || x === undefined || Number.isNaN(x)) return "–";
    if (Number.isInteger(x) || Math.abs(x) >= 10) return whole(x);
    return new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 }).format(x);
  }

  const perCent = (x) =>
    new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(x);
  const roundPerCent = (x) =>
    new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(x);
  const year = (x) => String(x);
  const has = (key) => found(key) !== undefined;
  const of = (kind, name, spare) => (has(`${kind}.${name}`) ? found(`${kind}.${name}`) : spare);
  return Object.assign(say, {
    lang,
    locale,
    has,
    filled,
    count,
    whole,
    number,
    perCent,
    year,
    signed: (x) => (x > 0 ? "+" : x < 0 ? "−" : "") + number(Math.abs(x)),
    roundPerCent,
    signedPerCent: (x) => `${x < 0 ? "−" : "+"}${roundPerCent(Math.abs(x))}`,
    // A unit of outcomes by itself: "copies".
    unit: (unit) => (UNITS[unit] ? filled(found(`units.${UNITS[unit]}_many`), { n: "" }).trim() : unit),
    // So much of an outcome, with its unit: "1 copy", "37 visits".
    amount: (name, n) => {
      const unit = name.startsWith("contacts_visit")
        ? "visits"
        : name.startsWith("contacts_")
          ? "contacts"
          : UNITS[declared.outcomes.find((o) => o.name === name).unit];
      return count(unit, Math.abs(n) < 9.5 ? Number(n.toPrecision(2)) : Math.round(n));
    },
    outcome: (name) =>
      of("axes", name, of("outcomes", name, declared.outcomes.find((o) => o.name === name)?.label ?? name)),
    meaning: (name) =>
      of("meanings", name, (declared.parameters[name] ?? declared.aboutLevers[name]).meaning),
    // A text of a story: in this language, in the other, or in the one it has.
    own: (text) =>
      typeof text === "string" ? text : (text?.[lang] ?? text?.en ?? Object.values(text ?? {})[0]),
  });
}
