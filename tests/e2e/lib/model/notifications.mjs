// Who has to receive which notification: rows are inserted and scheduled, and expire;
// every connection receives each that it is owed, and none more often than there was
// reason to.

import { Rows } from './rows.mjs';
import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

// How far apart the wall clocks of two processes may appear to be.
const SLACK_MS = 20;

export class Notifications {
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.rows = world.area(Rows);
    this.actions = [[20, () => this.#insert()]];
  }

  meet(connection) {
    connection.notifications = new Map(); // by row: when it was received
  }

  hear(connection, event, data) {
    if (event !== 'notification') return;
    const times = connection.notifications.get(data.id);
    if (times) times.push(Date.now());
    else connection.notifications.set(data.id, [Date.now()]);
  }

  async #insert() {
    const { random, shell } = this.world;
    const user = random.pick(USERS);
    const count = random.chance(0.04) ? 150 : 1 + random.below(3);
    const due = random.chance(0.3) ? 50 + random.below(1000) : null;
    const expires = random.chance(0.1) ? (due ?? 0) + random.below(1500) : null;
    const [at, title] = [Date.now(), this.rows.title()];
    const time = (ms) => quoted(ms === null ? null : new Date(at + ms).toISOString());
    const values = `('${user}', '${title}', ${time(due)}, ${time(expires)})`;
    const rows = await shell.rows(
      `INSERT INTO notifications (user_id, title, deliver_after, expires_at) VALUES ${Array(count).fill(values)} RETURNING id`,
    );
    const pendingAt = due === null ? Date.now() : at + due;
    for (const { id } of rows) this.rows.add(id, user, { pendingAt, due: at + (due ?? 0), expires: expires !== null });
    this.rows.commit(title, rows.map(({ id }) => id));
  }

  /** Since when the connection should have received the row, or null if it need not. */
  #owedSince(connection, row, delivered) {
    if (row.user !== connection.user || row.expires || row.isSettled) return null;
    if (row.pendingAt > connection.since) return row.requeued ? row.pendingAt - SLACK_MS : 0;
    return row.requeued === 0 && (delivered === null || delivered > connection.attached + SLACK_MS) ? 0 : null;
  }

  async missing() {
    const missing = [];
    const rows = await this.world.shell.rows('SELECT id, user_id, delivered_at, status FROM notifications WHERE archived_at IS NULL');
    for (const { id, user_id: user, delivered_at: delivered, status } of rows) {
      const row = this.rows.get(id);
      const live = this.world.live(user);
      if (status === 'pending' && live.length > 0) missing.push(`notification ${id} of ${user} is pending ${row.story()}`);
      for (const connection of live) {
        const since = this.#owedSince(connection, row, delivered && Date.parse(delivered));
        const last = Math.max(...(connection.notifications.get(String(id)) ?? [-1]), connection.confirmed.get(String(id)) ?? -1);
        if (since !== null && last < since) {
          missing.push(`notification ${id} (${status}, requeued ${row.requeued}) at ${connection} ${row.story(connection)}`);
        }
      }
    }
    return missing;
  }

  wrong() {
    for (const connection of this.world.connections) {
      for (const [id, times] of connection.notifications) this.#wrong.push(...this.#faults(connection, id, times));
    }
    return this.#wrong;
  }

  #faults(connection, id, times) {
    const row = this.rows.get(id);
    const faults = [];
    if (!row?.users.has(connection.user)) return [`notification ${id} at ${connection} is not ${connection.user}'s`];
    if (times.length > 1 + row.requeued) faults.push(`came ${times.length} times, requeued ${row.requeued}`);
    if (times[0] < row.due - SLACK_MS) faults.push('came too early');
    return faults.map((fault) => `notification ${id} at ${connection} ${fault} ${row.story(connection)}`);
  }
}
