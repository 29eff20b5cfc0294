// A queue that an older Belfry made: who migrates it, and what an interruption leaves.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, documented, Program, Site, socketClient, top } from './harness.mjs';

const VERSION_1 = readFileSync(join(top, 'tests/unit/common/schema_v1.sql'), 'utf8');
const OWN = "PRAGMA application_id = 0x42454C46; PRAGMA user_version = 1; INSERT INTO belfry_meta VALUES ('queue', 'old'), ('schema', '1');";
const rows = (count) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO notifications (user_id, title, body, status) SELECT 'user' || i % 100, 'title ' || i, printf('%100s', i), iif(i % 3, 'read', 'pending') FROM n;`;

const shell = (file, sql) => execFileSync('sqlite3', [file], { input: sql, encoding: 'utf8' }).trim();

/** A site whose queue is of version 1. */
function siteOfVersion1(t, more = '') {
  const site = new Site(t, {});
  shell(site.database, `PRAGMA journal_mode = WAL; ${VERSION_1} ${OWN} ${more}`);
  return site;
}

const size = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

test('the gateway migrates a file of version 1, and delivers what waits in it', async (t) => {
  const site = siteOfVersion1(t, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'From before');");
  const gateway = await site.startGateway();
  assert.match(gateway.output, /its schema 1 was migrated to 2, and .*\.before-v2 is a copy from before/);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  const { queue } = await alice.event('connected');
  assert.equal(queue, 'old');
  assert.equal((await alice.event('notification')).title, 'From before');
  assert.equal(shell(site.database, 'PRAGMA user_version'), '2');
  assert.equal(shell(`${site.database}.before-v2`, 'PRAGMA user_version; SELECT title FROM notifications'), '1\nFrom before');
});

test('commands that only look leave a file of version 1 alone, and say what migrates it', async (t) => {
  const site = siteOfVersion1(t);
  const { stderr } = await site.belfry(['queue', 'list'], { status: 1 });
  assert.match(stderr, /has schema 1, and this program needs 2: `belfry init --database .*` migrates it/);
  assert.equal(shell(site.database, 'PRAGMA user_version'), '1');
  assert.match((await site.belfry(['init'])).stderr, /\.before-v2 is a copy of the file as it was/);
  assert.doesNotMatch((await site.belfry(['init'])).stderr, /before-v2/);
  await site.belfry(['queue', 'list']);
});

/** Holds the lock that a gateway has; the function that is returned releases it. */
async function holdLock(t, site) {
  const holder = spawn('flock', [`${site.database}.lock`, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  atEnd(t, () => holder.kill());
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await ended;
  };
}

test('belfry init does not migrate what an older gateway serves, which would not notice', async (t) => {
  const site = siteOfVersion1(t, "INSERT INTO gateways VALUES ('host:1:1', '2026-11-22T19:19:00.123Z', '2999-01-01T00:00:00.000Z');");
  const release = await holdLock(t, site);
  const { stderr } = await site.belfry(['init'], { status: 1 });
  assert.match(stderr, /has an older schema, and a belfry-gateway is running that uses it: stop the gateway, then run `belfry init` again/);
  assert.equal(shell(site.database, 'PRAGMA user_version'), '1');
  assert.ok(!existsSync(`${site.database}.before-v2`));
  await release();
  await site.belfry(['init']);
  assert.equal(shell(site.database, 'PRAGMA user_version'), '2');
});

test('a lock that belfry init may not look at counts as held', async (t) => {
  const site = siteOfVersion1(t, "INSERT INTO gateways VALUES ('host:1:1', '2026-11-22T19:19:00.123Z', '2999-01-01T00:00:00.000Z');");
  // Root becomes the file's owner, for whom the lock is out of reach, as it is for anybody else.
  if (process.getuid() === 0)
    for (const place of [site.folder, ...readdirSync(site.folder).map((name) => join(site.folder, name))]) chownSync(place, 65534, 65534);
  writeFileSync(`${site.database}.lock`, '', { mode: 0o000 });
  const { stderr } = await site.belfry(['init'], { status: 1 });
  assert.match(stderr, /a belfry-gateway is running that uses it/);
  shell(site.database, 'DELETE FROM gateways');
  await site.belfry(['init']);
  assert.equal(shell(site.database, 'PRAGMA user_version'), '2');
});

test("the manual's way back puts the old file in place, under a new name", async (t) => {
  const site = siteOfVersion1(t, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'From before');");
  await site.belfry(['init']);
  await site.belfry(['send', 'alice', 'Lost']);
  execFileSync('sh', ['-ec', documented('belfry-queue.5', ['before-v2'])], { cwd: site.folder });
  assert.equal(shell(site.database, 'PRAGMA user_version; SELECT title FROM notifications'), '1\nFrom before');
  await site.startGateway();
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  assert.match((await alice.event('connected')).queue, /^[0-9A-F]{16}$/);
  assert.equal((await alice.event('notification')).title, 'From before');
});

test('a file of a newer version is refused by all programs', async (t) => {
  const site = new Site(t, {});
  await site.belfry(['init']);
  shell(site.database, 'PRAGMA user_version = 3');
  const sentence = /has schema 3, and this program knows up to 2: a newer Belfry made or migrated it, install that one/;
  for (const args of [['init'], ['queue', 'list'], ['send', '--user', 'a', '--title', 'b']]) {
    assert.match((await site.belfry(args, { status: 1 })).stderr, sentence);
  }
  const gateway = new Program(t, join(build, 'belfry-gateway'), ['--config', site.config], { env: site.env });
  assert.notEqual((await gateway.exit()).code, 0);
  assert.match(gateway.output, sentence);
});

test('programs that migrate the same file at once wait for each other', async (t) => {
  const site = siteOfVersion1(t, rows(20000));
  await Promise.all([site.belfry(['init']), site.belfry(['init']), site.startGateway(), site.belfry(['init'])]);
  assert.equal(shell(site.database, 'PRAGMA user_version; SELECT count(*) FROM notifications'), '2\n20000');
  assert.equal(shell(`${site.database}.before-v2`, 'PRAGMA user_version; SELECT count(*) FROM notifications; PRAGMA integrity_check'), '1\n20000\nok');
  assert.ok(!existsSync(`${site.database}.before-v2.unfinished`));
});

/** Starts a program that migrates, and kills it once it has written this many octets. */
async function killAt(t, site, octets, path, args) {
  const program = new Program(t, join(build, path), args, { env: site.env });
  const written = () =>
    ['-wal', '.before-v2.unfinished', '.before-v2'].reduce((sum, ending) => sum + size(site.database + ending), 0);
  let over = false;
  program.ended.then(() => { over = true; });
  while (!over && !program.has(/listening on/) && written() < octets) await new Promise((resolve) => { setImmediate(resolve); });
  program.signal('SIGKILL');
  await program.exit();
}

test('a migration that is killed at any moment leaves the old file or the new one', async (t) => {
  const site = siteOfVersion1(t, rows(20000));
  const pristine = join(site.folder, 'pristine.db');
  shell(site.database, 'PRAGMA wal_checkpoint(TRUNCATE)');
  copyFileSync(site.database, pristine);
  const before = shell(pristine, '.schema');
  await site.belfry(['init']);
  const after = shell(site.database, '.schema');
  const most = 2 * size(`${site.database}.before-v2`);
  const seen = { 1: 0, 2: 0 };
  for (let round = 0; round < 16; round++) {
    for (const ending of ['', '-wal', '-shm', '.before-v2', '.before-v2.unfinished']) rmSync(site.database + ending, { force: true });
    copyFileSync(pristine, site.database);
    await killAt(t, site, Math.floor((most * (round + Math.random())) / 16), ...(round % 2 ? ['belfry', ['init']] : ['belfry-gateway', ['--config', site.config]]));
    const [version, count, whole] = shell(site.database, 'PRAGMA user_version; SELECT count(*) FROM notifications; PRAGMA integrity_check').split('\n');
    seen[version]++;
    assert.deepEqual([count, whole], ['20000', 'ok']);
    assert.ok(shell(site.database, '.schema') === (version === '1' ? before : after), `what was made of version ${version}`);
    if (version === '2') assert.equal(shell(`${site.database}.before-v2`, 'PRAGMA user_version; SELECT count(*) FROM notifications'), '1\n20000');
    await site.belfry(['init']);
    assert.ok(shell(site.database, '.schema') === after);
  }
  t.diagnostic(`found version 1 ${seen[1]} times, version 2 ${seen[2]} times`);
  assert.ok(seen[1] > 0);
});
