// The administrator's command, next to a running gateway.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, build, eventually, openSite, Program, runProgram, Site, socketClient, testEngines } from './harness.mjs';

const json = (text) => text.trim().split('\n').map((line) => JSON.parse(line));

async function connected(t, site, sub) {
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub }) } });
  await client.event('connected');
  return client;
}

test('belfry init creates queue and sessions, and says so; the second time it changes nothing', async (t) => {
  const site = new Site(t, {});
  const { stdout } = await site.belfry(['init', '--sessions']);
  assert.match(stdout, /belfry\.db/);
  assert.ok(statSync(site.database).size > 0 && statSync(site.sessions).size > 0);
  const [{ application_id: id }] = await site.sql('PRAGMA application_id');
  assert.equal(id, 0x42454c46);
  await site.insert('alice', 'Kept');
  await site.belfry(['init', '--sessions']);
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, 1);
});

test('belfry --database names the queue, without a configuration', async (t) => {
  const site = new Site(t, {});
  const file = join(site.folder, 'other.db');
  const env = { BELFRY_CONFIG: '' };
  await site.belfry(['--database', file, 'init'], { env });
  await site.belfry(['send', '--user', 'alice', '--title', 'Hello', '--database', file], { env });
  assert.equal((await site.sql('SELECT title FROM notifications', file))[0].title, 'Hello');
});

testEngines('belfry send prints the id, and says when nobody has ever connected as that user', async (t, open) => {
  const site = await open();
  const never = await site.belfry(['send', '--user', 'alise', '--title', 'Hello']);
  assert.match(never.stdout, /^\d+\n$/);
  assert.match(never.stderr, /nobody has ever connected as 'alise'/i);

  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const known = await site.belfry(['send', '--user', 'alice', '--title', 'Hello']);
  await alice.event('notification');
  assert.doesNotMatch(known.stderr, /nobody/);
});

test('belfry reports a limit of the size of files, and is not ended by it', async (t) => {
  const site = await openSite(t, { gateway: false });
  await site.belfry(['send', 'alice', 'Before']);
  const limit = `--fsize=${statSync(`${site.database}-wal`).size}:unlimited`;
  const { code, stderr } = await runProgram('prlimit', [limit, join(build, 'belfry'), 'send', 'alice', 'A'], { env: site.env });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /the file may not grow/);
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, 1);
});

testEngines('belfry send explains why it refuses what the schema forbids', async (t, open) => {
  const site = await open({ gateway: false });
  for (const [args, word] of [
    [['--user', 'alice', '--title', 'x', '--priority', 'loud'], /priority/],
    [['--user', 'alice', '--title', 'x', '--data', '[1]'], /data/],
    [['--user', 'alice', '--title', 'x', '--after', 'soon'], /after|time/i],
    [['--user', '', '--title', 'x'], /user/],
    [['--user', 'alice', '--title', 'x'.repeat(1025)], /title/],
  ]) {
    const result = await runProgram(join(build, 'belfry'), ['send', ...args], { env: site.env });
    assert.ok(result.code === 1 || result.code === 2, `${args}: ${result.code}`);
    assert.match(result.stderr, word);
    assert.doesNotMatch(result.stderr, /SQLITE_|CHECK constraint failed: [a-z]+$/);
  }
  assert.deepEqual(await site.sql('SELECT * FROM notifications'), []);
});

testEngines('belfry send with a key sends once', async (t, open) => {
  const site = await open({ gateway: false });
  const send = () => site.belfry(['send', '--user', 'alice', '--title', 'Once', '--key', 'order-42']);
  const first = await send();
  const second = await send();
  assert.equal(first.stdout, second.stdout);
  assert.equal((await site.sql('SELECT count(*) AS n FROM notifications'))[0].n, 1);
});

testEngines('belfry send --stdin takes JSON lines, and names the line that is invalid', async (t, open) => {
  const site = await open({ gateway: false });
  await site.belfry(['send', '--stdin'], {
    input: '{"user":"alice","title":"One","data":{"n":1}}\n{"user":"bob","title":"Two","priority":"high"}\n',
  });
  const rows = await site.sql('SELECT user_id, title, priority FROM notifications ORDER BY id');
  assert.deepEqual(rows, [
    { user_id: 'alice', title: 'One', priority: 'normal' },
    { user_id: 'bob', title: 'Two', priority: 'high' },
  ]);
  const broken = await site.belfry(['send', '--stdin'], { input: '{"user":"alice","title":"x"}\nnonsense\n', status: 1 });
  assert.match(broken.stderr, /line 2/);
});

testEngines('belfry queue list, show and stats report the state of rows', async (t, open) => {
  const site = await open();
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const id = await site.insert('alice', 'Rung');
  await alice.event('notification');
  await site.status(id, 'delivered');
  await site.insert('bob', 'Waiting');

  const list = await site.belfry(['queue', 'list']);
  assert.match(list.stdout, /delivered/);
  assert.match(list.stdout, /pending/);
  const rows = json((await site.belfry(['--json', 'queue', 'list'])).stdout);
  assert.deepEqual(rows.map((row) => row.status).sort(), ['delivered', 'pending']);

  const shown = await site.belfry(['queue', 'show', id]);
  assert.match(shown.stdout, /Rung/);
  assert.match(shown.stdout, /\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d/);
  assert.equal(json((await site.belfry(['queue', 'show', id, '--json'])).stdout)[0].title, 'Rung');
  await site.belfry(['queue', 'show', '999'], { status: 1 });

  const stats = await site.belfry(['queue', 'stats']);
  assert.match(stats.stdout, /delivered/);
});

testEngines('belfry queue retry sends a row again, cancel stops one, purge removes old ones', async (t, open) => {
  const site = await open();
  const alice = await connected(t, site, 'alice');
  const id = await site.insert('alice', 'Again');
  await alice.event('notification');
  await site.status(id, 'delivered');
  assert.match((await site.belfry(['explain', id])).stdout, /confirmed|delivered/);
  await site.belfry(['queue', 'retry', id]);
  assert.equal((await alice.event('notification')).id, id);
  await site.status(id, 'delivered');

  const later = await site.insert('alice', 'Never', { deliver_after: new Date(Date.now() + 3_600_000).toISOString() });
  assert.match((await site.belfry(['explain', later])).stdout, /not to go before/);
  await site.belfry(['queue', 'cancel', later]);
  assert.equal((await site.row(later)).status, 'cancelled');
  assert.match((await site.belfry(['explain', later])).stdout, /cancelled/);
  await site.belfry(['queue', 'cancel', id], { status: 1 });
  await site.belfry(['explain', '4711'], { status: 1 });

  // Inserted as old, at a time when the gateway's own retention does not run.
  const old = await site.insert('bob', 'Old', { status: 'read', created_at: '2020-01-01T00:00:00.000Z' });
  await site.belfry(['queue', 'purge']);
  assert.equal(await site.row(old), undefined);
  assert.ok(await site.row(id));
});

testEngines('belfry conversation adds and removes members while they are connected', async (t, open) => {
  const site = await open();
  const bob = await connected(t, site, 'bob');
  assert.equal((await bob.ask('subscribe', 'conversation:tea')).code, 'forbidden');
  await site.belfry(['conversation', 'create', 'tea', '--title', 'Tea at five']);
  await site.belfry(['conversation', 'add', 'tea', 'alice', 'bob']);
  assert.equal((await bob.ask('subscribe', 'conversation:tea')).ok, true);
  assert.match((await site.belfry(['conversation', 'list'])).stdout, /tea +Tea at five +2/);
  assert.match((await site.belfry(['conversation', 'list', 'tea'])).stdout, /bob .*yes/);
  await site.belfry(['conversation', 'remove', 'tea', 'bob']);
  assert.equal((await bob.event('error')).code, 'forbidden');
  await site.belfry(['conversation', 'remove', 'tea', 'bob'], { status: 1 });
});

testEngines('belfry broadcast reaches all, a topic, and later clients until a time; belfry revoke ends connections', async (t, open) => {
  const site = await open();
  const [alice, bob] = [await connected(t, site, 'alice'), await connected(t, site, 'bob')];
  assert.equal((await bob.ask('subscribe', 'public:news')).ok, true);
  await site.belfry(['broadcast', 'headline', '{"n":1}', '--topic', 'public:news']);
  assert.deepEqual(await bob.event('headline'), { n: 1 });
  await site.belfry(['broadcast', 'system:maintenance', '{"message":"At ten"}', '--expires', '+1h']);
  for (const client of [alice, bob, await connected(t, site, 'carol')])
    assert.deepEqual(await client.event('system:maintenance'), { message: 'At ten' });
  assert.equal(alice.inbox.all.some(({ name }) => name === 'headline'), false);
  await site.belfry(['broadcast', 'disconnect'], { status: 1 });
  await site.belfry(['broadcast', 'news', 'no JSON'], { status: 2 });

  await site.belfry(['revoke', 'alice']);
  assert.equal(await alice.event('disconnect'), 'io server disconnect');
  assert.equal((await bob.ask('ping')).ok, true);
});

test('belfry user and session: created, listed, revoked', async (t) => {
  const site = await openSite(t, { gateway: false, auth: true });
  await site.belfry(['user', 'add', 'dora', '--name', 'Dora', '--email', 'dora@example.com']);
  assert.match((await site.belfry(['user', 'list'])).stdout, /dora@example\.com/);
  const { value, cookie } = await site.session('dora');
  const list = await site.belfry(['session', 'list']);
  assert.match(list.stdout, /dora/);
  assert.ok(!list.stdout.includes(value), 'a list of sessions is no list of keys');
  await site.belfry(['session', 'create', 'nobody-known'], { status: 1 });
  const url = await site.startWeb('nginx');
  const ask = async () => (await fetch(`${url}/api/websocket/auth`, { headers: { cookie } })).status;
  assert.equal(await ask(), 200);
  const [{ id }] = json((await site.belfry(['session', 'list', '--json'])).stdout);
  await site.belfry(['session', 'revoke', String(id)]);
  assert.equal(await ask(), 401);
});

testEngines('belfry listen prints what it receives', async (t, open) => {
  const site = await open();
  const listen = new Program(t, join(build, 'belfry'), ['listen', '--user', 'alice', '--url', `${site.url.replace('http', 'ws')}/ws`], { env: site.env });
  await listen.line(/connected/i);
  await site.insert('alice', 'Heard in a terminal');
  await listen.line(/Heard in a terminal/);
  await listen.dismiss('SIGINT');
});

testEngines('belfry status reports what works and what is missing', async (t, open) => {
  const site = await open();
  site.configure({ auth: { socket: site.authSocket }, gateway: { ops_listen: site.opsAddress } });
  const status = async (code) => JSON.parse((await site.belfry(['status', '--json'], { status: code })).stdout);
  assert.deepEqual((({ ready, auth }) => [ready, auth])(await status(1)), [true, false]);
  await site.startAuth();
  const up = await status(0);
  assert.deepEqual([up.ready, up.auth, up.authAnswer], [true, true, 'ready']);
  assert.match(up.database, site.postgres ? /^postgresql:\/\/gate@/ : /belfry\.db/);
  chmodSync(join(site.folder, 'secret'), 0o666);
  await site.auth.stop();
  await site.startAuth();
  assert.match((await status(1)).authAnswer, /^500 .*Server configuration error.*belfry-auth --check/);
  chmodSync(join(site.folder, 'secret'), 0o600);
  await site.auth.stop();
  await site.startAuth();
  await site.gateway.stop();
  assert.deepEqual((({ ready, auth }) => [ready, auth])(await status(1)), [false, true]);
});

test('wrong usage gives status 2, with the right usage', async (t) => {
  const site = await openSite(t, { gateway: false });
  for (const args of [
    ['no-such-command'], ['send', '--no-such-option'], ['send', '--title', 'x'], ['queue', 'show'], ['queue', 'show', 'x'],
    ['send', 'alice', 'x', '--after', 'tomorrow'], ['send', 'alice', 'x', '--data', '{'], ['send', 'alice', 'x', '--priority', 'loud'],
    ['revoke'], ['session', 'revoke', 'x'], ['user', 'edit', 'alice'], ['user', 'add', 'tab\there'], ['listen', '--user', 'a', '--count', '0'],
  ]) {
    const { stderr } = await site.belfry(args, { status: 2 });
    assert.match(stderr, /belfry/);
  }
});

test('read-only commands need no right to write to the files', async (t) => {
  // Root may write regardless of permissions.
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'] : [];
  const site = await openSite(t, { gateway: false });
  const id = await site.insert('alice', 'Hello');
  const lock = () => {
    for (const name of readdirSync(site.folder)) if (/\.db/.test(name)) chmodSync(join(site.folder, name), 0o444);
    chmodSync(site.folder, 0o555);
  };
  atEnd(t, () => chmodSync(site.folder, 0o755));
  const look = async (...words) => {
    const [program, ...args] = [...as, join(build, 'belfry'), '--database', site.database, ...words];
    return runProgram(program, args, { env: { BELFRY_CONFIG: '/dev/null', ASAN_OPTIONS: 'detect_leaks=0' }, cwd: '/' });
  };
  const lookAtAll = async () => {
    lock();
    for (const words of [['user', 'list'], ['session', 'list'], ['queue', 'list'], ['queue', 'show', id], ['queue', 'stats'], ['explain', id], ['conversation', 'list']]) {
      const { code, stdout, stderr } = await look(...words);
      assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    }
    assert.match((await look('user', 'list')).stdout, /alice/);
    assert.match((await look('queue', 'list')).stdout, /Hello/);
  };
  // The sqlite3 shell has removed -wal and -shm; our own commands leave them.
  await lookAtAll();
  chmodSync(site.folder, 0o755);
  for (const name of readdirSync(site.folder)) chmodSync(join(site.folder, name), 0o600);
  await site.belfry(['send', 'alice', 'Behind it']);
  await site.belfry(['user', 'edit', 'alice', '--name', 'Alice']);
  assert.ok(readdirSync(site.folder).includes('belfry.db-wal'));
  await lookAtAll();
  assert.match((await look('queue', 'list')).stdout, /Behind it/);
  const refused = await look('send', 'alice', 'x');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cannot be written: this user needs to write/);
});

testEngines('belfry revoke --all closes all connections, and their tokens are refused', async (t, open) => {
  const site = await open();
  const token = await site.token({ sub: 'alice' });
  const clients = [socketClient(t, site.url, { auth: { token } }), await connected(t, site, 'bob')];
  await clients[0].event('connected');
  await eventually(async () => (await site.sql('SELECT * FROM online_users')).length === 2, 'both to be online');
  await site.belfry(['revoke', '--all'], { status: 1 });
  await site.belfry(['revoke', '--all', '--yes']);
  for (const client of clients) await client.event('disconnect');
  const checked = await site.belfry(['token', 'check', token], { status: 1 });
  assert.match(checked.stdout, /revoked/);
  const again = socketClient(t, site.url, { auth: { token }, reconnection: false });
  assert.match((await again.event('connect_error')).message, /./);
});

testEngines('belfry token check reports a token whose session has ended', async (t, open) => {
  const site = await open({ auth: true });
  const url = await site.startWeb('nginx');
  const { cookie } = await site.session('alice');
  const { token } = await (await fetch(`${url}/api/websocket/auth`, { headers: { cookie } })).json();
  assert.match((await site.belfry(['token', 'check', token])).stdout, /good/);
  await site.belfry(['session', 'revoke', '--user', 'alice']);
  assert.match((await site.belfry(['token', 'check', token], { status: 1 })).stdout, /ended/);
});

test('belfry listen exits with 1 if a topic is refused', async (t) => {
  const site = await openSite(t);
  const url = `ws://${site.address}/ws`;
  const { stderr } = await site.belfry(['listen', '--user', 'alice', '--url', url, '--topic', 'role:admin', '--for', '20s'], { status: 1 });
  assert.match(stderr, /the topic is refused: forbidden/);
  await site.belfry(['listen', '--user', 'alice', '--url', url, '--topic', 'public:news', '--count', '1', '--for', '20s']);
});

test('every program has --help and --version, and the right exit status', async () => {
  for (const program of ['belfry', 'belfry-auth', 'belfry-gateway']) {
    const help = await runProgram(join(build, program), ['--help']);
    assert.equal(help.code, 0, program);
    assert.match(help.stdout, new RegExp(program));
    const version = await runProgram(join(build, program), ['--version']);
    assert.match(version.stdout, /\d+\.\d+\.\d+/);
    assert.equal((await runProgram(join(build, program), ['--no-such-option'])).code, 2, program);
  }
});

testEngines('--check of both programs prints the settings in use, with fingerprints and no secrets', async (t, open) => {
  const site = await open({ gateway: false });
  for (const program of ['belfry-auth', 'belfry-gateway']) {
    const { code, stdout, stderr } = await runProgram(join(build, program), ['--config', site.config, '--check']);
    // The tests' server runs without fsync, which is told.
    const lacksFsync = site.postgres && program === 'belfry-gateway';
    assert.equal(code, lacksFsync ? 1 : 0, stderr);
    if (lacksFsync) assert.match(stdout, /# to be changed: fsync is off on the server: .*\n# queue postgresql:.* is good: PostgreSQL \d[\d.]*, as gate\n/);
    assert.match(stdout + stderr, /\b[0-9a-f]{6}\b/);
    assert.ok(!(stdout + stderr).includes(site.secret));
  }
});

const wrong = {
  'an unknown key': [{ gateway: { pingg_interval: 3 } }, /belfry\.conf:\d+.*pingg_interval/],
  'a bad value': [{ gateway: { ping_interval: 'soon' } }, /belfry\.conf:\d+.*ping_interval/],
};

for (const [what, [settings, message]] of Object.entries(wrong)) {
  test(`${what} is named, with status 2`, async (t) => {
    const site = new Site(t, settings);
    for (const args of [['belfry-gateway', '--config', site.config], ['belfry-auth', '--config', site.config, '--check']]) {
      const { code, stderr, stdout } = await runProgram(join(build, args[0]), args.slice(1));
      assert.equal(code, 2, stderr);
      assert.match(stdout + stderr, message);
    }
  });
}

test('a missing secret file is named', async (t) => {
  const site = new Site(t, { token: { secret_file: '/nonexistent/secret' } });
  const gateway = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config]);
  assert.equal(gateway.code, 2);
  assert.match(gateway.stderr, /\/nonexistent\/secret/);
  // belfry-auth keeps running, and answers 500.
  const auth = await runProgram(join(build, 'belfry-auth'), ['--config', site.config, '--check']);
  assert.equal(auth.code, 1);
  assert.match(auth.stdout + auth.stderr, /\/nonexistent\/secret/);
});

test('a secret that is too short is refused, with a command that makes one', async (t) => {
  const site = new Site(t, { token: { secret_file: '' } });
  const { code, stderr } = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config], { env: { AUTH_SECRET: 'short' } });
  assert.equal(code, 2);
  assert.match(stderr, /openssl rand/);
  assert.doesNotMatch(stderr, /\bshort\b(?!er)/);
});

test('without a queue the gateway says how to make one', async (t) => {
  const site = new Site(t, {});
  const { code, stderr } = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config]);
  assert.equal(code, 1);
  assert.match(stderr, /belfry init/);
});

test('a second gateway on the same queue refuses', async (t) => {
  const site = await openSite(t);
  const { code, stderr } = await runProgram(join(build, 'belfry-gateway'), ['--config', site.config]);
  assert.equal(code, 1);
  assert.match(stderr, /another|already/i);
});

test('a port in use is named', async (t) => {
  const site = await openSite(t);
  const other = await openSite(t, { gateway: false, settings: { gateway: { listen: site.address } } });
  const { code, stderr } = await runProgram(join(build, 'belfry-gateway'), ['--config', other.config]);
  assert.equal(code, 1);
  assert.ok(stderr.includes(site.address), stderr);
});

testEngines('a publishing key is printed once, listed without itself, and revoked', async (t, open) => {
  const site = await open({ gateway: false });
  const { stdout: key, stderr } = await site.belfry(['key', 'create', 'shop', '--may', 'notifications,read', '--users', 'shop-']);
  assert.match(key, /^belfry_[\w-]{43}\n$/);
  assert.ok(!stderr.includes(key.trim()));
  const [row] = await site.sql('SELECT hash, rights, users FROM publish_keys');
  const hash = createHash('sha256').update(key.trim()).digest('hex');
  assert.deepEqual(row, { hash, rights: 'notifications,read', users: 'shop-' });
  await site.belfry(['key', 'revoke', 'shop']);
  await site.belfry(['key', 'revoke', 'shop'], { status: 1 });
  await site.belfry(['key', 'create', 'other', '--may', 'all'], { status: 2 });
  const list = await site.belfry(['key', 'list', '--json']);
  const { name, fingerprint, revoked } = JSON.parse(list.stdout);
  assert.deepEqual([name, fingerprint], ['shop', hash.slice(0, 6)]);
  assert.ok(Date.parse(revoked));
});

test('a gateway adds the tables for publishing to a queue from before', async (t) => {
  const site = await openSite(t, { gateway: false });
  await site.sql('DROP TABLE publish_keys; DROP TABLE publish_requests');
  await site.startGateway();
  assert.equal((await site.sql("SELECT name FROM sqlite_schema WHERE name GLOB 'publish_*'")).length, 3);
});

test('a gateway that cannot add the tables for publishing serves the queue, and says why and what to do', async (t) => {
  const site = await openSite(t, { gateway: false });
  await site.sql('DROP TABLE publish_keys; DROP TABLE publish_requests; CREATE TABLE publish_keys (mine)');
  await site.startGateway();
  await site.gateway.line(/publishing over HTTP is not ready/);
  assert.match(site.gateway.output, /tables could not be added \(`belfry init` tries again\): .*publish_keys/);
  await site.status(await site.insert('alice', 'Nobody is here'), 'pending');
});
