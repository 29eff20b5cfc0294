// Engine.IO, revision 4: every WebSocket case of the project's own suite, and edge
// cases that it leaves out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, PING_INTERVAL_MS, PING_TIMEOUT_MS, engineSocket, rawSocket, startEcho } from './echo.mjs';

for (const path of ['/engine.io/', '/socket.io/']) {
  test(`opens a session at ${path}`, async (t) => {
    const raw = await engineSocket(t, await startEcho(t), path);
    assert.equal(raw.open[0], '0');
    const { sid, ...rest } = JSON.parse(raw.open.slice(1));
    assert.match(sid, /^[\w-]{20,}$/);
    assert.deepEqual(rest, {
      upgrades: [],
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      maxPayload: 1000000,
    });
  });
}

test('refuses a bad handshake in its own words', async (t) => {
  const { http } = await startEcho(t);
  for (const [query, code, message] of [
    ['transport=websocket', 5, 'Unsupported protocol version'],
    ['EIO=3&transport=websocket', 5, 'Unsupported protocol version'],
    ['EIO=abc&transport=websocket', 5, 'Unsupported protocol version'],
    ['EIO=4', 0, 'Transport unknown'],
    ['EIO=4&transport=abc', 0, 'Transport unknown'],
    ['EIO=4&transport=webtransport', 0, 'Transport unknown'],
    [`${HANDSHAKE}&sid=abc`, 1, 'Session ID unknown'],
    ['EIO=4&transport=polling&sid=abc', 1, 'Session ID unknown'],
  ]) {
    const response = await fetch(`${http}/engine.io/?${query}`);
    assert.equal(response.status, 400, query);
    assert.deepEqual(await response.json(), { code, message }, query);
  }
});

test('refuses a request without an upgrade, and other paths', async (t) => {
  const { http } = await startEcho(t);
  const plain = await fetch(`${http}/socket.io/?${HANDSHAKE}`);
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get('sec-websocket-version'), '13');
  const missing = await fetch(`${http}/socket.io/more?${HANDSHAKE}`);
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { error: 'Not found' });
});

test('accepts the path with and without its last slash', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/socket.io');
  assert.equal(raw.open[0], '0');
});

test('sends and receives text and binary', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/engine.io/');
  raw.send('4hello', Buffer.from([1, 2, 3, 4]), '4');
  assert.equal(await raw.packet(), '4hello');
  assert.deepEqual(await raw.packet(), [1, 2, 3, 4]);
  assert.equal(await raw.packet(), '4');
});

test('closes on an unknown packet', async (t) => {
  const echo = await startEcho(t);
  for (const frame of ['abc', '', '7', 'bAQID', '2', '2probe']) {
    const raw = await engineSocket(t, echo, '/engine.io/');
    raw.send(frame);
    assert.equal((await raw.closed()).close, 4400, frame);
  }
});

test('ignores packets that need no answer', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/engine.io/');
  raw.send('3', '5', '6', '3probe', '4still here');
  assert.equal(await raw.packet(), '4still here');
});

test('pings, and accepts the pong', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/engine.io/');
  for (let i = 0; i < 3; i++) {
    assert.equal(await raw.next(), '2');
    raw.send('3');
  }
});

test('closes the session of a silent client', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/engine.io/');
  assert.equal(await raw.next(), '2');
  assert.equal((await raw.next()).close, 1001);
});

test('closes when the client asks for it', async (t) => {
  const raw = await engineSocket(t, await startEcho(t), '/engine.io/');
  raw.send('1');
  assert.equal((await raw.closed()).close, 1000);
});

test('echoes messages of any size on a bare WebSocket', async (t) => {
  const { url } = await startEcho(t);
  const raw = rawSocket(t, `${url}/echo`, { perMessageDeflate: false });
  const large = 'ä'.repeat(100_000);
  raw.socket.on('open', () => raw.send('', large, Buffer.alloc(70_000, 7)));
  assert.equal(await raw.next(), '');
  assert.equal(await raw.next(), large);
  assert.equal((await raw.next()).length, 70_000);
});
