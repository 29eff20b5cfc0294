// The steps of docs/php.md and docs/nextjs.md, verbatim: a PHP site, and the server side of a Next.js
// site. (Its component is rendered in the tests of the browser library.)

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { atEnd, eventually, openBrowser, openSite, runProgram, socketClient, top } from './harness.mjs';
import { PHP_SESSION, startPhpFpm } from './lib/php.mjs';
import { shown } from './lib/tutorial.mjs';

const PHP = 'docs/php.md';
const NEXTJS = 'docs/nextjs.md';
const examples = join(top, 'deploy/examples');

test('each tutorial numbers its steps correctly, and links to what is there', () => {
  const words = { four: 4, five: 5, six: 6 };
  for (const name of readdirSync(join(top, 'docs')).filter((each) => each.endsWith('.md'))) {
    const text = readFileSync(join(top, 'docs', name), 'utf8');
    const [, word] = text.match(/It takes\s(\w+)\ssteps/);
    assert.deepEqual([...text.matchAll(/^\*\*(\d)\. /gm)].map(([, number]) => Number(number)),
      Array.from({ length: words[word] }, (_, index) => index + 1), name);
    assert.ok(text.split('\n').every((line) => line.length <= 125), name);
    for (const [, link] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) assert.ok(existsSync(join(top, 'docs', link)), link);
  }
});

test('a PHP site: the route, the bell, the INSERT and the logout of the tutorial', async (t) => {
  const site = await openSite(t);
  const pool = shown(PHP, 'ini', ['env[AUTH_SECRET]'], { 'the content of /etc/belfry/secret': site.secret });
  const { socket } = await startPhpFpm(t, site, { pool });
  const more = shown(PHP, 'nginx', ['location = /api/websocket/auth'], {
    'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
    '/srv/app/websocket-auth.php': join(examples, 'websocket-auth.php'),
    '/run/php/php8.2-fpm.sock': socket,
    '/usr/local/share/belfry/': join(top, 'client/src/'),
    'include /etc/belfry/nginx.conf;': 'include /etc/nginx/mime.types;',
  });
  const url = await site.startWeb('nginx', { more, ownRoute: true });
  writeFileSync(join(site.folder, 'www/index.html'), `<!doctype html><title>A site</title><link rel="icon" href="data:,">
${shown(PHP, 'html', ['<belfry-bell>'])}`);
  const browser = await openBrowser(t);
  await browser.addCookies([{ ...PHP_SESSION, url }]);
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator('belfry-bell[state="connected"]').waitFor();
  const insert = shown(PHP, 'php', ['PDO::ATTR_TIMEOUT'], { '/var/lib/belfry/queue/belfry.db': site.database });
  const { code, stdout, stderr } = await runProgram('php', ['-r', `$user = 'alice';\n${insert}`]);
  assert.equal(code, 0, stdout + stderr);
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
  await page.locator('#list').getByText('Bob wrote to you').waitFor();
  const logout = shown(PHP, 'php', ['revocations']);
  const left = await runProgram('php', ['-r', `$user = 'alice'; $queue = new PDO('sqlite:${site.database}');\n${logout}`]);
  assert.equal(left.code, 0, left.stdout + left.stderr);
  await page.locator('belfry-bell[state="error"]').waitFor();
});

/** Serves a route of Next.js's app folder with Node's http server; its GET returns a Response. */
async function serveRoute(t, GET) {
  const server = createServer(async (request, response) => {
    const answer = await GET();
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => server.closeAllConnections());
  atEnd(t, () => server.close());
  return server.address().port;
}

/** A folder with the files that the steps copy to lib/, and a sign-in with user 42. */
function application(site) {
  const folder = join(site.folder, 'app');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  symlinkSync(join(import.meta.dirname ?? join(top, 'tests/e2e'), 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['websocket-auth.mjs', 'notify.mjs']) copyFileSync(join(examples, name), join(folder, 'lib', name));
  writeFileSync(join(folder, 'auth.mjs'), 'export const auth = async () => ({ user: { id: 42 } });');
  return folder;
}

test('a Next.js site: the secret, the route and the INSERT of the tutorial', async (t) => {
  const site = await openSite(t, { gateway: false });
  const write = shown(NEXTJS, 'sh', ['/etc/belfry/secret', 'printf'], {
    'sudo install -m 400 -o belfry': 'install -m 400', '/etc/belfry/secret': join(site.folder, 'secret'),
    'sudo systemctl restart belfry-gateway belfry-auth': '',
  });
  const secret = 'the application signs with this one already';
  assert.equal((await runProgram('sh', ['-c', write], { env: { AUTH_SECRET: secret } })).code, 0);
  await site.startGateway();
  process.env.AUTH_SECRET = secret;
  process.env.BELFRY_DATABASE = site.database;
  atEnd(t, () => { delete process.env.AUTH_SECRET; delete process.env.BELFRY_DATABASE; });

  const folder = application(site);
  const here = { "'@/auth'": "'./auth.mjs'", "'@/lib/websocket-auth.mjs'": "'./lib/websocket-auth.mjs'" };
  writeFileSync(join(folder, 'route.mjs'), shown(NEXTJS, 'js', ['export const GET'], here));
  const { GET } = await import(pathToFileURL(join(folder, 'route.mjs')));
  const port = await serveRoute(t, GET);
  const url = await site.startWeb('nginx', { more: `location / { proxy_pass http://127.0.0.1:${port}; }`, ownRoute: true });
  const { token } = await (await fetch(`${url}/api/websocket/auth`)).json();
  const client = socketClient(t, url, { auth: { token } });
  assert.equal((await client.event('connected')).userId, '42');

  const ring = shown(NEXTJS, 'js', ['notify(user.id'], { "'@/lib/notify.mjs'": "'./lib/notify.mjs'" });
  writeFileSync(join(folder, 'action.mjs'), ring.replace('notify(user.id', () => 'const user = { id: 42 };\nnotify(user.id'));
  await import(pathToFileURL(join(folder, 'action.mjs')));
  const heard = await client.event('notification');
  assert.equal(heard.title, 'Bob wrote to you');
  assert.deepEqual(heard.data, { url: '/inbox/7' });
  await eventually(async () => (await site.row(heard.id)).status === 'delivered', 'the row to be delivered');
  const { notify } = await import(pathToFileURL(join(folder, 'lib/notify.mjs')));
  assert.throws(() => notify(42, ''), /title must be 1 to 1024 octets long/);
});
