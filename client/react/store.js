import { Tenure } from './tenure.js';

/**
 * A value for React's `useSyncExternalStore`: replaced, never changed in place.
 * `start()` runs when the first component subscribes, and returns a function that
 * runs when the last has unsubscribed.
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
    // The same function may be passed twice.
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

/** Creates one object for each client, the first time it is needed; it is freed with the client. */
export function perClient(make) {
  const made = new WeakMap();
  return (client) => {
    if (!made.has(client)) made.set(client, make(client));
    return made.get(client);
  };
}
