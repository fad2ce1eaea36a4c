// The pictures of guesses, and of many worlds.

import * as Plot from "@observablehq/plot";
import { useHeld } from "./living.js";
import { SIDE, Picture, base, beside, below, tickFormat } from "./picture.jsx";

// The largest dots that, standing on each other where many worlds are alike, stay in the picture.
function radiusOf(gaps, reach, width, height) {
  const room = height - 95,
    perPixel = (2 * reach) / Math.max(1, width - 32);
  for (let r = 6; r > 1.5; r -= 0.5) {
    const stacks = new Map();
    for (const gap of gaps) {
      const bin = Math.round(gap / ((2 * r + 1) * perPixel));
      stacks.set(bin, (stacks.get(bin) ?? 0) + 1);
    }
    if (Math.max(0, ...stacks.values()) * (2 * r + 0.5) <= 0.8 * room) return r;
  }
  return 1.5;
}

// B less A, one dot a world, as they fall in; then the mean, and the interval as a band.
export function Worlds({ app, gaps, of, told: found, guess = null, height = 170 }) {
  const say = app.say.value;
  const reach = useHeld(app, Math.max(1, Math.abs(guess ?? 0), ...gaps.map(Math.abs)) * 1.1);
  const all = gaps.length >= of;
  const draw = (width) =>
    Plot.plot({
      ...base(width, height, { marginLeft: 16 }),
      x: {
        ...below,
        domain: [-reach, reach],
        label: say("axes.b_less_a"),
        tickFormat: (x) => say.signed(Math.round(x)),
        ticks: Math.min(7, width / 80),
      },
      y: { axis: null },
      marks: [
        Plot.ruleX([0], { stroke: "var(--ink)" }),
        guess === null ? null : Plot.ruleX([guess], { stroke: "var(--ink)", strokeDasharray: "2,3" }),
        guess === null
          ? null
          : Plot.text([guess], {
              x: (d) => d,
              frameAnchor: "top",
              dy: 16,
              ...beside(guess > 0),
              text: () => say("page.your_guess"),
              fill: "var(--ink)",
            }),
        all ? Plot.rect([found], { x1: "low", x2: "high", fill: "var(--ink)", fillOpacity: 0.14 }) : null,
        all ? Plot.ruleX([found.mean], { stroke: "var(--ink)", strokeWidth: 2 }) : null,
        Plot.dot(
          gaps,
          Plot.dodgeY({
            x: (d) => d,
            r: radiusOf(gaps, reach, width, height),
            padding: 0.5,
            fill: (d) => (d > 0 ? SIDE[1] : d < 0 ? SIDE[0] : "var(--quiet)"),
          }),
        ),
        Plot.text([-1, 1], {
          x: (d) => (d * reach) / 2,
          frameAnchor: "top",
          text: (d) => say(d < 0 ? "axes.a_ahead" : "axes.b_ahead"),
          fill: (d) => SIDE[d < 0 ? 0 : 1],
          fontWeight: 700,
        }),
      ],
    });
  const words = say("accessibility.worlds", {
    n: gaps.length,
    mean: found.mean,
    low: Math.min(...gaps),
    high: Math.max(...gaps),
  });
  const table = {
    head: [say("page.world"), say("axes.b_less_a")],
    rows: gaps.map((gap, i) => [say.whole(i), say.signed(gap)]),
  };
  const line =
    all && found.n > 1
      ? say("page.interval", {
          low: say.signed(found.low),
          high: say.signed(found.high),
          confidence: say.perCent(app.declared.student.confidence),
        })
      : "";
  const why = all && found.lead === "untold" ? ` ${say("page.headline_untold_why")}` : "";
  return (
    <Picture
      app={app}
      title={say("page.luck_told")}
      note={line + why}
      told={words}
      table={table}
      draw={draw}
      deps={[gaps.length, reach, of]}
    />
  );
}

// What is lost when a part is taken away: mean and interval, one bar a part.
export function Parts({ app, rows, unit, height }) {
  const say = app.say.value;
  const draw = (width) =>
    Plot.plot({
      ...base(width, height ?? 60 + 90 * rows.length, { marginLeft: 10, marginRight: 60 }),
      x: { ...below, label: unit, grid: true, tickFormat: (x) => say.signed(x), ticks: 5, nice: true },
      y: { axis: null, domain: rows.map((row) => row.name) },
      marks: [
        Plot.text(rows, {
          y: "name",
          text: "name",
          frameAnchor: "left",
          textAnchor: "start",
          dy: -34,
          fill: "var(--ink)",
          fontWeight: 700,
        }),
        Plot.barX(rows, {
          y: "name",
          x: "mean",
          fill: (d) => (d.lead === "untold" ? "var(--quiet)" : SIDE[1]),
          insetTop: 26,
          insetBottom: 8,
        }),
        Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", dy: 9, stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.text(rows, {
          y: "name",
          x: (d) => (Number.isFinite(d.high) ? Math.max(0, d.high) : 0),
          text: (d) => (Number.isFinite(d.mean) ? say.signed(d.mean) : ""),
          dx: 6,
          dy: 9,
          textAnchor: "start",
          fill: "var(--ink)",
          fontWeight: 700,
        }),
        Plot.ruleX([0], { stroke: "var(--ink)" }),
      ],
    });
  const table = {
    head: ["", unit, say("axes.low"), say("axes.high")],
    rows: rows.map((row) => [row.name, say.signed(row.mean), say.signed(row.low), say.signed(row.high)]),
  };
  const told = rows.map((row) => `${row.name}: ${say.signed(row.mean)}`).join(", ");
  return (
    <Picture
      app={app}
      title={say("page.picture_parts")}
      told={told}
      table={table}
      draw={draw}
      deps={[rows]}
    />
  );
}

// B less A at every place of a parameter, with its interval.
export function Flip({ app, rows, label, format, chosen, height = 280 }) {
  const say = app.say.value;
  const reach = useHeld(
    app,
    Math.max(
      1,
      ...rows.flatMap(({ low, high, mean }) => [low, high, mean].filter(Number.isFinite).map(Math.abs)),
    ) * 1.1,
  );
  const shown = rows.filter((row) => Number.isFinite(row.mean));
  const draw = (width) =>
    Plot.plot({
      ...base(width, height, { marginLeft: 56 }),
      x: {
        ...below,
        domain: [rows[0].at, rows.at(-1).at],
        label,
        tickFormat: format,
        ticks: rows.map((row) => row.at).filter((_, i) => width > 500 || i % 2 === 0),
        inset: 12,
      },
      y: {
        domain: [-reach, reach],
        label: say("axes.b_less_a"),
        grid: true,
        tickFormat: (x) => say.signed(x),
        ticks: 5,
      },
      marks: [
        chosen === null ? null : Plot.ruleX([chosen], { stroke: "var(--ink)", strokeDasharray: "2,3" }),
        chosen === null
          ? null
          : Plot.text([chosen], {
              x: (d) => d,
              frameAnchor: "bottom",
              dy: -4,
              ...beside(chosen > (rows[0].at + rows.at(-1).at) / 2),
              text: () => say("page.your_guess"),
              fill: "var(--ink)",
            }),
        Plot.ruleY([0], { stroke: "var(--ink)" }),
        Plot.ruleX(shown, {
          x: "at",
          y1: "low",
          y2: "high",
          stroke: colourOf,
          strokeWidth: 3,
          strokeOpacity: 0.5,
        }),
        Plot.dot(shown, { x: "at", y: "mean", r: 5, fill: colourOf }),
        Plot.text([1, -1], {
          y: (d) => d * reach * 0.95,
          frameAnchor: "right",
          dx: -6,
          textAnchor: "end",
          text: (d) => say(d < 0 ? "axes.a_ahead" : "axes.b_ahead"),
          fill: (d) => SIDE[d < 0 ? 0 : 1],
          fontWeight: 700,
        }),
      ],
    });
  const table = {
    head: [label, say("axes.b_less_a"), say("axes.low"), say("axes.high")],
    rows: shown.map((row) => [
      format(row.at),
      say.signed(row.mean),
      say.signed(row.low),
      say.signed(row.high),
    ]),
  };
  const told = shown.map((row) => `${format(row.at)}: ${say.signed(row.mean)}`).join(", ");
  return (
    <Picture
      app={app}
      title={say("page.picture_years")}
      told={told}
      table={table}
      draw={draw}
      deps={[rows, chosen, reach]}
    />
  );
}

const colourOf = ({ lead }) => (lead === "b" ? SIDE[1] : lead === "a" ? SIDE[0] : "var(--quiet-ink)");

// Where a guess lies and where the result, on one line; `log`: with small numbers spread out.
export function GuessLine({ app, guess, result, low, high, log }) {
  const say = app.say.value;
  const far = log ? Math.log1p : (x) => x;
  const at = (x) => `${(100 * (far(Math.max(low, Math.min(high, x))) - far(low))) / (far(high) - far(low))}%`;
  const edge = (x) => (parseFloat(at(x)) < 25 ? "first" : parseFloat(at(x)) > 75 ? "last" : "");
  return (
    <div
      class="guess-line"
      role="img"
      aria-label={`${say("page.your_guess")} ${say.number(guess)}; ${say("page.lived")} ${say.number(result)}`}
    >
      <span class="bar" />
      <span class={`mark guess ${edge(guess)}`} style={{ left: at(guess) }}>
        <i>
          {say("page.your_guess")} <b>{say.number(guess)}</b>
        </i>
      </span>
      <span class={`mark result ${edge(result)}`} style={{ left: at(result) }}>
        <i>
          {say("page.lived")} <b>{say.number(result)}</b>
        </i>
      </span>
    </div>
  );
}

// How a class guessed: a dot a guess, with what came out; or a bar a choice.
export function Guesses({ app, step, guesses, result, height = 110 }) {
  const say = app.say.value;
  const label = (name) => say.own(step.parts.find((part) => part.name === name)?.label ?? name);
  const numeric = guesses.filter(Number.isFinite),
    counts = (step.parts ?? []).map(({ name }) => ({
      name: label(name),
      n: guesses.filter((guess) => guess === name).length,
    }));
  const [low, high] =
    step.kind === "flip"
      ? [step.places[0].place, step.places.at(-1).place]
      : [step.kind === "duel" ? -step.most : 0, step.most];
  const format = step.parameter === "year" ? say.year : tickFormat(say);
  const bars = (width) =>
    Plot.plot({
      ...base(width, 40 + 30 * counts.length, { marginLeft: width / 2 }),
      x: { label: null, ticks: 3, tickFormat: tickFormat(say) },
      y: { label: null },
      marks: [Plot.barX(counts, { y: "name", x: "n", fill: "var(--accent)" })],
    });
  const dots = (width) =>
    Plot.plot({
      ...base(width, height, { marginLeft: 16 }),
      x: {
        type: step.log ? "symlog" : "linear",
        domain: [low, high],
        label: null,
        ticks: step.log ? [0, 10, 100, 1000, 10000, 100000, 1000000].filter((x) => x <= high) : 4,
        tickFormat: format,
      },
      marks: [
        Plot.dot(numeric, Plot.dodgeY({ x: (d) => d, r: 4, fill: "var(--accent)" })),
        Number.isFinite(result) ? Plot.ruleX([result], { stroke: "var(--ink)", strokeWidth: 2 }) : null,
      ],
    });
  const each = [...new Set(numeric)].map((guess) => [
    format(guess),
    say.whole(numeric.filter((x) => x === guess).length),
  ]);
  const table = {
    head: [say("page.your_guess"), say("axes.people")],
    rows: step.parts ? counts.map(({ name, n }) => [name, say.whole(n)]) : each,
  };
  const told = say(`class.guesses_${guesses.length === 1 ? "one" : "many"}`, { n: guesses.length });
  return (
    <Picture
      app={app}
      title={say("class.histogram")}
      told={told}
      table={table}
      draw={step.parts ? bars : dots}
      deps={[guesses.length, result]}
    />
  );
}
