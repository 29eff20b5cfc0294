// What was done to each notification: whose it was, what it said, and whether there
// was reason to send it again. Every title is written once, so that what a connection
// receives tells which of the writes it shows.

// The newest rows of a user are those that tabs show and writers change.
const RECENT = 150;
const STORY = 12;

class Row {
  requeued = 0; // how often there was reason to send it again
  changes = 0; // how often there was reason to tell how it is
  isSettled = false; // owed to nobody, unless it becomes pending again
  marksUnderWay = 0; // of those that make it read
  #story = []; // what was done to it, and what connections were told

  constructor(user, { pendingAt, due, expires = false }) {
    Object.assign(this, { user, users: new Set([user]), pendingAt, due, expires });
  }

  tell(step, what, connection) {
    this.#story.push({ text: `${step} ${what}`, connection });
  }

  /** For people: the latest that was done to it, and that this connection was told. */
  story(connection) {
    const all = this.#story.filter((each) => !each.connection || each.connection === connection);
    return `(${all.slice(-STORY).map(({ text }) => text).join('; ')})`;
  }

  change() {
    this.changes++;
  }

  settle() {
    this.changes++;
    this.isSettled = true;
  }

  /** Pending again. Clients may receive it before its writer has reported that it is done. */
  requeue(before) {
    this.changes++;
    this.requeued++;
    this.pendingAt = before;
    this.isSettled = this.marksUnderWay > 0;
  }

  /** It may be sent again, depending on the state that it was in. */
  doubt() {
    this.settle();
    this.requeued++;
  }

  give(user) {
    this.doubt();
    this.user = user;
    this.users.add(user);
  }

  /** A row without times took its place. */
  replace() {
    this.doubt();
    this.due = 0;
  }
}

export class Rows {
  actions = [];
  #rows = new Map();
  #said = new Map(); // by title: the rows that had it
  #titles = 0;
  #wrong = [];

  constructor(world) {
    this.world = world;
  }

  get(id) {
    return this.#rows.get(String(id));
  }

  add(id, user, facts) {
    this.#rows.set(String(id), new Row(user, facts));
    this.tell([id], `inserted for ${user}`);
  }

  /** With a connection: what it was told. */
  tell(ids, what, connection) {
    for (const id of ids) this.get(id)?.tell(this.world.steps, what, connection);
  }

  story(id, connection) {
    return this.get(id)?.story(connection) ?? '(unknown)';
  }

  ids(user) {
    return [...this.#rows].filter(([, row]) => row.user === user).map(([id]) => id);
  }

  recent(user) {
    return this.ids(user).slice(-RECENT);
  }

  /** A new title. What is never committed must never be received. */
  title() {
    return `t${++this.#titles}`;
  }

  commit(title, ids) {
    const rows = this.#said.get(title) ?? new Set();
    for (const id of ids) rows.add(String(id));
    this.#said.set(title, rows);
    this.tell(ids, title);
  }

  // ── receiving ──

  meet(connection) {
    connection.titles = new Map(); // by row: the titles received, in order
    connection.updates = new Map(); // by row: how often it was updated
  }

  hear(connection, event, data) {
    if (event.startsWith('notification')) this.tell(data.ids ?? [data.id], `told ${event} ${data.title ?? ''}`, connection);
    if (event === 'notification' || event === 'notification:update') this.#take(connection, data);
    if (event === 'notification:update') connection.updates.set(data.id, (connection.updates.get(data.id) ?? 0) + 1);
  }

  #take(connection, { id, title }) {
    const titles = connection.titles.get(id) ?? [];
    if (titles.at(-1) !== title) titles.push(title);
    connection.titles.set(id, titles);
  }

  missing() {
    return [];
  }

  wrong() {
    for (const connection of this.world.connections) {
      for (const [id, titles] of connection.titles) this.#wrong.push(...this.#faults(id, titles).map((fault) => `notification ${id} at ${connection} ${fault} ${this.story(id, connection)}`));
      for (const [id, times] of connection.updates) {
        const changes = this.get(id)?.changes ?? 0;
        if (times > changes) this.#wrong.push(`notification ${id} at ${connection} was updated ${times} times, changed ${changes} ${this.story(id, connection)}`);
      }
    }
    return this.#wrong;
  }

  #faults(id, titles) {
    const faults = titles.filter((title) => !this.#said.get(title)?.has(id)).map((title) => `said ${title}, which it never did`);
    const numbers = titles.map((title) => Number(title.slice(1)));
    const at = numbers.findIndex((number, index) => number < numbers[index - 1]);
    if (at > 0) faults.push(`went back from ${titles[at - 1]} to ${titles[at]}`);
    return faults;
  }
}
