// A lesson held by `continuum serve --class`, from the browser's side (the protocol: classroom.py).
//
//   const me = await joinClass(base, code);    a student; base "" is the server of this page
//   const me = await rejoinClass(base);        after a reload: the same student, or null
//   const me = teachClass(base, token);        the teacher; token = takeToken(), "" for students,
//                                              called before the page reads its own address
//
//   await me.guess(step, value);               a number, or the short name of a choice
//   await me.step(name);                       the teacher's: the class is at that step
//   await me.open(true);                       guessing is open, or closed (false)
//   await me.reveal();                         all are told the guesses
//   const stop = me.watch(told, {lost, gone}); asks once a second, and calls when something is new
//
// `told(state)`: {step, open, revealed, n_students, n_guesses, guesses?, mine?, code?}; `guesses`
// are all at this step, in order of size: for the teacher always, for students once revealed; `mine`
// the student's own or null, `code` the class code, for the teacher's screen. `lost(error)`: the
// server does not answer, we go on asking; `gone(error)`: this ticket or token is none (any more),
// we stopped. All but watch and takeToken are promises that fail with a ClassError: `message` is
// one line, `status` that of HTTP, 0 where nobody answered.

const EVERY = 1000; // ms between two questions
const LONGEST_WAIT = 8000; // ms, while nobody answers
const PATIENCE = 10000; // ms for one answer
const TICKET = "continuum-ticket";
const TOKEN = "continuum-teacher";

export class ClassError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ClassError";
    this.status = status;
  }
}

export async function joinClass(base, code) {
  const { ticket } = await ask(base, "join", { code: String(code) });
  keep(TICKET, ticket);
  return student(base, ticket);
}

export async function rejoinClass(base) {
  const ticket = kept(TICKET);
  if (!ticket) return null;
  const me = student(base, ticket);
  try {
    await me.state();
    return me;
  } catch (error) {
    if (error.status !== 403) throw error; // it may answer later
    keep(TICKET, "");
    return null;
  }
}

export function teachClass(base, token) {
  const state = () => ask(base, "state", null, token);
  return {
    state,
    step: (step) => ask(base, "step", { token, step }),
    open: (open = true) => ask(base, "open", { token, open }),
    reveal: () => ask(base, "reveal", { token }),
    watch: (told, heard) => watching(state, told, heard),
  };
}

// The teacher's token stands in the address once; it is taken out before a class can read it there.
export function takeToken(win = window) {
  const said = new URLSearchParams(win.location.hash.slice(1));
  const token = said.get("teacher");
  if (!token) return kept(TOKEN);
  said.delete("teacher");
  const rest = said.toString();
  const address = win.location.pathname + win.location.search + (rest && `#${rest}`);
  win.history.replaceState(win.history.state, "", address);
  keep(TOKEN, token);
  return token;
}

function student(base, ticket) {
  const state = () => ask(base, `state?ticket=${encodeURIComponent(ticket)}`);
  return {
    ticket,
    state,
    guess: (step, guess) => ask(base, "guess", { ticket, step, guess }),
    watch: (told, heard) => watching(state, told, heard),
  };
}

async function ask(base, question, message = null, token = "") {
  let answer;
  let said;
  try {
    answer = await fetch(`${base.replace(/\/$/, "")}/class/${question}`, {
      method: message ? "POST" : "GET",
      headers: {
        ...(message && { "Content-Type": "application/json" }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: message && JSON.stringify(message),
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    });
    said = await answer.json();
  } catch {
    throw new ClassError("the class does not answer", 0);
  }
  if (!answer.ok) throw new ClassError(String(said.error ?? answer.status), answer.status);
  return said;
}

function watching(state, told, { lost = () => {}, gone = () => {} } = {}) {
  let before = "";
  let wait = EVERY;
  let timer = 0;
  let stopped = false;
  const look = async () => {
    try {
      const found = await state();
      if (stopped) return;
      wait = EVERY;
      const text = JSON.stringify(found);
      if (text !== before) told(found);
      before = text;
    } catch (error) {
      if (stopped) return;
      if (!(error instanceof ClassError)) throw error; // of `told`: not ours to hide
      if (error.status === 403) {
        gone(error);
        return;
      }
      lost(error);
      before = ""; // so that what is found again is told
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
    timer = setTimeout(look, wait * (0.9 + 0.2 * Math.random())); // a class does not ask in step
  };
  look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

// A frame of another host may keep nothing: then a reload joins again.
function keep(name, text) {
  try {
    if (text) sessionStorage.setItem(name, text);
    else sessionStorage.removeItem(name);
  } catch {
    // nothing is kept
  }
}

function kept(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}
