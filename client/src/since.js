/**
 * What has become of rows since a list was requested, whether the gateway has told it or
 * agreed to what this page did. The answer may be older: `settle` says what a row of it
 * is now.
 */
export class Since {
  /** By id: the row (null: it is gone), or else whether it was marked as read or unread. */
  #rows = new Map();
  #marks = new Map();
  #as;

  /** `as(row, read)`: that row, read or unread. */
  constructor(as) {
    this.#as = as;
  }

  row(id, row) {
    this.#rows.set(id, row);
    this.#marks.delete(id);
  }

  mark(id, read) {
    this.#marks.set(id, read);
  }

  /** `row`: as the answer has it; null where the answer lacks it. */
  settle(id, row) {
    const latest = this.#rows.has(id) ? this.#rows.get(id) : row;
    return latest && this.#marks.has(id) ? this.#as(latest, this.#marks.get(id)) : latest;
  }
}
