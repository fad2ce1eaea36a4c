// The story: each step one idea, one question. First the reader guesses, then the crowd lives it.

import { useEffect, useMemo, useState } from "preact/hooks";
import { Crowd, CrowdNote, Timeline } from "./crowd.jsx";
import { mattersMost, outcomeOf, told, turnOf } from "./lived.js";
import { useDays, usePair, useWorlds } from "./living.js";
import { Reveal } from "./lesson.jsx";
import { Flip, GuessLine, Parts, Sold, Worlds } from "./pictures.jsx";
import { Sandbox } from "./sandbox.jsx";
import { headline, inThisWorld, launchDays } from "./words.js";

// The words of a step, with what stands in their braces.
function words(app, step) {
  const say = app.say.value;
  return (part, values = {}) => say.filled(say.own(step.words)[part], values);
}

// The frame of a step: what is said and asked at the left, the pictures at the right.
function Step({ app, step, children, ask, after, wide }) {
  const word = words(app, step), say = app.say.value;
  const i = app.story.indexOf(step), n = app.story.length;
  return (
    <article class={`step ${wide ? "wide" : ""}`} data-step={step.name}>
      <section class="telling">
        <p class="count">{say("page.step", { n: i + 1, of: n })}</p>
        <h1>{word("title")}</h1>
        <p class="text">{word("text")}</p>
        {ask}
        {/* room is kept, so that nothing moves under the hand */}
        <div class="after" aria-live="polite">{after}</div>
        <Turn app={app} />
      </section>
      <section class="stage">
        {children}
        {i === 0 && !app.embed.value && <p class="note">{say("page.about_essay")}</p>}
      </section>
    </article>
  );
}

export function Turn({ app }) {
  const say = app.say.value, names = app.story.map(({ name }) => name), i = names.indexOf(app.step.value);
  if (app.embed.value || app.klass.value?.role === "student") return null;
  return (
    <div class="turn">
      {i > 0 && <button type="button" onClick={() => (app.step.value = names[i - 1])}>{say("page.back")}</button>}
      {i < names.length - 1 && <button type="button" class="next" onClick={() => (app.step.value = names[i + 1])}>{say("page.next")}</button>}
    </div>
  );
}

// What a step asks of the engine.
const askedOf = ({ settings, a, b, seed, world }, strategies) => ({ settings, strategies: strategies ?? [a, b].filter(Boolean).map(({ levers }) => levers), seed, world });

const changed = (step, settings) => ({ ...step, settings: { ...step.settings, ...settings } });

// A slider for a guess; `log`: it moves finely where numbers are small.
const NOTCHES = 200;
function scale({ most, log, signed }) {
  const up = (u) => (log ? Math.expm1(u * Math.log1p(most)) : u * most);
  const round = (x) => (x < 20 ? Math.round(x) : Number(x.toPrecision(2)));
  return (notch) => {
    const u = notch / NOTCHES;
    return signed ? Math.sign(u) * round(up(Math.abs(u))) : round(up(u));
  };
}

function GuessSlider({ app, label, value, notch, onNotch, signed, disabled, text }) {
  return (
    <label class="guess">
      <span>{label}</span>
      <input type="range" min={signed ? -NOTCHES : 0} max={NOTCHES} value={notch} disabled={disabled} aria-valuetext={text}
        onInput={(event) => onNotch(Number(event.target.value))} />
      <output data-guess={value}>{text}</output>
    </label>
  );
}

const closeness = (guess, result) => Math.max(0, 1 - Math.abs(Math.log1p(guess) - Math.log1p(result)) / Math.log(10));
const NEAR = 1 - Math.log10(2); // within a factor of two

// ---- guess a number of one side ---------------------------------------------------------------------

export function Guess({ app, step }) {
  const say = app.say.value, word = words(app, step);
  const { drawn, problem } = usePair(app, askedOf(step));
  const [notch, setNotch] = useState(NOTCHES / 2), [shown, setShown] = useState(false);
  const days = useDays(step.settings.n_days);
  const guess = scale(step)(notch), amount = (n) => say.amount(step.outcome, n);
  const result = drawn && outcomeOf(drawn.sides[0], step.outcome, app.labels);
  const there = shown && days.ended && drawn;
  const stage = step.heads && app.labels.stages.indexOf(step.heads);
  const heads = there && step.heads ? drawn.sides[0].stages[stage][step.settings.launch_day] : 0;
  useEffect(() => {
    if (there) app.guessed(step.name, { guess, result, near: closeness(guess, result) });
  }, [there]);
  const show = () => (setShown(true), days.play());
  const verdict = there && (closeness(guess, result) >= NEAR ? "near" : guess > result ? "above" : "below");
  const values = there && { guess: amount(guess), lived: amount(result), heads, per_thousand: amount(heads ? (1000 * result) / heads : 0) };
  const ask = (
    <>
      <GuessSlider app={app} label={word("question")} value={guess} notch={notch} onNotch={setNotch} disabled={shown} text={amount(guess)} />
      <Reveal app={app} step={step} guess={guess} shown={shown} ready={Boolean(drawn)} onShow={show} result={there ? result : null} />
    </>
  );
  const after = there && (
    <>
      <GuessLine app={app} guess={guess} result={result} low={0} high={step.most} log={step.log} />
      <p class="verdict" data-verdict={verdict} data-result={result}>{word(verdict, values)}</p>
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after}>
      {problem && <p class="problem">{problem}</p>}
      {drawn ? (
        <>
          <Crowd app={app} drawn={drawn} i={0} day={days.day} height={roomy(390)} strategy={say.own(step.a.name)} />
          {shown && <Timeline app={app} days={days} launches={launchDays(step.settings)} />}
          <CrowdNote app={app} crowd={drawn.crowd} />
        </>
      ) : <Waiting app={app} />}
    </Step>
  );
}

export const Waiting = ({ app }) => <p class="waiting" aria-live="polite">{app.say.value("page.living")}</p>;

// ---- guess who sells more -----------------------------------------------------------------------------

export function Duel({ app, step }) {
  const say = app.say.value, word = words(app, step), { student } = app.declared;
  const { drawn, problem } = usePair(app, askedOf(step));
  const [notch, setNotch] = useState(0), [shown, setShown] = useState(false), [lucky, setLucky] = useState(false);
  const days = useDays(step.settings.n_days);
  const guess = scale({ ...step, signed: true })(notch);
  const there = shown && days.ended && drawn;
  const cells = useMemo(() => [askedOf(step)], [step]);
  const many = useWorlds(app, cells, step.worlds, lucky);
  const [a, b] = [0, 1].map((i) => (many.cells[0] ?? []).map(({ sides }) => outcomeOf(sides[i], step.outcome, app.labels)));
  const found = a.length ? told(student, b, a) : null;
  const names = [step.a, step.b].map(({ name }) => say.own(name));
  const gap = drawn && outcomeOf(drawn.sides[1], step.outcome, app.labels) - outcomeOf(drawn.sides[0], step.outcome, app.labels);
  useEffect(() => {
    if (many.all) app.guessed(step.name, { guess, result: found.mean, near: Math.max(0, 1 - Math.abs(guess - found.mean) / Math.max(1, Math.abs(guess), Math.abs(found.mean))) });
  }, [many.all]);
  const show = () => (setShown(true), days.play());
  const text = guess === 0 ? say("page.guess_same") : say(guess < 0 ? "page.guess_a" : "page.guess_b", { copies: say.amount(step.outcome, Math.abs(guess)) });
  const ask = (
    <>
      <GuessSlider app={app} label={word("question")} value={guess} notch={notch} onNotch={setNotch} signed disabled={shown} text={text} />
      <Reveal app={app} step={step} guess={guess} shown={shown} ready={Boolean(drawn)} onShow={show} result={there ? gap : null} />
    </>
  );
  const verdict = many.all && { b: "ahead_b", a: "ahead_a", untold: "untold", equal: "untold" }[found.lead];
  const after = there && (
    <>
      <p>{inThisWorld(app, drawn.sides.map((side) => outcomeOf(side, step.outcome, app.labels)))} {say("page.guessed", { guess: text })}</p>
      {!lucky && <button type="button" class="main" onClick={() => setLucky(true)}>{say("page.was_that_luck")}</button>}
      {lucky && <p class="headline" data-worlds={many.n}>{many.all ? headline(app, names, found) : say("page.counting", { n: many.n, of: step.worlds })}</p>}
      {verdict && <p class="verdict" data-verdict={verdict} data-result={found.mean}>{word(verdict, { guess: text, more: say.amount(step.outcome, Math.abs(found.mean)), low: say.signed(found.low), high: say.signed(found.high), better: Math.max(found.ahead.a, found.ahead.b), a: names[0], b: names[1], n: found.n })}</p>}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after}>
      {problem && <p class="problem">{problem}</p>}
      {drawn ? (
        <>
          <Two app={app} drawn={drawn} day={days.day} names={names} height={lucky || shown ? 150 : roomy(430)} />
          {shown && <Timeline app={app} days={days} launches={launchDays(step.settings)} />}
          {lucky && found ? <Worlds app={app} gaps={found.gaps} of={step.worlds} told={found} guess={guess} height={220} /> : shown && <Sold app={app} drawn={drawn} launches={launchDays(step.settings)} names={names} height={150} />}
          {!shown && <CrowdNote app={app} crowd={drawn.crowd} />}
        </>
      ) : <Waiting app={app} />}
    </Step>
  );
}

// What is left of the window's height, above so many other pixels.
const roomy = (others) => Math.max(200, Math.min(560, globalThis.innerHeight - others + 60, 0.75 * globalThis.innerWidth));

// Both crowds, A and B.
export function Two({ app, drawn, day, names, height, person, onPerson }) {
  return (
    <div class="two crowds">
      {drawn.sides.map((_, i) => (
        <div key={i} class={`side-${"ab"[i]}`}>
          <Crowd app={app} drawn={drawn} i={i} day={day} height={height} person={person} onPerson={onPerson} strategy={names[i]}
            label={<><b class="badge">{"AB"[i]}</b> {names[i]}</>} />
        </div>
      ))}
      <p class="legend" aria-hidden="true">{app.labels.stages.map((name, s) => <span key={name} class={`stage-${s}`}>■ {app.say.value(`stages.${name}`)}</span>)}</p>
    </div>
  );
}

// ---- guess which part matters most --------------------------------------------------------------------

export function Ablation({ app, step }) {
  const say = app.say.value, word = words(app, step), { student } = app.declared;
  const [guess, setGuess] = useState(null), [shown, setShown] = useState(false);
  const cells = useMemo(() => [{}, ...step.parts.map(({ settings }) => settings)].map((changes) => askedOf(changed(step, changes), [step.a.levers])), [step]);
  const many = useWorlds(app, cells, step.worlds, shown);
  const values = cells.map((_, i) => (many.cells[i] ?? []).slice(0, many.n).map(({ sides }) => outcomeOf(sides[0], step.outcome, app.labels)));
  const labels = Object.fromEntries(step.parts.map(({ name, label }) => [name, say.own(label)]));
  const whole = values[0].reduce((a, b) => a + b, 0) / values[0].length;
  const rows = step.parts.map((part, i) => ({ part: part.name, name: labels[part.name], ...(many.n > 1 ? told(student, values[i + 1], values[0]) : NOTHING) }));
  const change = (row) => say.signedPerCent(row.mean / whole);
  const most = many.all ? mattersMost(rows, values, student) : null;
  const verdict = many.all && (!most ? "untold" : most.part === guess ? "right" : "wrong");
  useEffect(() => {
    if (many.all) app.guessed(step.name, { guess, result: most?.part ?? "", near: verdict === "right" ? 1 : 0, choices: step.parts.map(({ name }) => name) });
  }, [many.all]);
  const ask = (
    <fieldset class="choose">
      <legend>{word("question")}</legend>
      {step.parts.map((part) => (
        <label key={part.name}>
          <input type="radio" name={step.name} value={part.name} disabled={shown} checked={guess === part.name} onChange={() => setGuess(part.name)} /> {labels[part.name]}
        </label>
      ))}
      <Reveal app={app} step={step} guess={guess} shown={shown} onShow={() => setShown(true)} result={most?.part ?? null} />
    </fieldset>
  );
  const after = shown && (
    <>
      <p class="headline" data-worlds={many.n}>{many.all ? "" : say("page.counting", { n: many.n, of: step.worlds })}</p>
      {verdict && <p class="verdict" data-verdict={verdict}>{word(verdict, { part: most?.name ?? "", change: most ? change(most) : "", guess: labels[guess] ?? say("page.no_guess"), guess_change: guess ? change(rows.find(({ part }) => part === guess)) : "", n: step.worlds })}</p>}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after}>
      {shown ? <Parts app={app} rows={rows} unit={say.outcome(step.outcome)} /> : <Community app={app} step={step} />}
    </Step>
  );
}

// The community of a step, on its last day: what is asked about.
function Community({ app, step }) {
  const { drawn, problem } = usePair(app, askedOf(step, [step.a.levers]));
  if (problem) return <p class="problem">{problem}</p>;
  if (!drawn) return <Waiting app={app} />;
  return <><Crowd app={app} drawn={drawn} i={0} day={step.settings.n_days - 1} height={roomy(390)} strategy={app.say.value.own(step.a.name)} /><CrowdNote app={app} crowd={drawn.crowd} /></>;
}

// ---- guess where it flips -----------------------------------------------------------------------------

export function FlipStep({ app, step }) {
  const say = app.say.value, word = words(app, step), { student } = app.declared;
  const { parameter, against } = step, places = step.places.map(({ place }) => place);
  const [i, setI] = useState(Math.floor(places.length / 2)), [shown, setShown] = useState(false), [rival, setRival] = useState(0);
  const cells = useMemo(() => step.places.map(({ settings }) => askedOf(changed(step, settings), [against[rival].levers, step.b.levers])), [step, rival]);
  const many = useWorlds(app, cells, step.worlds, shown);
  const of = (list, side) => list.map(({ sides }) => outcomeOf(sides[side], step.outcome, app.labels));
  const rows = places.map((at, j) => {
    const list = many.cells[j] ?? [];
    return { at, ...(list.length > 1 ? told(student, of(list, 1), of(list, 0)) : NOTHING) };
  });
  const { verdict, first, last } = turnOf(rows);
  const format = parameter === "year" ? say.year : say.number;
  const right = first === places[i];
  useEffect(() => {
    if (!many.all || rival > 0) return;
    const away = first === null ? 1 : Math.abs(places.indexOf(first) - i) / (places.length - 1);
    app.guessed(step.name, { guess: places[i], result: first ?? "", near: 1 - away });
  }, [many.all, rival]);
  const names = [against[rival], step.b].map(({ name }) => say.own(name));
  const ask = (
    <>
      <label class="guess">
        <span>{word("question")}</span>
        <input type="range" min="0" max={places.length - 1} value={i} disabled={shown} aria-valuetext={format(places[i])} onInput={(event) => setI(Number(event.target.value))} />
        <output>{format(places[i])}</output>
      </label>
      <Reveal app={app} step={step} guess={places[i]} shown={shown} onShow={() => setShown(true)} result={first} />
      {shown && (
        <fieldset class="against">
          <legend class="sr">{say("page.choose")}</legend>
          {against.map((one, j) => (
            <label key={j}><input type="radio" name="against" checked={rival === j} onChange={() => setRival(j)} /> {say("page.against", { name: say.own(one.name) })}</label>
          ))}
        </fieldset>
      )}
    </>
  );
  const values = { a: names[0], b: names[1], n: step.worlds, guess: format(places[i]), first: first === null ? say("page.never") : format(first), last: last === null ? "" : format(last) };
  const after = shown && (
    <>
      <p class="headline" data-worlds={many.n}>{many.all ? "" : say("page.counting", { n: many.n, of: step.worlds })}</p>
      {many.all && <p class="verdict" data-verdict={verdict}>{word(verdict, values)}</p>}
      {many.all && rival === 0 && <p>{word(right ? "right" : "wrong", values)}</p>}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after}>
      <p class="sides"><b class="badge side-a">A</b> {names[0]} <b class="badge side-b">B</b> {names[1]}</p>
      <Flip app={app} rows={rows} label={say(`controls.${parameter}`)} format={format} chosen={places[i]} height={360} />
    </Step>
  );
}

const NOTHING = { mean: NaN, low: NaN, high: NaN, lead: "untold" };

const KINDS = { guess: Guess, duel: Duel, parts: Ablation, flip: FlipStep, sandbox: Sandbox };

// The step the reader is at; anew for every step.
export function Story({ app }) {
  const step = app.story.find(({ name }) => name === app.step.value);
  const Kind = KINDS[step.kind];
  return <Kind key={step.name} app={app} step={step} />;
}
