import { Connection, NO_STATS } from './connection.js';
import { Emitter, run } from './emitter.js';
import { BelfryError, offline } from './error.js';
import { Notifications } from './notifications.js';
import { Subscriptions } from './subscriptions.js';

const ANSWER_TIMEOUT = 10_000;
/** Promises that handlers return are awaited for at most this long before a row is confirmed. */
const HANDLER_TIMEOUT = 10_000;
const PAGE = 50;

/** Events of the gateway that have another name here. */
const NAMES = { 'system:maintenance': 'maintenance', 'system:update': 'systemUpdate' };

/** Events that the client itself emits: a broadcast with such a name would be mistaken for one. */
const OWN = new Set([
  'stateChange',
  'disconnected',
  'unreadCount',
  'unseenCount',
  'notifications',
  'update',
  'remove',
  'read',
  'unread',
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
    notification: (client, notification) => client.#notifications.arrived(notification),
    'notification:batch': (client, list) => client.#notifications.listed(list),
    'notification:update': (client, notification) => client.#notifications.updated(notification),
    'notification:remove': (client, removed) => client.#notifications.removed(removed),
    'notification:read': (client, read) => client.#notifications.marked('read', read),
    'notification:unread': (client, unread) => client.#notifications.marked('unread', unread),
    'notification:unread_count': (client, count) => client.#notifications.counted('unreadCount', count),
    'notification:unseen_count': (client, count) => client.#notifications.counted('unseenCount', count),
    message: (client, message, broadcast) => client.#subscriptions.message(message, broadcast),
    error: (client, complaint) => client.#complained(complaint),
  };

  #connection = null;
  #wanted = false;
  #options;
  #notifications = new Notifications({
    request: (event, data, onAnswer) => this.#send({ event, data, onAnswer }),
    emit: (name, value) => this.emit(name, value),
  });
  #subscriptions = new Subscriptions({
    request: (event, data) => this.#request(event, data),
    onMessage: (...message) => this.emit('message', ...message),
    onJoined: (topic) => this.emit('subscribed', { topic }),
    onError: (error) => this.emit('error', error),
  });
  #outbox = [];
  #session = null;
  #trouble = null;

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
    return this.#notifications.list;
  }

  /** Whether there are older notifications, which `loadMore` adds to the list. */
  get hasMore() {
    return this.#notifications.hasMore;
  }

  get unreadCount() {
    return this.#notifications.counts.unreadCount;
  }

  /** How many of the unread ones came after the last `markAllSeen()`. The gateway counts them for those who ask. */
  get unseenCount() {
    this.#countUnseen();
    return this.#notifications.counts.unseenCount;
  }

  on(name, handler) {
    if (name === 'unseenCount') this.#countUnseen();
    return super.on(name, handler);
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
  send(event, data, { timeout, queue } = {}) {
    return this.#send({ event, data, timeout, queue });
  }

  /** Takes effect in the list at once, and is undone if the gateway refuses. */
  markNotificationsRead(ids) {
    return this.#notifications.change('read', 'notification:mark_read', ids);
  }

  markAllNotificationsRead() {
    return this.#notifications.readAll();
  }

  markNotificationsUnread(ids) {
    return this.#notifications.change('unread', 'notification:mark_unread', ids);
  }

  /** Takes them out of the list, and marks them as read. */
  archiveNotifications(ids) {
    return this.#notifications.change('archive', 'notification:archive', ids);
  }

  unarchiveNotifications(ids) {
    return this.#notifications.change('unarchive', 'notification:unarchive', ids);
  }

  /** The user has looked at the list: nothing in it is unseen, although it may be unread. */
  markAllSeen() {
    this.#countUnseen();
    return this.#notifications.see();
  }

  async requestNotificationCount() {
    return (await this.send('notification:get_count')).count;
  }

  /** `{limit, before, unread, archived, type}`, newest first; what is not archived is also added to `notifications`. */
  listNotifications(range = {}) {
    return this.#notifications.request(range);
  }

  /** Adds to `notifications` the next page below what it has without a gap: at first, the newest. */
  loadMore(limit = PAGE) {
    return this.#notifications.more(limit);
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

  /** Sends it now, or keeps it until there is a connection. */
  #send({ queue = this.#options.queue, ...call }) {
    if (this.getState() === 'connected' || !queue) return this.#call(call);
    const { event } = call;
    if (this.#outbox.length >= queue) {
      return Promise.reject(new BelfryError('queue_full', `${queue} events wait already`, { event }));
    }
    return new Promise((resolve, reject) => {
      this.#outbox.push({ call, resolve, reject });
    });
  }

  #request(event, data) {
    return this.#call({ event, data });
  }

  #call({ event, data, timeout = ANSWER_TIMEOUT, onAnswer }) {
    return this.#connection?.request(event, data, timeout, onAnswer) ?? Promise.reject(offline(event));
  }

  #countUnseen() {
    if (this.#options.seen) return;
    this.#options.seen = true;
    this.#connection?.countUnseen();
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
    this.#session = null;
    this.#subscriptions.clear();
    this.#emptyOutbox('user_changed', 'Another user has signed in');
    this.#notifications.clear();
    this.emit('userChange', change);
  }

  #emptyOutbox(code, message) {
    for (const { reject } of this.#outbox.splice(0)) reject(new BelfryError(code, message));
  }

  #opened(session) {
    if (this.#session && this.#session.queue !== session.queue) this.#subscriptions.forget();
    this.#session = session;
    this.#trouble = null;
    this.#notifications.open(session);
    this.#subscriptions.restore();
    for (const { call, resolve, reject } of this.#outbox.splice(0)) this.#call(call).then(resolve, reject);
    return this.emit('connected', session);
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
