// Socket.IO's long polling: a client with its default options begins with it and goes
// over to a WebSocket, stays where WebSockets are cut, and nothing is lost either way.
// What holds on every carrier is tested with testCarriers in the other files.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRIERS, enterPolling, eventually, openSite, plainClient, Poller, socketClient, startCutProxy, testCarriers } from './harness.mjs';

const webServers = ['nginx', 'lighttpd', 'apache', 'caddy'];
// The stock client's own.
const DEFAULT = { transports: undefined };

const carrierOf = (client) => client.socket.io.engine.transport.name;
const upgraded = (client) => eventually(() => carrierOf(client) === 'websocket', 'the upgrade');
const titles = (client) => client.notifications().map(({ title }) => title);
const numbers = (count) => Array.from({ length: count }, (_, n) => String(n + 1));

/** Rows for alice with the numbers from 1 as titles, in one transaction. */
const insertMany = (site, count, data = 'NULL') => site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO notifications (user_id, title, data) SELECT 'alice', i, ${data} FROM n`);
const inStatus = async (site, status) => (await site.sql(`SELECT count(*) AS n FROM notifications WHERE status = '${status}'`))[0].n;

/** Asserts that the client is served in both directions. */
async function isServed(site, client) {
  const id = await site.insert('alice', 'Ring');
  assert.equal((await client.event('notification')).id, id);
  await site.status(id, 'delivered');
  assert.deepEqual(await client.ask('notification:mark_read', { ids: [id] }), { ok: true, marked: 1, unread: 0 });
  await site.status(id, 'read');
}

test('a client with its default options begins with polling, and goes over to a WebSocket', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() }, ...DEFAULT });
  const began = new Promise((resolve) => alice.socket.io.once('open', () => resolve(carrierOf(alice))));
  await alice.event('connected');
  assert.equal(await began, 'polling');
  await upgraded(alice);
  await isServed(site, alice);
  assert.equal(alice.inbox.all.filter(({ name }) => name === 'connected').length, 1);
});

for (const kind of webServers) {
  test(`${kind}: a client with its default options goes over to a WebSocket, and one may stay on polling`, async (t) => {
    const site = await openSite(t, { settings: { gateway: { ping_interval: '500ms', ping_timeout: '10s' } } });
    const url = await site.startWeb(kind);
    const token = await site.token();
    const page = socketClient(t, url, { auth: { token }, ...DEFAULT });
    await page.event('connected');
    await upgraded(page);
    await isServed(site, page);
    page.socket.disconnect();

    const poller = socketClient(t, url, { auth: { token }, transports: ['polling'] });
    let beats = 0;
    poller.socket.io.on('ping', () => { beats += 1; });
    await poller.event('connected');
    await isServed(site, poller);
    await eventually(() => beats >= 3, 'heartbeats');
    assert.equal(poller.socket.connected, true);
  });
}

for (const behind of ['the gateway itself', ...webServers]) {
  test(`in front of ${behind}, where a proxy refuses Upgrade, a client with its default options stays on polling`, async (t) => {
    const site = await openSite(t);
    const url = behind === 'the gateway itself' ? site.url : await site.startWeb(behind);
    const proxy = await startCutProxy(t, url);
    const alice = socketClient(t, proxy.url, { auth: { token: await site.token() }, ...DEFAULT });
    await alice.event('connected');
    await eventually(() => proxy.refused > 0, 'the probe');
    await isServed(site, alice);
    assert.equal(carrierOf(alice), 'polling');
  });
}

test('an upgrade in the middle of traffic in both directions loses, doubles and reorders nothing', async (t) => {
  const site = await openSite(t, { settings: { gateway: { rate: 5000, burst: 10_000 } } });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')`);
  const ROUNDS = 10;
  for (let round = 1; round <= ROUNDS; round++) {
    const alice = socketClient(t, site.url, { auth: { token: await site.token() }, ...DEFAULT });
    await alice.event('connected');
    await alice.ask('subscribe', 'conversation:tea');
    const answers = [];
    const say = (n) => answers.push(alice.ask('message:send', { conversationId: 'tea', content: `${round}.${n}` }));
    const inserted = insertMany(site, 200);
    for (let n = 0; n < 200; n++) {
      say(n);
      await new Promise(setImmediate);
    }
    await upgraded(alice);
    for (let n = 200; n < 220; n++) say(n);
    assert.ok((await Promise.all(answers)).every(({ ok }) => ok));
    await inserted;
    await eventually(async () => (await inStatus(site, 'delivered')) === 200, 'all to be delivered');
    assert.deepEqual(titles(alice), numbers(200));
    const wanted = Array.from({ length: 220 }, (_, n) => `${round}.${n}`);
    const said = () => alice.inbox.all.filter(({ name }) => name === 'message').map(({ args }) => args[0].content);
    await eventually(() => said().length >= 220, 'all messages');
    assert.deepEqual(said(), wanted);
    assert.deepEqual((await site.sql(`SELECT content FROM messages ORDER BY id DESC LIMIT 220`)).map(({ content }) => content).reverse(), wanted);
    assert.deepEqual(await site.sql('SELECT DISTINCT attempts FROM notifications'), [{ attempts: 1 }]);
    alice.socket.disconnect();
    await site.sql('DELETE FROM notifications');
  }
});

test('a probe that comes to nothing leaves the session on polling', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const probe = plainClient(t, `${site.url}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
  probe.socket.removeAllListeners('message');
  probe.socket.on('message', (data) => probe.inbox.put({ text: String(data) }));
  await probe.inbox.next((frame) => 'open' in frame, 'the WebSocket');
  const held = poller.poll();
  probe.socket.send('2probe');
  await probe.inbox.next((frame) => frame.text === '3probe', 'the answer to the probe');
  assert.deepEqual(await held, ['6']);
  probe.socket.terminate();
  const id = await site.insert('alice', 'Still polling');
  assert.equal((await poller.event('notification')).data.id, id);
  void poller.poll().catch(() => {});
  await site.status(id, 'delivered');
});

test('the metrics tell polls, POSTs, upgrades, and how sessions without a socket ended', async (t) => {
  const site = await openSite(t);
  const ended = ['left', 'upgraded', 'silent', 'slow', 'broken', 'closed'].map((cause) => `socketless_${cause}_total`);
  const metrics = async (...names) => Promise.all(names.map((name) => site.metric(`belfry_${name}`)));
  const upgrades = () => metrics('upgrades_begun_total', 'upgrades_done_total', 'upgrades_failed_total');

  const page = socketClient(t, site.url, { auth: { token: await site.token() }, ...DEFAULT });
  await page.event('connected');
  await upgraded(page);
  await isServed(site, page);
  assert.deepEqual(await upgrades(), [1, 1, 0]);
  const poller = await enterPolling(t, site);
  const probe = await probeOf(t, site, poller);
  probe.socket.terminate();
  await eventually(async () => (await upgrades())[2] === 1, 'the probe to have come to nothing');
  assert.deepEqual(await upgrades(), [2, 1, 1]);
  const [polls, posts] = await metrics('polls_total', 'polling_posts_total');
  assert.ok(polls >= 4, `${polls} GETs`);
  assert.ok(posts >= 2, `${posts} POSTs`);

  await poller.post('1');
  const broken = await enterPolling(t, site);
  assert.equal((await broken.request('POST', '')).status, 400);
  await eventually(async () => (await metrics('socketless_sessions'))[0] === 0, 'all to have ended');
  assert.deepEqual(await metrics('socketless_sessions_total', ...ended), [3, 1, 1, 0, 0, 1, 0]);
});

/** A WebSocket that was answered on its probe. */
async function probeOf(t, site, poller) {
  const probe = plainClient(t, `${site.url}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
  probe.socket.removeAllListeners('message');
  probe.socket.on('message', (data) => probe.inbox.put({ text: String(data) }));
  await probe.inbox.next((frame) => 'open' in frame, 'the WebSocket');
  probe.socket.send('2probe');
  await probe.inbox.next((frame) => frame.text === '3probe', 'the answer to the probe');
  return probe;
}

/** One POST with requests whose answers are so long that the session takes no more until they are polled. */
async function holdPost(t, site, poller, requests) {
  await insertMany(site, 100, `'{"filler":"${'x'.repeat(2000)}"}'`);
  const packets = Array.from({ length: requests }, (_, n) => `42${n + 1}["notification:list",{"limit":100}]`);
  const state = { answered: false };
  state.answer = poller.post(...packets).then(() => (state.answered = true));
  state.answer.catch(() => {});
  // Whoever comes after it is served.
  await enterPolling(t, site, { user: 'bob' });
  assert.equal(state.answered, false);
  return state;
}

const answerOf = (n) => ({ text }) => text?.startsWith(`43${n}[{"ok":true`);

test('an upgrade while a POST is held back: it is answered, and its rest comes before the WebSocket', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site, { subscribe: false });
  const post = await holdPost(t, site, poller, 8);
  const probe = await probeOf(t, site, poller);
  await post.answer;
  probe.socket.send('5');
  probe.socket.send('42100["notification:get_count"]');
  for (let n = 1; n <= 8; n++) await probe.inbox.next(answerOf(n), `answer ${n}`);
  await probe.inbox.next(({ text }) => text?.startsWith('43100['), 'the answer to the WebSocket');
});

test('a probe that comes to nothing while a POST is held back loses nothing of the POST', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site, { subscribe: false });
  const post = await holdPost(t, site, poller, 8);
  const probe = await probeOf(t, site, poller);
  await post.answer;
  probe.socket.terminate();
  const later = poller.post('42100["notification:get_count"]');
  for (let n = 1; n <= 8; n++) await poller.packet((text) => answerOf(n)({ text }));
  await poller.packet((text) => text.startsWith('43100['));
  await later;
});

test('the GET after a body confirms it, and nothing confirms it before', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const id = await site.insert('alice', 'In flight');
  assert.equal((await poller.event('notification')).data.id, id);
  await poller.post('42["ping"]');
  assert.equal((await site.row(id)).status, 'pending');
  void poller.poll().catch(() => {});
  await site.status(id, 'delivered');
});

test('kill -9 between a body and the next GET: the row is still pending, and is sent again', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const id = await site.insert('alice', 'In flight');
  assert.equal((await poller.event('notification')).data.id, id);
  await site.gateway.kill();
  assert.equal((await site.row(id)).status, 'pending');
  await site.startGateway();
  const next = await enterPolling(t, site);
  if (next.events('notification').length === 0) await next.event('notification');
  assert.deepEqual(next.events('notification').map((row) => [row.id, row.replayed]), [[id, true]]);
  void next.poll().catch(() => {});
  await site.status(id, 'delivered');
});

test('of a burst over several bodies, only what an earlier body brought is ever confirmed', async (t) => {
  const site = await openSite(t, { settings: { queue: { delivery_window: 16 } } });
  const poller = await enterPolling(t, site);
  await insertMany(site, 200, `'{"filler":"${'x'.repeat(2000)}"}'`);
  let brought = 0;
  while (poller.events('notification').length < 200) {
    const packets = await poller.poll();
    assert.ok((await inStatus(site, 'delivered')) <= brought, `${brought} were brought before`);
    brought = poller.events('notification').length;
    if (packets.includes('2')) await poller.post('3');
  }
  assert.deepEqual(poller.events('notification').map(({ title }) => title), numbers(200));
  assert.ok(poller.bodies.length > 10);
  void poller.poll().catch(() => {});
  await eventually(async () => (await inStatus(site, 'delivered')) === 200, 'all to be delivered');
});

test('who does not poll again confirms nothing, and is closed', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '300ms', ping_timeout: '300ms' } } });
  const poller = await enterPolling(t, site);
  const id = await site.insert('alice', 'Nobody confirms');
  await poller.event('notification');
  await eventually(async () => (await site.metric('belfry_clients')) === 0, 'the session to end');
  assert.equal((await site.row(id)).status, 'pending');
  const { status, text } = await poller.request('GET');
  assert.deepEqual([status, JSON.parse(text)], [400, { code: 1, message: 'Session ID unknown' }]);
});

/** How the gateway ends a session of alice, and whether it says so to Socket.IO. */
const ends = {
  'an expired token': { cause: async (site) => site.setClock(3_600_000 + 60_000), packets: ['1'] },
  'a revocation': { cause: (site) => site.sql("INSERT INTO revocations (user_id) VALUES ('alice')"), packets: ['41', '1'] },
  'a shutdown': { cause: async (site) => site.gateway.signal('SIGTERM'), packets: ['1'], isLast: true },
};

for (const [what, { cause, packets, isLast }] of Object.entries(ends)) {
  test(`${what} ends a held GET with the close packet, and the next is refused`, async (t) => {
    const site = await openSite(t);
    const poller = await enterPolling(t, site);
    const last = poller.packet((packet) => packet === '1');
    await cause(site);
    await last;
    assert.deepEqual(poller.bodies.flat().filter((packet) => ['1', '41'].includes(packet)), packets);
    if (isLast) return assert.deepEqual(await site.gateway.exit(), { code: 0, signal: null });
    const { status, text } = await poller.request('GET');
    assert.deepEqual([status, JSON.parse(text).code], [400, 1]);
  });
}

test('a logout ends a session on polling', async (t) => {
  const site = await openSite(t, { auth: true });
  const url = await site.startWeb('lighttpd');
  const { cookie, value } = await site.session('alice');
  const { token } = await (await fetch(`${url}/api/websocket/auth`, { headers: { cookie } })).json();
  const poller = await enterPolling(t, site, { token });
  const last = poller.packet((packet) => packet === '1');
  await site.sql(`DELETE FROM sessions WHERE sessionToken = '${value}'`, site.sessions);
  await last;
  assert.equal(poller.bodies.flat().includes('41'), false);
  const again = socketClient(t, site.url, { auth: { token }, transports: ['polling'] });
  assert.equal((await again.event('connect_error')).data.code, 'session_revoked');
});

test('a draining gateway spreads the closing of held GETs over its time', async (t) => {
  const site = await openSite(t, { settings: { gateway: { drain: '1s' } } });
  const pollers = [];
  for (let n = 0; n < 4; n++) pollers.push(await enterPolling(t, site));
  const closings = pollers.map((poller) => poller.packet((packet) => packet === '1').then(() => performance.now()));
  site.gateway.signal('SIGTERM');
  const times = await Promise.all(closings);
  assert.ok(Math.max(...times) - Math.min(...times) > 300, `closed at ${times}`);
  assert.deepEqual(await site.gateway.exit(), { code: 0, signal: null });
});

testCarriers('one connection too many of a user is closed without a packet of refusal', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 1 } } });
  const token = await site.token();
  const first = socketClient(t, site.url, { auth: { token } });
  await first.event('connected');
  const second = socketClient(t, site.url, { auth: { token } });
  assert.equal(await second.event('disconnect'), 'transport close');
  assert.equal(second.inbox.all.some(({ name }) => name === 'connect_error'), false);
});

const LISTED = 'https://app.example.com';

test('a page of a listed origin may poll, with its preflights; one of another is refused', async (t) => {
  const site = await openSite(t, { settings: { belfry: { allowed_origins: LISTED } } });
  const from = (origin, method, headers = {}) => new Poller(t, site.url, { headers: { origin, ...headers } }).request(method);
  const checkAllowed = ({ headers }) => {
    assert.equal(headers.get('access-control-allow-origin'), LISTED);
    assert.equal(headers.get('access-control-allow-credentials'), 'true');
    assert.match(headers.get('vary'), /Origin/i);
  };
  const preflight = await from(LISTED, 'OPTIONS', { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' });
  assert.equal(preflight.status, 204);
  checkAllowed(preflight);
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET, POST, OPTIONS');
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'Authorization, Content-Type, Last-Event-ID');

  const poller = new Poller(t, site.url, { headers: { origin: LISTED } });
  await poller.open();
  const posted = await poller.request('POST', `40${JSON.stringify({ token: await site.token() })}`);
  const polled = await poller.request('GET');
  for (const answer of [posted, polled]) checkAllowed(answer);
  poller.sid = 'unknown';
  checkAllowed(await poller.request('GET'));

  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const foreign = await from('https://evil.example', method);
    assert.equal(foreign.status, 403, method);
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  }
  const own = await from(site.url, 'GET');
  assert.deepEqual([own.status, own.headers.get('access-control-allow-origin')], [200, null]);
});

for (const carrier of CARRIERS) {
  test(`without ${carrier} in transports, a client that asks for it is refused, and the others are served`, async (t) => {
    const [other] = CARRIERS.filter((each) => each !== carrier);
    const site = await openSite(t, { settings: { gateway: { transports: other } } });
    const answer = await fetch(`${site.url}/socket.io/?EIO=4&transport=${carrier}`);
    assert.equal(answer.status, 400);
    const { code, message } = await answer.json();
    assert.deepEqual([code, message], [0, 'Transport unknown']);
    const client = socketClient(t, site.url, { auth: { token: await site.token() }, transports: [other] });
    await client.event('connected');
    await isServed(site, client);
  });
}

test('without WebSockets in transports, a client with its default options stays on polling', async (t) => {
  const site = await openSite(t, { settings: { gateway: { transports: 'polling' } } });
  assert.deepEqual((await new Poller(t, site.url).open()).upgrades, []);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() }, ...DEFAULT });
  await alice.event('connected');
  await isServed(site, alice);
  assert.equal(carrierOf(alice), 'polling');
});
