/** Up to this many calls in this many milliseconds are passed on one by one; further ones are merged. */
const FREE = 4;
const SPAN = 100;

/**
 * Calls back after each `call()` while there are few. Of many in a short time, the
 * first are passed on at once and the rest together, so that thousands of rows
 * cause a few updates and not thousands.
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

  /** Passes on now what is waiting. */
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
