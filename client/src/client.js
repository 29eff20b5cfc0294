import { Burst } from './burst.js';
import { Connection, NO_STATS } from './connection.js';
import { Emitter, run } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { compareIds } from './ids.js';
import { Inbox, listed } from './inbox.js';
import { Subscriptions } from './subscriptions.js';

const ANSWER_TIMEOUT = 10_000;
/** Promises that handlers return are awaited for at most this long before a row is confirmed. */
const HANDLER_TIMEOUT = 10_000;
const UNREAD_PAGE = 100;

/** Events of the gateway that have another name here. */
const NAMES = { 'system:maintenance': 'maintenance', 'system:update': 'systemUpdate' };

/** Events that the client itself emits: a broadcast with such a name would be mistaken for one. */
const OWN = new Set([
  'stateChange',
  'disconnected',
  'unreadCount',
  'notifications',
  'read',
  'heartbeat',
  'subscribed',
  'userChange',
  'wire',
]);

/**
 * A page's client. Nothing happens before `connect()`.
 *
 *     const client = new BelfryClient();
 *     client.on('notification', (n) => n.replayed || toast(n.title));
 *     client.connect();
 */
export class BelfryClient extends Emitter {
  /** Events of the gateway that the client handles itself; all others go to the handlers unchanged. */
  static #events = {
    connected: (client, session) => client.#opened(session),
    notification: (client, notification) => client.#notified(notification),
    'notification:batch': (client, list) => client.#inbox.merge(list),
    'notification:unread_count': (client, count) => client.#count(count),
    'notification:read': (client, read) => client.#readElsewhere(read),
    message: (client, message, broadcast) => client.#subscriptions.message(message, broadcast),
    error: (client, complaint) => client.#complained(complaint),
  };

  #connection = null;
  #wanted = false;
  #options;
  #listTold = new Burst(() => this.emit('notifications', this.#inbox.list));
  #inbox = new Inbox(() => this.#listTold.call());
  #subscriptions = new Subscriptions({
    request: (event, data) => this.#request(event, data),
    onMessage: (...message) => this.emit('message', ...message),
    onJoined: (topic) => this.emit('subscribed', { topic }),
    onError: (error) => this.emit('error', error),
  });
  #outbox = [];
  #unreadCount = 0;
  #session = null;
  #trouble = null;
  /** Increased with each change of user, so that what was begun for one user is not finished for the next. */
  #era = {};

  /**
   * `url`: the gateway (`/ws`). `token`: the URL of the endpoint
   * (`/api/websocket/auth`) or a function. `events`: the event stream, on the
   * gateway's site, for where no WebSocket opens (`/events`); null for none. `ack`: whether a notification counts
   * as delivered only once the handlers have run (true). `subscribe`: false for no
   * subscriptions except those asked for. `queue`: how many events to keep while
   * there is no connection (0). `shared`: one connection for all tabs.
   */
  constructor(options = {}) {
    super();
    this.#options = { url: '/ws', token: '/api/websocket/auth', events: '/events', ack: true, queue: 0, ...options };
    // A shared connection is created by connect(): few pages need that part of the package.
    if (!this.#shared) this.#adopt(new Connection(this.#options));
    if (debugging()) import('./debug.js').then(({ logTraffic }) => logTraffic(this));
  }

  get #shared() {
    return this.#options.shared && globalThis.navigator?.locks && globalThis.BroadcastChannel;
  }

  #adopt(connection) {
    this.#connection = connection;
    connection.on('state', (state) => this.emit('stateChange', state));
    connection.on('event', (...event) => this.#receive(...event));
    connection.on('lost', (why) => this.emit('disconnected', why));
    connection.on('user', (change) => this.#changeUser(change));
    connection.on('error', (error) => {
      this.#trouble = error;
      this.emit('error', error);
    });
    for (const name of ['heartbeat', 'wire']) connection.on(name, (value) => this.emit(name, value));
  }

  /** Resolves with the data of `connected`; stays pending while there is no connection. */
  async connect() {
    if (this.getState() === 'connected') return this.#session;
    this.#wanted = true;
    const connected = new Promise((resolve) => this.once('connected', resolve));
    if (!this.#connection) {
      const { SharedConnection } = await import('./shared.js');
      if (!this.#connection) this.#adopt(new SharedConnection(this.#options));
    }
    if (this.#wanted) this.#connection.connect();
    return connected;
  }

  disconnect() {
    this.#wanted = false;
    this.#connection?.disconnect();
    this.#emptyOutbox('disconnected', 'Disconnected before it was sent');
  }

  getState() {
    return this.#connection?.state ?? 'disconnected';
  }

  /** `{carrier, uptime, latency, quality, connections, received, sent}`, times in milliseconds. */
  getStats() {
    return this.#connection?.stats() ?? NO_STATS;
  }

  /** What carries the connection: 'websocket' or 'events'; null while there is none. */
  get carrier() {
    return this.getStats().carrier;
  }

  /** Sends a heartbeat now (event `heartbeat`) instead of within 30 s. While waiting to reconnect, reconnects now. */
  ping() {
    this.#connection?.ping();
  }

  /** `{userId, userEmail, sessionExpiresAt, serverTime, queue}` of the last connection, or null. */
  get session() {
    return this.#session;
  }

  /** Why there is no connection, if that is known: a BelfryError, or null. */
  get trouble() {
    return this.getState() === 'connected' ? null : this.#trouble;
  }

  get notifications() {
    return this.#inbox.list;
  }

  get unreadCount() {
    return this.#unreadCount;
  }

  /** Calls are counted: the topic is left once `unsubscribe` has been called as often. */
  subscribe(topic, { since } = {}) {
    return this.#subscriptions.add(topic, since, this.getState() === 'connected');
  }

  /** Never fails: a subscription that cannot be ended has already ended with its connection. */
  unsubscribe(topic) {
    return this.#subscriptions.remove(topic);
  }

  /** Resolves with the data of the acknowledgement. */
  send(event, data, { timeout = ANSWER_TIMEOUT, queue = this.#options.queue } = {}) {
    if (this.getState() === 'connected' || !queue) {
      return this.#request(event, data, timeout);
    }
    if (this.#outbox.length >= queue) {
      return Promise.reject(new BelfryError('queue_full', `${queue} events wait already`, { event }));
    }
    return new Promise((resolve, reject) => {
      this.#outbox.push({ event, data, timeout, resolve, reject });
    });
  }

  /** Takes effect in the list at once, and is undone if the gateway refuses. */
  markNotificationsRead(ids) {
    const wanted = ids.map(String);
    const changed = this.#inbox.mark(wanted, true);
    this.#count(Math.max(0, this.#unreadCount - changed.length));
    return this.#sendRead('notification:mark_read', { ids: wanted }, changed, changed.length);
  }

  /** All up to the newest that this page knows, so that one still under way is not marked as read unseen. */
  markAllNotificationsRead() {
    const upTo = this.#inbox.list[0]?.id;
    const changed = this.#inbox.mark(this.#inbox.unreadIds, true);
    const before = this.#unreadCount;
    this.#count(0);
    return this.#sendRead('notification:mark_all_read', upTo ? { upTo } : {}, changed, before);
  }

  async #sendRead(event, data, changed, lessened) {
    const era = this.#era;
    try {
      await this.send(event, data);
    } catch (error) {
      if (era === this.#era) {
        this.#inbox.mark(changed, false);
        this.#count(this.#unreadCount + lessened);
      }
      throw error;
    }
  }

  async requestNotificationCount() {
    return (await this.send('notification:get_count')).count;
  }

  /** `{limit, before, unread}`, newest first; the result is also added to `notifications`. */
  async listNotifications(range = {}) {
    const page = await this.send('notification:list', range);
    this.#inbox.merge(page.notifications);
    return { ...page, notifications: page.notifications.map(listed) };
  }

  /** May be sent again with the same `tempId`: it is stored once. */
  sendMessage(conversationId, content, { metadata, tempId } = {}) {
    return this.send('message:send', { conversationId: String(conversationId), content, metadata, tempId });
  }

  /** `{before, after, limit}` */
  getMessages(conversationId, range = {}) {
    return this.send('message:history', { conversationId: String(conversationId), ...range });
  }

  startTyping(conversationId) {
    this.#connection?.notify('typing:start', { conversationId: String(conversationId) });
  }

  stopTyping(conversationId) {
    this.#connection?.notify('typing:stop', { conversationId: String(conversationId) });
  }

  async getPresence(userIds) {
    return (await this.send('presence:get', { userIds: userIds.map(String) })).users;
  }

  async #receive(event, data, confirm, broadcast) {
    if (broadcast && !this.#subscriptions.broadcast(broadcast)) return;
    const known = BelfryClient.#events[event];
    // A broadcast may have any name and any data: one that does not fit must not affect the rest.
    const handled = known ? run(known, [this, data, broadcast]) : this.#pass(event, data, broadcast);
    if (!confirm) return;
    await within(handled, HANDLER_TIMEOUT);
    confirm();
  }

  #request(event, data, timeout = ANSWER_TIMEOUT) {
    return this.#connection?.request(event, data, timeout) ?? Promise.reject(offline(event));
  }

  #pass(event, ...values) {
    if (OWN.has(event)) return undefined;
    const handled = this.emit(event, ...values);
    return NAMES[event] ? Promise.all([handled, this.emit(NAMES[event], ...values)]) : handled;
  }

  #complained({ code, message, event, conversationId, topic = conversationId && `conversation:${conversationId}` }) {
    if (event === 'subscribe' && code === 'forbidden') this.#subscriptions.ended(topic);
    return this.emit('error', new BelfryError(code, message, { event, topic }));
  }

  /** Nothing of one user is shown to the next, or sent in the next one's name. */
  #changeUser(change) {
    this.#era = {};
    this.#session = null;
    this.#subscriptions.clear();
    this.#emptyOutbox('user_changed', 'Another user has signed in');
    this.#inbox.clear();
    this.#listTold.flush();
    this.#count(0);
    this.emit('userChange', change);
  }

  #emptyOutbox(code, message) {
    for (const { reject } of this.#outbox.splice(0)) reject(new BelfryError(code, message));
  }

  #opened(session) {
    if (this.#session && this.#session.queue !== session.queue) this.#subscriptions.forget();
    this.#session = session;
    this.#trouble = null;
    this.#inbox.open(session.queue, session.userId);
    this.#subscriptions.restore();
    this.#reconcile();
    for (const { event, data, timeout, resolve, reject } of this.#outbox.splice(0)) {
      this.#request(event, data, timeout).then(resolve, reject);
    }
    return this.emit('connected', session);
  }

  /** Takes over what was read elsewhere while there was no connection. */
  async #reconcile() {
    try {
      const range = { unread: true, limit: UNREAD_PAGE };
      const page = await this.#request('notification:list', range);
      this.#inbox.reconcile(page.notifications, page.hasMore);
    } catch (error) {
      if (error.code !== 'connection_lost') this.emit('error', error);
    }
  }

  #notified(notification) {
    return this.#inbox.arrive(notification) && this.emit('notification', notification);
  }

  /** By ids. Another tab on the same connection that marked all says `upTo` which id. */
  #readElsewhere({ ids, upTo }) {
    const unread = this.#inbox.unreadIds;
    const read = ids?.map(String) ?? unread.filter((id) => !upTo || compareIds(id, upTo) <= 0);
    this.#inbox.mark(read, true);
    return this.emit('read', read);
  }

  #count(count) {
    this.#unreadCount = count;
    return this.emit('unreadCount', count);
  }
}

/** A handler that never finishes must not delay the confirmation for ever. */
async function within(promise, milliseconds) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Whether `localStorage.debug` contains `belfry`. Reading it throws where the page may not use storage. */
function debugging() {
  try {
    return globalThis.localStorage?.debug?.includes('belfry');
  } catch {
    return false;
  }
}
