import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const note = (id, more) => ({ id: String(id), title: `title ${id}`, ...more });

function client(t, options = {}) {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  const client = new BelfryClient({
    url: 'ws://example.com/ws', token: () => ({ token: 'token-1', expiresIn: 3600 }),
    WebSocket: sockets.WebSocket, ...options,
  });
  const rung = [];
  const messages = [];
  const errors = [];
  client.on('notification', ({ id }) => rung.push(id));
  client.on('message', ({ id }) => messages.push(id));
  client.on('error', ({ code }) => errors.push(code));
  t.after(() => client.disconnect());

  const site = { clock, sockets, client, rung, messages, errors };
  /** Accepts the client, and answers its automatic requests. */
  site.accept = async ({ unread = [], hasMore = false, ...session } = {}) => {
    sockets.last.accept(session);
    sockets.last.receive('pong', {});
    sockets.last.answer('notification:list', { ok: true, notifications: unread, hasMore });
    await clock.advance(0);
  };
  /** Drops the connection, and accepts the next. */
  site.reconnect = async (session) => {
    sockets.last.end();
    await clock.advance(30_000);
    await site.accept(session);
  };
  return site;
}

async function connected(t, options, session) {
  const site = client(t, options);
  site.client.connect();
  await site.clock.advance(0);
  await site.accept(session);
  return site;
}

test('does nothing before connect() is called', async (t) => {
  const { clock, sockets, client: page } = client(t);
  await clock.advance(60_000);
  assert.equal(sockets.opened.length, 0);
  assert.equal(page.getState(), 'disconnected');
  assert.deepEqual(clock.waits, []);
});

test('connect resolves with the session', async (t) => {
  const { client: page, clock, sockets } = client(t);
  const session = page.connect();
  await clock.advance(0);
  sockets.last.accept({ userId: 'bob' });
  assert.equal((await session).userId, 'bob');
  assert.equal((await page.connect()).userId, 'bob');
  assert.equal(page.session.userId, 'bob');
});

test('a notification that is received several times is emitted once', async (t) => {
  const { sockets, rung, reconnect } = await connected(t);
  sockets.last.receive('notification', note(1));
  sockets.last.receive('notification', note(1));
  await reconnect();
  sockets.last.receive('notification', note(1));
  sockets.last.receive('notification', note(2));
  assert.deepEqual(rung, ['1', '2']);
});

test('the same ids from another queue are emitted again', async (t) => {
  const { client: page, sockets, rung, reconnect } = await connected(t);
  sockets.last.receive('notification', note(1));
  await reconnect({ queue: 'restored' });
  assert.deepEqual(page.notifications, []);
  sockets.last.receive('notification', note(1));
  assert.deepEqual(rung, ['1', '1']);
});

test('a row is confirmed once the handlers have finished', async (t) => {
  const { client: page, sockets, clock } = await connected(t);
  let done;
  page.on('notification', () => new Promise((resolve) => (done = resolve)));
  sockets.last.receive('notification', note(1), 7);
  await clock.advance(0);
  assert.ok(!sockets.last.sent.some((frame) => frame.ack === 7));
  done();
  await clock.advance(0);
  assert.ok(sockets.last.sent.some((frame) => frame.ack === 7));
});

test('a handler that throws or hangs does not block the confirmation for ever', async (t) => {
  globalThis.reportError = () => {};
  t.after(() => delete globalThis.reportError);
  const { client: page, sockets, clock } = await connected(t);
  page.on('notification', () => { throw new Error('broken'); });
  sockets.last.receive('notification', note(1), 7);
  await clock.advance(0);
  assert.ok(sockets.last.sent.some((frame) => frame.ack === 7));
  page.on('notification', () => new Promise(() => {}));
  sockets.last.receive('notification', note(2), 8);
  await clock.advance(9_999);
  assert.ok(!sockets.last.sent.some((frame) => frame.ack === 8));
  await clock.advance(1);
  assert.ok(sockets.last.sent.some((frame) => frame.ack === 8));
});

test('a second copy is confirmed too', async (t) => {
  const { sockets, clock } = await connected(t);
  sockets.last.receive('notification', note(1), 7);
  sockets.last.receive('notification', note(1), 8);
  await clock.advance(0);
  assert.ok(sockets.last.sent.some((frame) => frame.ack === 8));
});

test('the unread list emits no notification', async (t) => {
  const { rung } = await connected(t, {}, { unread: [note(1)] });
  assert.deepEqual(rung, []);
});

test('marking as read takes effect at once, and is undone if it is refused', async (t) => {
  const { client: page, sockets } = await connected(t, {}, { unread: [note(2), note(1)] });
  sockets.last.receive('notification:unread_count', 2);
  const marked = page.markNotificationsRead([1]);
  assert.equal(page.unreadCount, 1);
  assert.equal(page.notifications[1].read, true);
  assert.deepEqual(sockets.last.last('notification:mark_read').data, { ids: ['1'] });
  sockets.last.answer('notification:mark_read', { ok: false, code: 'unavailable', message: 'Later' });
  await assert.rejects(marked, { code: 'unavailable' });
  assert.equal(page.unreadCount, 2);
  assert.equal(page.notifications[1].read, false);
});

test('marking all as read covers only what the page knows', async (t) => {
  const { client: page, sockets } = await connected(t, {}, { unread: [note(12), note(9)] });
  sockets.last.receive('notification:unread_count', 150);
  const marked = page.markAllNotificationsRead();
  assert.equal(page.unreadCount, 0);
  assert.deepEqual(sockets.last.last('notification:mark_all_read').data, { upTo: '12' });
  sockets.last.answer('notification:mark_all_read', { ok: true });
  await marked;
});

test('what is read on another connection is read here', async (t) => {
  const { client: page, sockets } = await connected(t, {}, { unread: [note(1)] });
  const read = [];
  page.on('read', (ids) => read.push(...ids));
  sockets.last.receive('notification:read', { ids: ['1'] });
  assert.ok(page.notifications[0].read);
  assert.deepEqual(read, ['1']);
});

test('requests the unread count', async (t) => {
  const { client: page, sockets } = await connected(t);
  const count = page.requestNotificationCount();
  sockets.last.answer('notification:get_count', { ok: true, count: 3 });
  assert.equal(await count, 3);
});

test('a subscription made before the connection is not lost', async (t) => {
  const { client: page, sockets, clock, accept } = client(t);
  const joined = page.subscribe('public:news');
  page.connect();
  await clock.advance(0);
  await accept();
  sockets.last.answer('subscribe', { ok: true, topic: 'public:news' });
  assert.equal((await joined).topic, 'public:news');
});

test('subscriptions are renewed on every connection, one after the other', async (t) => {
  const { client: page, sockets, clock, reconnect } = await connected(t);
  for (const topic of ['public:a', 'public:b']) {
    page.subscribe(topic);
    sockets.last.answer('subscribe', { ok: true, topic });
  }
  await reconnect();
  assert.equal(sockets.last.count('subscribe'), 1);
  sockets.last.answer('subscribe', { ok: true });
  await clock.advance(0);
  assert.deepEqual(sockets.last.last('subscribe').data, { topic: 'public:b' });
});

test('a refused subscription rejects, emits an error, and is not retried', async (t) => {
  const { client: page, sockets, errors, reconnect } = await connected(t);
  const joined = page.subscribe('role:admin');
  sockets.last.answer('subscribe', { ok: false, code: 'forbidden', message: 'No' });
  await assert.rejects(joined, { code: 'forbidden' });
  assert.deepEqual(errors, ['forbidden']);
  await reconnect();
  assert.equal(sockets.last.count('subscribe'), 0);
});

test('after unsubscribing, a subscription is not renewed', async (t) => {
  const { client: page, sockets, reconnect } = await connected(t);
  page.subscribe('public:a');
  sockets.last.answer('subscribe', { ok: true });
  page.unsubscribe('public:a');
  assert.deepEqual(sockets.last.last('unsubscribe').data, { topic: 'public:a' });
  sockets.last.answer('unsubscribe', { ok: true });
  await reconnect();
  assert.equal(sockets.last.count('subscribe'), 0);
});

/** Subscribed to the conversation `c`, whose newest message is `newest`. */
async function conversing(t, newest) {
  const site = await connected(t);
  site.client.subscribe('conversation:c');
  site.sockets.last.answer('subscribe', { ok: true });
  await site.clock.advance(0);
  const messages = newest ? [message(newest)] : [];
  site.sockets.last.answer('message:history', { ok: true, messages, hasMore: false });
  await site.clock.advance(0);
  return site;
}

const message = (id) => ({ id: String(id), conversationId: 'c', content: `words ${id}` });

test('missed messages are requested from the last one seen', async (t) => {
  const { sockets, messages, reconnect, clock } = await conversing(t, 4);
  sockets.last.receive('message', message(5));
  await reconnect();
  assert.deepEqual(sockets.last.last('subscribe').data, { topic: 'conversation:c', since: '5' });
  for (const id of [6, 7]) sockets.last.receive('message', message(id));
  sockets.last.answer('subscribe', { ok: true, hasMore: false });
  await clock.advance(0);
  sockets.last.receive('message', message(7));
  assert.deepEqual(messages, ['5', '6', '7']);
  await reconnect();
  assert.equal(sockets.last.last('subscribe').data.since, '7');
});

test('the last id of a conversation is not used with another queue', async (t) => {
  const { sockets, reconnect } = await conversing(t, 4);
  await reconnect({ queue: 'restored' });
  assert.deepEqual(sockets.last.last('subscribe').data, { topic: 'conversation:c' });
});

test('a conversation without messages is requested from its beginning', async (t) => {
  const { sockets, reconnect } = await conversing(t);
  await reconnect();
  assert.deepEqual(sockets.last.last('subscribe').data, { topic: 'conversation:c', since: '0' });
});

test('a conversation is not joined before its place is known, from which on nothing is missed', async (t) => {
  const { client, sockets, clock, reconnect } = await connected(t);
  let joined = false;
  client.subscribe('conversation:c').then(() => (joined = true));
  sockets.last.answer('subscribe', { ok: true });
  await clock.advance(0);
  await reconnect();
  assert.equal(joined, false);
  sockets.last.answer('subscribe', { ok: true });
  await clock.advance(0);
  sockets.last.answer('message:history', { ok: true, messages: [], hasMore: false });
  await clock.advance(0);
  assert.equal(joined, true);
});

test('several pages of missed messages are fetched completely, live ones in between once', async (t) => {
  const { sockets, messages, reconnect, clock } = await conversing(t, 1);
  await reconnect();
  for (const id of [2, 3]) sockets.last.receive('message', message(id));
  sockets.last.answer('subscribe', { ok: true, hasMore: true });
  await clock.advance(0);
  sockets.last.receive('message', message(9));
  assert.deepEqual(sockets.last.last('message:history').data, { conversationId: 'c', after: '1', limit: 100 });
  sockets.last.answer('message:history', { ok: true, messages: [2, 3, 4].map(message), hasMore: true });
  await clock.advance(0);
  assert.equal(sockets.last.last('message:history').data.after, '4');
  sockets.last.answer('message:history', { ok: true, messages: [5, 9].map(message), hasMore: false });
  await clock.advance(0);
  assert.deepEqual(messages, ['2', '3', '9', '4', '5']);
  await reconnect();
  assert.equal(sockets.last.last('subscribe').data.since, '9');
});

test('a connection lost while catching up does not change the last id', async (t) => {
  const { sockets, reconnect, clock } = await conversing(t, 1);
  await reconnect();
  sockets.last.receive('message', message(2));
  sockets.last.answer('subscribe', { ok: true, hasMore: true });
  await clock.advance(0);
  sockets.last.receive('message', message(90));
  await reconnect();
  assert.equal(sockets.last.last('subscribe').data.since, '1');
});

test('sends fail at once while there is no connection', async (t) => {
  const { client: page } = client(t);
  await assert.rejects(page.send('x'), { code: 'offline' });
});

test('a send from the handler of the disconnect fails as offline', async (t) => {
  const { client: page, sockets } = await connected(t);
  let sent;
  page.on('disconnected', () => (sent = assert.rejects(page.send('x'), { code: 'offline' })));
  sockets.last.end();
  await sent;
});

test('sends wait for the connection, up to a limit, if that is asked for', async (t) => {
  const { client: page, sockets, clock } = client(t, { queue: 1 });
  const sent = page.sendMessage('c', 'hello', { tempId: 't1' });
  await assert.rejects(page.send('y'), { code: 'queue_full' });
  page.connect();
  await clock.advance(0);
  sockets.last.accept();
  assert.deepEqual(sockets.last.last('message:send').data,
    { conversationId: 'c', content: 'hello', tempId: 't1' });
  sockets.last.answer('message:send', { ok: true, id: '5' });
  assert.equal((await sent).id, '5');
});

test('waiting sends are rejected when the page disconnects', async (t) => {
  const { client: page } = client(t, { queue: 5 });
  page.connect();
  const sent = page.send('x');
  page.disconnect();
  await assert.rejects(sent, { code: 'disconnected' });
});

test('broadcasts keep their names, but cannot use those of the client’s own events', async (t) => {
  const { client: page, sockets } = await connected(t);
  const heard = [];
  for (const name of ['maintenance', 'systemUpdate', 'deploy:done', 'stateChange', 'disconnected']) {
    page.on(name, (data) => heard.push([name, data]));
  }
  for (const name of ['system:maintenance', 'system:update', 'deploy:done', 'stateChange', 'disconnected']) {
    sockets.last.receive(name, 1);
  }
  assert.deepEqual(heard, [['maintenance', 1], ['systemUpdate', 1], ['deploy:done', 1]]);
});

test('events with invalid data do no harm', async (t) => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  t.after(() => delete globalThis.reportError);
  const { client: page, sockets, clock, rung } = await connected(t);
  for (const name of ['error', 'notification:read', 'notification:batch', 'notification', 'message']) {
    sockets.last.receive(name, null, 7);
  }
  await clock.advance(0);
  assert.equal(reported.length, 5);
  assert.equal(sockets.last.sent.filter((frame) => frame.ack === 7).length, 5);
  sockets.last.receive('notification', note(1));
  assert.deepEqual(rung, ['1']);
  assert.equal(page.getState(), 'connected');
});

test('emits errors that the gateway sends', async (t) => {
  const { sockets, errors } = await connected(t);
  sockets.last.receive('error', { event: 'x', code: 'rate_limited', message: 'Slower' });
  assert.deepEqual(errors, ['rate_limited']);
});

test('with debug, prints every frame, without the token', async (t) => {
  const lines = [];
  t.mock.method(console, 'debug', (...words) => lines.push(words.join(' ')));
  globalThis.localStorage = { debug: 'other,belfry' };
  t.after(() => delete globalThis.localStorage);
  const site = client(t);
  await new Promise((resolve) => setImmediate(resolve));
  await import('../src/debug.js');
  site.client.connect();
  await site.clock.advance(0);
  site.sockets.last.accept();
  assert.ok(lines.includes('[belfry] connected'));
  assert.ok(lines.some((line) => line.startsWith('[belfry] → auth')));
  assert.ok(!lines.some((line) => line.includes('token-1')));
});

test('a page without access to storage connects all the same', async (t) => {
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get() { throw new Error('The operation is insecure'); },
  });
  t.after(() => delete globalThis.localStorage);
  const { client: page } = await connected(t);
  assert.equal(page.getState(), 'connected');
});
