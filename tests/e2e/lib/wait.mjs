// Waiting without sleeping: for an event, with a deadline whose error names what was
// awaited. Deadlines are generous, since they are only reached when a test fails.

import { setTimeout as pause } from 'node:timers/promises';

export const DEADLINE_MS = 20_000;

/** The promise's value, or, after the deadline, an error that names what did not come. */
export function within(promise, what, ms = DEADLINE_MS) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what()}`)), ms);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/**
 * Polls until `ask` returns something truthy: for changes without an event, such as
 * that of a database row.
 */
export async function eventually(ask, what, ms = DEADLINE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await pause(10);
  }
}

/** A queue of things that arrive, and of waiters for the next one of a kind. */
export class Inbox {
  #waiting = [];

  constructor(name) {
    this.name = name;
    this.all = [];
    this.taken = 0;
  }

  put(thing) {
    this.all.push(thing);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next thing that fits. It is consumed, and so are those skipped before it. */
  next(fits = () => true, what = 'anything') {
    const take = () => {
      while (this.taken < this.all.length) {
        const thing = this.all[this.taken++];
        if (fits(thing)) return thing;
      }
      return undefined;
    };
    return this.#until(take, what);
  }

  /** The first thing that fits among all that have arrived, consumed or not, or will arrive. */
  find(fits, what, ms) {
    return this.#until(() => this.all.find(fits), what, ms);
  }

  #until(look, what, ms) {
    const search = async () => {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        await new Promise((wake) => this.#waiting.push(wake));
      }
    };
    return within(search(), () => `${what} from ${this.name}; there came ${this.#summary()}`, ms);
  }

  #summary() {
    return JSON.stringify(this.all.slice(-12)).slice(0, 3000);
  }
}
