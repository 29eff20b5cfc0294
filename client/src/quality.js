const REMEMBERED = 5;
const EXCELLENT = 150;
const GOOD = 400;

/**
 * How good the connection is, judged by its last few heartbeats: `excellent`,
 * `good` or `poor`, and `unknown` before the first. The median decides, so that one
 * busy moment of the page does not; two late ones of five always mean `poor`.
 */
export class Quality {
  #samples = [];

  /** Milliseconds from heartbeat to answer; `late` if it took too long. */
  add(latency, late = false) {
    this.#samples = [...this.#samples, { latency, late }].slice(-REMEMBERED);
  }

  clear() {
    this.#samples = [];
  }

  get latency() {
    return this.#samples.at(-1)?.latency ?? null;
  }

  get grade() {
    if (!this.#samples.length) return 'unknown';
    const late = this.#samples.filter((sample) => sample.late).length;
    const sorted = this.#samples.map((sample) => sample.latency).sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    if (late > 1 || median > GOOD) return 'poor';
    return late || median > EXCELLENT ? 'good' : 'excellent';
  }
}
