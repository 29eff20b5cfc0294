// Where a token comes from when the application makes it: the very files of
// deploy/examples.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { atEnd, openSite, Program, runProgram, socketClient, startOnFreePort, top } from './harness.mjs';

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

test('a PHP site\'s own route makes a token of its session, and 401 without one', async (t) => {
  const site = await openSite(t);
  const folder = join(site.folder, 'php-sessions');
  mkdirSync(folder);
  writeFileSync(join(folder, 'sess_abcdefghijklmnopqrstuvwx'), 'user_id|s:5:"alice";');
  const url = await startOnFreePort(async (port) => {
    const php = new Program(t, 'php', ['-d', `session.save_path=${folder}`, '-S', `127.0.0.1:${port}`, '-t', examples], {
      env: { AUTH_SECRET: site.secret }, secrets: site.secrets,
    });
    await php.line(/Development Server .* started/);
    atEnd(t, () => php.kill());
    return `http://127.0.0.1:${port}/websocket-auth.php`;
  });
  const answer = await fetch(url, { headers: { cookie: 'PHPSESSID=abcdefghijklmnopqrstuvwx' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'private, no-store');
  const { token, expiresIn } = await answer.json();
  assert.equal(expiresIn, 3600);
  await lets(t, site, token, 'alice');
  const nobody = await fetch(url);
  assert.equal(nobody.status, 401);
  assert.deepEqual(await nobody.json(), { error: 'Unauthorized' });
});

test('a JavaScript site\'s own route makes a token with jose', async (t) => {
  const site = await openSite(t);
  // Beside the packages it imports, as in an application.
  symlinkSync(join(import.meta.dirname ?? join(top, 'tests/e2e'), 'node_modules'), join(site.folder, 'node_modules'));
  const file = join(site.folder, 'websocket-auth.mjs');
  writeFileSync(file, readFileSync(join(examples, 'websocket-auth.mjs')));
  process.env.AUTH_SECRET = site.secret;
  atEnd(t, () => delete process.env.AUTH_SECRET);
  const { answer } = await import(pathToFileURL(file));
  await lets(t, site, (await (await answer('alice')).json()).token, 'alice');
  assert.equal((await answer(undefined)).status, 401);
});

test('belfry token issue makes one, and belfry token check says what is in it', async (t) => {
  const site = await openSite(t);
  const { stdout } = await site.belfry(['token', 'issue', 'alice']);
  await lets(t, site, stdout.trim(), 'alice');
  const checked = await site.belfry(['token', 'check', stdout.trim()]);
  assert.match(checked.stdout, /alice/);
  const refused = await site.belfry(['token', 'check', `${stdout.trim().slice(0, -3)}AAA`], { status: 1 });
  assert.match(refused.stdout + refused.stderr, /signature/);
});
