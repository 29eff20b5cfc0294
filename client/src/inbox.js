import { compareIds, SeenIds } from './ids.js';

/** What a new connection is owed may cross the list that was asked for meanwhile. */
const SETTLED = 5_000;
/** The newest ones are enough for a list; older ones can be asked for. */
const LIMIT = 200;

/**
 * The user's notifications as far as this page knows them: newest first, each
 * once, each with `read`. Lists are replaced, never changed in place, so that
 * whoever holds one can tell by identity whether anything happened.
 *
 * Calls `onChange()` after each change.
 */
export class Inbox {
  #onChange;
  #queue;
  #seen = new SeenIds();
  /** Ids of those that were read since they came: one that comes again is unread again. */
  #read = new SeenIds();
  /** Of these it is only concluded, from a list they are not in. */
  #missing = new SeenIds();
  #openedAt = 0;
  /** Ids that came since the list was asked for; null while it is not. */
  #arrived = null;

  constructor(onChange) {
    this.#onChange = onChange;
    this.list = [];
  }

  /** Of another queue, or another user, no id means anything here. */
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

  /** False where it is one that has come before, and was not read since. */
  arrive(notification) {
    const isNew = this.#seen.add(notification.id);
    const isAgain = this.#wasRead(notification.id);
    this.#arrived?.add(notification.id);
    this.merge([notification]);
    return isNew || isAgain;
  }

  /** What is known is replaced; in its place, as ids do not change. */
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
   * What the gateway says is unread, newest first, asked for since `open`:
   * what it leaves out was read elsewhere, unless it is older than the list
   * reaches or came while the answer was on its way.
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

  /** Returns the ids that were not so before. */
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

/** Most are newer than all there are: looked for from the front. */
function insert(list, item) {
  let at = 0;
  while (at < list.length && newestFirst(list[at], item) < 0) at++;
  list.splice(at, 0, item);
}

/** As a list has it: lists say `status`, what is pushed is new. */
export function listed(item) {
  const { status = 'delivered', readAt } = item;
  return { ...item, status, read: status === 'read' || Boolean(readAt) };
}
