// The life of a connection: heartbeats, expiry, refresh, restarts.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { atEnd, eventually, openSite, plainClient, socketClient, testCarriers, within } from './harness.mjs';

const HOUR = 3_600_000;

testCarriers('heartbeats keep a quiet Socket.IO connection open', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '100ms', ping_timeout: '10s' } } });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  let beats = 0;
  alice.socket.io.on('ping', () => beats++);
  await eventually(() => beats >= 3, 'three heartbeats');
  assert.equal(alice.socket.connected, true);
});

test('a Socket.IO client that falls silent is closed', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '200ms', ping_timeout: '300ms' } } });
  const raw = plainClient(t, `${site.url}/socket.io/?EIO=4&transport=websocket`);
  raw.socket.removeAllListeners('message');
  raw.socket.on('message', (data) => raw.inbox.put({ text: String(data) }));
  const open = await raw.inbox.next((frame) => frame.text?.startsWith('0'), 'the open packet');
  const { pingInterval, pingTimeout, upgrades } = JSON.parse(open.text.slice(1));
  assert.deepEqual([pingInterval, pingTimeout, upgrades], [200, 300, []]);
  raw.socket.send(`40${JSON.stringify({ token: await site.token() })}`);
  await raw.inbox.next((frame) => frame.text?.startsWith('40'), 'the CONNECT packet');
  await raw.inbox.next((frame) => frame.text === '2', 'a ping');
  await raw.closed();
});

test('a plain client gets WebSocket pings, and is closed if it does not answer', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '100ms', ping_timeout: '200ms' } } });
  const token = await site.token();
  const deaf = plainClient(t, `${site.url}/ws`, { token, autoPong: false });
  await deaf.inbox.next((frame) => 'ping' in frame, 'a ping');
  await deaf.closed();
});

test('a client is warned before its token expires, and closed with 4401 after', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  site.setClock(HOUR - 240_000);
  const { expiresIn } = await alice.event('auth:expiring');
  assert.ok(expiresIn > 200 && expiresIn <= 240, String(expiresIn));
  site.setClock(HOUR + 40_000);
  assert.equal((await alice.closed()).close, 4401);
});

/** A client of each framing that refreshes whenever it is warned, with a token that expires at `exp`. */
const refreshers = {
  'socket.io-client': async (t, site, token, fresh) => {
    const client = socketClient(t, site.url, { auth: { token } });
    await client.event('connected');
    client.socket.on('auth:expiring', async () => client.socket.emit('auth:refresh', { token: await fresh() }));
    return { told: () => client.inbox.all.filter(({ name }) => name === 'auth:expiring'), client, ask: client.ask };
  },
  ws: async (t, site, token, fresh) => {
    const client = plainClient(t, `${site.url}/ws`, { token });
    await client.event('connected');
    client.socket.on('message', async (data) => {
      if (JSON.parse(data).event === 'auth:expiring') client.send('auth:refresh', { token: await fresh() });
    });
    let id = 0;
    const ask = async (name, data) => {
      id += 1;
      client.send(name, data, { id });
      return (await client.ack(id)).data;
    };
    return { told: () => client.inbox.all.filter(({ event }) => event === 'auth:expiring'), client, ask };
  },
};

/** Moves the clock, and waits until the gateway has checked its tokens' expiry. */
async function passTo(t, site, seconds) {
  const exp = Math.floor(Date.now() / 1000) + seconds - 32;
  const witness = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'carol', exp }) });
  await witness.event('connected');
  site.setClock(seconds * 1000);
  assert.equal((await witness.closed()).close, 4401);
}

for (const [name, open] of Object.entries(refreshers)) {
  const testEach = name === 'ws' ? test : testCarriers;
  testEach(`${name}: for a short-lived token there is one warning, at a tenth of its lifetime`, async (t) => {
    const site = await openSite(t);
    const now = Math.floor(Date.now() / 1000);
    const exp = now + 200;
    let asked = 0;
    const fresh = () => {
      asked += 1;
      return site.token({ sub: 'alice', exp });
    };
    const { told, client, ask } = await open(t, site, await site.token({ sub: 'alice', iat: now, exp }), fresh);
    await passTo(t, site, 100);
    assert.equal((await ask('ping')).ok, true);
    assert.equal(told().length, 0, 'half of its life is left');
    site.setClock(182_000);
    const { expiresIn } = await client.event('auth:expiring');
    assert.ok(expiresIn > 0 && expiresIn <= 20, String(expiresIn));
    await eventually(() => asked === 1, 'the refresh');
    for (let n = 0; n < 3; n++) assert.equal((await ask('auth:refresh', { token: await fresh() })).ok, true);
    await passTo(t, site, 190);
    assert.equal((await ask('ping')).ok, true);
    assert.equal(told().length, 1, 'a token that ends no later is no news');
    assert.equal((await ask('auth:refresh', { token: await site.token({ sub: 'alice', iat: now + 190, exp: now + 390 }) })).ok, true);
    site.setClock(372_000);
    assert.ok((await client.event('auth:expiring')).expiresIn <= 20);
  });
}

test('for a token without iat, the warning comes at a tenth of the time that was left', async (t) => {
  const site = await openSite(t);
  const exp = Math.floor(Date.now() / 1000) + 100;
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'alice', iat: undefined, exp }) });
  await alice.event('connected');
  await passTo(t, site, 50);
  alice.send('ping', null, { id: 1 });
  await alice.ack(1);
  assert.equal(alice.inbox.all.filter(({ event }) => event === 'auth:expiring').length, 0);
  site.setClock(92_000);
  assert.ok((await alice.event('auth:expiring')).expiresIn <= 10);
});

testCarriers('socket.io-client reconnects with a fresh token after its token expired', async (t) => {
  const site = await openSite(t, { auth: true });
  const url = await site.startWeb('lighttpd');
  const { cookie } = await site.session('alice', ['--ttl', String(48 * 3600)]);
  let asked = 0;
  const auth = async (give) => {
    asked++;
    const answer = await fetch(`${url}/api/websocket/auth`, { headers: { cookie } });
    give({ token: (await answer.json()).token });
  };
  const alice = socketClient(t, url, { auth, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 });
  await alice.event('connected');
  site.setClock(HOUR + 60_000);
  assert.equal(await alice.event('disconnect'), 'transport close');
  await alice.event('connected');
  assert.equal(asked, 2);
});

testCarriers('auth:refresh keeps a connection open past the expiry of its first token', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const later = Math.floor(Date.now() / 1000) + 2 * 3600;
  const ack = await alice.ask('auth:refresh', { token: await site.token({ sub: 'alice', exp: later }) });
  assert.equal(ack.ok, true);
  site.setClock(HOUR + 60_000);
  await site.insert('alice', 'Still here');
  assert.equal((await alice.event('notification')).title, 'Still here');
  assert.equal(alice.socket.connected, true);
});

testCarriers('auth:refresh with somebody else\'s token is refused, and changes nothing', async (t) => {
  const site = await openSite(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const ack = await alice.ask('auth:refresh', { token: await site.token({ sub: 'bob' }) });
  assert.equal(ack.ok, false);
  await site.insert('bob', 'For Bob');
  await site.insert('alice', 'For Alice');
  assert.equal((await alice.event('notification')).title, 'For Alice');
});

testCarriers('SIGTERM closes with 1012; socket.io-client reconnects to the next gateway and gets what it missed', async (t) => {
  const site = await openSite(t);
  const web = await site.startWeb('lighttpd');
  const token = await site.token();
  const plain = plainClient(t, `${site.url}/ws`, { token });
  await plain.event('connected');
  const page = socketClient(t, web, { auth: { token }, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 });
  await page.event('connected');

  const { address } = site;
  await site.gateway.stop();
  assert.equal((await plain.closed()).close, 1012);
  assert.equal(await page.event('disconnect'), 'transport close');
  const missed = await site.insert('alice', 'During the restart');

  site.configure({ gateway: { listen: address } });
  await site.startGateway();
  await page.event('connected');
  assert.equal((await page.event('notification')).id, missed);
  await site.status(missed, 'delivered');
});

test('a signal during the gateway\'s shutdown does not change its exit status', async (t) => {
  const site = await openSite(t);
  // Two at once, as from a shell and a supervisor, are one.
  site.gateway.signal('SIGTERM');
  site.gateway.signal('SIGINT');
  await site.gateway.line(/drained: no connection is left/);
  await site.gateway.line(/ ended$/);
  site.gateway.signal('SIGHUP');
  // Fails if the status is not 0.
  await site.gateway.stop();
});

/** Makes opening the queue's next file block, as on a frozen disk. Returns a function that releases it. */
async function freezeNext(t, file) {
  const lines = ['import fcntl, os, signal, sys', 'signal.signal(signal.SIGIO, signal.SIG_IGN)', 'fd = os.open(sys.argv[1], os.O_RDWR)',
    'fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)', 'print("held", flush=True)', 'sys.stdin.read()'];
  const holder = spawn('python3', ['-c', lines.join('\n'), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(t, () => holder.kill());
  await within(once(holder.stdout, 'data'), () => 'the lease');
  return () => holder.kill();
}

test('a gateway that cannot exit because its disk does not respond says so', async (t) => {
  const site = await openSite(t);
  await site.sql(`VACUUM INTO '${site.database}.next'`);
  const thaw = await freezeNext(t, `${site.database}.next`);
  renameSync(`${site.database}.next`, site.database);
  await site.gateway.line(/unavailable.*does not answer/);
  site.gateway.signal('SIGTERM');
  await site.gateway.line(/not ended yet: .*does not answer/);
  thaw();
  await site.gateway.line(/ ended$/);
  await site.gateway.stop();
});

testCarriers('a draining gateway is not ready, and tells new clients to try again later', async (t, carrier) => {
  const site = await openSite(t, { settings: { gateway: { drain: '20s' } } });
  const clients = [];
  for (let n = 0; n < 3; n++) {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token() });
    await client.event('connected');
    clients.push(client);
  }
  site.gateway.signal('SIGTERM');
  await Promise.any(clients.map((client) => client.closed()));
  const ready = await fetch(`${site.ops}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /drain/);
  assert.equal((await fetch(`${site.ops}/healthz`)).status, 200);
  const late = await plainClient(t, `${site.url}/ws`, { token: await site.token() }).refused();
  assert.equal(late.refused, 503);
  assert.ok(Number(late.headers['retry-after']) > 0);
  assert.match(JSON.parse(late.body).error, /shutting down/);
  const error = { websocket: 'websocket error', polling: 'xhr poll error' }[carrier];
  assert.equal((await socketClient(t, site.url).event('connect_error')).message, error);
  assert.equal(await site.metric('belfry_draining_refused_total'), 2);
  for (const client of clients) client.socket.terminate();
  assert.deepEqual(await site.gateway.exit(), { code: 0, signal: null });
});

test('SIGHUP reloads configuration and secrets, and loses no connection', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 1 } } });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const foreign = { headers: { origin: 'https://app.example.com' } };
  const bob = await site.token({ sub: 'bob' });
  assert.equal((await plainClient(t, `${site.url}/ws`, { token: bob, ...foreign }).refused()).refused, 403);

  site.configure({ belfry: { allowed_origins: 'https://app.example.com' } });
  site.gateway.signal('SIGHUP');
  await eventually(async () => {
    const client = plainClient(t, `${site.url}/ws`, { token: bob, ...foreign });
    const answer = await client.inbox.next((frame) => 'open' in frame || 'refused' in frame, 'an answer');
    client.socket.terminate();
    return 'open' in answer;
  }, 'the new configuration to be in force');

  await site.insert('alice', 'Never lost');
  assert.equal((await alice.event('notification')).title, 'Never lost');
});

testCarriers('after SIGHUP, existing connections keep the heartbeat and the message size they were told', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_interval: '200ms', ping_timeout: '300ms' } } });
  const page = socketClient(t, site.url, { auth: { token: await site.token() } });
  await page.event('connected');
  const plain = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await plain.event('connected');
  site.configure({ gateway: { ping_interval: '10m', ping_timeout: '5m', max_message: 1000 } });
  site.gateway.signal('SIGHUP');
  await site.gateway.line(/configuration read again/);

  let pings = 0;
  page.socket.io.engine.on('ping', () => { pings += 1; });
  let heard = 0;
  plain.socket.on('ping', () => { heard += 1; });
  await eventually(() => pings >= 5 && heard >= 5, 'heartbeats at the old interval');
  const long = 'x'.repeat(2000);
  assert.equal((await page.ask('ping', long)).ok, true);
  plain.send('ping', long, { id: 1 });
  assert.equal((await plain.ack(1)).data.ok, true);
  assert.equal(page.socket.connected, true);

  const young = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await young.event('connected');
  young.send('ping', long);
  assert.equal((await young.closed()).close, 1009);
});

test('on SIGHUP, an invalid setting is named, and the old configuration stays', async (t) => {
  const site = await openSite(t);
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  site.configure({ gateway: { no_such_key: 1 } });
  site.gateway.signal('SIGHUP');
  await site.gateway.line(/no_such_key/);
  await site.insert('alice', 'Still served');
  assert.equal((await alice.event('notification')).title, 'Still served');
});

test('a client that vanishes in the middle of a frame leaves no connection behind', async (t) => {
  const site = await openSite(t);
  const { port } = new URL(site.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write(Buffer.from([0x81, 0xfe, 0x01]));
  socket.resetAndDestroy();
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  await eventually(async () => (await site.metric('belfry_connections')) === 1, 'the vanished connection to be gone');
});
