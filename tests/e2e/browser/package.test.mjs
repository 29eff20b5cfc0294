// The package on a site: the bell as one tag.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openPages } from '../harness.mjs';

const BELL = `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'self'; script-src 'self'">
<title>A site</title><link rel="icon" href="data:,">
<script type="module" src="/belfry/bell.js"></script>
<p>Elsewhere</p>
<belfry-bell></belfry-bell>`;

test('the bell as one tag, under a strict content security policy', async (t) => {
  const { site, open } = await openPages(t, { 'bell.html': BELL });
  const waiting = await site.insert('alice', 'Waiting', { data: JSON.stringify({ url: '/orders/7' }) });
  await site.insert('alice', 'Wicked', { data: JSON.stringify({ url: 'javascript:alert(1)' }) });
  const page = await open('bell.html');
  const bell = page.locator('belfry-bell');
  const button = page.getByRole('button', { name: 'Notifications, 2 unread' });
  await button.waitFor();
  assert.equal(await bell.getAttribute('state'), 'connected');
  assert.equal(await page.getByRole('dialog').count(), 0);

  await button.click();
  const panel = page.getByRole('dialog', { name: 'Notifications' });
  await panel.getByText('Waiting').waitFor();
  assert.equal(new URL(await panel.getByRole('link', { name: 'Waiting' }).evaluate((link) => link.href)).pathname, '/orders/7');
  assert.equal(await panel.getByRole('link', { name: 'Wicked' }).count(), 0);

  await panel.getByRole('button', { name: 'Mark as read: Waiting' }).click();
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  await site.status(waiting, 'read');

  await site.insert('alice', '<b>Live</b>');
  await panel.getByText('<b>Live</b>').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await panel.count(), 0);
  await page.getByRole('button', { name: 'Notifications, 2 unread' }).click();
  await page.getByText('Elsewhere').click();
  assert.equal(await panel.count(), 0);
});

test('a bell that is removed from the page disconnects', async (t) => {
  const { site, open } = await openPages(t, { 'bell.html': BELL });
  const page = await open('bell.html');
  await page.locator('belfry-bell[state="connected"]').waitFor();
  assert.equal(await site.metric('belfry_connections'), 1);
  await page.evaluate(() => document.querySelector('belfry-bell').remove());
  await eventually(async () => (await site.metric('belfry_connections')) === 0, 'no connection');
});
