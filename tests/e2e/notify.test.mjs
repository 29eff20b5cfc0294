// A row that any kind of program inserts reaches the client.

import assert from 'node:assert/strict';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, onlyFiles, openSite, runProgram, socketClient, top } from './harness.mjs';

const example = (name) => join(top, 'deploy/examples', name);

async function connectedAs(t, site, sub, auth = {}) {
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub }), ...auth } });
  await client.event('notification:unread_count');
  return client;
}

/** The examples open a file; those that open PostgreSQL are in application.test.mjs. */
const OPEN_FILES = ['Python', 'PHP', 'Node'];
const testOf = (who) => (...rest) => (OPEN_FILES.includes(who) ? onlyFiles('it opens one', ...rest) : test(...rest));

const writers = {
  'the sqlite3 shell': (site, title) => site.insert('alice', title),
  Python: async (site, title) => {
    const { code, stderr } = await runProgram('python3', [example('notify.py'), site.database, 'alice', title]);
    assert.equal(code, 0, stderr);
  },
  PHP: async (site, title) => {
    const { code, stdout, stderr } = await runProgram('php', [example('notify.php'), site.database, 'alice', title]);
    assert.equal(code, 0, stdout + stderr);
  },
  Node: async (site, title) => {
    // Placed next to the package it imports, as in an application.
    copyFileSync(example('notify.mjs'), join(site.folder, 'notify.mjs'));
    symlinkSync(join(top, 'tests/e2e/node_modules'), join(site.folder, 'node_modules'));
    const script = `import { notify } from './notify.mjs'; notify('alice', ${JSON.stringify(title)});`;
    const { code, stderr } = await runProgram('node', ['--input-type=module', '-e', script], { env: { BELFRY_DATABASE: site.database }, cwd: site.folder });
    assert.equal(code, 0, stderr);
  },
  'belfry send': async (site, title) => {
    const { stdout } = await site.belfry(['send', '--user', 'alice', '--title', title]);
    assert.match(stdout, /^\d+\n$/);
  },
  'belfry send --stdin': (site, title) =>
    site.belfry(['send', '--stdin'], { input: `${JSON.stringify({ user: 'alice', title })}\n` }),
};

for (const [who, write] of Object.entries(writers)) {
  testOf(who)(`a row inserted by ${who} reaches the client, and is delivered`, async (t) => {
    const site = await openSite(t);
    const alice = await connectedAs(t, site, 'alice');
    await write(site, `From ${who}`);
    const heard = await alice.event('notification');
    assert.equal(heard.title, `From ${who}`);
    assert.equal(heard.replayed, undefined);
    await site.status(heard.id, 'delivered');
  });
}

test('the client receives the row\'s contents', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  const data = { url: '/orders/42', 'größe': [1, null, { deep: '"quoted"' }] };
  const id = await site.insert('alice', 'Bestellung 42 ✓ "heute"', {
    body: 'Zeile 1\nZeile 2\t😀', type: 'alert', priority: 'urgent', data: JSON.stringify(data),
  });
  const heard = await alice.event('notification');
  const row = await site.row(id);
  assert.deepEqual(heard, {
    id, type: 'alert', title: 'Bestellung 42 ✓ "heute"', body: 'Zeile 1\nZeile 2\t😀',
    timestamp: heard.timestamp, priority: 'urgent', data,
  });
  assert.equal(Date.parse(heard.timestamp), Date.parse(row.created_at));
});

test('a row without data arrives with an empty object', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  await site.insert('alice', 'Bare');
  const heard = await alice.event('notification');
  assert.deepEqual(heard.data, {});
  assert.equal(heard.type, 'system');
  assert.equal(heard.priority, 'normal');
  assert.equal(heard.body, '');
});

test('every connection of the user receives it, and nobody else', async (t) => {
  const site = await openSite(t);
  const desk = await connectedAs(t, site, 'alice');
  const phone = await connectedAs(t, site, 'alice');
  const bob = await connectedAs(t, site, 'bob');
  await site.insert('alice', 'For Alice');
  await site.insert('bob', 'For Bob');
  assert.equal((await desk.event('notification')).title, 'For Alice');
  assert.equal((await phone.event('notification')).title, 'For Alice');
  assert.equal((await bob.event('notification')).title, 'For Bob');
  assert.equal(bob.notifications().length, 1);
});

test('more rows than the delivery window in one transaction arrive in order, each once', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  const input = Array.from({ length: 300 }, (_, n) => `${JSON.stringify({ user: 'alice', title: `No ${n}` })}\n`).join('');
  await site.belfry(['send', '--stdin'], { input });
  for (let n = 0; n < 300; n++) assert.equal((await alice.event('notification')).title, `No ${n}`);
  await eventually(async () => {
    const [{ left }] = await site.sql("SELECT count(*) AS left FROM notifications WHERE status <> 'delivered'");
    return left === 0;
  }, 'all rows to be delivered');
  assert.equal(alice.notifications().length, 300);
});

test('the unread count changes with each arrival and each mark', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  const other = await connectedAs(t, site, 'alice');
  const first = await site.insert('alice', 'One');
  await site.insert('alice', 'Two');
  await alice.event('notification:unread_count', (count) => count === 2);
  await site.status(first, 'delivered');

  const ack = await alice.ask('notification:mark_read', { ids: [first] });
  assert.equal(ack.ok, true);
  await alice.event('notification:unread_count', (count) => count === 1);
  assert.deepEqual(await other.event('notification:read'), { ids: [first] });
  assert.equal((await site.row(first)).status, 'read');
  assert.ok((await site.row(first)).read_at);
});

test('nobody can mark another user\'s rows as read', async (t) => {
  const site = await openSite(t);
  const bob = await connectedAs(t, site, 'bob');
  const id = await site.insert('alice', 'Not yours');
  await bob.ask('notification:mark_read', { ids: [id] });
  assert.equal((await site.row(id)).status, 'pending');
});

test('notification:get_count answers with the count', async (t) => {
  const site = await openSite(t);
  await site.insert('alice', 'Waiting');
  const alice = await connectedAs(t, site, 'alice');
  await alice.event('notification');
  alice.socket.emit('notification:get_count');
  assert.equal(await alice.event('notification:unread_count'), 1);
});

test('a scheduled row arrives when it becomes due', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  const hour = 3_600_000;
  const later = await site.insert('alice', 'Later', { deliver_after: new Date(Date.now() + hour).toISOString() });
  await site.insert('alice', 'Now');
  assert.equal((await alice.event('notification')).title, 'Now');
  assert.equal((await site.row(later)).status, 'pending');
  site.setClock(hour + 1000);
  assert.equal((await alice.event('notification')).id, later);
});

test('an expired row is never delivered, and its status says so', async (t) => {
  const site = await openSite(t, { gateway: false });
  const expired = await site.insert('alice', 'Too late', { expires_at: new Date(Date.now() - 60_000).toISOString() });
  await site.insert('alice', 'In time');
  await site.startGateway();
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  assert.equal((await alice.event('notification')).title, 'In time');
  await site.status(expired, 'expired');
  assert.equal(alice.notifications().length, 1);
});

onlyFiles('PostgreSQL accepts none', 'a row that SQLite accepts but that cannot be delivered fails alone, with a reason', async (t) => {
  const site = await openSite(t);
  const alice = await connectedAs(t, site, 'alice');
  await site.sql(`PRAGMA ignore_check_constraints = on;
    INSERT INTO notifications (id, user_id, title, data) VALUES (900, 'alice', 'Broken', '[1');
    INSERT INTO notifications (id, user_id, title) VALUES (901, 'alice', CAST(x'c328' AS TEXT));`);
  await site.insert('alice', 'Whole');
  assert.equal((await alice.event('notification')).title, 'Whole');
  const row = await site.status(900, 'failed');
  assert.ok(row.error.length > 0);
  await site.gateway.line(/900/);
  await site.status(901, 'failed');
});
