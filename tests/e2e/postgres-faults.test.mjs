// What becomes of the gateway and its clients when PostgreSQL hangs, is full, or is lost
// for good and a standby takes its place; and a server that shows a certificate.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, symlinkSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, openSite, plainClient, socketClient } from './harness.mjs';
import { atEnd } from './lib/end.mjs';
import { startOnFreePort } from './lib/port.mjs';
import { OwnPostgresServer } from './lib/postgres.mjs';
import { runServerProgram } from './lib/postgres-server.mjs';
import { build, runProgram } from './lib/program.mjs';
import { giveToServerUser } from './lib/server-user.mjs';

const ready = (site, status) =>
  eventually(async () => (await fetch(`${site.ops}/readyz`)).status === status, `/readyz to answer ${status}`, 40_000);

test('the server hangs: the sockets stay, /readyz says so, and all goes on when it wakes up', async (t) => {
  const site = await openSite(t, { postgres: 'own', gateways: 1 });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const { pids } = site.postgres;
  const signal = (name) => { for (const pid of pids) process.kill(pid, name); };
  atEnd(t, () => signal('SIGCONT'));
  signal('SIGSTOP');
  await ready(site, 503);
  signal('SIGCONT');
  await ready(site, 200);
  const id = await site.insert('alice', 'Awake again');
  await alice.inbox.find((each) => each.name === 'notification' && each.args[0].id === id, 'the row');
  await site.status(id, 'delivered');
  assert.equal(alice.inbox.all.some((each) => each.name === 'disconnect'), false);
});

test('the answer to a COMMIT is lost, and the server is away: who sent a message is told to try again, and finds it stored once', async (t) => {
  const site = await openSite(t, { postgres: 'own', gateways: 1 });
  await site.sql(`INSERT INTO conversations (id) VALUES ('c');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c', 'alice')`);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  // A commit waits for a standby that is not there, when it is safe on this server's disk.
  await site.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await site.sql('SELECT pg_reload_conf()');
  await eventually(async () => (await site.sql('SHOW synchronous_standby_names'))[0].synchronous_standby_names === 'nobody', 'the setting');
  const message = { conversationId: 'c', content: 'Once', tempId: 'ref-1' };
  const asked = alice.ask('message:send', message);
  await eventually(async () => (await site.sql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length > 0, 'the commit to wait');
  await site.postgres.stop('SIGQUIT');
  const answer = await asked;
  assert.equal(answer.ok, false);
  assert.equal(answer.code, 'unavailable');
  await site.postgres.start(['synchronous_standby_names=']);
  await site.reconnect();
  await ready(site, 200);
  const again = socketClient(t, site.url, { auth: { token: await site.token() } });
  await again.event('connected');
  assert.equal((await again.ask('message:send', message)).ok, true);
  assert.equal((await site.sql('SELECT id FROM messages')).length, 1);
});

/** A standby of that server, that runs. */
async function startStandby(primary) {
  const standby = new OwnPostgresServer({
    make: (folder) => runServerProgram('pg_basebackup', ['-h', primary.folder, '-U', 'postgres', '-D', join(folder, 'data'), '-R', '-X', 'stream', '-c', 'fast', '--no-sync']),
  });
  await standby.start();
  return standby;
}

test('failover: the primary is lost, a standby is promoted, and nothing that was committed is lost', async (t) => {
  const site = await openSite(t, { postgres: 'own', gateway: false, gateways: 1 });
  const primary = site.postgres;
  const { database } = site.client;
  const standby = await startStandby(primary);
  await site.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await site.sql('SELECT pg_reload_conf()');
  await eventually(async () => (await site.sql("SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'")).length > 0, 'the standby to be synchronous');
  site.configure({ belfry: { database: `postgresql://gate@/${database}?host=${primary.folder},${standby.folder}` } });
  await site.startGateway();
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');

  const committed = [];
  const insertUntilLost = async () => {
    for (let i = 0; ; i++) committed.push(await site.insert('alice', `Row ${i}`));
  };
  const lost = assert.rejects(insertUntilLost());
  await eventually(() => committed.length >= 40, 'some rows');
  await primary.stop('SIGQUIT');
  await lost;
  const client = await standby.connect(t, database);
  await client.query('SELECT pg_promote()');
  site.postgres = standby;
  await site.reconnect(database);
  await ready(site, 200);
  committed.push(await site.insert('alice', 'On the new primary'));
  // Numbers of transactions may be used again there: everybody begins anew.
  await alice.event('disconnect');
  const again = socketClient(t, site.url, { auth: { token: await site.token() } });
  for (const id of committed) {
    await site.status(id, 'delivered');
    assert.ok([...alice.inbox.all, ...again.inbox.all].some((each) => each.name === 'notification' && each.args[0].id === id), `row ${id}`);
  }
});

/** Fills the file system of that folder; returns a function that empties it again. */
function fillDisk(folder) {
  const path = join(folder, 'fill');
  const file = openSync(path, 'w');
  let size = 1 << 20;
  while (size >= 512) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size >>= 1;
    }
  }
  closeSync(file);
  return () => rmSync(path);
}

test('the disk of the server is full: what was committed before is delivered, and marked when there is room', {
  skip: process.getuid() !== 0 && 'a file system is mounted, which takes root',
}, async (t) => {
  const server = new OwnPostgresServer({
    prepare: (folder) => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder]);
      atEnd(t, () => execFileSync('umount', ['-l', folder]));
    },
  });
  await server.start(['max_wal_size=32MB']);
  const site = await openSite(t, { postgres: server, gateways: 1 });
  const ids = [];
  for (let i = 0; i < 10; i++) ids.push(await site.insert('alice', `Before ${i}`));
  const empty = fillDisk(server.folder);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const comes = (id) => alice.inbox.find((each) => each.name === 'notification' && each.args[0].id === id, `row ${id}`);
  for (const id of ids) await comes(id);
  const insertUntilFull = async () => {
    for (let i = 0; i < 5000; i++) ids.push(await site.insert('alice', `Row ${i}`, { body: 'x'.repeat(8000) }));
  };
  await assert.rejects(insertUntilFull(), /No space left|terminat|ECONNRESET|closed/i);
  empty();
  // Where there was no room for the log itself, the server has ended.
  await site.reconnect().catch(async () => {
    await server.stop('SIGQUIT').catch(() => {});
    await server.start();
    await site.reconnect();
  });
  await ready(site, 200);
  ids.push(await site.insert('alice', 'There is room'));
  for (const id of ids) {
    await comes(id);
    await site.status(id, 'delivered');
  }
});

/** A certificate for 127.0.0.1, signed by an authority of its own. */
function makeCertificate(folder) {
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Belfry tests');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-out', 'server.crt', '-days', '2', '-copy_extensions', 'copy');
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'other.key', '-out', 'other.crt', '-days', '2', '-subj', '/CN=Somebody else');
  chmodSync(join(folder, 'server.key'), 0o600);
  giveToServerUser(join(folder, 'server.key'), join(folder, 'server.crt'));
}

test('TLS: with sslmode=verify-full the gateway speaks to the server that it trusts, and to no other', async (t) => {
  const server = new OwnPostgresServer();
  makeCertificate(server.folder);
  const port = await startOnFreePort(async (free) => {
    await server.start([
      'ssl=on', `ssl_cert_file=${join(server.folder, 'server.crt')}`, `ssl_key_file=${join(server.folder, 'server.key')}`,
      'listen_addresses=127.0.0.1', `port=${free}`,
    ]);
    return free;
  });
  // The tests themselves come by the socket, at its usual name.
  symlinkSync(join(server.folder, `.s.PGSQL.${port}`), join(server.folder, '.s.PGSQL.5432'));
  const site = await openSite(t, { postgres: server, gateway: false, gateways: 1 });
  const url = (ca) => `postgresql://gate@127.0.0.1:${port}/${site.client.database}?sslmode=verify-full&sslrootcert=${join(server.folder, ca)}`;

  site.configure({ belfry: { database: url('other.crt') } });
  const refused = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config, '--check'], { env: site.env });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr + refused.stdout, /certificate verify failed/);

  site.configure({ belfry: { database: url('ca.crt') } });
  await site.startGateway();
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const id = await site.insert('alice', 'Over TLS');
  assert.equal((await alice.event('notification')).id, id);
  const sessions = await site.sql("SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'gate'");
  assert.deepEqual(sessions, [{ ssl: true }]);
});
