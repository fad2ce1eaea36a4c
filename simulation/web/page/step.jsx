// What the steps of the story share: their frame, the slider of a guess, both crowds.

import { batch } from "@preact/signals";
import { Crowd } from "./crowd.jsx";

// The words of a step, with what stands in their braces.
export function words(app, step) {
  const say = app.say.value;
  return (part, values = {}) => say.filled(say.own(step.words)[part], values);
}

// The frame of a step: what is said and asked at the left, the pictures at the right. `done`: what the
// step asked is answered, and the reader may go on with its world in the sandbox.
export function Step({ app, step, children, ask, after, done }) {
  const word = words(app, step),
    say = app.say.value;
  const i = app.story.indexOf(step),
    n = app.story.length;
  const go = () => batch(() => ((app.choice.value = step.choice), (app.step.value = app.sandbox())));
  return (
    <article class="step" data-step={step.name}>
      <section class="telling">
        {i === 0 && <p class="subtitle">{say("page.subtitle")}</p>}
        <p class="count">{say("page.step", { n: i + 1, of: n })}</p>
        <h1>{word("title")}</h1>
        <p class="text">{word("text")}</p>
        {ask}
        {/* room is kept, so that nothing moves under the hand */}
        <div class="after" aria-live="polite">
          {after}
        </div>
        <Turn app={app}>
          {done && step.choice && (
            <button type="button" onClick={go}>
              {say("page.sandbox")}
            </button>
          )}
        </Turn>
      </section>
      <section class="stage">
        {children}
        {i === 0 && done && <p class="note">{say("page.about_essay")}</p>}
      </section>
    </article>
  );
}

export function Turn({ app, children }) {
  const say = app.say.value,
    names = app.story.map(({ name }) => name),
    i = names.indexOf(app.step.value);
  if (app.klass.value?.role === "student") return null;
  return (
    <div class="turn">
      {i > 0 && (
        <button type="button" onClick={() => (app.step.value = names[i - 1])}>
          {say("page.back")}
        </button>
      )}
      {i < names.length - 1 && (
        <button type="button" class="next" onClick={() => (app.step.value = names[i + 1])}>
          {say("page.next")}
        </button>
      )}
      {children}
    </div>
  );
}

// What a step asks of the engine; `changes`: settings that differ from its own.
export function askedOf({ settings, a, b, seed, world }, strategies, changes = {}) {
  return {
    settings: { ...settings, ...changes },
    strategies: strategies ?? [a, b].filter(Boolean).map(({ levers }) => levers),
    seed,
    world,
  };
}

// A slider for a guess; `log`: it moves finely where numbers are small.
export const NOTCHES = 200;
export function scale({ most, log, signed }) {
  const up = (u) => (log ? Math.expm1(u * Math.log1p(most)) : u * most);
  const round = (x) => (x < 20 ? Math.round(x) : Number(x.toPrecision(2)));
  return (notch) => {
    const u = notch / NOTCHES;
    return signed ? Math.sign(u) * round(up(Math.abs(u))) : round(up(u));
  };
}

// `notch` is null until a hand was on it: whoever has not guessed has nothing to see.
export function GuessSlider({ app, label, value, notch, onNotch, low, high, middle, disabled, text }) {
  const untouched = notch === null;
  return (
    <label class="guess">
      <span>{label}</span>
      <input
        type="range"
        min={low}
        max={high}
        value={notch ?? middle}
        disabled={disabled}
        aria-valuetext={untouched ? app.say.value("page.drag_guess") : text}
        onInput={(event) => onNotch(Number(event.target.value))}
        onPointerUp={(event) => onNotch(Number(event.target.value))}
        onKeyUp={(event) => event.key !== "Tab" && onNotch(Number(event.target.value))}
      />
      <output data-guess={untouched ? "" : value} class={untouched ? "hint" : ""}>
        {untouched ? app.say.value("page.drag_guess") : text}
      </output>
    </label>
  );
}

export const Waiting = ({ app }) => (
  <p class="waiting" aria-live="polite">
    {app.say.value("page.living")}
  </p>
);

// What is left of the window's height, above so many other pixels.
export const roomy = (others) =>
  Math.max(200, Math.min(560, globalThis.innerHeight - others, 0.75 * globalThis.innerWidth));

// Both crowds, A and B.
export function Two({ app, drawn, day, names, height, person, onPerson }) {
  const stages = app.labels.stages.map((name, s) => (
    <span key={name} class={`stage-${s}`}>
      ■ {app.say.value(`stages.${name}`)}
    </span>
  ));
  return (
    <div class="two crowds">
      {drawn.sides.map((_, i) => (
        <div key={i} class={`side-${"ab"[i]}`}>
          <Crowd
            app={app}
            drawn={drawn}
            i={i}
            day={day}
            height={height}
            person={person}
            onPerson={onPerson}
            strategy={names[i]}
            label={
              <>
                <b class="badge">{"AB"[i]}</b> {names[i]}
              </>
            }
          />
        </div>
      ))}
      <p class="legend" aria-hidden="true">
        {stages}
      </p>
    </div>
  );
}
