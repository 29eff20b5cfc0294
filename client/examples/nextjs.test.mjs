// client/examples/nextjs, with `next dev` and built: signing in, and a notification.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, openBrowser, openSite, Program, runProgram, startOnFreePort, top, within } from '../../tests/e2e/harness.mjs';

const example = join(top, 'client/examples/nextjs');
const next = join(example, 'node_modules/next/dist/bin/next');
/** Generous, since building takes long on a machine that is busy with other tests. */
const BUILD_MS = 300_000;

/** Installs the package from a tarball, as a user does, in place of the copy that npm made of the folder. */
async function installPackage(t) {
  const packed = mkdtempSync(join(tmpdir(), 'belfry-pack-'));
  atEnd(t, () => rmSync(packed, { recursive: true, force: true }));
  const npm = async (cwd, ...args) => {
    const { code, stdout, stderr } = await runProgram('npm', args, { cwd });
    assert.equal(code, 0, `npm ${args.join(' ')}\n${stdout}${stderr}`);
  };
  await npm(join(top, 'client'), 'pack', '--pack-destination', packed);
  const [tarball] = readdirSync(packed);
  await npm(example, 'install', '--no-save', '--offline', join(packed, tarball));
}

function runNext(t, site, args) {
  const env = {
    AUTH_SECRET: site.secret,
    BELFRY_GATEWAY: site.url,
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_OPTIONS: `--require "${join(top, 'client/examples/getsetcookie.cjs')}"`,
    NODE_ENV: args[0] === 'dev' ? 'development' : 'production',
  };
  return new Program(t, process.execPath, [next, ...args], { env, cwd: example, name: 'next' });
}

async function startNext(t, site, command) {
  return startOnFreePort(async (port) => {
    const program = runNext(t, site, [command, '-H', '127.0.0.1', '-p', String(port)]);
    atEnd(t, async () => {
      program.signal('SIGTERM');
      await program.exit();
    });
    await program.line(/Ready in/);
    return `http://127.0.0.1:${port}/`;
  });
}

async function rings(t, site, url) {
  const browser = await openBrowser(t);
  const page = await browser.newPage();
  await page.goto(url, { timeout: 120_000 });
  await page.getByRole('button', { name: 'alice' }).click();
  await page.getByTitle('connected').waitFor({ timeout: 120_000 });
  const id = await site.insert('alice', 'Hello');
  await page.getByText('1 unread').click();
  await page.getByRole('button', { name: 'Mark “Hello” as read' }).click();
  await page.getByText('0 unread').waitFor();
  await site.status(id, 'read');
  await page.getByRole('button', { name: 'Mark “Hello” as unread' }).click();
  await site.status(id, 'delivered');
  await site.sql(`UPDATE notifications SET title = 'Hello again' WHERE id = ${id}`);
  await page.getByRole('listitem').filter({ hasText: 'Hello again' }).waitFor();
  const put = await site.insert('alice', 'Put away');
  await page.getByRole('button', { name: 'Archive “Put away”' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Put away' }).waitFor({ state: 'detached' });
  await site.status(put, 'read');
  const { userId } = await (await browser.request.get(`${url}api/websocket/auth`)).json();
  assert.equal(userId, 'alice');
  await changesHands(site, page, await browser.newPage(), url);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'bob', exact: true }).waitFor();
}

/** bob signs in in another tab: the first tab becomes his, and shows nothing of alice's any more. */
async function changesHands(site, page, another, url) {
  const listed = (title) => page.getByRole('listitem').filter({ hasText: title });
  await listed('Hello').waitFor();
  await another.goto(url, { timeout: 120_000 });
  await another.getByRole('button', { name: 'Sign out' }).click();
  await another.getByRole('button', { name: 'bob', exact: true }).click({ timeout: 120_000 });
  await another.getByTitle('connected').waitFor({ timeout: 120_000 });
  await site.insert('bob', 'For bob');
  await page.getByText('1 unread').waitFor();
  await listed('For bob').waitFor();
  assert.equal(await listed('Hello').count(), 0);
}

test('under next dev', async (t) => {
  await installPackage(t);
  const site = await openSite(t);
  await rings(t, site, await startNext(t, site, 'dev'));
});

test('built, under next start', async (t) => {
  await installPackage(t);
  const site = await openSite(t);
  const built = runNext(t, site, ['build']);
  const { code } = await within(built.ended, () => `next build\n${built.output}`, BUILD_MS);
  assert.equal(code, 0, built.output);
  await rings(t, site, await startNext(t, site, 'start'));
});
