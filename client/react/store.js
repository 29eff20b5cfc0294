/**
 * A value that React's `useSyncExternalStore` reads: replaced, never changed.
 * `start()` runs when the first component wants it and returns what ends it
 * when the last has gone; ended only after a moment, as Strict Mode and a
 * change of page let go and take hold again at once.
 */
export class Store {
  #listeners = new Set();
  #stop = null;
  #value;

  constructor(value) {
    this.#value = value;
  }

  get = () => this.#value;

  subscribe = (listener) => {
    this.#listeners.add(listener);
    this.#stop ??= this.start();
    return () => {
      this.#listeners.delete(listener);
      setTimeout(() => this.#rest());
    };
  };

  set(change) {
    this.#value = { ...this.#value, ...change };
    for (const listener of this.#listeners) listener();
  }

  #rest() {
    if (this.#listeners.size) return;
    this.#stop?.();
    this.#stop = null;
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
