import { sheet } from './bell-style.js';
import { BelfryClient } from './client.js';

const LISTED = 50;

/** What it says, each to be said otherwise by an attribute of that name. */
const WORDS = {
  label: 'Notifications',
  'label-unread': 'unread',
  'label-all': 'Mark all read',
  'label-mark': 'Mark as read',
  'label-empty': 'Nothing new',
};

const PAGE = `
  <button part="button" id="button" type="button" aria-haspopup="dialog" aria-expanded="false">
    <slot name="icon"><svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor"
      d="M12 2a1.8 1.8 0 0 1 1.8 1.8v.5c2.7.8 4.4 3.3 4.4 6.5 0 4 .9 5.2 2.3 6.3.6.5.3 1.4-.5 1.4H4c-.8
      0-1.1-.9-.5-1.4 1.4-1.1 2.3-2.3 2.3-6.3 0-3.2 1.7-5.7 4.4-6.5v-.5A1.8 1.8 0 0 1 12 2Zm-2.4
      18h4.8a2.4 2.4 0 0 1-4.8 0Z"></path></svg></slot>
    <span part="badge" id="badge" aria-hidden="true" hidden></span>
  </button>
  <div part="panel" id="panel" role="dialog" tabindex="-1" hidden>
    <div part="header"><strong part="heading" id="heading"></strong><button part="mark-all" id="mark-all" type="button"></button></div>
    <ul part="list" id="list"></ul>
    <p part="empty" id="empty"></p>
  </div>
  <span id="announced" role="status"></span>`;

/**
 * `<belfry-bell>`: a bell with the count of what is unread, and the list behind
 * it. Attributes: `url` and `auth` as the client's `url` and `token`, `shared`,
 * and the words above. The attribute `state` follows the connection. Each
 * notification is dispatched as the event `belfry-notification`, which bubbles,
 * with the notification as its `detail`.
 *
 * Styled from outside by its parts and by `--belfry-accent`, `--belfry-surface`,
 * `--belfry-text`, `--belfry-line`, `--belfry-muted`.
 */
export class BelfryBell extends HTMLElement {
  static observedAttributes = Object.keys(WORDS);

  #part = {};
  #client = null;
  #given = null;
  #offs = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet()];
    root.innerHTML = PAGE;
    for (const element of root.querySelectorAll('[id]')) this.#part[element.id] = element;
    this.#part.button.addEventListener('click', () => this.#open(this.#part.panel.hidden));
    this.#part['mark-all'].addEventListener('click', () => {
      this.#attempt(this.#client.markAllNotificationsRead());
    });
    this.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#open(false, true));
    this.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget && !this.contains(relatedTarget)) this.#open(false);
    });
  }

  /** The page's own client, to be given before the bell is in the page; without it the bell makes one. */
  set client(client) {
    this.#given = client;
  }

  get client() {
    return this.#client ?? this.#given;
  }

  connectedCallback() {
    this.#client = this.#given ?? this.#make();
    this.#offs = [
      this.#client.on('stateChange', (state) => this.setAttribute('state', state)),
      this.#client.on('unreadCount', () => this.#showCount()),
      this.#client.on('notifications', () => this.#showList()),
      this.#client.on('notification', (notification) => this.#ring(notification)),
    ];
    document.addEventListener('click', this.#onElsewhere);
    this.setAttribute('state', this.#client.getState());
    this.#showWords();
    if (!this.#given) this.#client.connect();
  }

  disconnectedCallback() {
    document.removeEventListener('click', this.#onElsewhere);
    for (const off of this.#offs.splice(0)) off();
    if (!this.#given) this.#client.disconnect();
    this.#client = null;
  }

  attributeChangedCallback() {
    if (this.#client) this.#showWords();
  }

  #make() {
    return new BelfryClient({
      url: this.getAttribute('url') ?? '/ws',
      token: this.getAttribute('auth') ?? '/api/websocket/auth',
      shared: this.hasAttribute('shared'),
    });
  }

  #onElsewhere = (event) => event.composedPath().includes(this) || this.#open(false);

  #open(open, byKey = false) {
    const { button, panel } = this.#part;
    if (open === !panel.hidden) return;
    panel.hidden = !open;
    button.setAttribute('aria-expanded', open);
    if (open) this.#fill();
    if (open) panel.focus();
    else if (byKey) button.focus();
  }

  /** The client knows what is unread; who opens the list wants to see the rest too. */
  #fill() {
    if (this.#client.getState() !== 'connected') return;
    this.#attempt(this.#client.listNotifications({ limit: LISTED }));
  }

  /** What failed the client has taken back, and the list shows it. */
  #attempt(promise) {
    promise.catch(() => {});
  }

  #word(name) {
    return this.getAttribute(name) ?? WORDS[name];
  }

  #showWords() {
    const { panel, heading, empty } = this.#part;
    heading.textContent = this.#word('label');
    panel.setAttribute('aria-label', this.#word('label'));
    empty.textContent = this.#word('label-empty');
    this.#part['mark-all'].textContent = this.#word('label-all');
    this.#showCount();
    this.#showList();
  }

  #showCount() {
    const { unreadCount: count } = this.#client;
    const { button, badge } = this.#part;
    badge.hidden = !count;
    badge.textContent = count > 99 ? '99+' : count;
    button.setAttribute('aria-label', `${this.#word('label')}, ${count} ${this.#word('label-unread')}`);
    this.#part['mark-all'].disabled = !count;
  }

  #showList() {
    const { notifications } = this.#client;
    this.#part.empty.hidden = notifications.length > 0;
    this.#part.list.replaceChildren(...notifications.map((each) => this.#item(each)));
  }

  #item(notification) {
    const { id, title, body, timestamp, read, data } = notification;
    const link = safeLink(data?.url);
    const item = element('li', read ? 'item' : 'item item-unread');
    const heading = element(link ? 'a' : 'span', 'title', title);
    const time = element('time', 'time', new Date(timestamp).toLocaleString());
    time.dateTime = timestamp;
    if (link) heading.href = link;
    if (link) heading.addEventListener('click', () => this.#mark(id));
    item.append(heading, time);
    if (body) item.append(element('p', 'body', body));
    if (!read) item.append(this.#markButton(id, title));
    return item;
  }

  #markButton(id, title) {
    const button = element('button', 'mark');
    button.type = 'button';
    button.title = this.#word('label-mark');
    button.setAttribute('aria-label', `${this.#word('label-mark')}: ${title}`);
    button.addEventListener('click', (event) => {
      // The list is made anew: without this the click would seem to come from elsewhere.
      event.stopPropagation();
      this.#mark(id);
      this.#part.panel.focus();
    });
    return button;
  }

  #mark(id) {
    this.#attempt(this.#client.markNotificationsRead([id]));
  }

  #ring(notification) {
    const { button, announced } = this.#part;
    const event = { detail: notification, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent('belfry-notification', event));
    if (notification.replayed) return;
    announced.textContent = notification.title;
    button.classList.remove('ringing');
    button.getBoundingClientRect();
    button.classList.add('ringing');
  }
}

function element(name, parts, text = '') {
  const made = document.createElement(name);
  made.setAttribute('part', parts);
  made.textContent = text;
  return made;
}

/** Whoever writes rows may not be whoever wrote the page: `javascript:` and the like are no links. */
function safeLink(url) {
  if (typeof url !== 'string') return null;
  try {
    const { protocol, href } = new URL(url, document.baseURI);
    return protocol === 'https:' || protocol === 'http:' ? href : null;
  } catch {
    return null;
  }
}

if (!customElements.get('belfry-bell')) customElements.define('belfry-bell', BelfryBell);
