// What a hostile, broken or unlucky client of long polling may do: each is bounded and
// counted, and nobody else is affected.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { enterPolling, eventOf, eventually, openSite, Poller, within } from './harness.mjs';

const UNKNOWN = [400, 1];
const refusal = ({ status, text }) => [status, JSON.parse(text).code];
const clients = (site, number) => eventually(async () => (await site.metric('belfry_clients')) === number, `${number} clients`);

/** Asserts that the session is no more. */
async function isGone(poller) {
  assert.deepEqual(refusal(await poller.request('GET')), UNKNOWN);
}

/** Asserts that the gateway serves another user. */
async function servesOthers(t, site) {
  const bob = await enterPolling(t, site, { user: 'bob' });
  const id = await site.insert('bob', 'Undisturbed');
  assert.equal((await bob.event('notification')).data.id, id);
  void bob.poll().catch(() => {});
  await site.status(id, 'delivered');
}

/** A socket of which the test writes and reads each byte itself. */
function rawSocket(site) {
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1');
  const raw = { socket, text: '' };
  socket.setEncoding('latin1').on('data', (part) => { raw.text += part; });
  socket.on('error', () => {});
  raw.closed = new Promise((resolve) => socket.once('close', resolve));
  return raw;
}

const target = ({ sid }) => `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
const postHead = (poller, fields) => `POST ${target(poller)} HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n`;

test('two polls at once end the session', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  // Nothing is waiting any more once a poll is held.
  const id = await site.insert('alice', 'Last');
  await poller.event('notification');
  const held = poller.request('GET');
  await site.status(id, 'delivered');
  assert.equal((await poller.request('GET')).status, 400);
  assert.ok([200, 400].includes((await held).status));
  await isGone(poller);
  await clients(site, 0);
  await servesOthers(t, site);
});

test('two POSTs at once end the session', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const raw = rawSocket(site);
  raw.socket.write(`${postHead(poller, 'Content-Length: 100')}42["notification:mark_all`);
  await eventually(async () => (await poller.request('POST', '3')).status === 400, 'a second POST to meet the first');
  await isGone(poller);
  raw.socket.destroy();
  await clients(site, 0);
  await servesOthers(t, site);
});

test('a poll that its client aborts ends the session, and what it may have held comes again', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const held = new AbortController();
  const aborted = assert.rejects(poller.poll({ signal: held.signal }));
  const first = await enterPolling(t, site);
  await eventually(async () => (await site.metric('belfry_clients')) === 2, 'both');
  held.abort();
  await aborted;
  await clients(site, 1);
  await isGone(poller);
  const id = await site.insert('alice', 'Afterwards');
  assert.equal((await first.event('notification')).data.id, id);
  assert.equal((await site.row(id)).status, 'pending');
});

test('half a body does nothing, and leaves nothing behind', async (t) => {
  const site = await openSite(t);
  const id = await site.insert('alice', 'Unread');
  const poller = await enterPolling(t, site);
  const raw = rawSocket(site);
  raw.socket.write(`${postHead(poller, 'Content-Length: 100')}42["notification:mark_all_read"]`);
  raw.socket.resetAndDestroy();
  await servesOthers(t, site);
  await isGone(poller);
  assert.notEqual((await site.row(id)).status, 'read');
});

/** A body past the limit: announced, or in chunks that nobody announced. */
const large = {
  announced: (poller) => `${postHead(poller, 'Content-Length: 65537')}4${'x'.repeat(65_536)}`,
  'in chunks': (poller) => `${postHead(poller, 'Transfer-Encoding: chunked')}${`4000\r\n${'4'.repeat(0x4000)}\r\n`.repeat(5)}0\r\n\r\n`,
};

for (const [how, request] of Object.entries(large)) {
  test(`a body past the limit, ${how}, is 413, and the session is closed`, async (t) => {
    const site = await openSite(t);
    const poller = await enterPolling(t, site);
    const raw = rawSocket(site);
    raw.socket.write(request(poller));
    await within(eventually(() => /^HTTP\/1.1 \d+/.test(raw.text), 'an answer'), () => 'an answer');
    assert.match(raw.text, /^HTTP\/1.1 413 /);
    raw.socket.destroy();
    await isGone(poller);
    await clients(site, 0);
    await servesOthers(t, site);
  });
}

test('a body as large as the limit is taken', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const packet = `42["ping","${'x'.repeat(65_536 - '42["ping",""]'.length)}"]`;
  assert.equal(packet.length, 65_536 - 12 + 12);
  await poller.post(packet);
  await poller.event('pong');
});

test('bodies that are none of Engine.IO\'s are refused, and end no other session', async (t) => {
  const site = await openSite(t);
  const bodies = ['', '\u001e', '\u001e42["ping"]', '42["ping"]\u001e', 'x', '9', 'b!!!', 'bAAAA=', '4\xff', '0{}', '42["ping"]\u001e\u001e3', '[', '{}'];
  for (const body of bodies) {
    const poller = await enterPolling(t, site);
    const { status, text } = await poller.request('POST', Buffer.from(body, 'latin1'));
    assert.ok(status === 400 || (status === 200 && text === 'ok'), `${JSON.stringify(body)} was answered ${status} ${text}`);
  }
  await servesOthers(t, site);
});

const WRONG = {
  'a handshake by POST': ['POST', '/socket.io/?EIO=4&transport=polling', [400, 2]],
  'an older version': ['GET', '/socket.io/?EIO=3&transport=polling', [400, 5]],
  'no version': ['GET', '/socket.io/?transport=polling', [400, 5]],
  'an unknown session, polled': ['GET', '/socket.io/?EIO=4&transport=polling&sid=nobody', UNKNOWN],
  'an unknown session, posted to': ['POST', '/socket.io/?EIO=4&transport=polling&sid=nobody', UNKNOWN],
  'an empty sid': ['GET', '/socket.io/?EIO=4&transport=polling&sid=', UNKNOWN],
  'a very long sid': ['GET', `/socket.io/?EIO=4&transport=polling&sid=${'x'.repeat(2000)}`, UNKNOWN],
  'another transport': ['GET', '/socket.io/?EIO=4&transport=smoke', [400, 0]],
};

for (const [what, [method, path, expected]] of Object.entries(WRONG)) {
  test(`${what} is ${expected.join(', code ')}`, async (t) => {
    const site = await openSite(t);
    const answer = await fetch(site.url + path, { method, body: method === 'POST' ? '3' : undefined });
    assert.deepEqual(refusal({ status: answer.status, text: await answer.text() }), expected);
    assert.equal(await site.metric('belfry_clients'), 0);
  });
}

test('a session id is 128 random bits, and nobody guesses one', async (t) => {
  const site = await openSite(t);
  const poller = await enterPolling(t, site);
  const ids = new Set([poller.sid]);
  for (let n = 0; n < 50; n++) ids.add((await new Poller(t, site.url).open()).sid);
  assert.equal(ids.size, 51);
  for (const id of ids) assert.match(id, /^([\w-]{22,}|[0-9a-f]{32})$/);
  // Near ones, too.
  const [head, last] = [poller.sid.slice(0, -1), poller.sid.at(-1)];
  for (const guess of ['A', 'b', '0', '9', '_'].filter((each) => each !== last).map((each) => head + each)) {
    const other = new Poller(t, site.url);
    other.sid = guess;
    await isGone(other);
    assert.deepEqual(refusal(await other.request('POST', '42["ping"]')), UNKNOWN);
  }
  await poller.post('42["ping"]');
  await poller.event('pong');
});

/** Begins so many sessions and leaves them; resolves to the statuses once all have ended. */
async function abandonSessions(t, site, count) {
  const pollers = Array.from({ length: count }, () => new Poller(t, site.url));
  const statuses = [];
  const handshake = async () => {
    for (let poller = pollers.pop(); poller; poller = pollers.pop()) statuses.push((await poller.request('GET')).status);
  };
  await Promise.all(Array.from({ length: 16 }, handshake));
  await eventually(async () => (await site.metric('belfry_socketless_sessions')) === 0, 'all of them to have ended');
  return statuses;
}

/** Resident memory in bytes, nothing of which is kept for finding faults (AddressSanitizer's quarantine). */
const QUARANTINE = { ASAN_OPTIONS: 'detect_leaks=1:exitcode=99:quarantine_size_mb=0:thread_local_quarantine_size_kb=0' };
const residentMemory = ({ pid }) => Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Rss:\s+(\d+) kB/m)[1]) * 1024;

test('the memory of sessions that nobody polls again comes back', async (t) => {
  const site = await openSite(t, { gateway: false, settings: { gateway: { auth_timeout: '1s', max_connections_per_address: 10_000, drain: 0 } } });
  await site.startGateway({ env: QUARANTINE });
  const count = 800;
  const wave = async () => {
    assert.deepEqual([...new Set(await abandonSessions(t, site, count))], [200]);
    return residentMemory(site.gateway);
  };
  await wave();
  const [first, , last] = [await wave(), await wave(), await wave()];
  // A session takes more than a kilobyte; each wave uses again what the one before has freed.
  const kept = (last - first) / (2 * count);
  assert.ok(kept < 200, `${kept} bytes are kept of each session`);
  const ended = await site.metric('belfry_socketless_closed_total');
  assert.equal(ended, 4 * count);
});

test('thousands of sessions that nobody polls again are bounded by their number, and end', async (t) => {
  const site = await openSite(t, { settings: { gateway: { auth_timeout: '3s', max_connections_per_address: 2000, drain: 0 } } });
  const statuses = await abandonSessions(t, site, 2300);
  const opened = statuses.filter((status) => status === 200).length;
  assert.ok(opened >= 1900, `${opened} were opened`);
  assert.deepEqual([...new Set(statuses)].sort(), opened === 2300 ? [200] : [200, 429]);
  await eventually(async () => {
    const refused = await new Poller(t, site.url).request('GET');
    return refused.status === 200;
  }, 'room for others');
  await eventually(async () => (await site.metric('belfry_connect_timeouts_total')) >= opened, 'all of them to have ended');
  await servesOthers(t, site);
});

test('sessions beyond the limit of an address are refused with 429, and counted', async (t) => {
  const settings = { belfry: { trusted_proxies: '192.0.2.1' }, gateway: { max_connections_per_address: 4 } };
  const site = await openSite(t, { settings });
  const statuses = [];
  for (let n = 0; n < 6; n++) statuses.push((await new Poller(t, site.url).request('GET')).status);
  assert.equal(statuses[0], 200);
  assert.equal(statuses.at(-1), 429);
  const refused = ['belfry_address_refused_total', 'belfry_socketless_address_refused_total'].map((name) => site.metric(name));
  assert.ok((await Promise.all(refused)).some((count) => count >= 1));
});

test('who reads a body slowly is closed, and their rows stay pending; others do not wait', async (t) => {
  const site = await openSite(t, {
    settings: { gateway: { ping_timeout: '1s', ping_interval: '1s', max_buffer: 16_777_216 }, queue: { delivery_window: 1000 } },
  });
  const poller = await enterPolling(t, site);
  await site.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO notifications (user_id, title, data) SELECT 'alice', i, '{"filler":"${'x'.repeat(4000)}"}' FROM n`);
  const raw = rawSocket(site);
  raw.socket.pause();
  raw.socket.write(`GET ${target(poller)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await clients(site, 0);
  raw.socket.destroy();
  const [{ n }] = await site.sql(`SELECT count(*) AS n FROM notifications WHERE status <> 'pending'`);
  assert.equal(n, 0);
  await servesOthers(t, site);
});

test('events of one body are handled in order, and the answers come in order', async (t) => {
  const site = await openSite(t, { settings: { gateway: { burst: 1000 } } });
  const poller = await enterPolling(t, site);
  await poller.post(...Array.from({ length: 200 }, (_, n) => `42${n}["ping"]`));
  const answers = () => poller.bodies.flat().map((packet) => packet.match(/^43(\d+)\[/)?.[1]).filter(Boolean).map(Number);
  while (answers().length < 200) await poller.poll();
  assert.deepEqual(answers(), Array.from({ length: 200 }, (_, n) => n));
  assert.equal(poller.bodies.flat().filter((packet) => eventOf(packet)?.name === 'pong').length, 200);
});
