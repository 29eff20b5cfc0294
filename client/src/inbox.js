import { compareIds, SeenIds } from './ids.js';

/** Notifications pushed on a new connection may cross the list that was requested meanwhile. */
const SETTLED = 5_000;
/** The newest are enough for a list; older ones can be requested. */
const LIMIT = 200;

/**
 * The user's notifications that this page knows: newest first, each once, each with
 * `read`. The list is replaced and never changed in place, so that a changed list
 * is a different array.
 *
 * Calls `onChange()` after each change.
 */
export class Inbox {
  #onChange;
  #queue;
  #seen = new SeenIds();
  /** Ids of those read since they arrived: one that arrives again is unread again. */
  #read = new SeenIds();
  /** Of these, only because they were missing in the list of unread ones. */
  #missing = new SeenIds();
  #openedAt = 0;
  /** Ids that arrived since the list was requested; null while none is. */
  #arrived = null;

  constructor(onChange) {
    this.#onChange = onChange;
    this.list = [];
  }

  /** For another queue or another user: the ids known mean nothing there. */
  open(queue, userId) {
    const owner = `${queue} ${userId}`;
    if (this.#queue !== undefined && this.#queue !== owner) this.clear();
    this.#queue = owner;
    this.#arrived = new Set();
    this.#openedAt = Date.now();
  }

  clear() {
    this.#seen.clear();
    this.#read.clear();
    this.#missing.clear();
    this.#replace([]);
  }

  /** False if it has arrived before and was not read since. */
  arrive(notification) {
    const isNew = this.#seen.add(notification.id);
    const isAgain = this.#wasRead(notification.id);
    this.#arrived?.add(notification.id);
    this.merge([notification]);
    return isNew || isAgain;
  }

  /** Replaces one that is known, in its place, since ids do not change. */
  merge(notifications) {
    const fresh = new Map(notifications.map((item) => [item.id, listed(item)]));
    for (const [id, { read }] of fresh) this.#know(id, read);
    const list = this.list.map((item) => {
      const replaced = fresh.get(item.id);
      fresh.delete(item.id);
      return replaced ?? item;
    });
    for (const item of [...fresh.values()].sort(newestFirst)) insert(list, item);
    this.#replace(list.slice(0, LIMIT));
  }

  /**
   * The unread notifications that the gateway lists, newest first, requested since
   * `open`. One that is missing there was read elsewhere, unless it is older than
   * the list reaches, or arrived while the answer was under way.
   */
  reconcile(unread, hasMore) {
    const ids = new Set(unread.map((item) => item.id));
    const reach = hasMore ? unread.at(-1)?.id : undefined;
    const elsewhere = this.list.filter(
      ({ id }) =>
        !ids.has(id) && !this.#arrived?.has(id) && (!reach || compareIds(id, reach) > 0),
    );
    this.#arrived = null;
    this.merge(unread);
    const missing = elsewhere.map((item) => item.id);
    this.mark(missing, true);
    for (const id of missing) {
      this.#know(id, false);
      this.#missing.add(id);
    }
  }

  /** Returns the ids that were changed by it. */
  mark(ids, read) {
    const wanted = new Set(ids.map(String));
    for (const id of wanted) this.#know(id, read);
    const changed = new Set();
    const list = this.list.map((item) => {
      if (!wanted.has(item.id) || item.read === read) return item;
      changed.add(item.id);
      return { ...item, read, status: read ? 'read' : 'delivered' };
    });
    if (changed.size) this.#replace(list);
    return [...changed];
  }

  get unreadIds() {
    return this.list.filter((item) => !item.read).map((item) => item.id);
  }

  #know(id, read) {
    if (read) this.#read.add(id);
    else this.#read.delete(id);
    this.#missing.delete(id);
  }

  #wasRead(id) {
    const missing = this.#missing.delete(id) && Date.now() - this.#openedAt > SETTLED;
    return this.#read.delete(id) || missing;
  }

  #replace(list) {
    if (!list.length && !this.list.length) return;
    this.list = list;
    this.#onChange();
  }
}

function newestFirst(a, b) {
  return compareIds(b.id, a.id);
}

/** Searches from the front, since most are newer than all others. */
function insert(list, item) {
  let at = 0;
  while (at < list.length && newestFirst(list[at], item) < 0) at++;
  list.splice(at, 0, item);
}

/** Rows of a list have a `status`; one that is pushed is unread. */
export function listed(item) {
  const { status = 'delivered', readAt } = item;
  return { ...item, status, read: status === 'read' || Boolean(readAt) };
}
