import { compareIds, SeenIds } from './ids.js';

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
  }

  clear() {
    this.#seen.clear();
    this.#replace([]);
  }

  /** False where it is one that has come before. */
  arrive(notification) {
    if (!this.#seen.add(notification.id)) return false;
    this.#arrived?.add(notification.id);
    this.merge([notification]);
    return true;
  }

  merge(notifications) {
    const known = new Map(this.list.map((item) => [item.id, item]));
    for (const item of notifications) known.set(item.id, { ...item, read: isRead(item) });
    this.#replace([...known.values()].sort((a, b) => compareIds(b.id, a.id)).slice(0, LIMIT));
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
    this.mark(elsewhere.map((item) => item.id), true);
  }

  /** Returns the ids that were not so before. */
  mark(ids, read) {
    const wanted = new Set(ids.map(String));
    const changed = this.list.filter((item) => wanted.has(item.id) && item.read !== read);
    if (!changed.length) return [];
    this.#replace(this.list.map((item) => (changed.includes(item) ? { ...item, read } : item)));
    return changed.map((item) => item.id);
  }

  get unreadIds() {
    return this.list.filter((item) => !item.read).map((item) => item.id);
  }

  #replace(list) {
    if (!list.length && !this.list.length) return;
    this.list = list;
    this.#onChange();
  }
}

/** Lists say `status`; what is pushed is new. */
function isRead({ status, readAt }) {
  return status === 'read' || Boolean(readAt);
}
