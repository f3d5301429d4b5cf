// The trace of one run: lines as they happen, and who waits for which.

const WAIT_LIMIT = 3000; // milliseconds until a wait was in vain
const QUIET_TIME = 60; // milliseconds without a line that count as "nothing more happens"
const SETTLE_LIMIT = 3000;

export class Trace {
  lines = [];
  #waiting = new Set();
  #ended = false;
  inVain = 0;

  add(line) {
    if (this.#ended) return;
    this.lines.push(line);
    for (const waiter of [...this.#waiting]) waiter();
  }

  // Clean-up is not part of the trace, although it may still call listeners.
  end() {
    this.#ended = true;
  }

  // Calls `done` once `count` lines match, counted from the beginning of the scenario, or after the time limit. Never
  // calls it at once: `done` runs when everything deferred has run. A wanted value `true` accepts any value.
  wait(wanted, count, done) {
    const matches = (line) => Object.entries(wanted)
      .every(([key, value]) => (value === true ? Object.hasOwn(line, key) : line[key] === value));
    const check = () => {
      if (this.lines.filter(matches).length < count) return;
      finish();
    };
    const finish = () => {
      this.#waiting.delete(check);
      clearTimeout(timer);
      setImmediate(done);
    };
    const timer = setTimeout(() => {
      this.inVain += 1;
      this.lines.push({ socket: wanted.socket ?? null, inVain: { ...wanted, count } });
      finish();
    }, WAIT_LIMIT);
    this.#waiting.add(check);
    check();
  }

  settle(done) {
    const end = Date.now() + SETTLE_LIMIT;
    const again = (seen) => setTimeout(() => {
      if (this.lines.length === seen || Date.now() > end) done();
      else again(this.lines.length);
    }, QUIET_TIME);
    again(this.lines.length);
  }
}
