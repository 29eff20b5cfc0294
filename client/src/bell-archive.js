import { compareIds } from './ids.js';

/**
 * The archived notifications, newest first, as far as the bell has requested them:
 * the client's own list has none of them. Created each time they are shown.
 */
export class BellArchive {
  list = [];
  /** Whether the gateway has older ones; undefined until it has answered. */
  hasMore = undefined;
  #client;

  constructor(client) {
    this.#client = client;
  }

  /** Requests the next page. */
  async load(limit) {
    const before = this.list.at(-1)?.id;
    this.#take(await this.#client.listNotifications({ archived: true, limit, ...(before && { before }) }));
  }

  /** Requests the newest page again, after notifications were archived or moved back. */
  async refresh(limit) {
    const page = await this.#client.listNotifications({ archived: true, limit });
    const reach = page.hasMore && page.notifications.at(-1)?.id;
    this.list = reach ? this.list.filter(({ id }) => compareIds(id, reach) < 0) : [];
    this.#take({ ...page, hasMore: this.list.length ? this.hasMore : page.hasMore });
  }

  drop(ids) {
    const gone = new Set(ids);
    this.list = this.list.filter(({ id }) => !gone.has(id));
  }

  /** Its content has changed, or it was moved back. */
  update(notification) {
    if (!notification.archivedAt) this.drop([notification.id]);
    else this.list = this.list.map((each) => (each.id === notification.id ? notification : each));
  }

  #take({ notifications, hasMore }) {
    const known = new Set(this.list.map(({ id }) => id));
    const fresh = notifications.filter(({ id }) => !known.has(id));
    this.list = [...this.list, ...fresh].sort((a, b) => compareIds(b.id, a.id));
    this.hasMore = hasMore;
  }
}
