const FIRST = 1_000;
const LONGEST = 30_000;
/** A connection that lasted this long was a good one. */
const STEADY = 10_000;

/**
 * How long to wait before the next attempt, in milliseconds: exponential with
 * full jitter, so that ten thousand browsers that lost the same gateway do not
 * come back at the same moment. A server that accepts and hangs up at once
 * does not start it over: only a connection that lasted does.
 */
export class Backoff {
  #attempts = 0;
  #random;

  constructor(random = Math.random) {
    this.#random = random;
  }

  next(longest = LONGEST) {
    const ceiling = Math.min(longest, FIRST * 2 ** this.#attempts++);
    return this.#random() * ceiling;
  }

  lasted(milliseconds) {
    if (milliseconds >= STEADY) this.#attempts = 0;
  }
}
