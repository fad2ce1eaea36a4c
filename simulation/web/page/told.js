// What happened to one person, day by day, in words: as simulation/figures/diary.py tells it.

const DAY = 0,
  PERSON = 1,
  EVENT = 2,
  FROM = 3,
  TO = 4,
  CAUSE = 5;

// The lines of a diary: { day, last, kind, text }. What happens often is gathered into one line until
// something else happens.
export function diaryOf(app, rows, person) {
  const say = app.say.value,
    { events, stages, channels } = app.labels;
  const lines = [];
  let often = [];
  const close = () => {
    if (!often.length) return;
    const count = new Map();
    for (const { key } of often) count.set(key, (count.get(key) ?? 0) + 1);
    const text = [...count]
      .map(([key, n]) => say(`diary.often.${key}_${n === 1 ? "one" : "many"}`, { n }))
      .join(", ");
    lines.push({ day: often[0].day, last: often.at(-1).day, kind: "contact", text });
    often = [];
  };
  for (const row of rows) {
    const event = events[row[EVENT]],
      day = row[DAY],
      cause = row[CAUSE];
    const key =
      event === "contact"
        ? channels[cause]
        : event === "answered" && cause < 0
          ? "host"
          : ["message", "answered"].includes(event)
            ? event
            : null;
    if (key) {
      often.push({ day, key });
      continue;
    }
    close();
    lines.push({ day, last: day, kind: event, text: one(row, event) });
  }
  close();
  return lines;

  function one(row, event) {
    const cause = row[CAUSE],
      stage = (i) => say(`stages_one.${stages[i]}`);
    if (say.has(`diary.sent.${event}`))
      return say(`diary.${row[PERSON] === person ? "sent" : "received"}.${event}`);
    if (event === "move") return say(`diary.moved_${stages[row[TO]]}`);
    if (event === "lapse") return say("diary.lapsed", { before: stage(row[FROM]), after: stage(row[TO]) });
    if (event === "switch")
      return cause > 0
        ? say(`diary.switched_bonds_${cause === 1 ? "one" : "many"}`, { n: cause })
        : say("diary.switched");
    if (event === "bond") return say("diary.bond", { person: String(cause) });
    if (event === "review") return say(`diary.review_${cause === 1 ? "one" : "many"}`, { n: cause });
    if (event === "consider" || event === "buy")
      return say(event === "buy" ? "diary.bought" : "diary.considered", {
        after: say(`diary.after.${channels[cause]}`),
      });
    return say(`diary.${event}`);
  }
}
