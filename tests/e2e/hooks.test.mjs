// Browser code from the field, written for another server: a manager that holds the
// page's only socket, and hooks that subscribe once, when they are shown, even if
// there is no socket yet, and unsubscribe for the whole page when one of them is
// removed. With the setting from the manual they receive everything.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import { atEnd, documented, eventually, Inbox, openLastingSite, openSite, socketClient } from './harness.mjs';

const [, AUTO] = /auto_subscribe = (.*)/.exec(documented('belfry-gateway.8', ['auto_subscribe']));
const SETTINGS = { gateway: { auto_subscribe: AUTO, presence_grace: '300ms' } };

/** The page's only socket, as such an application manages it. */
class WebSocketManager {
  #socket = null;
  #handlers = new Map();

  async connect(url, getToken) {
    const token = await getToken();
    this.#socket = io(url, { auth: { token }, transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 100, forceNew: true });
    this.#socket.onAny((event, data) => this.#handlers.get(event)?.forEach((handler) => handler(data)));
    this.#socket.on('disconnect', () => this.#handlers.get('disconnect')?.forEach((handler) => handler()));
  }

  on(event, handler) {
    if (!this.#handlers.has(event)) this.#handlers.set(event, new Set());
    this.#handlers.get(event).add(handler);
    return () => this.#handlers.get(event).delete(handler);
  }

  emit(event, data) {
    if (this.#socket?.connected) this.#socket.emit(event, data);
  }

  ask(event, data) {
    return this.#socket.emitWithAck(event, data);
  }

  disconnect() {
    this.#socket?.disconnect();
  }
}

/** A hook, subscribed while it is shown. Returns what it received, and a function that removes it. */
function shown(manager, topic, event, fits = () => true) {
  const inbox = new Inbox(`the hook of ${topic}`);
  const off = manager.on(event, (data) => fits(data) && inbox.put(data));
  manager.emit('subscribe', { topic });
  const unmount = () => {
    off();
    manager.emit('unsubscribe', { topic });
  };
  return { inbox, unmount, hears: (wanted) => inbox.find(wanted, `${event} in time`) };
}

const useWebSocketMessages = (manager, id) => shown(manager, `conversation:${id}`, 'message', ({ conversationId }) => conversationId === id);
const useWebSocketNotifications = (manager) => shown(manager, 'user:notifications', 'notification');
const usePresence = (manager) => shown(manager, 'presence:updates', 'presence');

function openPage(t, site, sub) {
  const manager = new WebSocketManager();
  const connected = new Inbox('the manager');
  manager.on('connected', (data) => connected.put(data));
  manager.on('disconnect', () => connected.put('disconnect'));
  const error = new Inbox('errors');
  manager.on('error', (data) => error.put(data));
  atEnd(t, () => manager.disconnect());
  const connecting = manager.connect(site.url, () => site.token({ sub }));
  return { manager, connecting, connected, error };
}

const add = (site, conversation, ...users) => site.sql(`INSERT INTO conversation_members (conversation_id, user_id)
  VALUES ${users.map((user) => `('${conversation}', '${user}')`).join(', ')}`);
const say = (site, conversation, content) => site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('${conversation}', 'bob', '${content}')`);
const joined = (site, count) => eventually(async () => (await site.metric('belfry_subscriptions')) === count, `${count} subscriptions`);

test('hooks that subscribe too early, and never again, still receive everything', async (t) => {
  const site = await openLastingSite(t, { settings: SETTINGS });
  await add(site, 'tea', 'alice', 'bob');
  const page = openPage(t, site, 'alice');
  // Shown before there is a socket: their subscribe requests are lost.
  const [messages, second] = [useWebSocketMessages(page.manager, 'tea'), useWebSocketMessages(page.manager, 'tea')];
  const later = useWebSocketMessages(page.manager, 'later');
  const [presence, notifications] = [usePresence(page.manager), useWebSocketNotifications(page.manager)];
  await page.connecting;
  await page.connected.next((event) => event.userId === 'alice');
  await presence.hears(({ userId, isOnline }) => userId === 'bob' && !isOnline);
  await joined(site, 2);
  await say(site, 'tea', 'one');
  await messages.hears(({ content }) => content === 'one');
  await site.insert('alice', 'Ring');
  await notifications.hears(({ title }) => title === 'Ring');
  const bob = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'bob' }) } });
  await presence.hears(({ userId, isOnline }) => userId === 'bob' && isOnline);

  // A component is removed, and unsubscribes for the whole page: the others still receive.
  messages.unmount();
  assert.deepEqual(await page.manager.ask('unsubscribe', { topic: 'conversation:tea' }), { ok: true, kept: true });
  assert.deepEqual(await page.manager.ask('unsubscribe', 'presence:updates'), { ok: true, kept: true });
  await say(site, 'tea', 'two');
  await second.hears(({ content }) => content === 'two');

  // A membership that begins or ends while connected takes effect at once.
  await add(site, 'later', 'alice', 'bob');
  await joined(site, 6);
  await say(site, 'later', 'three');
  await later.hears(({ content }) => content === 'three');
  await site.sql(`DELETE FROM conversation_members WHERE conversation_id = 'later' AND user_id = 'alice'`);
  assert.equal((await page.error.find(({ conversationId }) => conversationId === 'later', 'word of the removal')).code, 'forbidden');
  await say(site, 'later', 'not for her');
  await say(site, 'tea', 'four');
  await second.hears(({ content }) => content === 'four');
  assert.deepEqual(later.inbox.all.map(({ content }) => content), ['three']);
  await add(site, 'later', 'alice');
  await joined(site, 6);

  // After the gateway is killed, the socket reconnects by itself, without requests by the hooks.
  await site.gateway.kill();
  await page.connected.next((event) => event === 'disconnect');
  await site.startGateway();
  await page.connected.next((event) => event.userId === 'alice');
  await bob.inbox.find(({ name }) => name === 'disconnect', 'the end of bob');
  await joined(site, 3);
  for (const [hook, conversation] of [[second, 'tea'], [later, 'later']]) {
    await say(site, conversation, 'back');
    await hook.hears(({ content }) => content === 'back');
  }
  bob.socket.connect();
  await eventually(() => presence.inbox.all.filter(({ userId, isOnline }) => userId === 'bob' && isOnline).length >= 2, 'bob to be back');
  const heard = second.inbox.all.map(({ content }) => content);
  assert.deepEqual(heard, ['one', 'two', 'four', 'back']);
});

test('when a membership ends, the next conversation that had no room is subscribed to', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ...SETTINGS.gateway, max_topics: 4 } } });
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id, joined_at)
    VALUES ('new', 'alice', '2026-11-03T00:00:00.000Z'), ('middle', 'alice', '2026-11-02T00:00:00.000Z'), ('old', 'alice', '2026-11-01T00:00:00.000Z')`);
  const page = openPage(t, site, 'alice');
  await page.connecting;
  await page.connected.next((event) => event.userId === 'alice');
  // Two of the four are user:notifications and presence:updates.
  await joined(site, 3);
  const old = shown(page.manager, 'public:news', 'message', ({ conversationId }) => conversationId === 'old');
  await site.sql(`DELETE FROM conversation_members WHERE conversation_id = 'middle'`);
  await page.error.find(({ conversationId }) => conversationId === 'middle', 'word of the removal');
  await joined(site, 3);
  await say(site, 'old', 'there is room now');
  await old.hears(({ content }) => content === 'there is room now');
});

test('with more conversations than max_topics, the newest are subscribed to, and further ones are refused', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ...SETTINGS.gateway, max_topics: 10 } } });
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO conversation_members (conversation_id, user_id, joined_at)
    SELECT 'c' || i, 'alice', ${site.dialect.minutesAgo('i')} FROM n`);
  const page = openPage(t, site, 'alice');
  const [newest, oldest] = [useWebSocketMessages(page.manager, 'c1'), useWebSocketMessages(page.manager, 'c200')];
  await page.connecting;
  await page.connected.next((event) => event.userId === 'alice');
  // Her notifications and presence:updates count, too.
  await joined(site, 9);
  assert.equal((await page.manager.ask('subscribe', 'public:more')).code, 'too_many_topics');
  await say(site, 'c200', 'old');
  await say(site, 'c1', 'new');
  await newest.hears(({ content }) => content === 'new');
  assert.deepEqual(oldest.inbox.all, []);
});

test('a client with subscribe: false is subscribed to nothing, and may unsubscribe all the same', async (t) => {
  const site = await openSite(t, { settings: SETTINGS });
  await add(site, 'tea', 'alice', 'bob');
  const alice = socketClient(t, site.url, { auth: { token: await site.token(), subscribe: false } });
  await alice.event('connected');
  const other = socketClient(t, site.url, { auth: { token: await site.token() } });
  await other.event('connected');
  await joined(site, 2);
  await say(site, 'tea', 'one');
  await other.event('message');
  assert.deepEqual(await alice.ask('unsubscribe', 'conversation:tea'), { ok: true, topic: 'conversation:tea' });
  assert.deepEqual(alice.inbox.all.filter(({ name }) => name === 'message'), []);
});
