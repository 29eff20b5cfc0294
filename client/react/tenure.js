/** What was ended so short a time ago comes and goes: from then on it is kept for a moment when it goes. */
const CHURN = 5_000;
const LINGER = 2_000;

/**
 * Something that is there while anyone holds it: `begin()` starts it and
 * returns what ends it. Strict Mode, `<Activity>` and a change of page let go
 * and take hold again at once: it ends `later`, and not at all where somebody
 * holds it by then.
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

  /** Returns what lets go. */
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
