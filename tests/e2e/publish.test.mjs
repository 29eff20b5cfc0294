// belfry-publish as a program: over FastCGI behind a web server, with others on the
// same queue, killed, and with a queue that cannot be written. In PostgreSQL it logs in
// with the rights of belfry_publishing alone.

import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd, build, eventually, openSite, plainClient, runProgram, socketClient, testEngines } from './harness.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';

/** A site with belfry-publish behind nginx; `ask` makes a request with `key`. */
async function openPublishing(t, { options = [], settings, gateway = false, ...more } = {}) {
  const site = await openSite(t, { settings, gateway, ...more });
  await site.startPublish();
  const key = await site.key('shop', ...options);
  return { site, key, ask: asker(await site.startWeb('nginx'), key) };
}

/** A test for each engine; `open` is openPublishing with a queue in it. */
function testPublishing(name, body) {
  testEngines(name, (t, _, engine) => body(t, (options) => openPublishing(t, { postgres: engine === 'postgresql', ...options })));
}

function asker(url, key) {
  return async (method, path, body, more = {}) => {
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }), ...more };
    const answer = await fetch(`${url}/api/belfry${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    // A web server that cannot reach it answers for it, in HTML.
    const isJson = /^application\/json/.test(answer.headers.get('content-type'));
    return { status: answer.status, headers: answer.headers, json: text && isJson ? JSON.parse(text) : undefined };
  };
}

/** A second belfry-publish on the site's queue, behind lighttpd. */
async function startSecond(site, key) {
  site.publishSocket = join(site.folder, 'publish-2.sock');
  await site.startPublish();
  return asker(await site.startWeb('lighttpd'), key);
}

const rows = async (site, table = 'notifications') => (await site.sql(`SELECT count(*) AS count FROM ${table}`))[0].count;

/** Keeps everybody from writing until commit(). */
const lockQueue = (site) => site.hold(site.postgres ? 'LOCK TABLE notifications IN SHARE ROW EXCLUSIVE MODE' : 'SELECT 1');

function checkUnavailable({ status, headers, json }, code) {
  assert.equal(status, 503);
  assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(json.code, code);
}

testPublishing('what is published rings a connected page, for each of several users', async (t, open) => {
  const { site, ask } = await open({ gateway: true });
  const pages = [];
  for (const sub of ['alice', 'bob']) pages.push(socketClient(t, site.url, { auth: { token: await site.token({ sub }) } }));
  for (const page of pages) await page.event('connected');
  const { status, json } = await ask('POST', '/notifications', { users: ['alice', 'bob'], title: 'Both' });
  assert.equal(status, 200);
  for (const [i, page] of pages.entries()) assert.equal((await page.event('notification')).id, json.ids[i]);
});

/** Two pages, of either framing, of alice unless others are named. */
async function openPages(t, site, [first, second] = ['alice', 'alice']) {
  const tokens = [await site.token({ sub: first }), await site.token({ sub: second })];
  const pages = [socketClient(t, site.url, { auth: { token: tokens[0] } }), plainClient(t, `${site.url}/ws`, { token: tokens[1] })];
  for (const page of pages) await page.event('connected');
  return pages;
}

const heardOf = (page, event) => page.inbox.all.filter(({ name, event: plain }) => (name ?? plain) === event);

testPublishing('a PATCH changes what open pages show, and a DELETE takes it off them', async (t, open) => {
  const { site, ask } = await open({ gateway: true });
  const pages = await openPages(t, site);
  const { ids: [id] } = (await ask('POST', '/notifications', { user: 'alice', title: '3 new messages', data: { url: '/a' } })).json;
  for (const page of pages) await page.event('notification', (row) => row.id === id);
  await site.status(id, 'delivered');

  const patch = { title: '4 new messages', body: 'from Bob', priority: 'high', type: 'mail', data: { url: '/b' } };
  assert.equal((await ask('PATCH', `/notifications/${id}`, patch)).status, 200);
  for (const page of pages) {
    const { id: updated, status, ...rest } = await page.event('notification:update');
    assert.deepEqual([updated, status], [id, 'delivered']);
    assert.deepEqual(Object.fromEntries(Object.keys(patch).map((name) => [name, rest[name]])), patch);
  }
  assert.equal((await ask('DELETE', `/notifications/${id}`)).status, 204);
  for (const page of pages) {
    assert.deepEqual(await page.event('notification:remove'), { ids: [id], reason: 'cancelled' });
    await page.inbox.find((each) => (each.name ?? each.event) === 'notification:unread_count' && (each.args?.[0] ?? each.data) === 0, 'nothing unread');
    assert.deepEqual([heardOf(page, 'notification').length, heardOf(page, 'notification:update').length], [1, 1]);
  }
});

testPublishing('what is changed or taken back before anybody had it comes once, as it then is, or never', async (t, open) => {
  const { site, ask } = await open({ gateway: true });
  // Each has one page: what that confirms is not sent to a second page that comes later.
  const users = ['alice', 'bob'];
  for (const user of users) {
    const rows = [{ user, title: 'Early' }, { user, title: 'Taken back' }];
    const { ids } = (await ask('POST', '/notifications', rows)).json;
    assert.equal((await ask('PATCH', `/notifications/${ids[0]}`, { title: 'Late' })).status, 200);
    assert.equal((await ask('DELETE', `/notifications/${ids[1]}`)).status, 204);
  }
  const pages = await openPages(t, site, users);
  // What happens to these is told behind everything about the others.
  const last = (await ask('POST', '/notifications', { users, title: 'Last' })).json.ids;
  for (const [i, page] of pages.entries()) {
    await page.event('notification', (row) => row.id === last[i]);
    await site.status(last[i], 'delivered');
    assert.equal((await ask('DELETE', `/notifications/${last[i]}`)).status, 204);
    await page.event('notification:remove');
    assert.deepEqual(page.notifications().map(({ title }) => title), ['Late', 'Last']);
    assert.deepEqual([heardOf(page, 'notification:update').length, heardOf(page, 'notification:remove').length], [0, 1]);
  }
});

testPublishing('a change that is refused is heard by nobody, nor is one that changes nothing', async (t, open) => {
  const { site, key, ask } = await open({ gateway: true });
  const pages = await openPages(t, site);
  const { ids: [id] } = (await ask('POST', '/notifications', { user: 'alice', title: 'As it is' })).json;
  await site.status(id, 'delivered');
  assert.equal((await ask('PATCH', `/notifications/${id}`, { title: '' })).status, 400);
  assert.equal((await ask('PATCH', `/notifications/${id}`, { title: 'Mine' }, { authorization: `Bearer ${key}x` })).status, 401);
  assert.equal((await ask('PATCH', `/notifications/${id}`, { title: 'As it is' })).status, 200);
  assert.equal((await ask('DELETE', `/notifications/${id}`)).status, 204);
  for (const page of pages) {
    await page.event('notification:remove');
    assert.deepEqual(heardOf(page, 'notification:update'), []);
  }
});

testPublishing('requests at once with one Idempotency-Key write one row and get one answer, from two processes, too', async (t, open) => {
  const { site, key, ask } = await open();
  const second = await startSecond(site, key);
  for (let round = 0; round < 20; round++) {
    const send = (through) => through('POST', '/notifications', { user: 'alice', title: `Round ${round}` }, { 'idempotency-key': `r${round}` });
    const answers = await Promise.all([ask, second, ask, second].map(send));
    for (const { status, json } of answers) assert.deepEqual([status, json], [200, answers[0].json]);
    assert.equal(await rows(site), round + 1);
  }
  const other = await second('POST', '/notifications', { user: 'bob', title: 'Another body' }, { 'idempotency-key': 'r0' });
  assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict']);
});

testPublishing('two processes serve one queue: no row is lost, none has the id of another', async (t, open) => {
  const { site, key, ask } = await open();
  const second = await startSecond(site, key);
  const batch = Array.from({ length: 20 }, (_, i) => ({ user: 'alice', title: `Row ${i}` }));
  const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => (i % 2 ? ask : second)('POST', '/notifications', batch)));
  const ids = answers.flatMap(({ status, json }) => (assert.equal(status, 200), json.ids));
  assert.equal(new Set(ids).size, 24 * 20);
  assert.equal(await rows(site), 24 * 20);
});

testPublishing('kill -9 under load leaves whole batches only, and every one that was answered', async (t, open) => {
  const { site, ask } = await open();
  const answered = [];
  let isKilled = false;
  const publisher = async (name) => {
    for (let n = 0; !isKilled; n++) {
      const title = `Batch ${name} ${n}`;
      const { status } = await ask('POST', '/notifications', Array(50).fill({ user: 'alice', title }));
      if (status === 200) answered.push(title);
      if (answered.length === 12 && !isKilled) {
        isKilled = true;
        await site.publish.kill();
      }
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(publisher));
  const batches = await site.sql('SELECT title, count(*) AS count FROM notifications GROUP BY title');
  assert.deepEqual(batches.filter(({ count }) => count !== 50), []);
  const written = new Set(batches.map(({ title }) => title));
  assert.deepEqual(answered.filter((title) => !written.has(title)), []);
  await site.startPublish();
  assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'After' })).status, 200);
});

testPublishing('a locked queue is 503 with Retry-After, nothing is written, and it passes', async (t, open) => {
  const { site, ask } = await open({ settings: { queue: { busy_timeout: '200ms' } } });
  const send = () => ask('POST', '/notifications', [{ user: 'alice', title: 'A' }, { user: 'bob', title: 'B' }]);
  const lock = await lockQueue(site);
  checkUnavailable(await send(), 'queue_locked');
  assert.equal(await rows(site), 0);
  await lock.commit();
  assert.equal((await send()).status, 200);
  assert.equal(await rows(site), 2);
});

testPublishing('a request waits for a lock that is given back in time', async (t, open) => {
  const { site, ask } = await open({ settings: { queue: { busy_timeout: '30s' } } });
  const lock = await lockQueue(site);
  const waiting = ask('POST', '/notifications', { user: 'alice', title: 'Waits' });
  // Reading is possible meanwhile, so this request is behind the other and answered before it.
  assert.equal((await ask('GET', '/notifications/1')).status, 403);
  await lock.commit();
  assert.equal((await waiting).status, 200);
  assert.equal(await rows(site), 1);
});

/** Publishes by belfry-publish as a CGI program, started by the command `as`; it must answer 503. */
async function checkCgiUnavailable(site, key, as) {
  const body = JSON.stringify({ user: 'alice', title: 'A' });
  const [program, ...args] = [...as, join(build, 'belfry-publish')];
  const env = {
    ...site.env, ASAN_OPTIONS: 'detect_leaks=0', GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'POST', REQUEST_URI: '/api/belfry/notifications',
    CONTENT_TYPE: 'application/json', CONTENT_LENGTH: String(body.length), HTTP_AUTHORIZATION: `Bearer ${key}`, REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost',
  };
  const { stdout, stderr } = await runProgram(program, args, { env, input: body, cwd: '/' });
  assert.match(stdout, /^Status: 503\b[^]*^Retry-After: [1-9]/m, stdout + stderr);
  assert.ok(!stderr.includes(key));
  assert.equal(await rows(site), 0);
}

test('a queue that may only be read is 503 with Retry-After, and nothing is written', async (t) => {
  const site = await openSite(t, { gateway: false, postgres: false });
  const key = await site.key('shop');
  for (const name of readdirSync(site.folder)) chmodSync(join(site.folder, name), 0o444);
  chmodSync(site.folder, 0o555);
  atEnd(t, () => chmodSync(site.folder, 0o755));
  // Root may write regardless of permissions.
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'] : [];
  await checkCgiUnavailable(site, key, as);
});

test('a limit of the size of files is 503 with Retry-After under CGI, too', async (t) => {
  const site = await openSite(t, { gateway: false, postgres: false });
  const key = await site.key('shop');
  await checkCgiUnavailable(site, key, ['prlimit', `--fsize=${statSync(`${site.database}-wal`).size}:unlimited`]);
});

/** How large the process may make a file, in bytes. */
const limitFiles = (pid, limit) => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:unlimited`]);

test('a full disk is 503 with Retry-After, nothing is half done, and it passes', async (t) => {
  const { site, ask } = await openPublishing(t, { postgres: false });
  const batch = (title) => Array.from({ length: 200 }, (_, i) => ({ user: `user-${i}`, title, body: 'x'.repeat(2000) }));
  const key = { 'idempotency-key': 'order-7' };
  assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'Before' })).status, 200);
  limitFiles(site.publish.pid, statSync(`${site.database}-wal`).size + 65_536);
  const answers = await Promise.all(['A', 'B', 'C'].map((title) => ask('POST', '/notifications', batch(title), title === 'A' ? key : {})));
  for (const answer of answers) checkUnavailable(answer, answer.json.code);
  assert.ok(answers.some(({ json }) => json.code === 'queue_unavailable'));
  assert.equal(await rows(site), 1);
  assert.equal(await rows(site, 'publish_requests'), 0);
  limitFiles(site.publish.pid, 'unlimited');
  assert.equal((await ask('POST', '/notifications', batch('A'), key)).json.ids.length, 200);
  assert.equal(await rows(site), 201);
});

testPublishing('a key that asks too often is answered 429 with Retry-After, and another is not', async (t, open) => {
  const { site, ask } = await open({ settings: { publish: { rate: 2 } } });
  const answers = [];
  await eventually(async () => {
    answers.push(await ask('POST', '/notifications', { user: 'alice', title: 'Often' }));
    return answers.at(-1).status === 429;
  }, 'a refusal');
  const { headers, json } = answers.at(-1);
  assert.equal(headers.get('retry-after'), '1');
  assert.equal(json.code, 'rate_limited');
  assert.equal(await rows(site), answers.length - 1);
  const other = asker(await site.startWeb('lighttpd'), await site.key('other'));
  assert.equal((await other('POST', '/notifications', { user: 'alice', title: 'Other' })).status, 200);
});

testPublishing('while too many broadcasts wait, one more is 503 with Retry-After; the gateway sends them, and it passes', async (t, open) => {
  const { site, ask } = await open({ options: ['--may', 'notifications,broadcasts'] });
  const send = () => ask('POST', '/broadcasts', { topic: '*', event: 'news' });
  await site.sql(`INSERT INTO broadcasts (topic, event)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT '*', 'news' FROM n`);
  checkUnavailable(await send(), 'gateway_behind');
  assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'Not a broadcast' })).status, 200);
  await site.startGateway();
  await eventually(async () => (await send()).status === 200, 'the gateway to catch up');
  await eventually(async () => (await site.sql('SELECT count(*) AS n FROM broadcasts WHERE sent_at IS NULL'))[0].n === 0, 'all to be sent');
  assert.equal(await rows(site, 'broadcasts'), 10002);
});

test('a missing queue is 503 with Retry-After, nothing is half done, and it passes', async (t) => {
  const { site, ask } = await openPublishing(t, { postgres: false });
  const send = () => ask('POST', '/notifications', [{ user: 'alice', title: 'A' }, { user: 'bob', title: 'B' }]);
  renameSync(site.database, `${site.database}.away`);
  checkUnavailable(await send(), 'queue_unavailable');
  renameSync(`${site.database}.away`, site.database);
  assert.equal((await send()).status, 200);
  assert.equal(await rows(site), 2);
});

/** Sends the same request, with a key of its own, until it is answered 200; notes refusals. */
async function insist(ask, title, refusals) {
  const batch = Array(20).fill({ user: 'alice', title });
  for (;;) {
    const { status, headers } = await ask('POST', '/notifications', batch, { 'idempotency-key': title });
    if (status === 200) return;
    assert.equal(status, 503);
    assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    refusals.push(title);
  }
}

for (const signal of ['SIGINT', 'SIGQUIT']) {
  test(`postgresql: a server ended by ${signal} is 503 with Retry-After, and what is sent again is there once`, async (t) => {
    const { site, ask } = await openPublishing(t, { postgres: 'own', settings: { publish: { rate: 100_000 } } });
    let isOver = false;
    const refusals = [];
    const publisher = async (name) => {
      let count = 0;
      for (; !isOver; count++) await insist(ask, `${name} ${count}`, refusals);
      return count;
    };
    const publishers = Promise.all(['a', 'b', 'c', 'd'].map(publisher));
    await eventually(async () => (await rows(site)) > 200, 'publishers to publish');
    await site.postgres.stop(signal);
    await eventually(async () => refusals.length > 0, 'a refusal');
    await site.postgres.start();
    await site.reconnect();
    const before = await rows(site);
    await eventually(async () => (await rows(site)) > before + 200, 'publishers to go on');
    isOver = true;
    const counts = await publishers;
    const batches = await site.sql('SELECT title, count(*) AS count FROM notifications GROUP BY title');
    assert.deepEqual(batches.filter(({ count }) => count !== 20), []);
    assert.equal(batches.length, counts.reduce((sum, count) => sum + count));
  });
}

test('postgresql: pgbouncer in transaction mode stands before belfry-publish and belfry send', async (t) => {
  const site = await openSite(t, { postgres: true, gateway: false });
  const bouncer = await startPgbouncer(t, site.postgres, ['web', 'shop']);
  await site.startPublish({ env: { BELFRY_DATABASE: bouncer.url('web', site.client.database) } });
  const ask = asker(await site.startWeb('nginx'), await site.key('shop', '--may', 'notifications,read'));
  const batch = (title) => Array.from({ length: 70 }, () => ({ user: 'alice', title }));
  const publish = async (title) => {
    const { json } = await ask('POST', '/notifications', batch(title), { 'idempotency-key': title });
    assert.equal((await ask('PATCH', `/notifications/${json.ids[0]}`, { body: 'Changed' })).json.body, 'Changed');
    assert.deepEqual((await ask('POST', '/notifications', batch(title), { 'idempotency-key': title })).json, json);
    return json.ids;
  };
  const lines = Array.from({ length: 300 }, (_, n) => `{"user": "bob", "title": "Line ${n}"}\n`).join('');
  const send = () => site.belfry(['--database', bouncer.url('shop', site.client.database), 'send', '--stdin'], { input: lines });
  const [ids] = await Promise.all([Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(publish)), send(), send()]);
  assert.equal(new Set(ids.flat()).size, 6 * 70);
  assert.equal(await rows(site), 6 * 70 + 2 * 300);
});

testPublishing('presence is told, and revoking ends the sessions of a user', async (t, open) => {
  const { site, ask } = await open({ gateway: true, options: ['--may', 'read,revoke'] });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const users = await eventually(async () => {
    const { json } = await ask('GET', '/presence?user=alice&user=bob');
    return json.users[0].isOnline && json.users;
  }, 'alice to be online');
  assert.deepEqual(users.map(({ userId, isOnline }) => [userId, isOnline]), [['alice', true], ['bob', false]]);
  assert.equal((await ask('DELETE', '/sessions?user=alice')).status, 204);
  await alice.event('disconnect');
  assert.equal((await site.sql("SELECT 1 FROM revocations WHERE user_id = 'alice'")).length, 1);
});

testPublishing('a key that is bound to users can name no other, anywhere', async (t, open) => {
  const all = ['--may', 'notifications,broadcasts,messages,read,revoke'];
  const { site, ask } = await open({ options: [...all, '--users', 'ali'] });
  const bob = await site.insert('bob', 'Not yours');
  const refused = [
    ['POST', '/notifications', { user: 'bob', title: 'x' }],
    ['POST', '/notifications', { users: ['alice', 'bob'], title: 'x' }],
    ['POST', '/notifications', [{ user: 'alice', title: 'x' }, { user: 'bob', title: 'x' }]],
    ['POST', '/broadcasts', { topic: 'news', event: 'x', data: {} }],
    ['POST', '/broadcasts', { topic: 'user:bob:notifications', event: 'x', data: {} }],
    ['POST', '/messages', { conversationId: 'tea', senderId: 'bob', content: 'x' }],
    ['GET', '/presence?user=alice&user=bob'],
    ['DELETE', '/sessions?user=bob'],
  ];
  for (const request of refused) assert.equal((await ask(...request)).status, 403, request.join(' '));
  for (const method of ['GET', 'DELETE']) assert.equal((await ask(method, `/notifications/${bob}`)).status, 404);
  assert.equal((await ask('PATCH', `/notifications/${bob}`, { title: 'Mine' })).status, 404);
  assert.equal((await site.row(bob)).title, 'Not yours');
  for (const table of ['broadcasts', 'messages', 'revocations']) assert.equal(await rows(site, table), 0);
  assert.equal(await rows(site), 1);
  assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'x' })).status, 200);
});

testPublishing('no key is in the log, even at its most talkative, nor one that is refused', async (t, open) => {
  const { site, key, ask } = await open({ settings: { belfry: { log_level: 'debug' } } });
  assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'x' })).status, 200);
  const wrong = `belfry_${'w'.repeat(43)}`;
  site.secrets.add(wrong);
  for (const authorization of [`Bearer ${wrong}`, `Basic ${key}`, key]) {
    assert.equal((await ask('POST', '/notifications', { user: 'alice', title: 'x' }, { authorization })).status, 401);
  }
  assert.equal((await ask('POST', `/notifications?key=${key}`, { user: 'alice' })).status, 400);
  await site.publish.line(/400: /);
  site.publish.check();
});
