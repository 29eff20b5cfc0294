import { Backoff } from './backoff.js';
import { isLost, isPassing } from './error.js';

const PAGE = 100;
/** Of one check: a list of as many rows as the inbox holds, and some gaps in it. */
const PAGES = 8;
const LONGEST_PAUSE = 10_000;

/**
 * Brings the inbox to what the table says, after a time in which changes were not
 * heard: first what is unread, then page by page whatever was listed before. What
 * one check does not reach is dropped from the list.
 *
 * `list(range, isCheck)` requests a page, passes it to the inbox and resolves with its `reach`.
 */
export class Reconciler {
  #inbox;
  #list;
  #onError;
  #run = null;
  #timer;

  constructor({ inbox, list, onError }) {
    this.#inbox = inbox;
    this.#list = list;
    this.#onError = onError;
  }

  start() {
    this.stop();
    this.#inbox.doubt();
    this.#attempt((this.#run = { backoff: new Backoff() }));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#run = null;
  }

  async #attempt(run) {
    try {
      await this.#list({ unread: true, limit: PAGE });
      await this.#check(run);
    } catch (error) {
      if (run !== this.#run || isLost(error)) return;
      if (!isPassing(error)) return this.#onError(error);
      this.#timer = setTimeout(() => this.#attempt(run), run.backoff.next(LONGEST_PAUSE));
    }
  }

  async #check(run) {
    let reach;
    for (let pages = 0; run === this.#run; pages++) {
      const range = this.#inbox.unchecked(reach);
      if (!range) return;
      // A page may be empty although there are more rows: then nothing is known of those.
      if (pages === PAGES || (pages && reach === undefined)) return this.#inbox.forget(reach);
      reach = await this.#list(range, true);
    }
  }
}
