/**
 * Ids are decimal numbers in strings, longer than a JavaScript number holds.
 * Negative, zero or positive, as `Array.prototype.sort` wants it.
 */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Ids that were seen, the last thousand of them: what comes twice is dropped. */
export class SeenIds {
  #ids = new Set();
  #limit;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  /** True the first time. */
  add(id) {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#limit) this.#ids.delete(this.#ids.values().next().value);
    return true;
  }

  /** True if it was there. */
  delete(id) {
    return this.#ids.delete(id);
  }

  clear() {
    this.#ids.clear();
  }
}
