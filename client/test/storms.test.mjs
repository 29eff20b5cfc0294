// No request storms: a page requests tokens, topics and histories as often as it has
// to, and no more, whatever gateway and page do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BelfryClient } from '../src/index.js';
import { Clock } from './support/clock.mjs';
import { fakeWebSockets } from './support/fake-websocket.mjs';

const MINUTE = 60_000;

/** A connected page; `tokens` counts the requests to the endpoint, `answer` returns its responses. */
async function connected(t, { answer = () => ({ token: 't', expiresIn: 3600 }), random = 1, ...options } = {}) {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => random);
  const sockets = fakeWebSockets();
  const site = { clock, sockets, tokens: 0 };
  const token = async () => (site.tokens++, answer());
  site.client = new BelfryClient({ url: 'ws://x/ws', token, WebSocket: sockets.WebSocket, ...options });
  t.after(() => site.client.disconnect());
  site.errors = [];
  site.client.on('error', ({ code }) => site.errors.push(code));
  site.client.connect();
  await clock.advance(0);
  sockets.last.accept();
  /** Lets seconds pass; the gateway answers heartbeats and refreshes, and sends `more` each second. */
  site.live = async (seconds, more = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      const { last } = sockets;
      last.receive('pong', {});
      for (const { event, id } of last.sent) if (event === 'auth:refresh') last.onmessage?.({ data: JSON.stringify({ ack: id, data: { ok: true } }) });
      more(last);
      await clock.advance(1000);
    }
  };
  return site;
}

for (const life of [0, 1, 60, 240, 300]) {
  test(`a token of ${life} s is renewed at most twice a minute, however often the gateway says that it expires`, async (t) => {
    const site = await connected(t, { answer: () => ({ token: 't', expiresIn: life }) });
    await site.live(300, (last) => last.receive('auth:expiring', { expiresIn: life }));
    assert.ok(site.tokens <= 12, `${site.tokens} requests in five minutes`);
    assert.ok(site.tokens >= 2);
  });
}

for (const expiresIn of [NaN, -5, 'soon', null, Infinity, {}, 1e300]) {
  test(`an endpoint that says a token lasts ${String(expiresIn)} causes no storm`, async (t) => {
    const site = await connected(t, { answer: () => ({ token: 't', expiresIn }) });
    await site.live(120);
    assert.ok(site.tokens <= 5, `${site.tokens} requests in two minutes`);
    assert.ok(site.clock.waits.every((wait) => wait >= 0 && wait < 2 ** 31));
  });
}

test('a clock that is wrong by hours changes nothing', async (t) => {
  const claims = { sub: 'alice', iat: 5_000_000_000, exp: 5_000_003_600 };
  const token = `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  const site = await connected(t, { answer: () => token });
  await site.live(600);
  assert.equal(site.tokens, 1);
});

test('clients that are told at the same time do not all renew at the same time', async (t) => {
  const moments = new Set();
  for (const random of [0, 0.2, 0.5, 0.9]) {
    const site = await connected(t, { random });
    const before = site.clock.now;
    site.sockets.last.receive('auth:expiring', { expiresIn: 300 });
    await site.live(60);
    assert.equal(site.tokens, 2);
    const { sent } = site.sockets.last;
    assert.equal(sent.filter(({ event }) => event === 'auth:refresh').length, 1);
    moments.add(before + (1 - random));
  }
  assert.equal(moments.size, 4);
});

test('after a failed renewal it waits, and honours Retry-After', async (t) => {
  let fails = false;
  const busy = Object.assign(new Error('busy'), { code: 'token_unavailable', status: 503, retryAfter: 120_000 });
  const site = await connected(t, { answer: () => {
    if (fails) throw busy;
    return { token: 't', expiresIn: 3600 };
  } });
  fails = true;
  site.sockets.last.receive('auth:expiring', { expiresIn: 300 });
  await site.live(119);
  assert.equal(site.tokens, 2);
  await site.live(2);
  assert.equal(site.tokens, 3);
});

test('after a 503 it reconnects within seconds', async (t) => {
  const clock = new Clock(t);
  t.mock.method(Math, 'random', () => 1);
  const sockets = fakeWebSockets();
  let busy = true;
  const fetch = async () => (busy
    ? new Response('{}', { status: 503, headers: { 'retry-after': '1' } })
    : new Response(JSON.stringify({ token: 't', expiresIn: 3600 })));
  const client = new BelfryClient({ url: 'ws://x/ws', token: '/auth', fetch, WebSocket: sockets.WebSocket });
  t.after(() => client.disconnect());
  client.connect();
  await clock.advance(10 * MINUTE);
  assert.equal(client.trouble.code, 'token_unavailable');
  busy = false;
  await clock.advance(5_000);
  assert.equal(sockets.opened.length, 1);
});

test('an owner that unsubscribes does not affect the others', async (t) => {
  const { client, sockets, clock } = await connected(t);
  const { last } = sockets;
  const joined = client.subscribe('public:a');
  assert.equal(client.subscribe('public:a'), joined);
  last.answer('subscribe', { ok: true, topic: 'public:a' });
  await joined;
  await client.unsubscribe('public:a');
  assert.equal(last.count('unsubscribe'), 0);
  client.unsubscribe('public:a');
  assert.equal(last.count('unsubscribe'), 1);
  client.unsubscribe('public:a');
  assert.equal(last.count('unsubscribe'), 1);
  client.subscribe('public:a');
  await clock.advance(0);
  assert.equal(last.count('subscribe'), 2);
});

test('a topic that is quickly unsubscribed and subscribed again is kept, and subscribed at the end', async (t) => {
  const { client, sockets, clock, live } = await connected(t);
  const { last } = sockets;
  for (let i = 0; i < 349; i++) {
    client.subscribe('public:a');
    if (last.last('subscribe')) last.answer('subscribe', { ok: true, topic: 'public:a' });
    await clock.advance(1);
    client.unsubscribe('public:a');
    await clock.advance(1);
  }
  client.subscribe('public:a');
  await live(60);
  assert.ok(last.count('subscribe') <= 3, `${last.count('subscribe')} joins`);
  const order = last.sent.filter(({ event }) => /subscribe$/.test(event)).map(({ event }) => event);
  assert.equal(order.at(-1), 'subscribe');
  client.unsubscribe('public:a');
  await live(60);
  assert.equal(last.sent.filter(({ event }) => /subscribe$/.test(event)).at(-1).event, 'unsubscribe');
});

/** Answers new subscribe and history requests, like a gateway with a rate limit. */
function gatewayWithRate(socket, clock, { rate = 50, burst = 100 } = {}) {
  let allowance = burst;
  let at = clock.now;
  let seen = 0;
  const joined = new Set();
  const refused = { count: 0 };
  const answer = () => {
    for (; seen < socket.sent.length; seen++) {
      const { event, id, data } = socket.sent[seen];
      allowance = Math.min(burst, allowance + ((clock.now - at) * rate) / 1000);
      at = clock.now;
      const limited = allowance < 1;
      if (limited) refused.count++;
      else allowance--;
      if (id === undefined) continue;
      const said = limited ? { ok: false, code: 'rate_limited', message: 'Slower' } : { ok: true, messages: [], notifications: [], hasMore: false };
      if (event === 'subscribe' && !limited) joined.add(data.topic);
      socket.onmessage?.({ data: JSON.stringify({ ack: id, data: said }) });
    }
  };
  return { joined, refused, answer };
}

for (const [name, limits, seconds] of [['as it is', {}, 12], ['with a tenth of the rate', { rate: 5, burst: 10 }, 120]]) {
  test(`all of 128 conversations are joined, with a gateway ${name}, and again after a reconnect`, async (t) => {
    const { client, sockets, clock, errors } = await connected(t);
    const topics = Array.from({ length: 128 }, (_, i) => `conversation:${i}`);
    let placed = 0;
    for (const topic of topics) client.subscribe(topic).then(() => placed++);
    for (let round = 0; round < 2; round++) {
      const gateway = gatewayWithRate(sockets.last, clock, limits);
      for (let turn = 0; turn < seconds * 50 && (gateway.joined.size < 128 || placed < 128); turn++) {
        gateway.answer();
        if (turn % 50 === 0) sockets.last.receive('pong', {});
        await clock.advance(20);
      }
      assert.equal(gateway.joined.size, 128);
      assert.ok(gateway.refused.count < 300, `${gateway.refused.count} refused`);
      assert.equal(placed, 128);
      if (round) break;
      sockets.last.end(1006);
      await clock.advance(1000);
      sockets.last.accept();
    }
    assert.deepEqual(errors, []);
  });
}

for (const code of ['rate_limited', 'timeout', 'unavailable', 'busy']) {
  test(`a subscribe that is answered ${code} is retried on the same connection`, async (t) => {
    const { client, sockets, clock, errors } = await connected(t);
    const { last } = sockets;
    const joined = client.subscribe('public:a');
    last.answer('subscribe', { ok: false, code, message: 'Later' });
    await clock.advance(0);
    await clock.advance(2_000);
    assert.equal(last.count('subscribe'), 2);
    last.answer('subscribe', { ok: true, topic: 'public:a' });
    assert.equal((await joined).topic, 'public:a');
    assert.deepEqual(errors, []);
  });
}

test('a subscription refused before the user was a member is retried on the next connection', async (t) => {
  const { client, sockets, clock, errors } = await connected(t);
  const refused = { ok: false, code: 'forbidden', message: 'No' };
  const joined = client.subscribe('conversation:c');
  sockets.last.answer('subscribe', refused);
  await assert.rejects(joined, { code: 'forbidden', topic: 'conversation:c' });
  const heard = [];
  client.on('subscribed', ({ topic }) => heard.push(topic));
  for (const answer of [refused, { ok: true, topic: 'conversation:c' }]) {
    sockets.last.end(1006);
    await clock.advance(2_000);
    sockets.last.accept();
    assert.deepEqual(sockets.last.last('subscribe').data, { topic: 'conversation:c' });
    sockets.last.answer('subscribe', answer);
    await clock.advance(0);
  }
  assert.deepEqual(heard, ['conversation:c']);
  assert.deepEqual(errors, ['forbidden'], 'said once');
});

/** The gateway agrees, and says what is in the conversation. */
async function joinedBy(socket, clock) {
  socket.answer('subscribe', { ok: true, topic: 'conversation:c' });
  await clock.advance(0);
  socket.answer('message:history', { ok: true, messages: [], hasMore: false });
  await clock.advance(0);
}

test('subscribing again after a refusal sends a new request', async (t) => {
  const { client, sockets, clock } = await connected(t);
  const first = client.subscribe('conversation:c');
  sockets.last.answer('subscribe', { ok: false, code: 'forbidden', message: 'No' });
  await assert.rejects(first);
  const second = client.subscribe('conversation:c');
  await joinedBy(sockets.last, clock);
  assert.equal((await second).ok, true);
});

for (const named of [{ topic: 'conversation:c' }, { conversationId: 'c' }, {}]) {
  test(`after a removed membership is restored, subscribe sends a request: the error names ${Object.keys(named)[0] ?? 'nothing'}`, async (t) => {
    const { client, sockets, clock } = await connected(t);
    const { last } = sockets;
    const joined = client.subscribe('conversation:c');
    await joinedBy(last, clock);
    await joined;
    last.receive('error', { event: 'subscribe', code: 'forbidden', message: 'No longer a member', ...named });
    const again = client.subscribe('conversation:c');
    assert.notEqual(again, joined);
    assert.equal(last.count('subscribe'), 2);
    await joinedBy(last, clock);
    assert.equal((await again).topic, 'conversation:c');
  });
}

test('a burst of rows causes a few new lists, and none is missing at the end', async (t) => {
  const { client, sockets, clock } = await connected(t);
  let lists = 0;
  let rung = 0;
  client.on('notifications', () => lists++);
  client.on('notification', () => rung++);
  for (let id = 1; id <= 3000; id++) {
    sockets.last.receive('notification', { id: String(id), title: 'x' });
    if (id % 100 === 0) await clock.advance(10);
  }
  await clock.advance(200);
  assert.equal(rung, 3000);
  assert.equal(client.notifications[0].id, '3000');
  assert.ok(lists <= 12, `${lists} new lists`);
});

test('a row sent again after it was read is unread, and emitted again', async (t) => {
  const { client, sockets } = await connected(t);
  const rung = [];
  client.on('notification', ({ id, replayed = false }) => rung.push([id, replayed]));
  const say = (more) => sockets.last.receive('notification', { id: '1', title: 'Once', ...more });
  say();
  client.markNotificationsRead(['1']);
  sockets.last.answer('notification:mark_read', { ok: true });
  say({ title: 'Twice' });
  say({ title: 'Twice' });
  assert.deepEqual(rung, [['1', false], ['1', false]]);
  assert.deepEqual(client.notifications.map(({ title, read, status }) => [title, read, status]), [['Twice', false, 'delivered']]);
  sockets.last.receive('notification:read', { ids: ['1'] });
  say({ replayed: true });
  assert.deepEqual(rung.at(-1), ['1', true]);
  assert.equal(client.notifications[0].read, false);
});
