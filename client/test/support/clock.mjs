/**
 * Time that stands still until a test advances it: replaces the timers and `Date.now`
 * of this process until the test ends.
 *
 *     const clock = new Clock(t);
 *     await clock.advance(30_000);
 */
export class Clock {
  now = 1_000_000_000_000;
  #timers = new Map();
  #lastId = 0;

  constructor(test) {
    const { setTimeout, clearTimeout } = globalThis;
    const { now } = Date;
    this.turn = () => new Promise((resolve) => setImmediate(resolve));
    globalThis.setTimeout = (run, delay = 0) => {
      this.#timers.set(++this.#lastId, { run, at: this.now + delay });
      return this.#lastId;
    };
    globalThis.clearTimeout = (id) => {
      // An object is one of Node's own timers, started before this clock.
      if (!this.#timers.delete(id) && typeof id === 'object') clearTimeout(id);
    };
    Date.now = () => this.now;
    test.after(() => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = now;
    });
  }

  /** The pending timers, in milliseconds from now. */
  get waits() {
    return [...this.#timers.values()].map(({ at }) => at - this.now).sort((a, b) => a - b);
  }

  /** Runs the timers that become due one by one, each followed by the promise callbacks it triggered. */
  async advance(milliseconds) {
    const end = this.now + milliseconds;
    for (let next; (next = this.#nextUntil(end)); ) {
      const [id, { run, at }] = next;
      this.#timers.delete(id);
      this.now = Math.max(this.now, at);
      run();
      await this.turn();
    }
    this.now = end;
    await this.turn();
  }

  /** The machine sleeps: time passes, and timers run late. */
  sleep(milliseconds) {
    this.now += milliseconds;
  }

  #nextUntil(end) {
    return [...this.#timers]
      .filter(([, { at }]) => at <= end)
      .sort(([, a], [, b]) => a.at - b.at)[0];
  }
}
