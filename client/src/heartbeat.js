/** An answer later than `late` counts as late; later than `dead`, what is asked is dead. */
const TIMES = { interval: 30_000, late: 5_000, dead: 10_000 };

/**
 * Asks the gateway every 30 s whether it is there: a browser notices a lost
 * network only after minutes, and shows nothing of WebSocket's own pings.
 *
 * Calls `send()` for a heartbeat, `onBeat(milliseconds, late)` when it is
 * answered, `onDead()` when it is not.
 */
export class Heartbeat {
  #hooks;
  #times;
  #timer;
  #sentAt = 0;

  constructor(hooks, times = TIMES) {
    this.#hooks = hooks;
    this.#times = times;
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
    this.#timer = setTimeout(() => this.#unanswered(), this.#times.dead);
    this.#hooks.send();
  }

  answered() {
    if (!this.#sentAt) return;
    const latency = Date.now() - this.#sentAt;
    this.#sentAt = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.beat(), this.#times.interval);
    this.#hooks.onBeat(latency, latency > this.#times.late);
  }

  #unanswered() {
    // A machine that slept or a throttled tab runs this long after its time: the answer may
    // lie unread, so that only a heartbeat sent now can tell.
    const slept = Date.now() - this.#sentAt > this.#times.dead + this.#times.late;
    this.#sentAt = 0;
    if (slept) this.beat();
    else this.#hooks.onDead();
  }
}
