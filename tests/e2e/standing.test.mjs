// Standing broadcasts: whoever was away gets those that it missed, each once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NoWebSocket, openLastingSite, openSite, openStream, plainClient, socketClient, startClient, testCarriers } from './harness.mjs';

const NEWS = 'public:news';
const OWN = 'user:alice:notifications';

async function connect(t, site, claims, auth = {}) {
  const client = socketClient(t, site.url, { auth: { token: await site.token(claims), ...auth } });
  await client.event('connected');
  return client;
}

/** Inserts that many broadcasts, which stand for an hour, and waits until they have been sent. */
async function stand(site, topic, count, event = 'banner') {
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO broadcasts (topic, event, data, expires_at)
    SELECT '${topic}', '${event}', ${site.dialect.jsonArray('i')}, ${site.now('+1 hour')} FROM n`);
  await eventually(async () => (await site.sql('SELECT count(*) AS n FROM broadcasts WHERE sent_at IS NULL'))[0].n === 0, 'them to be sent');
}

const idOf = ({ args }) => args[1]?.broadcastId;
const banners = (client) => client.inbox.all.filter(({ name }) => name === 'banner').map(idOf);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

/** Asserts what it has received by now: behind an answer, all that was sent before has come. */
async function assertBanners(client, expected) {
  await client.ask('notification:list');
  assert.deepEqual(banners(client), expected);
}

testCarriers('who was away during three gets them once, in order, and then goes on', async (t) => {
  const site = await openSite(t);
  const before = await connect(t, site);
  await before.ask('subscribe', NEWS);
  await stand(site, NEWS, 1);
  const [, { broadcastId: since }] = (await before.whole('banner')).args;
  before.socket.disconnect();
  await stand(site, NEWS, 3);
  await stand(site, 'public:other', 1);
  await site.sql(`INSERT INTO broadcasts (topic, event) VALUES ('${NEWS}', 'banner')`);
  await eventually(async () => (await site.sql('SELECT count(*) AS n FROM broadcasts WHERE sent_at IS NULL'))[0].n === 0, 'it to be sent');
  const after = await connect(t, site);
  assert.deepEqual(await after.ask('subscribe', { topic: NEWS, since }), { ok: true, topic: NEWS, hasMore: false });
  await stand(site, NEWS, 1);
  await eventually(() => banners(after).includes('7'), 'the new one');
  await assertBanners(after, ['2', '3', '4', '7']);
  assert.deepEqual((await after.whole('banner')).args, [[1], { broadcastId: '2', topic: NEWS }]);
});

testCarriers('a gateway that was killed meanwhile changes nothing', async (t) => {
  const site = await openLastingSite(t);
  const before = await connect(t, site);
  await before.ask('subscribe', NEWS);
  await stand(site, NEWS, 1);
  await before.whole('banner');
  await site.gateway.kill();
  await site.sql(`INSERT INTO broadcasts (topic, event, expires_at) SELECT '${NEWS}', 'banner', '2099-01-01T00:00:00.000Z' FROM (VALUES (1), (2), (3)) AS three`);
  await site.startGateway();
  const after = await connect(t, site);
  await after.ask('subscribe', { topic: NEWS, since: 1 });
  await eventually(() => banners(after).length === 3, 'three');
  await stand(site, NEWS, 1);
  await eventually(() => banners(after).includes('5'), 'the new one');
  await assertBanners(after, range(2, 5));
});

testCarriers('since beyond the last brings nothing, and 0 brings all', async (t) => {
  const site = await openSite(t);
  await stand(site, NEWS, 3);
  const alice = await connect(t, site);
  assert.deepEqual(await alice.ask('subscribe', { topic: NEWS, since: '3' }), { ok: true, topic: NEWS, hasMore: false });
  assert.deepEqual(await alice.ask('subscribe', { topic: NEWS, since: Number.MAX_SAFE_INTEGER }), { ok: true, topic: NEWS, hasMore: false });
  await assertBanners(alice, []);
  assert.deepEqual(await alice.ask('subscribe', { topic: NEWS, since: 0 }), { ok: true, topic: NEWS, hasMore: false });
  await assertBanners(alice, range(1, 3));
  assert.equal((await alice.ask('subscribe', { topic: NEWS, since: 'yesterday' })).code, 'bad_request');
});

testCarriers('without since all that stand come, also more than a hundred', async (t) => {
  const site = await openSite(t);
  await stand(site, NEWS, 103);
  const alice = await connect(t, site);
  assert.deepEqual(await alice.ask('subscribe', { topic: NEWS }), { ok: true, topic: NEWS });
  await eventually(() => banners(alice).length === 103, 'all');
  await assertBanners(alice, range(1, 103));
});

testCarriers('of 101 a hundred come, and the answer says that there is more', async (t) => {
  const site = await openSite(t);
  await stand(site, NEWS, 102);
  const [exact, alice] = [await connect(t, site), await connect(t, site)];
  assert.equal((await exact.ask('subscribe', { topic: NEWS, since: '2' })).hasMore, false);
  await assertBanners(exact, range(3, 102));
  const { hasMore, upTo } = await alice.ask('subscribe', { topic: NEWS, since: '1' });
  assert.deepEqual([hasMore, upTo], [true, '101']);
  await assertBanners(alice, range(2, 101));
  assert.equal((await alice.ask('subscribe', { topic: NEWS, since: upTo })).hasMore, false);
  await assertBanners(alice, range(2, 102));
});

testCarriers('a topic that is not one\'s own is refused, whatever since says', async (t) => {
  const site = await openSite(t);
  await stand(site, 'user:bob:notifications', 1);
  await stand(site, 'role:admin', 1);
  await stand(site, '*', 1, 'to all');
  const alice = await connect(t, site);
  await alice.event('to all');
  for (const topic of ['user:bob:notifications', 'role:admin', '*'])
    assert.equal((await alice.ask('subscribe', { topic, since: 0 })).code, 'forbidden', topic);
  await assertBanners(alice, []);
  assert.equal(alice.inbox.all.filter(({ name }) => name === 'to all').length, 1);
});

testCarriers('one\'s own topic: replayed if it is held, and joined if it is not', async (t) => {
  const site = await openSite(t);
  await stand(site, OWN, 3);
  const held = await connect(t, site, { sub: 'alice' });
  await eventually(() => banners(held).length === 3, 'what stands');
  assert.deepEqual(await held.ask('subscribe', { topic: 'user:notifications', since: '2' }), { ok: true, topic: 'user:notifications', hasMore: false });
  await assertBanners(held, ['1', '2', '3', '3']);
  const chosen = await connect(t, site, { sub: 'alice' }, { subscribe: false });
  assert.deepEqual(await chosen.ask('subscribe', { topic: OWN, since: '1' }), { ok: true, topic: OWN, hasMore: false });
  await stand(site, OWN, 1);
  await eventually(() => banners(chosen).includes('4'), 'the new one');
  await assertBanners(chosen, ['2', '3', '4']);
  const id = await site.insert('alice', 'Hello');
  assert.equal((await chosen.event('notification')).id, id);
});

testCarriers('many that subscribe while they are inserted miss none and get none twice', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 1000 } } });
  await stand(site, NEWS, 5);
  const clients = [];
  let inserting = true;
  const coming = (async () => {
    while (inserting) {
      const client = await connect(t, site);
      await client.ask('subscribe', { topic: NEWS, since: '2' });
      clients.push(client);
    }
  })();
  for (let i = 0; i < 10; i++) await stand(site, NEWS, 2);
  inserting = false;
  await coming;
  for (const client of clients) {
    await eventually(() => banners(client).length >= 23, 'all');
    await assertBanners(client, range(3, 25));
  }
});

test('plain framing: the answer, then what was missed, then new ones', async (t) => {
  const site = await openSite(t);
  await stand(site, NEWS, 3);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('subscribe', { topic: NEWS, since: '1' }, { id: 1 });
  assert.deepEqual((await alice.ack(1)).data, { ok: true, topic: NEWS, hasMore: false });
  assert.deepEqual(await alice.whole('banner'), { event: 'banner', data: [2], broadcastId: '2', topic: NEWS });
  assert.deepEqual(await alice.whole('banner'), { event: 'banner', data: [3], broadcastId: '3', topic: NEWS });
  await stand(site, NEWS, 1);
  assert.equal((await alice.whole('banner')).broadcastId, '4');
});

test('event stream: the answer by POST, what was missed as events', async (t) => {
  const site = await openSite(t);
  await stand(site, NEWS, 3);
  const alice = await openStream(t, site, { token: await site.token() });
  const answer = await alice.post([{ event: 'subscribe', data: { topic: NEWS, since: '1' }, id: 1 }]);
  assert.deepEqual(await answer.json(), [{ ack: 1, data: { ok: true, topic: NEWS, hasMore: false } }]);
  await stand(site, NEWS, 1);
  for (const [id, n] of [['2', 2], ['3', 3], ['4', 1]]) {
    const { eventId, ...event } = await alice.next('banner');
    assert.deepEqual(event, { event: 'banner', data: [n], broadcastId: id, topic: NEWS });
  }
});

for (const [carrier, options] of [['websocket', {}], ['events', { WebSocket: NoWebSocket }]]) {
  test(`belfry-client, ${carrier}: what stood while it was away is heard once, on every topic`, async (t) => {
    const site = await openLastingSite(t);
    const { client, hear } = await startClient(t, site, options);
    const heard = [];
    for (const event of ['banner', 'maintenance']) client.on(event, (data, { broadcastId, topic }) => heard.push(`${broadcastId} ${topic}`));
    await hear('connected');
    assert.equal(client.carrier, carrier);
    await client.subscribe(NEWS);
    await stand(site, NEWS, 1);
    await stand(site, OWN, 1);
    await stand(site, '*', 1, 'system:maintenance');
    await eventually(() => heard.length === 3, 'the first three');
    await site.gateway.kill();
    await hear('stateChange', (state) => state === 'reconnecting');
    for (const topic of [NEWS, OWN, '*', NEWS])
      await site.sql(`INSERT INTO broadcasts (topic, event, expires_at) VALUES ('${topic}', 'banner', '2099-01-01T00:00:00.000Z')`);
    await site.startGateway();
    await eventually(() => heard.length >= 7, 'what it missed');
    await stand(site, NEWS, 1);
    await eventually(() => heard.includes(`8 ${NEWS}`), 'the new one');
    await client.requestNotificationCount();
    assert.deepEqual(heard.slice(0, 3), [`1 ${NEWS}`, `2 ${OWN}`, '3 *']);
    assert.deepEqual(heard.slice(3).sort(), [`4 ${NEWS}`, `5 ${OWN}`, '6 *', `7 ${NEWS}`, `8 ${NEWS}`]);
  });

  test(`belfry-client, ${carrier}: 250 that it missed are heard once, in order`, async (t) => {
    const site = await openLastingSite(t);
    const { client, hear } = await startClient(t, site, options);
    const heard = [];
    client.on('banner', (data, { broadcastId }) => heard.push(broadcastId));
    await hear('connected');
    await client.subscribe(NEWS);
    await stand(site, NEWS, 1);
    await eventually(() => heard.length === 1, 'the first');
    await site.gateway.stop();
    await hear('stateChange', (state) => state === 'reconnecting');
    await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
      INSERT INTO broadcasts (topic, event, expires_at) SELECT '${NEWS}', 'banner', '2099-01-01T00:00:00.000Z' FROM n`);
    await site.startGateway();
    await eventually(() => heard.length >= 251, 'all');
    assert.deepEqual(heard, range(1, 251));
  });
}
