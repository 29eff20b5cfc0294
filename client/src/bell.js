import { BellList } from './bell-list.js';
import { page } from './bell-parts.js';
import { sheet } from './bell-style.js';
import { statusWord, WORDS } from './bell-words.js';
import { Burst } from './burst.js';
import { BelfryClient } from './client.js';

/** Rows that are shown at first, and added by each click on “more”. */
const LISTED = 50;
/** How many titles a screen reader is given of notifications that arrived together. */
const ANNOUNCED = 3;

/** Pixels: the margin between the panel and the window's edges, and the height it needs below the bell. */
const MARGIN = 8;
const ROOM = 240;

/** There are no elements on a server: there, any class will do to extend. */
const Base = globalThis.HTMLElement ?? class {};

/**
 * `<belfry-bell>`: a bell with the number of unread notifications, and the list
 * that it opens. Attributes: `url` and `auth` as the client's `url` and `token`,
 * `shared`, and the texts of bell-words.js. The attribute `state` follows the connection.
 * Each notification is dispatched as the event `belfry-notification`, which
 * bubbles, with the notification as its `detail`.
 *
 * The list is created when it is opened, and updated while it is open. Of a
 * burst of changes, the first is shown at once and the others together.
 *
 * Styled from outside by its parts and by `--belfry-accent`, `--belfry-surface`,
 * `--belfry-text`, `--belfry-line`, `--belfry-muted`.
 */
export class BelfryBell extends Base {
  static observedAttributes = Object.keys(WORDS);

  #part = {};
  #client = null;
  #given = null;
  #offs = [];
  #list;
  #shown = LISTED;
  #hasMore = false;
  #rung = [];
  #ringing = new Burst(() => this.#ring());

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet()];
    root.append(...page());
    for (const element of root.querySelectorAll('[id]')) this.#part[element.id] = element;
    const { list, button, more } = this.#part;
    this.#list = new BellList(list, { word: (name) => this.#word(name), mark: (id) => this.#mark(id) });
    button.addEventListener('click', () => this.#open(this.#part.panel.hidden));
    more.addEventListener('click', (event) => this.#showMore(event));
    this.#part['mark-all'].addEventListener('click', () => {
      this.#attempt(this.#client.markAllNotificationsRead());
      list.focus();
    });
    this.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#open(false, true));
    this.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget && !this.contains(relatedTarget)) this.#open(false);
    });
  }

  /** A client of the page's own; set it before the bell is added to the page. Otherwise the bell creates one. */
  set client(client) {
    this.#given = client;
  }

  get client() {
    return this.#client ?? this.#given;
  }

  connectedCallback() {
    this.#client = this.#given ?? this.#make();
    const on = (name, handler) => this.#client.on(name, handler);
    this.#offs = [
      on('stateChange', () => this.#showState()),
      on('error', () => this.#showState()),
      on('unreadCount', () => this.#showCount()),
      on('notifications', () => this.#showList()),
      on('notification', (notification) => this.#notified(notification)),
    ];
    document.addEventListener('click', this.#onElsewhere);
    window.addEventListener('resize', this.#place);
    this.#showWords();
    if (!this.#given) this.#client.connect();
  }

  disconnectedCallback() {
    document.removeEventListener('click', this.#onElsewhere);
    window.removeEventListener('resize', this.#place);
    this.#ringing.stop();
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
    if (open) {
      this.#shown = LISTED;
      this.#matchPage();
      this.#showList();
      this.#place();
      this.#fill();
      panel.focus();
    } else {
      this.#list.clear();
      if (byKey) button.focus();
    }
  }

  /** Keeps the panel inside the window: moves it sideways, and above the bell where there is more room. */
  #place = () => {
    const { panel, button } = this.#part;
    if (panel.hidden) return;
    const { innerHeight: height } = window;
    const { clientWidth: width } = document.documentElement;
    const at = button.getBoundingClientRect();
    const [above, below] = [at.top - MARGIN, height - at.bottom - MARGIN];
    const up = below < ROOM && above > below;
    panel.classList.toggle('up', up);
    panel.style.maxHeight = `max(10em, min(30em, ${Math.max(up ? above : below, 0)}px - .4em))`;
    panel.style.translate = '';
    const { left, right } = panel.getBoundingClientRect();
    const shift = left < MARGIN ? MARGIN - left : Math.min(0, width - MARGIN - right);
    panel.style.translate = `${shift}px 0`;
  };

  /** Not every dark page sets `color-scheme`, but its text is light. */
  #matchPage() {
    const { colorScheme, color } = getComputedStyle(this);
    const declared = /light|dark/.test(colorScheme);
    this.#part.panel.style.colorScheme = declared ? '' : isLight(color) ? 'dark' : 'light';
  }

  /** The client knows only what is unread. Whoever opens the list wants to see the rest, too. */
  async #fill(range = {}) {
    if (this.#client.getState() !== 'connected') return;
    try {
      const page = await this.#client.listNotifications({ limit: LISTED, ...range });
      this.#hasMore = page.hasMore && page.notifications.length > 0;
      this.#showList();
    } catch {
      // Then the list shows what the client has.
    }
  }

  #showMore(event) {
    // The button may be gone when the click reaches the page, where it would look like one outside the bell.
    event.stopPropagation();
    this.#shown += LISTED;
    const { notifications } = this.#client;
    const oldest = notifications.at(-1);
    if (notifications.length < this.#shown && this.#hasMore && oldest) this.#fill({ before: oldest.id });
    this.#showList();
    if (this.#part.more.hidden) this.#part.list.focus();
  }

  /** The client has undone what failed, and the list shows that. */
  #attempt(promise) {
    promise.catch(() => {});
  }

  #word(name) {
    return this.getAttribute(name) ?? WORDS[name];
  }

  #showWords() {
    const { panel, heading, list, more } = this.#part;
    heading.textContent = this.#word('label');
    panel.setAttribute('aria-label', this.#word('label'));
    list.setAttribute('aria-label', this.#word('label'));
    more.textContent = this.#word('label-more');
    this.#part['mark-all'].textContent = this.#word('label-all');
    this.#list.clear();
    this.#showState();
    this.#showList();
  }

  #showState() {
    const { status, button } = this.#part;
    const state = this.#client.getState();
    if (this.getAttribute('state') !== state) this.setAttribute('state', state);
    const name = statusWord(state, this.#client.trouble);
    status.textContent = name ? this.#word(name) : '';
    status.hidden = !name;
    button.title = status.textContent;
    this.#showCount();
    this.#showEmpty();
  }

  #showCount() {
    const { unreadCount: count } = this.#client;
    const { button, badge, status } = this.#part;
    const said = [this.#word('label'), `${count} ${this.#word('label-unread')}`, status.textContent];
    badge.hidden = !count;
    badge.textContent = count > 99 ? '99+' : count;
    button.setAttribute('aria-label', said.filter(Boolean).join(', '));
    this.#part['mark-all'].disabled = !count;
  }

  /** Without a connection, an empty list does not mean that there is nothing. */
  #showEmpty() {
    const { empty, list } = this.#part;
    const isEmpty = this.#client.notifications.length === 0;
    list.hidden = isEmpty;
    empty.hidden = !isEmpty || this.#client.getState() !== 'connected';
    empty.textContent = this.#word('label-empty');
  }

  #showList() {
    if (this.#part.panel.hidden) return;
    const { notifications } = this.#client;
    this.#showEmpty();
    this.#list.show(notifications.slice(0, this.#shown));
    this.#part.more.hidden = notifications.length <= this.#shown && !(this.#hasMore && this.#shown <= notifications.length);
  }

  #mark(id) {
    this.#attempt(this.#client.markNotificationsRead([id]));
  }

  #notified(notification) {
    const event = { detail: notification, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent('belfry-notification', event));
    if (notification.replayed) return;
    this.#rung.push(notification.title);
    this.#ringing.call();
  }

  #ring() {
    const { button, announced } = this.#part;
    const titles = this.#rung.splice(0);
    const rest = titles.length - ANNOUNCED;
    announced.textContent = titles.slice(-ANNOUNCED).join('. ') + (rest > 0 ? `, +${rest}` : '');
    for (const animation of button.getAnimations({ subtree: true })) animation.cancel();
    button.classList.toggle('ringing', false);
    requestAnimationFrame(() => button.classList.add('ringing'));
  }
}

/** Judged by luminance, for any notation that the browser resolves to rgb(). */
function isLight(color) {
  const [red, green, blue] = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  const full = color.startsWith('rgb') ? 255 : 1;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / full > 0.5;
}

if (globalThis.customElements && !customElements.get('belfry-bell')) {
  customElements.define('belfry-bell', BelfryBell);
}
