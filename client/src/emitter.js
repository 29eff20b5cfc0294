/**
 * Named events. A handler that throws harms neither the others nor whoever
 * emits: its error is reported as an uncaught one would be.
 */
export class Emitter {
  #handlers = new Map();

  /** Returns the function that takes the handler away again. */
  on(name, handler) {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => this.off(name, handler);
  }

  once(name, handler) {
    const off = this.on(name, (...values) => {
      off();
      return handler(...values);
    });
    return off;
  }

  off(name, handler) {
    this.#handlers.get(name)?.delete(handler);
  }

  /** Returns a promise that settles once every handler is through; it never rejects. */
  emit(name, ...values) {
    const handlers = [...(this.#handlers.get(name) ?? [])];
    return Promise.all(handlers.map((handler) => run(handler, values)));
  }
}

/** Calls it, and reports what it throws instead of throwing it. */
export async function run(handler, values) {
  try {
    await handler(...values);
  } catch (error) {
    report(error);
  }
}

function report(error) {
  if (globalThis.reportError) globalThis.reportError(error);
  else console.error(error);
}
