// A step that asks for a number of one side: how many copies?

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { Crowd, CrowdNote, Timeline } from "./crowd.jsx";
import { Reveal } from "./lesson.jsx";
import { outcomeOf } from "./lived.js";
import { START, useDays, usePair, useWorlds } from "./living.js";
import { GuessLine } from "./pictures_worlds.jsx";
import { GuessSlider, NOTCHES, Step, Waiting, askedOf, roomy, scale, words } from "./step.jsx";
import { launchDays } from "./words.js";

const OTHERS = 10; // worlds that answer "was that luck?"
const FAR = 10; // so many times off a guess is worth nothing
const NEAR = 2; // and so many times it is near

const timesOff = (guess, result) => Math.exp(Math.abs(Math.log1p(guess) - Math.log1p(result)));
const closeness = (guess, result) => Math.max(0, 1 - Math.log(timesOff(guess, result)) / Math.log(FAR));

export function Guess({ app, step }) {
  const say = app.say.value,
    word = words(app, step),
    before = app.guesses.value[step.name];
  const { drawn, problem } = usePair(app, askedOf(step));
  const [notch, setNotch] = useState(before?.notch ?? null),
    [shown, setShown] = useState(Boolean(before)),
    [lucky, setLucky] = useState(false);
  const days = useDays(step.settings.n_days, before ? step.settings.n_days - 1 : START);
  const guess = scale(step)(notch ?? 0),
    amount = (n) => say.amount(step.outcome, n);
  const result = drawn && outcomeOf(drawn.sides[0], step.outcome, app.labels);
  const there = shown && days.ended && drawn;
  const heads =
    there && step.heads
      ? drawn.sides[0].stages[app.labels.stages.indexOf(step.heads)][step.settings.launch_day]
      : 0;
  const perThousand = (n) => amount(heads ? (1000 * n) / heads : 0);
  useLayoutEffect(() => {
    if (there && notch !== null)
      app.guessed(step.name, { guess, notch, result, near: closeness(guess, result) });
  }, [there]);
  const show = () => (setShown(true), days.play());
  const verdict = timesOff(guess, result) <= NEAR ? "near" : guess > result ? "above" : "below";
  const ask = (
    <>
      <GuessSlider
        app={app}
        label={word("question")}
        value={guess}
        notch={notch}
        onNotch={setNotch}
        low={0}
        high={NOTCHES}
        middle={NOTCHES / 2}
        disabled={shown}
        text={amount(guess)}
      />
      <Reveal
        app={app}
        step={step}
        guess={notch === null ? null : guess}
        shown={shown}
        ready={Boolean(drawn)}
        onShow={show}
        result={there ? result : null}
      />
    </>
  );
  const after = there && (
    <>
      {notch === null ? (
        // a teacher reveals without a guess of their own
        <p class="verdict" data-verdict="" data-result={result}>
          {say("page.lived")}: {amount(result)}
        </p>
      ) : (
        <>
          <GuessLine app={app} guess={guess} result={result} low={0} high={step.most} log={step.log} />
          <p class="verdict" data-verdict={verdict} data-result={result}>
            {word(verdict, {
              guess: amount(guess),
              lived: amount(result),
              heads,
              per_thousand: perThousand(result),
            })}
          </p>
        </>
      )}
      <SideBySide app={app} step={step} />
      {lucky ? (
        <Luck app={app} step={step} amount={amount} perThousand={step.heads && perThousand} />
      ) : (
        <button type="button" onClick={() => setLucky(true)}>
          {say("page.was_that_luck")}
        </button>
      )}
    </>
  );
  return (
    <Step app={app} step={step} ask={ask} after={after} done={Boolean(there)}>
      {problem && <p class="problem">{problem}</p>}
      {drawn ? (
        <>
          <Crowd
            app={app}
            drawn={drawn}
            i={0}
            day={days.day}
            height={roomy(350)}
            strategy={say.own(step.a.name)}
          />
          {shown && <Timeline app={app} days={days} launches={launchDays(step.settings)} />}
          <CrowdNote app={app} crowd={drawn.crowd} />
        </>
      ) : (
        <Waiting app={app} />
      )}
    </Step>
  );
}

// The results of this step and of those before it that asked the same.
function SideBySide({ app, step }) {
  const say = app.say.value,
    until = app.story.slice(0, app.story.indexOf(step) + 1);
  const same = until.filter(
    ({ kind, name, outcome }) => kind === "guess" && outcome === step.outcome && app.guesses.value[name],
  );
  if (same.length < 2) return null;
  return (
    <p class="beside">
      {same
        .map(
          (one) => `${say.own(one.a.name)}: ${say.amount(step.outcome, app.guesses.value[one.name].result)}`,
        )
        .join(" · ")}
    </p>
  );
}

// The same in other worlds.
function Luck({ app, step, amount, perThousand }) {
  const say = app.say.value,
    cells = useMemo(() => [askedOf(step)], [step]);
  const many = useWorlds(app, cells, OTHERS, true);
  if (!many.all)
    return (
      <p class="headline quiet" data-worlds={many.n}>
        {say("page.counting", { n: many.n, of: OTHERS })}
      </p>
    );
  const all = many.cells[0].map(({ sides }) => outcomeOf(sides[0], step.outcome, app.labels));
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  return (
    <p data-worlds={many.n}>
      {say("page.in_worlds", {
        n: all.length,
        mean: amount(mean),
        low: Math.min(...all),
        high: Math.max(...all),
      })}
      {perThousand &&
        ` ${say("page.per_thousand", { stage: say(`stages.${step.heads}`), per_thousand: perThousand(mean) })}`}
    </p>
  );
}
