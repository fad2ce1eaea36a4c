// One picture and one control, for a frame in somebody's page: #embed=crowd, lead, funnel or story.

import { Control } from "./controls.jsx";
import { Timeline } from "./crowd.jsx";
import { useDays } from "./living.js";
import { Funnel, Sold } from "./pictures_world.jsx";
import { Worlds } from "./pictures_worlds.jsx";
import { Said, WORLDS, useChosen } from "./sandbox.jsx";
import { Two, Waiting } from "./step.jsx";
import { Story } from "./story.jsx";
import { launchDays } from "./words.js";

export const EMBEDS = ["crowd", "lead", "funnel", "story"];

export function Embedded({ app }) {
  const say = app.say.value,
    embed = app.embed.value;
  if (!EMBEDS.includes(embed))
    return (
      <p class="problem" role="alert">
        {say("errors.unknown_value", { name: "embed", value: embed.slice(0, 40) })}
      </p>
    );
  return (
    <main class="embedded">{embed === "story" ? <Story app={app} /> : <One app={app} embed={embed} />}</main>
  );
}

function One({ app, embed }) {
  const { asked, pair, many, names, found } = useChosen(app, embed === "lead");
  const { drawn } = pair;
  const days = useDays(asked.settings.n_days);
  if (!drawn) return <Waiting app={app} />;
  const last = drawn.sides[0].sales.length - 1,
    launches = launchDays(asked.settings);
  const day = days.moved ? Math.min(days.day, last) : last;
  const control = app.controls.list.find(({ name }) => name === app.control.value);
  return (
    <>
      {embed === "crowd" && (
        <>
          <Two app={app} drawn={drawn} day={day} names={names} height={220} />
          <Timeline app={app} days={{ ...days, day }} launches={launches} />
        </>
      )}
      {embed === "funnel" && <Funnel app={app} drawn={drawn} names={names} />}
      {embed === "lead" && (
        <>
          <Said app={app} pair={pair} many={many} found={found} names={names} />
          {found ? (
            <Worlds app={app} gaps={found.gaps} of={WORLDS} told={found} />
          ) : (
            <Sold app={app} drawn={drawn} launches={launches} names={names} height={170} />
          )}
        </>
      )}
      {control && <Control app={app} control={control} />}
    </>
  );
}
