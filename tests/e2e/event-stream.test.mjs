// The event stream: GET /events, and POST for what the client sends.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { eventually, openLastingSite, openSite, openStream } from './harness.mjs';

test('a stream begins with connected and its session, and brings notifications with an id', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  assert.equal(alice.headers.get('content-type'), 'text/event-stream');
  assert.equal(alice.headers.get('cache-control'), 'no-store');
  assert.equal(alice.user, 'alice');
  assert.match(alice.session, /^[\w-]{22}$/);
  assert.equal((await alice.next('notification:unread_count')).data, 0);
  const id = await site.insert('alice', 'Hello');
  const rung = await alice.next('notification');
  assert.equal(rung.data.id, id);
  assert.ok(Number.isInteger(rung.id));
});

test('a notification is delivered once it is acknowledged by POST, and that one alone', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  const first = await site.insert('alice', 'One');
  const second = await site.insert('alice', 'Two');
  await alice.next('notification');
  const { id } = await alice.next('notification');
  const answer = await alice.post({ ack: id });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), []);
  await site.status(second, 'delivered');
  assert.equal((await site.row(first)).status, 'pending');
});

test('Last-Event-ID confirms what is older than a notification that was acknowledged by itself', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  const ids = [await site.insert('alice', 'One'), await site.insert('alice', 'Two')];
  await alice.next('notification');
  const { id, eventId } = await alice.next('notification');
  await alice.post({ ack: id });
  await site.status(ids[1], 'delivered');
  alice.leave();
  await alice.ended;
  await openStream(t, site, { token, headers: { 'Last-Event-ID': eventId } });
  await site.status(ids[0], 'delivered');
});

test('Last-Event-ID confirms everything up to it, and nothing comes twice', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  const ids = [await site.insert('alice', 'One'), await site.insert('alice', 'Two')];
  await alice.next('notification');
  const { eventId } = await alice.next('notification');
  alice.leave();
  await alice.ended;
  const again = await openStream(t, site, { token, headers: { 'Last-Event-ID': eventId } });
  for (const id of ids) await site.status(id, 'delivered');
  const third = await site.insert('alice', 'Three');
  assert.equal((await again.next('notification')).data.id, third);
});

test('the Last-Event-ID of another user confirms nothing, and neither does an invented one', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  const id = await site.insert('alice', 'One');
  const { eventId } = await alice.next('notification');
  alice.leave();
  const bob = await site.token({ sub: 'bob' });
  await openStream(t, site, { token: bob, headers: { 'Last-Event-ID': eventId } });
  for (const value of ['x', `${'A'.repeat(22)}.${'A'.repeat(16)}`, eventId.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A'))]) {
    const again = await openStream(t, site, { token: await site.token(), headers: { 'Last-Event-ID': value } });
    assert.equal((await again.next('notification')).data.id, id);
    again.leave();
  }
  assert.equal((await site.row(id)).status, 'pending');
});

test('a stream with an unconfirmed notification is ended after ping_timeout, and coming back confirms it', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '60s', ping_timeout: '1s' } } });
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  const id = await site.insert('alice', 'One');
  const { eventId } = await alice.next('notification');
  await alice.next('end');
  assert.equal(alice.parser.retry, 1000);
  await openStream(t, site, { token, headers: { 'Last-Event-ID': eventId } });
  await site.status(id, 'delivered');
});

test('a POST is answered with the acknowledgements of its messages, in their order', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  const frames = [
    { event: 'subscribe', data: { topic: 'public:news' }, id: 9 },
    { event: 'ping' },
    { event: 'notification:list', data: {}, id: 3 },
    { event: 'subscribe', data: { topic: 'user:bob:notifications' }, id: 4 },
  ];
  const answers = await (await alice.post(frames)).json();
  assert.deepEqual(answers.map(({ ack }) => ack), [9, 3, 4]);
  assert.equal(answers[0].data.ok, true);
  assert.deepEqual(answers[1].data.notifications, []);
  assert.equal(answers[2].data.code, 'forbidden');
  await alice.next('pong');
});

test('subscribe= in the query joins at once', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token(), query: '?subscribe=public:a&subscribe=public%3Ab&subscribe=role:none' });
  assert.equal((await alice.next('error')).data.code, 'forbidden');
  await site.sql(`INSERT INTO broadcasts (topic, event, data) VALUES ('public:b', 'headline', '{' || char(10) || '"a":' || char(13, 10) || '1}')`);
  assert.deepEqual((await alice.next('headline')).data, { a: 1 });
});

test('what cannot be read of the topics in the URL is refused, not dropped', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const named = (count) => `?${Array.from({ length: count }, (_, i) => `subscribe=public:${i}`).join('&')}`;
  const many = await openStream(t, site, { token, query: named(65) });
  assert.deepEqual([many.status, many.body.code], [400, 'bad_message']);
  for (const unreadable of ['%zz', '%ff', 'x'.repeat(512)]) {
    const refused = await openStream(t, site, { token, query: `?subscribe=public:a&subscribe=${unreadable}` });
    assert.deepEqual([refused.status, refused.body.code], [400, 'bad_message']);
  }
  const alice = await openStream(t, site, { token, query: named(64) });
  // It is sent once: it comes only if the last topic, too, was joined when the stream said that it is connected.
  await site.sql("INSERT INTO broadcasts (topic, event) VALUES ('public:63', 'last')");
  await alice.next('last');
});

test('refusals are HTTP', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const missing = await openStream(t, site);
  assert.deepEqual([missing.status, missing.body.code], [401, 'token_missing']);
  const invalid = await openStream(t, site, { token: `${token}x` });
  assert.deepEqual([invalid.status, invalid.body.code], [401, 'token_invalid']);
  await site.gateway.line(/carrier=events code=4401 seconds=\S+ disconnected: Invalid authentication token$/);
  const html = await openStream(t, site, { token, headers: { Accept: 'text/html' } });
  assert.equal(html.status, 406);
  const foreign = await openStream(t, site, { token, headers: { Origin: 'https://evil.example' } });
  assert.equal(foreign.status, 403);
  const put = await fetch(`${site.url}/events`, { method: 'PUT', headers: { Authorization: `Bearer ${token}` } });
  assert.equal(put.status, 405);
  assert.match(put.headers.get('allow'), /GET, POST/);
});

test('a POST needs the session, a token of its user, and messages', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  const status = async (...how) => (await alice.post(...how)).status;
  assert.equal(await status([{ event: 'ping' }], { as: null }), 401);
  assert.equal(await status([{ event: 'ping' }], { as: `${token}x` }), 401);
  assert.equal(await status([{ event: 'ping' }], { as: await site.token({ sub: 'bob' }) }), 404);
  for (const body of ['', 'x', '7', '[7]', '{"event":', `[${'{},'.repeat(200)}{}]`]) assert.equal(await status(body), 400);
  assert.equal(await status(JSON.stringify({ event: 'x', data: 'x'.repeat(70_000) })), 413);
  const unknown = await fetch(`${site.url}/events?session=${'A'.repeat(22)}`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: '{}' });
  assert.deepEqual([unknown.status, (await unknown.json()).code], [404, 'unknown_session']);
  assert.equal(await status([{ event: 'ping' }]), 200);
  await alice.next('pong');
});

test('the token may come as a cookie, and then a foreign page may not use it', async (t) => {
  const site = await openSite(t);
  const Cookie = `theme=dark; belfry_token=${await site.token()}; x=y`;
  const alice = await openStream(t, site, { headers: { Cookie } });
  assert.equal(alice.user, 'alice');
  assert.equal((await alice.post({ event: 'ping' }, { as: null, with: { Cookie } })).status, 200);
  await alice.next('pong');
  const forged = await alice.post({ event: 'ping' }, { as: null, with: { Cookie, Origin: 'https://evil.example' } });
  assert.equal(forged.status, 403);
});

test('nothing is lost when the gateway is killed', async (t) => {
  const site = await openLastingSite(t);
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  const id = await site.insert('alice', 'One');
  const { eventId } = await alice.next('notification');
  await site.gateway.kill();
  await site.startGateway();
  const again = await openStream(t, site, { token, headers: { 'Last-Event-ID': eventId } });
  assert.equal((await again.next('notification')).data.id, id);
});

test('a drain ends the stream and says when to come back', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  const stopped = site.gateway.stop();
  await alice.next('end');
  await stopped;
  assert.equal(alice.parser.retry, 1000);
});

const ORIGIN = 'https://app.example';

/** That a listed page may read the answer, and may ask in the first place. */
async function assertReadable(site, answer, headers = {}) {
  assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  const preflight = await fetch(`${site.url}/events`, { method: 'OPTIONS', headers: { ...headers, Origin: ORIGIN, 'Access-Control-Request-Method': 'GET' } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), ORIGIN);
}

test('a drain spreads the ends of streams; POST goes on until then, and nobody new is let in', async (t) => {
  const site = await openSite(t, { settings: { belfry: { allowed_origins: ORIGIN }, gateway: { drain: '8s' } } });
  const token = await site.token();
  const streams = [];
  for (let n = 0; n < 2; n++) streams.push(await openStream(t, site, { token }));
  const [first, last] = streams;
  site.gateway.signal('SIGTERM');
  await first.next('end');
  assert.equal((await last.post({ event: 'ping' })).status, 200);
  await last.next('pong');
  assert.equal((await first.post({ event: 'ping' })).status, 404);
  for (const query of ['', `?session=${last.session}`]) {
    const late = await openStream(t, site, { token, query, headers: { Origin: ORIGIN } });
    assert.equal(late.status, 503, query);
    await assertReadable(site, late);
  }
  const foreign = await openStream(t, site, { token, headers: { Origin: 'https://evil.example' } });
  assert.equal(foreign.status, 403);
  await last.next('end');
  for (const { parser } of streams) assert.equal(parser.retry, 1000);
  assert.deepEqual(await site.gateway.exit(), { code: 0, signal: null });
});

test('a listed page can read that its address has too many connections', async (t) => {
  const site = await openSite(t, { settings: { belfry: { allowed_origins: ORIGIN, trusted_proxies: '127.0.0.1' }, gateway: { max_connections_per_address: 1 } } });
  const token = await site.token();
  const from = { 'X-Forwarded-For': '192.0.2.1' };
  await openStream(t, site, { token, headers: from });
  const second = await openStream(t, site, { token, headers: { ...from, Origin: ORIGIN } });
  assert.equal(second.status, 429);
  await assertReadable(site, second, from);
});

test('a revocation ends the stream, and the token is refused with 403', async (t) => {
  const site = await openSite(t);
  const token = await site.token();
  const alice = await openStream(t, site, { token });
  await site.belfry(['revoke', 'alice']);
  await alice.next('end');
  const again = await openStream(t, site, { token });
  assert.deepEqual([again.status, again.body.code], [403, 'session_revoked']);
});

test('the end of the session ends the stream', async (t) => {
  const site = await openSite(t, { auth: true });
  const url = await site.startWeb('nginx');
  const { value, cookie } = await site.session('alice');
  const { token } = await (await fetch(`${url}/api/websocket/auth`, { headers: { cookie } })).json();
  site.secrets.add(token);
  const alice = await openStream(t, site, { token });
  await site.sql(`DELETE FROM sessions WHERE sessionToken = '${value}'`, site.sessions);
  await alice.next('end');
  const again = await openStream(t, site, { token });
  assert.deepEqual([again.status, again.body.code], [403, 'session_revoked']);
});

test('a POST sends a message, and another renews the token', async (t) => {
  const site = await openSite(t);
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob')`);
  const alice = await openStream(t, site, { token: await site.token(), query: '?subscribe=conversation:tea' });
  const bob = await openStream(t, site, { token: await site.token({ sub: 'bob' }) });
  await bob.post({ event: 'subscribe', data: { topic: 'conversation:tea' }, id: 1 });
  const message = { event: 'message:send', data: { conversationId: 'tea', content: 'Cäke?\n\u2028' }, id: 1 };
  const [{ ack, data }] = await (await alice.post(message)).json();
  assert.deepEqual([ack, data.ok], [1, true]);
  for (const { next } of [alice, bob]) {
    const heard = await next('message');
    assert.deepEqual([heard.data.id, heard.data.content], [data.id, 'Cäke?\n\u2028']);
  }
  const renewed = await site.token();
  const [answer] = await (await alice.post({ event: 'auth:refresh', data: { token: renewed }, id: 2 }, { as: renewed })).json();
  assert.equal(answer.data.ok, true);
  await alice.next('auth:refreshed');
});

test('posts are answered one after the other, and too many at once are refused', async (t) => {
  const site = await openSite(t);
  const alice = await openStream(t, site, { token: await site.token() });
  const list = { event: 'notification:list', data: {}, id: 5 };
  const answers = await Promise.all(Array.from({ length: 40 }, () => alice.post(list)));
  const statuses = answers.map(({ status }) => status);
  assert.ok(statuses.every((status) => status === 200 || status === 429), String(statuses));
  assert.ok(statuses.filter((status) => status === 200).length >= 8);
  assert.equal((await (await alice.post(list)).json())[0].ack, 5);
});

test('a POST without messages counts against the rate', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 1, burst: 3 } } });
  const alice = await openStream(t, site, { token: await site.token() });
  assert.deepEqual(await (await alice.post([])).json(), []);
  const refused = await eventually(async () => {
    const answer = await alice.post([]);
    return answer.status === 429 && answer;
  }, 'a refusal');
  assert.equal((await refused.json()).code, 'rate_limited');
  assert.ok((await site.metric('belfry_rate_limited_total')) >= 1);
});

test('a reader that takes nothing is dropped, and what it missed is still there', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_timeout: '1s', ping_interval: '60s' } } });
  const token = await site.token();
  const headers = { Authorization: `Bearer ${token}` };
  const stuck = await new Promise((resolve, reject) => {
    request(`${site.url}/events?subscribe=public:news`, { headers }, resolve).on('error', reject).end();
  });
  const dropped = new Promise((resolve) => stuck.once('close', resolve).once('error', () => {}));
  await site.sql(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO broadcasts (topic, event, data, expires_at) SELECT 'public:news', 'headline', ${site.dialect.jsonObject("'i'", 'i', "'text'", `'${'x'.repeat(30000)}'`)},
      ${site.now('+1 hour')} FROM n`);
  const id = await site.insert('alice', 'One');
  await eventually(async () => (await site.metric('belfry_socketless_sessions')) === 0, 'the session to end');
  const began = await site.metric('belfry_event_streams_total');
  assert.equal(await site.metric('belfry_socketless_sessions_total'), began);
  assert.equal(await site.metric('belfry_socketless_left_total') + await site.metric('belfry_socketless_slow_total'), began);
  stuck.resume();
  await dropped;
  const again = await openStream(t, site, { token });
  assert.equal((await again.next('notification')).data.id, id);
});

for (const kind of ['nginx', 'lighttpd', 'apache', 'caddy']) {
  test(`${kind}: events pass at once, and POSTs are answered`, async (t) => {
    const site = await openSite(t, { auth: true });
    const url = await site.startWeb(kind);
    const token = await site.token();
    const alice = await openStream(t, site, { token, url });
    const id = await site.insert('alice', 'One');
    const rung = await alice.next('notification');
    assert.equal(rung.data.id, id);
    assert.equal((await alice.post([{ ack: rung.id }, { event: 'ping' }])).status, 200);
    await alice.next('pong');
    await site.status(id, 'delivered');
  });
}
