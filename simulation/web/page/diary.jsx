// What happened to one person, day by day, in words: as simulation/figures/diary.py tells it.

import { useEffect, useState } from "preact/hooks";
import { Superseded } from "./asking.js";

const DAY = 0, PERSON = 1, EVENT = 2, FROM = 3, TO = 4, CAUSE = 5;

// The lines of a diary: { day, last, kind, text }. What happens often is gathered into one line until
// something else happens.
export function diaryOf(app, rows, person) {
  const say = app.say.value, { events, stages, channels } = app.labels;
  const lines = [];
  let often = [];
  const close = () => {
    if (!often.length) return;
    const count = new Map();
    for (const { key } of often) count.set(key, (count.get(key) ?? 0) + 1);
    const text = [...count].map(([key, n]) => say(`diary.often.${key}_${n === 1 ? "one" : "many"}`, { n })).join(", ");
    lines.push({ day: often[0].day, last: often.at(-1).day, kind: "contact", text });
    often = [];
  };
  for (const row of rows) {
    const event = events[row[EVENT]], day = row[DAY], cause = row[CAUSE];
    const key = event === "contact" ? channels[cause] : event === "answered" && cause < 0 ? "host" : ["message", "answered"].includes(event) ? event : null;
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
    const cause = row[CAUSE], stage = (i) => say(`stages_one.${stages[i]}`);
    if (say.has(`diary.sent.${event}`)) return say(`diary.${row[PERSON] === person ? "sent" : "received"}.${event}`);
    if (event === "move") return say(`diary.moved_${stages[row[TO]]}`);
    if (event === "lapse") return say("diary.lapsed", { before: stage(row[FROM]), after: stage(row[TO]) });
    if (event === "switch") return cause > 0 ? say(`diary.switched_bonds_${cause === 1 ? "one" : "many"}`, { n: cause }) : say("diary.switched");
    if (event === "bond") return say("diary.bond", { person: String(cause) });
    if (event === "review") return say(`diary.review_${cause === 1 ? "one" : "many"}`, { n: cause });
    if (event === "consider" || event === "buy") return say(event === "buy" ? "diary.bought" : "diary.considered", { after: say(`diary.after.${channels[cause]}`) });
    return say(`diary.${event}`);
  }
}

// The same person under A and under B.
export function Diaries({ app, asked, drawn, person }) {
  const say = app.say.value, { stages } = app.labels;
  const [found, setFound] = useState(null);
  useEffect(() => {
    let wanted = true;
    setFound(null);
    if (person === null) return undefined;
    app.lives
      .then((lives) => Promise.all(drawn.sides.map((_, i) => lives.diary(asked, i, person))))
      .then((rows) => wanted && setFound(rows))
      .catch((error) => {
        if (!(error instanceof Superseded)) throw error;
      });
    return () => void (wanted = false);
  }, [person, drawn]);
  if (person === null) return <p class="note">{say("page.crowd_person")}</p>;
  const stage = (s) => say(`stages_one.${stages[s]}`);
  return (
    <div class="two diaries" aria-live="polite">
      {drawn.sides.map((side, i) => (
        <section key={i} class={`side-${"ab"[i]}`} data-diary={"ab"[i]}>
          <h3><b class="badge">{"AB"[i]}</b> {say("page.person", { n: String(person) })}</h3>
          <ol>
            <li>{say("axes.start")}: {stage(side.start[person])}</li>
            {(found ? diaryOf(app, found[i], person) : []).map((line, j) => (
              <li key={j} class={line.kind}>{say(line.last > line.day ? "diary.days" : "diary.day", { day: line.day, last: line.last })}: {line.text}</li>
            ))}
            <li>{say("axes.end")}: {stage(side.end[person])}</li>
          </ol>
        </section>
      ))}
    </div>
  );
}
