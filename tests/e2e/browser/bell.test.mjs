// The bell on other people's pages: under load, in dark mode, with strict security
// policies, by keyboard, and when something is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openPages } from '../harness.mjs';
import { BELL, bell, button, check, focused, insertMany, isConnected, isFocused, look, panel, row, tabTo } from './bell-page.mjs';

const dark = BELL.replace('<title>', '<style>body { background: #111; color: #eee }</style><title>');

/** Counts the elements that the page creates, and the lists that the client gives it. */
const WATCH = `window.made = 0;
const create = Document.prototype.createElement;
Document.prototype.createElement = function (...names) { window.made++; return create.apply(this, names); };
window.lists = 0;
customElements.whenDefined('belfry-bell').then(() => {
  document.querySelector('belfry-bell').client.on('notifications', () => window.lists++);
});`;

test('thousands of rows cost nothing while the bell is closed, and little while it is open', async (t) => {
  const { site, browser, open } = await openPages(t, { 'bell.html': BELL });
  await insertMany(site, 3000, 'Waiting');
  await browser.addInitScript(WATCH);
  const page = await open('bell.html');
  await page.locator('belfry-bell #badge', { hasText: '99+' }).waitFor();
  const delivered = () => site.sql("SELECT count(*) AS n FROM notifications WHERE status <> 'pending'").then(([{ n }]) => n);
  await eventually(async () => (await delivered()) === 3000, 'all to be delivered');
  const hidden = await page.evaluate(() => ({ made: window.made, lists: window.lists }));
  assert.ok(hidden.made < 40, `${hidden.made} elements for a list that is not shown`);
  assert.ok(hidden.lists < 600, `${hidden.lists} new lists`);

  await button(page).click();
  await row(page, 'Waiting 3000').waitFor();
  const opened = await page.evaluate(() => window.made);
  assert.ok(opened < 1000, `${opened} elements`);
  assert.equal(await panel(page).locator('li').count(), 50);
  await panel(page).getByRole('button', { name: 'Show more' }).click();
  assert.equal(await panel(page).locator('li').count(), 100);

  // A burst while it is open: a few lists, not one per row, and no row twice.
  const before = await page.evaluate(() => ({ made: window.made, lists: window.lists }));
  await insertMany(site, 1000, 'Live');
  await row(page, 'Live 1000').waitFor();
  await eventually(async () => (await delivered()) === 4000, 'all to be delivered');
  const { made, lists } = await page.evaluate(() => ({ made: window.made, lists: window.lists }));
  assert.ok(lists - before.lists < 250, `${lists - before.lists} new lists`);
  assert.ok(made - before.made < 1000 * 9, `${made - before.made} elements`);
});

test('a change of one row renders one row', async (t) => {
  const { site, browser, open } = await openPages(t, { 'bell.html': BELL });
  await insertMany(site, 60, 'Row');
  await browser.addInitScript(WATCH);
  const page = await open('bell.html');
  await button(page).click();
  await row(page, 'Row 60').waitFor();
  await eventually(() => page.evaluate(() => document.querySelector('belfry-bell').client.unreadCount === 60), 'the count');
  // Once a row is shown that arrived after all answers, everything before it is shown, too.
  await eventually(async () => (await site.sql("SELECT id FROM notifications WHERE status = 'pending'")).length === 0, 'all to be delivered');
  await page.evaluate(() => document.querySelector('belfry-bell').client.listNotifications({ limit: 1 }));
  await site.insert('alice', 'The last');
  await row(page, 'The last').waitFor();
  await page.getByRole('button', { name: 'Notifications, 61 unread' }).waitFor();
  const before = await page.evaluate(() => window.made);
  await panel(page).getByRole('button', { name: 'Mark as read: Row 60' }).click();
  await page.getByRole('button', { name: 'Notifications, 60 unread' }).waitFor();
  assert.ok((await page.evaluate(() => window.made)) - before < 10);
});

test('a row sent again after it was read is unread again, and alerts', async (t) => {
  const { site, open } = await openPages(t, { 'bell.html': BELL });
  const page = await open('bell.html');
  await isConnected(page);
  await page.evaluate(() => {
    window.rung = [];
    document.addEventListener('belfry-notification', ({ detail }) => window.rung.push(detail.title));
  });
  const id = await site.insert('alice', 'Again');
  await button(page).click();
  await panel(page).getByRole('button', { name: 'Mark as read: Again' }).click();
  await site.status(id, 'read');
  await site.belfry(['queue', 'retry', id]);
  await panel(page).getByRole('button', { name: 'Mark as read: Again' }).waitFor();
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.rung), ['Again', 'Again']);
});

test('with Trusted Types and a strict policy it works, without violations', async (t) => {
  const policy = `default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const { site, open, browser } = await openPages(t, { 'bell.html': BELL }, {
    more: `server.modules += ( "mod_setenv" )\nsetenv.add-response-header = ( "Content-Security-Policy" => "${policy}" )`,
  });
  await browser.addInitScript(`window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => refused.push(violatedDirective));`);
  const page = await open('bell.html');
  await isConnected(page);
  await site.insert('alice', 'Hello');
  await button(page).click();
  await row(page, 'Hello').waitFor();
  await site.sql("UPDATE notifications SET title = 'Hello again', data = '{\"url\":\"/again\"}'");
  await row(page, 'Hello again').locator('a').waitFor();
  await row(page, 'Hello again').locator('[part=archive]').click();
  await row(page, 'Hello again').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Archived' }).click();
  await row(page, 'Hello again').waitFor();
  assert.deepEqual((await page.evaluate(() => window.refused)).filter((each) => !each.startsWith('img')), []);
});

test('the list can be opened, read and closed by keyboard, and the focus is never lost', async (t) => {
  const { site, open } = await openPages(t, { 'bell.html': BELL });
  for (const title of ['One', 'Two', 'Three']) await site.insert('alice', title);
  const page = await open('bell.html');
  await page.getByRole('button', { name: 'Notifications, 3 unread' }).focus();
  await page.keyboard.press('Enter');
  await row(page, 'Three').waitFor();
  await tabTo(page, 'Notifications');
  await tabTo(page, 'Mark as read: Two');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor();
  await isFocused(page, 'Mark as unread: Two');
  await site.insert('alice', 'Four');
  await row(page, 'Four').waitFor();
  await isFocused(page, 'Mark as unread: Two');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Notifications, 4 unread' }).waitFor();
  await isFocused(page, 'Mark as read: Two');
  await page.getByRole('button', { name: 'Mark all read' }).focus();
  await page.keyboard.press('Enter');
  await isFocused(page, 'Notifications');
  await page.keyboard.press('Escape');
  assert.equal(await panel(page).isVisible(), false);
  assert.match(await focused(page), /^Notifications, 0 unread/);
});

test('urgent notifications are marked in words, not only by colour', async (t) => {
  const { site, open } = await openPages(t, { 'bell.html': BELL });
  await site.insert('alice', 'Fire', { priority: 'urgent' });
  await site.insert('alice', 'Rain', { priority: 'high' });
  await site.insert('alice', 'Sun');
  const page = await open('bell.html');
  await button(page).click();
  await row(page, 'Fire').getByText('Urgent').waitFor();
  await row(page, 'Rain').getByText('Important').waitFor();
  assert.equal(await row(page, 'Sun').locator('[part=priority]').count(), 0);
});

/** The panel's own colours, 0 to 255. */
const luminance = (page) => panel(page).evaluate((element) => {
  const of = (color) => color.match(/[\d.]+/g).slice(0, 3).reduce((sum, each) => sum + Number(each) / 3, 0);
  const { backgroundColor, color } = getComputedStyle(element);
  return [of(backgroundColor), of(color)];
});

for (const [name, html] of [['without color-scheme', dark], ['with it', dark.replace('color: #eee', 'color: #eee; color-scheme: dark')]]) {
  test(`on a dark page ${name}, the panel is dark`, async (t) => {
    const { open } = await openPages(t, { 'dark.html': html, 'light.html': BELL });
    const page = await open('dark.html');
    await isConnected(page);
    await button(page).click();
    const [surface, text] = await luminance(page);
    assert.ok(surface < 80 && text > 180, `${surface} ${text}`);
    const light = await open('light.html');
    await isConnected(light);
    await button(light).click();
    const [lightSurface] = await luminance(light);
    assert.ok(lightSurface > 200);
  });
}

test('wherever the bell stands, the whole panel is in the window', async (t) => {
  const corners = ['left: 0; top: 0', 'right: 0; top: 0', 'left: 0; bottom: 0', 'right: 0; bottom: 0', 'left: 40%; top: 40%'];
  const at = (corner) => BELL.replace('<title>', `<style>belfry-bell { position: fixed; ${corner} }</style><title>`);
  const { site, open } = await openPages(t, Object.fromEntries(corners.map((corner, i) => [`${i}.html`, at(corner)])));
  await insertMany(site, 60, 'Row');
  for (const [i, corner] of corners.entries()) {
    const page = await open(`${i}.html`);
    await button(page).click();
    await row(page, 'Row 60').waitFor();
    for (const [width, height] of [[1280, 720], [320, 568]]) {
      await page.setViewportSize({ width, height });
      const within = async () => {
        const box = await panel(page).boundingBox();
        return box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
      };
      await eventually(within, `the panel of a bell at ${corner} to be within ${width}x${height}`);
    }
    await page.close();
  }
});

const status = (page) => bell(page).locator('#status');

test('the bell says what is wrong: signed out, offline, gateway down, endpoint failing', async (t) => {
  const { site, browser, signIn, open } = await openPages(t, { 'bell.html': BELL });
  await signIn(null);
  const stranger = await open('bell.html');
  await button(stranger).click();
  await status(stranger).getByText('You are not signed in.').waitFor();
  assert.equal(await bell(stranger).locator('#empty').isVisible(), false);

  await signIn('alice');
  const page = await open('bell.html');
  await isConnected(page);
  await button(page).click();
  await bell(page).getByText('Nothing new').waitFor();
  assert.equal(await status(page).isVisible(), false);

  await browser.setOffline(true);
  await status(page).getByText('This device is offline').waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('belfry-bell').client.getStats().quality), 'unknown');
  assert.match(await button(page).getAttribute('aria-label'), /offline/);
  await browser.setOffline(false);
  await isConnected(page);
  assert.equal(await status(page).isVisible(), false);

  await site.gateway.kill();
  await status(page).getByText('The server cannot be reached').waitFor();
});

test('axe finds no violations, in any state, light and dark, wide and narrow', async (t) => {
  const { site, signIn, open } = await openPages(t, { 'light.html': BELL, 'dark.html': dark });
  // The gateway restarts at the same address, like one behind a web server.
  site.configure({ gateway: { listen: site.address } });
  for (const file of ['light.html', 'dark.html']) {
    const rules = { onlyColors: file === 'dark.html' };
    await signIn('alice');
    const page = await open(file);
    await isConnected(page);
    await check(page, `${file}, closed`, rules);
    await button(page).click();
    await bell(page).getByText('Nothing new').waitFor();
    await check(page, `${file}, nothing new`, rules);
    const data = JSON.stringify({ url: '/orders/7' });
    for (const priority of ['low', 'normal', 'high', 'urgent']) {
      await site.insert('alice', `It is ${priority}`, { priority, body: 'Words of the body', data });
    }
    const read = await site.insert('alice', 'Read before');
    await row(page, 'Read before').locator('[part=mark]').click();
    await site.status(read, 'read');
    await site.insert('alice', 'Put away');
    await row(page, 'Put away').locator('[part=archive]').click();
    await row(page, 'Put away').waitFor({ state: 'detached' });
    await insertMany(site, 24, 'Many');
    await row(page, 'Many 24').waitFor();
    await check(page, `${file}, full`, rules);
    await look(page, `${file}-full`);
    await panel(page).locator('#list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await check(page, `${file}, scrolled`, rules);
    for (const each of ['urgent', 'high']) await row(page, `It is ${each}`).first().scrollIntoViewIfNeeded().catch(() => {});
    await page.setViewportSize({ width: 320, height: 600 });
    await check(page, `${file}, narrow`, rules);
    await look(page, `${file}-narrow`);
    await page.getByRole('button', { name: 'Archived' }).click();
    await row(page, 'Put away').waitFor();
    await check(page, `${file}, archived`, rules);
    await look(page, `${file}-archived`);
    await page.getByRole('button', { name: 'Archived' }).click();
    await row(page, 'Many 24').waitFor();
    await site.gateway.kill();
    await status(page).waitFor();
    await check(page, `${file}, reconnecting`, rules);
    await page.setViewportSize({ width: 1000, height: 700 });
    await look(page, `${file}-reconnecting`);
    await site.sql('DELETE FROM notifications');
    await site.startGateway();
    await page.close();
    await signIn(null);
    const out = await open(file);
    await out.locator('belfry-bell[state="error"]').waitFor();
    await button(out).click();
    await check(out, `${file}, signed out`, rules);
    await look(out, `${file}-signed-out`);
    await out.close();
  }
});
