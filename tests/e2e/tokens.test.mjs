// Tokens issued by the application itself, with the files of deploy/examples,
// unchanged.

import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { atEnd, openSite, Program, runProgram, socketClient, startOnFreePort, top } from './harness.mjs';
import { PHP_COOKIE, phpSessions, startPhpFpm } from './lib/php.mjs';

const examples = join(top, 'deploy/examples');

async function lets(t, site, token, user) {
  site.secrets.add(token);
  const client = socketClient(t, site.url, { auth: { token } });
  assert.equal((await client.event('connected')).userId, user);
}

test('a token made by ten lines of Python connects', async (t) => {
  const site = await openSite(t);
  const { code, stdout, stderr } = await runProgram('python3', ['-c', 'import belfry_token; print(belfry_token.belfry_token(42))'], {
    env: { AUTH_SECRET: site.secret, PYTHONPATH: examples, PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(code, 0, stderr);
  await lets(t, site, stdout.trim(), '42');
});

test('the Python example refuses to sign without a user, or with a missing or short secret', async (t) => {
  const site = await openSite(t, { gateway: false });
  const python = async (secret, user) => {
    const env = { PYTHONPATH: examples, PYTHONDONTWRITEBYTECODE: '1', ...secret };
    const { code, stdout, stderr } = await runProgram('python3', ['-c', `import belfry_token; print(belfry_token.belfry_token(${user}))`], { env });
    assert.notEqual(code, 0, stdout);
    assert.equal(stdout, '');
    return stderr;
  };
  for (const secret of [{}, { AUTH_SECRET: '' }, { AUTH_SECRET: 'short' }]) assert.match(await python(secret, 1), /RuntimeError: AUTH_SECRET is not in/);
  for (const user of ['None', '""', 'False', '42.0']) assert.match(await python({ AUTH_SECRET: site.secret }, user), /ValueError: a token needs the id of a user/);
});

/** Runs the example in PHP's built-in server. Returns its address. */
function phpServer(t, site, folder, secret) {
  return startOnFreePort(async (port) => {
    const php = new Program(t, 'php', ['-d', `session.save_path=${folder}`, '-S', `127.0.0.1:${port}`, '-t', examples], {
      env: { AUTH_SECRET: secret }, secrets: site.secrets,
    });
    await php.line(/Development Server .* started/);
    atEnd(t, () => php.kill());
    return `http://127.0.0.1:${port}/websocket-auth.php`;
  });
}

async function answersWithout(url, headers) {
  const nobody = await fetch(url, { headers });
  assert.equal(nobody.status, 401);
  assert.equal(nobody.headers.get('set-cookie'), null);
  assert.deepEqual(await nobody.json(), { error: 'Unauthorized' });
}

test('a PHP site\'s own route issues a token for its session, and 401 without one', async (t) => {
  const site = await openSite(t);
  const url = await phpServer(t, site, phpSessions(site), site.secret);
  const answer = await fetch(url, { headers: PHP_COOKIE });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'private, no-store');
  const { token, expiresIn } = await answer.json();
  assert.equal(expiresIn, 3600);
  await lets(t, site, token, 'alice');
  await answersWithout(url);
  await answersWithout(url, { cookie: 'PHPSESSID=nobodysnobodysnobodysnob' });
  for (const user of ['s:0:"";', 'N;', 'd:42;', 'b:0;', 'a:0:{}']) {
    phpSessions(site, user);
    await answersWithout(url, PHP_COOKIE);
  }
  phpSessions(site, 'i:42;');
  await lets(t, site, (await (await fetch(url, { headers: PHP_COOKIE })).json()).token, '42');
});

test('a PHP route that cannot read its sessions says so, and issues no token', async (t) => {
  const site = await openSite(t, { gateway: false });
  phpSessions(site);
  const answer = await fetch(await phpServer(t, site, join(site.folder, 'elsewhere'), site.secret), { headers: PHP_COOKIE });
  assert.equal(answer.status, 500);
  assert.match((await answer.json()).error, /session.save_path/);
});

/** Runs the example in php-fpm behind nginx; `pool` and `location` are added to their configuration. */
async function behindNginx(t, site, { pool, location = '' } = {}) {
  const { socket, fpm } = await startPhpFpm(t, site, { pool, env: { AUTH_SECRET: site.secret } });
  const more = `location = /own {
    include /etc/nginx/fastcgi_params;
    fastcgi_param SCRIPT_FILENAME ${join(examples, 'websocket-auth.php')};
    ${location}
    fastcgi_pass unix:${socket};
}`;
  return { url: `${await site.startWeb('nginx', { more })}/own`, fpm };
}

test('under php-fpm, which clears the environment, the PHP example refuses to sign', async (t) => {
  const site = await openSite(t, { gateway: false });
  const { url, fpm } = await behindNginx(t, site);
  const answer = await fetch(url, { headers: PHP_COOKIE });
  assert.equal(answer.status, 500);
  assert.match((await answer.json()).error, /^AUTH_SECRET is not set for PHP, .*env\[AUTH_SECRET\]/);
  await fpm.line(/AUTH_SECRET is not set for PHP/);
});

test('the PHP example refuses to sign with a short secret', async (t) => {
  const site = await openSite(t, { gateway: false });
  const { url } = await behindNginx(t, site, { pool: `env[AUTH_SECRET] = short` });
  assert.equal((await fetch(url, { headers: PHP_COOKIE })).status, 500);
});

for (const [where, how] of [
  ['the pool', (site) => ({ pool: `env[AUTH_SECRET] = "${site.secret}"` })],
  ['the pool, from the environment', () => ({ pool: 'env[AUTH_SECRET] = $AUTH_SECRET' })],
  ['nginx', (site) => ({ location: `fastcgi_param AUTH_SECRET "${site.secret}";` })],
]) {
  test(`the PHP example finds the secret that ${where} gives to php-fpm`, async (t) => {
    const site = await openSite(t);
    const { url } = await behindNginx(t, site, how(site));
    const answer = await fetch(url, { headers: PHP_COOKIE });
    assert.equal(answer.status, 200);
    await lets(t, site, (await answer.json()).token, 'alice');
    await answersWithout(url);
  });
}

test('a JavaScript site\'s own route issues a token with jose', async (t) => {
  const site = await openSite(t);
  // Placed next to the packages it imports, as in an application.
  symlinkSync(join(import.meta.dirname ?? join(top, 'tests/e2e'), 'node_modules'), join(site.folder, 'node_modules'));
  const file = join(site.folder, 'websocket-auth.mjs');
  writeFileSync(file, readFileSync(join(examples, 'websocket-auth.mjs')));
  process.env.AUTH_SECRET = site.secret;
  atEnd(t, () => delete process.env.AUTH_SECRET);
  const { answer } = await import(pathToFileURL(file));
  await lets(t, site, (await (await answer('alice')).json()).token, 'alice');
  await lets(t, site, (await (await answer(42)).json()).token, '42');
  for (const nobody of [undefined, null, '', NaN, 4.5, {}, true]) assert.equal((await answer(nobody)).status, 401);
  for (const secret of [undefined, '', 'short']) {
    if (secret === undefined) delete process.env.AUTH_SECRET;
    else process.env.AUTH_SECRET = secret;
    const refused = await answer('alice');
    assert.equal(refused.status, 500);
    assert.match((await refused.json()).error, /^AUTH_SECRET is not in/);
  }
});

test('belfry token issue issues one, and belfry token check prints what is in it', async (t) => {
  const site = await openSite(t);
  const { stdout } = await site.belfry(['token', 'issue', 'alice']);
  await lets(t, site, stdout.trim(), 'alice');
  const checked = await site.belfry(['token', 'check', stdout.trim()]);
  assert.match(checked.stdout, /alice/);
  const refused = await site.belfry(['token', 'check', `${stdout.trim().slice(0, -3)}AAA`], { status: 1 });
  assert.match(refused.stdout + refused.stderr, /signature/);
});
