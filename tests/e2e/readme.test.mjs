// The examples of README, verbatim: writers, browser code, links and commands. (tests/install runs the
// lines of "Install it", `scripts/test lint` compares the web servers' files.)

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, openPages, openSite, runProgram, socketClient, top } from './harness.mjs';
import { shown } from './lib/tutorial.mjs';

const readme = readFileSync(join(top, 'README.md'), 'utf8');
const modules = join(top, 'tests/e2e/node_modules');
const QUEUE = '/var/lib/belfry/queue/belfry.db';

const block = (language, text) => shown('README.md', language, [text]);

/** A writer as README shows it, with the default path of the queue replaced by this site's. */
function writer(language, text, site) {
  return shown('README.md', language, [text], { [QUEUE]: site.database });
}

async function run(command, args, options) {
  const result = await runProgram(command, args, options);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result;
}

const writers = {
  Node: (site) => {
    symlinkSync(modules, join(site.folder, 'node_modules'));
    writeFileSync(join(site.folder, 'write.mjs'), `const user = 42, title = 'Hello';\n${writer('js', 'queue.prepare', site)}`);
    return run(process.execPath, [join(site.folder, 'write.mjs')]);
  },
  PHP: (site) => run('php', ['-r', `$user = 42; $title = 'Hello';\n${writer('php', 'new PDO', site)}`]),
  Python: (site) => run('python3', ['-c', `import sqlite3\nuser, title = 42, 'Hello'\n${writer('python', 'sqlite3.connect', site)}`]),
};

for (const [name, write] of Object.entries(writers)) {
  test(`the INSERT from ${name} reaches the user 42`, async (t) => {
    const site = await openSite(t);
    const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: '42' }) } });
    await client.event('connected');
    await write(site);
    assert.equal((await client.event('notification')).title, 'Hello');
  });
}

test('the INSERT in SQL reaches alice', async (t) => {
  const site = await openSite(t);
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'alice' }) } });
  await client.event('connected');
  await run('sqlite3', ['-cmd', '.timeout 5000', site.database, block('sql', 'Bob wrote to you')]);
  const { title, body, data } = await client.event('notification');
  assert.deepEqual({ title, body, data }, { title: 'Bob wrote to you', body: 'See you at eight', data: { url: '/inbox/7' } });
});

test('the statements that change one and take one back reach alice', async (t) => {
  const site = await openSite(t);
  const client = socketClient(t, site.url, { auth: { token: await site.token({ sub: 'alice' }) } });
  await client.event('connected');
  await site.sql(`INSERT INTO notifications (user_id, title, idempotency_key)
    VALUES ('alice', '3 new messages', 'unread-mail'), ('alice', 'Come to tea', 'invitation-12')`);
  const mail = await client.event('notification');
  const invitation = await client.event('notification');
  await site.status(invitation.id, 'delivered');
  await run('sqlite3', ['-cmd', '.timeout 5000', site.database, block('sql', 'ON CONFLICT (user_id, idempotency_key) DO UPDATE')]);
  const updated = client.event('notification:update');
  const removed = client.inbox.find(({ name }) => name === 'notification:remove', 'the removal');
  assert.deepEqual((await removed).args[0], { ids: [invitation.id], reason: 'deleted' });
  const { id, title } = await updated;
  assert.deepEqual({ id, title }, { id: mail.id, title: '4 new messages' });
});

test('the request with curl reaches alice, and the stream that curl reads brings it', async (t) => {
  const site = await openSite(t, { settings: { gateway: { ping_timeout: '1s' } } });
  await site.startPublish();
  const url = await site.startWeb('nginx');
  const env = { BELFRY_KEY: await site.key('shop'), TOKEN: await site.token({ sub: 'alice' }) };
  const curl = (text) => run('sh', ['-c', block('sh', text).replaceAll('https://example.com', url)], { env });
  const { stdout: accepted } = await curl('/api/belfry/');
  const { ids } = JSON.parse(accepted);
  // The gateway ends the stream, since curl confirms nothing.
  const { stdout: stream } = await curl('/events');
  const frames = [...stream.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
  assert.equal(frames[0].event, 'connected');
  const { data } = frames.find(({ event }) => event === 'notification');
  assert.deepEqual([data.id, data.title], [ids[0], 'Bob wrote to you']);
  assert.equal((await site.row(data.id)).status, 'pending');
});

/** A page that runs these lines, and shows the notifications, counts and logs that they produce. */
const pageOf = (lines) => `<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"belfry-client": "/belfry/index.js", "socket.io-client": "/socket.io-client.js"}}</script>
<p id="count"></p><p id="said"></p>
<script type="module">
const toast = (title) => { said.textContent += title; };
const badge = (unread) => { count.textContent = unread + ' unread'; };
${lines}
</script>`;

const pages = {
  'socket.io.html': pageOf(block('js', "from 'socket.io-client'")),
  'client.html': pageOf(block('js', "from 'belfry-client'")),
  'plain.html': pageOf(`const { token } = await (await fetch('/api/websocket/auth')).json();
const console = { log: ({ event, data }) => event === 'notification' ? toast(data.title) : event.endsWith('unread_count') && badge(data) };
${block('js', 'new WebSocket(').replace('wss://', 'ws://')}`),
};

test('the browser code receives a notification and the count', async (t) => {
  const more = `alias.url += ( "/socket.io-client.js" => "${modules}/socket.io-client/dist/socket.io.esm.min.js" )`;
  const { site, open } = await openPages(t, pages, { more });
  const opened = await Promise.all(Object.keys(pages).map(open));
  await Promise.all(opened.map((page) => page.getByText('0 unread').waitFor()));
  await site.insert('alice', 'Hello');
  for (const page of opened) {
    await page.getByText('Hello').waitFor();
    await page.getByText('1 unread').waitFor();
  }
});

test('every link points to a file or a heading that exists', () => {
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, text]) => `#${text.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-')}`);
  const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !link.includes('://'));
  assert.ok(links.length > 20);
  for (const link of links) {
    if (link.startsWith('#')) assert.ok(headings.includes(link), link);
    else assert.ok(existsSync(join(top, link)), link);
  }
});

test('the screenshot is a PNG of at most 150 KB', () => {
  const [, file] = readme.match(/^!\[.*\]\((.*\.png)\)$/m);
  assert.equal(readFileSync(join(top, file)).subarray(1, 4).toString(), 'PNG');
  assert.ok(statSync(join(top, file)).size <= 150_000);
});

test('every belfry command that is named exists', async () => {
  const { stdout } = await runProgram(join(build, 'belfry'), ['--help']);
  const known = new Set([...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)(?= |$)/gm)].map(([, name]) => name));
  const named = [...readme.matchAll(/(?:`|^ {4}(?:sudo )?)belfry ([a-z]+)(?: ([a-z]+))?/gm)];
  assert.ok(named.length > 8);
  for (const [, first, second] of named) assert.ok(known.has(first) || known.has(`${first} ${second}`), `belfry ${first} ${second}`);
});
