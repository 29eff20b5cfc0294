/** Between two renewals, whatever causes them. */
const PAUSE = 30_000;
/** The gateway tells many clients at once: they renew at a random moment within this time. */
const SPREAD = 10_000;
/** A timer takes 31 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * When a token is renewed: once, at a random moment between three and four fifths
 * of its lifetime, or soon after the gateway announced its end. Never twice within
 * half a minute, whatever the gateway says or the endpoint answers.
 */
export class Renewal {
  #renew;
  #timer;
  #at = Infinity;
  #lastAt = -Infinity;

  /** Calls `renew()` when it is time to. */
  constructor(renew) {
    this.#renew = renew;
  }

  /** The client now has a token that ends then. */
  plan({ endsAt }) {
    const left = endsAt - Date.now();
    this.#set(Date.now() + Math.max(left * (0.6 + 0.2 * Math.random()), pause()));
  }

  /** The gateway says that the token ends in that many seconds. Saying it again changes nothing. */
  soon(expiresIn) {
    const left = Number.isFinite(expiresIn) ? Math.max(expiresIn, 0) * 1000 : SPREAD;
    const spread = Math.min(left / 2, SPREAD) * (1 - Math.random());
    const at = Math.max(Date.now(), this.#lastAt + PAUSE) + spread;
    if (at < this.#at) this.#set(at);
  }

  /** A renewal failed and may be tried again, in `retryAfter` milliseconds at the earliest. */
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
