/**
 * Named events. A handler that throws affects neither the other handlers nor the
 * emitter: its error is reported like an uncaught one.
 */
export class Emitter {
  #handlers = new Map();

  /** Returns a function that removes the handler. */
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

  /** Returns a promise that resolves once every handler has finished; it never rejects. */
  emit(name, ...values) {
    const handlers = [...(this.#handlers.get(name) ?? [])];
    return Promise.all(handlers.map((handler) => run(handler, values)));
  }
}

/** Calls the handler, and reports what it throws instead of throwing it. */
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
