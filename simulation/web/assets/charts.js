// The drawings of one pair: stages over time, the funnel, the lead, what carried the sales.
import {
  STAGES, STAGE_COLOURS, STAGE_INK, STAGE_DASH, SIDE_COLOURS, SIDE_NAMES,
  band, copies, fitted, line, logPlace, short, spread, stepsOf, ticks, whole,
} from "./scales.js";

const EDGE = { left: 38, right: 6, top: 8, bottom: 22 };

// People by stage over the days, on a log scale; behind, four fifths of the other worlds.
export const StagesChart = {
  mixins: [fitted],
  props: { side: Object, picture: Object, fan: Object, i: Number, day: Number },
  data: () => ({ height: 190 }),
  template: `
<figure class="drawing" :aria-label="told" role="img">
  <svg :width="width" :height="height" aria-hidden="true">
    <g v-for="n in decades" :key="n">
      <line class="grid" :x1="EDGE.left" :x2="width - right" :y1="y(n)" :y2="y(n)"/>
      <text class="tick" :x="EDGE.left - 5" :y="y(n) + 4" text-anchor="end">{{ short(n) }}</text>
    </g>
    <g v-for="d in days" :key="'d' + d">
      <text class="tick" :x="x(d)" :y="height - 6" text-anchor="middle">{{ d }}</text>
    </g>
    <text class="tick" :x="width - right + 4" :y="height - 6">day</text>
    <line class="launch" :x1="x(picture.launch_day)" :x2="x(picture.launch_day)" :y1="EDGE.top" :y2="height - EDGE.bottom"/>
    <text class="tick launch-word" :x="x(picture.launch_day) - 3" :y="height - EDGE.bottom - 4" text-anchor="end">launch</text>
    <template v-if="bands"><path v-for="s in STAGES" :key="'f' + s" :d="bands[s]" :fill="STAGE_COLOURS[s]" opacity="0.25"/></template>
    <path v-for="s in STAGES" :key="s" :d="lines[s]" fill="none" :stroke="STAGE_COLOURS[s]"
          stroke-width="2.2" :stroke-dasharray="STAGE_DASH[s]"/>
    <text v-for="l in labels" :key="'l' + l.s" class="label end" :x="width - right + 4" :y="l.at + 4"
          :fill="STAGE_INK[l.s]">{{ l.text }}</text>
    <line v-if="day >= 0" class="now" :x1="x(day)" :x2="x(day)" :y1="EDGE.top" :y2="height - EDGE.bottom"/>
  </svg>
</figure>`,
  computed: {
    right() { return 110; },
    top() { return logPlace(Math.max(10, this.picture.n_people)); },
    decades() {
      const list = [0];
      for (let n = 1; n <= this.picture.n_people; n *= 10) list.push(n);
      return list;
    },
    days() { return ticks(0, this.picture.n_days, 4); },
    lines() {
      return Object.fromEntries(STAGES.map((s) => [s, stepsOf(this.side.stages[s], this.x, this.y)]));
    },
    bands() {
      if (!this.fan || !this.fan.bands.length) return null;
      const b = this.fan.bands[this.i];
      return Object.fromEntries(STAGES.map((s) => [s, band(this.fan.days, b[s].low, b[s].high, this.x, this.y)]));
    },
    labels() {
      const ends = STAGES.map((s) => this.side.stages[s][this.side.stages[s].length - 1]);
      const places = spread(ends.map(this.y), 15, 10, this.height - 24);
      return STAGES.map((s, k) => ({ s, at: places[k], text: `${s} ${whole(ends[k])}` }));
    },
    told() {
      const ends = STAGES.map((s) => `${whole(this.side.stages[s][this.side.stages[s].length - 1])} ${s}s`);
      return `People by stage under ${SIDE_NAMES[this.i]}, ${this.side.name}: at the end ${ends.join(", ")}.`;
    },
  },
  methods: {
    x(d) { return EDGE.left + (d / Math.max(1, this.picture.n_days - 1)) * (this.width - EDGE.left - this.right); },
    y(n) { return this.height - EDGE.bottom - (logPlace(n) / this.top) * (this.height - EDGE.bottom - EDGE.top); },
    short,
  },
  created() { Object.assign(this, { EDGE, STAGES, STAGE_COLOURS, STAGE_INK, STAGE_DASH }); },
};

// The funnel as an alluvial: the stage on day 0 at the left, at the end at the right.
export const FunnelChart = {
  mixins: [fitted],
  props: { side: Object, picture: Object, i: Number },
  data: () => ({ height: 186 }),
  template: `
<figure class="drawing" :aria-label="told" role="img">
  <svg :width="width" :height="height" aria-hidden="true">
    <path v-for="r in drawn.ribbons" :key="r.key" :d="r.d" :fill="STAGE_COLOURS[r.from]" opacity="0.6">
      <title>{{ r.title }}</title>
    </path>
    <g v-for="b in drawn.blocks" :key="b.key">
      <rect :x="b.x" :y="b.y" width="9" :height="b.h" :fill="STAGE_COLOURS[b.s]"/>
      <text class="label" :x="b.x + (b.left ? -5 : 14)" :y="b.at - 2" :text-anchor="b.left ? 'end' : 'start'" :fill="STAGE_INK[b.s]">{{ b.s }}</text>
      <text class="tick" :x="b.x + (b.left ? -5 : 14)" :y="b.at + 10" :text-anchor="b.left ? 'end' : 'start'">{{ b.text }}</text>
    </g>
    <text v-if="!drawn.ribbons.length" class="label" :x="width / 2" :y="height / 2" text-anchor="middle">nobody moved</text>
    <text class="tick" :x="width / 2" :y="height - 3" text-anchor="middle">not drawn: {{ whole(side.flows[0][0]) }} strangers who stayed</text>
  </svg>
</figure>`,
  computed: {
    drawn() {
      const flows = this.side.flows.map((row, a) => row.map((n, b) => (a || b ? n : 0)));
      const total = flows.flat().reduce((a, b) => a + b, 0);
      const room = this.height - 26, gap = 13;
      const from = flows.map((row) => row.reduce((a, b) => a + b, 0));
      const to = STAGES.map((_, b) => flows.reduce((sum, row) => sum + row[b], 0));
      const most = Math.max(from.filter((n) => n).length, to.filter((n) => n).length);
      const scale = (room - gap * Math.max(0, most - 1)) / Math.max(1, total);
      const stack = (sums) => {
        const places = [];
        let y = 4;
        for (let s = 3; s >= 0; s--) { // members on top
          places[s] = y;
          if (sums[s]) y += Math.max(1.5, sums[s] * scale) + gap;
        }
        return places;
      };
      const ys = [stack(from), stack(to)], x0 = 84, x1 = this.width - 84;
      const blocks = [];
      [from, to].forEach((sums, k) => {
        const shown = STAGES.map((_, s) => s).filter((s) => sums[s]);
        const mid = (s) => ys[k][s] + Math.max(1.5, sums[s] * scale) / 2;
        const places = spread(shown.map(mid), 25, 16, this.height - 26);
        shown.forEach((s, j) => blocks.push({
          key: `${k}${s}`, s: STAGES[s], left: k === 0, x: k ? x1 - 9 : x0, y: ys[k][s], at: places[j],
          h: Math.max(1.5, sums[s] * scale), text: whole(sums[s]) + (s === 0 ? (k ? " new" : " moved") : ""),
        }));
      });
      const at = ys.map((list) => [...list]), ribbons = [], mx = (x0 + x1) / 2;
      for (let a = 3; a >= 0; a--) for (let b = 3; b >= 0; b--) {
        const n = flows[a][b];
        if (!n) continue;
        const w = n * scale, p = at[0][a], q = at[1][b];
        at[0][a] += w; at[1][b] += w;
        const X0 = x0 + 9, X1 = x1 - 9, h = Math.max(0.7, w);
        ribbons.push({
          key: `${a}${b}`, from: STAGES[a], title: `${whole(n)} people: ${STAGES[a]} to ${STAGES[b]}`,
          d: `M${X0} ${p}C${mx} ${p} ${mx} ${q} ${X1} ${q}V${q + h}C${mx} ${q + h} ${mx} ${p + h} ${X0} ${p + h}Z`,
        });
      }
      return { blocks, ribbons };
    },
    told() {
      const up = [];
      this.side.flows.forEach((row, a) => row.forEach((n, b) => { if (n && a !== b) up.push(`${whole(n)} from ${STAGES[a]} to ${STAGES[b]}`); }));
      return `Funnel under ${SIDE_NAMES[this.i]}: ${up.join(", ") || "nobody moved"}.`;
    },
  },
  methods: { whole },
  created() { Object.assign(this, { STAGE_COLOURS, STAGE_INK }); },
};

// Copies sold so far, B more than A: this world in bold, the other worlds behind it.
export const LeadChart = {
  mixins: [fitted],
  props: { picture: Object, fan: Object, day: Number },
  data: () => ({ height: 190 }),
  template: `
<figure class="drawing" :aria-label="told" role="img">
  <svg :width="width" :height="height" aria-hidden="true">
    <g v-for="n in levels" :key="n">
      <line :class="n === 0 ? 'zero' : 'grid'" :x1="EDGE.left" :x2="width - EDGE.right" :y1="y(n)" :y2="y(n)"/>
      <text class="tick" :x="EDGE.left - 5" :y="y(n) + 4" text-anchor="end">{{ n > 0 ? '+' + short(n) : n < 0 ? '−' + short(-n) : 0 }}</text>
    </g>
    <text v-for="d in days" :key="'d' + d" class="tick" :x="x(d)" :y="height - 6" text-anchor="middle">{{ d }}</text>
    <text class="tick" :x="EDGE.left - 5" :y="height - 6" text-anchor="end">day</text>
    <line class="launch" :x1="x(picture.launch_day)" :x2="x(picture.launch_day)" :y1="EDGE.top" :y2="height - EDGE.bottom"/>
    <text class="label" :x="EDGE.left + 4" :y="EDGE.top + 9" :fill="SIDE_COLOURS[1]">↑ B ahead</text>
    <text class="label" :x="EDGE.left + 4" :y="height - EDGE.bottom - 5" :fill="SIDE_COLOURS[0]">↓ A ahead</text>
    <path v-for="(d, k) in others" :key="'w' + k" :d="d" fill="none" stroke="#777" opacity="0.22"/>
    <path :d="own" fill="none" stroke="#111" stroke-width="2.4"/>
    <line v-if="day >= 0" class="now" :x1="x(day)" :x2="x(day)" :y1="EDGE.top" :y2="height - EDGE.bottom"/>
  </svg>
</figure>`,
  computed: {
    range() {
      let low = Math.min(0, ...this.picture.lead), high = Math.max(0, ...this.picture.lead);
      for (const lead of this.fan ? this.fan.lead : []) { low = Math.min(low, ...lead); high = Math.max(high, ...lead); }
      const room = Math.max(2, high - low);
      return [low - 0.14 * room, high + 0.14 * room];
    },
    levels() { return ticks(...this.range, 5).filter(Number.isInteger); },
    days() { return ticks(0, this.picture.n_days, 4); },
    own() { return stepsOf(this.picture.lead, this.x, this.y); },
    others() { return this.fan ? this.fan.lead.map((lead) => line(this.fan.days, lead, this.x, this.y)) : []; },
    told() {
      const last = this.picture.lead[this.picture.lead.length - 1];
      const n = this.fan ? this.fan.worlds : 1;
      return `Copies sold so far, B more than A: ${last} at the end of this world; ${n} worlds drawn.`;
    },
  },
  methods: {
    x(d) { return EDGE.left + (d / Math.max(1, this.picture.n_days - 1)) * (this.width - EDGE.left - EDGE.right); },
    y(n) {
      const [low, high] = this.range;
      return EDGE.top + ((high - n) / (high - low)) * (this.height - EDGE.top - EDGE.bottom);
    },
    short,
  },
  created() { Object.assign(this, { EDGE, SIDE_COLOURS }); },
};

// What carried the copies: A to the left, B to the right of the names.
export const TouchpointsChart = {
  mixins: [fitted],
  props: { picture: Object },
  template: `
<figure class="drawing" :aria-label="told" role="img">
  <svg :width="width" :height="height" aria-hidden="true">
    <text class="label" :x="width / 2 - 46" y="12" text-anchor="end" :fill="SIDE_COLOURS[0]">A: {{ copies(sold[0]) }}</text>
    <text class="label" :x="width / 2 + 46" y="12" :fill="SIDE_COLOURS[1]">B: {{ copies(sold[1]) }}</text>
    <g v-for="r in rows" :key="r.name">
      <text class="tick name" :x="width / 2" :y="r.y + r.h / 2 + 4" text-anchor="middle">{{ r.name }}</text>
      <g v-for="k in [0, 1]" :key="k">
        <rect :x="k ? width / 2 + 40 : width / 2 - 40 - r.w[k]" :y="r.y + 1" :width="r.w[k]" :height="r.h - 2" :fill="SIDE_COLOURS[k]"/>
        <text class="tick" :x="k ? width / 2 + 44 + r.w[k] : width / 2 - 44 - r.w[k]" :y="r.y + r.h / 2 + 4"
              :text-anchor="k ? 'start' : 'end'">{{ r.n[k] }}</text>
      </g>
    </g>
    <text v-if="!rows.length" class="label" :x="width / 2" :y="height / 2" text-anchor="middle">nobody bought</text>
  </svg>
</figure>`,
  computed: {
    // eight rows at most; where there are few, the drawing is no higher than they need
    height() { return 26 + 24 * Math.max(2, Math.min(8, this.carried.length)); },
    carried() {
      const [a, b] = this.picture.sides.map((s) => s.touchpoints);
      return Object.keys(a).filter((t) => a[t] || b[t]);
    },
    sold() { return this.picture.sides.map((s) => s.summary.sales); },
    rows() {
      const [a, b] = this.picture.sides.map((s) => s.touchpoints);
      const names = this.carried;
      const most = Math.max(1, ...names.map((t) => Math.max(a[t], b[t])));
      const h = 24;
      const room = this.width / 2 - 40 - 30;
      return names.map((name, j) => ({
        name, h, y: 20 + j * h, n: [a[name], b[name]], w: [a[name], b[name]].map((n) => (n / most) * room),
      }));
    },
    told() {
      const say = (s, k) => `${SIDE_NAMES[k]} sold ${copies(s.summary.sales)}` +
        Object.entries(s.touchpoints).filter(([, n]) => n).map(([t, n]) => `, ${n} by ${t}`).join("");
      return `What carried the sales. ${this.picture.sides.map(say).join(". ")}.`;
    },
  },
  methods: { copies },
  created() { Object.assign(this, { SIDE_COLOURS }); },
};
