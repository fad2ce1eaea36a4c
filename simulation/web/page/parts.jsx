// A step that asks which part of something matters most: each is taken away in turn.

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { Crowd, CrowdNote } from "./crowd.jsx";
import { Reveal } from "./lesson.jsx";
import { NOTHING, mattersMost, outcomeOf, told } from "./lived.js";
import { usePair, useWorlds } from "./living.js";
import { Parts } from "./pictures_worlds.jsx";
import { Step, Waiting, askedOf, roomy, words } from "./step.jsx";

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

export function Ablation({ app, step }) {
  const say = app.say.value,
    word = words(app, step),
    before = app.guesses.value[step.name];
  const [guess, setGuess] = useState(before?.guess ?? null),
    [shown, setShown] = useState(Boolean(before));
  const cells = useMemo(
    () =>
      [{}, ...step.parts.map(({ settings }) => settings)].map((changes) =>
        askedOf(step, [step.a.levers], changes),
      ),
    [step],
  );
  const many = useWorlds(app, cells, step.worlds, shown);
  const labels = Object.fromEntries(step.parts.map(({ name, label }) => [name, say.own(label)]));
  const lived = (outcome) =>
    cells.map((_, i) => (many.cells[i] ?? []).map(({ sides }) => outcomeOf(sides[0], outcome, app.labels)));
  const changesIn = (values) =>
    step.parts.map(({ name }, i) => ({
      part: name,
      name: labels[name],
      ...(many.n > 1 ? told(app.declared.student, values[i + 1], values[0]) : NOTHING),
    }));
  const values = lived(step.outcome),
    rows = changesIn(values);
  const change = (row) => say.signedPerCent(row.mean / mean(values[0]));
  const most = many.all ? mattersMost(rows, values, app.declared.student) : null;
  const verdict = !most ? "untold" : most.part === guess ? "right" : "wrong";
  useLayoutEffect(() => {
    if (many.all && guess !== null)
      app.guessed(step.name, {
        guess,
        result: most?.part ?? "",
        near: verdict === "right" ? 1 : 0,
        choices: step.parts.map(({ name }) => name),
      });
  }, [many.all]);
  const ask = (
    <fieldset class="choose">
      <legend>{word("question")}</legend>
      {step.parts.map(({ name }) => (
        <label key={name}>
          <input
            type="radio"
            name={step.name}
            value={name}
            disabled={shown}
            checked={guess === name}
            onChange={() => setGuess(name)}
          />{" "}
          {labels[name]}
        </label>
      ))}
      <Reveal
        app={app}
        step={step}
        guess={guess}
        shown={shown}
        onShow={() => setShown(true)}
        result={most?.part ?? null}
      />
    </fieldset>
  );
  const guessed = rows.find(({ part }) => part === guess);
  const said = {
    part: most?.name ?? "",
    change: most ? change(most) : "",
    guess: labels[guess] ?? "",
    guess_change: guessed ? change(guessed) : "",
    n: step.worlds,
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
          {guess === null && most ? `${most.name}: ${change(most)}` : word(verdict, said)}
        </p>
      )}
      {many.all && step.outcome !== "sales" && <p>{copiesToo(app, changesIn(lived("sales")))}</p>}
    </>
  );
  // nothing is told before all worlds are lived
  const drawn = many.all ? rows : rows.map((row) => ({ ...row, low: NaN, high: NaN, lead: "untold" }));
  return (
    <Step app={app} step={step} ask={ask} after={after} done={many.all}>
      {shown ? (
        <Parts app={app} rows={drawn} unit={say.outcome(step.outcome)} />
      ) : (
        <Community app={app} step={step} />
      )}
    </Step>
  );
}

// Whether the same parts change the copies sold.
function copiesToo(app, rows) {
  const say = app.say.value,
    sure = rows.filter(({ lead }) => lead === "a" || lead === "b");
  if (!sure.length) return say("page.copies_untold");
  return say("page.copies_too", {
    list: sure.map((row) => `${row.name} ${say.signed(row.mean)}`).join(", "),
  });
}

// The community of a step, on its last day: what is asked about.
function Community({ app, step }) {
  const { drawn, problem } = usePair(app, askedOf(step, [step.a.levers]));
  if (problem) return <p class="problem">{problem}</p>;
  if (!drawn) return <Waiting app={app} />;
  return (
    <>
      <Crowd
        app={app}
        drawn={drawn}
        i={0}
        day={step.settings.n_days - 1}
        height={roomy(330)}
        strategy={app.say.value.own(step.a.name)}
      />
      <CrowdNote app={app} crowd={drawn.crowd} />
    </>
  );
}
