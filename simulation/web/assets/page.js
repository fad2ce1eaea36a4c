// The page as a whole: it shows what the program sends, and sends what the hand does.
//
// `chosen` says what is chosen (controls, sides, address), `picture` what came out of it, `fan`
// what came out in other worlds. Every move is numbered: an answer to an older one is not shown.
import { moreCopies, number, whole } from "./scales.js";
import { StagesChart, FunnelChart, LeadChart, TouchpointsChart } from "./charts.js";
import { OneControl, Levers } from "./controls.js";
import { CrowdView, Diaries } from "./crowd.js";

const NARROW = 1000; // narrower windows show one thing below the other
const SPEEDS = [7, 15, 30, 60, 120];

export const Page = {
  components: { StagesChart, FunnelChart, LeadChart, TouchpointsChart, OneControl, Levers, CrowdView, Diaries },
  props: { chosen: Object, picture: Object, fan: Object, crowd: Object, diary: Object, download: Object, about: Object, failed: String },
  data: (page) => ({
    now: page.chosen, asked: 0, fresh: true, day: -1, playing: false, speed: 30, link: "", spoken: "", person: null, draft: null,
    said: "", alarm: false, story: null, narrow: window.innerWidth < NARROW, open: window.innerWidth >= NARROW,
  }),
  template: `
<div class="ct" :class="{ narrow }" :data-lived="picture ? picture.asked : -1" :data-worlds="fan ? fan.worlds : 0">
  <a class="skip" href="#pictures" @click.prevent="$refs.main.focus()">to the pictures</a>
  <a class="skip" href="#day" @click.prevent="focus('#day')">to the crowd</a>
  <a class="skip" href="#exports" @click.prevent="focus('footer button')">to the files</a>
  <header>
    <div class="head"><h1>Continuum</h1>
      <span>The same people, the same luck, two strategies. <b>Pick a story or move a slider</b>: it is all lived again at once.</span></div>
    <p class="said" :class="{ sofar: !fanFull }">{{ headline }}</p>
    <p class="also">{{ thisWorld === headline ? "" : thisWorld }} <span v-if="fanNow">{{ fanNow.counts }}<template v-if="fanNow.counts">.</template></span></p>
    <p v-if="said" class="also" :class="alarm ? 'alarm' : 'same'">{{ said }}</p>
    <ul v-if="problems.length" class="problems" role="alert"><li v-for="p in problems" :key="p">{{ p }}</li></ul>
    <div class="sr" role="status" aria-live="polite">{{ spoken }}</div>
  </header>
  <nav aria-label="stories">
    <div class="chips"><template v-for="kind in ['story', 'preset']"><span class="kind" :key="kind">{{ kind === "story" ? "Stories" : "Worlds" }}</span>
      <button type="button" v-for="c in about.cards.filter((x) => x.kind === kind)" :key="c.name" class="chip" :class="[c.kind, { on: c === card }]"
      :aria-pressed="String(c === card)" :title="c.told" @click="load(c.query)">{{ c.name }}</button></template></div>
    <p class="told" v-if="story"><b>{{ card ? story.name : "started from " + story.name }}.</b> {{ story.told }} <em v-if="story.ask">{{ story.ask }}</em></p>
  </nav>
  <div class="body">
    <aside aria-label="what can be moved">
      <div class="luck">
        <button type="button" title="live it once more with the same luck: not one number changes" :disabled="!picture" @click="again">Same luck</button>
        <button type="button" title="other people, other luck: another world" :disabled="!picture" @click="luck('new')">New luck</button>
        <button type="button" title="of all worlds lived, the one nearest to the average" :disabled="!fanFull" @click="luck(fanNow.typical)">Typical luck</button>
        <span class="note">world {{ now.world }}</span>
        <button v-if="narrow" type="button" :aria-expanded="String(open)" @click="open = !open">{{ open ? "Hide" : "Show" }} the sliders</button>
        <button type="button" class="link" v-show="now.query" @click="load('')">reset all</button>
      </div>
      <div v-show="open" class="sliders">
        <Levers :sides="now.sides" :strategies="about.strategies" :activities="about.activities" @move="move" @done="done"/>
        <fieldset v-for="g in groups" :key="g.name"><legend>{{ g.name }}</legend>
          <OneControl v-for="c in g.controls" :key="c.name" :control="c" @move="move" @done="done"/></fieldset>
        <fieldset v-if="now.changes.length"><legend>Also changed, by the address</legend>
          <p v-for="c in now.changes" :key="c.name" class="note">{{ c.name }} = {{ c.value }} (preset {{ c.usual }}): {{ c.meaning }}
          <button type="button" class="tiny" :aria-label="'reset ' + c.name" @click="move({ name: c.name, value: c.usual }); done()">↺</button></p></fieldset>
      </div>
    </aside>
    <section id="pictures" class="pictures" tabindex="-1" ref="main" aria-label="what comes out">
      <p v-if="!picture" class="note wait">living the first world …</p>
      <template v-else>
        <div class="grid">
          <section class="a"><h2 :title="picture.sides[0].name"><b class="badge a">A</b> {{ picture.sides[0].name }}</h2><h3>People by stage, log scale<template v-if="fanNow && fanNow.bands.length">; shaded: 4 of 5 worlds</template></h3>
            <StagesChart :side="picture.sides[0]" :picture="picture" :fan="fanNow" :i="0" :day="day"/></section>
          <section class="mid"><h2>B more than A</h2><h3>Copies sold so far<template v-if="fanNow">; grey: {{ fanNow.worlds }} worlds</template></h3>
            <LeadChart :picture="picture" :fan="fanNow" :day="day"/></section>
          <section class="b"><h2 :title="picture.sides[1].name"><b class="badge b">B</b> {{ picture.sides[1].name }}</h2><h3>People by stage, log scale<template v-if="fanNow && fanNow.bands.length">; shaded: 4 of 5 worlds</template></h3>
            <StagesChart :side="picture.sides[1]" :picture="picture" :fan="fanNow" :i="1" :day="day"/></section>
          <section class="a"><h3>Who moved where, day 0 to {{ picture.n_days - 1 }}</h3><FunnelChart :side="picture.sides[0]" :picture="picture" :i="0"/></section>
          <section class="mid"><h3>What carried the sales</h3><TouchpointsChart :picture="picture"/></section>
          <section class="b"><h3>Who moved where, day 0 to {{ picture.n_days - 1 }}</h3><FunnelChart :side="picture.sides[1]" :picture="picture" :i="1"/></section>
        </div>
        <section class="crowds" v-if="crowd" aria-label="the crowd">
          <h3><b>The crowd, person by person.</b> {{ crowdNote }}</h3>
          <div class="player">
            <button type="button" class="play" @click="play">{{ playing ? "❚❚ Pause" : "▶ Play" }}</button>
            <label class="sr" for="day">day</label>
            <input type="range" id="day" min="0" :max="picture.n_days - 1" step="1" :value="Math.max(0, Math.floor(day))" :aria-valuetext="'day ' + Math.max(0, Math.floor(day))" @input="scrub"/>
            <output for="day" aria-live="off">day {{ Math.max(0, Math.floor(day)) }}</output>
            <label>speed <select v-model.number="speed" aria-label="days a second"><option v-for="s in SPEEDS" :key="s" :value="s">{{ s }} days/s</option></select></label>
            <label>person <input type="number" min="0" :max="picture.n_people - 1" :value="draft === null ? person : draft" aria-label="number of a person" @input="draft = $event.target.value" @change="typed"/></label>
          </div>
          <div class="two" :class="{ old: crowd.asked !== picture.asked }"><CrowdView v-for="k in [0, 1]" :key="k" :class="k ? 'b' : 'a'" :crowd="crowd" :counts="counts(k)" :i="k" :day="Math.max(0, day)" :chosen="person === null ? -1 : person" @person="follow"/></div>
          <Diaries :diary="diaryNow"/>
        </section>
        <details class="numbers"><summary>All numbers</summary>
          <table><thead><tr><th scope="col">outcome</th><th scope="col">A</th><th scope="col">B</th><th scope="col">B − A</th><th scope="col">unit</th></tr></thead>
          <tbody><tr v-for="o in about.outcomes" :key="o.name"><th scope="row">{{ o.label }} <small>{{ o.name }}</small></th>
            <td v-for="k in [0, 1]" :key="k" :data-outcome="o.name" :data-side="k ? 'b' : 'a'" :data-value="picture.sides[k].summary[o.name]">{{ number(picture.sides[k].summary[o.name]) }}</td>
            <td>{{ number(gap(o.name)) }}</td><td>{{ o.unit }}</td></tr></tbody></table></details>
        <footer id="exports"><span>Take it with you:</span>
          <button type="button" v-for="e in about.exports" :key="e.kind" :title="e.title" :disabled="!!waiting" @click="$emit('export', e.kind)">{{ e.label }}</button>
          <button type="button" title="a link that opens just this" @click="copyLink">Copy link</button>
          <input v-if="link && link !== 'copied'" class="link-text" readonly :value="link" aria-label="link to this" @focus="$event.target.select()"/><span v-else-if="link" class="note">copied</span>
          <span class="note" v-if="waiting">writing {{ waiting }} …</span>
          <p class="note">{{ about.note }}</p></footer>
      </template>
    </section>
  </div>
</div>`,
  computed: {
    groups() {
      const groups = [];
      for (const c of this.now.controls) {
        let g = groups.find((x) => x.name === c.group);
        if (!g) groups.push((g = { name: c.group, controls: [] }));
        g.controls.push(c);
      }
      const order = ["The chances", "The world", "The community", "People on day 0"];
      return groups.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    },
    card() { return this.about.cards.find((c) => c.query === this.now.query) || null; },
    problems() { return [...this.now.problems, ...(this.failed ? [this.failed] : [])]; },
    // the fan and the diary of an older choice are not shown with a newer picture
    fanNow() { return this.fan && this.picture && this.fan.of_query === this.picture.all_worlds ? this.fan : null; },
    diaryNow() { return this.diary && this.picture && this.diary.asked === this.picture.asked ? this.diary : null; },
    fanFull() { return !!this.fanNow && this.fanNow.worlds === this.fanNow.of; },
    headline() {
      if (!this.picture) return "…";
      if (!this.fanNow || !this.fanNow.sentence) return this.thisWorld;
      return (this.fanFull ? "" : `so far, ${this.fanNow.worlds} of ${this.fanNow.of} worlds: `) + `${this.fanNow.sentence}.`;
    },
    // one world is a story, and may be a lucky one: it says where it stands among the others
    thisWorld() {
      if (!this.picture) return "";
      const [a, b] = this.picture.sides.map((s) => s.summary.sales), d = b - a;
      const more = d === 0 ? "A and B sell the same number" : `${d > 0 ? "B" : "A"} sells ${moreCopies(Math.abs(d))}`;
      const gaps = this.fanNow ? this.fanNow.gaps : [];
      const below = gaps.filter((g) => g < d).length, above = gaps.filter((g) => g > d).length, n = gaps.length;
      const lucky = n < 10 ? "" : below > 0.8 * n ? `, luckier for B than ${below} of ${n} worlds` :
        above > 0.8 * n ? `, luckier for A than ${above} of ${n} worlds` : "";
      return `In this world ${more} (A ${whole(a)}, B ${whole(b)})${lucky}.`;
    },
    crowdNote() {
      const c = this.crowd, of = c.looked_at < c.n_people ? ` (of ${whole(c.looked_at)} of the ${whole(c.n_people)})` : "";
      const still = c.one_in > 1 ? `of those who stay strangers only one in ${c.one_in} is drawn; the numbers count everybody` : "everybody is drawn";
      return `Each dot is a person${of}; ${still}. A ring marks a buyer. Click a dot to follow its person.`;
    },
    waiting() { return this.about.exports.filter((e) => this.download && e.kind === this.download.waiting).map((e) => e.label)[0]; },
  },
  watch: {
    // what answers an older move would pull a slider back from under the hand
    chosen(told) {
      if (told.asked < this.asked) return;
      this.now = told;
      this.address(told.query);
      this.fresh = this.release;
    },
    picture(now) {
      if (this.person !== null && this.person >= now.n_people) this.person = null;
      this.follow(this.person);
      this.said = "";
      if (this.compare && now.asked >= this.compare.asked) {
        const same = JSON.stringify(now.sides) === this.compare.sides;
        this.alarm = !same;
        this.said = same ? "Lived once more with the same luck: not one number changed." : "The numbers changed: please report this.";
        this.compare = null;
      }
      this.speak();
    },
    diary(told) { if (told && told.sides) this.spoken = `Person ${told.person}: under A ${told.sides[0].end} at the end, under B ${told.sides[1].end}.`; },
    card(now) { if (now) this.story = now; },
    fan() { this.speak(); },
    download(file) { if (file && file.data) this.save(); },
  },
  methods: {
    number, whole,
    move(change) {
      this.asked += 1;
      this.release = false;
      this.said = "";
      this.$emit("move", { ...change, asked: this.asked });
    },
    // the hand let go: what it moves next is a new entry, once the answer to this one has come
    done() {
      this.release = true;
      if (this.now.asked >= this.asked) this.fresh = true;
    },
    // the address follows; one stroke of the hand is one entry for the back button
    address(query) {
      const url = window.location.pathname + (query ? `?${query}` : "");
      if (url === window.location.pathname + window.location.search) return;
      if (this.fresh) window.history.pushState(null, "", url);
      else window.history.replaceState(null, "", url);
    },
    load(query) { this.done(); this.move({ query }); this.done(); },
    luck(luck) { this.done(); this.move({ luck }); this.done(); },
    again() {
      if (this.picture.asked !== this.asked) return; // something newer is being lived
      this.compare = { asked: this.asked + 1, sides: JSON.stringify(this.picture.sides) };
      this.luck("same");
      if (this.crowd) { this.day = 0; this.start(); }
    },
    gap(name) {
      const [a, b] = this.picture.sides.map((s) => s.summary[name]);
      return a == null || b == null ? null : b - a;
    },
    // people by stage on the day that is shown, everybody counted
    counts(side) {
      const stages = this.picture.sides[side].stages, day = Math.min(Math.max(0, Math.floor(this.day)), this.picture.n_days - 1);
      return ["stranger", "follower", "subscriber", "member"].map((s) => stages[s][day]);
    },
    typed() {
      const text = this.draft;
      this.draft = null;
      if (text) this.follow(Number(text));
    },
    follow(person) {
      if (person === null) return;
      this.person = person;
      this.$emit("person", person);
    },
    focus(selector) { const e = this.$el.querySelector(selector); if (e) e.focus(); },
    play() {
      if (this.playing) { this.playing = false; return; }
      if (this.day < 0 || this.day >= this.picture.n_days - 1) this.day = 0;
      this.start();
    },
    start() {
      if (this.playing) return;
      this.playing = true;
      let last = performance.now();
      const step = (now) => {
        if (!this.playing) return;
        this.day = Math.min(this.picture.n_days - 1, this.day + (this.speed * (now - last)) / 1000);
        last = now;
        if (this.day >= this.picture.n_days - 1) this.playing = false;
        else window.requestAnimationFrame(step);
      };
      window.requestAnimationFrame(step);
    },
    scrub(event) { this.playing = false; this.day = +event.target.value; },
    // a screen reader hears the sentence once things have come to rest, not at every step
    speak() {
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => { this.spoken = this.headline === this.thisWorld ? this.headline : `${this.headline} ${this.thisWorld}`; }, 1200);
    },
    save() {
      const bytes = Uint8Array.from(atob(this.download.data), (c) => c.charCodeAt(0));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes], { type: this.download.mime }));
      link.download = this.download.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    },
    async copyLink() {
      try {
        await navigator.clipboard.writeText(window.location.href);
        this.link = "copied";
      } catch (refused) {
        this.link = window.location.href; // to be copied by hand
      }
      setTimeout(() => { this.link = ""; }, this.link === "copied" ? 2000 : 20000);
    },
  },
  created() {
    Object.assign(this, { SPEEDS, release: true, compare: null });
    document.title = "Continuum: two strategies, the same people";
    document.documentElement.lang = "en";
    this.story = this.card;
    this.fresh = false; // what was wrong in the address is put right there, without a new entry
    this.address(this.now.query);
    this.fresh = true;
    this.back = () => {
      this.load(window.location.search.slice(1));
      this.fresh = false; // the entry is there already
    };
    this.size = () => { this.narrow = window.innerWidth < NARROW; if (!this.narrow) this.open = true; };
    window.addEventListener("popstate", this.back);
    window.addEventListener("resize", this.size);
  },
  beforeDestroy() {
    this.playing = false;
    window.removeEventListener("popstate", this.back);
    window.removeEventListener("resize", this.size);
  },
};
