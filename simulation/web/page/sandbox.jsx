// The sandbox: two strategies side by side, everything can be moved, and other worlds say whether it
// was luck.

import { useMemo, useState } from "preact/hooks";
import { Groups, Side, valueText } from "./controls.jsx";
import { CrowdNote, Timeline } from "./crowd.jsx";
import { Diaries } from "./diary.jsx";
import { drawnOf, told } from "./lived.js";
import { useDays, usePair, useWorlds } from "./living.js";
import { Table } from "./picture.jsx";
import { Funnel, People, Sold, Touchpoints } from "./pictures_world.jsx";
import { Worlds } from "./pictures_worlds.jsx";
import { MOST_LUCK, OPENING } from "./state.js";
import { Turn, Two, Waiting } from "./step.jsx";
import { daysCsv, pythonOf, save } from "./taking.js";
import { headline, inThisWorld, launchDays, sideName } from "./words.js";

export const WORLDS = 50;
const TABS = {
  sold: "page.picture_lead",
  people: "page.picture_stages",
  funnel: "page.picture_funnel",
  touchpoints: "page.picture_touchpoints",
  worlds: "page.picture_worlds",
  numbers: "page.all_numbers",
  diary: "diary.title",
};

// The pair of what is chosen, and the other worlds of it.
export function useChosen(app, go = true) {
  const { choices } = app,
    choice = app.choice.value;
  const asked = useMemo(() => choices.asked(choice), [choice]);
  const pair = usePair(app, asked);
  const cells = useMemo(() => [{ ...asked, world: 0 }], [JSON.stringify({ ...asked, world: 0 })]);
  const many = useWorlds(app, cells, WORLDS, go && pair.fresh && !app.hand.value);
  const [a, b] = [0, 1].map((i) => (many.cells[0] ?? []).map(({ sides }) => sides[i].summary.sales));
  const names = ["a", "b"].map((side) => sideName(app, choice[side]));
  return { asked, pair, many, names, found: a.length > 1 ? told(app.declared.student, b, a) : null };
}

// What is said of all worlds, quiet until they are lived, and of this one.
export function Said({ app, pair, many, found, names }) {
  const say = app.say.value;
  const [a, b] = pair.drawn.sides.map(({ summary }) => summary.sales);
  return (
    <header class="said" aria-live="polite">
      <p class={`headline ${many.all ? "" : "quiet"}`} data-worlds={many.n}>
        {many.all ? headline(app, names, found) : say("page.counting", { n: many.n, of: WORLDS })}
      </p>
      <p>{inThisWorld(app, [a, b], found?.gaps)}</p>
    </header>
  );
}

function Luck({ app }) {
  const say = app.say.value,
    { seed, world } = app.choice.value;
  const set = (change) => app.move((old) => ({ ...old, ...change }));
  return (
    <p class="luck">
      {say("page.world_n", { n: world })}{" "}
      <button type="button" class="tiny" onClick={() => set({ world: world + 1 })}>
        {say("page.new_luck")}
      </button>{" "}
      <label>
        {say("page.seed")}{" "}
        <input
          type="number"
          min="0"
          max={MOST_LUCK}
          value={seed}
          onChange={(event) =>
            event.target.checkValidity() && set({ seed: Math.trunc(Number(event.target.value)), world: 0 })
          }
        />
      </label>
    </p>
  );
}

function Examples({ app, step, asked }) {
  const say = app.say.value,
    choice = app.choice.value,
    { examples = [] } = step;
  const hashOf = (one) => app.choices.toHash(one),
    found = examples.find((one) => hashOf(one.choice) === hashOf(choice));
  const words = (one) => say.own(one.words);
  return (
    <>
      <label class="examples">
        {say("page.examples")}{" "}
        <select
          value={found?.name ?? ""}
          onChange={(event) =>
            app.move(() => examples.find(({ name }) => name === event.target.value)?.choice ?? OPENING)
          }
        >
          <option value="">–</option>
          {examples.map((one) => (
            <option key={one.name} value={one.name}>
              {words(one).name}
            </option>
          ))}
        </select>
      </label>
      <label class="examples">
        {say("page.scenario")}{" "}
        <select
          value={choice.scenario}
          onChange={(event) => app.move((old) => ({ ...old, scenario: event.target.value, changes: {} }))}
        >
          {Object.keys(app.declared.presets).map((name) => (
            <option key={name} value={name}>
              {say(`scenarios.${name}.name`)}
            </option>
          ))}
        </select>
      </label>
      <p class="note">
        {found
          ? `${words(found).told} ${words(found).ask}`
          : say(`scenarios.${choice.scenario}.told`, {
              n_people: say.count("people", asked.settings.n_people),
            })}
      </p>
    </>
  );
}

// What is chosen, in words: for a page of paper.
function Settings({ app }) {
  const say = app.say.value,
    choice = app.choice.value,
    { choices, controls } = app;
  const side = (letter) =>
    `${letter.toUpperCase()}: ${sideName(app, choice[letter])} (${choices
      .shares(choice[letter])
      .map(
        (share, j) => share && `${say(`activities.${controls.activities[j]}`)} ${say.perCent(share / 100)}`,
      )
      .filter(Boolean)
      .join(", ")})`;
  const changes = Object.entries(choice.changes).map(
    ([name, value]) =>
      `${say.has(`controls.${name}`) ? say(`controls.${name}`) : name}: ${valueText(app, name, value)}`,
  );
  const parts = [
    say(`scenarios.${choice.scenario}.name`),
    ...changes,
    side("a"),
    side("b"),
    `${say("page.seed")} ${choice.seed}`,
    say("page.world_n", { n: choice.world }),
  ];
  return (
    <p class="printed state">
      {say("page.printed_on")} {parts.join("; ")}. <span lang="en">#{choices.toHash(choice)}</span>
    </p>
  );
}

export function Numbers({ app, drawn }) {
  const say = app.say.value,
    [a, b] = drawn.sides.map(({ summary }) => summary);
  const rows = app.declared.outcomes.map(({ name, unit }) => [
    <>
      {say.outcome(name)} <small lang="en">{name}</small>
    </>,
    ...[a[name], b[name], b[name] - a[name]].map((value, j) => (
      <span key={j} data-outcome={name} data-side={["a", "b", "gap"][j]} data-value={value}>
        {say.number(value)}
      </span>
    )),
    say.unit(unit),
  ]);
  return (
    <Table
      head={[say("page.outcome"), "A", "B", "B − A", say("page.unit")]}
      rows={rows}
      caption={say("page.all_numbers")}
    />
  );
}

function Taking({ app, asked, fresh }) {
  const say = app.say.value;
  // every outcome of every day is asked for only where somebody wants to have it
  const saveDays = async () => {
    const sides = await (await app.lives).pair({ ...asked, days: true });
    save("continuum_days.csv", daysCsv(app, drawnOf(sides)), "text/csv");
  };
  const [python, setPython] = useState(false);
  return (
    <div class="taking">
      <button type="button" disabled={!fresh} onClick={saveDays}>
        {say("page.download_days")}
      </button>
      <button type="button" aria-expanded={python} onClick={() => setPython(!python)}>
        {say("page.in_python")}
      </button>
      <button type="button" onClick={() => globalThis.print()}>
        {say("page.print")}
      </button>
      {python && <pre tabIndex={0}>{pythonOf(app, WORLDS)}</pre>}
    </div>
  );
}

export function Sandbox({ app, step }) {
  const say = app.say.value;
  const [tab, setTab] = useState("sold"),
    [person, setPerson] = useState(null);
  const { asked, pair, many, names, found } = useChosen(app);
  const { drawn } = pair,
    launches = launchDays(asked.settings);
  const days = useDays(drawn ? drawn.sides[0].sales.length : asked.settings.n_days);
  const last = (drawn?.sides[0].sales.length ?? 1) - 1,
    day = days.moved ? Math.min(days.day, last) : last;
  const follow = (who) => (setPerson(who), setTab("diary"));
  const views = drawn && {
    sold: () => <Sold app={app} drawn={drawn} launches={launches} names={names} />,
    people: () => <People app={app} drawn={drawn} launches={launches} names={names} />,
    funnel: () => <Funnel app={app} drawn={drawn} names={names} />,
    touchpoints: () => <Touchpoints app={app} drawn={drawn} names={names} />,
    worlds: () =>
      found ? <Worlds app={app} gaps={found.gaps} of={WORLDS} told={found} /> : <Waiting app={app} />,
    numbers: () => <Numbers app={app} drawn={drawn} />,
    diary: () => <Diaries app={app} asked={asked} drawn={drawn} person={person} />,
  };
  return (
    <article class="sandbox" data-step={step.name} data-lived={pair.fresh ? pair.asked : ""}>
      <section class="hands" aria-label={say("page.what_moves")}>
        <h1>{say("page.sandbox")}</h1>
        <Examples app={app} step={step} asked={asked} />
        <div class="sides-two">
          <Side app={app} letter="a" />
          <Side app={app} letter="b" />
        </div>
        <Groups app={app} />
        <Luck app={app} />
        <Turn app={app} />
      </section>
      <section class="stage">
        {pair.problem && (
          <p class="problem" role="alert">
            {pair.problem}
          </p>
        )}
        {drawn ? (
          <>
            <Said app={app} pair={pair} many={many} found={found} names={names} />
            <Two
              app={app}
              drawn={drawn}
              day={day}
              names={names}
              height={175}
              person={person}
              onPerson={follow}
            />
            <Timeline app={app} days={{ ...days, day }} launches={launches} />
            <div class="tabs" role="tablist" aria-label={say("accessibility.main")}>
              {Object.keys(TABS).map((name) => (
                <button
                  key={name}
                  type="button"
                  role="tab"
                  id={`tab-${name}`}
                  aria-selected={tab === name}
                  aria-controls="panel"
                  tabIndex={tab === name ? 0 : -1}
                  onClick={() => setTab(name)}
                  onKeyDown={(event) => turned(event, tab, setTab)}
                >
                  {say(TABS[name])}
                </button>
              ))}
            </div>
            <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
              {views[tab]()}
            </div>
            <Settings app={app} />
            <div class="printed">
              {["people", "touchpoints", "worlds", "numbers"]
                .filter((name) => name !== tab)
                .map((name) => (
                  <div key={name}>{app.printing.value && views[name]()}</div>
                ))}
            </div>
            <CrowdNote app={app} crowd={drawn.crowd} />
            <Taking app={app} asked={asked} fresh={pair.fresh} />
            <p class="note">{say("page.not_a_forecast")}</p>
          </>
        ) : (
          <Waiting app={app} />
        )}
      </section>
    </article>
  );
}

// Arrow keys turn the tabs, as those who use a keyboard expect.
function turned(event, tab, setTab) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const names = Object.keys(TABS),
    next = names[(names.indexOf(tab) + by + names.length) % names.length];
  setTab(next);
  globalThis.document.getElementById(`tab-${next}`).focus();
}
