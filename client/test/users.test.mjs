// A user's data is never shown to the next user, nor sent in the next user's name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const note = (id) => ({ id: String(id), title: `title ${id}` });
const token = (sub) => `x.${Buffer.from(JSON.stringify({ sub, iat: 100, exp: 3700 })).toString('base64url')}.y`;

/** alice's page, with a notification, a subscription and a count; `cookie.user` is who is signed in at the endpoint. */
async function alicesPage(t, options = {}) {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  const cookie = { user: 'alice' };
  const asked = [];
  const giveToken = async () => {
    asked.push(cookie.user);
    if (cookie.user) return token(cookie.user);
    throw Object.assign(new Error('Nobody is signed in'), { code: 'unauthorized', status: 401 });
  };
  const client = new BelfryClient({ url: 'ws://x/ws', token: giveToken, WebSocket: sockets.WebSocket, ...options });
  const changes = [];
  client.on('userChange', (change) => changes.push(change));
  t.after(() => client.disconnect());
  client.connect();
  await clock.advance(0);
  sockets.last.accept({ userId: 'alice' });
  sockets.last.receive('notification', note(1));
  sockets.last.receive('notification:unread_count', 1);
  const joined = client.subscribe('conversation:hers');
  sockets.last.answer('subscribe', { ok: true, topic: 'conversation:hers' });
  await clock.advance(0);
  sockets.last.answer('message:history', { ok: true, messages: [], hasMore: false });
  await joined;
  return { clock, sockets, cookie, asked, client, changes };
}

const isEmpty = (client) => {
  assert.deepEqual(client.notifications, []);
  assert.equal(client.unreadCount, 0);
  assert.equal(client.session, null);
};

test('a renewed token of another user clears all state, and reconnects as that user', async (t) => {
  const { clock, sockets, cookie, client, changes } = await alicesPage(t);
  const [alices] = sockets.opened;
  const lists = [];
  client.on('notifications', (list) => lists.push(list.length));
  cookie.user = 'bob';
  alices.receive('auth:expiring', { expiresIn: 300 });
  await clock.advance(0);
  assert.equal(alices.count('auth:refresh'), 0, "bob's token is not for alice's connection");
  assert.equal(alices.readyState, 3);
  assert.deepEqual(changes, [{ from: 'alice', to: 'bob' }]);
  assert.deepEqual(lists, [0]);
  isEmpty(client);

  alices.receive('notification', note(2));
  isEmpty(client);
  assert.equal(sockets.opened.length, 2);
  sockets.last.accept({ userId: 'bob' });
  await clock.advance(0);
  assert.equal(sockets.last.sent[0].data.token, token('bob'));
  assert.equal(sockets.last.count('subscribe'), 0);
  assert.equal(client.session.userId, 'bob');
});

test('if the token does not name its user, the gateway’s answer is used', async (t) => {
  const { clock, sockets, client, changes } = await alicesPage(t, { token: () => 'opaque' });
  sockets.last.end(1006);
  await clock.advance(1000);
  sockets.last.open();
  const told = [];
  client.on('connected', () => told.push(client.notifications.length));
  sockets.last.receive('connected', { userId: 'bob', queue: 'queue-1' });
  assert.deepEqual(changes, [{ from: 'alice', to: 'bob' }]);
  assert.deepEqual(told, [0]);
  assert.equal(client.unreadCount, 0);
});

test('waiting sends are not sent in another user’s name', async (t) => {
  const { clock, sockets, cookie, client } = await alicesPage(t, { queue: 5 });
  cookie.user = 'bob';
  client.disconnect();
  client.connect();
  const sent = client.sendMessage('c', 'From alice');
  await Promise.all([assert.rejects(sent, { code: 'user_changed' }), clock.advance(0)]);
  sockets.last.accept({ userId: 'bob' });
  assert.equal(sockets.last.count('message:send'), 0);
});

test('a mark that fails because the user changed is not undone for the next user', async (t) => {
  const { clock, sockets, cookie, client } = await alicesPage(t);
  const marked = assert.rejects(client.markNotificationsRead(['1']), { code: 'connection_lost' });
  cookie.user = 'bob';
  sockets.last.receive('auth:expiring', { expiresIn: 300 });
  await clock.advance(0);
  await marked;
  isEmpty(client);
});

for (const [how, end] of [['the endpoint says so', (last) => last.receive('auth:expiring', { expiresIn: 300 })],
  ['the session is revoked', (last) => last.end(4403, 'session_revoked')]]) {
  test(`after signing out, nothing is left to see: ${how}`, async (t) => {
    const { clock, sockets, cookie, client, changes } = await alicesPage(t);
    cookie.user = null;
    end(sockets.last);
    await clock.advance(0);
    assert.equal(client.getState(), 'error');
    assert.deepEqual(changes, [{ from: 'alice', to: null }]);
    isEmpty(client);
  });
}

test('the same user again keeps everything', async (t) => {
  const { clock, sockets, client, changes, asked } = await alicesPage(t);
  client.disconnect();
  client.connect();
  await clock.advance(0);
  sockets.last.accept({ userId: 'alice' });
  assert.deepEqual(asked, ['alice', 'alice']);
  assert.deepEqual(changes, []);
  assert.deepEqual(client.notifications.map(({ id }) => id), ['1']);
  assert.deepEqual(sockets.last.last('subscribe').data.topic, 'conversation:hers');
});

test('a page that disconnects when it is told of another user stays disconnected', async (t) => {
  const { clock, sockets, cookie, client } = await alicesPage(t);
  client.on('userChange', () => client.disconnect());
  cookie.user = 'bob';
  sockets.last.receive('auth:expiring', { expiresIn: 300 });
  await clock.advance(60_000);
  assert.equal(client.getState(), 'disconnected');
  assert.equal(sockets.opened.length, 1);
});
