import { element } from './bell-parts.js';

/** The label of each priority above normal; the texts are attributes of the bell. */
const PRIORITIES = { high: 'label-high', urgent: 'label-urgent' };

/**
 * The rows of the bell's list. A row is kept until its notification changes, so
 * that one change in a long list creates one row.
 *
 * `mark(id)` is called when the row's button or link is used; `word(name)` returns a text.
 */
export class BellList {
  #list;
  #word;
  #mark;
  /** By id: {notification, row}. */
  #rows = new Map();
  #dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

  constructor(list, { word, mark }) {
    this.#list = list;
    this.#word = word;
    this.#mark = mark;
  }

  /** Keeps the focus where it was, or moves it to the row that takes that place. */
  show(notifications) {
    const focused = this.#focused();
    const rows = new Map();
    for (const notification of notifications) {
      const known = this.#rows.get(notification.id);
      const same = known?.notification === notification;
      rows.set(notification.id, same ? known : { notification, row: this.#row(notification) });
    }
    this.#place([...rows.values()].map(({ row }) => row));
    this.#rows = rows;
    if (focused && !focused.isConnected) this.#refocus(focused);
  }

  /** The texts have changed: creates every row anew. */
  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  /** Moves only rows that are in the wrong place: an element that is moved loses the focus. */
  #place(rows) {
    const wanted = new Set(rows);
    for (const row of [...this.#list.children]) if (!wanted.has(row)) row.remove();
    let next = this.#list.firstChild;
    for (const row of rows) {
      if (row === next) next = next.nextSibling;
      else this.#list.insertBefore(row, next);
    }
  }

  #focused() {
    const { activeElement } = this.#list.getRootNode();
    return activeElement !== this.#list && this.#list.contains(activeElement) ? activeElement : null;
  }

  /** The next button of the same kind, or the list itself. */
  #refocus({ dataset: { id }, localName }) {
    const ids = [...this.#rows.keys()];
    const own = this.#rows.get(id)?.row.querySelector(localName);
    const below = ids.slice(ids.indexOf(id) + 1).map((each) => this.#rows.get(each).row.querySelector(localName));
    (own ?? below.find(Boolean) ?? this.#list).focus();
  }

  #row({ id, title, body, timestamp, read, priority, data }) {
    const parts = ['item', !read && 'item-unread', PRIORITIES[priority] && `item-${priority}`];
    const row = element('li', parts.filter(Boolean).join(' '), {}, this.#heading(id, title, data?.url));
    const time = element('time', 'time', { datetime: timestamp }, this.#date(timestamp));
    if (PRIORITIES[priority]) time.prepend(element('span', 'priority', {}, this.#word(PRIORITIES[priority])), ' ');
    if (!read) time.append(element('span', 'unread', {}, ` · ${this.#word('label-unread')}`));
    row.append(time);
    if (body) row.append(element('p', 'body', {}, body));
    if (!read) row.append(this.#button(id, title));
    return row;
  }

  #heading(id, title, url) {
    const href = safeLink(url);
    if (!href) return element('span', 'title', {}, title);
    const link = element('a', 'title', { href, 'data-id': id }, title);
    link.addEventListener('click', () => this.#mark(id));
    return link;
  }

  #date(timestamp) {
    const date = new Date(timestamp);
    return Number.isNaN(date.getTime()) ? '' : this.#dates.format(date);
  }

  #button(id, title) {
    const word = this.#word('label-mark');
    const button = element('button', 'mark', {
      type: 'button', title: word, 'aria-label': `${word}: ${title}`, 'data-id': id,
    });
    button.addEventListener('click', (event) => {
      // The row is replaced: if the click reached the page, it would look like one outside the list.
      event.stopPropagation();
      this.#mark(id);
    });
    return button;
  }
}

/** Those who write rows need not be those who wrote the page, so `javascript:` and the like are not links. */
function safeLink(url) {
  if (typeof url !== 'string') return null;
  try {
    const { protocol, href } = new URL(url, document.baseURI);
    return protocol === 'https:' || protocol === 'http:' ? href : null;
  } catch {
    return null;
  }
}
