// Broadcasts: any event, to a topic or to everybody, by one INSERT.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient, testCarriers } from './harness.mjs';

async function connect(t, site, claims) {
  const client = socketClient(t, site.url, { auth: { token: await site.token(claims) } });
  await client.event('connected');
  return client;
}

const broadcast = (site, columns) =>
  site.sql(`INSERT INTO broadcasts (${Object.keys(columns).join(', ')})
    VALUES (${Object.values(columns).map((value) => `'${value}'`).join(', ')}) RETURNING id`).then(([row]) => row.id);

/** Each gateway adds its own recipients. */
const settled = (site, id, recipients) =>
  eventually(async () => (await site.sql(`SELECT 1 FROM broadcasts WHERE id = ${id} AND sent_at IS NOT NULL AND recipients = ${recipients}`))[0],
    `broadcast ${id} to be sent to ${recipients}`);

test('to all: everybody receives it, and the row has their number', async (t) => {
  const site = await openSite(t);
  const clients = [await connect(t, site, { sub: 'alice' }), await connect(t, site, { sub: 'bob' }), await connect(t, site, { sub: 'bob' })];
  const id = await broadcast(site, { topic: '*', event: 'system:maintenance', data: '{"message":"Back at ten"}' });
  for (const client of clients) assert.deepEqual(await client.event('system:maintenance'), { message: 'Back at ten' });
  await settled(site, id, 3);
});

test('to a topic: its subscribers, a role, or one user receive it', async (t) => {
  const site = await openSite(t);
  const alice = await connect(t, site, { sub: 'alice', role: 'admin' });
  const bob = await connect(t, site, { sub: 'bob' });
  assert.equal((await alice.ask('subscribe', 'role:admin')).ok, true);
  assert.equal((await bob.ask('subscribe', 'role:admin')).code, 'forbidden');
  assert.equal((await bob.ask('subscribe', 'public:news')).ok, true);
  await broadcast(site, { topic: 'role:admin', event: 'audit', data: '1' });
  await broadcast(site, { topic: 'public:news', event: 'news', data: '[2]' });
  await broadcast(site, { topic: 'user:bob:notifications', event: 'poke', data: '"3"' });
  await broadcast(site, { topic: '*', event: 'last' });
  await alice.event('last');
  await bob.event('last');
  const names = (client) => client.inbox.all.map((event) => event.name).filter((name) => ['audit', 'news', 'poke'].includes(name));
  assert.deepEqual(names(alice), ['audit']);
  assert.deepEqual(names(bob), ['news', 'poke']);
});

testCarriers('its id and topic are the second argument, also where there is no data', async (t) => {
  const site = await openSite(t);
  const alice = await connect(t, site, { sub: 'alice' });
  const all = await broadcast(site, { topic: '*', event: 'banner', data: '{"n":1}' });
  assert.deepEqual((await alice.whole('banner')).args, [{ n: 1 }, { broadcastId: String(all), topic: '*' }]);
  const own = await broadcast(site, { topic: 'user:alice:notifications', event: 'bare' });
  assert.deepEqual((await alice.whole('bare')).args, [null, { broadcastId: String(own), topic: 'user:alice:notifications' }]);
});

test('its id and topic are members of a plain message', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'alice' }) });
  await alice.event('connected');
  const all = await broadcast(site, { topic: '*', event: 'banner', data: '{"n":1}' });
  assert.deepEqual(await alice.whole('banner'), { event: 'banner', data: { n: 1 }, broadcastId: String(all), topic: '*' });
  const bare = await broadcast(site, { topic: '*', event: 'bare' });
  assert.deepEqual(await alice.whole('bare'), { event: 'bare', broadcastId: String(bare), topic: '*' });
});

test('without an expiry it is sent once; if it is found late, to nobody', async (t) => {
  const site = await openSite(t, { gateway: false });
  // Late, but not so old that the gateway removes it.
  const created_at = new Date(Date.now() - 120_000).toISOString();
  const late = await broadcast(site, { topic: '*', event: 'old', created_at });
  await site.startGateway();
  await settled(site, late, 0);
  const alice = await connect(t, site, { sub: 'alice' });
  const now = await broadcast(site, { topic: '*', event: 'now' });
  await alice.event('now');
  await settled(site, now, 1);
  const bob = await connect(t, site, { sub: 'bob' });
  await bob.ask('ping');
  assert.equal(bob.inbox.all.some((event) => event.name === 'now' || event.name === 'old'), false);
});

test('with an expiry, clients that connect before then receive it, too', async (t) => {
  const site = await openSite(t);
  await broadcast(site, { topic: '*', event: 'system:maintenance', data: '{"until":"ten"}', expires_at: '2099-01-01T00:00:00.000Z' });
  await broadcast(site, { topic: 'public:news', event: 'headline', data: '{}', expires_at: '2099-01-01T00:00:00.000Z' });
  const alice = await connect(t, site, { sub: 'alice' });
  assert.deepEqual(await alice.event('system:maintenance'), { until: 'ten' });
  await alice.ask('subscribe', 'public:news');
  await alice.event('headline');
  await site.sql(`UPDATE broadcasts SET expires_at = '2020-01-01T00:00:00.000Z'`);
  const bob = await connect(t, site, { sub: 'bob' });
  await bob.ask('ping');
  await bob.event('pong');
  assert.equal(bob.inbox.all.some((event) => event.name === 'system:maintenance'), false);
});

test('with an expiry and for one user, later connections of only that user receive it', async (t) => {
  const site = await openSite(t);
  await broadcast(site, { topic: 'user:alice:notifications', event: 'welcome', data: '{}', expires_at: '2099-01-01T00:00:00.000Z' });
  const alice = await connect(t, site, { sub: 'alice' });
  await alice.event('welcome');
  const bob = await connect(t, site, { sub: 'bob' });
  await bob.ask('notification:list', {});
  assert.equal(bob.inbox.all.some((event) => event.name === 'welcome'), false);
});

test('a client that connects just as one is sent receives it once', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 1000 } } });
  const clients = [];
  let sending = true;
  const coming = (async () => { while (sending) clients.push(await connect(t, site, { sub: 'alice' })); })();
  for (let n = 0; n < 12; n++)
    await broadcast(site, { topic: '*', event: 'banner', data: n, expires_at: '2099-01-01T00:00:00.000Z' });
  sending = false;
  await coming;
  for (const client of clients) {
    const heard = () => client.inbox.all.filter(({ name }) => name === 'banner').map(({ args }) => args[0]);
    await eventually(() => new Set(heard()).size === 12, 'all banners');
    await client.ask('notification:list');
    assert.deepEqual(heard().sort((a, b) => a - b), Array.from({ length: 12 }, (_, n) => n));
  }
});

test('a name that socket.io reserves is refused when it is inserted, with a message', async (t) => {
  const site = await openSite(t, { gateway: false });
  for (const event of ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])
    await assert.rejects(broadcast(site, { topic: '*', event }), /socket\.io keeps for itself/);
});
