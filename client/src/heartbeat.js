/** An answer after more than `late` counts as late; without one after `dead`, the connection is dead. */
const TIMES = { interval: 30_000, late: 5_000, dead: 10_000 };

/**
 * Sends a heartbeat every 30 s: a browser notices a lost network only after
 * minutes, and does not show WebSocket pings to scripts.
 *
 * Calls `send()` for a heartbeat, `onBeat(milliseconds, late)` when it is
 * answered, and `onDead()` when it is not.
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

  /** Checks now: something has happened that may have broken the connection. */
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
    // After sleep, or in a throttled tab, this timer fires long after its time. The answer may
    // have arrived and not been read yet, so only a new heartbeat can tell.
    const slept = Date.now() - this.#sentAt > this.#times.dead + this.#times.late;
    this.#sentAt = 0;
    if (slept) this.beat();
    else this.#hooks.onDead();
  }
}
