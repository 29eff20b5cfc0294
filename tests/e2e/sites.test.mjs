// The steps of belfry-sites(7), verbatim: an existing PHP site, and the server side of a Next.js site.
// (Its component is rendered in the tests of the browser library.)

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { atEnd, eventually, openBrowser, openSite, runProgram, socketClient, top } from './harness.mjs';
import { documented } from './lib/manual.mjs';
import { PHP_SESSION, startPhpFpm } from './lib/php.mjs';

const PAGE = 'belfry-sites.7';
const examples = join(top, 'deploy/examples');

test('the manual numbers its steps correctly', () => {
  const words = { five: 5, six: 6 };
  const page = readFileSync(join(top, 'man', PAGE), 'utf8');
  const sections = [...page.matchAll(/^\.Ss A .* site, in (\w+) steps\n([^]*?)^\.Ss /gm)];
  assert.equal(page.match(/^\.Ss .* steps$/gm).length, 2);
  for (const [, word, text] of sections) assert.equal(text.match(/^\.It$/gm).length, words[word], word);
});

test('a PHP site: the route, the bell and the INSERT of the manual', async (t) => {
  const site = await openSite(t);
  const pool = documented(PAGE, ['env[AUTH_SECRET]'], { 'the content of /etc/belfry/secret': site.secret });
  const { socket } = await startPhpFpm(t, site, { pool });
  const more = documented(PAGE, ['location = /api/websocket/auth'], {
    'include fastcgi_params': 'include /etc/nginx/fastcgi_params',
    '/srv/app/websocket-auth.php': join(examples, 'websocket-auth.php'),
    '/run/php/php8.2-fpm.sock': socket,
    '/usr/local/share/belfry/': join(top, 'client/src/'),
    'include /etc/belfry/nginx.conf;': 'include /etc/nginx/mime.types;',
  });
  const url = await site.startWeb('nginx', { more, ownRoute: true });
  writeFileSync(join(site.folder, 'www/index.html'), `<!doctype html><title>A site</title><link rel="icon" href="data:,">
${documented(PAGE, ['<belfry-bell>'])}`);
  const browser = await openBrowser(t);
  await browser.addCookies([{ ...PHP_SESSION, url }]);
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator('belfry-bell[state="connected"]').waitFor();
  const insert = documented(PAGE, ['PDO::ATTR_TIMEOUT'], { '/var/lib/belfry/queue/belfry.db': site.database });
  const { code, stdout, stderr } = await runProgram('php', ['-r', `$user = 'alice';\n${insert}`]);
  assert.equal(code, 0, stdout + stderr);
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
  await page.locator('#list').getByText('Bob wrote to you').waitFor();
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

test('a Next.js site: the secret, the route and the INSERT of the manual', async (t) => {
  const site = await openSite(t, { gateway: false });
  const write = documented(PAGE, ['/etc/belfry/secret', 'printf'], {
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
  writeFileSync(join(folder, 'route.mjs'), documented(PAGE, ['export const GET'], here));
  const { GET } = await import(pathToFileURL(join(folder, 'route.mjs')));
  const port = await serveRoute(t, GET);
  const url = await site.startWeb('nginx', { more: `location / { proxy_pass http://127.0.0.1:${port}; }`, ownRoute: true });
  const { token } = await (await fetch(`${url}/api/websocket/auth`)).json();
  const client = socketClient(t, url, { auth: { token } });
  assert.equal((await client.event('connected')).userId, '42');

  const ring = documented(PAGE, ['notify(user.id'], { "'@/lib/notify.mjs'": "'./lib/notify.mjs'" });
  writeFileSync(join(folder, 'action.mjs'), ring.replace('notify(user.id', () => 'const user = { id: 42 };\nnotify(user.id'));
  await import(pathToFileURL(join(folder, 'action.mjs')));
  const heard = await client.event('notification');
  assert.equal(heard.title, 'Bob wrote to you');
  assert.deepEqual(heard.data, { url: '/inbox/7' });
  await eventually(async () => (await site.row(heard.id)).status === 'delivered', 'the row to be delivered');
  const { notify } = await import(pathToFileURL(join(folder, 'lib/notify.mjs')));
  assert.throws(() => notify(42, ''), /title must be 1 to 1024 octets long/);
});
