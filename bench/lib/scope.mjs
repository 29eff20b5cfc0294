// What a measurement has started or made, and has to end or remove: a rig's programs, connections and folder.

/** Those that have not ended yet. */
const scopes = new Set();

/** Stands in for the test that the end-to-end tests' helpers expect. */
export class Scope {
  #ends = [];
  #ended;

  constructor(name) {
    this.name = name;
    scopes.add(this);
  }

  after(action) {
    this.#ends.push(action);
  }

  /** What would outlive the scope must not begin in one that ends. */
  demandOpen() {
    if (this.#ended) throw new Error(`${this.name} has ended`);
  }

  /** May be called several times: all wait for the same end. */
  end() {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end() {
    try {
      for (const action of this.#ends) await action();
    } finally {
      scopes.delete(this);
    }
  }
}

/** Ends all of them, for a bench that is broken off: no program and no folder stays behind. */
export const endScopes = () => Promise.allSettled([...scopes].map((scope) => scope.end()));
