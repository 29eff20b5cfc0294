// Messages that are not valid events count like events: a client that keeps sending them is
// rate-limited, and in the end closed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';

const FLOOD = 1100;
const slow = { gateway: { rate: 1, burst: 5 } };

/** Messages of a Socket.IO client that are not valid events. */
const mistakes = {
  'binary events': (socket) => socket.emit('draw', Buffer.from('x')),
  'names with U+0000': (socket) => socket.emit('a\0b', 1),
  'foreign namespaces': (socket) => socket.io.engine.write('0/foreign,'),
  'events of too many values': (socket) => socket.emit('ping', Array(4100).fill(0)),
  'unknown events': (socket) => socket.emit('nobody', 1),
};

for (const [what, err] of Object.entries(mistakes)) {
  test(`socket.io-client: ${what} meet the rate, and end as a flood`, async (t) => {
    const site = await openSite(t, { settings: slow });
    const client = socketClient(t, site.url, { auth: { token: await site.token() } });
    const { socket, inbox } = client;
    await client.event('connected');
    for (let n = 0; n < 20; n++) err(socket);
    if (what !== 'foreign namespaces') {
      const error = await inbox.next((one) => one.name === 'error' && one.args[0].code === 'rate_limited', 'rate_limited');
      assert.match(error.args[0].message, /slow down/);
    }
    await eventually(async () => (await site.metric('belfry_rate_limited_total')) > 0, 'the rate to be met');
    for (let n = 0; n < FLOOD; n++) err(socket);
    assert.equal(await client.event('disconnect'), 'transport close');
    assert.equal(await site.metric('belfry_floods_closed_total'), 1);
  });
}

/** The same for the plain framing. */
const frames = {
  'bad ids': '{"event":"ping","id":-1}',
  'names with U+0000': '{"event":"a\\u0000b"}',
  'too many values': JSON.stringify({ event: 'ping', data: Array(4100).fill(0) }),
  'acknowledgements of many values': JSON.stringify({ ack: 1, data: Array(100).fill(0) }),
};

for (const [what, frame] of Object.entries(frames)) {
  test(`ws: ${what} meet the rate, and end as a flood`, async (t) => {
    const site = await openSite(t, { settings: slow });
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await client.event('connected');
    for (let n = 0; n < FLOOD; n++) client.socket.send(frame);
    assert.equal((await client.closed()).close, 4429);
    assert.equal(await site.metric('belfry_floods_closed_total'), 1);
  });
}

/** Acknowledgements and pongs that nobody asked for. */
const unasked = {
  'small acknowledgements of nothing': (socket, n) => socket.send(`{"ack":${n},"data":{"ok":true}}`),
  pings: (socket) => socket.ping(),
  'pongs that answer no ping': (socket) => socket.pong('x'.repeat(12)),
  'pongs without data': (socket) => socket.pong(),
};

for (const [what, say] of Object.entries(unasked)) {
  test(`ws: ${what} meet the rate, and end as a flood`, async (t) => {
    const site = await openSite(t, { settings: slow });
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await client.event('connected');
    for (let n = 0; n < FLOOD; n++) say(client.socket, n);
    assert.equal((await client.closed()).close, 4429);
    assert.ok((await site.metric('belfry_rate_limited_total')) >= 1000);
  });
}

for (const [what, packet] of [['acknowledgements of nothing', '437[]'], ['pongs that answer no ping', '3'], ['packets of no use', '6']]) {
  test(`socket.io-client: ${what} meet the rate, and end as a flood`, async (t) => {
    const site = await openSite(t, { settings: slow });
    const client = socketClient(t, site.url, { auth: { token: await site.token() } });
    await client.event('connected');
    const { ws } = client.socket.io.engine.transport;
    for (let n = 0; n < FLOOD; n++) ws.send(packet);
    assert.equal(await client.event('disconnect'), 'transport close');
    assert.equal(await site.metric('belfry_floods_closed_total'), 1);
  });
}

test('requested pongs, acknowledgements and heartbeats are not rate-limited', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ...slow.gateway, ping_interval: '50ms' } } });
  const token = await site.token();
  const clients = [plainClient(t, `${site.url}/ws`, { token }), socketClient(t, site.url, { auth: { token } })];
  const acknowledging = socketClient(t, site.url, { auth: { token, ack: true } });
  acknowledging.socket.on('notification', (data, confirm) => confirm());
  for (const client of [...clients, acknowledging]) await client.event('connected');
  for (let n = 0; n < 10; n++) {
    const input = Array.from({ length: 30 }, (_, i) => `${JSON.stringify({ user: 'alice', title: `${n} ${i}` })}\n`).join('');
    await site.belfry(['send', '--stdin'], { input });
    for (const client of [...clients, acknowledging]) await client.event('notification', ({ title }) => title === `${n} 29`);
  }
  await eventually(async () => (await site.sql("SELECT count(*) AS n FROM notifications WHERE status = 'delivered'"))[0].n === 300, 'all to be delivered');
  assert.equal(await site.metric('belfry_rate_limited_total'), 0);
});

test('an acknowledgement with many tiny values is charged by its size only, and confirms', async (t) => {
  const site = await openSite(t);
  const id = await site.insert('alice', 'Hello');
  const client = socketClient(t, site.url, { auth: { token: await site.token(), ack: true } });
  const { ack } = await client.whole('notification');
  ack(...Array(20_000).fill(0));
  await site.status(id, 'delivered');
});
