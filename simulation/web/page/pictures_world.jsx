// The pictures of two lives of one world.

import * as Plot from "@observablehq/plot";
import { flowsOf } from "./lived.js";
import { useHeld } from "./living.js";
import { SIDE, Picture, base, below, tickFormat } from "./picture.jsx";

// So many days of a run that a line shows them all, the last among them.
function somedays(n, most = 250) {
  const step = Math.max(1, Math.floor(n / most));
  return Array.from({ length: n }, (_, day) => day).filter((day) => day % step === 0 || day === n - 1);
}

// Copies sold so far by day on both sides; the other worlds behind, where they are there.
export function Sold({ app, drawn, launches, names, height = 190 }) {
  const say = app.say.value;
  const n = drawn.sides[0].sold.length,
    days = somedays(n);
  const most = useHeld(app, Math.max(1, ...drawn.sides.map(({ sold }) => sold[n - 1])));
  const lines = drawn.sides.flatMap(({ sold }, i) => days.map((day) => ({ day, sold: sold[day], side: i })));
  const ends = drawn.sides.map(({ sold }, i) => ({ day: n - 1, sold: sold[n - 1], side: i }));
  const draw = (width) =>
    Plot.plot({
      ...base(width, height, { marginRight: 64 }),
      x: {
        ...below,
        domain: [0, n - 1],
        label: say("axes.day"),
        tickFormat: tickFormat(say),
        ticks: Math.min(8, width / 70),
      },
      y: { domain: [0, most * 1.05], label: null, grid: true, tickFormat: tickFormat(say), ticks: 4 },
      marks: [
        Plot.ruleX(launches, { stroke: "var(--ink)", strokeDasharray: "2,3" }),
        Plot.text(launches, {
          x: (d) => d,
          frameAnchor: "top",
          dx: -4,
          dy: 2,
          textAnchor: "end",
          text: () => say("axes.launch"),
          fill: "var(--ink)",
        }),
        Plot.lineY(lines, {
          x: "day",
          y: "sold",
          z: "side",
          stroke: (d) => SIDE[d.side],
          strokeWidth: (d) => (d.side ? 3 : 2.2),
          strokeDasharray: null,
          curve: "step-after",
        }),
        Plot.text(ends, {
          x: "day",
          y: "sold",
          text: (d) => `${"AB"[d.side]} ${say.whole(d.sold)}`,
          dx: 6,
          textAnchor: "start",
          fill: (d) => SIDE[d.side],
          fontWeight: 700,
        }),
      ],
    });
  const told = drawn.sides
    .map(({ sold }, i) => `${names[i]}: ${say.count("copies", sold[n - 1])}`)
    .join("; ");
  const marked = [...new Set([0, ...launches, n - 1])].sort((x, y) => x - y);
  const table = {
    head: [say("axes.day"), ...names],
    rows: marked.map((day) => [say.whole(day), ...drawn.sides.map(({ sold }) => say.whole(sold[day]))]),
  };
  return (
    <Picture
      app={app}
      title={say("axes.copies_so_far")}
      told={told}
      table={table}
      draw={draw}
      deps={[drawn, most]}
    />
  );
}

// People by stage over the days, A thin and B thick, one small picture a stage.
export function People({ app, drawn, launches, names, height = 210 }) {
  const say = app.say.value,
    { stages } = app.labels;
  const n = drawn.sides[0].sold.length,
    days = somedays(n, 120),
    shown = [1, 2, 3];
  const one = (s) => {
    const lines = drawn.sides.flatMap((side, i) =>
      days.map((day) => ({ day, n: side.stages[s][day], side: i })),
    );
    const most = useHeld(app, Math.max(1, ...lines.map((row) => row.n)));
    const ends = drawn.sides.map((side, i) => ({ n: side.stages[s][n - 1], side: i }));
    const draw = (width) =>
      Plot.plot({
        ...base(width, height - 30, { marginRight: 24 }),
        x: { domain: [0, n - 1], label: null, ticks: 3, tickFormat: tickFormat(say) },
        y: { domain: [0, most * 1.08], label: null, grid: true, ticks: 3, tickFormat: tickFormat(say) },
        marks: [
          Plot.ruleX(launches, { stroke: "var(--ink)", strokeDasharray: "2,3" }),
          Plot.lineY(lines, {
            x: "day",
            y: "n",
            z: "side",
            stroke: (d) => SIDE[d.side],
            strokeWidth: (d) => (d.side ? 3 : 2.2),
          }),
          Plot.text(ends, {
            x: n - 1,
            y: "n",
            text: (d) => "AB"[d.side],
            dx: 6,
            textAnchor: "start",
            fill: (d) => SIDE[d.side],
            fontWeight: 700,
          }),
        ],
      });
    const ended = ends.map(({ n: people }, i) => `${names[i]}: ${say.whole(people)}`).join(", ");
    return (
      <Picture
        key={s}
        app={app}
        title={say(`stages.${stages[s]}`)}
        told={ended}
        draw={draw}
        deps={[drawn, most]}
      />
    );
  };
  return <div class="three">{shown.map(one)}</div>;
}

// The funnel: people on day 0 and at the end by stage, fans only.
export function Funnel({ app, drawn, names, height = 230 }) {
  const say = app.say.value,
    { stages } = app.labels;
  const flows = drawn.sides.map((side) => flowsOf(side));
  const started = (s) => flows[0][s].reduce((a, b) => a + b, 0);
  const ended = (i, s) => flows[i].reduce((sum, row) => sum + row[s], 0);
  const when = [say("axes.start"), ...names];
  const rows = [1, 2, 3].flatMap((s) => [
    { s, when: 0, n: started(s) },
    ...flows.map((_, i) => ({ s, when: i + 1, n: ended(i, s) })),
  ]);
  const stageOf = (s) => say(`stages.${stages[s]}`);
  const draw = (width) =>
    Plot.plot({
      ...base(width, height, { marginLeft: 110, marginRight: 60 }),
      x: { ...below, label: say("axes.people"), grid: true, ticks: 4, tickFormat: tickFormat(say) },
      y: { axis: null },
      fy: { label: null, tickFormat: (s) => stageOf(s), axis: "left" },
      marks: [
        Plot.barX(rows, {
          fy: "s",
          y: "when",
          x: "n",
          fill: (d) => (d.when ? SIDE[d.when - 1] : "var(--quiet)"),
        }),
        Plot.text(rows, {
          fy: "s",
          y: "when",
          x: "n",
          text: (d) => `${d.when ? "AB"[d.when - 1] + " " : ""}${say.whole(d.n)}`,
          dx: 4,
          textAnchor: "start",
          fill: "var(--ink)",
        }),
      ],
    });
  const table = {
    head: ["", ...when],
    rows: [1, 2, 3].map((s) => [
      stageOf(s),
      say.whole(started(s)),
      ...flows.map((_, i) => say.whole(ended(i, s))),
    ]),
  };
  const told = table.rows
    .map(([stage, ...cells]) => `${stage}: ${cells.map((cell, j) => `${when[j]} ${cell}`).join(", ")}`)
    .join("; ");
  return (
    <Picture
      app={app}
      title={say("page.picture_funnel")}
      told={told}
      table={table}
      draw={draw}
      deps={[drawn]}
    />
  );
}

// What carried the copies: by touchpoint, A and B.
export function Touchpoints({ app, drawn, names, height = 300 }) {
  const say = app.say.value,
    { touchpoints } = app.labels;
  const shown = touchpoints.map((name, j) => ({
    name: say(`touchpoints.${name}`),
    n: drawn.sides.map((side) => side.touchpoints[j]),
  }));
  const rows = shown.flatMap(({ name, n }) => n.map((copies, i) => ({ name, copies, i })));
  const most = useHeld(app, Math.max(1, ...rows.map(({ copies }) => copies)));
  const draw = (width) =>
    Plot.plot({
      ...base(width, height, { marginLeft: 190, marginRight: 60, marginTop: 4 }),
      x: {
        ...below,
        domain: [0, most],
        label: say("axes.copies"),
        grid: true,
        ticks: 4,
        tickFormat: tickFormat(say),
      },
      y: { axis: null },
      fy: { label: null, domain: shown.map(({ name }) => name), axis: "left", padding: 0.2 },
      marks: [
        Plot.barX(rows, { fy: "name", y: "i", x: "copies", fill: (d) => SIDE[d.i] }),
        Plot.text(rows, {
          fy: "name",
          y: "i",
          x: "copies",
          text: (d) => `${"AB"[d.i]} ${say.whole(d.copies)}`,
          dx: 4,
          textAnchor: "start",
          fill: "var(--ink)",
        }),
      ],
    });
  const table = { head: ["", ...names], rows: shown.map(({ name, n }) => [name, ...n.map(say.whole)]) };
  const carried = (i) =>
    shown
      .filter(({ n }) => n[i])
      .map(({ name, n }) => `${name} ${say.whole(n[i])}`)
      .join(", ") || "0";
  return (
    <Picture
      app={app}
      title={say("page.picture_touchpoints")}
      told={names.map((name, i) => `${name}: ${carried(i)}`).join("; ")}
      table={table}
      draw={draw}
      deps={[drawn, most]}
    />
  );
}
