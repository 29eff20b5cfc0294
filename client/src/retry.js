import { Backoff } from './backoff.js';
import { BelfryError } from './error.js';
import { isOffline } from './wake.js';

/** Codes of the client and the gateway after which only a person can help. */
const FINAL = new Set(['unauthorized', 'origin_refused', 'session_revoked', 'bad_address']);
/** Those of them that say that the user is one no longer. */
const OUT = new Set(['unauthorized', 'session_revoked']);
/** An endpoint in trouble is come back to sooner than a gateway: it says itself when it wants to be asked. */
const ENDPOINT_PAUSE = 4_000;
/** A server that asks for more is not believed. */
const LONGEST_ASKED = 900_000;
/** While the browser says that there is no network it may be wrong, but seldom is. */
const OFFLINE_PAUSE = 30_000;

/** What trying again does not remove. */
export function isFinal(error) {
  return FINAL.has(error?.code) || error?.final === true;
}

/** Nobody is signed in any more. */
export function isOut(error) {
  return OUT.has(error?.code);
}

/** The same failure has other reasons where there is no network, or where somebody was signed in. */
export function explained(error, wasSignedIn) {
  if (error?.code === 'unauthorized' && wasSignedIn) {
    return new BelfryError('unauthorized', 'The user was signed out. Sign in again', { status: error.status });
  }
  if (isFinal(error) || !isOffline()) return error;
  return new BelfryError('offline', 'This device is offline. It connects again when the network is back');
}

/** When the next attempt is made after one that failed: calls `again()` then. */
export class Retry {
  #again;
  #backoff = new Backoff();
  #timer = null;
  /** Before this none is made, however much anyone wants it: the server said so. */
  #notBefore = 0;

  constructor(again) {
    this.#again = again;
  }

  after(error) {
    const asked = Math.min(error?.retryAfter ?? 0, LONGEST_ASKED);
    this.#notBefore = Date.now() + asked;
    // Everyone was told the same time: the back-off spreads them after it.
    this.#in(asked + this.#pause(error));
  }

  /** The network or the person is back: no reason to wait any longer. */
  soon() {
    if (this.#timer) this.#in(Math.max(0, this.#notBefore - Date.now()));
  }

  /** Only a connection that lasted starts the pauses over. */
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
