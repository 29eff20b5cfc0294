/** What begins again so soon after it ended is kept for a moment the next time it ends. */
const CHURN = 5_000;
const LINGER = 2_000;

/**
 * Something that lasts while anyone holds it: `begin()` starts it and returns a
 * function that ends it. Strict Mode, `<Activity>` and a change of page release it
 * and take it again at once, so it ends `later`, and not if somebody holds it again
 * by then.
 */
export class Tenure {
  #begin;
  #later;
  #end = null;
  #holders = 0;
  #timer;
  #lingers = false;
  #endedAt = -Infinity;

  constructor(begin, later = (run) => setTimeout(run)) {
    this.#begin = begin;
    this.#later = later;
  }

  /** Returns a function that releases it. */
  take() {
    this.#holders++;
    clearTimeout(this.#timer);
    if (!this.#end) {
      this.#lingers = Date.now() - this.#endedAt < CHURN;
      this.#end = this.#begin();
    }
    let holds = true;
    return () => {
      if (holds) this.#release();
      holds = false;
    };
  }

  #release() {
    if (--this.#holders) return;
    if (this.#lingers) this.#timer = setTimeout(() => this.#rest(), LINGER);
    else this.#later(() => this.#rest());
  }

  #rest() {
    if (this.#holders || !this.#end) return;
    this.#end();
    this.#end = null;
    this.#endedAt = Date.now();
  }
}
