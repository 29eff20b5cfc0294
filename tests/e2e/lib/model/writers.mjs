// Other processes change and delete notifications in every way that SQL allows: rows
// are rewritten, upserted, replaced, moved, put away and taken back, one at a time, in
// bursts and hundreds at once; some of it is rolled back, and nobody must hear of that.

import { Rows } from './rows.mjs';
import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

const KEYS = 12; // of each user: so that most upserts meet a row
const BURST = 20;

/** What UPDATE sets, of which rows, and what that means for them. */
const updates = (now) => [
  { weight: 3, set: "status = 'cancelled'", where: "status <> 'cancelled'", note: (row) => row.settle() },
  { weight: 1, set: "status = 'expired'", where: "status <> 'expired'", note: (row) => row.settle() },
  {
    weight: 2, set: "status = 'read'", where: "status IN ('pending', 'delivered')",
    // Who waits for it may be told twice: since it was never delivered, and since it is not sent now.
    note: (row) => (row.settle(), row.change()),
  },
  { weight: 2, set: "status = 'delivered'", where: "status IN ('pending', 'read')", note: (row) => row.settle() },
  { weight: 2, set: `archived_at = ${now}`, where: 'archived_at IS NULL', note: (row) => row.settle() },
  { weight: 2, set: 'archived_at = NULL', where: 'archived_at IS NOT NULL', note: (row) => row.doubt() },
  { weight: 1, set: `seen_at = ${now}`, where: 'seen_at IS NULL', note: () => {} },
  { weight: 1, set: 'seen_at = NULL', where: 'seen_at IS NOT NULL', note: () => {} },
  {
    weight: 5, set: "status = 'pending'", note: (row, before) => row.requeue(before),
    where: "status <> 'pending' AND expires_at IS NULL AND archived_at IS NULL",
  },
];

const inserting = (user, key, title) =>
  `INSERT INTO notifications (user_id, title, idempotency_key) VALUES (${[user, title, key].map(quoted).join(', ')})`;

export class Writers {
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.rows = world.area(Rows);
    this.dialect = world.site.dialect;
    this.actions = [
      ...updates(this.dialect.now()).map((update) => [update.weight, () => this.#update(update)]),
      [8, () => this.#rewrite()],
      [2, () => this.#burst()],
      [4, () => this.#upsert()],
      [2, () => this.#insertOnce()],
      [2, () => this.#replaceByKey()],
      // PostgreSQL has no REPLACE, and its ids are not given by hand.
      [world.site.postgres ? 0 : 2, () => this.#replaceById()],
      [2, () => this.#give()],
      [2, () => this.#delete()],
      [1, () => this.#deleteMany()],
      [3, () => this.#rollBack()],
    ];
  }

  #someUser() {
    return this.world.random.pick(USERS);
  }

  /** A list of ids for SQL: some that the user has, or had. */
  #some(user, most = 4) {
    const { random } = this.world;
    const [count, recent] = [1 + random.below(most), this.rows.recent(user)];
    const ids = Array.from({ length: count }, () => random.pick(recent) ?? '0');
    return ids.join(', ');
  }

  async #run(sql) {
    const rows = await this.world.shell.rows(`${sql} RETURNING id`);
    return rows.map(({ id }) => String(id));
  }

  async #update({ set, where, note }) {
    const before = Date.now();
    const ids = await this.#run(`UPDATE notifications SET ${set} WHERE id IN (${this.#some(this.#someUser())}) AND ${where}`);
    this.#each(ids, set, (row) => note(row, before));
  }

  #each(ids, what, note) {
    for (const id of ids) note(this.rows.get(id));
    this.rows.tell(ids, what);
  }

  /** The title, and some of the other contents. */
  #contents(title) {
    const { random } = this.world;
    const others = {
      body: quoted(`body of ${title}`),
      data: random.pick(['NULL', quoted(`{"of":"${title}"}`)]),
      priority: quoted(random.pick(['low', 'normal', 'high', 'urgent'])),
      type: quoted(random.pick(['system', 'alert', 'model'])),
    };
    const changed = Object.entries(others).filter(() => random.chance(0.4));
    return [`title = ${quoted(title)}`, ...changed.map(([name, value]) => `${name} = ${value}`)].join(', ');
  }

  #rewriting(title, ids) {
    return `UPDATE notifications SET ${this.#contents(title)} WHERE id IN (${ids})`;
  }

  async #rewrite() {
    const title = this.rows.title();
    this.#noteWritten(title, await this.#run(this.#rewriting(title, this.#some(this.#someUser()))));
  }

  #noteWritten(title, ids) {
    this.rows.commit(title, ids);
    for (const id of ids) this.rows.get(id).change();
  }

  /** The same rows many times, each in a transaction of its own. */
  async #burst() {
    const ids = this.#some(this.#someUser(), 2);
    const titles = Array.from({ length: BURST }, () => this.rows.title());
    let changed;
    for (const title of titles) changed = await this.#run(this.#rewriting(title, ids));
    for (const title of titles) this.#noteWritten(title, changed);
  }

  /** A new row, or what to do where the user has one with that key. */
  async #write(statement) {
    const [user, title, before] = [this.#someUser(), this.rows.title(), Date.now()];
    const ids = await this.#run(statement(user, `key ${this.world.random.below(KEYS)}`, title));
    for (const id of ids) if (!this.rows.get(id)) this.rows.add(id, user, { pendingAt: Date.now(), due: before });
    this.#noteWritten(title, ids);
  }

  #upsert() {
    return this.#write((...values) => `${inserting(...values)} ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = excluded.title`);
  }

  #insertOnce() {
    return this.#write((...values) => `${inserting(...values)} ON CONFLICT (user_id, idempotency_key) DO NOTHING`);
  }

  #replaceByKey() {
    return this.#write(this.dialect.replaceByKey);
  }

  /** A new row with the id of the old one: pending, or as far as that one was. */
  async #replaceById() {
    const [title, isNew] = [this.rows.title(), this.world.random.chance(0.5)];
    const ids = await this.#run(`REPLACE INTO notifications (id, user_id, title, status, created_at)
      SELECT id, user_id, ${quoted(title)}, ${isNew ? "'pending'" : 'status'}, created_at FROM notifications
      WHERE id IN (${this.#some(this.#someUser(), 1)}) AND expires_at IS NULL AND deliver_after IS NULL`);
    this.rows.commit(title, ids);
    this.#each(ids, isNew ? 'replaced, pending' : 'replaced, as it was', (row) => row.replace());
  }

  async #give() {
    const [from, to] = [this.#someUser(), this.#someUser()];
    if (from === to) return;
    const ids = await this.#run(`UPDATE notifications SET user_id = ${quoted(to)}
      WHERE id IN (${this.#some(from)}) AND user_id = ${quoted(from)} AND idempotency_key IS NULL`);
    this.#each(ids, `given to ${to}`, (row) => row.give(to));
  }

  async #delete() {
    const ids = await this.#run(`DELETE FROM notifications WHERE id IN (${this.#some(this.#someUser())})`);
    this.#each(ids, 'deleted', (row) => row.settle());
  }

  async #deleteMany() {
    const third = this.world.random.below(3);
    const ids = await this.#run(`DELETE FROM notifications WHERE user_id = ${quoted(this.#someUser())} AND id % 3 = ${third}`);
    this.#each(ids, 'deleted among many', (row) => row.settle());
  }

  /** Several statements, of which none takes effect. */
  async #rollBack() {
    const user = this.#someUser();
    const ids = this.#some(user);
    const title = this.rows.title();
    const statements = [
      this.#rewriting(title, ids),
      `DELETE FROM notifications WHERE id IN (${ids})`,
      `UPDATE notifications SET archived_at = ${this.dialect.now()} WHERE id IN (${ids})`,
      `UPDATE notifications SET status = 'cancelled' WHERE id IN (${ids})`,
      `INSERT INTO notifications (user_id, title) VALUES (${quoted(user)}, ${quoted(title)})`,
      this.dialect.replaceByKey(user, 'key 0', title),
    ];
    const some = statements.filter(() => this.world.random.chance(0.5));
    await this.world.shell.rows([this.dialect.begin, ...some, 'ROLLBACK'].join(';\n'));
    this.rows.tell(ids.split(', '), `rolled back ${title}`);
  }

  missing() {
    return [];
  }

  wrong() {
    return this.#wrong;
  }
}
