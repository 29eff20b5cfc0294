// Applications that publish in PostgreSQL in the transaction of their own rows: the
// examples of belfry-publishing(7), verbatim, with each language's own driver, and logged
// in with the rights of belfry_publisher alone.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documented, openSite, runProgram, socketClient, top } from './harness.mjs';

const PAGE = 'belfry-publishing.7';
const PYTHON = '/usr/bin/python3';
// What no application may do with these rights, and why it is refused.
const FORBIDDEN = [
  ['DELETE FROM belfry.notifications', /permission denied for table notifications/],
  ['TRUNCATE belfry.notifications', /permission denied for table notifications/],
  ['UPDATE belfry.notifications SET id = DEFAULT', /permission denied for table notifications/],
  ...['user_id', 'read_at', 'delivered_at', 'attempts', 'txid', 'idempotency_key', 'created_at', 'archived_at']
    .map((column) => [`UPDATE belfry.notifications SET ${column} = ${column}`, /permission denied for table notifications/]),
  ["INSERT INTO belfry.notifications (id, user_id, title) OVERRIDING SYSTEM VALUE VALUES (9, 'alice', 'x')", /permission denied for table notifications/],
  ['UPDATE belfry.broadcasts SET sent_at = NULL', /permission denied for table broadcasts/],
  ['DELETE FROM belfry.messages', /permission denied for table messages/],
  ["UPDATE belfry.messages SET content = 'x'", /permission denied for table messages/],
  ["UPDATE belfry.conversation_members SET user_id = 'mallory'", /permission denied for table conversation_members/],
  ['DELETE FROM belfry.revocations', /permission denied for table revocations/],
  ['SELECT * FROM belfry.publish_keys', /permission denied for table publish_keys/],
  ['SELECT * FROM belfry.publish_requests', /permission denied for table publish_requests/],
  ['SELECT * FROM belfry.belfry_meta', /permission denied for table belfry_meta/],
  ['SELECT * FROM belfry.changes', /permission denied for table changes/],
  ["INSERT INTO belfry.changes (kind, key) VALUES ('due', 'alice')", /permission denied for table changes/],
  ["UPDATE belfry.gateways SET alive_at = now()", /permission denied for table gateways/],
  ['SELECT * FROM belfry_sessions.sessions', /permission denied for schema belfry_sessions/],
  ['SELECT * FROM belfry_sessions.users', /permission denied for schema belfry_sessions/],
  ['ALTER TABLE belfry.notifications DISABLE TRIGGER ALL', /must be owner of table notifications/],
  ['CREATE TABLE belfry.mine (id int)', /permission denied for schema belfry/],
  ['SET ROLE belfry_gateway', /permission denied to set role "belfry_gateway"/],
];

/** A connection string of libpq for the application; `separator` is what stands between its parts. */
const connection = (site, separator = ' ') =>
  [`host=${site.postgres.folder}`, `dbname=${site.client.database}`, 'user=shop'].join(separator);

const applications = {
  'Node.js, pg': (site, user, order) => {
    const file = join(site.folder, 'pay.mjs');
    const settings = { host: site.postgres.folder, database: site.client.database, user: 'shop' };
    writeFileSync(file, `import pg from '${join(top, 'tests/e2e/node_modules/pg/esm/index.mjs')}';
      const pool = new pg.Pool(${JSON.stringify(settings)});
      const [user, order] = ${JSON.stringify([user, order])};
      try { ${documented(PAGE, ['pool.connect'])} } finally { await pool.end(); }`);
    return runProgram(process.execPath, [file]);
  },
  'PHP, PDO': (site, user, order) => {
    const code = documented(PAGE, ['new PDO', 'beginTransaction'], { 'pgsql:dbname=shop': `pgsql:${connection(site, ';')}` });
    return runProgram('php', ['-r', `[$user, $order] = ['${user}', ${order}];\n${code}`]);
  },
  Laravel: (site, user, order) => runProgram('php', ['-d', 'error_reporting=E_ERROR', '-r', `
    require '/usr/share/php/Illuminate/autoload.php';
    class_alias(Illuminate\\Database\\Capsule\\Manager::class, 'DB');
    $db = new DB;
    $db->addConnection(['driver' => 'pgsql', 'host' => '${site.postgres.folder}', 'database' => '${site.client.database}', 'username' => 'shop']);
    $db->setAsGlobal();
    [$user, $order] = ['${user}', ${order}];
    ${documented(PAGE, ['DB::transaction'], { 'DB::transaction': 'DB::connection()->transaction' })}`]),
  'Python, psycopg2': (site, user, order) => {
    const code = documented(PAGE, ['psycopg2.connect'], { 'dbname=shop': connection(site) });
    return runProgram(PYTHON, ['-c', `import json, psycopg2\nuser, order = '${user}', ${order}\n${code}`]);
  },
  Django: (site, user, order) => runProgram(PYTHON, ['-c', `
import json
from django.conf import settings
from django.db import connection, transaction
settings.configure(DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': '${site.postgres.folder}',
    'NAME': '${site.client.database}', 'USER': 'shop'}})
user, order = '${user}', ${order}
${documented(PAGE, ['transaction.atomic()'])}`]),
  Rails: (site, user, order) => runProgram('/usr/bin/ruby', ['-ractive_record', '-e', `
class ApplicationRecord < ActiveRecord::Base
  self.abstract_class = true
end
ActiveRecord::Base.establish_connection(adapter: 'postgresql', host: '${site.postgres.folder}', database: '${site.client.database}', username: 'shop')
class Order < ApplicationRecord
end
${documented(PAGE, ['ActiveRecord::Base'], { "'notifications'": "'belfry.notifications'" }).replace(/^ *establish_connection .*\n.*\n/m, '')}
user, order = '${user}', ${order}
${documented(PAGE, ['ApplicationRecord.transaction'])}`]),
};

/** A site with the application's table, in which order 13 cannot be paid: that is found by the COMMIT. */
async function openShop(t, options) {
  const site = await openSite(t, { postgres: true, ...options });
  await site.sql(`CREATE TABLE public.orders (id int PRIMARY KEY, customer text NOT NULL DEFAULT 'alice', paid boolean NOT NULL DEFAULT false);
    INSERT INTO public.orders SELECT generate_series(1, 13);
    GRANT SELECT, UPDATE ON public.orders TO shop;
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the card is declined'; END $$;
    CREATE CONSTRAINT TRIGGER declined AFTER UPDATE ON public.orders DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.id = 13) EXECUTE FUNCTION public.refuse();
    SELECT`);
  return site;
}

const paid = async (site) => (await site.sql('SELECT id FROM public.orders WHERE paid ORDER BY id')).map(({ id }) => id);

test('row and notification are committed together, or neither', async (t) => {
  const site = await openShop(t);
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  for (const [index, [name, pay]] of Object.entries(applications).entries()) {
    await t.test(name, async () => {
      for (const [user, order, because] of [['alice', 13, /the card is declined/], ['', 12, /user_id must be 1 to 255/]]) {
        const { code, stdout, stderr } = await pay(site, user, order);
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, because);
        assert.equal((await paid(site)).length, index);
      }
      const order = index + 1;
      const { code, stdout, stderr } = await pay(site, 'alice', order);
      assert.equal(code, 0, stdout + stderr);
      const { title, data } = await alice.event('notification');
      assert.deepEqual([title, data], ['Your order is paid', { url: `/orders/${order}` }]);
      assert.equal((await paid(site)).at(-1), order);
    });
  }
  await t.test('a trigger', async () => {
    const shop = await site.postgres.connect(t, site.client.database, 'shop');
    const payFor = (order) => shop.query(`UPDATE orders SET paid = true WHERE id = ${order}`);
    await site.sql(`SET search_path = public; ${documented(PAGE, ['CREATE FUNCTION order_paid'])} SET search_path = belfry; SELECT`);
    await assert.rejects(payFor(13), /the card is declined/);
    await payFor(11);
    const { title, data } = await alice.event('notification');
    assert.deepEqual([title, data], ['Your order is paid', { url: '/orders/11' }]);
  });
  // What was rolled back has left nothing, and rung nobody.
  const expected = Object.keys(applications).length + 1;
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, expected);
  assert.equal(alice.notifications().length, expected);
});

test('an application may not do with its rights what is not its own to do', async (t) => {
  const site = await openShop(t, { gateway: false });
  const owner = site.postgres.url('postgres', site.client.database);
  await site.belfry(['--database', owner, 'init', '--sessions'], { env: { BELFRY_AUTH_SESSION_DATABASE: owner } });
  const shop = await site.postgres.connect(t, site.client.database, 'shop');
  for (const [sql, because] of FORBIDDEN) {
    await assert.rejects(shop.query(sql), because, sql);
  }
  const { rows: [{ id }] } = await shop.query("INSERT INTO belfry.notifications (user_id, title) VALUES ('alice', 'x') RETURNING id");
  await shop.query("UPDATE belfry.notifications SET title = 'y', status = 'cancelled' WHERE id = $1", [id]);
  assert.deepEqual((({ title, status }) => [title, status])(await site.row(id)), ['y', 'cancelled']);
});
