import { Tenure } from './tenure.js';

/**
 * A value that React's `useSyncExternalStore` reads: replaced, never changed.
 * `start()` runs when the first component wants it and returns what ends it
 * when the last has gone.
 */
export class Store {
  #listeners = new Set();
  #tenure = new Tenure(() => this.start());
  #value;

  constructor(value) {
    this.#value = value;
  }

  get = () => this.#value;

  subscribe = (listener) => {
    // The same function may be given twice.
    const each = () => listener();
    this.#listeners.add(each);
    const release = this.#tenure.take();
    return () => {
      this.#listeners.delete(each);
      release();
    };
  };

  set(change) {
    this.replace({ ...this.#value, ...change });
  }

  replace(value) {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

/** Makes what a client needs one of, once; it goes with the client. */
export function perClient(make) {
  const made = new WeakMap();
  return (client) => {
    if (!made.has(client)) made.set(client, make(client));
    return made.get(client);
  };
}
