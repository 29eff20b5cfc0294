// What a site takes from the package: the bell as one tag, and one connection
// for all tabs.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, openBrowser, openSite, top } from '../harness.mjs';

/** A site that serves the modules as an installed one does, and a browser in which alice is signed in. */
async function startScene(t, pages) {
  const site = await openSite(t, { auth: true });
  const more = `mimetype.assign = ( ".html" => "text/html", ".js" => "text/javascript" )
server.modules += ( "mod_alias" )
alias.url = ( "/belfry/" => "${top}/client/src/" )`;
  const url = await site.startWeb('lighttpd', { more });
  for (const [name, html] of Object.entries(pages)) writeFileSync(join(site.folder, 'www', name), html);
  const browser = await openBrowser(t);
  const { value } = await site.session('alice');
  await browser.addCookies([{ name: 'authjs.session-token', value, url }]);
  const open = async (name) => {
    const page = await browser.newPage();
    await page.goto(new URL(name, url).href);
    return page;
  };
  return { site, browser, url, open };
}

const BELL = `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'self'; script-src 'self'">
<title>A site</title><link rel="icon" href="data:,">
<script type="module" src="/belfry/bell.js"></script>
<p>Elsewhere</p>
<belfry-bell></belfry-bell>`;

test('the bell as one tag, under a strict content security policy', async (t) => {
  const { site, open } = await startScene(t, { 'bell.html': BELL });
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

test('a bell that is taken out of the page hangs up', async (t) => {
  const { site, open } = await startScene(t, { 'bell.html': BELL });
  const page = await open('bell.html');
  await page.locator('belfry-bell[state="connected"]').waitFor();
  assert.equal(await site.metric('belfry_connections'), 1);
  await page.evaluate(() => document.querySelector('belfry-bell').remove());
  await eventually(async () => (await site.metric('belfry_connections')) === 0, 'no connection');
});

const SHARED = `<!doctype html><title>A tab</title><link rel="icon" href="data:,">
<script type="module">
  import { BelfryClient } from '/belfry/index.js';
  const client = new BelfryClient({ shared: true });
  window.client = client;
  window.rung = [];
  client.on('notification', ({ title }) => rung.push(title));
  client.connect();
</script>`;

test('tabs share one connection, hear the same, and outlive each other', async (t) => {
  const { site, open } = await startScene(t, { 'tab.html': SHARED });
  const tabs = [await open('tab.html'), await open('tab.html'), await open('tab.html')];
  const isConnected = (tab) => tab.waitForFunction(() => window.client?.getState() === 'connected');
  const heard = (tab, title) => tab.waitForFunction((each) => window.rung.includes(each), title);
  const count = (tab, number) => tab.waitForFunction((each) => window.client.unreadCount === each, number);
  for (const tab of tabs) await isConnected(tab);
  assert.equal(await site.metric('belfry_connections'), 1);

  const one = await site.insert('alice', 'One');
  for (const tab of tabs) await heard(tab, 'One');
  for (const tab of tabs) await count(tab, 1);
  await site.status(one, 'delivered');

  // Read in any tab, whichever of them has the connection.
  await tabs[1].evaluate((id) => window.client.markNotificationsRead([id]), one);
  const isRead = (tab) => tab.waitForFunction(() => window.client.notifications[0]?.read);
  for (const tab of tabs) await Promise.all([count(tab, 0), isRead(tab)]);
  assert.equal(await tabs[2].evaluate(() => window.client.requestNotificationCount()), 0);

  // The leading tab goes, whichever it is: the others go on, with one connection.
  while (tabs.length > 1) {
    await tabs.shift().close();
    const title = `With ${tabs.length} left`;
    await site.insert('alice', title);
    for (const tab of tabs) await heard(tab, title);
    for (const tab of tabs) await isConnected(tab);
    await eventually(async () => (await site.metric('belfry_connections')) === 1, 'one connection');
  }
  assert.deepEqual(await tabs[0].evaluate(() => window.rung), ['One', 'With 2 left', 'With 1 left']);
  const late = await open('tab.html');
  await count(late, 2);
});

test('a topic is left when the last tab that wants it does', async (t) => {
  const { site, open } = await startScene(t, { 'tab.html': SHARED });
  await site.sql(`INSERT INTO conversations (id) VALUES ('tea');
    INSERT INTO conversation_members (conversation_id, user_id) VALUES ('tea', 'alice')`);
  const tabs = [await open('tab.html'), await open('tab.html'), await open('tab.html')];
  for (const tab of tabs) {
    await tab.waitForFunction(() => window.client?.getState() === 'connected');
    await tab.evaluate(async () => {
      window.said = [];
      window.client.on('message', ({ content }) => window.said.push(content));
      await window.client.subscribe('conversation:tea');
    });
  }
  const say = (content) => site.sql(`INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', '${content}')`);
  const heard = (tab, content) => tab.waitForFunction((each) => window.said.includes(each), content);
  await say('To all');
  for (const tab of tabs) await heard(tab, 'To all');

  await tabs[1].evaluate(() => window.client.unsubscribe('conversation:tea'));
  await tabs[2].close();
  await say('To who is left');
  await heard(tabs[0], 'To who is left');

  // The tab that leads goes: the next makes the connection, and the topic is still wanted there or not.
  await tabs[0].close();
  await tabs[1].waitForFunction(() => window.client.getState() === 'connected');
  await tabs[1].evaluate(() => window.client.subscribe('conversation:tea'));
  await say('To the last');
  await heard(tabs[1], 'To the last');
  assert.equal(await tabs[1].evaluate(() => new Set(window.said).size === window.said.length), true);
});
