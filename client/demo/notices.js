import { part, showTime, stamp } from './page.js';

/** The list of notifications: newest first; unread ones can be marked as read. */
export class Notices {
  #client;
  #items = new Map();
  #fresh = new Set();

  constructor(client) {
    this.#client = client;
    client.on('notification', ({ id }) => this.#fresh.add(id));
    client.on('notification', () => this.#show(client.notifications));
    client.on('notifications', (list) => this.#show(list));
    client.on('connected', () => this.#fill());
    client.on('unreadCount', (count) => (part('read-all').disabled = !count));
    part('read-all').addEventListener('click', () => this.#mark(client.markAllNotificationsRead()));
  }

  /** The client itself requests unread ones only: the list shows the rest, too. */
  #fill() {
    this.#client.listNotifications({ limit: 50 }).catch(() => {});
  }

  #show(list) {
    const shown = new Set(list.map(({ id }) => id));
    for (const [id, element] of this.#items) {
      if (!shown.has(id)) {
        element.remove();
        this.#items.delete(id);
      }
    }
    list.forEach((item, place) => this.#place(this.#element(item), place));
    part('notices-empty').hidden = list.length > 0;
  }

  #place(element, place) {
    const { children } = part('notices');
    if (children[place] !== element) part('notices').insertBefore(element, children[place] ?? null);
  }

  #element(item) {
    const element = this.#items.get(item.id) ?? this.#make(item);
    element.classList.toggle('read', item.read);
    if (this.#fresh.delete(item.id)) element.classList.add('new');
    element.querySelector('button').hidden = item.read;
    return element;
  }

  #make({ id, title, body, type, priority, timestamp }) {
    const element = stamp('notice');
    const [kind] = element.getElementsByClassName('kind');
    element.dataset.id = id;
    element.querySelector('h3').textContent = title;
    element.querySelector('.body').textContent = body ?? '';
    kind.textContent = priority === 'normal' ? type : `${type} · ${priority}`;
    kind.dataset.priority = priority;
    showTime(element.querySelector('time'), timestamp);
    const button = element.querySelector('button');
    button.setAttribute('aria-label', `Mark read: ${title}`);
    button.addEventListener('click', () => this.#mark(this.#client.markNotificationsRead([id])));
    this.#items.set(id, element);
    return element;
  }

  /** The client undoes what failed, and the list shows that by itself. */
  #mark(done) {
    done.catch((error) => (part('last').textContent = `Not marked: ${error.message}.`));
  }
}
