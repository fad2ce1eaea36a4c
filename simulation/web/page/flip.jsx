// A step that asks where the lead changes: B less A at every place of a parameter.

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { Reveal } from "./lesson.jsx";
import { NOTHING, outcomeOf, told, turnOf } from "./lived.js";
import { useWorlds } from "./living.js";
import { Flip } from "./pictures_worlds.jsx";
import { GuessSlider, Step, askedOf, roomy, words } from "./step.jsx";

export function FlipStep({ app, step }) {
  const say = app.say.value,
    word = words(app, step),
    before = app.guesses.value[step.name];
  const { parameter, against } = step,
    places = step.places.map(({ place }) => place),
    middle = Math.floor(places.length / 2);
  const [notch, setNotch] = useState(before?.notch ?? null),
    [shown, setShown] = useState(Boolean(before)),
    [rival, setRival] = useState(0);
  const cells = useMemo(
    () => step.places.map(({ settings }) => askedOf(step, [against[rival].levers, step.b.levers], settings)),
    [step, rival],
  );
  const many = useWorlds(app, cells, step.worlds, shown);
  const of = (list, side) => list.map(({ sides }) => outcomeOf(sides[side], step.outcome, app.labels));
  const rows = places.map((at, j) => {
    const list = many.cells[j] ?? [],
      found = list.length > 1 ? told(app.declared.student, of(list, 1), of(list, 0)) : NOTHING;
    // nothing is told before all worlds are lived
    return many.all ? { at, ...found } : { at, ...NOTHING, mean: found.mean };
  });
  const { verdict, first, last } = turnOf(rows);
  const format = parameter === "year" ? say.year : say.number,
    guess = places[notch ?? middle];
  useLayoutEffect(() => {
    if (!many.all || rival > 0) return;
    const away =
      first === null ? 1 : Math.abs(places.indexOf(first) - places.indexOf(guess)) / (places.length - 1);
    app.guessed(step.name, { guess, notch, result: first ?? "", near: 1 - away });
  }, [many.all, rival]);
  const names = [against[rival], step.b].map(({ name }) => say.own(name));
  const ask = (
    <>
      <GuessSlider
        app={app}
        label={word("question")}
        value={guess}
        notch={notch}
        onNotch={setNotch}
        low={0}
        high={places.length - 1}
        middle={middle}
        disabled={shown}
        text={format(guess)}
      />
      <Reveal
        app={app}
        step={step}
        guess={notch === null ? null : guess}
        shown={shown}
        onShow={() => setShown(true)}
        result={many.all && rival === 0 ? first : null}
      />
      {shown && against.length > 1 && (
        <fieldset class="against">
          <legend class="sr">{say("page.choose")}</legend>
          {against.map((one, j) => (
            <label key={j}>
              <input type="radio" name="against" checked={rival === j} onChange={() => setRival(j)} />{" "}
              {say("page.against", { name: say.own(one.name) })}
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
  const values = {
    a: names[0],
    b: names[1],
    n: step.worlds,
    guess: format(guess),
    first: first === null ? say("page.never") : format(first),
    last: last === null ? "" : format(last),
  };
  const after = shown && (
    <>
      {!many.all && (
        <p class="headline quiet" data-worlds={many.n}>
          {say("page.counting", { n: many.n, of: step.worlds })}
        </p>
      )}
      {many.all && (
        <p class="verdict" data-worlds={many.n} data-verdict={verdict}>
          {word(verdict, values)}
        </p>
      )}
      {many.all && rival === 0 && notch !== null && (
        <p>{word(first === guess ? "right" : "wrong", values)}</p>
      )}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after} done={many.all}>
      <p class="sides">
        <b class="badge side-a">A</b> {names[0]} <b class="badge side-b">B</b> {names[1]}
      </p>
      <Flip
        app={app}
        rows={rows}
        label={say(`controls.${parameter}`)}
        format={format}
        chosen={notch === null ? null : guess}
        height={roomy(310)}
      />
    </Step>
  );
}
