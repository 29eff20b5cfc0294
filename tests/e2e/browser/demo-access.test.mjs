// Every state of the demo for users of a keyboard or a screen reader.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsOf } from './bell-page.mjs';
import { isConnected, notice, startScene, stateLine, unread } from './demo-scene.mjs';

/** Presses Tab until the focus is on the element of that name; returns the number of steps. */
async function reach(page, name) {
  for (let steps = 1; steps <= 40; steps++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent);
    if (focused.includes(name)) return steps;
  }
  return assert.fail(`Tab does not reach ${name}`);
}

test('everything can be done by keyboard', async (t) => {
  const { ring, open } = await startScene(t);
  const page = await open();
  await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
  await reach(page, 'Alice');
  await page.keyboard.press('Enter');
  await isConnected(page);
  await page.waitForFunction(() => document.activeElement.id === 'main');
  await ring('Hello');
  await notice(page, 'Hello').waitFor();
  await reach(page, 'Mark read: Hello');
  await page.keyboard.press('Space');
  await unread(page, 0);
  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'door-title');
});

test('the list of frames is one tab stop, and arrow keys move within it', async (t) => {
  const { ring, signIn } = await startScene(t);
  const page = await signIn('Alice');
  for (const title of ['One', 'Two', 'Three']) await ring(title);
  await notice(page, 'Three').waitFor();
  assert.ok((await page.locator('#wire summary').count()) > 5);
  assert.equal(await page.locator('#wire summary:not([tabindex="-1"])').count(), 0);
  await page.locator('#wire').focus();
  await page.keyboard.press('ArrowDown');
  const at = () => page.evaluate(() => {
    const shown = [...document.querySelectorAll('#wire li')].filter((row) => row.offsetParent);
    return shown.indexOf(document.activeElement.closest('li'));
  });
  const first = await at();
  await page.keyboard.press('ArrowDown');
  assert.equal(await at(), first + 1);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.open), true);
  await page.keyboard.press('ArrowUp');
  assert.equal(await at(), first);
});

test('a list that scrolls can be reached by keyboard, even if all of it is read', async (t) => {
  const { ring, signIn } = await startScene(t);
  const page = await signIn('Alice');
  for (let each = 0; each < 8; each++) await ring(`Number ${each}`);
  await notice(page, 'Number 7').waitFor();
  await page.getByRole('button', { name: 'Mark all read' }).click();
  await unread(page, 0);
  await page.locator('#notices').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.getElementById('notices').scrollTop > 0);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no violations, ${colorScheme}`, async (t) => {
    const { browser, url, ring, open } = await startScene(t, { colorScheme, reducedMotion: 'reduce' });
    const look = async (shown, where) => {
      const violations = await violationsOf(shown, { onlyColors: colorScheme === 'dark' });
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]), [], where);
    };
    const page = await open();
    await page.getByRole('heading', { name: 'A row goes in' }).waitFor();
    await look(page, 'the door');
    await page.getByRole('button', { name: 'Alice' }).click();
    await isConnected(page);
    await page.getByText('alice here', { exact: true }).waitFor();
    await look(page, 'nothing yet');
    await ring('Hello', 'alice', '--priority', 'urgent', '--body', 'words '.repeat(100));
    await page.locator('.toast').waitFor();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.keyboard.press('Enter');
    await page.locator('#messages li.mine:not(.sending)').waitFor();
    for (let each = 0; each < 8; each++) await ring(`Number ${each}`);
    await notice(page, 'Number 7').waitFor();
    await look(page, 'the bell');
    await page.getByRole('button', { name: 'Mark all read' }).click();
    await unread(page, 0);
    await look(page, 'all read');
    await page.locator('#wire summary').first().press('Enter');
    await look(page, 'a frame opened');
    await browser.setOffline(true);
    await stateLine(page, 'You are offline. It goes on when the network is back.');
    await look(page, 'offline');
    await browser.setOffline(false);
    await isConnected(page);
    await browser.request.post(new URL('/demo/logout', url).href);
    await page.getByRole('alert').getByText('You were signed out').waitFor();
    await look(page, 'signed out elsewhere');
  });
}
