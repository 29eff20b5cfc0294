import { part, showTime, stamp, write } from './page.js';

/** Milliseconds in which a removed row collapses. */
const LEAVING = 250;

/**
 * The list of notifications, newest first. They can be marked as read or unread, and
 * archived. A row that somebody changes is changed in its place; a removed one collapses.
 */
export class Notices {
  #client;
  #items = new Map();
  #fresh = new Set();

  constructor(client) {
    this.#client = client;
    client.on('notification', ({ id }) => this.#fresh.add(id));
    client.on('notification', () => this.#show(client.notifications));
    client.on('notifications', (list) => this.#show(list));
    client.on('update', ({ id }) => this.#changed(id));
    client.on('userChange', () => this.#clear());
    client.on('connected', () => this.#fill());
    client.on('unreadCount', (count) => (part('read-all').disabled = !count));
    part('read-all').addEventListener('click', () => this.#attempt('marked', client.markAllNotificationsRead()));
  }

  /** What is still collapsing, too: the next user sees nothing of it. */
  #clear() {
    this.#items.clear();
    part('notices').replaceChildren();
  }

  /** The client itself requests unread ones only: the list shows the rest, too. */
  #fill() {
    this.#client.listNotifications({ limit: 50 }).catch(() => {});
  }

  #show(list) {
    const shown = new Set(list.map(({ id }) => id));
    for (const [id, element] of this.#items) if (!shown.has(id)) this.#drop(id, element);
    list.forEach((item, place) => this.#place(this.#element(item), place));
    part('notices-empty').hidden = list.length > 0;
  }

  /** The focus moves to the row that takes its place. */
  #drop(id, element) {
    this.#items.delete(id);
    const kind = element.contains(document.activeElement) && document.activeElement.dataset.deed;
    const { nextElementSibling: next, previousElementSibling: previous } = element;
    element.inert = true;
    if (kind) ((next ?? previous)?.querySelector(`[data-deed=${kind}]`) ?? part('notices')).focus();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return element.remove();
    const from = { height: `${element.offsetHeight}px`, overflow: 'hidden' };
    const to = { height: 0, paddingBlock: 0, opacity: 0, overflow: 'hidden' };
    return element.animate([from, to], { duration: LEAVING, easing: 'ease-in' }).finished.finally(() => element.remove());
  }

  #place(element, place) {
    const staying = [...part('notices').children].filter(({ inert }) => !inert);
    if (staying[place] !== element) part('notices').insertBefore(element, staying[place] ?? null);
  }

  #element(item) {
    const element = this.#items.get(item.id) ?? this.#make(item);
    const { title, body, type, priority, read } = item;
    const [kind] = element.getElementsByClassName('kind');
    const [mark, archive] = element.querySelectorAll('button');
    write(element.querySelector('h3'), title);
    write(element.querySelector('.body'), body ?? '');
    kind.textContent = priority === 'normal' ? type : `${type} · ${priority}`;
    kind.dataset.priority = priority;
    element.classList.toggle('read', read);
    if (this.#fresh.delete(item.id)) element.classList.add('new');
    mark.textContent = read ? 'Mark unread' : 'Mark read';
    mark.setAttribute('aria-label', `${mark.textContent}: ${title}`);
    archive.setAttribute('aria-label', `Archive: ${title}`);
    return element;
  }

  #make({ id, timestamp }) {
    const element = stamp('notice');
    element.dataset.id = id;
    showTime(element.querySelector('time'), timestamp);
    const [mark, archive] = element.querySelectorAll('button');
    mark.addEventListener('click', () => this.#attempt('marked', this.#mark(element, id)));
    archive.addEventListener('click', () => this.#attempt('archived', this.#client.archiveNotifications([id])));
    this.#items.set(id, element);
    return element;
  }

  #mark(element, id) {
    const isRead = element.classList.contains('read');
    return isRead ? this.#client.markNotificationsUnread([id]) : this.#client.markNotificationsRead([id]);
  }

  /** Lights the row up for a moment; nothing rings. */
  #changed(id) {
    const element = this.#items.get(id);
    if (!element) return;
    element.classList.remove('new', 'changed');
    element.getBoundingClientRect();
    element.classList.add('changed');
  }

  /** The client undoes what failed, and the list shows that by itself. */
  #attempt(what, done) {
    done.catch((error) => (part('last').textContent = `Not ${what}: ${error.message}.`));
  }
}
