// SIGHUP: each setting that can be reloaded takes effect, each that cannot is named, and no
// connection notices.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, eventually, openSite, plainClient } from './harness.mjs';

const READ_AGAIN = /configuration read again/g;

const count = (program, pattern) => program.output.match(pattern)?.length ?? 0;

/** Writes the configuration and sends SIGHUP; returns what the program says about it. */
async function reload(site, program, settings, said = READ_AGAIN) {
  const before = count(program, said);
  const from = program.output.length;
  site.configure(settings);
  program.signal('SIGHUP');
  await eventually(() => count(program, said) > before, `another line like ${said}`);
  return program.output.slice(from);
}

/** What becomes of a new client: the `connected` event, or how it was refused or closed. */
async function arrives(t, site, { path = '/ws', ...options } = {}) {
  const client = plainClient(t, `${site.url}${path}`, options);
  const end = await client.inbox.next(
    (frame) => frame.event === 'connected' || 'refused' in frame || 'close' in frame, 'an answer');
  const code = end.event ? 'connected' : end.refused ?? end.close;
  return { client, code };
}

const comes = async (t, site, options) => {
  const { client, code } = await arrives(t, site, options);
  client.socket.terminate();
  return code;
};

/** For each setting: the change, and what shows that it is in force. */
const reloadable = {
  'belfry.allowed_origins': {
    change: () => ({ belfry: { allowed_origins: 'https://app.example.com' } }),
    shows: async (t, site) => {
      const headers = { origin: 'https://app.example.com' };
      assert.equal(await comes(t, site, { token: await site.token(), headers }), 'connected');
    },
  },
  'belfry.trusted_proxies': {
    change: () => ({ belfry: { trusted_proxies: '127.0.0.1' } }),
    shows: async (t, site) => {
      const headers = { 'x-forwarded-for': '192.0.2.77' };
      assert.equal(await comes(t, site, { token: await site.token(), headers }), 'connected');
      await site.gateway.line(/address=192\.0\.2\.77 user=alice .*connected/);
    },
  },
  'token.secret_file': {
    change: (site) => {
      const secret = randomBytes(33).toString('base64');
      writeFileSync(join(site.folder, 'secret-2'), secret, { mode: 0o600 });
      site.secrets.add(secret);
      site.second = secret;
      return { token: { secret_file: join(site.folder, 'secret-2') } };
    },
    shows: async (t, site) => {
      assert.equal(await comes(t, site, { token: await site.token() }), 4401);
      const token = await site.token({ sub: 'alice' }, { secret: site.second });
      assert.equal(await comes(t, site, { token }), 'connected');
    },
  },
  'token.issuer': {
    change: () => ({ token: { issuer: 'shop' } }),
    shows: async (t, site) => {
      assert.equal(await comes(t, site, { token: await site.token() }), 4401);
      assert.equal(await comes(t, site, { token: await site.token({ sub: 'alice', iss: 'shop' }) }), 'connected');
    },
  },
  'gateway.websocket_path': {
    change: () => ({ gateway: { websocket_path: '/elsewhere' } }),
    shows: async (t, site) => {
      assert.equal(await comes(t, site, { token: await site.token() }), 404);
      assert.equal(await comes(t, site, { token: await site.token(), path: '/elsewhere' }), 'connected');
    },
  },
  'gateway.transports': {
    change: () => ({ gateway: { transports: 'polling' } }),
    shows: async (t, site) => assert.equal(await comes(t, site, { token: await site.token() }), 404),
  },
  'gateway.allow_query_token': {
    change: () => ({ gateway: { allow_query_token: 'yes' } }),
    shows: async (t, site) =>
      assert.equal(await comes(t, site, { path: `/ws?token=${await site.token()}` }), 'connected'),
  },
  'gateway.auth_timeout': {
    change: () => ({ gateway: { auth_timeout: '50ms' } }),
    shows: async (t, site) => assert.equal(await comes(t, site), 4401),
  },
  'gateway.max_message': {
    change: () => ({ gateway: { max_message: 200 } }),
    shows: async (t, site) => {
      const { client } = await arrives(t, site, { token: await site.token() });
      client.send('ping', 'x'.repeat(300));
      assert.equal((await client.closed()).close, 1009);
    },
  },
  'gateway.max_topics': {
    change: () => ({ gateway: { max_topics: 1, auto_subscribe: 'user:notifications' } }),
    shows: async (t, site) => {
      const { client } = await arrives(t, site, { token: await site.token() });
      client.send('subscribe', { topic: 'presence:updates' }, { id: 1 });
      await client.ack(1);
      client.send('subscribe', { topic: 'broadcast:news' }, { id: 2 });
      assert.equal((await client.ack(2)).data.ok, false);
      client.socket.terminate();
    },
  },
  'gateway.max_connections_per_user': {
    change: () => ({ gateway: { max_connections_per_user: 1 } }),
    shows: async (t, site) => {
      const token = await site.token({ sub: 'carol' });
      const { client } = await arrives(t, site, { token });
      assert.equal(await comes(t, site, { token }), 4429);
      client.socket.terminate();
    },
  },
  'gateway.max_connections': {
    change: () => ({ gateway: { max_connections: 1 } }),
    shows: async (t, site) => assert.equal(await comes(t, site, { token: await site.token() }), 503),
  },
  'gateway.ping_interval': {
    change: () => ({ gateway: { ping_interval: '50ms' } }),
    shows: async (t, site) => {
      const { client } = await arrives(t, site, { token: await site.token() });
      await client.inbox.next((frame) => 'ping' in frame, 'a heartbeat');
      client.socket.terminate();
    },
  },
  'belfry.log_format': {
    change: () => ({ belfry: { log_format: 'json' } }),
    shows: async (t, site) => {
      assert.equal(await comes(t, site, { token: await site.token() }), 'connected');
      const [line] = await site.gateway.line(/^\{.*"msg":"connected"\}$/);
      const { connection, user, carrier, level } = JSON.parse(line);
      assert.deepEqual({ user, carrier, level }, { user: 'alice', carrier: 'websocket', level: 'info' });
      assert.match(connection, /^\d+$/);
    },
  },
};

test('each setting that can be reloaded takes effect, and a connection from before lives on', async (t) => {
  const site = await openSite(t, { postgres: false, gateways: 1 });
  const first = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await first.event('connected');
  for (const [name, { change, shows }] of Object.entries(reloadable)) {
    await t.test(name, async (t) => {
      assert.doesNotMatch(await reload(site, site.gateway, change(site)), /only after a restart/);
      await shows(t, site);
    });
  }
  site.configure();
  await site.insert('bob', 'Never lost');
  assert.equal((await first.event('notification')).title, 'Never lost');
});

test('each setting that needs a restart is named, and a wrong file changes nothing', async (t) => {
  const site = await openSite(t, { postgres: false, gateways: 1, auth: true });
  await site.startPublish();
  const said = await reload(site, site.gateway, {
    belfry: { database: join(site.folder, 'other.db'), sandbox: 'no', log_level: 'warn' },
    auth: { session_database: join(site.folder, 'other-sessions.db'), session_sources: 'table', threads: 2 },
    gateway: { listen: '127.0.0.1:1', ops_listen: '127.0.0.1:2', session_check: '9s', max_topics: 3 },
    queue: { synchronous: 'off', notify: 'no', poll_interval: '3s', retain_days: 3, retain_messages_days: 3 },
  }, /only after a restart/g);
  assert.match(said, /restart: belfry\.database, belfry\.sandbox, auth\.session_database, auth\.session_sources, gateway\.listen, gateway\.ops_listen, gateway\.session_check, queue\.synchronous, queue\.notify, queue\.poll_interval, queue\.retain_days, queue\.retain_messages_days$/m);
  assert.doesNotMatch(said, READ_AGAIN, 'a line of level info, when the level is warn');

  const changes = { auth: { threads: 2, socket_group: 'x' }, publish: { threads: 2 }, queue: { busy_timeout: '1s' } };
  assert.match(await reload(site, site.auth, changes, /only after a restart/g), /restart: auth\.socket_group, auth\.threads$/m);
  assert.match(await reload(site, site.publish, changes, /only after a restart/g), /restart: publish\.threads, queue\.busy_timeout$/m);
  for (const program of [site.auth, site.publish]) {
    await reload(site, program, { belfry: { log_format: 'logfmt' } });
    assert.match(program.output, /level=info program=\S+ msg="SIGHUP: configuration read again/);
    const silent = await reload(site, program, { belfry: { log_level: 'warn' }, publish: { socket: 'x' }, auth: { socket: 'x' } }, /only after a restart/g);
    assert.doesNotMatch(silent, READ_AGAIN);
  }

  // What the sandbox does not let a program read stays out of it.
  const elsewhere = mkdtempSync(join(tmpdir(), 'belfry-elsewhere-'));
  atEnd(t, () => rmSync(elsewhere, { recursive: true }));
  writeFileSync(join(elsewhere, 'secret'), `${site.secret}\n`, { mode: 0o600 });
  for (const wrong of [{ gateway: { no_such_key: 1 } }, { gateway: { rate: 'fast' } },
    { token: { secret_file: join(elsewhere, 'secret') } }]) {
    await reload(site, site.gateway, wrong, /configuration not reloaded, the old one stays in force: /g);
  }
  await site.gateway.line(/belfry-elsewhere.* cannot be read: Permission denied/);
  assert.equal(await comes(t, site, { token: await site.token() }), 'connected');
});

test('200 connections survive 20 reloads under load, and lose nothing', async (t) => {
  const site = await openSite(t, { settings: { gateway: { max_connections_per_user: 100 } }, postgres: false, gateways: 1 });
  const users = ['alice', 'bob', 'carol'];
  const clients = await Promise.all(Array.from({ length: 200 }, async (_, n) => {
    const client = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: users[n % 3] }) });
    await client.event('connected');
    return client;
  }));
  for (let n = 1; n <= 20; n++) {
    await site.sqlEach(users.map((user) => `INSERT INTO notifications (user_id, title) VALUES ('${user}', 'Row ${n}')`));
    await reload(site, site.gateway, { gateway: { rate: 50 + n, max_topics: 100 + n } });
  }
  const titles = Array.from({ length: 20 }, (_, n) => `Row ${n + 1}`);
  for (const client of clients) {
    await eventually(() => client.notifications().length === 20, 'all rows to arrive at each client');
    assert.deepEqual(client.notifications().map(({ title }) => title), titles);
    assert.equal(client.socket.readyState, client.socket.OPEN);
  }
});
