// scripts/demo as a newcomer runs it: it builds, starts and prints what to do; the
// printed commands work; Ctrl-C ends all of it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, demoScript, eventually, runProgram, socketClient, startDemo } from './harness.mjs';

/** The children of a process. */
const children = (pid) => 
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).map(Number);

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('the demo: the page, a login, a notification, Ctrl-C ends it', async (t) => {
  const { demo, url, send, state } = await startDemo(t);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const html = await page.text();
  for (const [, path] of html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^":]+)"/g)) {
    assert.equal((await fetch(new URL(path, page.url))).status, 200, path);
  }
  assert.equal((await fetch(new URL('/belfry/index.js', url))).headers.get('content-type'), 'text/javascript; charset=utf-8');
  const command = await (await fetch(new URL('/demo/command', url))).text();
  assert.ok(send.startsWith(`${command.trim()} --user alice`));

  assert.equal((await fetch(new URL('/api/websocket/auth', url))).status, 401);
  assert.equal((await fetch(new URL('/demo/login', url), { method: 'POST', body: 'user=mallory' })).status, 400);
  const login = await fetch(new URL('/demo/login', url), { method: 'POST', body: 'user=alice' });
  assert.equal(login.status, 204);
  const [cookie, ...attributes] = login.headers.get('set-cookie').split('; ');
  assert.match(cookie, /^authjs\.session-token=.+/);
  assert.deepEqual(attributes, ['Path=/', 'HttpOnly', 'SameSite=Lax']);

  const change = (body, headers = { cookie }) => fetch(new URL('/demo/row', url), { method: 'POST', headers, body });
  const answer = await fetch(new URL('/api/websocket/auth', url), { headers: { cookie } });
  const { token, userId } = await answer.json();
  assert.equal(userId, 'alice');
  const alice = socketClient(t, url, { auth: { token }, extraHeaders: { origin: new URL(url).origin } });
  await alice.event('connected');
  const sent = await runProgram('sh', ['-c', send]);
  assert.equal(sent.code, 0, sent.stderr);
  const heard = await alice.event('notification');
  assert.equal(heard.title, 'Hello');
  assert.equal(`${heard.id}\n`, sent.stdout);
  await eventually(async () => {
    const { stdout } = await runProgram('sqlite3', [join(state, 'queue/belfry.db'), `SELECT status FROM notifications WHERE id = ${heard.id}`]);
    return stdout === 'delivered\n';
  }, 'the row to be delivered');
  const [, curl] = demo.output.match(/^ +(curl .*)$/m);
  const rung = await runProgram('sh', ['-c', curl]);
  assert.equal(rung.code, 0, rung.stderr);
  const { title, id } = await alice.event('notification');
  assert.deepEqual([title, rung.stdout.trim()], ['Over HTTP', JSON.stringify({ ids: [id] })]);
  const list = await runProgram(join(state, 'belfry'), ['queue', 'list']);
  assert.match(list.stdout, /delivered/);

  // What is printed for changing a row, and what the page's buttons do.
  assert.equal((await change(`id=${id}&change=update`, {})).status, 401);
  const printed = [...demo.output.matchAll(/^ +(sqlite3 .* "(?:UPDATE|DELETE).*")$/gm)].map(([, line]) => line);
  assert.equal(printed.length, 2);
  const changed = await runProgram('sh', ['-c', printed[0]]);
  assert.equal(changed.code, 0, changed.stderr);
  assert.equal((await alice.event('notification:update')).title, 'Hello again');
  assert.equal((await runProgram('sh', ['-c', printed[1]])).code, 0);
  assert.deepEqual((await alice.event('notification:remove')).ids, [heard.id]);
  assert.equal((await change(`id=${id}&change=update`)).status, 204);
  assert.match((await alice.event('notification:update')).title, /^Changed at /);
  for (const wrong of [`id=${id}`, `id=${id} OR 1&change=delete`, `id=&change=delete`, `id=${id}&change=drop`]) {
    assert.equal((await change(wrong)).status, 400, wrong);
  }
  const bobs = await runProgram(join(state, 'belfry'), ['send', 'bob', 'For Bob']);
  assert.equal((await change(`id=${bobs.stdout.trim()}&change=delete`)).status, 204);
  const left = await runProgram('sqlite3', [join(state, 'queue/belfry.db'), `SELECT title FROM notifications WHERE user_id = 'bob'`]);
  assert.equal(left.stdout, 'For Bob\n');

  const logout = await fetch(new URL('/demo/logout', url), { method: 'POST', headers: { cookie } });
  assert.equal(logout.status, 204);
  assert.equal((await fetch(new URL('/api/websocket/auth', url), { headers: { cookie } })).status, 401);

  const started = children(demo.pid);
  assert.equal(started.length, 4);
  demo.signal('SIGINT');
  assert.equal((await demo.exit()).code, 130);
  assert.deepEqual(started.filter(alive), []);
  await assert.rejects(fetch(url));
});

test('a killed program is restarted, and what was sent meanwhile is delivered', async (t) => {
  const { demo, url, send, state } = await startDemo(t);
  const [, line] = demo.output.match(/^ +(kill -9 .*; .* send --user alice --title "Still here")$/m);
  assert.ok(line.includes(send.replace(/ --title.*/, '')));
  const { code, stdout, stderr } = await runProgram('sh', ['-c', line]);
  assert.equal(code, 0, stderr);
  await demo.line(/^belfry-gateway was killed by signal 9 \(KILL\)\. It runs again as process \d+\.$/);
  const login = await fetch(new URL('/demo/login', url), { method: 'POST', body: 'user=alice' });
  const cookie = login.headers.get('set-cookie').split(';')[0];
  const { token } = await (await fetch(new URL('/api/websocket/auth', url), { headers: { cookie } })).json();
  const alice = socketClient(t, url, { auth: { token }, extraHeaders: { origin: new URL(url).origin } });
  assert.equal(`${(await alice.event('notification')).id}\n`, stdout);

  for (const name of ['belfry-auth', 'belfry-publish', 'lighttpd']) {
    process.kill(Number(readFileSync(join(state, `${name}.pid`), 'utf8')), 'SIGKILL');
    await demo.line(new RegExp(`^${name} was killed by signal 9 `));
  }
  assert.equal((await fetch(new URL('/api/websocket/auth', url), { headers: { cookie } })).status, 200);
});

test('a demo killed by SIGKILL leaves no process behind', async (t) => {
  const { demo, state } = await startDemo(t);
  const [, sockets] = readFileSync(join(state, 'belfry.conf'), 'utf8').match(/^socket = (.*)\/auth\.sock$/m);
  atEnd(t, () => rmSync(sockets, { recursive: true, force: true }));
  const started = children(demo.pid);
  await demo.kill();
  await eventually(() => started.every((pid) => !alive(pid)), 'what it started to end');
});

test('a port in use: one sentence, and what to do', async (t) => {
  const before = new Set(readdirSync(tmpdir()));
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => server.close());
  const { port } = server.address();
  const { code, stderr } = await runProgram(demoScript, ['--no-install', '--port', String(port)]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^scripts/demo: port ${port} is taken: .*--port ${port + 1}\n$`));
  assert.deepEqual(readdirSync(tmpdir()).filter((name) => name.startsWith('belfry-demo') && !before.has(name)), []);
});
