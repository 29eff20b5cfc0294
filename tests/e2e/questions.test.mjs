// The daily questions of belfry-queue(5): every statement there, verbatim and in its order, on a
// queue in a file and on one in PostgreSQL, with what it has to answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, socketClient, testEngines } from './harness.mjs';
import { literalBlocks } from './lib/manual.mjs';

const statements = literalBlocks('belfry-queue.5', 'DAILY QUESTIONS');
const only = {
  sqlite: (sql) => /strftime|julianday|date\('now'|pragma_/.test(sql),
  postgresql: (sql) => /now\(\)|pg_/.test(sql),
};

const titles = (rows) => rows.map(({ title }) => title);
const has = (rows, row) => assert.ok(rows.some((each) => Object.entries(row).every(([name, value]) => each[name] === value)), JSON.stringify({ rows, row }));

/** What each answers, by a text that is in it and in no other that asks something else. */
const answers = [
  ['queue_summary', (rows) => has(rows, { status: 'failed', count: 1 })],
  ['queue_by_user', (rows) => assert.deepEqual(rows.map(({ user_id, pending }) => [user_id, pending]), [['bob', 2], ['erin', 1]])],
  ['ORDER BY created_at LIMIT 10;', (rows) => assert.deepEqual(titles(rows), ['For an e-mail', 'Stuck', 'Later'])],
  ['ORDER BY deliver_after LIMIT 20', (rows) => assert.deepEqual(titles(rows), ['Later'])],
  ["user_id = 'alice'", (rows) => assert.deepEqual(rows.map(({ title, status }) => [title, status]), [['Hello', 'read']])],
  ['SELECT error', ([{ error, count }]) => assert.deepEqual([error, count], ['data is too large', 1])],
  ['queue_stuck', (rows) => assert.deepEqual(titles(rows), ['Stuck'])],
  ['NOT EXISTS', (rows) => assert.deepEqual(rows[0], { user_id: 'bob', count: 2 })],
  ['FROM online_users', (rows) => assert.deepEqual(rows.map(({ user_id, connections }) => [user_id, connections]), [['alice', 1], ['erin', 1]])],
  ['AND delivered_at IS NULL', (rows) => {
    assert.ok(titles(rows).includes('Failed'));
    assert.ok(!titles(rows).includes('Hello'));
  }],
  ['AS inserted,\n', (rows) => {
    const { day, inserted, delivered, read } = rows.at(-1);
    assert.match(day, /^\d{4}-\d\d-\d\d$/);
    assert.ok(inserted >= 3 && delivered >= 1 && read >= 1, JSON.stringify(rows));
  }],
  ['percent', (rows) => has(rows, { type: 'message', inserted: 2, read: 1, percent: 50 })],
  ['SELECT took', (rows) => {
    has(rows, { took: '3 under an hour', count: 1 });
    assert.equal(rows.reduce((sum, { count }) => sum + count, 0), 2);
  }],
  ['FROM undelivered', (rows) => assert.deepEqual(titles(rows), ['For an e-mail'])],
  ["SET status = 'cancelled'", async (rows, query) => assert.equal((await query("SELECT status FROM notifications WHERE title = 'For an e-mail'"))[0].status, 'cancelled')],
  ["SET status = 'pending', error = NULL", async (rows, query) => assert.equal((await query("SELECT status FROM notifications WHERE title = 'Failed'"))[0].status, 'pending')],
  ['AS bytes', ([{ bytes }]) => assert.ok(bytes > 100_000)],
  ['LIMIT 10000', async (rows, query) => assert.deepEqual(await query("SELECT title FROM notifications WHERE title = 'Old'"), [])],
  ['BEGIN;', async (rows, query) => assert.deepEqual(await query("SELECT * FROM messages WHERE sender_id = 'carol'"), [])],
];

/** Rows of every kind, some of them of the past, and two users who are online. */
async function fill(t, site) {
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const erin = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'erin' }), subscribe: false } });
  await erin.event('connected');
  await site.insert('alice', 'Hello', { type: 'message' });
  const { id } = await alice.event('notification');
  await site.status(id, 'delivered');
  await alice.socket.emitWithAck('notification:mark_read', { ids: [id] });
  const ago = (time) => site.now(`-${time}`);
  await site.sql(`INSERT INTO notifications (user_id, title, type, priority, status, error, created_at, deliver_after, delivered_at) VALUES
    ('bob', 'For an e-mail', 'alert', 'high', 'pending', NULL, ${ago('10 minutes')}, NULL, NULL),
    ('erin', 'Stuck', 'alert', 'normal', 'pending', NULL, ${ago('5 minutes')}, NULL, NULL),
    ('bob', 'Later', 'alert', 'normal', 'pending', NULL, ${site.now()}, ${site.now('1 hour')}, NULL),
    ('dave', 'Failed', 'alert', 'normal', 'failed', 'data is too large', ${site.now()}, NULL, NULL),
    ('gina', 'Late', 'message', 'normal', 'delivered', NULL, ${ago('2 hours')}, NULL, ${ago('90 minutes')}),
    ('carol', 'Old', 'alert', 'normal', 'delivered', NULL, ${ago('99 days')}, NULL, ${ago('99 days')})
    RETURNING id`);
  await site.belfry(['conversation', 'create', 'c', 'alice', 'carol']);
  await site.sql("INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'carol', 'Bye') RETURNING id");
  await eventually(async () => (await site.sql('SELECT * FROM online_users')).length === 2, 'both to be online');
}

test('each statement of the manual has an answer, and the other way round', () => {
  for (const sql of statements) assert.equal(answers.filter(([text]) => sql.includes(text)).length, 1, sql);
  for (const [text] of answers) assert.ok(statements.some((sql) => sql.includes(text)), text);
  assert.equal(statements.filter(only.sqlite).length, statements.filter(only.postgresql).length);
});

testEngines('the daily questions are answered', async (t, open, engine) => {
  const site = await open({ gateways: 1, settings: { queue: { retain_days: '0' } } });
  await fill(t, site);
  let query = (sql) => site.sql(sql);
  if (engine === 'postgresql') {
    const client = await site.postgres.connect(t, site.client.database, 'gate');
    await client.query('SET search_path = belfry');
    query = async (sql) => [await client.query(sql)].flat().at(-1).rows;
  }
  const [{ id }] = await query("SELECT id FROM notifications WHERE title = 'For an e-mail'");
  const others = engine === 'sqlite' ? only.postgresql : only.sqlite;
  for (const sql of statements.filter((each) => !others(each))) {
    const [, check] = answers.find(([text]) => sql.includes(text));
    await check(await query(sql.replace('id = 42', `id = ${id}`)), query);
  }
  assert.deepEqual(await query("SELECT * FROM conversation_members WHERE user_id = 'carol'"), []);
});
