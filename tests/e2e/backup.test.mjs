// A queue in a file is copied while everybody uses it, and set back under a running gateway.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, eventually, openSite, Site, socketClient, top, within } from './harness.mjs';

const shell = (file, sql) => execFileSync('sqlite3', [file], { input: sql, encoding: 'utf8' }).trim();

/** A program that keeps the queue open, and inserts what it is told to: insert(sql). */
function openPublisher(t, site) {
  const child = spawn('sqlite3', [site.database], { stdio: ['pipe', 'pipe', 'inherit'] });
  atEnd(t, () => child.kill());
  child.stdin.write('.timeout 20000\n.bail on\nPRAGMA synchronous = NORMAL;\n');
  const ask = (sql) => {
    const answer = new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdin.write(`${sql};\nSELECT 'done';\n`);
    return within(answer, () => `a publisher to have done ${sql.slice(0, 60)}`);
  };
  const ended = new Promise((resolve) => child.once('close', resolve));
  return { ask, child, ended };
}

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const leftovers = (folder) => readdirSync(folder).filter((name) => /\.part-|\.restore-|before-v/.test(name));

test('a backup under load is whole, private, and holds up nobody', async (t) => {
  const site = await openSite(t, { postgres: false, gateways: 1 });
  const copy = join(site.folder, 'copy.db');
  const publisher = openPublisher(t, site);
  await publisher.ask("INSERT INTO notifications (user_id, title) VALUES ('carol', 'First')");
  const insert = `INSERT INTO notifications (user_id, title, body) VALUES ('bob', 'Load', printf('%0900d', 7));\n`;
  const total = 1500;
  publisher.child.stdin.end(insert.repeat(total));
  await eventually(async () => (await site.sql('SELECT count(*) AS n FROM notifications'))[0].n > 200, 'the load to run');
  const { stdout } = await site.belfry(['backup', copy, '--json']);
  const said = JSON.parse(stdout);
  const [{ n }] = await site.sql('SELECT count(*) AS n FROM notifications');
  assert.equal(await within(publisher.ended, () => 'the publisher to end'), 0);
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, total + 1);
  assert.ok(said.notifications > 200 && said.notifications <= n && n <= total + 1, `${said.notifications} of ${n}`);
  // One moment of it: no row is missing between the first and the last.
  assert.equal(shell(copy, 'PRAGMA integrity_check; SELECT max(id) - count(*), count(*) FROM notifications'), `ok\n0|${said.notifications}`);
  assert.equal(statSync(copy).size, said.bytes);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.deepEqual(leftovers(site.folder), []);
  const { stderr } = await site.belfry(['backup', '--to', copy], { status: 1 });
  assert.match(stderr, /copy\.db is there already/);
  assert.match((await site.belfry(['backup', join(site.folder, 'nowhere/copy.db')], { status: 1 })).stderr, /no backup was made: .*No such file/);
  for (const words of [[], [copy, '--to', copy]]) assert.match((await site.belfry(['backup', ...words], { status: 2 })).stderr, /name one FILE/);
});

test('a restore under a running gateway: clients and publishers go on with what was restored', async (t) => {
  const site = await openSite(t, { postgres: false, gateways: 1, settings: { gateway: { drain: '1s' } } });
  const copy = join(site.folder, 'copy.db');
  const token = await site.token();
  const alice = socketClient(t, site.url, { auth: (done) => done({ token }), reconnection: true, reconnectionDelay: 50 });
  const before = await alice.event('connected');
  const publisher = openPublisher(t, site);
  const kept = await site.insert('alice', 'Kept');
  assert.equal((await alice.event('notification')).id, kept);
  await site.status(kept, 'delivered');
  await publisher.ask(`INSERT INTO revocations (user_id, not_before) VALUES ('eve', '${ago(600)}')`);
  await site.belfry(['backup', '--to', copy]);
  const lost = await site.insert('alice', 'Lost');
  assert.equal((await alice.event('notification')).title, 'Lost');
  await site.status(lost, 'delivered');
  const since = ago(60);
  await publisher.ask(`INSERT INTO revocations (user_id, not_before) VALUES ('mallory', '${since}'), ('eve', '${since}')`);
  await publisher.ask("INSERT INTO belfry_meta VALUES ('session_over.x', '2100-01-01T00:00:00.000Z')");

  const refused = await site.belfry(['restore', copy], { status: 1 });
  assert.match(refused.stderr, /nothing was done: this would replace everything in .* with 2 notifications, .* and 0 messages, by 1 notification,/);
  assert.equal((await site.row(lost)).title, 'Lost');

  const { stdout, stderr } = await site.belfry(['restore', copy, '--yes']);
  assert.match(stdout, /restored from .*copy\.db, with 1 notification,/);
  assert.match(stderr, /everybody connect anew/);
  await site.gateway.line(/everybody begins anew/);
  const after = await alice.event('connected');
  assert.notEqual(after.queue, before.queue);
  assert.equal(await site.row(lost), undefined);
  // Whoever was kept out since then stays out.
  const revoked = await site.sql(`SELECT user_id FROM revocations WHERE not_before = '${since}' ORDER BY user_id`);
  assert.deepEqual(revoked, [{ user_id: 'eve' }, { user_id: 'mallory' }]);
  assert.deepEqual(await site.sql("SELECT key FROM belfry_meta WHERE key GLOB 'session_over.*'"), [{ key: 'session_over.x' }]);

  // The program that had it open before writes into what was restored. The id is drawn again.
  await publisher.ask("INSERT INTO notifications (user_id, title) VALUES ('alice', 'New')");
  const fresh = await alice.event('notification');
  assert.deepEqual([fresh.id, fresh.title], [lost, 'New']);
  await site.status(fresh.id, 'delivered');
  assert.deepEqual(alice.notifications().map(({ title }) => title), ['Kept', 'Lost', 'New']);
  assert.deepEqual(leftovers(site.folder), []);
  assert.equal(shell(site.database, 'PRAGMA integrity_check'), 'ok');
  await site.gateway.stop();
});

test('a backup of an older schema is migrated; with another page size, too', async (t) => {
  const site = await openSite(t, { postgres: false, gateways: 1, settings: { gateway: { drain: '0' } } });
  const old = join(site.folder, 'old.db');
  shell(old, `PRAGMA page_size = 8192; ${readFileSync(join(top, 'tests/unit/common/schema_v1.sql'), 'utf8')}
    PRAGMA application_id = 0x42454C46; PRAGMA user_version = 1; INSERT INTO belfry_meta VALUES ('queue', 'old'), ('schema', '1');
    INSERT INTO notifications (user_id, title) VALUES ('alice', 'From long ago');`);
  await site.insert('alice', 'Now');
  await site.belfry(['restore', old, '--yes']);
  await site.gateway.line(/is another queue now/);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  assert.notEqual((await alice.event('connected')).queue, 'old');
  assert.equal((await alice.event('notification')).title, 'From long ago');
  assert.equal(shell(old, 'PRAGMA user_version'), '1');
  assert.equal(shell(site.database, 'PRAGMA user_version; PRAGMA integrity_check'), '2\nok');
  assert.deepEqual(leftovers(site.folder), []);
});

test('what is no whole backup is refused, and nothing changes; a queue that is gone is made again', async (t) => {
  const site = new Site(t, {});
  const copy = join(site.folder, 'copy.db');
  const restore = async (file, says) => assert.match((await site.belfry(['restore', file, '--yes'], { status: 1 })).stderr, says);
  await site.belfry(['init']);
  shell(site.database, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO notifications (user_id, title, body) SELECT 'user' || i, 'Hello', printf('%0500d', i) FROM n;`);
  await site.belfry(['backup', copy]);
  await site.belfry(['queue', 'cancel', '1']);
  const content = readFileSync(copy);
  const make = (name, bytes) => (writeFileSync(join(site.folder, name), bytes), join(site.folder, name));
  await restore(make('torn.db', content.subarray(0, content.length / 2)), /nothing was restored: .*torn\.db: .*(damaged|malformed)/);
  const damaged = make('damaged.db', content);
  writeSync(openSync(damaged, 'r+'), Buffer.alloc(4096, 0x55), 0, 4096, content.length - 3 * 4096);
  await restore(damaged, /damaged\.db: .*damaged/);
  await restore(make('text.db', 'Hello'), /is not an SQLite database/);
  await restore(make('empty.db', ''), /no backup of a queue/);
  await restore(site.folder, /folder|no backup/);
  await restore(join(site.folder, 'missing.db'), /No such file/);
  const foreign = join(site.folder, 'foreign.db');
  shell(foreign, 'CREATE TABLE shop (id)');
  await restore(foreign, /foreign\.db: is no backup of a queue of Belfry/);
  const half = make('half.db', content);
  writeFileSync(`${half}-wal`, 'x');
  await restore(half, /a copy of one without what is in its -wal/);
  assert.equal((await site.row(1)).status, 'cancelled');

  await restore(copy.replace('copy', '?'), /No such file/);
  renameSync(copy, join(site.folder, 'odd %?#.db'));
  for (const end of ['', '-wal', '-shm']) rmSync(`${site.database}${end}`, { force: true });
  const { stdout } = await site.belfry(['restore', join(site.folder, 'odd %?#.db'), '--yes', '--json']);
  assert.equal(JSON.parse(stdout).notifications, 500);
  assert.equal((await site.row(1)).status, 'pending');
  assert.equal(shell(site.database, 'PRAGMA journal_mode'), 'wal');
  assert.deepEqual(leftovers(site.folder), []);

  // An application's own database holds more than the queue.
  const app = join(site.folder, 'app.db');
  shell(app, 'CREATE TABLE shop (id)');
  await site.belfry(['--database', app, 'init']);
  const other = await site.belfry(['--database', app, 'restore', join(site.folder, 'odd %?#.db'), '--yes'], { status: 1 });
  assert.match(other.stderr, /is the database of an application/);
});

test('of a queue in PostgreSQL they say what does it, without the password', async (t) => {
  const site = new Site(t, {});
  const url = 'postgresql://belfry:s3cret@localhost/shop';
  for (const [command, says] of [['backup', /pg_dump --schema=belfry .*--file='x\.dump' --dbname='postgresql:.*shop/], ['restore', /pg_restore .*shop/]]) {
    const { stderr } = await site.belfry(['--database', url, command, 'x.dump'], { status: 2 });
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /s3cret/);
  }
  assert.ok(!existsSync('x.dump'));
});
