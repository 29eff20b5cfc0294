// The demo in a real browser: what a newcomer does in the first five minutes, and
// what happens to a page that stays open for a day.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBrowser } from '../harness.mjs';
import { isConnected, notice, startScene, stateLine, unread } from './demo-scene.mjs';

const titles = (page) => page.locator('#notices h3').allTextContents();

test('choosing a user, a notification, reading it, signing out', async (t) => {
  const { browser, url, ring, becomes, signIn } = await startScene(t);
  const page = await signIn('Alice');
  await page.locator('#command', { hasText: /belfry send \\\s+--user alice/ }).waitFor();

  const id = await ring('Hello');
  await page.locator('.toasts').getByText('Hello').waitFor();
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

test('what is marked as read in one tab is read in the other', async (t) => {
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

test('a row that is changed by SQL changes on every page, one that is deleted is gone, and nothing rings', async (t) => {
  const { run, state, ring, open, signIn } = await startScene(t);
  const first = await signIn('Alice');
  const second = await open();
  await isConnected(second);
  await first.getByText('There is no row').waitFor();
  await ring('Before');
  const id = await ring('Hello');
  for (const page of [first, second]) await notice(page, 'Hello').waitFor();
  await first.locator('.toast').last().waitFor({ state: 'detached' });
  await first.getByRole('button', { name: 'Run the UPDATE' }).click();
  for (const page of [first, second]) await notice(page, /Changed at \d\d:\d\d:\d\d/).waitFor();

  const line = await first.locator('#update-command').textContent();
  assert.equal(line, `${readFileSync(join(state, 'sqlite-command'), 'utf8').trim()} "UPDATE notifications SET title = 'Changed at ' || time('now', 'localtime') WHERE id = ${id}"`);
  const { code, stderr } = await run(line.replace(/'Changed.*\)/, "'Changed in a terminal'"));
  assert.equal(code, 0, stderr);
  for (const page of [first, second]) await notice(page, 'Changed in a terminal').waitFor();

  await first.getByRole('button', { name: 'Run the DELETE' }).click();
  for (const page of [first, second]) await notice(page, 'Changed in a terminal').waitFor({ state: 'detached' });
  assert.equal(await first.locator('.toast').count(), 0);
  await first.getByText('Hello” has just rung.').waitFor();
  await first.getByRole('button', { name: 'Run the DELETE' }).focus();
  await first.keyboard.press('Enter');
  await first.getByText('There is no row').waitFor();
  await first.waitForFunction(() => document.activeElement.id === 'change-title');
});

test('archiving, marking as unread, and a look at the list of the bell are so on every page', async (t) => {
  const { ring, open, signIn } = await startScene(t);
  const first = await signIn('Alice');
  const second = await open();
  await isConnected(second);
  for (const title of ['One', 'Two']) await ring(title);
  for (const page of [first, second]) await page.getByText('2 unseen').waitFor();
  await first.getByRole('button', { name: 'Notifications, 2 unread, 2 new' }).click();
  for (const page of [first, second]) await page.locator('#unseen').waitFor({ state: 'hidden' });
  for (const page of [first, second]) await unread(page, 2);
  await first.keyboard.press('Escape');

  await first.getByRole('button', { name: 'Mark read: One' }).click();
  await second.getByRole('button', { name: 'Mark unread: One' }).click();
  for (const page of [first, second]) await page.getByRole('button', { name: 'Mark read: One' }).waitFor();
  await first.getByRole('button', { name: 'Archive: Two' }).click();
  await first.waitForFunction(() => document.activeElement.ariaLabel === 'Archive: One');
  for (const page of [first, second]) await notice(page, 'Two').waitFor({ state: 'detached' });
  await second.getByRole('button', { name: /^Notifications, / }).click();
  await second.getByRole('button', { name: 'Archived' }).click();
  await second.getByRole('button', { name: 'Move back to the list: Two' }).click();
  for (const page of [first, second]) await notice(page, 'Two').waitFor();
});

test('while the page is closed the row waits, and arrives when it is opened', async (t) => {
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

test('after a network outage nothing is missing, and nothing arrives twice', async (t) => {
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
  await stateLine(page, 'You are offline. It goes on when the network is back.');
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

test('two users talk: presence, typing, and messages', async (t) => {
  const { url, signIn } = await startScene(t);
  const alice = await signIn('Alice');
  const bob = await (await openBrowser(t)).newPage();
  await bob.goto(url);
  await bob.getByRole('button', { name: 'Bob' }).click();
  await isConnected(bob);
  await alice.getByText('bob here', { exact: true }).waitFor();

  const words = (page) => page.getByRole('textbox', { name: 'Your message' });
  await words(bob).pressSequentially('Tea');
  await alice.getByText('bob is typing').waitFor();
  await words(bob).press('Enter');
  const message = (page) => page.getByRole('log', { name: 'Messages' }).getByText('Tea', { exact: true });
  for (const page of [alice, bob]) await message(page).waitFor();
  await bob.locator('#messages li.mine:not(.sending)').waitFor();
  await alice.getByText('bob is typing').waitFor({ state: 'hidden' });

  await bob.close();
  await alice.getByText('bob away', { exact: true }).waitFor();
  await alice.reload();
  await message(alice).waitFor();
});

test('when the gateway is killed the page says so, and later gets what was sent meanwhile', async (t) => {
  const { state, run, ring, becomes, signIn } = await startScene(t);
  const page = await signIn('Alice');
  // The page asks for it when it has loaded.
  const killed = await page.locator('#kill-command', { hasText: 'kill' }).textContent();
  assert.equal(killed, readFileSync(join(state, 'kill-command'), 'utf8').trim());
  const lost = stateLine(page, 'The gateway does not answer. Trying again…');
  await run(killed);
  const id = await ring('Still here');
  await lost;
  await isConnected(page);
  await notice(page, 'Still here').waitFor();
  await becomes(id, 'delivered');
});

test('the latency is measured on real notifications, and a lost connection has no quality', async (t) => {
  const { browser, ring, signIn } = await startScene(t);
  const page = await signIn('Alice');
  await page.locator('#round-trip', { hasText: /^\d+ ms$/ }).waitFor();
  assert.equal(await page.locator('#latency').textContent(), '–');
  await ring('Measured');
  await page.locator('#latency', { hasText: /^(<1|\d+)$/ }).waitFor();
  await page.getByText('From INSERT to this page, its COMMIT included.').waitFor();

  await browser.setOffline(true);
  await stateLine(page, 'You are offline. It goes on when the network is back.');
  await page.locator('body:not([data-state="connected"])').waitFor();
  await page.locator('#round-trip', { hasText: /^–$/ }).waitFor();
  assert.equal(await page.locator('#grade').textContent(), '');
});

test('after signing out elsewhere, the sign-in says why', async (t) => {
  const { browser, url, open, signIn } = await startScene(t);
  const page = await signIn('Alice');
  const other = await open();
  await isConnected(other);
  await browser.request.post(new URL('/demo/logout', url).href);
  for (const each of [page, other]) {
    await each.getByRole('alert').getByText('You were signed out: the session has ended.').waitFor();
  }
  await page.getByRole('button', { name: 'Bob' }).click();
  await isConnected(page);
  assert.equal(await page.locator('#user').textContent(), 'bob');
});

test('a first-time visitor is not told of an ended session', async (t) => {
  const { open } = await startScene(t);
  const page = await open();
  await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
  assert.equal(await page.getByRole('alert').textContent(), '');
});

test('the next user on the same page sees nothing of the previous one', async (t) => {
  const { ring, signIn } = await startScene(t);
  const page = await signIn('Alice');
  await ring('For Alice alone');
  await notice(page, 'For Alice alone').waitFor();
  await page.locator('#wire li', { hasText: 'For Alice alone' }).first().waitFor({ state: 'attached' });
  await page.getByText('Nobody has said anything yet.').waitFor();
  await page.getByRole('textbox', { name: 'Your message' }).fill('Mine');
  await page.keyboard.press('Enter');
  await page.locator('#messages li.mine:not(.sending)', { hasText: 'Mine' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Bob' }).click();
  await page.locator('#messages li:not(.mine)', { hasText: 'Mine' }).waitFor();
  await page.getByText('All quiet.').waitFor();
  for (const gone of ['#notices li', '.toast', '#wire li:has-text("For Alice alone")']) {
    assert.equal(await page.locator(gone).count(), 0, gone);
  }
  await unread(page, 0);
});

test('a row that waited is shown as such, and a long text does not fill the page', async (t) => {
  const { ring, open, signIn } = await startScene(t, { viewport: { width: 360, height: 740 } });
  const page = await signIn('Alice');
  await page.getByText('Nothing has rung yet.').waitFor();
  await ring('Long '.repeat(200), 'alice', '--body', 'word '.repeat(3000));
  const toast = await page.locator('.toast').boundingBox();
  assert.ok(toast.height < 740 / 3, `a toast of ${toast.height}`);
  const again = await open();
  await again.getByText('These were waiting for you.').waitFor();
});

test('the chosen theme is kept after a reload', async (t) => {
  const { signIn } = await startScene(t, { colorScheme: 'light' });
  const page = await signIn('Alice');
  const scheme = () => page.evaluate(() => document.documentElement.style.colorScheme);
  assert.equal(await scheme(), '');
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  assert.equal(await scheme(), 'dark');
  await page.reload();
  await isConnected(page);
  assert.equal(await scheme(), 'dark');
});

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
