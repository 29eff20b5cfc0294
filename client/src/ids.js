/**
 * Compares two ids: decimal numbers in strings, which may be larger than a JavaScript
 * number can hold. Returns a negative number, zero or a positive one, for `sort`.
 */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** A list of rows before this id begins with the row itself. */
export function idAfter(id) {
  return String(BigInt(id) + 1n);
}

/** The last thousand ids that were seen, to drop what arrives twice. */
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

  /** True if the id was there. */
  delete(id) {
    return this.#ids.delete(id);
  }

  clear() {
    this.#ids.clear();
  }
}
