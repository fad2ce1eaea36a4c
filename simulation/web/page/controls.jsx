// What a hand can move: strategies, their split of effort, and the controls of the world.

import { useState } from "preact/hooks";
import { namedSide } from "./state.js";

// A range that tells when a hand is on it: the axes hold, and one stroke is one entry of the history.
export function Slider({ app, label, value, min = 0, max, text, onMove, id }) {
  const hold = () => (app.hand.value = true),
    let_go = () => (app.hand.value = false);
  return (
    <>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step="1"
        value={value}
        aria-label={label}
        aria-valuetext={text}
        onPointerDown={hold}
        onPointerUp={let_go}
        onPointerCancel={let_go}
        onKeyDown={hold}
        onKeyUp={let_go}
        onBlur={let_go}
        onInput={(event) => onMove(Number(event.target.value))}
      />
      <output for={id}>{text}</output>
    </>
  );
}

// The places at which a slider of the world stops; the value that is chosen is one of them.
export function placesOf(app, { name, places = [], rule }, choice) {
  const { choices } = app,
    now = choices.settings(choice),
    value = now[name];
  if (rule?.kind === "days") {
    const [launches, between] = rule.less.map((one) => now[one]);
    const last = now[rule.below] - 1 - (launches - 1) * between,
      step = Math.max(1, Math.ceil(last / rule.most_places));
    places = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
  }
  if (rule?.kind === "product") places = places.filter((n) => n * now[rule.times] <= rule.at_most);
  return [...new Set([...places, value, choices.preset(choice.scenario)[name]])].sort((x, y) => x - y);
}

// A value as it is read: chances and shares in per cent.
export function valueText(app, name, value) {
  const say = app.say.value,
    { bool } = app.declared.parameters[name];
  if (bool) return say(value ? "page.on" : "page.off");
  if (name === "year") return say.year(value);
  if (name.startsWith("share_") || name.startsWith("p_")) return say.perCent(value);
  return say.number(value);
}

function About({ app, name, about }) {
  const say = app.say.value,
    [low, high] = about.bounds ?? [],
    most = Math.min(high, app.controls.most[name] ?? Infinity);
  const range = about.bounds && !about.bool && `${valueText(app, name, low)} – ${valueText(app, name, most)}`;
  return (
    <p class="about">
      {say.meaning(name)}. {range && `${say("page.allowed", { range })}. `}
      {say("page.source")}: <span lang="en">{about.source}</span> <code>{name}</code>
    </p>
  );
}

export function Control({ app, control }) {
  const [asked, setAsked] = useState(false);
  const say = app.say.value,
    { choices } = app,
    choice = app.choice.value,
    { name } = control;
  const value = choices.value(choice, name),
    usual = choices.preset(choice.scenario)[name];
  const set = (to) => app.move((old) => choices.with(old, name, to));
  const label = say(`controls.${name}`),
    text = valueText(app, name, value),
    id = `control-${name}`;
  const places = control.kind === "switch" ? [] : placesOf(app, control, choice);
  return (
    <div class="control" data-control={name} data-value={value}>
      <div class="control-head">
        <label for={id}>{label}</label>
        {value !== usual && (
          <button
            type="button"
            class="tiny"
            onClick={() => set(usual)}
            title={say("page.usual", { value: valueText(app, name, usual) })}
          >
            {say("page.reset")}
          </button>
        )}
        <button
          type="button"
          class="tiny"
          aria-expanded={asked}
          aria-label={`${say("page.about_this")} ${label}`}
          onClick={() => setAsked(!asked)}
        >
          ?
        </button>
      </div>
      <div class="control-body">
        {control.kind === "switch" ? (
          <>
            <input
              id={id}
              type="checkbox"
              role="switch"
              checked={Boolean(value)}
              onChange={(event) => set(event.target.checked ? 1 : 0)}
            />
            <output>{text}</output>
          </>
        ) : (
          <Slider
            app={app}
            id={id}
            label={label}
            value={places.indexOf(value)}
            max={places.length - 1}
            text={text}
            onMove={(i) => set(places[i])}
          />
        )}
      </div>
      {asked && <About app={app} name={name} about={app.declared.parameters[name]} />}
    </div>
  );
}

// One side: which strategy, its split of effort, and a change of course.
export function Side({ app, letter }) {
  const say = app.say.value,
    { choices, controls, declared } = app,
    choice = app.choice.value,
    side = choice[letter];
  const set = (to) => app.move((old) => ({ ...old, [letter]: to(old[letter]) }));
  const shares = choices.shares(side),
    names = Object.keys(declared.strategies);
  const last = choices.settings(choice).n_days - 1;
  const changed = side.shares || side.then;
  return (
    <fieldset class={`side side-${letter}`}>
      <legend>
        <b class="badge">{letter.toUpperCase()}</b>
      </legend>
      <select
        aria-label={say("page.strategy_of", { side: letter.toUpperCase() })}
        value={side.strategy}
        onChange={(event) => set(() => namedSide(event.target.value))}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {say(`strategies.${name}.name`)}
          </option>
        ))}
      </select>
      <p class="note">{say(`strategies.${side.strategy}.told`)}</p>
      <details>
        <summary>
          {say("page.split_of_effort")}
          {changed && ` · ${say("page.changed")}`}
        </summary>
        {controls.activities.map((activity, j) => (
          <div class="share" key={activity}>
            <label for={`${letter}-${activity}`} title={say.meaning(activity)}>
              {say(`activities.${activity}`)}
            </label>
            <Slider
              app={app}
              id={`${letter}-${activity}`}
              label={`${letter.toUpperCase()}: ${say(`activities.${activity}`)}`}
              value={shares[j]}
              max={100}
              text={say.perCent(shares[j] / 100)}
              onMove={(to) => set((old) => choices.withShare(old, activity, to))}
            />
          </div>
        ))}
        <label class="then">
          {say("page.becomes", { side: letter.toUpperCase() })}{" "}
          <select
            value={side.then ?? ""}
            onChange={(event) =>
              set((old) => ({
                ...old,
                then: event.target.value || null,
                thenDay: old.thenDay || Math.round(last / 2),
              }))
            }
          >
            <option value="">{say("page.stays")}</option>
            {names.map((name) => (
              <option key={name} value={name}>
                {say(`strategies.${name}.name`)}
              </option>
            ))}
          </select>
        </label>
        {side.then && (
          <div class="share">
            <label for={`${letter}-then`}>{say("page.on_day", { day: side.thenDay })}</label>
            <Slider
              app={app}
              id={`${letter}-then`}
              label={say("page.change_of_course")}
              value={side.thenDay}
              min={1}
              max={last}
              text={say.whole(side.thenDay)}
              onMove={(day) => set((old) => ({ ...old, thenDay: day }))}
            />
          </div>
        )}
        {changed && (
          <button type="button" class="tiny" onClick={() => set((old) => namedSide(old.strategy))}>
            {say("page.reset")}
          </button>
        )}
      </details>
    </fieldset>
  );
}

// All controls of the world, in their groups; the first is open.
export function Groups({ app }) {
  const say = app.say.value,
    { list, groups } = app.controls;
  return groups.map((group, i) => (
    <details class="group" key={group} open={i === 0}>
      <summary>{say(`groups.${group}`)}</summary>
      {list
        .filter((control) => control.group === group)
        .map((control) => (
          <Control key={control.name} app={app} control={control} />
        ))}
    </details>
  ));
}
