// The demo in a real browser: what a newcomer does in the first five minutes,
// and what a day brings to those who leave the page open.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, openBrowser, runProgram, startDemo } from '../harness.mjs';

/** The demo, a browser, and what both are asked all the time. */
async function startScene(t, options) {
  const { url, state } = await startDemo(t);
  const browser = await openBrowser(t, options);
  const belfry = async (...args) => {
    const { code, stdout, stderr } = await runProgram(join(state, 'belfry'), args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const scene = { url, browser };
  scene.ring = (title, user = 'alice') => belfry('send', '--user', user, '--title', title);
  scene.status = async (id) => JSON.parse(await belfry('--json', 'queue', 'show', id)).status;
  scene.becomes = (id, status) =>
    eventually(async () => (await scene.status(id)) === status, `${id} to be ${status}`);
  scene.open = async () => {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  };
  scene.signIn = async (user) => {
    const page = await scene.open();
    await page.getByRole('button', { name: user }).click();
    await isConnected(page);
    return page;
  };
  return scene;
}

const isConnected = (page) => page.getByRole('status').getByText('Connected', { exact: true }).waitFor();
const notice = (page, title) => page.getByRole('list', { name: 'Notifications, newest first' })
  .getByRole('listitem').filter({ hasText: title });
const titles = (page) => page.locator('#notices h3').allTextContents();
const unread = (page, count) => page.locator('#count', { hasText: new RegExp(`^${count}$`) }).waitFor();

test('choosing a user, ringing, reading, signing out', async (t) => {
  const { browser, url, ring, becomes, signIn } = await startScene(t);
  const page = await signIn('Alice');
  assert.match(await page.locator('#command').textContent(), /belfry send \\\s+--user alice/);

  const id = await ring('Hello');
  await page.getByRole('status', { name: 'New notifications' }).getByText('Hello').waitFor();
  await notice(page, 'Hello').waitFor();
  await unread(page, 1);
  assert.equal(await page.title(), '(1) Belfry');
  await becomes(id, 'delivered');

  await page.getByRole('button', { name: 'Mark read: Hello' }).click();
  await unread(page, 0);
  await becomes(id, 'read');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
  const answer = await browser.request.get(new URL('/api/websocket/auth', url).href);
  assert.equal(answer.status(), 401);
});

test('what is read in one tab is read in the other', async (t) => {
  const { ring, open, signIn } = await startScene(t);
  const first = await signIn('Alice');
  const second = await open();
  await isConnected(second);
  for (const title of ['One', 'Two', 'Three']) await ring(title);
  for (const page of [first, second]) await unread(page, 3);

  await first.getByRole('button', { name: 'Mark read: Two' }).click();
  await second.locator('#notices li.read', { hasText: 'Two' }).waitFor();
  await unread(second, 2);

  await second.getByRole('button', { name: 'Mark all read' }).click();
  await unread(first, 0);
  assert.equal(await first.locator('#notices li:not(.read)').count(), 0);
});

test('with the page closed the row waits, and arrives when it is opened', async (t) => {
  const { ring, status, becomes, open, signIn } = await startScene(t);
  const page = await signIn('Bob');
  await page.close();
  const id = await ring('While you were away', 'bob');
  assert.equal(await status(id), 'pending');

  const again = await open();
  await notice(again, 'While you were away').waitFor();
  await again.getByText('was waiting for you').waitFor();
  assert.equal(await again.locator('.toast').count(), 0);
  await becomes(id, 'delivered');
});

test('a lost network costs nothing: nothing is missed, nothing comes twice', async (t) => {
  const { browser, ring, status, becomes, signIn } = await startScene(t);
  const page = await signIn('Alice');
  await page.evaluate(() => {
    window.rung = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const { dataset } of addedNodes) window.rung.push(dataset.id);
      }
    }).observe(document.getElementById('notices'), { childList: true });
  });
  const before = await ring('Before');
  await notice(page, 'Before').waitFor();
  await becomes(before, 'delivered');

  await browser.setOffline(true);
  const meanwhile = [await ring('Meanwhile one'), await ring('Meanwhile two')];
  await page.getByText('Looking for the gateway').waitFor();
  for (const id of meanwhile) assert.equal(await status(id), 'pending');

  await browser.setOffline(false);
  await isConnected(page);
  await notice(page, 'Meanwhile two').waitFor();
  const after = await ring('After');
  await notice(page, 'After').waitFor();
  for (const id of [...meanwhile, after]) await becomes(id, 'delivered');
  assert.deepEqual(await titles(page), ['After', 'Meanwhile two', 'Meanwhile one', 'Before']);
  assert.deepEqual((await page.evaluate(() => window.rung)).sort(), [before, ...meanwhile, after].sort());
});

test('two people talk: presence, typing, and what they say', async (t) => {
  const { url, signIn } = await startScene(t);
  const alice = await signIn('Alice');
  const bob = await (await openBrowser(t)).newPage();
  await bob.goto(url);
  await bob.getByRole('button', { name: 'Bob' }).click();
  await isConnected(bob);
  await alice.getByTitle('bob is here').waitFor();

  const words = (page) => page.getByRole('textbox', { name: 'Your message' });
  await words(bob).pressSequentially('Tea');
  await alice.getByText('bob is typing').waitFor();
  await words(bob).press('Enter');
  const message = (page) => page.getByRole('log', { name: 'Messages' }).getByText('Tea', { exact: true });
  for (const page of [alice, bob]) await message(page).waitFor();
  await bob.locator('#messages li.mine:not(.sending)').waitFor();
  await alice.getByText('bob is typing').waitFor({ state: 'hidden' });

  await bob.close();
  await alice.getByTitle('bob is away').waitFor();
  await alice.reload();
  await message(alice).waitFor();
});

test('the keyboard does it all', async (t) => {
  const { ring, open } = await startScene(t);
  const page = await open();
  await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
  const reach = async (name) => {
    for (let steps = 0; steps < 40; steps++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent);
      if (focused.includes(name)) return;
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await reach('Alice');
  await page.keyboard.press('Enter');
  await isConnected(page);
  await ring('Hello');
  await notice(page, 'Hello').waitFor();
  await reach('Mark read: Hello');
  await page.keyboard.press('Space');
  await unread(page, 0);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing to complain of, ${colorScheme}`, async (t) => {
    const { ring, open } = await startScene(t, { colorScheme, reducedMotion: 'reduce' });
    const page = await open();
    const look = async (where) => {
      await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8'));
      const { violations } = await page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]), [], where);
    };
    await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
    await look('the door');
    await page.getByRole('button', { name: 'Alice' }).click();
    await isConnected(page);
    await ring('Hello');
    await page.locator('.toast').waitFor();
    await look('the bell');
  });
}

for (const [kind, options] of Object.entries({
  'phone': { viewport: { width: 360, height: 740 } },
  'tablet': { viewport: { width: 820, height: 1100 }, colorScheme: 'dark' },
})) {
  test(`fits a ${kind}`, async (t) => {
    const { ring, signIn } = await startScene(t, options);
    const page = await signIn('Carol');
    await ring(`A title without a place to break: ${'long'.repeat(40)}`, 'carol');
    await notice(page, 'A title').waitFor();
    const [inner, whole] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(whole <= inner, `${whole} wide on a screen of ${inner}`);
  });
}
