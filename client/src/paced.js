import { offline } from './error.js';

/** The gateway accepts 50 events a second and 100 at once: some are left for the page itself. */
const RATE = 40;
const BURST = 60;
const SLOWEST = 2;
const SMALLEST = 8;
/** How much of the rate is regained with each answer after it was lowered. */
const RECOVERY = 0.05;
/** Requests that may wait for their answers at the same time. */
const WIDEST = 16;
const LIMITED_PAUSE = 500;

/**
 * Requests that the library makes by itself, at a pace that the gateway accepts:
 * within a rate, few at a time, slower after an answer `rate_limited`.
 *
 * `run(ask)` calls `ask()` when its turn comes and resolves or rejects as that does.
 */
export class Paced {
  #waiting = [];
  #later = [];
  #running = 0;
  #window = WIDEST;
  #rate = RATE;
  #burst = BURST;
  #allowance = BURST;
  #countedAt = Date.now();
  #timer = null;

  run(ask, { later = false } = {}) {
    return new Promise((resolve, reject) => {
      (later ? this.#later : this.#waiting).push({ ask, resolve, reject });
      this.#next();
    });
  }

  /** For a new connection: drops what waited for the previous one, and starts slowly. */
  restart() {
    clearTimeout(this.#timer);
    this.#timer = null;
    for (const { reject } of [...this.#waiting.splice(0), ...this.#later.splice(0)]) reject(offline());
    this.#window = 1;
    this.#running = 0;
    this.#allowance = this.#burst;
    this.#countedAt = Date.now();
  }

  #next() {
    while (!this.#timer && this.#running < this.#window && this.#waiting.length + this.#later.length) {
      if (!this.#allowed()) return;
      this.#start(this.#waiting.shift() ?? this.#later.shift());
    }
  }

  #allowed() {
    const now = Date.now();
    const earned = (Math.max(0, now - this.#countedAt) * this.#rate) / 1000;
    this.#allowance = Math.min(this.#burst, this.#allowance + earned);
    this.#countedAt = now;
    if (this.#allowance < 1) return this.#wait(((1 - this.#allowance) * 1000) / this.#rate);
    this.#allowance--;
    return true;
  }

  #wait(milliseconds) {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#next();
    }, Math.ceil(milliseconds));
    return false;
  }

  async #start({ ask, resolve, reject }) {
    this.#running++;
    try {
      resolve(await ask());
      this.#faster();
    } catch (error) {
      if (error.code === 'rate_limited') this.#slower();
      reject(error);
    }
    this.#running = Math.max(0, this.#running - 1);
    this.#next();
  }

  #faster() {
    this.#window = Math.min(WIDEST, this.#window * 2);
    this.#rate = Math.min(RATE, this.#rate + RECOVERY);
    this.#burst = Math.min(BURST, this.#burst + RECOVERY);
  }

  #slower() {
    this.#window = Math.max(1, this.#window >> 1);
    this.#allowance = 0;
    if (this.#timer) return;
    this.#rate = Math.max(SLOWEST, this.#rate / 2);
    this.#burst = Math.max(SMALLEST, this.#burst / 2);
    this.#wait(LIMITED_PAUSE);
  }
}
