import { BellArchive } from './bell-archive.js';
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

/** Milliseconds until what arrives while the list is open is marked as seen, so that a burst is marked once. */
const LOOK = 500;

/** What the buttons of a row do, on the client. */
const ACTIONS = {
  mark: 'markNotificationsRead',
  unmark: 'markNotificationsUnread',
  archive: 'archiveNotifications',
  unarchive: 'unarchiveNotifications',
};

/** There are no elements on a server: there, any class will do to extend. */
const Base = globalThis.HTMLElement ?? class {};

/**
 * `<belfry-bell>`: a bell whose badge counts the unseen notifications, and the list
 * that it opens. Opening the list marks them as seen; they stay unread until they are
 * read. A notification that somebody changes is changed in its place, and nothing
 * rings; one that is removed leaves the list. A button shows the archived ones
 * instead. Attributes: `url` and `auth` as the client's `url` and `token`,
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
  /** The archived notifications, while they are shown; null while the others are. */
  #archive = null;
  #shown = LISTED;
  /** The client whose list has read notifications, too, since the bell has asked it for the newest page. */
  #filled = null;
  #looking = null;
  #refreshing = new Burst(() => this.#refresh());
  #rung = [];
  #ringing = new Burst(() => this.#ring());

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet()];
    root.append(...page());
    for (const element of root.querySelectorAll('[id]')) this.#part[element.id] = element;
    const { list, button, more, archived } = this.#part;
    this.#list = new BellList(list, {
      word: (name) => this.#word(name),
      act: (action, id) => this.#act(action, id),
      retreat: () => this.#part.panel.focus(),
    });
    button.addEventListener('click', () => this.#open(this.#part.panel.hidden));
    more.addEventListener('click', (event) => this.#showMore(event));
    this.#part['mark-all'].addEventListener('click', () => {
      this.#attempt(this.#client.markAllNotificationsRead());
      list.focus();
    });
    archived.addEventListener('click', () => this.#switch(!this.#archive));
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
      on('connected', () => this.#connected()),
      on('error', () => this.#showState()),
      on('unreadCount', () => this.#showCount()),
      on('unseenCount', () => this.#showCount()),
      on('notifications', () => this.#showList()),
      on('notification', (notification) => this.#notified(notification)),
      on('update', (notification) => this.#updated(notification)),
      on('remove', (removed) => this.#removed(removed)),
      on('userChange', () => this.#forget()),
    ];
    document.addEventListener('click', this.#onElsewhere);
    document.addEventListener('visibilitychange', this.#look);
    window.addEventListener('resize', this.#place);
    this.#showWords();
    // It was moved within the page while it was open: what it showed may be another client's.
    if (!this.#part.panel.hidden) this.#switch(false);
    if (!this.#given) this.#client.connect();
  }

  disconnectedCallback() {
    document.removeEventListener('click', this.#onElsewhere);
    document.removeEventListener('visibilitychange', this.#look);
    window.removeEventListener('resize', this.#place);
    this.#ringing.stop();
    this.#refreshing.stop();
    clearTimeout(this.#looking);
    this.#looking = null;
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
    // The user has seen what arrived before the list is closed.
    if (!open) this.#look();
    panel.hidden = !open;
    button.setAttribute('aria-expanded', open);
    if (open) {
      this.#matchPage();
      this.#switch(false);
      this.#place();
      panel.focus();
    } else {
      this.#list.clear();
      this.#showCount();
      if (byKey) button.focus();
    }
  }

  /** Shows the archived notifications, or the others. */
  #switch(isArchived) {
    this.#archive = isArchived ? new BellArchive(this.#client) : null;
    this.#shown = LISTED;
    this.#part.archived.setAttribute('aria-pressed', isArchived);
    this.#showHead();
    this.#showList();
    this.#look();
    if (isArchived || this.#filled !== this.#client) this.#fill();
  }

  /** Whether the user has the list in front of them. */
  get #isLooking() {
    return !this.#part.panel.hidden && !this.#archive && !document.hidden;
  }

  /** Marks everything as seen, if the list is in front of the user. After a failure only the next look tries again. */
  #look = () => {
    const hasNew = this.#looking || this.#client.unseenCount;
    clearTimeout(this.#looking);
    this.#looking = null;
    if (hasNew && this.#isLooking && this.#client.getState() === 'connected') this.#attempt(this.#client.markAllSeen());
    this.#showCount();
  };

  #lookSoon() {
    if (this.#isLooking) this.#looking ??= setTimeout(this.#look, LOOK);
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

  get #items() {
    return this.#archive?.list ?? this.#client.notifications;
  }

  get #hasMore() {
    return this.#archive ? this.#archive.hasMore : this.#filled === this.#client && this.#client.hasMore;
  }

  /** The client knows only what is unread. Whoever opens the list wants to see the rest, too. */
  async #fill() {
    if (this.#client.getState() !== 'connected') return;
    const client = this.#client;
    const load = this.#archive ? this.#archive.load(LISTED) : client.loadMore(LISTED).then(() => (this.#filled = client));
    await this.#attempt(load);
    this.#showList();
  }

  async #refresh() {
    if (!this.#archive) return;
    await this.#attempt(this.#archive.refresh(LISTED));
    this.#showList();
  }

  #showMore(event) {
    // The button may be gone when the click reaches the page, where it would look like one outside the bell.
    event.stopPropagation();
    this.#shown += LISTED;
    // Even if the client has that many rows: between older unread ones, those that were read are missing.
    if (this.#hasMore) this.#fill();
    this.#showList();
  }

  /** The client has undone what failed, and the list shows that. */
  #attempt(promise) {
    return promise.catch(() => {});
  }

  #word(name) {
    return this.getAttribute(name) ?? WORDS[name];
  }

  #showWords() {
    const { archived, list, more, panel } = this.#part;
    panel.setAttribute('aria-label', this.#word('label'));
    archived.title = this.#word('label-archived');
    archived.setAttribute('aria-label', this.#word('label-archived'));
    more.textContent = this.#word('label-more');
    this.#part['mark-all'].textContent = this.#word('label-all');
    this.#list.clear();
    this.#showHead();
    this.#showState();
    this.#showList();
  }

  #showHead() {
    const name = this.#word(this.#archive ? 'label-archived' : 'label');
    this.#part.heading.textContent = name;
    this.#part.list.setAttribute('aria-label', name);
    this.#part['mark-all'].hidden = Boolean(this.#archive);
    this.#showCount();
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

  /** The badge counts the unseen notifications. How many are unread is said in the list's head, and screen readers hear both. */
  #showCount() {
    const { unreadCount } = this.#client;
    const unseen = this.#isLooking ? 0 : this.#client.unseenCount;
    const { badge, button, count, status } = this.#part;
    const unread = `${unreadCount} ${this.#word('label-unread')}`;
    const said = [this.#word('label'), unread, unseen && `${unseen} ${this.#word('label-new')}`, status.textContent];
    badge.hidden = !unseen;
    badge.textContent = unseen > 99 ? '99+' : unseen;
    count.hidden = !unreadCount || Boolean(this.#archive);
    count.textContent = unread;
    button.setAttribute('aria-label', said.filter(Boolean).join(', '));
    this.#part['mark-all'].disabled = !unreadCount;
  }

  /** Before the gateway has answered, an empty list does not mean that there is nothing. */
  #showEmpty() {
    const { empty } = this.#part;
    const isKnown = this.#client.getState() === 'connected' && this.#hasMore !== undefined;
    empty.hidden = this.#items.length > 0 || !isKnown;
    empty.textContent = this.#word(this.#archive ? 'label-archived-empty' : 'label-empty');
  }

  #showList() {
    if (this.#part.panel.hidden || !this.#client) return;
    this.#list.show(this.#items, this.#shown, Boolean(this.#archive));
    this.#showEmpty();
    const { more, list } = this.#part;
    const isFocused = more.getRootNode().activeElement === more;
    more.hidden = this.#items.length <= this.#shown && !this.#hasMore;
    if (isFocused && more.hidden) list.focus();
  }

  async #act(action, id) {
    const done = this.#client[ACTIONS[action]]([id]);
    if (action === 'unarchive') this.#archive.drop([id]);
    this.#showList();
    await this.#attempt(done);
    // The bell may have been taken out of the page meanwhile.
    if (!this.#client) return;
    if (action === 'unarchive') this.#refreshing.call();
    else if (this.#hasMore && this.#items.length < LISTED / 2) this.#fill();
  }

  /** Requests what could not be requested while there was no connection. */
  #connected() {
    if (this.#part.panel.hidden) return;
    this.#lookSoon();
    if (this.#archive) this.#refreshing.call();
    else if (this.#filled !== this.#client) this.#fill();
  }

  #updated(notification) {
    if (!this.#archive) return;
    this.#archive.update(notification);
    this.#showList();
  }

  #removed({ ids, reason }) {
    if (!this.#archive) return;
    if (reason === 'archived' || reason === 'gone') this.#refreshing.call();
    else this.#archive.drop(ids);
    this.#showList();
  }

  /** The next user must see and hear nothing of the previous one. */
  #forget() {
    this.#rung = [];
    this.#ringing.stop();
    this.#part.announced.textContent = '';
    this.#filled = null;
    this.#list.clear();
    if (!this.#part.panel.hidden) this.#switch(false);
  }

  #notified(notification) {
    const event = { detail: notification, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent('belfry-notification', event));
    this.#lookSoon();
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
