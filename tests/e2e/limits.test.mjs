// Every limit is reached, answered as the protocol says, and counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient, socketClient } from './harness.mjs';

test('connections of an address count behind the trusted proxy: one too many is 429', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_address: 1 } } });
  const token = await site.token();
  const from = (address) => plainClient(t, `${site.url}/ws`, { token, headers: { 'x-forwarded-for': address } });
  await from('203.0.113.7').event('connected');
  assert.equal((await from('203.0.113.7').refused()).refused, 429);
  // What a client claims in front of what the proxy saw makes no difference.
  assert.equal((await from('198.51.100.1, 203.0.113.7').refused()).refused, 429);
  await from('203.0.113.8').event('connected');
  await from('2001:db8:1:2::1').event('connected');
  assert.equal((await from('2001:db8:1:2::ffff').refused()).refused, 429);
  await from('2001:db8:1:3::1').event('connected');
  assert.equal(await site.metric('belfry_requests_refused_total'), 3);
});

test('connections in all: past the limit it is 503 with Retry-After', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections: 1 } } });
  const token = await site.token();
  await plainClient(t, `${site.url}/ws`, { token }).event('connected');
  const refused = await plainClient(t, `${site.url}/ws`, { token }).refused();
  assert.equal(refused.refused, 503);
  assert.ok(Number(refused.headers['retry-after']) > 0);
});

test('subscriptions of a connection: past the limit it is too_many_topics', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_topics: 3 } } });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  // The user's own notifications are one of the three.
  assert.equal((await alice.ask('subscribe', 'public:a')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:b')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:c')).code, 'too_many_topics');
  assert.equal((await alice.ask('unsubscribe', 'public:a')).ok, true);
  assert.equal((await alice.ask('subscribe', 'public:c')).ok, true);
});

test('events a second: past the rate each is answered rate_limited, and counted', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 1, burst: 5 } } });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const answers = await Promise.all(Array.from({ length: 10 }, () => alice.ask('ping')));
  const refused = answers.filter((answer) => answer.code === 'rate_limited').length;
  assert.ok(refused >= 4, `${refused} refused`);
  assert.equal(await site.metric('belfry_rate_limited_total'), refused);
});
