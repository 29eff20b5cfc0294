import { Burst } from './burst.js';
import { Count } from './count.js';
import { compareIds } from './ids.js';
import { Inbox, listed } from './inbox.js';
import { Reconciler } from './reconciler.js';

/**
 * The user's notifications and their counts, as the page sees them. Takes what the
 * gateway tells of them, changes them on behalf of the page, and brings them up to
 * date on each new connection.
 *
 * `request(event, data, onAnswer)` calls `onAnswer(data)` before anything that
 * arrived after the answer is handled, and then resolves. `emit(name, value)` tells the page.
 */
export class Notifications {
  #request;
  #emit;
  #listTold = new Burst(() => this.#emit('notifications', this.list));
  #inbox = new Inbox(() => this.#listTold.call());
  #unread = new Count();
  #unseen = new Count();
  #reconciler;
  counts = { unreadCount: 0, unseenCount: 0 };

  constructor({ request, emit }) {
    this.#request = request;
    this.#emit = emit;
    this.#reconciler = new Reconciler({
      inbox: this.#inbox,
      list: async (range, isCheck) => (await this.#page(range, isCheck)).reach,
      onError: (error) => emit('error', error),
    });
  }

  get list() {
    return this.#inbox.list;
  }

  get hasMore() {
    return this.#inbox.hasMore;
  }

  open({ queue, userId }) {
    this.#inbox.open(queue, userId);
    this.#reconciler.start();
  }

  /** They belonged to the previous user. */
  clear() {
    this.#reconciler.stop();
    this.#inbox.clear();
    this.#listTold.flush();
    this.counted('unreadCount', 0);
    this.counted('unseenCount', 0);
  }

  arrived(notification) {
    const event = this.#inbox.arrive(notification);
    return event && this.#emit(event, event === 'update' ? listed(notification) : notification);
  }

  listed(notifications) {
    for (const each of notifications) this.#inbox.update(each);
  }

  updated(notification) {
    const reads = this.#inbox.update(notification);
    return reads && this.#emit('update', listed(notification));
  }

  removed({ ids, reason }) {
    const gone = ids.map(String);
    this.#inbox.remove(gone, reason);
    return this.#emit('remove', { ids: gone, reason });
  }

  /** By ids. Another tab on the same connection that marked all says `upTo` which id. */
  marked(event, { ids, upTo }) {
    const { unreadIds } = this.#inbox;
    const marked = ids?.map(String) ?? unreadIds.filter((id) => !upTo || compareIds(id, upTo) <= 0);
    this.#inbox.mark(marked, event === 'read');
    return this.#emit(event, marked);
  }

  counted(name, count) {
    (name === 'unreadCount' ? this.#unread : this.#unseen).tell(count);
    return this.#showCounts(name);
  }

  /** `kind`: `read`, `unread`, `archive` or `unarchive`. Takes effect at once, and is undone if it is refused. */
  async change(kind, event, ids) {
    const wanted = ids.map(String);
    const change = this.#inbox.begin(kind, wanted);
    this.#unread.expect(change, change.unread);
    await this.#agree(event, { ids: wanted }, change);
  }

  /** All up to the newest that this page knows, so that one still under way is not marked as read unseen. */
  async readAll() {
    const upTo = this.list[0]?.id;
    const change = this.#inbox.begin('read', this.#inbox.unreadIds);
    this.#unread.expect(change, -this.#unread.value);
    await this.#agree('notification:mark_all_read', upTo ? { upTo } : {}, change);
  }

  async see() {
    const change = {};
    this.#unseen.expect(change, -this.#unseen.value);
    await this.#agree('notification:mark_seen', {}, change);
  }

  async request(range) {
    const { page } = await this.#page(range);
    return { ...page, notifications: page.notifications.map(listed) };
  }

  /** The next page below what is listed without a gap. */
  async more(limit) {
    if (!this.hasMore) return { notifications: [], hasMore: false };
    return this.request({ limit, ...this.#inbox.older });
  }

  async #agree(event, data, change) {
    this.#showCounts();
    try {
      await this.#request(event, data, (answer) => this.#agreed(change, answer));
    } catch (error) {
      this.#inbox.undo(change);
      for (const count of [this.#unread, this.#unseen]) count.undo(change);
      this.#showCounts();
      // Nobody knows whether the gateway has done it.
      if (error.code === 'timeout') this.#reconciler.start();
      throw error;
    }
  }

  #agreed(change, { marked, unread, unseen }) {
    this.#inbox.commit(change, marked === undefined || marked === change.ids?.size);
    this.#unread.confirm(change, unread);
    this.#unseen.confirm(change, unseen);
    this.#showCounts();
  }

  async #page(range, isCheck) {
    const since = this.#inbox.request();
    let reach;
    const take = (page) => ({ reach } = this.#take(since, page, range, isCheck));
    try {
      return { page: await this.#request('notification:list', range, take), reach };
    } finally {
      this.#inbox.abandon(since);
    }
  }

  #take(since, page, range, isCheck) {
    if (range.archived) {
      this.#inbox.recall(page.notifications);
      return {};
    }
    const { changed, gone, reach } = this.#inbox.take(since, page, range, isCheck);
    for (const row of changed) this.#emit('update', row);
    if (gone.length) this.#emit('remove', { ids: gone, reason: 'gone' });
    return { reach };
  }

  /** `told`: emitted even if it is the same as before. */
  #showCounts(told) {
    const unreadCount = this.#unread.value;
    const now = { unreadCount, unseenCount: Math.min(unreadCount, this.#unseen.value) };
    const before = this.counts;
    this.counts = now;
    const names = Object.keys(now).filter((name) => name === told || now[name] !== before[name]);
    return Promise.all(names.map((name) => this.#emit(name, now[name])));
  }
}
