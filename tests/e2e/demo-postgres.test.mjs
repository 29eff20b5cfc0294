// `scripts/demo --postgres`: a key kills a gateway, the next one starts it again, and the page
// shows that nobody misses anything.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { atEnd, eventually, openBrowser, plainClient, Program, runProgram, startDemoOfTwo } from './harness.mjs';

const alive = (pid) => existsSync(`/proc/${pid}`);

test('the page goes on while a gateway is killed by a key, and Ctrl-C ends all of it', async (t) => {
  const { demo, url, send, state, press } = await startDemoOfTwo(t);
  const pid = (name) => Number(readFileSync(join(state, `${name}.pid`), 'utf8'));
  const started = ['postgres', 'gateway-1', 'gateway-2', 'nginx', 'orders'].map(pid);

  const browser = await openBrowser(t);
  const page = await browser.newPage();
  await page.goto(url);
  assert.match(page.url(), /\/demo\/two\.html$/);
  const users = page.locator('#users > li');
  await page.locator('#users > li.connected').nth(3).waitFor();
  const number = async (user, name) => Number(await users.nth(user).locator(`.${name}`).textContent());
  const where = async () => (await page.locator('#users .where').allTextContents()).map((text) => text.match(/^on gateway ([12])$/)?.[1]);
  const allOn = (gateway) => eventually(async () => (await where()).every((each) => each === gateway), `all to be on gateway ${gateway}`, 30_000);
  assert.deepEqual([...new Set(await where())].sort(), ['1', '2'], 'nginx shares them out');

  press();
  await demo.line(/^gateway-1 was killed\./);
  await allOn('2');
  press();
  await demo.line(/^gateway-1 runs again\. The next key kills gateway-2\.$/);
  press();
  await demo.line(/^gateway-2 was killed\./);
  await allOn('1');
  // What is sent while they come back is among what arrives.
  const before = await Promise.all([0, 1, 2, 3].map((user) => number(user, 'arrived')));
  await eventually(async () => (await number(0, 'arrived')) > before[0] + 2, 'orders to go on arriving');
  for (const user of [0, 1, 2, 3]) {
    await eventually(async () => (await number(user, 'missed')) === 0, `user ${user} to have missed nothing`);
    assert.equal(await number(user, 'twice'), 0);
  }

  // The command that is printed.
  const { token } = await (await fetch(new URL('/token/alice', url))).json();
  const alice = plainClient(t, `${new URL('/ws', url)}`, { token });
  await alice.event('connected');
  const { code, stderr } = await runProgram('sh', ['-c', send]);
  assert.equal(code, 0, stderr);
  while ((await alice.event('notification')).title !== 'Hello');

  demo.signal('SIGINT');
  assert.equal((await demo.exit()).code, 130);
  await eventually(() => !started.some(alive), 'all of it to end');
});

test('whoever is logged in to its server does not keep it; what SIGKILL leaves, the next demo removes', async (t) => {
  /** Somebody in another terminal, who is logged in and does nothing. Returns the folder of the demo's server. */
  const logIn = async (send) => {
    const [, url, server] = send.match(/'(postgresql:.*?host=([^']*))'/);
    const psql = new Program(t, 'psql', ['-X', url], { stdio: ['pipe', 'pipe', 'pipe'] });
    atEnd(t, () => psql.kill());
    psql.child.stdin.write('\\echo here\n');
    await psql.line(/^here$/);
    return dirname(server);
  };
  const first = await startDemoOfTwo(t);
  const left = await logIn(first.send);
  atEnd(t, () => rmSync(left, { recursive: true, force: true }));
  const server = Number(readFileSync(join(first.state, 'postgres.pid'), 'utf8'));
  await first.demo.kill();
  await eventually(() => !alive(server), 'the server to end');
  assert.ok(existsSync(left));

  const second = await startDemoOfTwo(t, first.state);
  assert.ok(!existsSync(left));
  const folder = await logIn(second.send);
  second.demo.signal('SIGTERM');
  assert.equal((await second.demo.exit()).code, 143);
  assert.ok(!existsSync(folder));
});
