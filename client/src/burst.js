/** So many calls in so many milliseconds are each told at once; more are one. */
const FREE = 4;
const SPAN = 100;

/**
 * Calls back after each `call()`, where they are few; of many in a short time
 * the first at once and the rest together, so that what thousands of rows set
 * off is done a few times and not thousands of times.
 */
export class Burst {
  #run;
  #free = FREE;
  #since = -Infinity;
  #timer = null;

  constructor(run) {
    this.#run = run;
  }

  call() {
    if (this.#timer) return;
    const now = Date.now();
    if (now - this.#since >= SPAN || now < this.#since) {
      this.#since = now;
      this.#free = FREE;
    }
    if (this.#free-- > 0) this.#run();
    else this.#timer = setTimeout(() => this.flush(), SPAN);
  }

  /** What waits is told now. */
  flush() {
    if (!this.#timer) return;
    this.stop();
    this.#free = 0;
    this.#since = Date.now();
    this.#run();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
