// belfry-client against the real gateway: the list follows the table, whoever changes it, on an open page and on one
// that was away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, NoWebSocket, openLastingSite, openSite, startClient } from './harness.mjs';

const shown = ({ client }) => client.notifications.map(({ title, read }) => [title, read]);
const titles = (page) => shown(page).map(([title]) => title);
const listed = (page, expected) => eventually(() => JSON.stringify(titles(page)) === JSON.stringify(expected), `the list ${expected}`)
  .catch((error) => { throw new Error(`${error.message}; it is ${titles(page)}`); });

/** A page that has its rows, each delivered. */
async function openPage(t, site, rows, options) {
  const page = await startClient(t, site, options);
  await page.hear('connected');
  const ids = [];
  for (const title of rows) {
    ids.push(await site.insert('alice', title));
    await page.hear('notification', (heard) => heard.title === title);
  }
  for (const id of ids) await site.status(id, 'delivered');
  return { ...page, ids };
}

for (const [carrier, options] of [['websocket', {}], ['events', { WebSocket: NoWebSocket }]]) {
  test(`${carrier}: what SQL changes in a row changes on the open page, in its place, with no bell`, async (t) => {
    const site = await openSite(t);
    const page = await openPage(t, site, ['One', '3 new messages', 'Three', 'Four'], options);
    const [one, two, three, four] = page.ids;
    assert.equal(page.client.carrier, carrier);
    await site.sql(`UPDATE notifications SET title = '4 new messages', data = '{"count":4}' WHERE id = ${two}`);
    const update = await page.hear('update');
    assert.deepEqual([update.id, update.title, update.data, update.read], [two, '4 new messages', { count: 4 }, false]);
    assert.ok(update.updatedAt);
    await site.sql(`DELETE FROM notifications WHERE id = ${one}`);
    assert.deepEqual(await page.hear('remove'), { ids: [one], reason: 'deleted' });
    await site.sql(`UPDATE notifications SET status = 'cancelled' WHERE id = ${three}`);
    assert.deepEqual(await page.hear('remove'), { ids: [three], reason: 'cancelled' });
    await site.sql(`UPDATE notifications SET status = 'read' WHERE id = ${four}`);
    assert.deepEqual(await page.hear('read'), [four]);
    assert.deepEqual(shown(page), [['Four', true], ['4 new messages', false]]);
    await eventually(() => page.client.unreadCount === 1, 'one unread');
    assert.equal(page.rung().length, 4);
  });

  test(`${carrier}: a page that was away has the table’s rows when it is back, and none that was there rings`, async (t) => {
    const site = await openLastingSite(t);
    const page = await openPage(t, site, ['One', 'Two', 'Three', 'Four', 'Five'], options);
    const [one, two, three, four] = page.ids;
    const [kept] = page.client.notifications;
    await site.gateway.kill();
    await page.hear('stateChange', (state) => state === 'reconnecting');
    await site.sql(`UPDATE notifications SET title = 'One, new' WHERE id = ${one};
      DELETE FROM notifications WHERE id = ${two};
      UPDATE notifications SET archived_at = ${site.now()} WHERE id = ${three};
      UPDATE notifications SET status = 'read' WHERE id = ${four}`);
    await site.insert('alice', 'Six');
    await site.insert('alice', 'Seven', { status: 'read' });
    await site.startGateway();
    await page.hear('connected');
    assert.deepEqual((await page.hear('remove')), { ids: [three, two], reason: 'gone' });
    await listed(page, ['Seven', 'Six', 'Five', 'Four', 'One, new']);
    assert.deepEqual(shown(page).map(([, read]) => read), [true, false, false, true, false]);
    assert.equal(page.client.notifications[2], kept, 'the same object');
    await eventually(() => page.rung().includes('Six'), 'the new one');
    assert.deepEqual(page.rung(), ['One', 'Two', 'Three', 'Four', 'Five', 'Six']);
  });
}

test('a row that is set back to pending rings again if it was read, and is replaced if it was not', async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, site, ['One', 'Two']);
  await page.client.markNotificationsRead([page.ids[0]]);
  await site.sql(`UPDATE notifications SET status = 'pending', title = title || ' again'`);
  await page.hear('notification', ({ title }) => title === 'One again');
  await listed(page, ['Two again', 'One again']);
  assert.deepEqual(page.rung(), ['One', 'Two', 'One again']);
  assert.deepEqual(shown(page).map(([, read]) => read), [false, false]);
});

test('archived, put back, unread: the other device follows, and the table says the same', async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, site, ['One', 'Two']);
  const other = await startClient(t, site);
  await other.hear('notifications', (list) => list.length === 2);
  const [one, two] = page.ids;

  await page.client.archiveNotifications([two]);
  assert.deepEqual(await other.hear('remove'), { ids: [two], reason: 'archived' });
  assert.deepEqual([titles(page), titles(other)], [['One'], ['One']]);
  // Another gateway may tell of the count before it tells of the row.
  for (const { client } of [page, other]) await eventually(() => client.unreadCount === 1, 'one to be unread');
  const { notifications } = await other.client.listNotifications({ archived: true });
  assert.deepEqual(notifications.map(({ id, read }) => [id, read]), [[two, true]]);
  assert.ok((await site.row(two)).archived_at);

  await other.client.unarchiveNotifications([two]);
  assert.deepEqual(titles(other), ['Two', 'One']);
  await listed(page, ['Two', 'One']);
  assert.deepEqual(shown(page), [['Two', true], ['One', false]]);
  assert.equal((await site.row(two)).archived_at, null);

  await page.client.markNotificationsUnread([two]);
  assert.deepEqual(await other.hear('unread'), [two]);
  assert.deepEqual(shown(other), [['Two', false], ['One', false]]);
  await eventually(() => other.client.unreadCount === 2, 'both to be unread');
  assert.equal((await site.row(two)).status, 'delivered');
  assert.equal((await site.row(one)).archived_at, null);
  assert.equal(await page.client.requestNotificationCount(), 2);
});

test('what the gateway refuses is undone', async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, site, ['One']);
  for (const method of ['archiveNotifications', 'markNotificationsRead']) {
    const refused = page.client[method]([page.ids[0], 'no id']);
    assert.equal(page.client.unreadCount, 0);
    await assert.rejects(refused, { code: 'bad_request' });
    assert.deepEqual([shown(page), page.client.unreadCount], [[['One', false]], 1]);
  }
});

test('a look at the list clears the unseen badge on all devices that show one, and leaves unread alone', async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, site, ['One', 'Two'], { unseen: true });
  const other = await startClient(t, site);
  await other.hear('connected');
  await page.hear('unseenCount', (count) => count === 2);
  assert.equal(other.client.unseenCount, 0, 'it asks from now on');
  await eventually(() => other.client.unseenCount === 2, 'the unseen count of the other device');
  await other.client.markAllSeen();
  await page.hear('unseenCount', (count) => count === 0);
  assert.deepEqual([page.client.unreadCount, page.client.unseenCount, other.client.unseenCount], [2, 0, 0]);
  await site.insert('alice', 'Three');
  for (const { client } of [page, other]) await eventually(() => client.unseenCount === 1 && client.unreadCount === 3, 'one unseen of three');
  await page.client.markNotificationsRead(page.client.notifications.map(({ id }) => id));
  for (const { client } of [page, other]) await eventually(() => client.unseenCount === 0 && client.unreadCount === 0, 'none');
});

test('a list of several pages is checked to its end when the page is back', async (t) => {
  const site = await openLastingSite(t);
  await site.sql(`INSERT INTO notifications (user_id, title, status)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) SELECT 'alice', 'row ' || i, 'read' FROM n`);
  const page = await startClient(t, site);
  await page.hear('connected');
  for (let pages = 0; pages < 3; pages++) await page.client.loadMore(100);
  assert.deepEqual([page.client.notifications.length, page.client.hasMore], [300, true]);
  await site.gateway.kill();
  await page.hear('stateChange', (state) => state === 'reconnecting');
  await site.sql(`DELETE FROM notifications WHERE title IN ('row 400', 'row 250', 'row 101');
    UPDATE notifications SET title = 'changed' WHERE title = 'row 102'`);
  await site.startGateway();
  await eventually(() => page.client.notifications.length === 297 && page.client.notifications.at(-1).title === 'changed', 'the list');
  const { notifications, hasMore } = await page.client.loadMore(100);
  assert.deepEqual([notifications.length, notifications[0].title, hasMore, page.client.hasMore], [100, 'row 100', false, false]);
});

test('thousands of rows deleted at once leave the page, whose count is right', async (t) => {
  const site = await openSite(t);
  const page = await openPage(t, site, ['Kept']);
  await site.sql(`INSERT INTO notifications (user_id, title)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT 'alice', 'row ' || i FROM n`);
  await page.hear('unreadCount', (count) => count === 3001);
  await page.hear('notifications', ([newest]) => newest.title === 'row 3000');
  await site.sql("DELETE FROM notifications WHERE title LIKE 'row %'");
  await page.hear('unreadCount', (count) => count === 1);
  await eventually(() => page.client.notifications.every(({ title }) => title === 'Kept'), 'the rows to go');
  await page.client.listNotifications();
  assert.deepEqual(titles(page), ['Kept']);
});
