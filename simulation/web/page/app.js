// What the page knows, as signals: the language, where the reader is, what is chosen, whose hand is on
// what. And the engine's Workers, once they are there.

import { options as rendering } from "preact";
import { batch, computed, effect, signal } from "@preact/signals";
import { Lives } from "./asking.js";
import { Choices, OPENING, Wrong } from "./state.js";
import { LANGUAGES, speaker } from "./texts.js";

// What of the address is not the choice: where the reader is, and how it is shown.
const VIEW = ["step", "lang", "embed", "control", "projector"];

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// The address, where there is one that may be read and written (not in a frame made from a text).
const place = {
  read() {
    return globalThis.location.hash.slice(1);
  },
  write(hash, anew) {
    const url = hash ? `#${hash}` : globalThis.location.pathname + globalThis.location.search;
    try {
      globalThis.history[anew ? "pushState" : "replaceState"](null, "", url);
    } catch {
      // a frame without an address of its own: the page works all the same
    }
  },
};

export class App {
  constructor({ declared, controls, story, texts, options }, wasm, workerText) {
    Object.assign(this, { declared, controls, story, texts, options, labels: declared.labels });
    this.choices = new Choices({ declared, controls });
    this.lang = signal(options.lang ?? preferred());
    this.say = computed(() => speaker(texts, this.lang.value, declared));
    this.step = signal(story[0].name);
    this.embed = signal(options.embed || "");
    this.control = signal("year"); // the one an embedded picture is moved by
    this.projector = signal(false);
    this.choice = signal(OPENING);
    this.problems = signal([]);
    this.klass = signal(null); // the class that this page belongs to (lesson.jsx)
    this.printing = signal(false); // all pictures are wanted at once
    this.hand = signal(false); // whether a hand is on a slider
    this.worlds = new Map(); // those that were lived to their end, by what was asked (living.js)
    this.guesses = signal({}); // by step: what was guessed, what came out, how near it was
    this.lives = WebAssembly.compile(bytesOf(wasm)).then(
      (module) => new Lives({ module, declared, text: workerText }),
    );
    this.lives.catch((error) => (this.problems.value = [new Wrong("engine", { problem: error.message })]));
    this.open(place.read() || options.state || "");
    this.follow();
  }

  // Show what an address says.
  open(hash) {
    const all = new URLSearchParams(hash.replace(/^#/, ""));
    const view = Object.fromEntries(VIEW.map((name) => [name, all.get(name)]));
    for (const name of VIEW) all.delete(name);
    const { choice, problems } = this.choices.fromHash(all.toString());
    const names = this.story.map(({ name }) => name);
    if (view.step && !names.includes(view.step))
      problems.push(new Wrong("unknown_step", { name: view.step.slice(0, 40) }));
    if (view.lang && !LANGUAGES.includes(view.lang))
      problems.push(new Wrong("unknown_value", { name: "lang", value: view.lang.slice(0, 40) }));
    this.opening = true; // the address is there already
    const elsewhere = [...all.keys()].length && !view.step ? this.sandbox() : names[0];
    batch(() => {
      if ([...all.keys()].length || !names.includes(view.step) || view.step === this.sandbox())
        this.choice.value = choice;
      this.problems.value = problems.map((one) => Object.assign(one, { where: "link" }));
      this.step.value = names.includes(view.step) ? view.step : elsewhere;
      if (LANGUAGES.includes(view.lang)) this.lang.value = view.lang;
      if (view.embed !== null) this.embed.value = view.embed;
      if (view.control in this.declared.parameters) this.control.value = view.control;
      this.projector.value = view.projector === "1";
    });
    this.opening = false;
  }

  sandbox() {
    return (this.story.find(({ kind }) => kind === "sandbox") ?? this.story[0]).name;
  }

  // What stands after "#": where the reader is and, in the sandbox or a frame of one picture, what is
  // chosen. `whole`: for somebody else, whose browser may prefer another language.
  hash(whole = false) {
    const view = new URLSearchParams();
    if (this.step.value !== this.story[0].name) view.set("step", this.step.value);
    if (whole || this.lang.value !== preferred()) view.set("lang", this.lang.value);
    if (this.embed.value) view.set("embed", this.embed.value);
    if (this.embed.value && this.control.value !== "year") view.set("control", this.control.value);
    if (this.projector.value) view.set("projector", "1");
    const chosen = this.step.value === this.sandbox() || !["", "story"].includes(this.embed.value);
    return [view.toString(), chosen && this.choices.toHash(this.choice.value)].filter(Boolean).join("&");
  }

  // The address follows: a step of the story, a move and one stroke of a hand are an entry each.
  follow() {
    let { value: step } = this.step,
      { value: choice } = this.choice,
      entered = false; // this stroke has its entry
    effect(() => {
      const hash = this.hash(),
        { value: hand } = this.hand;
      const moved = this.step.value !== step || this.choice.value !== choice;
      place.write(hash, moved && !entered && !this.opening);
      entered = hand && (entered || moved);
      [step, choice] = [this.step.value, this.choice.value];
      globalThis.document.title = `${this.say.value("page.title")}: ${this.say.value("page.subtitle")}`;
      globalThis.document.documentElement.lang = this.lang.value;
      globalThis.document.documentElement.classList.toggle("projector", this.projector.value);
      this.tell({ state: hash });
    });
    globalThis.addEventListener("beforeprint", () => {
      rendering.debounceRendering = (render) => render(); // a printer waits for nothing
      this.printing.value = true;
      rendering.debounceRendering = undefined;
    });
    globalThis.addEventListener("afterprint", () => (this.printing.value = false));
    globalThis.addEventListener("popstate", () => this.open(place.read()));
    globalThis.addEventListener("hashchange", () => this.open(place.read()));
  }

  // Move something of the choice; what cannot be is said, and nothing changes.
  move(change) {
    try {
      const choice = change(this.choice.value, this.choices);
      this.choices.check(choice);
      batch(() => {
        this.choice.value = choice;
        this.problems.value = [];
      });
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      this.problems.value = [error];
    }
  }

  // Keep a guess: { guess, result, near } with how near it came, from 0 to 1.
  guessed(step, found) {
    this.guesses.value = { ...this.guesses.value, [step]: found };
    this.tell({ step, ...found });
    this.onGuess?.(step, found);
  }

  // Who holds the frame is told the state and the guesses.
  tell(message) {
    if (globalThis.parent !== globalThis) globalThis.parent.postMessage({ continuum: message }, "*");
  }
}

function preferred() {
  const [language] = (globalThis.navigator.language || "en").split("-");
  return LANGUAGES.includes(language) ? language : LANGUAGES[0];
}
