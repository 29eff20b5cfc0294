// The administrator's command where the queue is in PostgreSQL: which login may do what,
// what it says where it may not, or cannot connect, and that a pooler does no harm.
// (What it does is the same on either engine: command.test.mjs.)

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, openSite, runProgram } from './harness.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';

const open = (t) => openSite(t, { postgres: true, gateway: false });
const as = (site, login) => (args, options) => site.belfry(['--database', site.postgres.url(login, site.client.database), ...args], options);

test('an application’s login may publish and look, and is told which role it lacks for more', async (t) => {
  const site = await open(t);
  const shop = as(site, 'shop');
  const id = (await shop(['send', 'alice', 'Hello'])).stdout.trim();
  await shop(['broadcast', 'headline', '{"n":1}', '--expires', '+1h']);
  await shop(['conversation', 'create', 'tea', 'alice', 'bob']);
  await shop(['conversation', 'remove', 'tea', 'bob']);
  await shop(['revoke', 'mallory']);
  for (const args of [['queue', 'list'], ['queue', 'show', id], ['queue', 'stats'], ['explain', id], ['conversation', 'list']])
    await shop(args);
  await shop(['queue', 'cancel', id]);
  await site.insert('bob', 'Old', { status: 'read', created_at: '2020-01-01T00:00:00.000Z' });
  for (const args of [['queue', 'retry', id], ['queue', 'purge'], ['key', 'create', 'web'], ['key', 'list'], ['conversation', 'remove', 'tea', '--all', '--yes'], ['status']]) {
    const { stderr } = await shop(args, { status: 1 });
    assert.match(stderr, /permission denied for table \w+: this needs GRANT belfry_gateway TO "shop"/, args.join(' '));
  }
  assert.equal((await site.row(id)).status, 'cancelled');
});

test('a login without any role is told what to grant, by belfry and by the gateway', async (t) => {
  const site = await open(t);
  await site.sql('DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN');
  const url = site.postgres.url('stranger', site.client.database);
  const grant = /the login stranger may not use the schema belfry: GRANT belfry_gateway TO "stranger"/;
  assert.match((await as(site, 'stranger')(['queue', 'list'], { status: 1 })).stderr, grant);
  site.configure({ belfry: { database: url } });
  const check = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config, '--check']);
  assert.equal(check.code, 1);
  assert.match(check.stderr, grant);
});

test('where it cannot connect it says why and what to do, and shows no password', async (t) => {
  const site = await open(t);
  const { folder } = site.postgres;
  for (const [url, message] of [
    [`postgresql://gate:hush@/nowhere?host=${folder}`, /database "nowhere" does not exist: createdb makes the database, and `belfry init` the queue in it/],
    [`postgresql://nobody:hush@/postgres?host=${folder}`, /role "nobody" does not exist: run this as the user whom a role is named after.*CREATE ROLE … LOGIN makes a login/],
    [`postgresql://postgres:hush@/postgres?host=${folder}`, /holds no queue: `belfry init --database URL` makes it/],
    ['postgresql://gate:hush@127.0.0.1:1/shop', /Connection refused; Is the server running on that host/],
    [`postgresql://gate@/shop?host=${folder}/none&password=hush`, /No such file or directory; Is the server running locally/],
    ['postgresql://gate@nowhere.invalid/shop?password=hush', /correct the host in the URL/],
  ]) {
    for (const args of [['queue', 'list'], ['send', 'alice', 'x'], ['status'], ['key', 'create', 'web']]) {
      const { stdout, stderr } = await site.belfry(['--database', url, ...args], { status: 1 });
      assert.match(stderr, message, args.join(' '));
      assert.ok(!(stdout + stderr).includes('hush'), stderr);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  }
});

test('pgbouncer in transaction mode is told of, and every command works through it', async (t) => {
  const site = await open(t);
  const bouncer = await startPgbouncer(t, site.postgres, ['gate']);
  site.configure({ belfry: { database: bouncer.url('gate', site.client.database) } });
  const id = (await site.belfry(['send', 'alice', 'Hello'])).stdout.trim();
  await site.belfry(['send', '--stdin'], { input: '{"user":"alice","title":"One"}\n{"user":"bob","title":"Two"}\n' });
  await site.belfry(['conversation', 'create', 'tea', 'alice']);
  await site.belfry(['key', 'create', 'web']);
  await site.belfry(['revoke', 'mallory']);
  const list = await site.belfry(['queue', 'list', '--json']);
  assert.match(list.stdout, /"createdAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
  assert.equal(list.stdout.trim().split('\n').length, 3);
  assert.match((await site.belfry(['explain', id])).stdout, /No gateway serves this queue/);
  await site.belfry(['queue', 'cancel', id]);
  await site.belfry(['queue', 'retry', id]);
  await site.belfry(['queue', 'purge', '--status', 'pending', '--older', '1000d', '--yes']);
  const advice = /to be changed: a NOTIFY does not arrive, as behind a pooler in transaction mode: .* notify = no under \[queue\]/;
  assert.match((await site.belfry(['status'], { status: 1 })).stderr, advice);
  const check = () => runProgram(join(build, 'belfry-gateway'), ['--config', site.config, '--check']);
  assert.match((await check()).stdout, advice);
  site.configure({ belfry: { database: bouncer.url('gate', site.client.database) }, queue: { notify: 'no' } });
  assert.doesNotMatch((await check()).stdout, /NOTIFY/);
});

test('doctor asks the server and the gateway, and says what to do about what it finds', async (t) => {
  const site = await openSite(t, { postgres: true, gateways: 1, gateway: false });
  const ops = `unix:${join(site.folder, 'ops')}`;
  site.configure({ gateway: { ops_listen: ops } });
  await site.startGateway();
  site.configure({ gateway: { listen: site.address, ops_listen: ops } });
  const examine = async (...args) => {
    const findings = JSON.parse((await site.belfry(['doctor', '--json', ...args], { status: 1 })).stdout);
    return { faults: findings.filter(({ ok }) => !ok).map(({ check }) => check), ...Object.fromEntries(findings.map((one) => [one.check, one])) };
  };
  // The tests' server is as fast as it can be.
  const found = await examine();
  assert.deepEqual(found.faults, ['database']);
  assert.match(found.database.what, /^fsync is off on the server/);
  assert.match(found.database.todo, /belfry-postgres\(7\)/);
  assert.match(found.notification.what, /belfry-doctor was sent one, and received it/);
  assert.deepEqual(await site.sql('SELECT id FROM notifications'), []);

  const nowhere = await examine('--database', `postgresql://gate:hush@/nowhere?host=${site.postgres.folder}`);
  assert.match(nowhere.database.what, /database "nowhere" does not exist/);
  assert.match(nowhere.database.todo, /that the server runs, that `database` names it/);
  assert.ok(!JSON.stringify(nowhere).includes('hush'));
});
