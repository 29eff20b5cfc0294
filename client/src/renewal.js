/** Between two renewals, whoever asks for them. */
const PAUSE = 30_000;
/** The gateway tells many at once: they answer within this time, not all in the same moment. */
const SPREAD = 10_000;
/** Timers hold no more than 31 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * When a token is renewed: once, at a random moment between three and four
 * fifths of its life, or soon after the gateway said that it ends. Never twice
 * within half a minute, whatever the gateway says or the endpoint answers.
 */
export class Renewal {
  #renew;
  #timer;
  #at = Infinity;
  #lastAt = -Infinity;

  /** Calls `renew()` when it is time. */
  constructor(renew) {
    this.#renew = renew;
  }

  /** A token is held that ends then. */
  plan({ endsAt }) {
    const left = endsAt - Date.now();
    this.#set(Date.now() + Math.max(left * (0.6 + 0.2 * Math.random()), pause()));
  }

  /** The gateway says that the token ends in that many seconds; said again, it changes nothing. */
  soon(expiresIn) {
    const left = Number.isFinite(expiresIn) ? Math.max(expiresIn, 0) * 1000 : SPREAD;
    const spread = Math.min(left / 2, SPREAD) * (1 - Math.random());
    const at = Math.max(Date.now(), this.#lastAt + PAUSE) + spread;
    if (at < this.#at) this.#set(at);
  }

  /** It failed, and may be tried again, in `retryAfter` milliseconds at the earliest. */
  again(retryAfter = 0) {
    this.#set(Date.now() + Math.max(retryAfter, PAUSE) + pause() - PAUSE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#at = Infinity;
  }

  #set(at) {
    this.stop();
    this.#at = at;
    this.#timer = setTimeout(() => this.#due(), Math.min(at - Date.now(), LONGEST_TIMER));
  }

  #due() {
    if (this.#at > Date.now() + PAUSE) return this.#set(this.#at);
    this.#at = Infinity;
    this.#lastAt = Date.now();
    this.#renew();
  }
}

/** Half a minute to a minute. */
function pause() {
  return PAUSE + PAUSE * (1 - Math.random());
}
