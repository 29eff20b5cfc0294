/**
 * A number that the gateway tells, and what the page's own unanswered changes will make
 * of it. When the gateway tells it anew, it may have counted such a change already or
 * not. So that ends all expectations: it tells the number again after each change.
 */
export class Count {
  #told = 0;
  /** By change: the difference it makes. */
  #expected = new Map();

  get value() {
    let value = this.#told;
    for (const difference of this.#expected.values()) value += difference;
    return Math.max(0, value);
  }

  tell(count) {
    this.#told = count;
    this.#expected.clear();
  }

  expect(change, difference) {
    this.#expected.set(change, difference);
  }

  /** `count`: what the answer says, if it does. */
  confirm(change, count) {
    const difference = this.#expected.get(change) ?? 0;
    this.#expected.delete(change);
    this.#told = count >= 0 ? count : this.#told + difference;
  }

  undo(change) {
    this.#expected.delete(change);
  }
}
