// The plain framing, with the ws package: one JSON object per text frame.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSite, plainClient } from './harness.mjs';

const opened = (client) => client.inbox.next((frame) => 'open' in frame, 'the connection');

test('the token may be sent in Authorization', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  assert.equal((await alice.event('connected')).userId, 'alice');
  assert.equal(await alice.event('notification:unread_count'), 0);
});

test('the token may be sent as a subprotocol, and belfry.v1 is answered', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { protocols: ['belfry.v1', `bearer.${await site.token()}`] });
  assert.equal((await opened(alice)).open, 'belfry.v1');
  assert.equal((await alice.event('connected')).userId, 'alice');
});

test('bearer. alone as a subprotocol is a bad request', async (t) => {
  const site = await openSite(t);
  const client = plainClient(t, `${site.url}/ws`, { protocols: [`bearer.${await site.token()}`] });
  assert.equal((await client.refused()).refused, 400);
});

test('the token may be sent in a first event auth', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`);
  await opened(alice);
  alice.send('auth', { token: await site.token() });
  assert.equal((await alice.event('connected')).userId, 'alice');
});

test('a token in the URL is refused, and never reaches the log', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const client = plainClient(t, `${site.url}/ws?token=${token}`);
  const first = await client.inbox.next((frame) => 'refused' in frame || 'event' in frame, 'a refusal');
  if ('refused' in first) assert.ok(first.refused >= 400);
  else assert.equal(first.data.code, 'token_missing');
});

test('an id is answered by an ack', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('subscribe', { topic: 'public:news' }, { id: 7 });
  const { data } = await alice.ack(7);
  assert.equal(data.ok, true);
  assert.equal(data.topic, 'public:news');
});

test('ping is answered by pong with milliseconds', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('ping');
  const { timestamp } = await alice.event('pong');
  assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
});

test('an unknown event gets an error, and the connection stays open', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('no:such:event', { x: 1 });
  const error = await alice.event('error');
  assert.equal(error.event, 'no:such:event');
  assert.ok(error.code && error.message);
  alice.send('ping');
  await alice.event('pong');
});

test('subscribing to another user\'s topic is forbidden', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  for (const topic of ['user:bob:notifications', 'conversation:none', 'role:admin', 'anything']) {
    alice.send('subscribe', { topic }, { id: 1 });
    const { data } = await alice.ack(1);
    assert.deepEqual([topic, data.ok, data.code], [topic, false, 'forbidden']);
  }
  alice.send('subscribe', 'user:alice:notifications', { id: 2 });
  assert.equal((await alice.ack(2)).data.ok, true);
});

test('a topic of auto_subscribe is kept when a client unsubscribes from it', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('unsubscribe', { topic: 'user:notifications' }, { id: 1 });
  assert.deepEqual((await alice.ack(1)).data, { ok: true, kept: true });
  await site.insert('alice', 'Still heard');
  assert.equal((await alice.event('notification')).title, 'Still heard');
});

test('with subscribe: false the client subscribes and unsubscribes by itself', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`);
  await opened(alice);
  alice.send('auth', { token: await site.token(), subscribe: false });
  await alice.event('connected');
  const missed = await site.insert('alice', 'Not asked for');
  alice.send('ping');
  await alice.event('pong');
  assert.equal(alice.notifications().length, 0);
  alice.send('subscribe', { topic: 'user:notifications' }, { id: 1 });
  assert.equal((await alice.ack(1)).data.ok, true);
  assert.equal((await alice.event('notification')).id, missed);
  await site.status(missed, 'delivered');
  alice.send('unsubscribe', { topic: 'user:notifications' }, { id: 2 });
  const { data } = await alice.ack(2);
  assert.equal(data.ok, true);
  assert.equal(data.kept, undefined);
});

for (const [what, text, code] of [
  ['no JSON', 'hello', 4400],
  ['an array', '[1]', 4400],
  ['an event without a name', '{"data":1}', 4400],
  ['the same member twice', '{"event":"ping","event":"ping"}', 4400],
]) {
  test(`${what} violates the framing: ${code}`, async (t) => {
    const site = await openSite(t);
    const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await alice.event('connected');
    alice.socket.send(text);
    assert.equal((await alice.closed()).close, code);
  });
}

test('binary frames are not accepted: 1003', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.socket.send(Buffer.from('{"event":"ping"}'), { binary: true });
  assert.equal((await alice.closed()).close, 1003);
});

test('a message of the largest size is accepted, one byte more is not: 1009', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_message: 1024 } } });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const frame = (size) => {
    const empty = JSON.stringify({ event: 'ping', data: '' });
    return JSON.stringify({ event: 'ping', data: 'x'.repeat(size - empty.length) });
  };
  alice.socket.send(frame(1024));
  await alice.event('pong');
  alice.socket.send(frame(1025));
  assert.equal((await alice.closed()).close, 1009);
});

test('a flood is refused event by event, then closed with 4429', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 5, burst: 10 } } });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  for (let n = 0; n < 1100; n++) alice.send('ping');
  await alice.event('error', (error) => error.code === 'rate_limited');
  assert.equal((await alice.closed()).close, 4429);
});
