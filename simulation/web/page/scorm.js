// The page in a learning platform (SCORM 1.2), from the browser's side; silent where there is none.
//
//   const lesson = openLesson({steps: ["post", "duel"]});   the steps that are scored, by name
//   lesson.there                      whether a platform answered
//   lesson.location                   the step at which the reader left, or ""
//   lesson.guesses                    {step: [guess, score]} of earlier visits
//   lesson.place(step);               the reader is at this step
//   lesson.report({step, guess, result, score, latency, choices});
//   lesson.close();                   is also called when the page is left
//
// `guess` and `result` (what the model said) are numbers, or names of choices; `score` how near the
// guess came, from 0 to 1; `latency` seconds from question to guess. `choices`, all names there
// are in order, make a guess of the kind "choice", which the platform knows as a, b, c ...; a name
// without them is "fill-in". Each report is an interaction; the first at a step is what counts. The
// score is the mean over `steps`, from 0 to 100, a step without a guess 0; the lesson is completed
// with the last of `steps`.

const LONGEST = 4000; // characters of suspend_data: 4,096 are allowed
const LONGEST_RESPONSE = 250;
const FAR = 20; // frames and openers looked through

export function openLesson({ steps = [], win = window } = {}) {
  const api = findApi(win);
  const began = Date.now();
  let open = false;
  let number = 0;
  const lesson = {
    there: false,
    location: "",
    guesses: {},
    place,
    report,
    close,
  };

  // A platform that fails takes nothing from the reader: the page goes on without it.
  function call(name, ...words) {
    if (!api) return "";
    try {
      return String(api[name](...words));
    } catch {
      return "";
    }
  }
  const get = (name) => call("LMSGetValue", name);
  const set = (name, value) => call("LMSSetValue", name, String(value)) === "true";

  function begin() {
    open = call("LMSInitialize", "") === "true";
    lesson.there = open;
    if (!open) return;
    number = Number.parseInt(get("cmi.interactions._count"), 10) || 0;
    lesson.location = get("cmi.core.lesson_location");
    lesson.guesses = { ...restored(get("cmi.suspend_data")), ...lesson.guesses };
    if (["not attempted", "unknown", ""].includes(get("cmi.core.lesson_status"))) {
      set("cmi.core.lesson_status", "incomplete");
    }
    call("LMSCommit", "");
  }

  function place(step) {
    lesson.location = step;
    if (!open) return;
    set("cmi.core.lesson_location", step);
    call("LMSCommit", "");
  }

  function report({ step, guess, result, score = 0, latency = null, choices = null }) {
    const near = Math.min(1, Math.max(0, Number.isFinite(score) ? score : 0));
    if (!(step in lesson.guesses)) lesson.guesses[step] = [guess, near];
    if (!open) return;
    interaction({ step, guess, result, near, latency, choices });
    const guessed = steps.filter((name) => name in lesson.guesses);
    const sum = guessed.reduce((all, name) => all + lesson.guesses[name][1], 0);
    set("cmi.core.score.min", 0);
    set("cmi.core.score.max", 100);
    set("cmi.core.score.raw", decimal((100 * sum) / Math.max(1, steps.length), 1));
    if (steps.length > 0 && guessed.length === steps.length) {
      set("cmi.core.lesson_status", "completed");
    }
    set("cmi.suspend_data", kept(lesson.guesses));
    call("LMSCommit", "");
  }

  function interaction({ step, guess, result, near, latency, choices }) {
    const numeric = typeof guess === "number";
    const letter = (name) => String.fromCharCode(97 + choices.indexOf(name));
    const listed = !numeric && choices?.includes(guess) && choices.length <= 26;
    const said = (value) => {
      if (typeof value === "number") return decimal(value, 4);
      if (listed && choices.includes(value)) return letter(value);
      return String(value).slice(0, LONGEST_RESPONSE);
    };
    const here = `cmi.interactions.${number}`;
    if (!set(`${here}.id`, step)) return;
    number += 1;
    set(`${here}.type`, numeric ? "numeric" : listed ? "choice" : "fill-in");
    set(`${here}.time`, clock(new Date()));
    set(`${here}.student_response`, said(guess));
    if (result !== undefined && result !== null) {
      set(`${here}.correct_responses.0.pattern`, said(result));
    }
    set(`${here}.result`, numeric ? decimal(100 * near, 1) : near >= 1 ? "correct" : "wrong");
    if (latency !== null) set(`${here}.latency`, timespan(latency));
  }

  function close() {
    if (!open) return;
    const done = get("cmi.core.lesson_status") === "completed";
    set("cmi.core.session_time", timespan((Date.now() - began) / 1000));
    set("cmi.core.exit", done ? "" : "suspend"); // "suspend": what was guessed is kept
    call("LMSCommit", "");
    call("LMSFinish", "");
    open = false;
    lesson.there = false;
  }

  begin();
  win.addEventListener("pagehide", close);
  win.addEventListener("pageshow", (event) => event.persisted && begin()); // back, from memory
  return lesson;
}

// The platform hangs `API` at a window above ours, or above the one that opened it.
function findApi(win) {
  let here = win;
  for (let i = 0; i < FAR && here; i += 1) {
    try {
      if (here.API) return here.API;
    } catch {
      // a window of another host: it has nothing for us, those above it may have
    }
    here = above(here);
  }
  return null;
}

function above(win) {
  try {
    if (win.parent && win.parent !== win) return win.parent;
    return win.opener ?? null;
  } catch {
    return null;
  }
}

function kept(guesses) {
  const whole = JSON.stringify(guesses);
  if (whole.length <= LONGEST) return whole;
  const scores = Object.entries(guesses).map(([step, [, score]]) => [step, [null, score]]);
  while (JSON.stringify(Object.fromEntries(scores)).length > LONGEST) scores.pop();
  return JSON.stringify(Object.fromEntries(scores));
}

function restored(text) {
  try {
    const found = JSON.parse(text);
    const right = ([, pair]) => Array.isArray(pair) && Number.isFinite(pair[1]);
    return Object.fromEntries(Object.entries(found ?? {}).filter(right));
  } catch {
    return {};
  }
}

// SCORM 1.2 writes numbers without exponents.
function decimal(value, digits) {
  if (!Number.isFinite(value)) return "0";
  const text = value.toFixed(digits);
  const short = text.includes("e") || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
  return short === "-0" ? "0" : short;
}

const two = (n) => String(Math.floor(n)).padStart(2, "0");

function clock(date) {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

function timespan(seconds) {
  const whole = Math.min(Math.max(0, seconds || 0), 9999 * 3600);
  const hours = String(Math.floor(whole / 3600)).padStart(4, "0");
  const rest = (Math.floor((whole % 60) * 100) / 100).toFixed(2).padStart(5, "0");
  return `${hours}:${two((whole % 3600) / 60)}:${rest}`;
}
