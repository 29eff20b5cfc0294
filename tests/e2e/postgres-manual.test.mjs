// The examples of belfry-postgres(7), and what README shows of PostgreSQL, verbatim.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, documented, eventually, openSite, plainClient, runProgram, top } from './harness.mjs';

const PAGE = 'belfry-postgres.7';

/** A site in PostgreSQL with a gateway, and alice at it; `shop` is the application. */
async function openShop(t) {
  const site = await openSite(t, { postgres: true });
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  const database = site.client.database;
  await site.sql('CREATE TABLE public.invoices (customer text, total int); GRANT ALL ON public.invoices TO shop');
  const shop = await site.postgres.connect(t, database, 'shop');
  return { site, alice, shop, database };
}

test('the set-up: init, the roles, the gateway', async (t) => {
  const site = await openSite(t, { postgres: true, gateway: false });
  const name = await site.postgres.makeEmptyDatabase(t);
  const owner = site.postgres.url('postgres', name);
  const init = documented(PAGE, ['belfry init'], { 'sudo -u postgres belfry': join(build, 'belfry'), 'postgresql:///shop': `'${owner}'` });
  const made = await runProgram('sh', ['-c', init], { env: site.env });
  assert.equal(made.code, 0, made.stderr);
  const client = await site.postgres.connect(t, name);
  // Roles are the whole server's: this one may be there from an earlier run.
  await client.query(documented(PAGE, ['CREATE ROLE belfry'], { 'CREATE ROLE belfry LOGIN;': 'DROP ROLE IF EXISTS belfry; CREATE ROLE belfry LOGIN;' }));
  const [, url] = documented(PAGE, ['[belfry]', 'database']).match(/^database = (.*)$/m);
  assert.equal(url, 'postgresql:///shop');
  site.configure({ belfry: { database: site.postgres.url('belfry', name) } });
  await site.startGateway();
});

test('an application publishes, changes and takes back', async (t) => {
  const { site, alice, shop } = await openShop(t);
  await shop.query(documented(PAGE, ['INSERT INTO invoices']));
  assert.deepEqual((await alice.event('notification')).data, { url: '/invoices' });
  await site.insert('alice', '3 new messages', { idempotency_key: 'unread-mail' });
  await site.insert('alice', 'Come to tea', { idempotency_key: 'invitation-12' });
  const mail = await alice.event('notification');
  const invitation = await alice.event('notification');
  await site.status(invitation.id, 'delivered');
  await shop.query(documented(PAGE, ['4 new messages']));
  const { id, title } = await alice.event('notification:update');
  assert.deepEqual([id, title], [mail.id, '4 new messages']);
  await eventually(async () => (await site.row(invitation.id)).status === 'cancelled', 'it to be cancelled');
});

test('the INSERT that README shows', async (t) => {
  const { site, alice, shop } = await openShop(t);
  await site.sql('CREATE TABLE public.orders (customer text); GRANT ALL ON public.orders TO shop');
  const [, block] = readFileSync(join(top, 'README.md'), 'utf8').match(/^```sql\n(BEGIN;[^]*?)^```$/m);
  await shop.query(block);
  assert.equal((await alice.event('notification')).title, 'We have got your order');
});

test('an application may do what the page says, and no more', async (t) => {
  const { site, shop } = await openShop(t);
  const may = [
    "INSERT INTO belfry.broadcasts (topic, event) VALUES ('*', 'news')",
    "INSERT INTO belfry.conversations (id) VALUES ('tea')",
    "UPDATE belfry.conversations SET title = 'Tea' WHERE id = 'tea'",
    "INSERT INTO belfry.conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')",
    "INSERT INTO belfry.messages (conversation_id, sender_id, content) VALUES ('tea', 'bot', 'Hello')",
    "DELETE FROM belfry.conversation_members WHERE user_id = 'alice'",
    "INSERT INTO belfry.revocations (user_id) VALUES ('mallory') ON CONFLICT (user_id) DO UPDATE SET not_before = excluded.not_before",
    'SELECT * FROM belfry.online_users', 'SELECT * FROM belfry.undelivered', 'SELECT * FROM belfry.queue_stuck',
  ];
  for (const sql of may) await shop.query(sql);
  const id = await site.insert('alice', 'Hello');
  const must = [
    `DELETE FROM belfry.notifications WHERE id = ${id}`, `UPDATE belfry.notifications SET delivered_at = now() WHERE id = ${id}`,
    "INSERT INTO belfry.notifications (id, user_id, title) OVERRIDING SYSTEM VALUE VALUES (1, 'alice', 'x')",
    "INSERT INTO belfry.notifications (user_id, title, txid) VALUES ('alice', 'x', '3')",
    'SELECT * FROM belfry.publish_keys', 'SELECT * FROM belfry.belfry_meta', 'DELETE FROM belfry.messages', 'SELECT * FROM belfry.changes',
  ];
  for (const sql of must) await assert.rejects(shop.query(sql), /permission denied/, sql);
  await site.sql('GRANT DELETE ON belfry.notifications TO shop; SELECT 1');
  await shop.query(must[0]);
});

test('a dump is restored on another server, and the queue renamed', async (t) => {
  const { site, database } = await openShop(t);
  const folder = mkdtempSync(join(tmpdir(), 'belfry-dump-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  const id = await site.insert('bob', 'Waits');
  const environment = { PGHOST: site.postgres.folder, PGUSER: 'postgres' };
  const dump = documented(PAGE, ['pg_dump'], { 'belfry.dump': join(folder, 'belfry.dump'), ' shop': ` ${database}` });
  const dumped = await runProgram('sh', ['-c', dump], { env: environment });
  assert.equal(dumped.code, 0, dumped.stderr);
  await site.gateway.stop();
  const name = await site.postgres.makeEmptyDatabase(t);
  const restored = await runProgram('pg_restore', ['--exit-on-error', '-d', name, join(folder, 'belfry.dump')], { env: environment });
  assert.equal(restored.code, 0, restored.stderr);
  const client = await site.postgres.connect(t, name);
  const queue = () => client.query("SELECT value FROM belfry.belfry_meta WHERE key = 'queue'").then(({ rows }) => rows[0].value);
  const before = await queue();
  await client.query(documented(PAGE, ['gen_random_uuid']));
  assert.notEqual(await queue(), before);
  site.configure({ belfry: { database: site.postgres.url('gate', name) } });
  await site.startGateway();
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  assert.equal((await bob.event('connected')).queue, await queue());
  assert.equal((await bob.event('notification')).id, id);
});
