// The crowd: every dot is a person, in the band of their stage, on a day that plays.
import { STAGES, STAGE_COLOURS, STAGE_INK, fitted, whole } from "./scales.js";

const TRAVEL = 8; // days it takes a dot to cross over, so that the eye can follow

// Where a dot sits inside its band: evenly spread, the same in every band and under both strategies.
const seat = (k) => [(0.5 + 0.7548776662466927 * (k + 1)) % 1, (0.5 + 0.5698402909980532 * (k + 1)) % 1];

export const CrowdView = {
  mixins: [fitted],
  props: { crowd: Object, counts: Array, i: Number, day: Number, chosen: Number },
  data: () => ({ height: 240 }),
  template: `
<figure class="drawing crowd" role="group" :aria-label="'The crowd under ' + (i ? 'B' : 'A')">
  <b class="badge" :class="i ? 'b' : 'a'" aria-hidden="true">{{ i ? "B" : "A" }}</b>
  <div class="bands" aria-hidden="true"><span v-for="(s, k) in STAGES" :key="s" :style="{ color: STAGE_INK[s] }">{{ s }}<br/>{{ whole(counts[k]) }}</span></div>
  <canvas ref="canvas" :style="{ width: width + 'px', height: height + 'px' }" tabindex="0" role="application"
    :aria-label="told" @click="pick" @keydown="key"></canvas>
</figure>`,
  computed: {
    // For every dot its changes by day, so that any day can be drawn at once.
    tracks() {
      const side = this.crowd.sides[this.i];
      const tracks = side.start.map((s) => [[-1e9, s]]);
      for (const [day, dot, stage] of side.moves) tracks[dot].push([day, stage]);
      return Object.freeze(tracks);
    },
    bought() { return Object.freeze(Object.fromEntries(this.crowd.sides[this.i].bought.map(([d, k]) => [k, d]))); },
    told() {
      return `Day ${Math.floor(this.day)}: ` + STAGES.map((s, k) => `${whole(this.counts[k])} ${s}s`).join(", ") +
        ". Arrow keys follow one person after the other.";
    },
  },
  watch: { day: "paint", crowd: "paint", chosen: "paint", width: "resized" },
  methods: {
    whole,
    place(k) {
      const track = this.tracks[k], [u, v] = seat(k), w = this.width / 4;
      let j = track.length - 1;
      while (j > 0 && track[j][0] > this.day) j--;
      const x = (s) => (s + 0.06 + 0.88 * u) * w;
      const to = track[j][1];
      let at = x(to);
      if (j > 0 && this.day - track[j][0] < TRAVEL) {
        const f = (this.day - track[j][0]) / TRAVEL, e = f * f * (3 - 2 * f);
        at = x(track[j - 1][1]) * (1 - e) + at * e;
      }
      return [at, 4 + v * (this.height - 8), to];
    },
    resized() { this.$nextTick(this.paint); },
    paint() {
      const canvas = this.$refs.canvas;
      if (!canvas) return;
      const r = window.devicePixelRatio || 1, w = this.width, h = this.height;
      if (canvas.width !== Math.round(w * r) || canvas.height !== Math.round(h * r)) {
        canvas.width = Math.round(w * r);
        canvas.height = Math.round(h * r);
      }
      const c = canvas.getContext("2d");
      c.setTransform(r, 0, 0, r, 0, 0);
      c.clearRect(0, 0, w, h);
      c.fillStyle = "#F6F6F4";
      for (let s = 1; s < 4; s += 2) c.fillRect((s * w) / 4, 0, w / 4, h);
      const spots = this.tracks.map((_, k) => this.place(k));
      for (let s = 0; s < 4; s++) {
        c.fillStyle = STAGE_COLOURS[STAGES[s]];
        const d = s === 0 ? 2.2 : 3;
        for (const [x, y, stage] of spots) if (stage === s) c.fillRect(x - d / 2, y - d / 2, d, d);
      }
      c.lineWidth = 1.2;
      c.strokeStyle = "#000";
      for (const k in this.bought) if (this.bought[k] <= this.day) {
        c.beginPath(); c.arc(spots[k][0], spots[k][1], 4, 0, 7); c.stroke();
      }
      const k = this.crowd.people.indexOf(this.chosen);
      if (k >= 0) {
        c.lineWidth = 2.5; c.strokeStyle = "#D00000";
        c.beginPath(); c.arc(spots[k][0], spots[k][1], 8, 0, 7); c.stroke();
      }
      this.spots = spots;
    },
    pick(event) {
      const box = this.$refs.canvas.getBoundingClientRect();
      const px = event.clientX - box.left, py = event.clientY - box.top;
      let best = -1, near = 60 ** 2;
      this.spots.forEach(([x, y], k) => {
        const d = (x - px) ** 2 + (y - py) ** 2;
        if (d < near) { near = d; best = k; }
      });
      if (best >= 0) this.$emit("person", this.crowd.people[best]);
    },
    key(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const n = this.crowd.people.length, k = this.crowd.people.indexOf(this.chosen);
      this.$emit("person", this.crowd.people[k < 0 ? 0 : (k + step + n) % n]);
    },
  },
  created() { Object.assign(this, { STAGES, STAGE_INK, spots: [] }); },
  mounted() { this.resized(); },
};

// What happened to one person under A and under B.
export const Diaries = {
  props: { diary: Object },
  template: `
<div class="diaries" role="region" aria-label="diary of one person">
  <p v-if="!diary" class="note">Click a dot, or give a number: the same person under A and under B.</p>
  <p v-else-if="diary.problem" class="note">{{ diary.problem }}</p>
  <div v-else class="two"><section v-for="(d, k) in diary.sides" :key="k" :data-diary="k ? 'b' : 'a'">
    <h4>Person {{ diary.person }} under {{ k ? "B" : "A" }}</h4>
    <ol><li>day 0: a {{ d.start }}</li><li v-for="(line, j) in d.lines" :key="j" :class="line.kind">{{ line.text }}</li>
    <li>at the end: a {{ d.end }}</li></ol></section></div>
</div>`,
};
