// Who has to receive which notification: rows are inserted, scheduled, requeued,
// cancelled and read, and expire; every connection receives each that it is owed, none
// more often than there was reason to, and the unread count is right.

import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

// How far apart the wall clocks of two processes may appear to be.
const SLACK_MS = 20;

export class Notifications {
  rows = new Map();
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.actions = [
      [20, () => this.#insert()],
      [5, () => this.#requeue()],
      [1, () => this.#cancel()],
      [3, () => this.#read()],
      [1, () => this.#readAll()],
    ];
  }

  meet(connection) {
    connection.notifications = new Map(); // by row: when it was received
    connection.unread = null;
  }

  hear(connection, event, data) {
    if (event === 'notification:unread_count') connection.unread = data;
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
    const at = Date.now();
    const time = (ms) => quoted(ms === null ? null : new Date(at + ms).toISOString());
    const values = `('${user}', 'x', ${time(due)}, ${time(expires)})`;
    const rows = await shell.rows(
      `INSERT INTO notifications (user_id, title, deliver_after, expires_at) VALUES ${Array(count).fill(values)} RETURNING id`,
    );
    for (const { id } of rows) {
      this.rows.set(String(id), {
        user, pendingAt: due === null ? Date.now() : at + due, due: at + (due ?? 0), requeued: 0, expires: expires !== null,
      });
    }
  }

  async #change(status, where, note) {
    const { random, shell } = this.world;
    const [user, most] = [random.pick(USERS), 1 + random.below(4)];
    const before = Date.now();
    const changed = await shell.rows(
      `UPDATE notifications SET status = '${status}' WHERE id IN (SELECT id FROM notifications`
      + ` WHERE user_id = '${user}' AND ${where} ORDER BY random() LIMIT ${most}) RETURNING id`,
    );
    for (const { id } of changed) note(this.rows.get(String(id)), before);
  }

  #requeue() {
    return this.#change('pending', "status IN ('delivered', 'read') AND expires_at IS NULL", (row, before) => {
      row.requeued++;
      // Clients may receive it before the shell has reported that it is done.
      row.pendingAt = before;
      row.isRead = row.readsUnderWay > 0;
    });
  }

  #cancel() {
    return this.#change('cancelled', "status = 'pending'", (row) => (row.isCancelled = true));
  }

  #read() {
    const { random } = this.world;
    const tab = this.world.someTab((each) => each.connection.notifications.size > 0);
    const most = 1 + random.below(5);
    if (!tab) return;
    const ids = [...tab.connection.notifications.keys()].slice(-most);
    this.world.run(this.#ask(tab.connection, 'notification:mark_read', { ids }, ids));
  }

  #readAll() {
    const { random } = this.world;
    const tab = this.world.someTab((each) => each.connection.notifications.size > 0);
    const share = random.below(100) / 100;
    if (!tab) return;
    const heard = [...tab.connection.notifications.keys()].sort((a, b) => a - b);
    const upTo = heard[Math.floor(heard.length * share)];
    const ids = [...this.rows].filter(([id, row]) => row.user === tab.user && Number(id) <= Number(upTo)).map(([id]) => id);
    this.world.run(this.#ask(tab.connection, 'notification:mark_all_read', { upTo }, ids));
  }

  /** Rows that are read are owed to nobody; while marking is under way, that is uncertain. */
  async #ask(connection, event, data, ids) {
    const rows = ids.map((id) => this.rows.get(id)).filter(Boolean);
    for (const row of rows) {
      row.isRead = true;
      row.readsUnderWay = (row.readsUnderWay ?? 0) + 1;
    }
    const answer = await connection.ask(event, data);
    for (const row of rows) row.readsUnderWay--;
    if (answer && !answer.ok) this.#wrong.push(`${event} was answered ${JSON.stringify(answer)}`);
  }

  /** Since when the connection should have received the row, or null if it need not. */
  #owedSince(connection, row, delivered) {
    if (row.user !== connection.user || row.expires || row.isCancelled || row.isRead) return null;
    if (row.pendingAt > connection.since) return row.requeued ? row.pendingAt - SLACK_MS : 0;
    return row.requeued === 0 && (delivered === null || delivered > connection.attached + SLACK_MS) ? 0 : null;
  }

  async missing() {
    const missing = [];
    const live = this.world.live();
    const rows = await this.world.shell.rows('SELECT id, user_id, delivered_at, status FROM notifications');
    const unread = new Map();
    for (const { id, user_id: user, delivered_at: delivered, status } of rows) {
      const row = this.rows.get(String(id));
      if (status === 'delivered') unread.set(user, (unread.get(user) ?? 0) + 1);
      if (status === 'pending' && live.some((each) => each.user === user)) missing.push(`notification ${id} of ${user} is pending`);
      for (const connection of live.filter((each) => each.user === user)) {
        const since = this.#owedSince(connection, row, delivered && Date.parse(delivered));
        const last = Math.max(...(connection.notifications.get(String(id)) ?? [-1]), connection.confirmed.get(String(id)) ?? -1);
        if (since !== null && last < since) {
          missing.push(`notification ${id} (${status}, requeued ${row.requeued}) at ${connection}`);
        }
      }
    }
    for (const connection of live) {
      const count = unread.get(connection.user) ?? 0;
      if (connection.unread !== count) missing.push(`${count} unread at ${connection}, not ${connection.unread}`);
    }
    return missing;
  }

  wrong() {
    for (const connection of this.world.connections) {
      for (const [id, times] of connection.notifications) {
        const row = this.rows.get(id);
        const name = `notification ${id} at ${connection}`;
        if (row.user !== connection.user) this.#wrong.push(`${name} is ${row.user}'s`);
        if (times.length > 1 + row.requeued) this.#wrong.push(`${name} came ${times.length} times, requeued ${row.requeued}`);
        if (times[0] < row.due - SLACK_MS) this.#wrong.push(`${name} came too early`);
      }
    }
    return this.#wrong;
  }
}
