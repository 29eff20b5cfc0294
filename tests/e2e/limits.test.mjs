// Reaches every limit of a connection, and checks that it is answered as the protocol
// says, and counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';

const HOUR = 3_600_000;
const counted = (site, name, least = 1) =>
  eventually(async () => (await site.metric(`belfry_${name}`)) >= least, `${name} to be ${least}`);

async function plain(t, site, claims, options = {}) {
  const client = plainClient(t, `${site.url}/ws`, { token: await site.token(claims), ...options });
  await client.event('connected');
  return client;
}

async function page(t, site, claims) {
  const client = socketClient(t, site.url, { auth: { token: await site.token(claims) } });
  await client.event('connected');
  return client;
}

/** What ends a connection: how it is provoked, the code, the counter, and whether socket.io-client may reconnect. */
const ends = {
  'silence after a heartbeat': {
    settings: { ping_interval: '100ms', ping_timeout: '200ms' }, options: { autoPong: false },
    code: 1001, counter: 'silent_closed_total',
  },
  'the end of the token': {
    bring: ({ site }) => site.setClock(HOUR + 40_000),
    code: 4401, counter: 'tokens_expired_total', page: 'transport close',
  },
  'a revocation': {
    bring: ({ site }) => site.sql("INSERT INTO revocations (user_id) VALUES ('alice')"),
    code: 4403, counter: 'tokens_revoked_total', page: 'io server disconnect',
  },
  'a flood': {
    settings: { rate: 1, burst: 2 },
    bring: ({ client }) => { for (let n = 0; n < 1100; n++) client.send('ping'); },
    flood: ({ client }) => { for (let n = 0; n < 1100; n++) client.socket.emit('ping'); },
    code: 4429, counter: 'floods_closed_total', page: 'transport close',
  },
  'a message too large': {
    settings: { max_message: 1000 },
    bring: ({ client }) => client.send('ping', 'x'.repeat(1000)),
    flood: ({ client }) => client.socket.emit('ping', 'x'.repeat(1000)),
    code: 1009, counter: 'too_large_closed_total', page: 'transport close',
  },
  'taking nothing of what waits': {
    settings: { max_buffer: 65536, ping_timeout: '500ms' },
    bring: async ({ site, client }) => {
      client.socket._socket.pause();
      await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
        INSERT INTO broadcasts (topic, event, data) SELECT '*', 'large', '"' || '${'0'.repeat(32000)}' || '"' FROM n`);
      await counted(site, 'slow_consumers_total');
      await site.gateway.line(/closed: it took nothing of what waits for it/);
      client.socket._socket.resume();
    },
    code: 4408, counter: 'slow_consumers_total',
  },
  'a notification that nobody confirms': {
    settings: { ping_interval: '300ms', ping_timeout: '300ms' }, options: { autoPong: false },
    bring: async ({ site, client }) => {
      // Its events keep it alive, but confirm nothing.
      const alive = setInterval(() => client.send('ping'), 50);
      client.socket.once('close', () => clearInterval(alive));
      await site.insert('alice', 'Nobody confirms');
    },
    code: 4408, counter: 'confirmations_overdue_total',
  },
};

for (const [what, { settings, options, bring = () => {}, flood = bring, code, counter, page: reason }] of Object.entries(ends)) {
  test(`${what} ends a connection with ${code}, and is counted`, async (t) => {
    const site = await openSite(t, { settings: { gateway: settings ?? {} } });
    const client = await plain(t, site, { sub: 'alice' }, options);
    const tab = reason && (await page(t, site));
    await bring({ site, client });
    assert.equal((await client.closed()).close, code);
    if (tab && flood !== bring) await flood({ site, client: tab });
    if (tab) assert.equal(await tab.event('disconnect'), reason);
    await counted(site, counter, tab ? 2 : 1);
  });
}

test('a client that does not authenticate in time is closed with 4401, and counted', async (t) => {
  const site = await openSite(t, { settings: { gateway: { auth_timeout: '200ms' } } });
  assert.equal((await plainClient(t, `${site.url}/ws`).closed()).close, 4401);
  await counted(site, 'connect_timeouts_total');
});

test('connections of a user: one too many is closed with 4429, and counted', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 1 } } });
  await plain(t, site);
  const second = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  assert.equal((await second.event('error')).code, 'too_many_connections');
  assert.equal((await second.closed()).close, 4429);
  const tab = socketClient(t, site.url, { auth: { token: await site.token() } });
  assert.equal(await tab.event('disconnect').catch(() => ''), 'transport close');
  await counted(site, 'refusals_total{code="too_many_connections"}', 2);
});

test('connections are counted by their address behind the trusted proxy: one too many gets 429, and is counted', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_address: 1 } } });
  const token = await site.token();
  const from = (address) => plainClient(t, `${site.url}/ws`, { token, headers: { 'x-forwarded-for': address } });
  await from('203.0.113.7').event('connected');
  assert.equal((await from('203.0.113.7').refused()).refused, 429);
  // Addresses that a client itself puts before the proxy's entry make no difference.
  assert.equal((await from('198.51.100.1, 203.0.113.7').refused()).refused, 429);
  await from('203.0.113.8').event('connected');
  await from('2001:db8:1:2::1').event('connected');
  assert.equal((await from('2001:db8:1:2::ffff').refused()).refused, 429);
  await from('2001:db8:1:3::1').event('connected');
  assert.equal(await site.metric('belfry_address_refused_total'), 3);
  assert.equal(await site.metric('belfry_requests_refused_total'), 3);
});

test('a trusted proxy that sends no X-Forwarded-For disables that limit, with one warning', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_address: 1 } } });
  for (let n = 0; n < 3; n++) await plain(t, site);
  await site.gateway.line(/no usable X-Forwarded-For/);
  assert.equal(site.gateway.output.match(/no usable X-Forwarded-For/g).length, 1);
});

test('X-Forwarded-For is ignored unless it comes from a trusted proxy', async (t) => {
  const site = await openSite(t, { settings: { belfry: { trusted_proxies: '192.0.2.1' }, gateway: { max_connections_per_address: 1 } } });
  const token = await site.token();
  const from = (address) => plainClient(t, `${site.url}/ws`, { token, headers: { 'x-forwarded-for': address } });
  await from('203.0.113.7').event('connected');
  assert.equal((await from('203.0.113.8').refused()).refused, 429);
});

test('connections in total: beyond the limit 503 with Retry-After, and counted', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections: 1 } } });
  await plain(t, site);
  const refused = await plainClient(t, `${site.url}/ws`, { token: await site.token() }).refused();
  assert.equal(refused.refused, 503);
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal(await site.metric('belfry_full_refused_total'), 1);
});

test('subscriptions of a connection: beyond the limit too_many_topics, until one is unsubscribed', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_topics: 3 } } });
  const alice = await page(t, site);
  // user:notifications is one of the three.
  assert.equal((await alice.ask('subscribe', 'public:a')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:b')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:c')).code, 'too_many_topics');
  assert.equal((await alice.ask('unsubscribe', 'public:a')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:c')).ok, true);
  assert.equal(await site.metric('belfry_refusals_total{code="too_many_topics"}'), 1);
});

test('a page may subscribe to as many topics as a connection can have, all at once', async (t) => {
  const site = await openSite(t);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 127)
    INSERT INTO conversation_members (conversation_id, user_id) SELECT 'c' || i, 'alice' FROM n`);
  const alice = await page(t, site);
  const answers = await Promise.all(Array.from({ length: 127 }, (_, i) => alice.ask('subscribe', { topic: `conversation:c${i + 1}`, since: 0 })));
  assert.deepEqual([...new Set(answers.map(({ ok }) => ok))], [true]);
  assert.equal((await alice.ask('subscribe', 'public:one-more')).code, 'too_many_topics');
  // Its subscribe events do not reduce the rate of other events.
  const others = await Promise.all(Array.from({ length: 90 }, () => alice.ask('ping')));
  assert.deepEqual([...new Set(others.map(({ ok }) => ok))], [true]);
});

test('subscribing beyond the rate is rate_limited, and the error names the topic', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 1, burst: 2, max_topics: 5 } } });
  const alice = await page(t, site);
  for (let n = 0; n < 10; n++) alice.socket.emit('subscribe', `public:${n % 3}`);
  const error = await alice.event('error');
  assert.deepEqual([error.event, error.code, error.topic], ['subscribe', 'rate_limited', 'public:1']);
});

test('events per second: beyond the rate each is rate_limited, and counted; acknowledgements are exempt', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 1, burst: 5 } } });
  const alice = socketClient(t, site.url, { auth: { token: await site.token(), ack: true } });
  await alice.event('connected');
  const answers = await Promise.all(Array.from({ length: 10 }, () => alice.ask('ping')));
  const refused = answers.filter((answer) => answer.code === 'rate_limited').length;
  assert.ok(refused >= 4, `${refused} refused`);
  const ids = [];
  for (let n = 0; n < 10; n++) ids.push(await site.insert('alice', `No ${n}`));
  for (let n = 0; n < 10; n++) (await alice.whole('notification')).ack();
  for (const id of ids) await site.status(id, 'delivered');
  assert.equal(await site.metric('belfry_rate_limited_total'), refused);
});

test('for a client that does not read, typing is dropped and counted; the connection stays open', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_buffer: 131072, ping_interval: '10m', rate: 1000, burst: 1000 } } });
  await site.sql(`INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO messages (conversation_id, sender_id, content) SELECT 'tea', 'bot', '${'0'.repeat(30000)}' FROM n`);
  const alice = await plain(t, site);
  alice.send('subscribe', 'conversation:tea', { id: 1 });
  assert.equal((await alice.ack(1)).data.ok, true);
  const bob = await page(t, site, { sub: 'bob' });
  alice.socket._socket.pause();
  await eventually(async () => {
    // Messages of others fill the kernel's buffers, then the gateway's.
    await site.sql(`INSERT INTO messages (conversation_id, sender_id, content) SELECT 'tea', 'bot', content FROM messages LIMIT 100`);
    for (const event of ['typing:start', 'typing:stop']) assert.equal((await bob.ask(event, { conversationId: 'tea' })).ok, true);
    return (await site.metric('belfry_events_dropped_total')) > 0;
  }, 'typing to be dropped');
  alice.socket._socket.resume();
  alice.send('ping', undefined, { id: 2 });
  assert.equal((await alice.ack(2)).data.ok, true);
  assert.equal(await site.metric('belfry_slow_consumers_total'), 0);
});
