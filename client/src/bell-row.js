import { drawing, element } from './bell-parts.js';

/** The label of each priority above normal; the texts are attributes of the bell. */
const PRIORITIES = { high: 'label-high', urgent: 'label-urgent' };

/** Milliseconds in which a removed row collapses: long enough to see where it was. */
const LEAVING = 200;

const DATES = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/**
 * One row of the bell's list. When its notification changes, its elements are changed
 * and not replaced, so that focus, selection and scroll position stay as they are.
 *
 * `act(action, id)` is called when a button or the link is used, with `mark`,
 * `unmark`, `archive` or `unarchive`; `word(name)` returns a text.
 */
export class BellRow {
  element = element('li', 'item');
  #word;
  #act;
  #id;
  #title = element('span', 'title', { dir: 'auto' });
  #body = element('p', 'body', { dir: 'auto' });
  #time = element('time', 'time');
  #mark = this.#button('mark');
  #archive = this.#button('archive');
  #shown = null;

  constructor(id, { word, act }) {
    this.#id = id;
    this.#word = word;
    this.#act = act;
    const actions = element('div', 'actions', {}, this.#mark, this.#archive);
    this.element.append(this.#title, this.#body, this.#time, actions);
    this.element.addEventListener('animationend', () => this.element.part.remove('item-updated'));
  }

  /** An archived notification has one button, which moves it back. */
  show(notification, isArchived) {
    const before = this.#shown;
    if (before === notification) return;
    this.#shown = notification;
    const { title, body = '', timestamp, read, priority, data } = notification;
    this.#showTitle(title, safeLink(data?.url));
    write(this.#body, body);
    this.#body.hidden = !body;
    this.#showTime(timestamp, PRIORITIES[priority], !read && !isArchived);
    const parts = this.element.part;
    parts.toggle('item-unread', !read && !isArchived);
    for (const name of Object.keys(PRIORITIES)) parts.toggle(`item-${name}`, priority === name);
    this.#mark.hidden = isArchived;
    this.#name(this.#mark, read ? 'unmark' : 'mark');
    this.#name(this.#archive, isArchived ? 'unarchive' : 'archive');
    if (before && !sameWords(before, notification)) this.#highlight();
  }

  /** What `kind` of control has the focus: `title`, `mark` or `archive`; undefined if none has. */
  get focused() {
    const { activeElement } = this.element.getRootNode();
    return this.element.contains(activeElement) ? activeElement.dataset.kind : undefined;
  }

  /** Focuses the control of this kind, or another one where the row has none. */
  focus(kind) {
    const controls = [...this.element.querySelectorAll('[data-kind]')].filter(({ hidden }) => !hidden);
    (controls.find(({ dataset }) => dataset.kind === kind) ?? controls[0]).focus();
  }

  /** Removes the row. It collapses first, unless the user prefers reduced motion. */
  leave() {
    const still = document.hidden || matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still) return this.element.remove();
    this.element.inert = true;
    this.element.part.add('item-leaving');
    const from = { height: `${this.element.offsetHeight}px`, opacity: 1 };
    const to = { height: 0, paddingBlock: 0, borderTopWidth: 0, opacity: 0 };
    const remove = () => this.element.remove();
    return this.element.animate([from, to], { duration: LEAVING, easing: 'ease-in' }).finished.then(remove, remove);
  }

  #showTitle(text, href) {
    const isLink = this.#title.localName === 'a';
    if (isLink !== Boolean(href)) this.#replaceTitle(href ? this.#link() : element('span', 'title', { dir: 'auto' }));
    if (href && this.#title.href !== href) this.#title.href = href;
    write(this.#title, text);
  }

  #replaceTitle(title) {
    const { focused } = this;
    this.#title.replaceWith(title);
    this.#title = title;
    if (focused === 'title') this.focus('title');
  }

  #link() {
    const link = element('a', 'title', { dir: 'auto', 'data-kind': 'title' });
    link.addEventListener('click', () => this.#shown.read || this.#act('mark', this.#id));
    return link;
  }

  #showTime(timestamp, priority, isUnread) {
    const date = new Date(timestamp);
    const text = Number.isNaN(date.getTime()) ? '' : DATES.format(date);
    const words = [text];
    if (priority) words.unshift(element('span', 'priority', {}, this.#word(priority)), ' ');
    if (isUnread) words.push(element('span', 'unread', {}, ` · ${this.#word('label-unread')}`));
    this.#time.dateTime = timestamp;
    this.#time.replaceChildren(...words);
  }

  #button(kind) {
    const button = element('button', '', { type: 'button', 'data-kind': kind });
    button.addEventListener('click', (event) => {
      // The row may go: if the click reached the page, it would look like one outside the list.
      event.stopPropagation();
      this.#act(button.dataset.action, this.#id);
    });
    return button;
  }

  /** Screen readers hear what the button does, and to which row. */
  #name(button, action) {
    const word = this.#word(`label-${action}`);
    button.setAttribute('aria-label', `${word}: ${this.#shown.title}`);
    if (button.dataset.action === action) return;
    button.dataset.action = action;
    button.setAttribute('part', action);
    button.title = word;
    if (button === this.#archive) button.replaceChildren(drawing(action));
    if (action === 'archive') button.setAttribute('aria-keyshortcuts', 'Delete');
  }

  /** Lights the row up for a moment; from the start, if an earlier change still does. */
  #highlight() {
    this.element.part.add('item-updated');
    for (const animation of this.element.getAnimations()) animation.currentTime = 0;
  }
}

/** Writes a text only if it differs: writing it again would drop a selection in it. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function sameWords(a, b) {
  return ['title', 'body', 'priority'].every((name) => a[name] === b[name]) && a.data?.url === b.data?.url;
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
