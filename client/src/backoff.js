const FIRST = 1_000;
const LONGEST = 30_000;
/** A connection that lasted this long counts as good, and resets the back-off. */
const STEADY = 10_000;

/**
 * How long to wait before the next attempt, in milliseconds: exponential with
 * full jitter, so that ten thousand browsers that lost the same gateway do not
 * all reconnect at the same moment. Only a connection that lasted resets it: a
 * server that accepts a connection and closes it at once does not.
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
