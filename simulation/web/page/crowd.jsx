// The crowd: every dot is a person, in the band of their stage, on a day. Who bought is a star.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { START, useWidth } from "./living.js";

const TRAVEL = 0.012; // part of the days that a dot takes to cross over, so that the eye can follow

// Where a dot sits inside its band: evenly spread, the same in every band and on both sides.
const seat = (k) => [(0.5 + 0.7548776662466927 * (k + 1)) % 1, (0.5 + 0.5698402909980532 * (k + 1)) % 1];

const colour = (element, name) => globalThis.getComputedStyle(element).getPropertyValue(name).trim();

function star(c, x, y, r) {
  c.beginPath();
  for (let j = 0; j < 10; j++) {
    const angle = (Math.PI * j) / 5 - Math.PI / 2,
      reach = j % 2 ? r * 0.45 : r;
    c.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  c.closePath();
}

// Where every dot is on a day: [x, y, stage].
function spotsOf({ tracks }, day, nDays, width, height) {
  const w = width / 4,
    travel = Math.max(1, TRAVEL * nDays);
  return tracks.map((track, k) => {
    const [u, v] = seat(k);
    let j = track.length - 1;
    while (j > 0 && track[j][0] > day) j--;
    const x = (stage) => (stage + 0.05 + 0.9 * u) * w;
    const since = (day - track[j][0]) / travel;
    const f = since < 1 && j > 0 ? since * since * (3 - 2 * since) : 1;
    return [
      f < 1 ? x(track[j - 1][1]) * (1 - f) + x(track[j][1]) * f : x(track[j][1]),
      5 + v * (height - 10),
      track[j][1],
    ];
  });
}

function paint(canvas, side, spots, day, chosen) {
  const ratio = globalThis.devicePixelRatio || 1,
    { clientWidth: w, clientHeight: h } = canvas;
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.fillStyle = colour(canvas, "--band");
  for (let s = 1; s < 4; s += 2) c.fillRect((s * w) / 4, 0, w / 4, h);
  for (let s = 0; s < 4; s++) {
    c.fillStyle = colour(canvas, `--stage-${s}`);
    const d = s === 0 ? 2.2 : 3.2;
    for (const [x, y, stage] of spots) if (stage === s) c.fillRect(x - d / 2, y - d / 2, d, d);
  }
  c.fillStyle = colour(canvas, "--star");
  c.strokeStyle = colour(canvas, "--paper");
  for (const [k, since] of side.bought) {
    if (since > day) continue;
    star(c, spots[k][0], spots[k][1], 5.5);
    c.stroke();
    c.fill();
  }
  if (chosen < 0) return;
  c.strokeStyle = colour(canvas, "--ink");
  c.lineWidth = 2.5;
  c.beginPath();
  c.arc(spots[chosen][0], spots[chosen][1], 9, 0, 7);
  c.stroke();
}

// `drawn` and `i`: which side of it; `person` and `onPerson`: whom the reader follows, if that is wanted.
export function Crowd({ app, drawn, i, day, height = 250, label, strategy, person = null, onPerson }) {
  const say = app.say.value,
    { stages } = app.labels;
  const canvas = useRef(null),
    spots = useRef([]);
  const [box, width] = useWidth();
  const { crowd } = drawn,
    side = drawn.sides[i],
    at = Math.floor(day);
  const chosen = person === null ? -1 : crowd.people.indexOf(person);
  useEffect(() => {
    if (!canvas.current) return;
    spots.current = spotsOf(crowd.sides[i], day, side.sales.length, width, height);
    paint(canvas.current, crowd.sides[i], spots.current, day, chosen);
  }, [drawn, i, day, width, height, chosen, app.lang.value, app.projector.value]);
  const started = useMemo(
    () => stages.map((_, s) => side.start.reduce((n, stage) => n + (stage === s), 0)),
    [side],
  );
  const counts = at < 0 ? started : stages.map((_, s) => side.stages[s][at]);
  const sold = at < 0 ? 0 : side.sold[at];
  const pick = (event) => {
    const area = canvas.current.getBoundingClientRect();
    const away = ([x, y]) => (x - event.clientX + area.left) ** 2 + (y - event.clientY + area.top) ** 2;
    const best = spots.current.reduce(
      (near, spot, k) => (away(spot) < away(spots.current[near]) ? k : near),
      0,
    );
    onPerson(crowd.people[best]);
  };
  const step = (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key],
      n = crowd.people.length;
    if (!by) return;
    event.preventDefault();
    onPerson(crowd.people[chosen < 0 ? 0 : (chosen + by + n) % n]);
  };
  const copies = say.count("copies", sold),
    now = Object.fromEntries(stages.map((name, s) => [name, counts[s]]));
  const told = say("accessibility.crowd", { strategy, day: Math.max(0, at), copies, ...now });
  const follow = onPerson && { tabIndex: 0, role: "application", onClick: pick, onKeyDown: step };
  return (
    <figure class="crowd" ref={box}>
      {label && <figcaption>{label}</figcaption>}
      <div class="bands" aria-hidden="true">
        {stages.map((name, s) => (
          <span key={name} class={`stage-${s}`} title={say(`stages_told.${name}`)}>
            <i>{say(`stages.${name}`)}</i> <b>{say.whole(counts[s])}</b>
          </span>
        ))}
      </div>
      <canvas
        ref={canvas}
        style={{ height: `${height}px` }}
        role="img"
        aria-label={onPerson ? `${told} ${say("accessibility.crowd_keys")}` : told}
        {...follow}
      />
      <p class="sold" data-sold={sold}>
        <span aria-hidden="true">★</span> {say("page.bought_so_far", { copies })}
      </p>
    </figure>
  );
}

// Which day it is, with the launch marked, and a button that plays.
export function Timeline({ app, days, launches }) {
  const say = app.say.value,
    { day, last, playing } = days;
  const press = () => (playing ? days.stop() : days.play(day >= last ? START : day));
  const now = day < 0 ? say("axes.start") : say("page.day_n", { day: Math.floor(day) });
  return (
    <div class="timeline">
      <button type="button" onClick={press} aria-label={say(playing ? "page.pause" : "page.play")}>
        {playing ? "❚❚" : "▶"}
      </button>
      <div class="track">
        {launches.map((at) => (
          <span
            key={at}
            class="launch"
            style={{
              left: `calc(${(100 * (at - START)) / (last - START)}% + ${8 - (16 * (at - START)) / (last - START)}px)`,
            }}
          >
            {say("axes.launch")}
          </span>
        ))}
        <input
          type="range"
          min={START}
          max={last}
          step="1"
          value={Math.floor(day)}
          aria-label={say("accessibility.day_slider")}
          aria-valuetext={now}
          onInput={(event) => days.to(Number(event.target.value))}
        />
      </div>
      <output>{now}</output>
    </div>
  );
}

// What a dot is, in words.
export function CrowdNote({ app, crowd }) {
  const two = crowd.sides.length > 1;
  const say = app.say.value,
    [strangers, others, buyers] = crowd.oneIn;
  const note =
    others > 1
      ? say("page.crowd_note_of", { strangers, others })
      : strangers > 1
        ? say("page.crowd_note_some", { one_in: strangers })
        : say("page.crowd_note_all");
  return (
    <p class="note">
      {two && `${say("page.same_for_both")} `}
      {note} {buyers > 1 && say("page.crowd_note_buyers", { buyers })}
    </p>
  );
}
