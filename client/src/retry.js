import { Backoff } from './backoff.js';
import { BelfryError } from './error.js';
import { isOffline } from './wake.js';

/** Codes of the client and the gateway where only a person can help. */
const FINAL = new Set(['unauthorized', 'origin_refused', 'session_revoked', 'bad_address']);
/** Those that mean that nobody is signed in any more. */
const OUT = new Set(['unauthorized', 'session_revoked']);
/** A failing endpoint is asked again sooner than a gateway: it says itself when (`Retry-After`). */
const ENDPOINT_PAUSE = 4_000;
/** A longer wait than this, demanded by a server, is cut short. */
const LONGEST_ASKED = 900_000;
/** When the browser says that there is no network it is usually right, so attempts are rare. */
const OFFLINE_PAUSE = 30_000;

/** Whether trying again would not help. */
export function isFinal(error) {
  return FINAL.has(error?.code) || error?.final === true;
}

/** Nobody is signed in any more. */
export function isOut(error) {
  return OUT.has(error?.code);
}

/** The same failure has another reason if there is no network, or if somebody was signed in before. */
export function explained(error, wasSignedIn) {
  if (error?.code === 'unauthorized' && wasSignedIn) {
    return new BelfryError('unauthorized', 'The user was signed out. Sign in again', { status: error.status });
  }
  if (isFinal(error) || !isOffline()) return error;
  return new BelfryError('offline', 'This device is offline. It connects again when the network is back');
}

/** RFC 9110 10.2.3: seconds or a date; here milliseconds from now. */
export function retryAfter(value) {
  if (!value) return 0;
  const wait = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.now();
  return Math.max(0, wait) || 0;
}

/** Calls `again()` when the next attempt is due after one that failed. */
export class Retry {
  #again;
  #backoff = new Backoff();
  #timer = null;
  /** No attempt is made before this, whoever asks for one: the server said so. */
  #notBefore = 0;

  constructor(again) {
    this.#again = again;
  }

  /** `retryAfter`: milliseconds that the server asks for. */
  after(error, retryAfter = error?.retryAfter ?? 0) {
    const asked = Math.min(retryAfter, LONGEST_ASKED);
    this.#notBefore = Date.now() + asked;
    // All clients were told the same time: the back-off spreads them behind it.
    this.#in(asked + this.#pause(error));
  }

  /** The network or the user is back: no reason to wait any longer. */
  soon() {
    if (this.#timer) this.#in(Math.max(0, this.#notBefore - Date.now()));
  }

  /** Only a connection that lasted resets the pauses. */
  lasted(milliseconds) {
    this.#backoff.lasted(milliseconds);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #pause(error) {
    if (error?.code === 'offline') return OFFLINE_PAUSE * (0.5 + 0.5 * Math.random());
    return this.#backoff.next(error?.status >= 500 ? ENDPOINT_PAUSE : undefined);
  }

  #in(delay) {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#again();
    }, delay);
  }
}
