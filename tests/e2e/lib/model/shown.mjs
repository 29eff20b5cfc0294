// The list that a page shows, kept as the protocol says: what is listed replaces what
// was shown before, and each event changes that.

const READ = { 'notification:read': true, 'notification:unread': false };

/** What a page shows of a notification, whether it was listed or pushed. */
const item = ({ type, title, body, timestamp, priority, data, status }) => ({
  type, title, body, timestamp, priority, data: data ?? {}, isRead: status === 'read',
});

export class Shown {
  items = new Map();
  /** Everything from this id on is shown; of what is older, only what was pushed. */
  reach = 0;
  #asking = new Set(); // for each list under way: the ids that were pushed meanwhile

  /** Ids of the newest so many, the newest first. */
  newest(count) {
    return [...this.items.keys()].sort((a, b) => b - a).slice(0, count);
  }

  take(event, data) {
    if (event === 'notification' || event === 'notification:update') this.#put(data);
    else if (event === 'notification:remove') this.remove(data.ids);
    else if (event in READ) this.mark(data.ids, READ[event]);
  }

  #put(row) {
    const id = Number(row.id);
    this.items.set(id, item(row));
    for (const pushed of this.#asking) pushed.add(id);
  }

  remove(ids) {
    for (const id of ids) this.items.delete(Number(id));
  }

  mark(ids, isRead) {
    for (const id of ids) if (this.items.has(Number(id))) this.items.get(Number(id)).isRead = isRead;
  }

  markUpTo(last, isRead) {
    this.mark([...this.items.keys()].filter((id) => id <= last), isRead);
  }

  /** The newest, in place of all that was shown. */
  open(list, limit) {
    return this.#page(list, { limit }, Infinity);
  }

  /** The next page of older ones. */
  more(list, limit) {
    return this.#page(list, { limit, before: String(this.reach) }, this.reach);
  }

  /** `list` returns the answer to notification:list, or null if the connection has ended. */
  async #page(list, data, before) {
    const pushed = new Set();
    this.#asking.add(pushed);
    const answer = await list(data);
    this.#asking.delete(pushed);
    const isOutdated = before !== Infinity && before !== this.reach; // by a list of the newest
    if (!answer?.ok || isOutdated) return;
    const rows = answer.notifications;
    const reach = answer.hasMore ? Number(rows.at(-1).id) : 0;
    const isOver = (id) => id < before && (id >= reach || before === Infinity) && !pushed.has(id);
    for (const id of this.items.keys()) if (isOver(id)) this.items.delete(id);
    for (const row of rows) this.items.set(Number(row.id), item(row));
    this.reach = reach;
  }
}
