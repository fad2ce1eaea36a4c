// What happened to one person, on both sides.

import { useEffect, useState } from "preact/hooks";
import { Superseded } from "./asking.js";
import { diaryOf } from "./told.js";

// The same person under A and under B.
export function Diaries({ app, asked, drawn, person }) {
  const say = app.say.value,
    { stages } = app.labels;
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
          <h2>
            <b class="badge">{"AB"[i]}</b> {say("page.person", { n: String(person) })}
          </h2>
          <ol tabIndex={0} aria-label={say("page.person", { n: String(person) })}>
            <li>
              {say("axes.start")}: {stage(side.start[person])}
            </li>
            {(found ? diaryOf(app, found[i], person) : []).map((line, j) => (
              <li key={j} class={line.kind}>
                {say(line.last > line.day ? "diary.days" : "diary.day", { day: line.day, last: line.last })}:{" "}
                {line.text}
              </li>
            ))}
            <li>
              {say("axes.end")}: {stage(side.end[person])}
            </li>
          </ol>
        </section>
      ))}
    </div>
  );
}
