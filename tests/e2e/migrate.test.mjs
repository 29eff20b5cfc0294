// `belfry migrate`: a site moves from a file to PostgreSQL, whatever interrupts it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, eventually, openSite, plainClient, Program, runProgram } from './harness.mjs';
import { postgresServer, rowsOf } from './lib/postgres.mjs';

/** A site on a file, without a gateway, and an empty database to move to. */
async function openMove(t) {
  const site = await openSite(t, { gateway: false });
  const server = await postgresServer();
  const name = await server.makeEmptyDatabase(t);
  const client = await server.connect(t, name);
  await client.query("SET search_path = belfry; SET timezone = 'UTC'");
  return {
    site,
    to: server.url('postgres', name),
    file: site.database,
    client,
    sql: (text) => rowsOf(client, text),
    migrate: (options) => site.belfry(['migrate', '--to', server.url('postgres', name)], options),
    /** As an administrator goes on: the gateway serves the database from now on. */
    startGateway() {
      site.configure({ belfry: { database: server.url('postgres', name) } });
      return site.startGateway();
    },
  };
}

const TIMES = ['created_at', 'deliver_after', 'expires_at', 'delivered_at', 'read_at', 'seen_at', 'archived_at', 'updated_at'];
const NASTY = "tab\t new\n line\r back\\slash \\N \\. 'quote' \"double\" – 😀 \u007f";

/** Rows of every kind, as SQL for the file. */
const everything = `
  INSERT INTO notifications (user_id, title, body, data, priority, idempotency_key, created_at) VALUES
    ('alice', 'Waits', '${NASTY.replaceAll("'", "''")}', '{"b": 1e2, "a": [1.0, {"x": "\\u00e4\\n"}], "n": 12345678901234567890}', 'high', 'k1', '2026-11-01T00:00:00.001Z');
  INSERT INTO notifications (user_id, title, status, delivered_at, attempts) VALUES ('alice', 'Delivered', 'delivered', '2026-11-02T10:00:00.999Z', 2);
  INSERT INTO notifications (user_id, title, status, delivered_at, read_at, seen_at) VALUES ('alice', 'Read', 'read', '2026-11-02T10:00:00.999Z', '2026-11-02T10:00:01.000Z', '2026-11-02T10:00:00.500Z');
  INSERT INTO notifications (user_id, title, status, error) VALUES ('bob', 'Failed', 'failed', 'why it did');
  INSERT INTO notifications (user_id, title, status, archived_at) VALUES ('bob', 'Archived', 'delivered', '2026-11-03T00:00:00.000Z');
  INSERT INTO notifications (user_id, title, deliver_after, expires_at) VALUES ('bob', 'Later', '2099-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z');
  INSERT INTO notifications (id, user_id, title) VALUES (1000000, 'carol', 'A high id'), (1000001, 'carol', 'Deleted');
  DELETE FROM notifications WHERE id = 1000001;
  UPDATE notifications SET title = 'Changed' WHERE user_id = 'carol';
  INSERT INTO broadcasts (topic, event, data, expires_at) VALUES ('*', 'banner', '"text"', '2099-01-01T00:00:00.000Z'), ('role:x', 'none', NULL, NULL);
  UPDATE broadcasts SET sent_at = '2026-11-01T00:00:00.000Z', recipients = 7 WHERE event = 'none';
  INSERT INTO conversations (id, title) VALUES ('tea', 'Tea at five'), ('empty', NULL);
  INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice'), ('tea', 'bob'), ('Tea', 'Zoë');
  INSERT INTO messages (conversation_id, sender_id, sender_name, content, metadata, client_ref) VALUES
    ('tea', 'alice', 'Alice', 'First', '[null, true]', 't1'), ('tea', 'bob', NULL, 'Second', NULL, NULL);
  INSERT INTO revocations (user_id, not_before, reason) VALUES ('mallory', '2026-11-01T00:00:00.000Z', 'password changed');
  INSERT INTO presence VALUES ('alice', 'host:1:1', 2, '2026-11-01T00:00:00.000Z'), ('dora', 'host:1:1', 0, '2025-11-01T00:00:00.000Z');
  INSERT INTO publish_requests VALUES ('h', '/notifications', 'r1', '${'a'.repeat(64)}', 200, '{"ids": ["1"]}', '2026-11-01T00:00:00.000Z');
  INSERT INTO belfry_meta VALUES ('session_over.abc', 'x'), ('set_back.1', 'y alice');`;

/** Rows of the file as PostgreSQL has them. */
const asThere = (row, json) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === json && value !== null ? JSON.parse(value) : value]));

async function sameRows(move, table, columns, json) {
  const text = `SELECT ${columns} FROM ${table} ORDER BY 1, 2`;
  const here = (await move.site.sql(text, move.file)).map((row) => asThere(row, json));
  const there = (await move.sql(text)).map((row) => asThere(row, json));
  assert.deepEqual(there, here, table);
  return here.length;
}

async function sameEverywhere(move) {
  const notifications = `id, user_id, type, title, body, data, priority, status, attempts, idempotency_key, error, ${TIMES}`;
  assert.ok((await sameRows(move, 'notifications', notifications, 'data')) > 0);
  await sameRows(move, 'broadcasts', 'id, topic, event, data, created_at, expires_at, sent_at, recipients', 'data');
  await sameRows(move, 'conversations', 'id, title, created_at');
  await sameRows(move, 'conversation_members', 'conversation_id, user_id, joined_at');
  await sameRows(move, 'messages', 'id, conversation_id, sender_id, sender_name, content, metadata, client_ref, created_at', 'metadata');
  await sameRows(move, 'revocations', 'user_id, not_before, reason');
  await sameRows(move, 'publish_keys', 'name, hash, rights, users, created_at, last_used_at, revoked_at');
  await sameRows(move, 'publish_requests', 'key_hash, path, request_key, body_hash, status, answer, created_at');
}

test('rows of every kind arrive as they were, with their ids, and ids go on behind them', async (t) => {
  const move = await openMove(t);
  await move.site.sql(everything);
  await move.site.key('shop');
  const { stdout } = await move.migrate();
  assert.match(stdout, /notifications: 7 rows, compared\n[^]*complete\n/);
  await sameEverywhere(move);
  const meta = await move.sql("SELECT key, value FROM belfry_meta WHERE key NOT LIKE 'migrat%' ORDER BY key");
  const [{ value: queue }] = await move.site.sql("SELECT value FROM belfry_meta WHERE key = 'queue'");
  assert.deepEqual(meta, [{ key: 'queue', value: queue }, { key: 'schema', value: '2' }, { key: 'session_over.abc', value: 'x' }]);
  assert.deepEqual(await move.sql('SELECT user_id, connections FROM presence ORDER BY 1'), [{ user_id: 'alice', connections: 0 }, { user_id: 'dora', connections: 0 }]);
  assert.deepEqual(await move.sql('SELECT * FROM changes'), []);
  // Behind the highest that was ever drawn, though its row is gone.
  const [{ id }] = await move.sql("INSERT INTO notifications (user_id, title) VALUES ('carol', 'New') RETURNING id");
  assert.equal(id, 1_000_002);
  const [message] = await move.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', 'Third') RETURNING id");
  assert.equal(message.id, 3);
});

test('run again when it is complete it says so, and copies what came into the file later', async (t) => {
  const move = await openMove(t);
  await move.site.sql(everything);
  await move.migrate();
  assert.match((await move.migrate()).stdout, /is complete, and nothing was to be done/);
  await move.startGateway();
  const bob = plainClient(t, `${move.site.url}/ws`, { token: await move.site.token({ sub: 'bob' }) });
  await bob.event('connected');
  await move.sql("INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('bob', 'There already', 'both')");
  assert.equal((await bob.event('notification')).title, 'There already');
  await move.site.sql("INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('bob', 'Late', 'late'), ('bob', 'Twice', 'both')", move.file);
  const again = () => move.site.belfry(['migrate', '--from', move.file, '--to', move.to]);
  assert.match((await again()).stdout, /was complete; 1 rows that came into the file later/);
  assert.equal((await bob.event('notification')).title, 'Late');
  assert.match((await again()).stdout, /nothing was to be done/);
  assert.equal((await move.sql("SELECT * FROM notifications WHERE user_id = 'bob' AND idempotency_key IS NOT NULL")).length, 2);
});

test('what PostgreSQL refuses is named row by row, and no other row is held up', async (t) => {
  const move = await openMove(t);
  await move.site.sql(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO notifications (user_id, title, data) SELECT 'alice', i, iif(i = 1500, '{"a": "\\u0000"}', '{"i": ' || i || '}') FROM n;
    INSERT INTO notifications (user_id, title, data, status) VALUES ('alice', 'Surrogate', '{"a": "\\ud800"}', 'read');
    INSERT INTO notifications (user_id, title, data) VALUES ('alice', 'Grows', '{"a":[' || replace(hex(zeroblob(12000)), '00', '1,') || '1]}');
    INSERT INTO notifications (user_id, title) VALUES ('alice', CAST(x'41ff42' AS TEXT)), ('alice', 'a' || char(0) || 'b');
    INSERT INTO notifications (user_id, title, created_at) VALUES ('alice', 'Year 0', '0000-01-01T00:00:00.000Z');
    INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'bad', '{"a": "\\u0000"}');
    INSERT INTO messages (conversation_id, sender_id, content, metadata) VALUES ('tea', 'bob', 'Kept', '{"a": "\\u0000"}');
    INSERT INTO conversations (id) VALUES (CAST(x'63ff' AS TEXT)), ('good');`);
  const { stderr, stdout } = await move.migrate({ status: 1 });
  assert.match(stderr, /notification 1500: its data is left out, PostgreSQL refuses it: unsupported Unicode escape sequence: .u0000 cannot be converted to text/);
  assert.match(stderr, /notification 2001: its data is left out.*surrogate/);
  assert.match(stderr, /notification 2003: has U\+FFFD where it had none: title/);
  assert.match(stderr, /notification 2004: has U\+FFFD/);
  assert.match(stderr, /notification 2005: is left out, PostgreSQL refuses it: .*0000-01-01/);
  assert.match(stderr, /broadcast 1: is left out/);
  assert.match(stderr, /message 1: its metadata is left out/);
  assert.match(stderr, /conversation c.*: is left out/);
  assert.match(stdout, /notifications: 2004 rows, compared[^]*complete/);
  const rows = await move.sql('SELECT id, title, data, status, error FROM notifications WHERE id = 1500 OR id > 2000 ORDER BY id');
  assert.deepEqual(rows.map(({ id, title, data, status }) => [id, title, data, status]), [
    [1500, '1500', null, 'failed'], [2001, 'Surrogate', null, 'read'], [2002, 'Grows', null, 'failed'],
    [2003, 'A\ufffdB', null, 'pending'], [2004, 'a\ufffdb', null, 'pending'],
  ]);
  assert.match(rows[0].error, /PostgreSQL refused its data: .*Unicode/);
  assert.equal((await move.sql("SELECT * FROM notifications WHERE status = 'pending'")).length, 1999 + 2);
  assert.deepEqual(await move.sql('SELECT content, metadata FROM messages'), [{ content: 'Kept', metadata: null }]);
  assert.match((await move.migrate()).stdout, /is complete/);
  // For machines.
  const name = await (await postgresServer()).makeEmptyDatabase(t);
  const { stdout: lines } = await move.site.belfry(['--json', 'migrate', '--to', (await postgresServer()).url('postgres', name)], { status: 1 });
  const said = lines.trim().split('\n').map((line) => JSON.parse(line));
  assert.match(said.find(({ table, key }) => table === 'notifications' && key === '1500').what, /^its data is left out/);
  assert.equal(said.filter(({ what }) => what).length, stderr.match(/^belfry: \w+ .*: (?:is left|its |has U)/gm).length);
  assert.deepEqual(said.find(({ table, rows }) => table === 'notifications' && rows), { table: 'notifications', rows: 2004, leftOut: 1, incomplete: 5 });
});

test('killed at any point and run again it goes on; no gateway starts on a part; clients get what is pending, once', async (t) => {
  const move = await openMove(t);
  await move.site.sql(`${everything} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
    INSERT INTO notifications (user_id, title, body, status, delivered_at) SELECT 'user' || (i % 100), i, printf('%200d', i),
      iif(i % 1000 < 100, 'pending', 'delivered'), iif(i % 1000 < 100, NULL, '2026-11-02T10:00:00.999Z') FROM n;`);
  const copied = () => move.client.query("SELECT value::int AS n FROM belfry.belfry_meta WHERE key = 'migrating.notifications'").then(({ rows }) => rows[0]?.n ?? 0, () => 0);
  for (const enough of [1, 1_010_000, 1_030_000]) {
    const run = new Program(t, join(build, 'belfry'), ['migrate', '--to', move.to], { env: move.site.env });
    await eventually(async () => (await copied()) >= enough, `${enough} to be copied`);
    // Once it is the server that ends it.
    if (enough > 1) run.child.kill('SIGKILL');
    else await move.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'belfry' AND datname = current_database()");
    const { code } = await run.ended;
    if (enough === 1) assert.equal(code, 1, run.output);
    assert.ok((await copied()) < 1_040_000, 'it was killed in the middle');
  }
  // The server notices a moment later that the one that was killed is gone.
  await eventually(async () => (await move.sql("SELECT * FROM pg_locks WHERE locktype = 'advisory'")).length === 0, 'the lock to be free');
  const early = await runProgram(join(build, 'belfry-gateway'), ['--config', move.site.config], { env: { ...move.site.env, BELFRY_DATABASE: move.to } });
  assert.match(early.stderr, /`belfry migrate` has filled this queue only in part: run it again/);
  // Changed, deleted and added meanwhile.
  await move.site.sql(`UPDATE notifications SET title = 'Changed meanwhile' WHERE user_id = 'alice' AND title = 'Waits';
    DELETE FROM notifications WHERE title = 'Delivered'; DELETE FROM conversation_members WHERE user_id = 'bob';
    INSERT INTO notifications (user_id, title) VALUES ('alice', 'Added meanwhile')`);
  const { stdout, stderr } = await move.migrate();
  assert.match(stderr, /goes on where it ended/);
  assert.match(stdout, /complete\n/);
  await sameEverywhere(move);
  await move.startGateway();
  const waiting = await move.site.sql("SELECT id FROM notifications WHERE user_id = 'user5' AND status = 'pending' ORDER BY id", move.file);
  assert.ok(waiting.length > 30);
  const client = plainClient(t, `${move.site.url}/ws`, { token: await move.site.token({ sub: 'user5' }) });
  for (const { id } of waiting) assert.equal((await client.event('notification')).id, String(id));
  await eventually(async () => (await move.sql("SELECT * FROM notifications WHERE user_id = 'user5' AND status = 'pending'")).length === 0, 'all to be delivered');
  const again = plainClient(t, `${move.site.url}/ws`, { token: await move.site.token({ sub: 'user5' }) });
  await again.event('connected');
  await move.sql("INSERT INTO notifications (user_id, title) VALUES ('user5', 'The next')");
  assert.equal((await again.event('notification')).title, 'The next');
  assert.equal((await client.event('notification')).title, 'The next');
});

test('it refuses while a gateway serves the file, a queue that is in use, and what is no PostgreSQL', async (t) => {
  const move = await openMove(t);
  await move.site.insert('alice', 'Waits');
  await move.site.startGateway();
  assert.match((await move.migrate({ status: 1 })).stderr, /a belfry-gateway serves it: stop that/);
  await move.site.gateway.stop();
  assert.match((await move.site.belfry(['migrate', '--to', '/tmp/x.db'], { status: 2 })).stderr, /--to names the PostgreSQL database/);
  assert.match((await move.site.belfry(['migrate', '--from', move.to, '--to', move.to], { status: 2 })).stderr, /--from names the file/);
  await move.site.belfry(['--database', move.to, 'init']);
  await move.sql("INSERT INTO notifications (user_id, title) VALUES ('alice', 'Of its own')");
  assert.match((await move.migrate({ status: 1 })).stderr, /its queue has rows of its own/);
  await move.sql('DELETE FROM notifications RETURNING 1');
  await move.sql("INSERT INTO gateways VALUES ('other:1:1', now(), now()) RETURNING 1");
  assert.match((await move.migrate({ status: 1 })).stderr, /a belfry-gateway runs on it: stop it, and run this again\n$/);
  await move.sql('DELETE FROM gateways RETURNING 1');
  await move.migrate();
  const other = await openSite(t, { gateway: false });
  assert.match((await other.belfry(['migrate', '--to', move.to], { status: 1 })).stderr, /another file's queue/);
});

test('a role that is no superuser migrates, and triggers that were switched off stay off', async (t) => {
  const move = await openMove(t);
  await move.site.sql(everything);
  const name = move.client.database;
  await move.client.query(`DO $$ BEGIN CREATE ROLE maker LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT CREATE ON DATABASE ${name} TO maker`);
  const to = (await postgresServer()).url('maker', name);
  // The roles may be there from another test: then it has to be a member of the owner's.
  await move.client.query('DO $$ BEGIN GRANT belfry_owner TO maker; EXCEPTION WHEN undefined_object THEN NULL; END $$');
  await move.site.belfry(['--database', to, 'init']);
  await move.client.query('ALTER TABLE belfry.notifications DISABLE TRIGGER notifications_wake');
  const { stdout } = await move.site.belfry(['--json', 'migrate', '--to', to]);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.find(({ table }) => table === 'notifications'), { table: 'notifications', rows: 7, leftOut: 0, incomplete: 0 });
  assert.equal(lines.at(-1).result, 'made');
  await sameEverywhere(move);
  const off = await move.sql("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal");
  assert.deepEqual(off, [{ tgname: 'notifications_wake' }]);
});

test('a row that differs from its copy is named, and the migration is not complete', async (t) => {
  const move = await openMove(t);
  await move.site.sql("INSERT INTO notifications (user_id, title) VALUES ('alice', 'One'), ('alice', 'Two'), ('alice', 'Three')");
  await move.site.belfry(['--database', move.to, 'init']);
  await move.client.query(`CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := 'Spoilt'; RETURN NEW; END $$;
    CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON belfry.notifications FOR EACH ROW WHEN (NEW.title = 'Two') EXECUTE FUNCTION spoil();
    ALTER TABLE belfry.notifications ENABLE ALWAYS TRIGGER spoil`);
  const { stdout, stderr } = await move.migrate({ status: 1 });
  assert.match(stderr, /notification 2: differs\n/);
  assert.match(stderr, /notifications: 1 rows differ.*the migration is not complete/);
  assert.doesNotMatch(stdout, /complete/);
  await move.client.query('DROP TRIGGER spoil ON belfry.notifications');
  // An application that is too early loses nothing.
  await move.sql("INSERT INTO notifications (user_id, title) VALUES ('alice', 'Too early')");
  const again = await move.migrate();
  assert.match(again.stdout, /notifications: 3 rows, compared[^]*complete/);
  assert.match(again.stderr, /notifications: 1 rows are not from the file, since somebody has inserted them here: they stay/);
  assert.deepEqual((await move.sql('SELECT title FROM notifications ORDER BY id')).map(({ title }) => title), ['One', 'Two', 'Three', 'Too early']);
});
