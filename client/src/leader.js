import { Connection } from './connection.js';
import { Paced } from './paced.js';

/** Events that a tab needs which opens later. */
const STANDING = new Set(['connected', 'notification:unread_count', 'notification:unseen_count']);
/** Requests that every tab sends by itself after a reconnect: together they must keep to the gateway's rate. */
const PACED = new Set(['subscribe', 'message:history', 'notification:list', 'presence:get']);
const CLEANUP_TIMEOUT = 10_000;

/**
 * The part of the leading tab that has the connection and serves all tabs, its own
 * included: `receive(message)` takes their requests, `say(message)` tells one tab
 * (`to`), all, or all but one (`except`).
 *
 * The gateway sees one client. What it would tell another connection of the user,
 * the leader tells the other tabs; a topic is left when the last tab that wants it
 * has left it or is closed. A leader serves the tabs of one user: when the
 * connection becomes another user's, it stops, and says so before anything of that
 * user is passed on.
 */
export class Leader {
  static #requests = {
    hello: (leader, { from, seen }) => leader.#greet(from, seen),
    unseen: (leader) => leader.#connection.countUnseen(),
    wanted: (leader) => leader.#connection.connect(),
    ping: (leader) => leader.#connection.ping(),
    probe: (leader) => leader.#tab.say({ type: 'alive' }),
    notify: (leader, { event, data }) => leader.#connection.notify(event, data),
    request: (leader, request) => leader.#request(request),
  };

  /** What the gateway tells of a change to the user's other connections. */
  static #echoes = {
    'notification:mark_read': ({ ids }) => ['notification:read', { ids }],
    'notification:mark_all_read': ({ upTo }) => ['notification:read', { upTo }],
    'notification:mark_unread': ({ ids }) => ['notification:unread', { ids }],
    'notification:archive': ({ ids }) => ['notification:remove', { ids, reason: 'archived' }],
  };

  #connection;
  #tab;
  #stopped = false;
  #tabs = new Set();
  #topics = new Map();
  #standing = new Map();
  #paced = new Paced();

  constructor(options, tab) {
    this.#tab = tab;
    this.#tabs.add(tab.id);
    this.#connection = new Connection(options, tab.tokens, tab.user);
    this.#connection.on('state', (state) => this.#changed(state));
    this.#connection.on('event', (...event) => this.#spread(...event));
    this.#connection.on('wire', tab.onWire);
    this.#connection.on('lost', (why) => this.#stopped || tab.say({ type: 'lost', why }));
    this.#connection.on('user', (change) => this.#userChanged(change));
    this.#connection.on('heartbeat', (beat) => {
      tab.say({ type: 'heartbeat', beat, stats: this.stats() });
    });
    this.#connection.on('error', ({ code, message }) => {
      tab.say({ type: 'error', error: { code, message } });
    });
    this.#connection.connect();
  }

  stats() {
    return this.#connection.stats();
  }

  /** Finds out whose connection it is. */
  renew() {
    return this.#connection.renew();
  }

  /** Ends the connection without telling the tabs: the next leader tells them about its own. */
  stop() {
    this.#stopped = true;
    this.#connection.disconnect();
  }

  receive(message) {
    Leader.#requests[message.type](this, message);
  }

  #changed(state) {
    if (state === 'connected') this.#paced.restart();
    else {
      this.#topics.clear();
      this.#standing.clear();
    }
    if (!this.#stopped) this.#tab.say(this.#news());
  }

  #userChanged(change) {
    if (this.#stopped) return;
    this.stop();
    this.#tab.say({ type: 'user', change });
  }

  #news() {
    return { type: 'state', state: this.#connection.state, stats: this.stats() };
  }

  #spread(event, data, confirm, broadcast) {
    if (STANDING.has(event)) this.#standing.set(event, data);
    this.#tab.say({ type: 'event', event, data, broadcast, except: this.#tab.id });
    return this.#tab.onEvent(event, data, confirm, broadcast);
  }

  #greet(tab, seen) {
    if (seen) this.#connection.countUnseen();
    if (this.#tabs.has(tab)) return;
    this.#tabs.add(tab);
    // A tab's own lock is released when it closes, for whatever reason.
    navigator.locks.request(`${this.#tab.name} ${tab}`, () => this.#forget(tab));
    // It may have been opened because somebody has signed in.
    if (this.#connection.state === 'error') this.#connection.connect();
    this.#tab.say({ ...this.#news(), to: tab });
    for (const [event, data] of this.#standing) this.#tab.say({ type: 'event', event, data, to: tab });
  }

  #forget(tab) {
    this.#tabs.delete(tab);
    for (const topic of [...this.#topics.keys()]) {
      if (!this.#leave(tab, topic)) continue;
      this.#connection.request('unsubscribe', { topic }, CLEANUP_TIMEOUT).catch(() => {});
    }
  }

  async #request({ from, call, event, data, timeout }) {
    const reply = { type: 'answer', to: from, call };
    const answered = (answer) => {
      this.#tellOthers(from, event, data);
      this.#tab.say({ ...reply, answer });
    };
    try {
      await this.#ask(from, event, data, timeout, answered);
    } catch ({ code, message }) {
      this.#tab.say({ ...reply, error: { code, message, event } });
    }
  }

  async #ask(tab, event, data, timeout, answered) {
    const { topic } = data ?? {};
    if (event === 'unsubscribe' && !this.#leave(tab, topic)) return answered({ ok: true, topic, kept: true });
    const asked = event === 'subscribe' ? this.#joining(tab, data) : data;
    const ask = () => this.#connection.request(event, asked, timeout, answered);
    try {
      return await (PACED.has(event) ? this.#paced.run(ask) : ask());
    } catch (error) {
      if (event === 'subscribe') this.#leave(tab, topic);
      throw error;
    }
  }

  /** The gateway sends what still stands when a subscription begins: a tab that comes later asks for it. */
  #joining(tab, data) {
    const isLate = this.#topics.get(data.topic)?.size && !data.since && !data.topic.startsWith('conversation:');
    this.#wants(tab, data.topic);
    return isLate ? { ...data, since: '0' } : data;
  }

  #wants(tab, topic) {
    this.#topics.set(topic, (this.#topics.get(topic) ?? new Set()).add(tab));
  }

  /** True if no other tab wants the topic. */
  #leave(tab, topic) {
    const tabs = this.#topics.get(topic);
    if (!tabs?.delete(tab) || tabs.size) return false;
    return this.#topics.delete(topic);
  }

  /** The gateway tells the user's other connections what was changed here; tabs have no connection of their own. */
  #tellOthers(tab, event, data) {
    const [name, news] = Leader.#echoes[event]?.(data ?? {}) ?? [];
    if (name) this.#tab.say({ type: 'event', event: name, data: news, except: tab });
  }
}
