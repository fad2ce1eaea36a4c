// A step that asks which of two strategies sells more, and whether one world can say so.

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { CrowdNote, Timeline } from "./crowd.jsx";
import { Reveal } from "./lesson.jsx";
import { outcomeOf, told } from "./lived.js";
import { START, useDays, usePair, useWorlds } from "./living.js";
import { Sold } from "./pictures_world.jsx";
import { Worlds } from "./pictures_worlds.jsx";
import { GuessSlider, NOTCHES, Step, Two, Waiting, askedOf, roomy, scale, words } from "./step.jsx";
import { headline, inThisWorld, launchDays } from "./words.js";

const SPOKEN = { b: "ahead_b", a: "ahead_a", untold: "untold", equal: "untold" };
const FEW = 0.05; // of the copies: what carried fewer is not named

export function Duel({ app, step }) {
  const say = app.say.value,
    word = words(app, step),
    before = app.guesses.value[step.name];
  const { drawn, problem } = usePair(app, askedOf(step));
  const [notch, setNotch] = useState(before?.notch ?? null),
    [shown, setShown] = useState(Boolean(before)),
    [lucky, setLucky] = useState(Boolean(before));
  const days = useDays(step.settings.n_days, before ? step.settings.n_days - 1 : START);
  const guess = scale({ ...step, signed: true })(notch ?? 0),
    outcomes = (sides) => sides.map((side) => outcomeOf(side, step.outcome, app.labels));
  const there = shown && days.ended && drawn,
    launches = launchDays(step.settings);
  const cells = useMemo(() => [askedOf(step)], [step]);
  const many = useWorlds(app, cells, step.worlds, lucky);
  const lives = (many.cells[0] ?? []).map(({ sides }) => outcomes(sides));
  const found = lives.length
    ? told(
        app.declared.student,
        lives.map(([, b]) => b),
        lives.map(([a]) => a),
      )
    : null;
  const names = [step.a, step.b].map(({ name }) => say.own(name));
  useLayoutEffect(() => {
    if (!many.all || notch === null) return;
    const off = Math.abs(guess - found.mean) / Math.max(1, Math.abs(guess), Math.abs(found.mean));
    app.guessed(step.name, { guess, notch, result: found.mean, near: Math.max(0, 1 - off) });
  }, [many.all]);
  const show = () => (setShown(true), days.play());
  const text =
    guess === 0
      ? say("page.guess_same")
      : say(guess < 0 ? "page.guess_a" : "page.guess_b", {
          copies: say.amount(step.outcome, Math.abs(guess)),
        });
  const ask = (
    <>
      <GuessSlider
        app={app}
        label={word("question")}
        value={guess}
        notch={notch}
        onNotch={setNotch}
        low={-NOTCHES}
        high={NOTCHES}
        middle={0}
        disabled={shown}
        text={text}
      />
      <Reveal
        app={app}
        step={step}
        guess={notch === null ? null : guess}
        shown={shown}
        ready={Boolean(drawn)}
        onShow={show}
        result={many.all ? found.mean : null}
      />
    </>
  );
  const after = there && (
    <>
      <p>
        {inThisWorld(app, outcomes(drawn.sides))} {notch !== null && say("page.guessed", { guess: text })}
      </p>
      {!lucky && (
        <button type="button" class="main" onClick={() => setLucky(true)}>
          {say("page.was_that_luck")}
        </button>
      )}
      {lucky && (
        <p class={`headline ${many.all ? "" : "quiet"}`} data-worlds={many.n}>
          {many.all ? headline(app, names, found) : say("page.counting", { n: many.n, of: step.worlds })}
        </p>
      )}
      {many.all && (
        <Verdict app={app} step={step} found={found} names={names} text={text} worlds={many.cells[0]} />
      )}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after} done={many.all}>
      {problem && <p class="problem">{problem}</p>}
      {drawn ? (
        <>
          <Two app={app} drawn={drawn} day={days.day} names={names} height={shown ? 150 : roomy(370)} />
          {shown && <Timeline app={app} days={days} launches={launches} />}
          {lucky && found && (
            <Worlds
              app={app}
              gaps={found.gaps}
              of={step.worlds}
              told={found}
              guess={notch === null ? null : guess}
              height={220}
            />
          )}
          {shown && !lucky && <Sold app={app} drawn={drawn} launches={launches} names={names} height={150} />}
          {!shown && <CrowdNote app={app} crowd={drawn.crowd} />}
        </>
      ) : (
        <Waiting app={app} />
      )}
    </Step>
  );
}

function Verdict({ app, step, found, names, text, worlds }) {
  const say = app.say.value,
    word = words(app, step),
    spoken = SPOKEN[found.lead];
  const values = {
    guess: text,
    more: say.amount(step.outcome, Math.abs(found.mean)),
    low: say.signed(found.low),
    high: say.signed(found.high),
    better: Math.max(found.ahead.a, found.ahead.b),
    a: names[0],
    b: names[1],
    n: found.n,
  };
  return (
    <p class="verdict" data-verdict={spoken} data-result={found.mean}>
      {word(spoken, values)} {say("page.carried", { name: names[1], list: carried(app, worlds) })}
    </p>
  );
}

// What carried the copies of B, in all worlds, the most first.
function carried(app, worlds) {
  const say = app.say.value,
    sums = app.labels.touchpoints.map((_, j) =>
      worlds.reduce((n, { sides }) => n + sides[1].touchpoints[j], 0),
    );
  const all = sums.reduce((a, b) => a + b, 0);
  const order = sums
    .map((_, j) => j)
    .filter((j) => sums[j] > FEW * all)
    .sort((x, y) => sums[y] - sums[x]);
  return order
    .map((j) => `${say(`touchpoints.${app.labels.touchpoints[j]}`)} ${say.roundPerCent(sums[j] / all)}`)
    .join(", ");
}
