// What can be moved: sliders with fixed places, switches, and the two splits of effort.
import { SIDE_COLOURS, number } from "./scales.js";

const inWords = (value, unit) => {
  if (typeof value === "boolean") return value ? "on" : "off";
  const plain = unit === "share" || unit === "probability";
  if (plain) return `${+(100 * value).toPrecision(3)} %`;
  if (unit === "year") return String(value);
  if (unit === "day") return `day ${value}`;
  return unit === "h/week" ? `${number(value)} h/week` : number(value);
};

// One slider or switch. It answers the hand at once; what the page says of it comes a moment later.
export const OneControl = {
  props: { control: Object },
  data: () => ({ moved: null, open: false }),
  template: `
<div class="control" :data-control="control.name">
  <div class="control-head">
    <label :for="'c-' + control.name"><input v-if="control.kind === 'switch'" type="checkbox" :id="'c-' + control.name"
      :checked="shown" :aria-describedby="'m-' + control.name" @change="flip"/> {{ control.label }}</label>
    <output :for="'c-' + control.name" aria-live="off">{{ words }}</output>
    <button type="button" class="tiny" v-show="changed" :aria-label="'reset ' + control.label"
            title="back to the preset" @click="reset">↺</button>
    <button type="button" class="tiny" :aria-expanded="String(open)" :aria-label="'about ' + control.label"
            title="what it means, its range and source" @click="open = !open">?</button>
  </div>
  <input v-if="control.kind === 'slider'" type="range" :id="'c-' + control.name" min="0" :max="control.places.length - 1"
         step="1" :value="place" :aria-valuetext="words" :aria-describedby="'m-' + control.name"
         @input="slide" @change="$emit('done')"/>
  <p class="about" :id="'m-' + control.name" v-show="open">
    <b>{{ control.name }}</b><template v-if="control.unit"> [{{ control.unit }}]</template>: {{ control.meaning }}. Allowed: {{ control.range }}.
    Preset: {{ inWords(control.usual, control.unit) }}. Source: {{ control.source }}
  </p>
</div>`,
  computed: {
    shown() { return this.moved === null ? this.control.value : this.moved; },
    place() { return Math.max(0, this.control.places.indexOf(this.shown)); },
    words() { return inWords(this.shown, this.control.unit); },
    changed() { return this.shown !== this.control.usual; },
  },
  watch: { control() { this.moved = null; } },
  methods: {
    slide(event) {
      this.moved = this.control.places[+event.target.value];
      this.$emit("move", { name: this.control.name, value: this.moved });
    },
    flip(event) {
      this.moved = event.target.checked;
      this.$emit("move", { name: this.control.name, value: this.moved });
      this.$emit("done");
    },
    reset() {
      this.$emit("move", { name: this.control.name, value: this.control.usual });
      this.$emit("done");
      document.getElementById(`c-${this.control.name}`).focus(); // the button is about to vanish
    },
    inWords,
  },
};

// The levers of both sides in one table: which strategy, how its effort is split, a change of course.
export const Levers = {
  props: { sides: Array, strategies: Array, activities: Array },
  data: () => ({ moved: {}, open: false }),
  template: `
<fieldset class="levers"><legend>Effort, the same total for both</legend>
  <div class="pair" v-for="(s, k) in sides" :key="s.side" :data-side="s.side">
    <label :for="'strategy-' + s.side" :style="{ color: SIDE_COLOURS[k] }"><b>{{ s.side.toUpperCase() }}</b></label>
    <select :id="'strategy-' + s.side" :value="s.strategy" :aria-label="'strategy of ' + s.side.toUpperCase()"
            @change="send({ side: s.side, strategy: $event.target.value })">
      <option v-for="x in strategies" :key="x" :value="x">{{ x }}</option>
    </select>
  </div>
  <details open><summary>Split of effort [%]</summary>
    <div class="share" v-for="(row, j) in sides[0].shares" :key="row.activity">
      <span class="activity">{{ row.activity }}</span>
      <div class="half" v-for="(s, k) in sides" :key="s.side">
        <input type="range" min="0" max="100" step="1" :value="at(s, j)" :style="{ accentColor: SIDE_COLOURS[k] }"
               :data-share="s.side + '-' + row.activity" :aria-label="row.activity + ' of ' + s.side.toUpperCase() + ', per cent of effort'"
               @focus="begin(s)" @pointerdown="begin(s)" @input="slide(s, j, +$event.target.value)" @change="$emit('done')"/>
        <output aria-live="off">{{ at(s, j) }}</output>
      </div>
    </div>
    <p class="note">A share that grows takes from the others in proportion.
      <button type="button" class="tiny" :aria-expanded="String(open)" aria-label="about strategies and shares of effort"
              title="what they mean, their range and source" @click="open = !open">?</button>
      <template v-for="s in sides"><button type="button" v-if="s.changed" :key="s.side" class="link"
        @click="send({ side: s.side, strategy: s.strategy })">reset {{ s.side.toUpperCase() }}</button></template></p>
    <div class="about" v-show="open">
      <p v-for="s in sides" :key="s.side"><b>{{ s.strategy }}</b> {{ s.description }}.</p>
      <p v-for="a in activities" :key="a.name"><b>{{ a.name }}</b>: {{ a.meaning }}. Allowed: {{ a.range }}. Source: {{ a.source }}</p>
    </div>
  </details>
  <details :open="sides.some((s) => s.then)"><summary>Change of course</summary>
    <div class="pair" v-for="(s, k) in sides" :key="s.side">
      <label :for="'then-' + s.side" :style="{ color: SIDE_COLOURS[k] }"><b>{{ s.side.toUpperCase() }}</b> becomes</label>
      <select :id="'then-' + s.side" :value="s.then" @change="send({ side: s.side, then: $event.target.value, then_day: s.then_day || Math.round(s.last_day / 4) || 1 })">
        <option value="">(stays as it is)</option>
        <option v-for="x in strategies" :key="x" :value="x">{{ x }}</option>
      </select>
      <template v-if="s.then">
        <label class="small" :for="'then-day-' + s.side">on day {{ dayOf(s) }}</label>
        <input type="range" :id="'then-day-' + s.side" min="1" :max="s.last_day" step="1" :value="dayOf(s)"
               @input="slideDay(s, +$event.target.value)" @change="$emit('done')"/>
      </template>
    </div>
  </details>
</fieldset>`,
  watch: { sides() { this.moved = {}; } },
  methods: {
    at(s, j) { const m = this.moved[`${s.side}${j}`]; return m === undefined ? s.shares[j].per_cent : m; },
    dayOf(s) { const m = this.moved[`${s.side}day`]; return m === undefined ? s.then_day : m; },
    // the others keep the proportions they had when the hand came to this slider
    begin(s) { this.from = s.shares.map((row) => row.per_cent); },
    slide(s, j, per_cent) {
      this.$set(this.moved, `${s.side}${j}`, per_cent);
      this.$emit("move", { side: s.side, activity: s.shares[j].activity, per_cent, from: this.from });
    },
    slideDay(s, then_day) {
      this.$set(this.moved, `${s.side}day`, then_day);
      this.$emit("move", { side: s.side, then: s.then, then_day });
    },
    send(move) { this.$emit("move", move); this.$emit("done"); },
  },
  created() { this.SIDE_COLOURS = SIDE_COLOURS; },
};
