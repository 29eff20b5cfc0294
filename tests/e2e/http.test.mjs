// The gateway's HTTP: refusals before the upgrade, origins, polling, health and
// metrics, hostile requests and frames.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import { atEnd, eventually, openSite, plainClient, within } from './harness.mjs';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const UPGRADE = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n${KEY}`;

/** Sends bytes, and returns all that comes back until the other side closes. */
async function exchange(url, octets, { end = false } = {}) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const parts = [];
  socket.on('data', (part) => parts.push(part));
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (end) socket.end(octets);
  else socket.write(octets);
  await within(closed, () => `the gateway to close; it said ${Buffer.concat(parts)}`);
  return Buffer.concat(parts).toString('latin1');
}

const status = (answer) => Number(answer.match(/^HTTP\/1\.1 (\d+)/)?.[1]);

test('where transports leaves polling out, its client is told what to do, and so is the log', async (t) => {
  const site = await openSite(t, { settings: { gateway: { transports: 'websocket' } } });
  const answer = await fetch(`${site.url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(answer.status, 400);
  const body = await answer.json();
  assert.equal(body.code, 0);
  assert.equal(body.message, 'Transport unknown');
  assert.match(body.hint, /transports/);
  await site.gateway.line(/asks for a transport that `transports` leaves out/);

  const socket = io(site.url, { transports: ['polling'], reconnection: false, forceNew: true });
  atEnd(t, () => socket.disconnect());
  await within(new Promise((resolve) => socket.once('connect_error', resolve)), () => 'connect_error');
});

test('an older Engine.IO is told that its version is not supported', async (t) => {
  const site = await openSite(t);
  const client = plainClient(t, `${site.url}/socket.io/?EIO=3&transport=websocket`);
  const { refused, body } = await client.refused();
  assert.equal(refused, 400);
  assert.deepEqual(JSON.parse(body), { code: 5, message: 'Unsupported protocol version' });
});

test('a foreign origin is refused with 403, and the log has the setting that would allow it', async (t) => {
  const site = await openSite(t);
  const client = plainClient(t, `${site.url}/ws`, { token: await site.token(), headers: { origin: 'https://evil.example' } });
  const { refused, body } = await client.refused();
  assert.equal(refused, 403);
  assert.ok(JSON.parse(body).error ?? JSON.parse(body).message);
  await site.gateway.line(/allowed_origins.*https:\/\/evil\.example/);
});

test('the origin of the requested host is allowed, and so are those listed', async (t) => {
  const site = await openSite(t, { settings: { belfry: { allowed_origins: 'https://app.example.com, https://other.example.com' } } });
  const token = await site.token();
  for (const origin of [site.url, 'https://app.example.com', 'https://other.example.com']) {
    const client = plainClient(t, `${site.url}/ws`, { token, headers: { origin } });
    await client.event('connected');
  }
  for (const origin of ['null', 'https://app.example.com.evil.example', 'http://app.example.com', 'https://app.example.com:444']) {
    const client = plainClient(t, `${site.url}/ws`, { token, headers: { origin } });
    assert.equal((await client.refused()).refused, 403, origin);
  }
});

const refused = {
  'another path': ['GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n', [404]],
  'another method': [`POST /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`, [405]],
  'no upgrade': ['GET /ws HTTP/1.1\r\nHost: x\r\n\r\n', [426]],
  'another WebSocket version': [`GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n${KEY}\r\n`, [426]],
  'no Host': [`GET /ws HTTP/1.1\r\n${UPGRADE}\r\n`, [400]],
  'two Hosts': [`GET /ws HTTP/1.1\r\nHost: x\r\nHost: y\r\n${UPGRADE}\r\n`, [400]],
  'a short key': [`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE.replace(KEY, 'Sec-WebSocket-Key: c2hvcnQ=\r\n')}\r\n`, [400]],
  'a folded header': [`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}X: a\r\n b\r\n\r\n`, [400]],
  'a body on the upgrade': [`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}Content-Length: 5\r\n\r\nhello`, [400]],
  'a header of 64 KiB': [`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}X: ${'x'.repeat(65536)}\r\n\r\n`, [431]],
  'a URI of 64 KiB': [`GET /${'x'.repeat(65536)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
  'TLS': [Buffer.from('16030100a5010000a10303', 'hex'), [400, NaN]],
  'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505, NaN]],
};

for (const [what, [octets, expected]] of Object.entries(refused)) {
  test(`${what} is refused with ${expected[0]}, and others are still served`, async (t) => {
    const site = await openSite(t);
    const answer = await exchange(site.url, octets, { end: true });
    assert.ok(expected.some((each) => Object.is(each, status(answer))), answer.slice(0, 500));
    if (status(answer) === 426) assert.match(answer, /sec-websocket-version: 13/i);
    if (!Number.isNaN(status(answer))) assert.doesNotThrow(() => JSON.parse(answer.split('\r\n\r\n')[1]), answer);
    const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await alice.event('connected');
  });
}

test('half a request is answered 408 and closed at the deadline', async (t) => {
  const site = await openSite(t, { settings: { gateway: { auth_timeout: '300ms' } } });
  assert.equal(status(await exchange(site.url, 'GET /ws HTTP/1.1\r\nHost:')), 408);
});

const frames = {
  'an unmasked frame': [Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
  'a reserved bit': [Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
  'a reserved opcode': [Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
  'a continuation of nothing': [Buffer.from([0x80, 0x80, 0, 0, 0, 0]), 1002],
  'a length of 2^62': [Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  'text that is not UTF-8': [Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]), 1007],
  'close code 1005': [Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed]), 1002],
  'a close of one octet': [Buffer.from([0x88, 0x81, 0, 0, 0, 0, 0x03]), 1002],
};

for (const [what, [octets, code]] of Object.entries(frames)) {
  test(`${what} is closed with ${code}, and others are still served`, async (t) => {
    const site = await openSite(t);
    const bystander = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await bystander.event('connected');
    const request = Buffer.from(`GET /ws HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`);
    const answer = Buffer.from(await exchange(site.url, Buffer.concat([request, octets])), 'latin1');
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    assert.equal(body[0], 0x88, 'a close frame');
    assert.equal(body.readUInt16BE(2), code);
    bystander.send('ping');
    await bystander.event('pong');
  });
}

test('/healthz and /readyz answer only GET', async (t) => {
  const site = await openSite(t);
  assert.equal((await fetch(`${site.ops}/healthz`)).status, 200);
  assert.equal((await fetch(`${site.ops}/readyz`)).status, 200);
  assert.equal((await fetch(`${site.ops}/nowhere`)).status, 404);
  assert.equal((await fetch(`${site.ops}/healthz`, { method: 'POST' })).status, 405);
  assert.notEqual((await fetch(`${site.url}/metrics`)).status, 200);
});

test('/readyz says why the queue cannot be used, and recovers', async (t) => {
  const site = await openSite(t);
  const ready = async () => {
    const answer = await fetch(`${site.ops}/readyz`);
    return `${answer.status} ${await answer.text()}`;
  };
  renameSync(site.database, `${site.database}.away`);
  await eventually(async () => (await ready()).startsWith('503'), 'the gateway to miss its queue');
  assert.match(await ready(), /queue unavailable: .*belfry\.db.*No such file/);
  renameSync(`${site.database}.away`, site.database);
  await eventually(async () => (await ready()).startsWith('200'), 'the queue to be back');
});

test('/metrics has the counters, in the format of Prometheus', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const id = await site.insert('alice', 'Counted');
  await alice.event('notification');
  await site.status(id, 'delivered');
  const answer = await fetch(`${site.ops}/metrics`);
  assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) belfry_\w+ .+|belfry_\w+(\{(\w+="[^"]*",?)+\})? [-+0-9.eE]+)$/);
  }
  const values = Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(' ')));
  assert.equal(values['belfry_connections{carrier="websocket",framing="plain"}'], '1');
  assert.equal(values.belfry_notifications_confirmed_total, '1', text);
});
