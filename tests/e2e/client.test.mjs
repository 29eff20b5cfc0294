// belfry-client against the real gateway: killed, restarted, drained, stuck, refusing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLastingSite, openSite, startClient } from './harness.mjs';

const connected = (state) => state === 'connected';
const reconnecting = (state) => state === 'reconnecting';

test('a row is delivered once the handlers have finished, and not before', async (t) => {
  const site = await openSite(t);
  const { client, hear } = await startClient(t, site);
  await hear('connected');
  let done;
  client.on('notification', () => new Promise((resolve) => (done = resolve)));
  const id = await site.insert('alice', 'Hello', { data: '{"url":"/orders/7"}' });
  const { title, data } = await hear('notification');
  assert.deepEqual({ title, data }, { title: 'Hello', data: { url: '/orders/7' } });
  assert.equal((await site.row(id)).status, 'pending');
  done();
  await site.status(id, 'delivered');
});

test('after the gateway was killed and restarted, what was sent meanwhile arrives once', async (t) => {
  const site = await openLastingSite(t);
  const { hear, rung } = await startClient(t, site);
  await hear('connected');
  const before = await site.insert('alice', 'Before');
  await site.status(before, 'delivered');
  await site.gateway.kill();
  await hear('stateChange', reconnecting);
  const meanwhile = await site.insert('alice', 'Meanwhile');
  await site.startGateway();
  await hear('stateChange', connected);
  assert.equal((await hear('notification', ({ title }) => title === 'Meanwhile')).replayed, true);
  await site.status(meanwhile, 'delivered');
  assert.deepEqual(rung(), ['Before', 'Meanwhile']);
});

test('a gateway killed before the confirmation sends again, and the page gets one event', async (t) => {
  const site = await openLastingSite(t);
  const { client, hear, rung } = await startClient(t, site);
  await hear('connected');
  let done;
  client.on('notification', () => new Promise((resolve) => (done = resolve)));
  const id = await site.insert('alice', 'Once');
  await hear('notification');
  await site.gateway.kill();
  await hear('stateChange', reconnecting);
  done();
  assert.equal((await site.row(id)).status, 'pending');
  await site.startGateway();
  await site.status(id, 'delivered');
  assert.deepEqual(rung(), ['Once']);
});

test('the client reconnects after the gateway was drained', async (t) => {
  const site = await openLastingSite(t);
  const { hear } = await startClient(t, site);
  await hear('connected');
  await site.gateway.stop();
  assert.equal((await hear('disconnected')).code, 1012);
  await site.startGateway();
  await hear('stateChange', connected);
});

test('a gateway that is stuck is detected by its silence', async (t) => {
  const site = await openSite(t);
  const { client, hear } = await startClient(t, site);
  await hear('heartbeat');
  site.gateway.signal('SIGSTOP');
  client.ping();
  assert.equal((await hear('disconnected')).reason, 'No answer to a heartbeat');
  site.gateway.signal('SIGCONT');
  await hear('stateChange', connected);
});

test('what is read on one connection is read on the other, even if that was offline', async (t) => {
  const site = await openSite(t);
  const [one, two] = [await startClient(t, site), await startClient(t, site)];
  for (const { hear } of [one, two]) await hear('connected');
  const ids = [await site.insert('alice', 'One'), await site.insert('alice', 'Two')];
  for (const { hear } of [one, two]) await hear('notification', ({ title }) => title === 'Two');
  for (const { hear } of [one, two]) await hear('unreadCount', (count) => count === 2);
  await one.client.markNotificationsRead([ids[0]]);
  assert.deepEqual(await two.hear('read'), [ids[0]]);
  await two.hear('unreadCount', (count) => count === 1);
  assert.deepEqual(two.client.notifications.map(({ read }) => read), [false, true]);

  two.client.disconnect();
  await one.client.markAllNotificationsRead();
  await site.status(ids[1], 'read');
  const session = await two.client.connect();
  assert.equal(session.userId, 'alice');
  await two.hear('notifications', (list) => list.length === 2 && list.every(({ read }) => read));
  assert.equal(await two.client.requestNotificationCount(), 0);
});

test('the list can be read page by page', async (t) => {
  const site = await openSite(t);
  for (const title of ['One', 'Two', 'Three']) await site.insert('alice', title);
  const { client, hear } = await startClient(t, site);
  await hear('connected');
  const first = await client.listNotifications({ limit: 2 });
  assert.deepEqual(first.notifications.map(({ title }) => title), ['Three', 'Two']);
  assert.equal(first.hasMore, true);
  const rest = await client.listNotifications({ limit: 2, before: first.notifications[1].id });
  assert.deepEqual(rest.notifications.map(({ title }) => title), ['One']);
  assert.equal(rest.hasMore, false);
});

test('a token of another secret is refused with the reason, and the client retries', async (t) => {
  const site = await openSite(t);
  const token = () => site.token({ sub: 'alice' }, { secret: 'x'.repeat(40) });
  const { client, hear } = await startClient(t, site, { token });
  const { code, message } = await hear('error');
  assert.deepEqual({ code, message }, { code: 'token_invalid', message: 'Invalid authentication token' });
  assert.equal(client.getState(), 'reconnecting');
});

test('a topic that the user may not join is refused', async (t) => {
  const site = await openSite(t);
  const { client, hear } = await startClient(t, site);
  await hear('connected');
  await assert.rejects(client.subscribe('role:admin'), { code: 'forbidden' });
  assert.equal((await client.subscribe('public:news')).topic, 'public:news');
  await client.unsubscribe('public:news');
});

test('a new token of the same user is used in place, that of another user after a new start', async (t) => {
  const site = await openSite(t);
  let user = 'alice';
  const token = async () => ({ token: await site.token({ sub: user }), expiresIn: 3600 });
  const { client, hear } = await startClient(t, site, { token });
  await hear('connected');
  assert.equal((await client.send('auth:refresh', { token: await site.token({ sub: 'alice' }) })).ok, true);
  user = 'bob';
  client.disconnect();
  assert.equal((await client.connect()).userId, 'bob');
});
