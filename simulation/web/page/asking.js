// Two Workers that live worlds. What a hand moves comes first, A beside B; other worlds fill the time
// that is left. Only the newest setting is lived: what is under way for an older one is ended with its
// Worker, unless it is nearly done.

const PATIENCE = 150; // ms that a new setting waits for the Worker of an older one

class Lane {
  constructor(begin) {
    this.begin = begin;
    this.job = null;
    this.open();
  }

  open() {
    this.worker = this.begin();
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => {
      // a Worker that could not even be read says nothing: VS Code forbids those of a Blob
      if (!event.message && this.begin.otherwise()) return this.again();
      return this.answered({ refused: event.message || "the engine stopped" });
    };
  }

  // With another Worker what was asked of one that never began.
  again() {
    this.open();
    if (this.job) this.worker.postMessage({ id: this.job.id, ...this.job.asked });
  }

  // Do it now; `done(answer)`.
  start(job) {
    this.job = { ...job, since: performance.now() };
    this.worker.postMessage({ id: job.id, ...job.asked });
  }

  answered(answer) {
    const { job } = this;
    if (!job || (answer.id !== undefined && answer.id !== job.id)) return;
    this.job = null;
    if (answer.refused) job.failed(new Error(answer.refused));
    else job.done(answer);
  }

  // End what is under way, and return what it was.
  end() {
    const { job } = this;
    if (!job) return null;
    this.worker.terminate();
    this.job = null;
    this.open();
    return job;
  }
}

// One side of what is asked, with what happened to whom.
const one = ({ strategies, ...asked }, i) => ({ ...asked, strategies: [strategies[i]], events: true });

// What becomes of a question when a newer one is asked.
export class Superseded extends Error {}

// What begins Workers for a lane: of a Blob, or where these are forbidden of a "data:" address.
function beginner(text, told) {
  const blob = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const data = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  return () => {
    let url = blob;
    const begin = () => {
      const worker = new Worker(url);
      worker.postMessage(told);
      return worker;
    };
    begin.otherwise = () => url !== data && Boolean((url = data));
    return begin;
  };
}

export class Lives {
  // `module`: the compiled engine; `text`: the source of the Worker.
  constructor({ module, declared, text }) {
    const begin = beginner(text, { module, declared });
    this.lanes = [begin(), begin()].map((beginsOne) => new Lane(beginsOne));
    this.waiting = [null, null]; // the newest job of each lane that a hand waits for
    this.others = []; // other worlds, in turn
    this.next = 0;
  }

  // The sides of what is asked (at most two), each in a Worker of its own.
  pair(asked) {
    const jobs = asked.strategies.map((_, i) => this.soon(i, { live: one(asked, i) }));
    return Promise.all(jobs).then((answers) => answers.map(({ sides }) => sides[0]));
  }

  // What happened to a person on one side of what is asked.
  diary(asked, i, person) {
    return this.soon(i, { diary: { person, live: one(asked, i) } }).then(({ rows }) => rows);
  }

  // The sides of another world, when a lane is free.
  other(asked) {
    return new Promise((done, failed) => {
      this.others.push({
        asked: { live: { ...asked, events: false } },
        done: ({ sides }) => done(sides),
        failed,
        other: true,
      });
      this.onward();
    });
  }

  // Nobody waits for other worlds any more.
  forget() {
    for (const job of this.others.splice(0)) job.failed(new Superseded());
    for (const lane of this.lanes) if (lane.job?.other) lane.end().failed(new Superseded());
    this.onward();
  }

  soon(lane, asked) {
    return new Promise((done, failed) => {
      this.waiting[lane]?.failed(new Superseded());
      this.waiting[lane] = { asked, done, failed };
      const { job } = this.lanes[lane];
      const left = job ? PATIENCE - (performance.now() - job.since) : 0;
      if (left <= 0) this.onward(lane);
      else setTimeout(() => this.waiting[lane] && this.onward(lane), left);
    });
  }

  // Give every free lane something to do; `hurried` is not waited for.
  onward(hurried = -1) {
    this.lanes.forEach((lane, i) => {
      if (i === hurried && this.waiting[i]) this.cut(lane);
      if (lane.job) return;
      const job = this.waiting[i] ?? this.others.shift();
      if (!job) return;
      if (job === this.waiting[i]) this.waiting[i] = null;
      const then = (settle) => (answer) => (settle(answer), this.onward());
      lane.start({ ...job, whole: job, id: this.next++, done: then(job.done), failed: then(job.failed) });
    });
  }

  // End what a lane does for somebody who waits for it: another world has its turn again later.
  cut(lane) {
    const job = lane.end();
    if (job?.other) this.others.unshift(job.whole);
    else job?.failed(new Superseded());
  }
}
