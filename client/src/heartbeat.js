const INTERVAL = 30_000;
/** An answer later than this counts as late; later than twice this, the connection is dead. */
const LATE = 5_000;
const DEAD = 10_000;

/**
 * Asks the gateway every 30 s whether it is there: a browser notices a lost
 * network only after minutes, and shows nothing of WebSocket's own pings.
 *
 * Calls `send()` for a heartbeat, `onBeat(milliseconds, late)` when it is
 * answered, `onDead()` when it is not.
 */
export class Heartbeat {
  #hooks;
  #timer;
  #sentAt = 0;

  constructor(hooks) {
    this.#hooks = hooks;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#sentAt = 0;
  }

  /** At once: something has happened that may have cost the connection. */
  beat() {
    if (this.#sentAt) return;
    clearTimeout(this.#timer);
    this.#sentAt = Date.now();
    this.#timer = setTimeout(() => this.#unanswered(), DEAD);
    this.#hooks.send();
  }

  answered() {
    if (!this.#sentAt) return;
    const latency = Date.now() - this.#sentAt;
    this.#sentAt = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.beat(), INTERVAL);
    this.#hooks.onBeat(latency, latency > LATE);
  }

  #unanswered() {
    // A machine that slept or a throttled tab runs this long after its time: the answer may
    // lie unread, so that only a heartbeat sent now can tell.
    const slept = Date.now() - this.#sentAt > DEAD + LATE;
    this.#sentAt = 0;
    if (slept) this.beat();
    else this.#hooks.onDead();
  }
}
