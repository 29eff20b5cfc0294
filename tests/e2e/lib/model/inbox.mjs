// What every page shows is what the table says: the rows, their order and contents,
// which of them are read, and how many are unread and unseen.

import { Rows } from './rows.mjs';
import { Shown } from './shown.mjs';
import { USERS } from './world.mjs';

const PAGE = 100;
const REASONS = ['deleted', 'cancelled', 'expired', 'archived'];
const REMOVED_MAX = 1000;
const UNREAD = ['pending', 'delivered'];

/** Rows that are put away while they are pending stay so, and their time may end. */
const isListed = ({ status, deliver_after: due, expires_at: expires }) => {
  const now = new Date().toISOString();
  return ['delivered', 'read'].includes(status) || (status === 'pending' && (due ?? '') <= now && (expires ?? 'never') > now);
};

/** Lists that pages ask for, and which rows those are to have. */
const FILTERS = [
  [{}, (row) => !row.archived_at],
  [{ unread: true }, (row) => !row.archived_at && UNREAD.includes(row.status)],
  [{ archived: true }, (row) => row.archived_at],
  [{ type: 'alert' }, (row) => !row.archived_at && row.type === 'alert'],
];

/** What a page shows of the row. */
const item = (row) => ({
  type: row.type, title: row.title, body: row.body, timestamp: row.created_at, priority: row.priority,
  data: row.data ? JSON.parse(row.data) : {}, isRead: row.status === 'read',
});

/** The members of a listed row that no event has to bring. */
const details = (row) => [row.id, row.status, row.readAt, row.seenAt, row.archivedAt, row.updatedAt].map((each) => each ?? null).join(' ');
const storedDetails = (row) => details({
  id: row.id, status: row.status, readAt: row.read_at, seenAt: row.seen_at, archivedAt: row.archived_at, updatedAt: row.updated_at,
});

export class Inbox {
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.rows = world.area(Rows);
    this.actions = [[3, () => this.#more()]];
  }

  meet(connection) {
    connection.tab.shown ??= new Shown();
    connection.unread = null;
    connection.unseen = null;
  }

  async enter(connection) {
    const limit = this.world.random.chance(0.3) ? 20 : PAGE;
    await connection.tab.shown.open(this.#lister(connection), limit);
  }

  #lister(connection) {
    return async (data) => {
      const answer = await connection.ask('notification:list', data);
      this.rows.tell((answer?.notifications ?? []).map(({ id }) => id), 'listed', connection);
      if (answer && !answer.ok) this.#wrong.push(`notification:list was answered ${JSON.stringify(answer)}`);
      return answer;
    };
  }

  #more() {
    const tab = this.world.someTab((each) => each.shown.reach > 0);
    if (tab) this.world.run(tab.shown.more(this.#lister(tab.connection), PAGE));
  }

  hear(connection, event, data) {
    if (event === 'notification:unread_count') connection.unread = data;
    if (event === 'notification:unseen_count') this.#hearUnseen(connection, data);
    if (event === 'notification:remove') this.#hearRemove(connection, data);
    connection.tab.shown.take(event, data);
  }

  #hearUnseen(connection, count) {
    connection.unseen = count;
    if (!connection.takesSeen) this.#wrong.push(`${connection} was told what is unseen`);
  }

  #hearRemove(connection, { ids, reason }) {
    if (!REASONS.includes(reason) || ids.length === 0 || ids.length > REMOVED_MAX) {
      this.#wrong.push(`${connection} was told to remove ${ids.length} rows, ${reason}`);
    }
  }

  // ── the check ──

  async missing() {
    const rows = await this.world.shell.rows('SELECT * FROM notifications ORDER BY id DESC');
    const listed = rows.filter(isListed);
    const missing = [];
    for (const user of USERS) missing.push(...(await this.#unlike(user, listed.filter((row) => row.user_id === user))));
    return missing;
  }

  async #unlike(user, rows) {
    const live = this.world.live(user);
    const shown = rows.filter((row) => !row.archived_at);
    const unlike = live.flatMap((connection) => [...this.#unlikeList(connection, shown), ...this.#unlikeCounts(connection, shown)]);
    if (live.length > 0) unlike.push(...(await this.#unlikeAnswers(live[0], rows)));
    return unlike;
  }

  #unlikeList(connection, rows) {
    const { items, reach } = connection.tab.shown;
    const stored = new Map(rows.map((row) => [row.id, item(row)]));
    const faults = [];
    const add = (id, fault) => faults.push(`notification ${id} ${fault} at ${connection} ${this.rows.story(id, connection)}`);
    for (const id of stored.keys()) if (id >= reach && !items.has(id)) add(id, 'is not shown');
    for (const [id, each] of items) {
      const fault = stored.has(id) ? this.#difference(each, stored.get(id)) : 'is shown, and not in the table';
      if (fault) add(id, fault);
    }
    return faults;
  }

  #difference(shown, stored) {
    const names = Object.keys(stored).filter((name) => JSON.stringify(shown[name]) !== JSON.stringify(stored[name]));
    return names.map((name) => `has ${name} ${JSON.stringify(shown[name])}, not ${JSON.stringify(stored[name])},`).join(' ');
  }

  #unlikeCounts(connection, rows) {
    const unread = rows.filter(({ status }) => UNREAD.includes(status));
    const unseen = unread.filter((row) => !row.seen_at).length;
    const faults = [];
    if (connection.unread !== unread.length) faults.push(`${unread.length} unread at ${connection}, not ${connection.unread}`);
    if (connection.takesSeen && connection.unseen !== unseen) faults.push(`${unseen} unseen at ${connection}, not ${connection.unseen}`);
    return faults;
  }

  /** The lists that the gateway answers with now. */
  async #unlikeAnswers(connection, rows) {
    const unlike = [];
    for (const [filter, fits] of FILTERS) {
      const answer = await this.#lister(connection)({ ...filter, limit: PAGE });
      const wanted = rows.filter(fits);
      const [got, stored] = [(answer?.notifications ?? []).map(details), wanted.slice(0, PAGE).map(storedDetails)];
      const at = stored.findIndex((each, index) => each !== got[index]);
      const isLike = at < 0 && got.length === stored.length && answer?.hasMore === wanted.length > PAGE;
      if (!isLike) unlike.push(`list ${JSON.stringify(filter)} has ${got[at]}, not ${stored[at]}, ${got.length} of ${wanted.length}, at ${connection}`);
    }
    return unlike;
  }

  wrong() {
    return this.#wrong;
  }
}
