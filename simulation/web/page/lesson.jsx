// A lesson: with a class (classroom.js), whose guesses are gathered and revealed for all; or in a
// learning platform (scorm.js), which is told how near each guess came.

import { effect, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { joinClass, rejoinClass, teachClass } from "./classroom.js";
import { Guesses } from "./pictures_worlds.jsx";
import { openLesson } from "./scorm.js";

// The class this page belongs to, as signals: role "teacher" or "student", what the server said last,
// and whether it answers.
class Klass {
  constructor(app, role, me) {
    Object.assign(this, { app, role, me, state: signal(null), lost: signal(false), problem: signal("") });
    me.watch((state) => this.told(state), { lost: () => (this.lost.value = true), gone: () => this.left() });
    if (role === "teacher") effect(() => this.send(me.step(app.step.value).then(() => me.open(true))));
  }

  told(state) {
    this.lost.value = false;
    this.state.value = state;
    const known = this.app.story.some(({ name }) => name === state.step);
    if (this.role === "student" && known) this.app.step.value = state.step;
  }

  left() {
    this.app.klass.value = null;
  }

  // What is asked of the server; what it refuses is said.
  send(asked) {
    asked
      .then((state) => state && this.role === "teacher" && this.told(state))
      .catch((error) => (this.problem.value = error.message));
  }

  revealed(step) {
    const { value: state } = this.state;
    return state?.step === step.name && state.revealed;
  }
}

// Begin what this page is for; `app.klass` is null until a class is joined. `token`: the teacher's.
export function beginLesson(app, token) {
  if (app.options.scorm) inPlatform(app);
  if (!app.options.class) return;
  if (token) app.klass.value = new Klass(app, "teacher", teachClass("", token));
  else
    rejoinClass("").then(
      (me) => me && (app.klass.value = new Klass(app, "student", me)),
      () => {},
    );
}

function inPlatform(app) {
  const steps = app.story.filter(({ kind }) => kind !== "sandbox").map(({ name }) => name);
  const lesson = openLesson({ steps });
  if (app.story.some(({ name }) => name === lesson.location)) app.step.value = lesson.location;
  let since = performance.now();
  effect(() => {
    lesson.place(app.step.value);
    since = performance.now();
  });
  app.onGuess = (step, { guess, result, near, choices = null }) =>
    lesson.report({ step, guess, result, score: near, latency: (performance.now() - since) / 1000, choices });
}

// Where a student enters the code that the teacher shows.
export function Join({ app }) {
  const say = app.say.value;
  const [code, setCode] = useState(""),
    [problem, setProblem] = useState("");
  const join = (event) => {
    event.preventDefault();
    joinClass("", code).then(
      (me) => (app.klass.value = new Klass(app, "student", me)),
      ({ status }) =>
        setProblem(
          say(status === 403 ? "class.wrong_code" : status === 429 ? "class.too_fast" : "class.lost"),
        ),
    );
  };
  return (
    <form class="join" onSubmit={join}>
      <h1>{say("class.title")}</h1>
      <label>
        {say("class.enter_code")}{" "}
        <input
          value={code}
          autocomplete="off"
          maxLength={20}
          onInput={(event) => setCode(event.target.value)}
        />
      </label>
      <button class="main">{say("class.join")}</button>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="note">{say("class.nothing_kept")}</p>
    </form>
  );
}

const many = (say, what, n) => say(`class.${what}_${n === 1 ? "one" : "many"}`, { n });

// What the teacher sees at the head of the page: the code, who is there, how many have guessed.
export function Bar({ app }) {
  const say = app.say.value,
    { value: klass } = app.klass,
    state = klass.state.value;
  return (
    <p class="klass" role="status">
      {state?.code && (
        <>
          {say("class.code")} <b class="code">{state.code}</b>
        </>
      )}
      {state && (
        <span>
          {many(say, "students", state.n_students)}, {many(say, "guesses", state.n_guesses)}
        </span>
      )}
      {klass.lost.value && <span class="problem">{say("class.lost")}</span>}
      {klass.problem.value && <span class="problem">{klass.problem.value}</span>}
    </p>
  );
}

// The button that shows what happens: alone, for the whole class, or (a student's) that sends the guess
// and waits. `onShow` is called once it is time.
export function Reveal({ app, step, guess, shown, ready = true, onShow, result = null }) {
  const say = app.say.value,
    { value: klass } = app.klass,
    revealed = klass?.revealed(step) ?? false;
  useEffect(() => {
    if (revealed && ready && !shown) onShow();
  }, [revealed, ready, shown]);
  if (!klass)
    return shown ? null : (
      <button type="button" class="main" onClick={onShow} disabled={!ready || guess === null}>
        {say("page.guess")}
      </button>
    );
  const state = klass.state.value;
  if (revealed) return <Guesses app={app} step={step} guesses={state.guesses ?? []} result={result} />;
  if (klass.role === "teacher")
    return (
      <button type="button" class="main" onClick={() => klass.send(klass.me.reveal())} disabled={!ready}>
        {say("class.reveal")}
      </button>
    );
  const here = state?.step === step.name,
    mine = here ? state.mine : null;
  return (
    <>
      <button
        type="button"
        class="main"
        disabled={!here || !state.open || guess === null}
        onClick={() => klass.send(klass.me.guess(step.name, guess))}
      >
        {say("class.send")}
      </button>
      <p role="status">
        {mine === null || mine === undefined
          ? say("class.joined")
          : `${say("class.sent")} ${say("class.waiting_teacher")}`}
      </p>
    </>
  );
}
