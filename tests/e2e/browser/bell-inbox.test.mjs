// The bell's list is the table: what anybody changes, removes, archives or reads is so on
// every page, and whoever reads or types there is not disturbed by it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, openPages } from '../harness.mjs';
import {
  BELL, bell, button, check, focused, insertMany, isConnected, isFocused, lists, look, panel, row, tabTo, titles,
} from './bell-page.mjs';

const PAGES = { 'bell.html': BELL };

/** Records what rings and what is animated, since both are over when the test looks. */
const WATCH = `window.rung = [];
window.moved = 0;
const { animate } = Element.prototype;
Element.prototype.animate = function (...how) { window.moved++; return animate.apply(this, how); };
document.addEventListener('belfry-notification', ({ detail }) => window.rung.push(detail.title));`;

/** Opens the page, and its list. */
async function openList(open) {
  const page = await open('bell.html');
  await isConnected(page);
  await button(page).click();
  return page;
}

/** Rows of that many titles, oldest first, all delivered to the page. */
async function insertAll(site, page, ...inserted) {
  const ids = {};
  for (const title of inserted) ids[title] = await site.insert('alice', title);
  await lists(page, ...[...inserted].reverse());
  for (const title of inserted) await site.status(ids[title], 'delivered');
  return ids;
}

const said = (page) => bell(page).locator('#announced').textContent();
const badge = (page) => bell(page).locator('#badge');
/** Its name says what the badge shows. */
const isNamed = (page, name) => page.getByRole('button', { name, exact: true }).waitFor();
const scrolled = (page) => panel(page).locator('#list').evaluate((list) => list.scrollTop);

test('an UPDATE is shown in its place: nothing rings, the focus and the place in the list stay', async (t) => {
  const { site, browser, open } = await openPages(t, PAGES);
  await browser.addInitScript(WATCH);
  const page = await openList(open);
  await insertMany(site, 60, 'Row');
  await row(page, 'Row 60').waitFor();
  await row(page, 'Row 30').locator('[part=archive]').focus();
  const before = { at: await scrolled(page), rung: await page.evaluate(() => window.rung.length), said: await said(page) };
  assert.ok(before.at > 0);
  await row(page, 'Row 30').evaluate((element) => (element.mine = true));

  await site.sql(`UPDATE notifications SET title = '4 new messages', body = 'Other words', priority = 'high',
    data = '{"url":"/inbox"}' WHERE title = 'Row 30'`);
  const changed = row(page, '4 new messages');
  await changed.locator('a[href$="/inbox"]').waitFor();
  await changed.getByText('Other words').waitFor();
  await changed.getByText('Important').waitFor();
  assert.match(await changed.getAttribute('part'), /item-updated/);
  assert.equal(await changed.evaluate((element) => element.mine), true);
  await isFocused(page, 'Archive: 4 new messages');
  assert.equal(await scrolled(page), before.at);
  assert.equal(await said(page), before.said);
  assert.equal(await page.evaluate(() => window.rung.length), before.rung);
  await page.locator('belfry-bell li:not([part~=item-updated])', { hasText: '4 new messages' }).waitFor();
});

test('an upsert changes the row that is there, and other rows are not touched', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await openList(open);
  const upsert = (title) => site.sql(`INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('alice', '${title}', 'inbox')
    ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = excluded.title`);
  await upsert('3 new messages');
  await lists(page, '3 new messages');
  await site.insert('alice', 'Other');
  await lists(page, 'Other', '3 new messages');
  await upsert('4 new messages');
  await lists(page, 'Other', '4 new messages');
  await isNamed(page, 'Notifications, 2 unread');
});

for (const reducedMotion of ['no-preference', 'reduce']) {
  test(`a row that is taken back goes, and its focus to the next one; motion: ${reducedMotion}`, async (t) => {
    const { site, browser, open } = await openPages(t, PAGES, { browser: { reducedMotion } });
    await browser.addInitScript(WATCH);
    const page = await openList(open);
    const ids = await insertAll(site, page, 'One', 'Two', 'Three', 'Four');
    const before = await said(page);
    await panel(page).getByRole('button', { name: 'Mark as read: Three' }).focus();
    await site.sql(`DELETE FROM notifications WHERE id = ${ids.Three}`);
    await isFocused(page, 'Mark as read: Two');
    await lists(page, 'Four', 'Two', 'One');
    await site.sql(`UPDATE notifications SET status = 'cancelled' WHERE id = ${ids.One}`);
    await lists(page, 'Four', 'Two');
    await isFocused(page, 'Mark as read: Two');
    await site.sql(`DELETE FROM notifications WHERE id = ${ids.Two}`);
    await isFocused(page, 'Mark as read: Four');
    await eventually(async () => (await panel(page).locator('li').count()) === 1, 'the others to have collapsed');
    assert.equal((await page.evaluate(() => window.moved)) > 0, reducedMotion === 'no-preference');
    await site.sql('DELETE FROM notifications');
    await bell(page).getByText('Nothing new').waitFor();
    await isFocused(page, await panel(page).getAttribute('aria-label'));
    assert.equal(await said(page), before, 'a removal is not announced');
    await isNamed(page, 'Notifications, 0 unread');
  });
}

test('thousands that are deleted at once are gone at once', async (t) => {
  const { site, browser, open } = await openPages(t, PAGES);
  await browser.addInitScript(WATCH);
  const page = await openList(open);
  await insertMany(site, 2000, 'Row');
  await row(page, 'Row 2000').waitFor();
  await site.sql('DELETE FROM notifications');
  await bell(page).getByText('Nothing new').waitFor();
  assert.equal(await page.locator('belfry-bell li').count(), 0);
  assert.equal(await page.evaluate(() => window.moved), 0);
});

test('hundreds of rows are listed page by page without a gap', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  await insertMany(site, 130, 'Row');
  // Every second one was read on another device; the client's first list is of the unread ones.
  await site.sql("UPDATE notifications SET status = 'read', read_at = created_at WHERE id % 2 = 0");
  const page = await openList(open);
  const newest = (count, below = 130) => Array.from({ length: count }, (_, i) => `Row ${below - i}`);
  await lists(page, ...newest(50));
  const more = panel(page).getByRole('button', { name: 'Show more' });
  await more.click();
  await lists(page, ...newest(100));
  await more.click();
  await lists(page, ...newest(130));
  await more.waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await button(page).click();
  await lists(page, ...newest(50));
});

test('what is archived on one page leaves the other, is listed as archived, and can be moved back', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const [page, other] = [await openList(open), await openList(open)];
  const ids = await insertAll(site, page, 'One', 'Two', 'Three');
  await panel(page).getByRole('button', { name: 'Archive: Two' }).click();
  for (const each of [page, other]) await lists(each, 'Three', 'One');
  await isNamed(other, 'Notifications, 2 unread');
  const [{ archived_at: at, status }] = await site.sql(`SELECT archived_at, status FROM notifications WHERE id = ${ids.Two}`);
  assert.ok(at && status === 'read');

  await page.getByRole('button', { name: 'Archived' }).click();
  await lists(page, 'Two');
  await panel(page).getByRole('list', { name: 'Archived' }).waitFor();
  // What is archived elsewhere meanwhile comes into this list, and what is deleted leaves it.
  await panel(other).getByRole('button', { name: 'Archive: Three' }).click();
  await lists(page, 'Three', 'Two');
  await site.sql(`DELETE FROM notifications WHERE id = ${ids.Three}`);
  await lists(page, 'Two');
  await panel(page).getByRole('button', { name: 'Move back to the list: Two' }).click();
  await bell(page).getByText('Nothing is archived').waitFor();
  await lists(other, 'Two', 'One');
  await page.getByRole('button', { name: 'Archived' }).click();
  await lists(page, 'Two', 'One');
  await isNamed(page, 'Notifications, 1 unread');
});

test('a row can be marked as unread again, and is so on every page', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const [page, other] = [await openList(open), await openList(open)];
  const { One } = await insertAll(site, page, 'One');
  await panel(page).getByRole('button', { name: 'Mark as read: One' }).click();
  await panel(other).getByRole('button', { name: 'Mark as unread: One' }).click();
  for (const each of [page, other]) {
    await panel(each).getByRole('button', { name: 'Mark as read: One' }).waitFor();
    await row(each, 'One').getByText('unread').waitFor();
    await isNamed(each, 'Notifications, 1 unread');
  }
  await site.status(One, 'delivered');
});

test('the badge counts what is unseen: a look at the list clears it on every page, and rows stay unread', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  for (const title of ['One', 'Two', 'Three']) await site.insert('alice', title);
  const [page, other] = [await open('bell.html'), await open('bell.html')];
  for (const each of [page, other]) {
    await isNamed(each, 'Notifications, 3 unread, 3 new');
    await badge(each).getByText('3', { exact: true }).waitFor();
  }
  await page.bringToFront();
  await button(page).click();
  for (const each of [page, other]) {
    await isNamed(each, 'Notifications, 3 unread');
    await badge(each).waitFor({ state: 'hidden' });
  }
  await panel(page).getByText('3 unread').waitFor();
  assert.equal(await panel(page).locator('[part~=item-unread]').count(), 3);

  // What arrives while the list is open is seen, too.
  const id = await site.insert('alice', 'Four');
  await row(page, 'Four').waitFor();
  await eventually(async () => (await site.sql(`SELECT seen_at FROM notifications WHERE id = ${id}`))[0].seen_at, 'it to be seen');
  assert.equal(await badge(page).isVisible(), false);
  await isNamed(other, 'Notifications, 4 unread');

  // In a tab that is in the background nobody sees it, until the tab comes to the front.
  const show = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await show(true);
  await site.insert('alice', 'Five');
  for (const each of [page, other]) await isNamed(each, 'Notifications, 5 unread, 1 new');
  await show(false);
  for (const each of [page, other]) await isNamed(each, 'Notifications, 5 unread');
  await page.keyboard.press('Escape');
  await site.insert('alice', 'Six');
  for (const each of [page, other]) await isNamed(each, 'Notifications, 6 unread, 1 new');
});

test('everything can be done by keyboard', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await open('bell.html');
  await isConnected(page);
  await button(page).focus();
  await page.keyboard.press('Enter');
  await insertAll(site, page, 'One', 'Two', 'Three', 'Four');
  await tabTo(page, 'Mark as read: Four');
  await page.keyboard.press('ArrowDown');
  await isFocused(page, 'Mark as read: Three');
  await page.keyboard.press('Space');
  await isFocused(page, 'Mark as unread: Three');
  await page.keyboard.press('Space');
  await isFocused(page, 'Mark as read: Three');
  await page.keyboard.press('Delete');
  await isFocused(page, 'Mark as read: Two');
  await page.keyboard.press('Tab');
  await isFocused(page, 'Archive: Two');
  await page.keyboard.press('Enter');
  await isFocused(page, 'Archive: One');
  await page.keyboard.press('Home');
  await isFocused(page, 'Archive: Four');
  await page.keyboard.press('End');
  await isFocused(page, 'Archive: One');
  await page.keyboard.press('Delete');
  await isFocused(page, 'Archive: Four');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await isFocused(page, 'Notifications');
  await page.keyboard.press('Shift+Tab');
  await isFocused(page, 'Archived');
  await page.keyboard.press('Enter');
  await lists(page, 'Three', 'Two', 'One');
  await isFocused(page, 'Archived');
  await tabTo(page, 'Move back to the list: Three');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await lists(page, 'Three', 'One');
  await isFocused(page, 'Move back to the list: One');
  await page.keyboard.press('Escape');
  assert.match(await focused(page), /^Notifications, /);
  await page.keyboard.press('Enter');
  await lists(page, 'Four', 'Two');
});

test('every control that has the focus shows it', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await openList(open);
  await site.insert('alice', 'One', { data: '{"url":"/one"}' });
  await row(page, 'One').waitFor();
  await page.keyboard.press('Tab');
  for (const name of ['Mark all read', 'Archived', 'Notifications', 'One', 'Mark as read: One', 'Archive: One']) {
    await isFocused(page, name);
    const outline = await page.evaluate(() => getComputedStyle(document.querySelector('belfry-bell').shadowRoot.activeElement).outlineStyle);
    assert.equal(outline, 'solid', name);
    await page.keyboard.press('Tab');
  }
});

test('a screen reader finds names, states and words', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await openList(open);
  await site.insert('alice', 'Fire', { priority: 'urgent', body: 'In the attic', data: '{"url":"/fire"}' });
  await row(page, 'Fire').waitFor();
  const snapshot = async () => (await bell(page).ariaSnapshot()).replace(/time: .*(?= · unread)/, 'time: …')
    .replace(/http:.*(?=\/fire)/, '');
  assert.equal(await snapshot(), `- button "Notifications, 1 unread" [expanded]
- dialog "Notifications":
  - strong: Notifications
  - text: 1 unread
  - button "Mark all read"
  - button "Archived"
  - list "Notifications":
    - listitem:
      - link "Fire":
        - /url: /fire
      - paragraph: In the attic
      - time: … · unread
      - 'button "Mark as read: Fire"'
      - 'button "Archive: Fire"'
- status: Fire`);
});

test('data never becomes HTML, nor a dangerous link, by an UPDATE either', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await openList(open);
  const id = await site.insert('alice', 'Good', { data: '{"url":"/good"}' });
  await row(page, 'Good').locator('a').focus();
  await site.sql(`UPDATE notifications SET title = '<img src=x onerror=window.pwned=1>', body = '<b>bold</b>',
    data = '{"url":"javascript:window.pwned=1"}' WHERE id = ${id}`);
  await row(page, '<img src=x').waitFor();
  assert.equal(await rowElements(page, 'a, img, b').count(), 0);
  await isFocused(page, 'Mark as read: <img src=x onerror=window.pwned=1>');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
});

const rowElements = (page, selector) => panel(page).locator('li').locator(selector);

test('the next user on the same page sees nothing of the former', async (t) => {
  const { site, signIn, open } = await openPages(t, PAGES);
  const page = await openList(open);
  await insertAll(site, page, 'One', 'Two');
  await panel(page).getByRole('button', { name: 'Archive: One' }).click();
  await page.getByRole('button', { name: 'Archived' }).click();
  await lists(page, 'One');
  await signIn('bob');
  await page.evaluate(() => {
    const { client } = document.querySelector('belfry-bell');
    client.disconnect();
    client.connect();
  });
  await bell(page).getByText('Nothing new').waitFor();
  assert.deepEqual(await titles(page), []);
  assert.equal(await said(page), '', 'nor does a screen reader hear of it');
  await isNamed(page, 'Notifications, 0 unread');
});

test('a bell that is moved within the page while it shows the archive goes on with the list', async (t) => {
  const { site, open } = await openPages(t, PAGES);
  const page = await openList(open);
  await insertAll(site, page, 'One', 'Two');
  await panel(page).getByRole('button', { name: 'Archive: One' }).click();
  await page.getByRole('button', { name: 'Archived' }).click();
  await lists(page, 'One');
  await page.evaluate(() => document.body.append(document.querySelector('belfry-bell')));
  await lists(page, 'Two');
  await page.getByRole('button', { name: 'Archived' }).click();
  await lists(page, 'One');
  await panel(page).getByRole('button', { name: 'Move back to the list: One' }).click();
  await bell(page).getByText('Nothing is archived').waitFor();
});

for (const [name, options] of Object.entries({
  'right to left': { viewport: { width: 320, height: 640 } },
  'forced colours': { forcedColors: 'active' },
})) {
  test(`long titles fit, in words of both directions: ${name}`, async (t) => {
    const rtl = BELL.replace('lang="en"', 'lang="he" dir="rtl"');
    const { site, open } = await openPages(t, { 'bell.html': name === 'right to left' ? rtl : BELL }, { browser: options });
    const page = await openList(open);
    await insertAll(site, page, 'הזמנה לפגישה ביום שלישי', 'long'.repeat(60), 'A title of many words '.repeat(12).trim());
    const [inner, whole] = await panel(page).locator('#list').evaluate((list) => [list.clientWidth, list.scrollWidth]);
    assert.ok(whole <= inner, `${whole} in ${inner}`);
    await check(page, name);
    await look(page, name.replaceAll(' ', '-'));
  });
}
